"""Who answers in a chat: we, or another of the business's apps, as a rule a bot.

The vendor tells of it in three ways: by a handover, by where it lists what a customer writes, and by refusing what we
send. The newest of them counts, by the vendor's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from channels_adapters.errors import OutcomeUnknown, SendError, TransportError
from channels_adapters.types import UNKNOWN_TIME, MessageReceived, ThreadControlChanged
from inbox.connections.calls import vendor_call
from inbox.connections.models import Connection
from inbox.customers.models import person_of
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope

from ..models import Chatroom, Message
from ._assign import system_message
from ._changes import record_changes
from ._composition import UnableToSend
from ._reply_right import require_reply_right
from ._times import plausible

_SECONDS = 10.0


@dataclass(frozen=True)
class Word:
    """What the vendor told of a (locked) room: at a time, who answers there."""

    room: Chatroom
    at: datetime
    is_ours: bool


def words_of_handovers(
    handovers: Sequence[tuple[Connection, ThreadControlChanged]],
    rooms: Iterable[Chatroom],
    room_ids: Mapping[tuple[int, str], int],
) -> list[Word]:
    """Return what handovers tell of these rooms. One without a time is left out: when it came again, it would be news."""
    by_id = {room.pk: room for room in rooms}
    return [
        Word(by_id[room_id], plausible(event.at), event.is_ours)
        for connection, event in handovers
        for room_id in {room_ids.get((connection.pk, identity.value)) for identity in event.sender.identities}
        if room_id in by_id and event.at != UNKNOWN_TIME
    ]


def words_of_messages(events: Sequence[tuple[Chatroom, MessageReceived]], handovers: Sequence[Word] = ()) -> list[Word]:
    """Return what new messages tell of their rooms, where a bot answers, or may have since `handovers`."""
    concerned = {word.room.pk for word in handovers}
    concerned |= {room.pk for room, event in events if event.on_standby or room.bot_since}
    return [Word(room, plausible(e.sent_at), not e.on_standby) for room, e in events if room.pk in concerned]


def note_control(words: Sequence[Word]) -> list[Message]:
    """Remember who answers in locked rooms; return the lines that tell of changes. What is late changes nothing."""
    changed: dict[int, Chatroom] = {}
    lines: list[Message] = []
    for word in sorted(words, key=lambda word: word.at):
        room = word.room
        if word.at < max(filter(None, (room.control_told_at, room.last_inbound_at)), default=word.at):
            continue
        room.control_told_at = word.at
        changed[room.pk] = room
        if word.is_ours != (room.bot_since is None):
            room.bot_since = None if word.is_ours else word.at
            lines.append(system_message(room, "bot_left" if word.is_ours else "bot_answers", at=word.at))
    Chatroom.objects.bulk_update(changed.values(), ["bot_since", "control_told_at"])
    return lines


def report_held_elsewhere(*, workspace_id: int, chatroom_id: int, at: datetime) -> None:
    """Have it noted after the commit: whoever finds out has locked messages, and rooms are locked before those."""
    enqueue_on_commit(
        "inbox.chatrooms.tasks.note_held_elsewhere",
        workspace_id=workspace_id,
        chatroom_id=chatroom_id,
        at=at.isoformat(),
    )


def note_held_elsewhere(*, workspace_id: int, chatroom_id: int, at: datetime) -> bool:
    """Remember that the vendor refused a message because another app answers. Return whether that was news."""
    with scope(workspace_id):
        lines = note_control([Word(_locked(workspace_id, chatroom_id), at, is_ours=False)])
        record_changes(workspace_id=workspace_id, messages=[(chatroom_id, line.pk) for line in lines])
    return bool(lines)


def take_over(*, actor: Membership, chatroom: Chatroom) -> None:
    """Ask the vendor for a chat in which another app answers; the chat tells what came of it. Raises UnableToSend.

    Call it inside the workspace's scope.
    """
    if chatroom.bot_since is None:
        raise UnableToSend(_("No other app answers in this chat any more."))
    require_reply_right(actor=actor, chatroom=chatroom)
    audit.record(workspace_id=chatroom.workspace_id, actor=actor, verb="chat.control_asked", subject=chatroom)
    enqueue_on_commit(
        "inbox.chatrooms.tasks.take_control",
        workspace_id=chatroom.workspace_id,
        chatroom_id=chatroom.pk,
        actor=str(actor),
    )


def take_control(*, workspace_id: int, chatroom_id: int, actor: str) -> bool:
    """Take a chat from the app that answers there; the chat says that we have it now, or why not."""
    with scope(workspace_id):
        rooms = Chatroom.objects.select_related("connection", "customer").defer("connection__credentials")
        room = rooms.get(workspace_id=workspace_id, pk=chatroom_id)
        if room.bot_since is None:
            return True  # a colleague was faster
        recipient = person_of(room.customer, room.connection)
    adapter = room.connection.adapter
    try:
        vendor_call(
            connection=room.connection,
            describe=lambda known: [adapter.control_request(recipient, known)],
            read=adapter.check,
            read_timeout=_SECONDS,
        )
    except SendError as refusal:
        _say_why_not(room, code=refusal.code, reason=refusal.public_text)
        return False
    except OutcomeUnknown:
        _say_why_not(room, code="no_answer", reason=_("No answer came. Try again."))
        return False
    except TransportError:
        _say_why_not(room, code="unreachable", reason=_("The channel could not be reached."))
        return False
    with scope(workspace_id):
        current = _locked(workspace_id, chatroom_id)
        if current.bot_since is None:
            return True
        current.bot_since, current.control_told_at = None, clock.now()
        current.save(update_fields=["bot_since", "control_told_at"])
        line = system_message(current, "control_taken", at=current.control_told_at, actor=actor)
        record_changes(workspace_id=workspace_id, messages=[(current.pk, line.pk)])
    return True


def _say_why_not(room: Chatroom, *, code: str, reason: str) -> None:
    why = {"code": code, "reason": reason, "channel": room.connection.channel}
    with scope(room.workspace_id):
        line = system_message(room, "control_refused", at=clock.now(), **why)
        record_changes(workspace_id=room.workspace_id, messages=[(room.pk, line.pk)])


def _locked(workspace_id: int, chatroom_id: int) -> Chatroom:
    return Chatroom.objects.select_for_update(no_key=True).get(workspace_id=workspace_id, pk=chatroom_id)
