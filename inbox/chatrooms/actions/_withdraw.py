"""Giving up a message that waits for its template, as it may for a day."""

from __future__ import annotations

from django.utils.translation import gettext as _

from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..delivery import TEMPLATE_IN_REVIEW
from ..models import Message, MessageState, OutboxEntry
from ._assign import post_system_message
from ._changes import record_changes
from ._composition import UnableToSend
from ._outgoing import locked_room
from ._undo import remove_unsent


def withdraw_message(*, actor: Membership, message: Message) -> None:
    """Give up a message whose template is in review, and say so in the chat. Any member may, as with what is held.

    Of this and a dispatcher at once, one wins: whoever has the outbox entry first. Raises UnableToSend.
    """
    room = locked_room(message.chatroom_id)
    current = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    entries = list(OutboxEntry.objects.filter(message=current, lease_until__isnull=True).select_for_update())
    if not entries or (current.state, current.failure_code) != (MessageState.QUEUED, TEMPLATE_IN_REVIEW):
        raise UnableToSend(_("This message waits for its template no longer."))
    name = current.details["template"]["name"]
    remove_unsent(room, [current], entries)
    audit.record(workspace_id=room.workspace_id, actor=actor, verb="message.withdrawn", subject=current, template=name)
    record_changes(workspace_id=room.workspace_id, messages=[(room.pk, current.pk)])
    post_system_message(chatroom=room, event="template_withdrawn", actor=str(actor), template=name)
