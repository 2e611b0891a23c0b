"""The form of an entry, read from what was posted. Whatever was typed comes back, right or wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.http import Http404
from django.utils.translation import gettext as _

from inbox.lib.forms import number_in
from inbox.media.access import get_file
from inbox.media.actions import FileRefused, store_file
from inbox.media.models import MediaFile
from inbox.message_templates.languages import LANGUAGES
from inbox.workspaces.access import MemberRequest
from inbox.workspaces.models import Membership, Role

from .actions import EntryDraft
from .languages import own_language
from .models import FaqCategory, FaqEntry

_MOST_LANGUAGES = 40


@dataclass(frozen=True)
class TypedEntry:
    """What stands in the form: `texts` by language, `shown` the one that is open."""

    texts: Mapping[str, tuple[str, str]]
    shown: str
    is_shared: bool
    category_id: int | None = None
    files: tuple[MediaFile, ...] = ()
    version: int = 1
    errors: Mapping[str, str] = field(default_factory=dict)

    def draft(self, categories: list[FaqCategory]) -> EntryDraft:
        category = next((each for each in categories if each.pk == self.category_id), None)
        return EntryDraft(texts=self.texts, is_shared=self.is_shared, category=category, files=self.files)

    def with_language(self, code: str) -> TypedEntry:
        """Return the same with one language more, which is open."""
        if code not in LANGUAGES:
            return replace(self, errors={"": _("Choose one of the languages.")})
        return replace(self, texts={**self.texts, code: self.texts.get(code, ("", ""))}, shown=code)


def blank(member: Membership) -> TypedEntry:
    language = own_language()
    return TypedEntry(texts={language: ("", "")}, shown=language, is_shared=member.may(Role.ADMIN))


def stored(entry: FaqEntry, files: Mapping[int, MediaFile], *, shown: str = "") -> TypedEntry:
    """Return a complete entry as its form shows it first."""
    texts = {text.language: (text.title, text.body) for text in sorted(entry.texts.all(), key=lambda text: text.pk)}
    wanted = (shown, own_language())
    return TypedEntry(
        texts=texts,
        shown=next((code for code in wanted if code in texts), next(iter(texts))),
        is_shared=entry.owner_id is None,
        category_id=entry.category_id,
        files=tuple(files[each["id"]] for each in entry.files if each["id"] in files),
        version=entry.version,
    )


def typed_in(request: MemberRequest) -> TypedEntry:
    """Read what was typed, and store the files that came along; what is wrong with these is in `errors`."""
    posted, errors = request.POST, {}
    codes = [code for code in dict.fromkeys(posted.getlist("language")) if code in LANGUAGES][:_MOST_LANGUAGES]
    texts = {code: (posted.get(f"title-{code}", ""), posted.get(f"body-{code}", "")) for code in codes}
    texts = texts or {own_language(): ("", "")}
    files, problems = _files(request)
    if problems:
        errors["files"] = " ".join(dict.fromkeys(problems))
    shown = posted.get("shown", "")
    return TypedEntry(
        texts=texts,
        shown=shown if shown in texts else next(iter(texts)),
        is_shared=posted.get("owner") == "everybody" and request.membership.may(Role.ADMIN),
        category_id=number_in(posted.get("category", "")) or None,
        files=tuple(files),
        version=number_in(posted.get("version", "")) or 0,
        errors=errors,
    )


def _files(request: MemberRequest) -> tuple[list[MediaFile], list[str]]:
    files, problems = [], []
    for value in dict.fromkeys(request.POST.getlist("file")):
        try:
            files.append(get_file(request.membership, number_in(value) or 0))
        except Http404:
            problems.append(_("One of the files is no longer there. Attach it again."))
    for upload in request.FILES.getlist("upload"):
        try:
            files.append(
                store_file(
                    workspace_id=request.workspace.pk,
                    content=upload,
                    filename=upload.name or "",
                    declared_type=upload.content_type or "",
                    created_by=request.membership,
                )
            )
        except FileRefused as refusal:
            problems.append(str(refusal))
    return files, problems
