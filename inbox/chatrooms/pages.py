"""The open chat as its templates see it: everything `chatrooms/_room.html` shows for one member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation

from inbox.connections.models import ConnectionState
from inbox.workspaces.models import Membership

from . import presenters, selectors
from .models import Chatroom, Message
from .presenters import ComposerView, MessageView, ReactionPicker, RoomState
from .selectors import MESSAGES_PER_PAGE, Position


@dataclass(frozen=True)
class RoomPage:
    """An open chat. It holds every change up to `seq`, perhaps a later one too."""

    room_id: int
    seq: int
    customer_name: str
    initials: str
    channel: str
    channel_label: str
    connection_name: str
    attention: str
    state: RoomState
    messages: list[MessageView]
    older_url: str
    socket_url: str
    read_url: str
    row_url: str
    panel_url: str
    back_url: str
    unread: int
    members: list[tuple[int, str]]
    picker: ReactionPicker | None
    composer: ComposerView


def room_page(
    member: Membership,
    room: Chatroom,
    members: Sequence[Membership],
    *,
    before: Position | None = None,
    reply_to: int | None = None,
    react_to: int | None = None,
    text: str = "",
    options: Sequence[str] = (),
    error: str = "",
) -> RoomPage:
    """Put an open chat together; `room` comes from `access.get_chatroom`. One query, for the messages.

    `reply_to` is the message that the answer will quote, `react_to` the one a reaction is chosen for; one more query if
    it is not among those shown.
    """
    slug = member.workspace.slug
    here = [slug, room.pk]
    capabilities = room.connection.adapter.capabilities
    messages = selectors.message_page(room, before=before)
    older = ""
    if len(messages) == MESSAGES_PER_PAGE:
        position = Position(messages[0].sent_at, messages[0].pk)
        older = f"{reverse('chatrooms:history', args=here)}?{urlencode({'before': str(position)})}"
    seen: int = room.seen_count  # type: ignore[attr-defined]
    return RoomPage(
        room_id=room.pk,
        seq=room.seq,  # type: ignore[attr-defined]
        customer_name=str(room.customer),
        initials=presenters.initials(str(room.customer)),
        channel=room.connection.channel,
        channel_label=capabilities.label,
        connection_name=room.connection.name,
        attention=_attention(room),
        state=presenters.room_state(room, slug=slug),
        messages=[presenters.message_view(message, slug=slug, capabilities=capabilities) for message in messages],
        older_url=older,
        socket_url=f"/ws/w/{slug}/rooms/{room.pk}/?language={translation.get_language()}",
        read_url=reverse("chatrooms:reading", args=here),
        row_url=reverse("chatrooms:room_row", args=here),
        panel_url=reverse("customers:panel", args=[slug, room.customer_id]),
        back_url=reverse("chatrooms:inbox", args=[slug]),
        unread=max(room.inbound_count - seen, 0),
        members=[(other.pk, str(other)) for other in members],
        picker=presenters.reaction_picker(room, slug=slug, message=_chosen(room, messages, react_to)),
        composer=_composer(room, messages, slug=slug, reply_to=reply_to, text=text, options=options, error=error),
    )


def _composer(
    room: Chatroom,
    messages: Sequence[Message],
    *,
    slug: str,
    reply_to: int | None,
    text: str,
    options: Sequence[str],
    error: str,
) -> ComposerView:
    quoted = _chosen(room, messages, reply_to)
    return presenters.composer_view(room, slug=slug, text=text, options=options, error=error, quoted=quoted)


def _chosen(room: Chatroom, shown: Sequence[Message], message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    return next((message for message in shown if message.pk == message_id), None) or selectors.message_of(
        room, message_id
    )


def _attention(room: Chatroom) -> str:
    if room.connection.state == ConnectionState.ACTIVE:
        return ""
    return room.connection.attention or str(ConnectionState(room.connection.state).label)
