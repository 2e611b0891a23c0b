"""The form of a template, read from what was posted. Whatever was typed comes back, right or wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from inbox.media.access import get_file
from inbox.media.actions import FileRefused, store_file
from inbox.media.models import MediaFile
from inbox.workspaces.access import MemberRequest

from .drafts import MOST_BUTTONS, ButtonDraft, Draft, Sample
from .passcodes import PasscodeDraft

_EXAMPLE = "example."
_LONGEST = 5000


def draft_from(posted: QueryDict, fixed: Mapping[str, str] | None = None, sample: MediaFile | None = None) -> Draft:
    """Return the draft that a person typed; `fixed` values cannot be changed any more."""
    typed = {name: _clean(value) for name, value in posted.items() if isinstance(value, str)}
    typed |= fixed or {}
    rows = [_button(typed, index) for index in range(MOST_BUTTONS)]
    return Draft(
        name=typed.get("name", "").strip(),
        language=typed.get("language", ""),
        category=typed.get("category", ""),
        header_format=typed.get("header_format", ""),
        header_text=typed.get("header_text", "").strip(),
        header_handle=typed.get("header_handle", "").strip(),
        sample=sample_of(sample) if sample else None,
        body=typed.get("body", "").strip(),
        footer=typed.get("footer", "").strip(),
        buttons=tuple(button for button in rows if button != ButtonDraft("")),
        examples={
            name.removeprefix(_EXAMPLE): value.strip() for name, value in typed.items() if name.startswith(_EXAMPLE)
        },
        passcode=_passcode(typed),
    )


def sample_from(request: MemberRequest) -> MediaFile | None:
    """Return the file chosen for the header, now or with an earlier form. Raises FileRefused."""
    upload, known = request.FILES.get("sample"), request.POST.get("sample_id", "")
    if upload is not None:
        return store_file(
            workspace_id=request.workspace.pk,
            content=upload,
            filename=upload.name or "",
            declared_type=upload.content_type or "",
            created_by=request.membership,
        )
    if not (known.isdecimal() and len(known) < 19):
        return None
    try:
        return get_file(request.membership, int(known))
    except Http404:
        raise FileRefused(_("The file is no longer in our store. Choose it again.")) from None


def sample_of(file: MediaFile) -> Sample:
    return Sample(file.pk, file.filename, file.mime_type)


def _passcode(typed: dict[str, str]) -> PasscodeDraft:
    texts = ("minutes", "text", "autofill_text", "package", "signature")
    return PasscodeDraft(
        kind=typed.get("passcode-kind", PasscodeDraft.kind),
        has_advice="passcode-has_advice" in typed,
        **{name: typed.get(f"passcode-{name}", "").strip() for name in texts},
    )


def _button(typed: dict[str, str], index: int) -> ButtonDraft:
    fields = ("type", "text", "value", "example")
    return ButtonDraft(*(typed.get(f"button-{index}-{name}", "").strip() for name in fields))


def _clean(value: str) -> str:
    return re.sub(r"\r\n?", "\n", value.replace("\x00", ""))[:_LONGEST]
