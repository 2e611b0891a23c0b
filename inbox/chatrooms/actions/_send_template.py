"""Writing to a customer with a message template: what may leave also when the reply window is closed."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.utils.translation import gettext as _

from channels_adapters.types import Capabilities, MessageKind
from inbox.media.models import MediaFile
from inbox.media.planning import CannotBeSent, plan_for
from inbox.message_templates.components import MEDIA_FORMATS
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces.models import Membership

from ..models import Chatroom, Message
from ._attach import PlannedFile
from ._composition import UnableToSend, require_files, shown_file
from ._outgoing import Draft, Part, locked_room, write
from ._reply_right import require_reply_right, require_unanswered
from ._send import require_open_window, sent_before


def send_template(
    *,
    actor: Membership,
    chatroom: Chatroom,
    template: FilledTemplate,
    client_id: uuid.UUID,
    header_file: MediaFile | None = None,
    seen_id: int | None = None,
) -> Message:
    """Store a filled template as a message and put it in the outbox. Sending the same client_id again returns the first.

    `header_file` takes the place of whatever the header's file was filled in with, `seen_id` is as in `send_message`.
    Call it inside the workspace's scope. Raises UnableToSend.
    """
    capabilities = chatroom.connection.adapter.capabilities
    if MessageKind.TEMPLATE not in capabilities.sends:
        raise UnableToSend(_("%(channel)s has no message templates.") % {"channel": capabilities.label})
    part = template_part(template)
    if header_file is not None:
        part = with_header_file(part, header_file, capabilities)
    chatroom = locked_room(chatroom.pk)
    if twin := sent_before(actor=actor, chatroom=chatroom, parts=[part], client_id=client_id):
        return twin
    require_reply_right(actor=actor, chatroom=chatroom)
    require_unanswered(actor=actor, chatroom=chatroom, seen_id=seen_id)
    require_open_window(chatroom, is_template=True)
    require_files(actor.workspace_id, [header_file] if header_file else [])
    draft = Draft(chatroom, actor.pk, [part], client_id)
    return write(actor=actor, draft=draft, verb="message.template_sent")[0]


def template_part(template: FilledTemplate) -> Part:
    """Return a filled template as what a message says."""
    facts = {
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "components": list(template.components),
        "preview": template.preview,
    }
    return Part(template.text, MessageKind.TEMPLATE, {"template": facts})


def with_header_file(part: Part, file: MediaFile, capabilities: Capabilities) -> Part:
    """Return a template with a file for its header. Raises UnableToSend if the header takes no such file."""
    format_ = part.details["template"]["preview"]["header"]["format"]
    if format_ not in MEDIA_FORMATS:
        raise UnableToSend(_("This template has no place for a file."))
    kind = MessageKind(format_.lower())
    try:
        plan = plan_for(file.probe, {kind: capabilities.media[kind]})
    except CannotBeSent as refusal:
        raise UnableToSend(f"{file.filename}: {refusal}") from refusal
    details = {**part.details, "attachments": [shown_file(file, plan)]}
    return replace(part, details=details, file=PlannedFile(file, kind, plan.recipe))
