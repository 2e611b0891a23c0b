"""All files of a chat or of a customer: pictures and films in a grid, everything else in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from ..models import Attachment, Chatroom, Direction
from ..selectors import FILES_PER_PAGE, Position
from .files import FileView, file_view
from .words import author_of

PICTURES, DOCUMENTS = "pictures", "documents"
CHAT, CUSTOMER = "chat", "customer"


@dataclass(frozen=True)
class GalleryTab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class GalleryFile:
    view: FileView
    by: str
    where: str  # "WhatsApp · Shop", among the files of all chats of a customer
    at: datetime
    message_dom_id: str
    message_url: str


@dataclass(frozen=True)
class Gallery:
    """`chatrooms/_file_gallery.html`."""

    show: str  # pictures or documents
    of: str  # chat or customer
    places: tuple[GalleryTab, ...]
    tabs: tuple[GalleryTab, ...]
    files: tuple[GalleryFile, ...]
    older_url: str
    room_url: str


def gallery(room: Chatroom, found: Sequence[Attachment], *, slug: str, show: str, of: str) -> Gallery:
    """Needs of each file its message with author.user, connection and chatroom.customer, file and sent_file."""
    url = reverse("chatrooms:gallery", args=[slug, room.pk])
    older = ""
    if len(found) == FILES_PER_PAGE:
        older = f"{url}?{urlencode({'show': show, 'of': of, 'before': found[-1].pk})}"
    places = {CHAT: _("This chat"), CUSTOMER: _("All chats of this customer")}
    tabs = {PICTURES: _("Pictures and videos"), DOCUMENTS: _("Documents and audio")}
    return Gallery(
        show=show,
        of=of,
        places=tuple(GalleryTab(label, f"{url}?show={show}&of={key}", key == of) for key, label in places.items()),
        tabs=tuple(GalleryTab(label, f"{url}?show={key}&of={of}", key == show) for key, label in tabs.items()),
        files=tuple(_gallery_file(attachment, slug=slug, is_placed=of == CUSTOMER) for attachment in found),
        older_url=older,
        room_url=reverse("chatrooms:room", args=[slug, room.pk]),
    )


def _gallery_file(attachment: Attachment, *, slug: str, is_placed: bool) -> GalleryFile:
    message, connection = attachment.message, attachment.message.connection
    capabilities = connection.adapter.capabilities
    # The page that ends with this message: it may be older than what the chat shows at first.
    after = urlencode({"before": str(Position(message.sent_at, message.pk + 1))})
    history = reverse("chatrooms:history", args=[slug, message.chatroom_id])
    by_customer = message.direction == Direction.INBOUND
    return GalleryFile(
        view=file_view(attachment, message, slug=slug, capabilities=capabilities),
        by=str(message.chatroom.customer) if by_customer else author_of(message, capabilities),
        where=f"{capabilities.label} · {connection.name}" if is_placed else "",
        at=message.sent_at,
        message_dom_id=f"message-{message.pk}",
        message_url=f"{history}?{after}#message-{message.pk}",
    )
