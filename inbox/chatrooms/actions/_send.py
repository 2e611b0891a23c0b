"""Writing to a customer: the row, its outbox entry, and what an agent may do when a send went wrong."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import timedelta

from django.utils.translation import gettext as _

from channels_adapters.types import Capabilities, TextUnit
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from .. import delivery
from ..models import Chatroom, Direction, Message, MessageState, OutboxEntry, RoomStatus
from ._assign import system_message
from ._changes import record_changes
from ._read import see_everything

DISPATCH = "inbox.chatrooms.tasks.dispatch_outbox"


class UnableToSend(Exception):
    """The message was refused before it was stored; the text says why, in words for an agent."""


def send_message(
    *, actor: Membership, chatroom: Chatroom, text: str, client_id: uuid.UUID, reply_to: Message | None = None
) -> Message:
    """Store a message and put it in the outbox. Sending the same client_id again returns the first message.

    Call it inside the workspace's scope. Raises UnableToSend.
    """
    text = clean_text(text, chatroom.connection.adapter.capabilities)
    chatroom = _locked_room(chatroom.pk)
    twin = Message.objects.filter(workspace_id=actor.workspace_id, client_id=client_id).first()
    if twin is not None:
        return _same_message(twin, actor, chatroom, text)
    reopened = _reopen_to_write(actor, chatroom)
    message = Message.objects.create(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        connection=chatroom.connection,
        direction=Direction.OUTBOUND,
        text=text,
        author=actor,
        client_id=client_id,
        reply_to=reply_to,
        reply_to_external_id=(reply_to.external_id or "") if reply_to else "",
        state=MessageState.QUEUED,
        # The vendor's clock may be ahead of ours: an answer stands below what it answers.
        sent_at=max(clock.now(), chatroom.last_message_at + timedelta(microseconds=1)),
    )
    OutboxEntry.objects.create(workspace_id=message.workspace_id, message=message, chatroom=chatroom)
    chatroom.last_message, chatroom.last_message_at = message, message.sent_at
    chatroom.save(update_fields=["last_message", "last_message_at", "status"])
    see_everything(member=actor, chatroom=chatroom)
    audit.record(workspace_id=message.workspace_id, actor=actor, verb="message.written", subject=message)
    record_changes(
        workspace_id=message.workspace_id,
        messages=[(chatroom.pk, written.pk) for written in (*reopened, message)],
    )
    enqueue_on_commit(DISPATCH)
    return message


def retry_message(*, actor: Membership, message: Message) -> Message:
    """Send a failed or unconfirmed message again, as a new attempt. Raises UnableToSend."""
    message = _locked(message)
    if message.state not in delivery.RETRYABLE or OutboxEntry.objects.filter(message=message).exists():
        raise UnableToSend(_("This message is already on its way."))
    message.state, message.failure_code, message.failure_text = MessageState.QUEUED, "", ""
    message.external_id = None
    message.save(update_fields=["state", "failure_code", "failure_text", "external_id"])
    OutboxEntry.objects.create(workspace_id=message.workspace_id, message=message, chatroom_id=message.chatroom_id)
    audit.record(workspace_id=message.workspace_id, actor=actor, verb="message.retried", subject=message)
    record_changes(workspace_id=message.workspace_id, messages=[(message.chatroom_id, message.pk)])
    enqueue_on_commit(DISPATCH)
    return message


def confirm_arrival(*, actor: Membership, message: Message) -> Message:
    """Settle an unconfirmed message by the agent's word: the customer has it. Raises UnableToSend."""
    message = _locked(message)
    if message.state != MessageState.UNKNOWN:
        raise UnableToSend(_("This message is already settled."))
    message.state = MessageState.SENT
    message.save(update_fields=["state"])
    OutboxEntry.objects.filter(message=message).delete()
    audit.record(workspace_id=message.workspace_id, actor=actor, verb="message.confirmed", subject=message)
    record_changes(workspace_id=message.workspace_id, messages=[(message.chatroom_id, message.pk)])
    return message


def clean_text(text: str, capabilities: Capabilities) -> str:
    """Return the text as it will be sent. Raises UnableToSend when it is empty or too long for the channel."""
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not any(unicodedata.category(character)[0] not in "CZ" for character in text):
        raise UnableToSend(_("Write a message first."))
    in_bytes = capabilities.text_unit is TextUnit.BYTES
    length = len(text.encode()) if in_bytes else len(text)
    if length > capabilities.text_limit:
        raise UnableToSend(
            _("This message is too long: %(channel)s takes %(limit)s %(unit)s, yours has %(length)s.")
            % {
                "channel": capabilities.label,
                "limit": capabilities.text_limit,
                "unit": _("bytes") if in_bytes else _("characters"),
                "length": length,
            }
        )
    return text


def _same_message(twin: Message, actor: Membership, chatroom: Chatroom, text: str) -> Message:
    """Return the message a repeated client_id stands for. Raises UnableToSend if it says something else."""
    if twin.chatroom_id != chatroom.pk:
        raise UnableToSend(_("This message was already sent in another chat. Reload the page and try again."))
    if (twin.author_id, twin.text) != (actor.pk, text):
        raise UnableToSend(_("Your first version was already sent. Send this text as a message of its own?"))
    return twin


def _locked(message: Message) -> Message:
    """Lock room, then message: the order every writer takes."""
    _locked_room(message.chatroom_id)
    return Message.objects.select_for_update(no_key=True).get(pk=message.pk)


def _locked_room(room_id: int) -> Chatroom:
    rooms = Chatroom.objects.select_for_update(of=("self",), no_key=True)
    return rooms.select_related("connection").defer("connection__credentials").get(pk=room_id)


def _reopen_to_write(actor: Membership, chatroom: Chatroom) -> list[Message]:
    if chatroom.status == RoomStatus.OPEN:
        return []
    chatroom.status = RoomStatus.OPEN
    return [system_message(chatroom, "reopened", actor=str(actor), at=clock.now())]
