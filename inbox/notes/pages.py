"""The Notes panel as its templates see it. No queries but those of `selectors`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from inbox.customers.selectors import Group
from inbox.workspaces.models import Membership

from . import access, selectors
from .actions import TEXT_LENGTH
from .models import CustomerNote


@dataclass(frozen=True)
class Theirs:
    """What somebody else made of the note while it was being edited."""

    text: str
    by: str


@dataclass(frozen=True)
class NoteForm:
    """`notes/_form.html`. `version` and `stop_url` are of a note that is edited; `draft` names what is being written."""

    url: str
    draft: str
    text: str
    members: tuple[str, ...]
    text_length: int
    client_id: str = ""
    version: int | None = None
    stop_url: str = ""
    error: str = ""
    theirs: Theirs | None = None


@dataclass(frozen=True)
class NoteLine:
    """`notes/_note.html`. The addresses to change it are empty for who may not."""

    dom_id: str
    text: str
    author: str
    at: datetime
    edited_at: datetime | None
    edited_by: str  # empty where it was the author
    mentions: tuple[str, ...]
    is_pinned: bool
    version: int
    pin_url: str
    change_url: str
    deletion_url: str
    is_hit: bool = False  # the one that was asked for


@dataclass(frozen=True)
class NoteList:
    """`notes/_list.html`."""

    url: str
    lines: tuple[NoteLine, ...]
    newest_url: str  # empty while the newest are shown
    older_url: str
    refusal: str = ""


@dataclass(frozen=True)
class NotePanel:
    """`notes/_panel.html`."""

    customer_name: str
    url: str
    form: NoteForm
    list: NoteList


def new_form(
    member: Membership,
    group: Group,
    members: Sequence[Membership],
    *,
    text: str = "",
    client_id: str = "",
    error: str = "",
) -> NoteForm:
    return NoteForm(
        url=reverse("notes:adding", args=[member.workspace.slug, group.head.pk]),
        draft=f"customer-{group.head.pk}",
        text=text,
        members=_names(member, members),
        text_length=TEXT_LENGTH,
        client_id=client_id or str(uuid.uuid4()),
        error=error,
    )


def change_form(
    member: Membership,
    group: Group,
    members: Sequence[Membership],
    note: CustomerNote,
    *,
    text: str | None = None,
    version: int | None = None,
    error: str = "",
    theirs: Theirs | None = None,
) -> NoteForm:
    """Put together the form in which a note is edited: `text` is what was typed, `version` what the person has seen."""
    slug = member.workspace.slug
    return NoteForm(
        url=reverse("notes:note_change", args=[slug, group.head.pk, note.pk]),
        draft=f"note-{note.pk}-{note.version}",
        text=note.text if text is None else text,
        members=_names(member, members),
        text_length=TEXT_LENGTH,
        version=note.version if version is None else version,
        stop_url=reverse("notes:notes", args=[slug, group.head.pk]),
        error=error,
        theirs=theirs,
    )


def note_panel(
    member: Membership,
    group: Group,
    form: NoteForm,
    *,
    before: int | None = None,
    at: int | None = None,
    refusal: str = "",
) -> NotePanel:
    """Put the panel together; `at` is the note that it is opened for."""
    return NotePanel(
        customer_name=str(group.head),
        url=reverse("notes:notes", args=[member.workspace.slug, group.head.pk]),
        form=form,
        list=note_list(member, group, before=before, at=at, refusal=refusal),
    )


def note_list(
    member: Membership, group: Group, *, before: int | None = None, at: int | None = None, refusal: str = ""
) -> NoteList:
    here = [member.workspace.slug, group.head.pk]
    page = selectors.notes_of(member, group, before=before)
    panel_url = reverse("notes:notes", args=here)
    list_url = reverse("notes:note_list", args=here)
    return NoteList(
        url=f"{list_url}?{urlencode({'before': before})}" if before else list_url,
        newest_url=panel_url if before else "",
        lines=tuple(_line(member, group, note, is_hit=note.pk == at) for note in (*page.pinned, *page.notes)),
        older_url=f"{panel_url}?{urlencode({'before': page.before})}" if page.before else "",
        refusal=refusal,
    )


def _line(member: Membership, group: Group, note: CustomerNote, *, is_hit: bool) -> NoteLine:
    slug = member.workspace.slug
    here = [slug, group.head.pk, note.pk]
    changes = access.may_change(member, note)
    panel_url = reverse("notes:notes", args=here[:2])
    return NoteLine(
        dom_id=f"note-{note.pk}",
        text=note.text,
        author=str(note.author),
        at=note.created_at,
        edited_at=note.edited_at,
        edited_by=str(note.edited_by) if note.edited_by_id not in (None, note.author_id) else "",
        mentions=tuple(str(mention.member) for mention in note.mentions.all()),
        is_pinned=note.pinned_at is not None,
        version=note.version,
        pin_url=reverse("notes:note_pin", args=here),
        change_url=f"{panel_url}?{urlencode({'change': note.pk})}" if changes else "",
        deletion_url=reverse("notes:note_deletion", args=here) if changes else "",
        is_hit=is_hit,
    )


def _names(member: Membership, members: Sequence[Membership]) -> tuple[str, ...]:
    """Return who can be mentioned: everybody else."""
    return tuple(str(other) for other in members if other.pk != member.pk)
