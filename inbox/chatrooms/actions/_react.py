"""Our reaction to a message: shown at once, taken back if the vendor refuses it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels_adapters.errors import OutcomeUnknown, SendError, TransportError
from channels_adapters.types import OutboundReaction
from inbox.connections.calls import vendor_call
from inbox.customers.models import person_of
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope

from ..models import Chatroom, Direction, Message
from ..presenters.reactions import ANY_EMOJI
from ._alterations import set_reaction
from ._assign import system_message
from ._changes import record_changes
from ._composition import UnableToSend
from ._outgoing import locked_room
from ._reply_right import require_reply_right
from ._send import require_open_window
from ._windows import report_window_refusal

_SECONDS = 10.0


def react(*, actor: Membership, message: Message, emoji: str) -> Message:
    """Set the business's reaction to a message, or take it back with an empty emoji. Raises UnableToSend.

    Call it inside the workspace's scope.
    """
    connection = message.connection
    allowed = connection.adapter.capabilities.reactions
    if allowed is None:
        raise UnableToSend(_("%(channel)s has no reactions.") % {"channel": connection.adapter.capabilities.label})
    if emoji and emoji not in (allowed or ANY_EMOJI):
        raise UnableToSend(_("Choose one of the reactions shown."))
    room = locked_room(message.chatroom_id)
    require_reply_right(actor=actor, chatroom=room)
    current = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if current.removed_at or not current.external_id or current.direction == Direction.SYSTEM:
        raise UnableToSend(_("This message cannot be reacted to."))
    before = current.reactions.get("business", "")
    if before == emoji:
        return current
    if emoji:
        require_open_window(room, is_template=False)
    _store(current, emoji)
    audit.record(workspace_id=current.workspace_id, actor=actor, verb="message.reacted", subject=current, emoji=emoji)
    record_changes(workspace_id=current.workspace_id, messages=[(current.chatroom_id, current.pk)])
    enqueue_on_commit(
        "inbox.chatrooms.tasks.send_reaction",
        workspace_id=current.workspace_id,
        message_id=current.pk,
        emoji=emoji,
        before=before,
    )
    return current


def send_reaction(*, workspace_id: int, message_id: int, emoji: str, before: str) -> bool:
    """Hand a reaction to the vendor; one that is refused goes back to what it was `before`, and the chat says why."""
    with scope(workspace_id):
        messages = Message.objects.select_related("connection", "chatroom__customer").defer("connection__credentials")
        message = messages.get(workspace_id=workspace_id, pk=message_id)
        if message.reactions.get("business", "") != emoji:
            return True  # a newer choice is on its way
        recipient = person_of(message.chatroom.customer, message.connection)
    reaction = OutboundReaction(recipient, message.external_id or "", emoji)
    adapter = message.connection.adapter
    started_at = clock.now()
    try:
        vendor_call(
            connection=message.connection,
            describe=lambda known: [adapter.reaction_request(reaction, known)],
            read=adapter.check,
            read_timeout=_SECONDS,
        )
    except OutcomeUnknown:
        return True  # most likely it arrived; a reaction is not worth a question
    except SendError as refusal:
        if refusal.closes_window:
            report_window_refusal(workspace_id=workspace_id, chatroom_id=message.chatroom_id, at=started_at)
        _take_back(message, emoji, before, code=refusal.code, reason=refusal.public_text)
        return False
    except TransportError:
        _take_back(message, emoji, before, code="unreachable", reason=_("The channel could not be reached."))
        return False
    return True


def _take_back(message: Message, emoji: str, before: str, *, code: str, reason: str) -> None:
    with scope(message.workspace_id):
        room = Chatroom.objects.select_for_update(no_key=True).get(pk=message.chatroom_id)
        current = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
        if current.reactions.get("business", "") != emoji:
            return  # somebody has chosen another one meanwhile
        _store(current, before)
        why = {"code": code, "reason": reason, "channel": message.connection.channel}
        notice = system_message(room, "reaction_failed", at=clock.now(), emoji=emoji, **why)
        record_changes(workspace_id=message.workspace_id, messages=[(room.pk, current.pk), (room.pk, notice.pk)])


def _store(message: Message, emoji: str) -> None:
    set_reaction(message, "business", emoji, clock.now())
    message.save(update_fields=["reactions", "reacted_at"])
