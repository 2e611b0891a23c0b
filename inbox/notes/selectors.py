"""Reading notes with everything their pages show. Call these inside the workspace's scope."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from inbox.customers.selectors import Group
from inbox.workspaces.models import Membership

from .models import CustomerNote, NoteMention

NOTES_PER_PAGE = 30


@dataclass(frozen=True)
class NotePage:
    """Pinned notes, only on the first page, and others, the newest first; `before` is where the next page starts."""

    pinned: tuple[CustomerNote, ...]
    notes: tuple[CustomerNote, ...]
    before: int | None


def notes_of(member: Membership, group: Group, *, before: int | None = None) -> NotePage:
    """Return one page of the notes on a person."""
    notes = _shown(member).filter(customer__in=group.all)
    pinned = [] if before else list(notes.filter(pinned_at__isnull=False).order_by("-pinned_at", "-pk"))
    others = notes.filter(pinned_at__isnull=True)
    if before is not None:
        others = others.filter(pk__lt=before)
    page = list(others.order_by("-pk")[: NOTES_PER_PAGE + 1])
    mentions = (
        NoteMention.objects.filter(workspace_id=member.workspace_id).select_related("member__user").order_by("pk")
    )
    prefetch_related_objects([*pinned, *page], Prefetch("mentions", mentions))
    more = page[NOTES_PER_PAGE - 1].pk if len(page) > NOTES_PER_PAGE else None
    return NotePage(tuple(pinned), tuple(page[:NOTES_PER_PAGE]), more)


def page_with(member: Membership, group: Group, note_id: int) -> int | None:
    """Return before which note the page begins that holds this one; None for the first page, where pinned ones are too."""
    notes = CustomerNote.objects.filter(workspace_id=member.workspace_id, customer__in=group.all)
    since = notes.filter(pinned_at__isnull=True, pk__gte=note_id).order_by("pk")
    ids = list(since.values_list("pk", flat=True)[: NOTES_PER_PAGE + 1])
    return note_id + 1 if len(ids) > NOTES_PER_PAGE and ids[0] == note_id else None


def note_of(member: Membership, group: Group, note_id: int) -> CustomerNote | None:
    return _shown(member).filter(customer__in=group.all, pk=note_id).first()


def mentioned_in(member: Membership, *, limit: int = 50) -> list[NoteMention]:
    """Return the latest mentions of a member, each with its note, the note's author and its customer."""
    mentions = NoteMention.objects.filter(workspace_id=member.workspace_id, member=member)
    return list(mentions.select_related("note__author__user", "note__customer").order_by("-pk")[:limit])


def _shown(member: Membership) -> QuerySet[CustomerNote]:
    notes = CustomerNote.objects.filter(workspace_id=member.workspace_id)
    return notes.select_related("author__user", "edited_by__user")
