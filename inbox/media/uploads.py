"""Files that a form brings along: looked into while nobody holds a row, stored in the transaction of their form."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from inbox.workspaces.access import MemberRequest, View, members_only
from inbox.workspaces.models import Role
from inbox.workspaces.tenancy import scope

from .actions import ExaminedUpload, FileRefused, examined

# What one form may bring: more are not even looked into.
MOST_FILES = 10


def members_with_files(role: Role = Role.AGENT) -> Callable[[View], View]:
    """Policy: as `members_only`. A form's files are looked into before the view's transaction opens."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _brings_none(request):
                return view(request, *args, **kwargs)
            with ExitStack() as folders:
                _look_into(request, folders)
                with scope(request.workspace.pk):
                    return view(request, *args, **kwargs)

        return members_only(role, in_transaction=_brings_none)(wrapper)

    return decorate


def _brings_none(request: HttpRequest) -> bool:
    return not request.FILES


def _look_into(request: HttpRequest, folders: ExitStack) -> None:
    """Put what is found in the place of each upload; what is refused is so when it is stored."""
    count = 0
    for field, uploads in request.FILES.lists():
        found: list[UploadedFile[Any]] = []
        for upload in uploads:
            count += 1
            if count > MOST_FILES:
                words = _("At most %(count)s files come with one form.") % {"count": MOST_FILES}
                found.append(ExaminedUpload(upload, FileRefused(words)))
            else:
                found.append(folders.enter_context(examined(upload)))
        request.FILES.setlist(field, found)
