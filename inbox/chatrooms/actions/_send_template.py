"""Writing to a customer with a message template: what may leave also when the reply window is closed."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from channels_adapters.types import MessageKind
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces.models import Membership

from ..models import Chatroom, Message
from ._outgoing import Draft, Part, locked_room, write
from ._send import UnableToSend, require_open_window


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
    facts = {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "components": list(template.components),
        "preview": template.preview,
    }
    part = Part(template.text, MessageKind.TEMPLATE, {"template": facts})
    return write(actor=actor, draft=Draft(chatroom, actor.pk, [part], client_id), verb="message.template_sent")[0]
