"""Every verb of notes. Each change is a line in the customer's chats, which never says what the note does; nothing ever
leaves to a vendor.

Whoever wants to notify people reads `Written.mentioned`: those whom this very change named for the first time.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inbox.chatrooms.actions import post_system_messages
from inbox.chatrooms.models import Chatroom
from inbox.customers.selectors import Group
from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.actions import renew_pages
from inbox.workspaces.models import Membership

from .mentions import mentioned
from .models import CustomerNote, NoteMention

TEXT_LENGTH = 10_000
MOST_PINNED = 20


class NoteRefused(Exception):
    """The note cannot be like that; the message says why."""


class NoteChanged(Exception):
    """Somebody else changed or deleted the note meanwhile. `current` is what it is now, None if it is gone."""

    def __init__(self, current: CustomerNote | None) -> None:
        super().__init__("the note was changed meanwhile")
        self.current = current


@dataclass(frozen=True)
class Written:
    """A note that was stored, and the colleagues whom it names now and did not before."""

    note: CustomerNote
    mentioned: tuple[Membership, ...] = ()


def add_note(*, actor: Membership, group: Group, text: str, client_id: uuid.UUID) -> Written:
    """Write a note about a person. The same text under the same `client_id` is one note. Raises NoteRefused.

    Call it inside the workspace's scope, as all of these.
    """
    text = _clean(text)
    row = CustomerNote(
        workspace_id=actor.workspace_id, customer=group.head, author=actor, text=text, client_id=client_id
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        known = CustomerNote.objects.get(workspace_id=actor.workspace_id, client_id=client_id)
        if (known.text, known.author_id) == (text, actor.pk):
            return Written(known)
        row.client_id = uuid.uuid4()
        row.save(force_insert=True)
    named = _note_mentions(actor, row)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="note.added", subject=row)
    _announce(actor, group, "note_added")
    return Written(row, named)


def edit_note(*, actor: Membership, group: Group, note: CustomerNote, text: str, seen: int) -> Written:
    """Give a note another text, if it still is the version that the actor saw; the same text changes nothing.

    Raises NoteRefused, NoteChanged.
    """
    text = _clean(text)
    if (note.text, note.version) == (text, seen):
        return Written(note)
    now = clock.now()
    changed = CustomerNote.objects.filter(workspace_id=actor.workspace_id, pk=note.pk, version=seen).update(
        text=text, version=seen + 1, edited_at=now, edited_by=actor, changed_at=now
    )
    if not changed:
        raise NoteChanged(_current(note))
    note.text = text
    named = _note_mentions(actor, note)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="note.changed", subject=note)
    _announce(actor, group, "note_edited")
    return Written(note, named)


def delete_note(*, actor: Membership, group: Group, note: CustomerNote, seen: int) -> None:
    """Delete a note, if it still is the version that the actor saw. Raises NoteChanged."""
    current = CustomerNote.objects.select_for_update().filter(workspace_id=actor.workspace_id, pk=note.pk).first()
    if current is None:
        return
    if current.version != seen:
        raise NoteChanged(_current(note))
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="note.deleted", subject=note)
    mentioned_in = NoteMention.objects.filter(workspace_id=actor.workspace_id, note=current)
    renew_pages(workspace_id=actor.workspace_id, members=list(mentioned_in.values_list("member_id", flat=True)))
    current.delete()
    _announce(actor, group, "note_deleted")


def pin_note(*, actor: Membership, group: Group, note: CustomerNote, is_pinned: bool) -> None:
    """Keep a note on top, or no longer; doing it once more changes nothing. Raises NoteRefused."""
    if (note.pinned_at is not None) == is_pinned:
        return
    now = clock.now()
    pinned = CustomerNote.objects.filter(
        workspace_id=actor.workspace_id, customer__in=group.all, pinned_at__isnull=False
    )
    if is_pinned and pinned.count() >= MOST_PINNED:
        raise NoteRefused(_("%(count)s notes are pinned already. Unpin one first.") % {"count": MOST_PINNED})
    rows = CustomerNote.objects.filter(workspace_id=actor.workspace_id, pk=note.pk, pinned_at__isnull=is_pinned)
    if not rows.update(pinned_at=now if is_pinned else None, changed_at=now):
        return
    verb = "note.pinned" if is_pinned else "note.unpinned"
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb=verb, subject=note)
    _announce(actor, group, "note_pinned" if is_pinned else "note_unpinned")


def _clean(text: str) -> str:
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise NoteRefused(_("Write something first."))
    if len(text) > TEXT_LENGTH:
        raise NoteRefused(
            _("This note is too long: it has %(length)s characters, and at most %(most)s fit.")
            % {"length": len(text), "most": TEXT_LENGTH}
        )
    return text


def _current(note: CustomerNote) -> CustomerNote | None:
    rows = CustomerNote.objects.filter(workspace_id=note.workspace_id, pk=note.pk)
    return rows.select_related("author__user", "edited_by__user").first()


def _note_mentions(actor: Membership, note: CustomerNote) -> tuple[Membership, ...]:
    """Store whom a note names now; return those it did not name before, but for the actor."""
    active = Membership.objects.filter(workspace_id=note.workspace_id, is_active=True, user__is_active=True)
    members = {member.pk: member for member in active.select_related("user")}
    named = mentioned(note.text, {pk: str(member) for pk, member in members.items()})
    stored = NoteMention.objects.filter(workspace_id=note.workspace_id, note=note)
    dropped = stored.exclude(member__in=named)
    renew_pages(workspace_id=note.workspace_id, members=list(dropped.values_list("member_id", flat=True)))
    dropped.delete()
    before = set(stored.values_list("member_id", flat=True))
    fresh = [pk for pk in named if pk not in before]
    NoteMention.objects.bulk_create(
        NoteMention(workspace_id=note.workspace_id, note=note, member_id=pk) for pk in fresh
    )
    return tuple(members[pk] for pk in fresh if pk != actor.pk)


def _announce(actor: Membership, group: Group, event: str) -> None:
    """Post a line in the customer's chats, which show their notes anew by it."""
    rooms = Chatroom.objects.filter(workspace_id=actor.workspace_id, customer__in=group.all).order_by("pk")
    post_system_messages(
        workspace_id=actor.workspace_id, lines=[(room, event, {"actor": str(actor)}) for room in rooms]
    )
