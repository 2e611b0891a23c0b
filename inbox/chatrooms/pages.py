"""The open chat as its templates see it: everything `chatrooms/_room.html` shows for one member."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation

from inbox.connections.models import ConnectionState
from inbox.workspaces.models import Membership

from . import presenters, selectors
from .models import Chatroom, Message
from .presenters import MessageView, Quote, RoomState
from .selectors import MESSAGES_PER_PAGE, Position


@dataclass(frozen=True)
class Composer:
    """The form an answer is written in. `client_id` makes a double submit one message."""

    send_url: str
    client_id: str
    limit: int
    unit: str
    text: str = ""
    error: str = ""
    reply_to: Quote | None = None
    reply_to_id: str = ""

    @classmethod
    def blank(cls, member: Membership, room: Chatroom) -> Composer:
        capabilities = room.connection.adapter.capabilities
        return cls(
            send_url=reverse("chatrooms:messages", args=[member.workspace.slug, room.pk]),
            client_id=str(uuid.uuid4()),
            limit=capabilities.text_limit,
            unit=capabilities.text_unit.value,
        )


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
    composer: Composer


def room_page(
    member: Membership,
    room: Chatroom,
    members: Sequence[Membership],
    *,
    before: Position | None = None,
    reply_to: int | None = None,
    text: str = "",
    error: str = "",
) -> RoomPage:
    """Put an open chat together; `room` comes from `access.get_chatroom`. One query, for the messages.

    `reply_to` is the message that the answer will quote; one more query if it is not among those shown.
    """
    slug = member.workspace.slug
    here = [slug, room.pk]
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
        channel_label=room.connection.adapter.capabilities.label,
        connection_name=room.connection.name,
        attention=_attention(room),
        state=presenters.room_state(room, slug=slug),
        messages=[presenters.message_view(message, slug=slug) for message in messages],
        older_url=older,
        socket_url=f"/ws/w/{slug}/rooms/{room.pk}/?language={translation.get_language()}",
        read_url=reverse("chatrooms:reading", args=here),
        row_url=reverse("chatrooms:room_row", args=here),
        panel_url=reverse("customers:panel", args=[slug, room.customer_id]),
        back_url=reverse("chatrooms:inbox", args=[slug]),
        unread=max(room.inbound_count - seen, 0),
        members=[(other.pk, str(other)) for other in members],
        composer=_composer(member, room, messages, reply_to=reply_to, text=text, error=error),
    )


def _composer(
    member: Membership, room: Chatroom, messages: Sequence[Message], *, reply_to: int | None, text: str, error: str
) -> Composer:
    blank = Composer.blank(member, room)
    quoted = next((message for message in messages if message.pk == reply_to), None)
    if quoted is None and reply_to is not None:
        quoted = selectors.message_of(room, reply_to)
    return Composer(
        send_url=blank.send_url,
        client_id=blank.client_id,
        limit=blank.limit,
        unit=blank.unit,
        text=text,
        error=error,
        reply_to=presenters.quote_of(quoted) if quoted else None,
        reply_to_id=str(quoted.pk) if quoted else "",
    )


def _attention(room: Chatroom) -> str:
    if room.connection.state == ConnectionState.ACTIVE:
        return ""
    return room.connection.attention or str(ConnectionState(room.connection.state).label)
