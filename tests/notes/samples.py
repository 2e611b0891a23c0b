"""What the templates of notes are rendered with where no database is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from inbox.notes.pages import NoteForm, NoteLine, NoteList, NotePanel, Theirs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FORM = NoteForm(
    url="/w/lotus/notes/7/3/change/",
    draft="note-3-2",
    text="</textarea>typed",
    members=('Ben "<b>',),
    text_length=10_000,
    version=2,
    stop_url="/w/lotus/notes/7/",
    error="Ben changed this <b>note</b>.",
    theirs=Theirs("<script>theirs</script>", "<b>Ben</b>"),
)
LINE = NoteLine(
    dom_id="note-3",
    text="<script>note</script>",
    author="<b>Amy</b>",
    at=NOON,
    edited_at=NOON,
    edited_by="Olivia <i>",
    mentions=("Ben <b>Agent</b>",),
    is_pinned=True,
    version=2,
    pin_url="/w/lotus/notes/7/3/pin/",
    change_url="/w/lotus/notes/7/?change=3",
    deletion_url="/w/lotus/notes/7/3/deletion/",
)
LIST = NoteList(
    url="/w/lotus/notes/7/list/?before=9",
    lines=(LINE, replace(LINE, dom_id="note-4", is_pinned=False, change_url="", deletion_url="", edited_at=None)),
    newest_url="/w/lotus/notes/7/",
    older_url="/w/lotus/notes/7/?before=3",
    refusal="Read it <b>again</b>.",
)
PANEL = NotePanel(customer_name="Ann <i>Lee</i>", url="/w/lotus/notes/7/", form=FORM, list=LIST)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "notes/_form.html": ({"box": FORM}, "note-form"),
    "notes/_list.html": ({"list": LIST}, "note-list"),
    "notes/_note.html": ({"line": LINE}, "note-3"),
    "notes/_panel.html": ({"panel": PANEL}, "note-panel"),
}
PAGES: dict[str, dict[str, Any]] = {"notes/panel.html": {"panel": PANEL, "back_url": "/w/lotus/"}}
