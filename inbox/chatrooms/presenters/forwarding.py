"""The chats that a file could be handed on to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from inbox.media.models import MediaFile

from ..actions import OutgoingFile, UnableToSend, planned_file
from ..models import Chatroom
from ..selectors import CHOICES_PER_PAGE, Position
from ..window import Window
from .files import facts_of
from .windows import why_not_writable
from .words import initials


@dataclass(frozen=True)
class ForwardChoice:
    """One chat. `problem` says why the file cannot be sent there now."""

    room_id: int
    name: str
    initials: str
    channel: str
    where: str  # "WhatsApp · Shop"
    last_at: datetime
    url: str  # opens it with the file in its composer
    room_url: str
    problem: str


@dataclass(frozen=True)
class Forwarding:
    """`chatrooms/_file_forward.html`."""

    name: str
    facts: str
    picture_url: str
    url: str
    search: str
    choices: tuple[ForwardChoice, ...]
    older_url: str
    back_url: str
    is_cut: bool = False  # the search took too long


def forwarding(
    file: MediaFile,
    rooms: Sequence[Chatroom],
    windows: Mapping[int, Window],
    *,
    slug: str,
    search: str,
    is_cut: bool = False,
) -> Forwarding:
    """Needs connection and customer of the rooms."""
    url = reverse("chatrooms:forward", args=[slug, file.pk])
    older = ""
    if len(rooms) == CHOICES_PER_PAGE:
        position = Position(rooms[-1].last_message_at, rooms[-1].pk)
        older = f"{url}?{urlencode({'search': search, 'before': str(position)})}"
    return Forwarding(
        name=file.filename,
        facts=facts_of(file),
        picture_url=file.thumbnail_url(slug) if file.previews_at else "",
        url=url,
        search=search,
        choices=tuple(_choice(file, room, windows[room.pk], slug) for room in rooms),
        older_url=older,
        back_url=reverse("chatrooms:inbox", args=[slug]),
        is_cut=is_cut,
    )


def _choice(file: MediaFile, room: Chatroom, window: Window, slug: str) -> ForwardChoice:
    room_url = reverse("chatrooms:room", args=[slug, room.pk])
    return ForwardChoice(
        room_id=room.pk,
        name=str(room.customer),
        initials=initials(str(room.customer)),
        channel=room.connection.channel,
        where=f"{room.connection.adapter.capabilities.label} · {room.connection.name}",
        last_at=room.last_message_at,
        url=f"{room_url}?file={file.pk}",
        room_url=room_url,
        problem=why_not_writable(room, window) or _refusal(file, room),
    )


def _refusal(file: MediaFile, room: Chatroom) -> str:
    try:
        planned_file(OutgoingFile(file), room.connection.adapter.capabilities)
    except UnableToSend as refusal:
        return str(refusal)
    return ""
