"""Drafts as a page's script reads them, and as the composer shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..models import AnswerDraft, Chatroom


@dataclass(frozen=True)
class DraftView:
    """A member's draft in a chat; `files` are the values that stand for them in a form."""

    text: str = ""
    reply_to: int | None = None
    options: Sequence[str] = ()
    files: Sequence[str] = ()
    version: int = 0
    client_id: str = ""  # of the form that wrote it last

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "replyTo": str(self.reply_to or ""),
            "options": list(self.options),
            "files": list(self.files),
            "version": self.version,
        }


def draft_in(room: Chatroom) -> DraftView:
    """Return the draft of the member a room was read for. Needs its annotation `draft`."""
    found: Mapping[str, Any] | None = room.draft  # type: ignore[attr-defined]
    if not found:
        return DraftView()
    return DraftView(
        text=found["text"],
        reply_to=found["reply_to_id"],
        options=found["options"],
        files=_values(found["files"]),
        version=found["version"],
        client_id=found["client_id"] or "",
    )


def draft_view(draft: AnswerDraft) -> DraftView:
    return DraftView(draft.text, draft.reply_to_id, draft.options, _values(draft.files), draft.version)


def _values(files: Sequence[Mapping[str, Any]]) -> list[str]:
    return [_value(each) for each in files]


def _value(stored: Mapping[str, Any]) -> str:
    if "card" in stored:
        return str(stored["card"])
    return str(stored["id"]) if stored["send_as"] == "file" else f"{stored['id']}.{stored['send_as']}"
