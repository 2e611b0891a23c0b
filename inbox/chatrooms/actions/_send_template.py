"""Writing to a customer with a message template: what may leave also when the reply window is closed."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils.translation import gettext as _

from channels_adapters.types import MessageKind
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..models import Chatroom, Direction, Message, MessageState, OutboxEntry
from ._changes import record_changes
from ._read import see_everything
from ._send import DISPATCH, UnableToSend, locked_room, reopen_to_write, require_open_window


def send_template(*, actor: Membership, chatroom: Chatroom, template: FilledTemplate, client_id: uuid.UUID) -> Message:
    """Store a filled template as a message and put it in the outbox. Sending the same client_id again returns the first.

    Call it inside the workspace's scope. Raises UnableToSend.
    """
    capabilities = chatroom.connection.adapter.capabilities
    if MessageKind.TEMPLATE not in capabilities.sends:
        raise UnableToSend(_("%(channel)s has no message templates.") % {"channel": capabilities.label})
    chatroom = locked_room(chatroom.pk)
    twin = Message.objects.filter(workspace_id=actor.workspace_id, client_id=client_id).first()
    if twin is not None:
        return twin
    require_open_window(chatroom, is_template=True)
    reopened = reopen_to_write(actor, chatroom)
    message = Message.objects.create(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        connection=chatroom.connection,
        direction=Direction.OUTBOUND,
        kind=MessageKind.TEMPLATE.value,
        text=template.text,
        details={
            "template": {
                "name": template.name,
                "language": template.language,
                "category": template.category,
                "components": list(template.components),
                "preview": template.preview,
            }
        },
        author=actor,
        client_id=client_id,
        state=MessageState.QUEUED,
        sent_at=max(clock.now(), chatroom.last_message_at + timedelta(microseconds=1)),
    )
    OutboxEntry.objects.create(workspace_id=message.workspace_id, message=message, chatroom=chatroom)
    chatroom.last_message, chatroom.last_message_at = message, message.sent_at
    chatroom.save(update_fields=["last_message", "last_message_at", "status"])
    see_everything(member=actor, chatroom=chatroom)
    audit.record(workspace_id=message.workspace_id, actor=actor, verb="message.template_sent", subject=message)
    record_changes(
        workspace_id=message.workspace_id, messages=[(chatroom.pk, written.pk) for written in (*reopened, message)]
    )
    enqueue_on_commit(DISPATCH)
    return message
