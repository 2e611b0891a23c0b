"""Writing, changing and deleting entries, and counting their uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.media.actions import hold_files
from inbox.media.models import MediaFile
from inbox.message_templates.languages import LANGUAGES
from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Role

from ..models import FaqCategory, FaqEntry, FaqText
from ..searching import key_of
from ..selectors import count_entries
from ._refusals import FaqRefused

TITLE_LENGTH = 120
BODY_LENGTH = 4096
MOST_FILES = 10
MOST_ENTRIES = 2000
# Of a member's own, which count for nobody else.
MOST_OWN_ENTRIES = 200


class EntryChanged(Exception):
    """Somebody else changed or deleted the entry meanwhile. `current` is what it is now, None if it is gone."""

    def __init__(self, current: FaqEntry | None) -> None:
        super().__init__("the entry was changed meanwhile")
        self.current = current


@dataclass(frozen=True)
class EntryDraft:
    """What an entry shall be. `texts` are title and body by language; a language with neither is left out."""

    texts: Mapping[str, tuple[str, str]]
    is_shared: bool
    category: FaqCategory | None = None
    files: Sequence[MediaFile] = field(default=())


def create_entry(*, actor: Membership, draft: EntryDraft) -> FaqEntry:
    """Store an entry, everybody's or the actor's own. Raises FaqRefused. Call it inside the workspace's scope."""
    texts = _clean(actor, draft)
    _check_room(actor, draft)
    entry = FaqEntry(workspace_id=actor.workspace_id, **_columns(actor, draft))
    entry.save(force_insert=True)
    _write_texts(entry, texts)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="faq.created", subject=entry, **_facts(texts))
    return entry


def edit_entry(*, actor: Membership, entry: FaqEntry, draft: EntryDraft, seen: int) -> None:
    """Make of an entry what the draft says, if it still is the version that the actor saw.

    Raises FaqRefused, EntryChanged.
    """
    texts = _clean(actor, draft)
    if draft.is_shared != (entry.owner_id is None):
        _check_room(actor, draft)
    rows = FaqEntry.objects.filter(workspace_id=actor.workspace_id, pk=entry.pk, version=seen)
    columns = _columns(actor, draft) | {"version": seen + 1, "changed_at": clock.now()}
    if not rows.update(**columns):
        raise EntryChanged(FaqEntry.objects.filter(workspace_id=actor.workspace_id, pk=entry.pk).first())
    FaqText.objects.filter(workspace_id=actor.workspace_id, entry=entry).delete()
    _write_texts(entry, texts)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="faq.changed", subject=entry, **_facts(texts))


def delete_entry(*, actor: Membership | None, entry: FaqEntry) -> None:
    """Delete an entry. What was sent with it stays in its chats."""
    titles = [text.title for text in entry.texts.all()]
    audit.record(workspace_id=entry.workspace_id, actor=actor, verb="faq.deleted", subject=entry, titles=titles)
    entry.delete()


def note_use(*, entry: FaqEntry) -> None:
    """Count that an entry was put into a message, or sent."""
    rows = FaqEntry.objects.filter(workspace_id=entry.workspace_id, pk=entry.pk)
    rows.update(uses=F("uses") + 1, last_used_at=clock.now())


def _check_room(actor: Membership, draft: EntryDraft) -> None:
    """Raises FaqRefused where there are as many entries as fit: everybody's, or the actor's own."""
    most = MOST_ENTRIES if draft.is_shared else MOST_OWN_ENTRIES
    if count_entries(actor.workspace_id, owner=None if draft.is_shared else actor) >= most:
        words = _("There are %(count)s entries already, which is the most. Delete some first.")
        raise FaqRefused({"": words % {"count": most}})


def _columns(actor: Membership, draft: EntryDraft) -> dict[str, Any]:
    return {
        "category": draft.category,
        "owner": None if draft.is_shared else actor,
        "files": [{"id": file.pk, "name": file.filename} for file in draft.files],
    }


def _facts(texts: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    return {"titles": [title for title, _body in texts.values()]}


def _write_texts(entry: FaqEntry, texts: Mapping[str, tuple[str, str]]) -> None:
    FaqText.objects.bulk_create(
        FaqText.written(entry=entry, language=language, title=title, body=body)
        for language, (title, body) in texts.items()
    )


def _clean(actor: Membership, draft: EntryDraft) -> dict[str, tuple[str, str]]:
    """Return the texts as they are stored; the files are held until the transaction ends. Raises FaqRefused."""
    texts, errors = {}, {}
    if draft.is_shared and not actor.may(Role.ADMIN):
        errors[""] = _("Only admins write answers for everybody.")
    for language, (title, body) in draft.texts.items():
        title = " ".join(title.replace("\x00", "").split())
        body = body.replace("\x00", "").replace("\r\n", "\n").strip()
        if not title and not body:
            continue
        texts[language] = (title, body)
        if problem := _title_problem(title):
            errors[f"title-{language}"] = problem
        if problem := _body_problem(body, has_files=bool(draft.files)):
            errors[f"body-{language}"] = problem
        if language not in LANGUAGES:
            errors[""] = _("Choose one of the languages.")
    if not texts:
        errors[""] = _("Write the answer in one language at least.")
    if len(draft.files) > MOST_FILES:
        errors["files"] = _("At most %(count)s files go with an answer.") % {"count": MOST_FILES}
    if errors:
        raise FaqRefused(errors)
    ids = {file.pk for file in draft.files}
    if ids and hold_files(workspace_id=next(iter(draft.files)).workspace_id, ids=ids) != ids:
        raise FaqRefused({"files": _("One of the files is no longer there. Attach it again.")})
    return texts


def _title_problem(title: str) -> str:
    if not key_of(title):
        return _("Type a title: it is what you will look for.")
    if len(title) > TITLE_LENGTH:
        return _("This title is too long: at most %(count)s characters fit.") % {"count": TITLE_LENGTH}
    return ""


def _body_problem(body: str, *, has_files: bool) -> str:
    if not body and not has_files:
        return _("Write the answer, or attach a file.")
    if len(body) > BODY_LENGTH:
        words = _("This answer is too long: it has %(length)s characters, and at most %(most)s fit.")
        return words % {"length": len(body), "most": BODY_LENGTH}
    return ""
