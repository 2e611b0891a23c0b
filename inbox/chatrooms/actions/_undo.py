"""Taking back what was just sent: for a few seconds it waits in the outbox, and its writer may have it again, with the
chat open if sending had closed it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from inbox.customers.selectors import blocked_since
from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..models import AnswerDraft, Attachment, Chatroom, Direction, Message, MessageState, OutboxEntry, RoomStatus
from ._bulk import close_chatroom, take_back
from ._changes import record_changes
from ._composition import MOST_PARTS, UnableToSend
from ._drafts import draft_of, give_back
from ._many import Changed, Left, Outcome, What, Why
from ._outgoing import client_id_of_part, locked_room


def close_after(*, actor: Membership, message: Message, seen_id: int | None, is_repeated: bool) -> Outcome:
    """Close the chat of what was just sent: whoever takes that back finds it open again.

    It is left open if its customer has written since `seen_id`, the newest message the sender saw (None: not said):
    somebody waits there. A form that comes once more (`is_repeated`, as `has_sent` tells) changes nothing: by then a
    colleague may have opened the chat again. Call it in the transaction that sends."""
    room = message.chatroom
    if message.state == MessageState.TAKEN_BACK or room.status != RoomStatus.OPEN:
        return Outcome()
    if seen_id is not None and _noticed(room).filter(direction=Direction.INBOUND, pk__gt=seen_id).exists():
        return Outcome(left=(Left(room.pk, Why.WROTE, customer=str(room.customer)),))
    if is_repeated:
        return Outcome()
    outcome = close_chatroom(actor=actor, chatroom=room)
    # What a dispatcher has by now cannot be taken back.
    waiting = OutboxEntry.objects.filter(message=message, lease_until__isnull=True).exclude(form={})
    for entry in waiting.select_for_update(skip_locked=True):
        entry.form["has_closed"] = True
        entry.save(update_fields=["form"])
    return outcome


def take_back_message(*, actor: Membership, message: Message) -> AnswerDraft:
    """Take back a message, with all parts of the same text, that has not begun to leave; return the draft it becomes.

    The chat that was closed with it, and still is, opens again.
    Of this and a dispatcher at once, one wins: whoever has the outbox entries first. The rows stay, without content, so
    that the form, sent again by a slow network, sends nothing. What was taken back before is in the draft, which is
    returned as it is now: the first answer may have been lost. Raises UnableToSend.
    """
    if message.author_id != actor.pk:
        raise UnableToSend(_("Only who wrote it can take it back."))
    room = locked_room(message.chatroom_id)
    message.refresh_from_db(fields=["state"])
    if message.state == MessageState.TAKEN_BACK:
        return draft_of(actor=actor, chatroom=room)
    parts = _parts_of(message)
    entries = list(
        OutboxEntry.objects.filter(message__in=parts, lease_until__isnull=True).select_for_update().order_by("pk")
    )
    has_left = any(part.state != MessageState.QUEUED or part.attempt_count for part in parts)
    if has_left or not parts or len(entries) != len(parts):
        raise UnableToSend(_("It is on its way already and cannot be taken back."))
    form = next(entry.form for entry in entries)
    remove_unsent(room, parts, entries)
    draft = give_back(actor=actor, chatroom=room, facts=form)
    audit.record(workspace_id=room.workspace_id, actor=actor, verb="message.taken_back", subject=message)
    record_changes(workspace_id=room.workspace_id, messages=[(room.pk, part.pk) for part in parts])
    if "has_closed" in form:
        closed = Changed(room.pk, RoomStatus.OPEN, RoomStatus.CLOSED)
        take_back(actor=actor, what=What.STATUS, changes=[closed])
    return draft


def remove_unsent(room: Chatroom, messages: Sequence[Message], entries: Sequence[OutboxEntry]) -> None:
    """Let go of messages of a locked chat that have not left, with their locked outbox entries and their files."""
    Attachment.objects.filter(workspace_id=room.workspace_id, message__in=messages).delete()
    OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        state=MessageState.TAKEN_BACK,
        removed_at=clock.now(),
        failure_code="",
        failure_text="",
        text="",
        details={},
        reply_to=None,
        reply_to_external_id="",
    )
    _as_before(room)


def _parts_of(message: Message) -> Sequence[Message]:
    """Lock and return the messages that carry what was written in the same form; none if it cannot be taken back."""
    first = message.details.get("undo", {}).get("first")
    if not first:
        return []
    ids = [client_id_of_part(uuid.UUID(first), number) for number in range(1, MOST_PARTS + 1)]
    parts = Message.objects.filter(workspace_id=message.workspace_id, chatroom_id=message.chatroom_id)
    return list(parts.filter(client_id__in=ids).select_for_update(no_key=True).order_by("sent_at", "pk"))


def _as_before(room: Chatroom) -> None:
    """Give a locked room the last message, and the wait for an answer, that it has without what was taken back."""
    said = _noticed(room).exclude(direction=Direction.SYSTEM).exclude(state=MessageState.TAKEN_BACK)
    last = said.order_by("-sent_at", "-pk").first()
    answer = said.filter(direction=Direction.OUTBOUND).order_by("-sent_at", "-pk").first()
    unanswered = said.filter(direction=Direction.INBOUND)
    if answer is not None:
        unanswered = unanswered.filter(sent_at__gt=answer.sent_at)
    waiting = unanswered.order_by("sent_at", "pk").first()
    room.last_message, room.last_message_at = last, last.sent_at if last else room.created_at
    room.waiting_since = waiting.sent_at if waiting else None
    room.save(update_fields=["last_message", "last_message_at", "waiting_since"])


def _noticed(room: Chatroom) -> QuerySet[Message]:
    """Return a room's messages but those that its customer wrote while blocked."""
    messages = Message.objects.filter(workspace_id=room.workspace_id, chatroom=room)
    since = blocked_since(room.customer)
    return messages.exclude(direction=Direction.INBOUND, created_at__gte=since) if since else messages
