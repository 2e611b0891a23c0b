"""The file that an agent chooses for the header of a template, in every form that sends one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import Http404
from django.utils.translation import gettext as _

from inbox.media.access import get_file
from inbox.media.actions import FileRefused
from inbox.media.models import MediaFile
from inbox.message_templates.filling import FilledTemplate, fill
from inbox.message_templates.models import MessageTemplate
from inbox.workspaces.access import MemberRequest

from . import presenters
from .chosen_files import store_upload


def header_file_in(request: MemberRequest) -> MediaFile | None:
    """Return the file chosen for the header, now or with an earlier form. Raises FileRefused."""
    upload, known = request.FILES.get("header_file"), request.POST.get("header_file_id", "")
    if upload is not None:
        return store_upload(request.membership, upload)
    if not (known.isdecimal() and len(known) < 19):
        return None
    try:
        return get_file(request.membership, int(known))
    except Http404:
        raise FileRefused(_("The file is no longer in our store. Choose it again.")) from None


def filled_with(template: MessageTemplate, values: Mapping[str, str], file: MediaFile | None) -> FilledTemplate:
    """Fill in a template, with this file for its header if there is one. Raises NotFilled."""
    if file is None:
        return fill(template, values)
    filled = fill(template, values, header_file=file.pk)
    return replace(filled, preview=presenters.preview_with_file(filled.preview, file))
