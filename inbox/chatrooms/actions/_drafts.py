"""Drafts: what a member is writing in a chat, kept for all of their devices until it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.workspaces.models import Membership

from ..models import AnswerDraft, Chatroom, HeldAnswer, Message
from ._composition import Outgoing, UnableToSend
from ._outgoing import locked_room
from ._stored_files import files_to_store, key_of

# More than any channel carries in the messages that go out at once.
MOST_CHARACTERS = 50_000
MOST_OPTIONS = 20
LONGEST_OPTION = 200


class DraftOutdated(Exception):
    """Another device has changed or sent the draft since: `current` is what it is now."""

    def __init__(self, current: AnswerDraft) -> None:
        super().__init__(str(current))
        self.current = current


@dataclass(frozen=True)
class Composed:
    """What stands in a composer."""

    text: str = ""
    reply_to: Message | None = None
    options: Sequence[str] = ()
    files: Sequence[Outgoing] = ()

    def facts(self) -> dict[str, Any]:
        """Return it as a draft keeps it."""
        titles = [option.replace("\x00", "") for option in self.options]
        return {
            "text": self.text.replace("\x00", ""),
            "reply_to_id": self.reply_to.pk if self.reply_to else None,
            "options": [title[:LONGEST_OPTION] for title in titles if title.strip()][:MOST_OPTIONS],
            "files": files_to_store(self.files),
        }


def save_draft(
    *,
    actor: Membership,
    chatroom: Chatroom,
    composed: Composed,
    base: int,
    client_id: uuid.UUID,
    joins_newer: bool = False,
) -> AnswerDraft:
    """Keep what a member is writing, if `base` is the version it was made of; saving the same twice is once.

    `client_id` is its form's: what the same form saved, while its page was loaded anew, is no other device's; and what was
    sent or held with it is no draft any more, and changes nothing. With `joins_newer` another device's newer one stands
    behind it. Call it inside the workspace's scope. Raises DraftOutdated where it does not, and UnableToSend for a text
    that no message could carry.
    """
    _require_fit(composed.text)
    draft, facts = _locked(actor, chatroom), composed.facts()
    if _facts_of(draft) == facts or _is_done(actor.workspace_id, client_id):
        return draft
    if draft.version != base and draft.client_id != client_id:
        if not joins_newer:
            raise DraftOutdated(draft)
        facts = _joined(facts, _facts_of(draft))
        _require_fit(facts["text"])
    return _store(draft, facts, client_id)


def clear_draft(*, author_id: int, chatroom: Chatroom, known_version: int | None = None) -> None:
    """Empty a member's draft: it was sent, or is held. What is being saved in it at the moment goes too.

    What was taken back stays if no page has it yet: the one that sends knows only `known_version` (None: not said)."""
    drafts = AnswerDraft.objects.filter(workspace_id=chatroom.workspace_id, chatroom=chatroom, author_id=author_id)
    draft = drafts.select_for_update(no_key=True).first()
    if draft is None or draft.is_empty:
        return
    if draft.client_id is None and known_version is not None and known_version < draft.version:
        return
    drafts.update(
        text="",
        reply_to=None,
        options=[],
        files=[],
        is_empty=True,
        client_id=None,
        version=F("version") + 1,
        updated_at=clock.now(),
    )


def give_back(*, actor: Membership, chatroom: Chatroom, facts: dict[str, Any]) -> AnswerDraft:
    """Put what was taken back before what the member has written since. It is no form's own, until one saves it."""
    draft = _locked(actor, chatroom)
    return _store(draft, _joined(facts, _facts_of(draft)), None)


def draft_of(*, actor: Membership, chatroom: Chatroom) -> AnswerDraft:
    """Return a member's draft as it is now; an empty one if there is none."""
    return _locked(actor, chatroom)


def _require_fit(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        words = _("This text is too long to be kept: at most %(limit)s characters.") % {"limit": MOST_CHARACTERS}
        raise UnableToSend(words)


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return two drafts as one."""
    known = {key_of(stored) for stored in first["files"]}
    return {
        "text": "\n\n".join(filter(None, (first["text"], second["text"]))),
        "reply_to_id": first["reply_to_id"] or second["reply_to_id"],
        "options": first["options"] or second["options"],
        "files": [*first["files"], *(stored for stored in second["files"] if key_of(stored) not in known)],
    }


def _locked(actor: Membership, chatroom: Chatroom) -> AnswerDraft:
    """Return the member's draft, a new one if there is none; either way nobody else is at it."""
    own = AnswerDraft.objects.filter(workspace_id=actor.workspace_id, chatroom=chatroom, author=actor)
    found = own.select_for_update(no_key=True).first()
    if found is None:
        locked_room(chatroom.pk)  # as whoever sends: of a send and a first draft at once, the later one sees the other
        found = own.select_for_update(no_key=True).first()
    return found or AnswerDraft(workspace_id=actor.workspace_id, chatroom=chatroom, author=actor, is_empty=True)


def _is_done(workspace_id: int, client_id: uuid.UUID) -> bool:
    """Whether a form was sent, or what was in it is held."""
    sent = Message.objects.filter(workspace_id=workspace_id, client_id=client_id)
    held = HeldAnswer.objects.filter(workspace_id=workspace_id, client_id=client_id)
    return sent.exists() or held.exists()


def _facts_of(draft: AnswerDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in ("text", "reply_to_id", "options", "files")}


def _store(draft: AnswerDraft, facts: dict[str, Any], client_id: uuid.UUID | None) -> AnswerDraft:
    for name, value in facts.items():
        setattr(draft, name, value)
    draft.is_empty = not (draft.text or draft.options or draft.files)
    draft.client_id, draft.version, draft.updated_at = client_id, draft.version + 1, clock.now()
    draft.save()
    return draft
