"""The open chat as its templates see it: everything `chatrooms/_room.html` shows for one member."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from inbox.connections.models import ConnectionState
from inbox.connections.presenters import attention_words
from inbox.workspaces.models import Membership

from . import presenters, selectors
from .models import Chatroom, Message
from .presenters import ChosenFile, ComposerView, MessageView, ReactionPicker, ReplyRight, RoomState, WindowBar
from .selectors import Position
from .windows import window_for


@dataclass(frozen=True)
class Function:
    """One entry of the function menu. Its panel comes from its own slice, by address; the first one is open at first."""

    key: str
    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class NoteBox:
    """`chatrooms/_composer_note.html`: where a note is written in the place of an answer. `client_id` makes a double
    submit one note."""

    url: str
    client_id: str
    colleagues: tuple[str, ...]


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
    window: WindowBar
    messages: list[MessageView]
    older_url: str
    newer_url: str  # of what follows the messages shown, "" when they end with the newest
    newest_url: str
    at: int | None  # the message that was asked for
    socket_url: str
    read_url: str
    row_url: str
    functions: tuple[Function, ...]
    back_url: str
    unread: int
    members: list[tuple[int, str]]
    teams: list[tuple[int, str]]
    writing_url: str  # where to tell colleagues that one writes
    picker: ReactionPicker | None
    held_url: str
    known_id: int  # the newest message that is shown, or that there is where none is unread
    composer: ComposerView
    note: NoteBox
    reply_right: ReplyRight | None = None
    opens: str = ""  # the function that the address asks for; "" for the one that was open last


def room_page(
    member: Membership,
    room: Chatroom,
    members: Sequence[Membership],
    *,
    before: Position | None = None,
    after: Position | None = None,
    at: int | None = None,
    at_note: int | None = None,
    reply_to: int | None = None,
    react_to: int | None = None,
    text: str = "",
    options: Sequence[str] = (),
    files: Sequence[ChosenFile] = (),
    error: str = "",
    asks_again: bool = False,
) -> RoomPage:
    """Put an open chat together; `room` comes from `access.get_chatroom`. One query, for the messages, and one more
    where the channel counts them.

    `reply_to` is the message that the answer will quote, `react_to` the one a reaction is chosen for; one more query if
    it is not among those shown. With `at`, a message of the chat, it is shown with what stands around it: two more.
    With `at_note`, a note about the customer, the notes are open at it.
    """
    slug = member.workspace.slug
    here = [slug, room.pk]
    capabilities = room.connection.adapter.capabilities
    window = window_for(room)
    wanted = selectors.message_of(room, at) if at is not None else None
    shown = selectors.message_page(room, before=before, after=after, at=wanted)
    messages = shown.messages
    history = reverse("chatrooms:history", args=here)
    older = _beyond(history, "before", messages[:1]) if shown.has_older else ""
    newer = _beyond(history, "after", messages[-1:]) if shown.has_newer else ""
    newest_shown = max((message.pk for message in messages), default=0)
    seen: int = room.seen_count  # type: ignore[attr-defined]
    unread = max(room.inbound_count - seen, 0)
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
        window=presenters.window_bar(room, window, slug=slug),
        messages=[presenters.message_view(message, slug=slug, capabilities=capabilities) for message in messages],
        older_url=older,
        newer_url=newer,
        newest_url=reverse("chatrooms:room", args=here),
        at=wanted.pk if wanted else None,
        socket_url=f"/ws/w/{slug}/rooms/{room.pk}/?language={translation.get_language()}&member={member.pk}",
        read_url=reverse("chatrooms:reading", args=here),
        row_url=reverse("chatrooms:room_row", args=here),
        functions=tuple(_functions(room, slug, at_note)),
        opens="notes" if at_note else "",
        back_url=reverse("chatrooms:inbox", args=[slug]),
        unread=unread,
        members=[(other.pk, str(other)) for other in members],
        teams=[(team["id"], team["name"]) for team in room.team_choices],  # type: ignore[attr-defined]
        writing_url=reverse("chatrooms:writing", args=here),
        picker=presenters.reaction_picker(room, slug=slug, message=_chosen(room, messages, react_to)),
        held_url=reverse("chatrooms:held_answers", args=here),
        known_id=newest_shown if unread and shown.has_newer else max(newest_shown, room.last_message_id or 0),
        composer=presenters.composer_view(
            room,
            window,
            slug=slug,
            text=text,
            options=options,
            files=files,
            error=error,
            quoted=_chosen(room, messages, reply_to),
            seen_id=newest_shown,
            asks_again=asks_again,
        ),
        note=NoteBox(
            url=reverse("notes:adding", args=[slug, room.customer_id]),
            client_id=str(uuid.uuid4()),
            colleagues=tuple(str(other) for other in members if other.pk != member.pk),
        ),
        reply_right=presenters.reply_right(room, member),
    )


def _functions(room: Chatroom, slug: str, at_note: int | None) -> Iterator[Function]:
    here = [slug, room.pk]
    query = f"?{urlencode({'at': at_note})}" if at_note else ""
    yield Function("customer", _("Customer"), "customer", reverse("customers:panel", args=[slug, room.customer_id]))
    notes_url = reverse("notes:notes", args=[slug, room.customer_id])
    yield Function("notes", _("Notes"), "notes", f"{notes_url}{query}")
    yield Function("faq", _("FAQ"), "faq", reverse("chatrooms:faq", args=here))
    yield Function("files", _("Files"), "files", reverse("chatrooms:gallery", args=here))
    yield Function("schedule", _("Schedule"), "schedule", reverse("scheduling:room", args=here))
    if room.connection.adapter.capabilities.bills_messages:
        yield Function("costs", _("Costs"), "costs", reverse("pricing:room", args=here))


def _beyond(history: str, side: str, edge: Sequence[Message]) -> str:
    """Return the address of the messages beyond the outermost one; "" where nothing is shown."""
    return "".join(f"{history}?{urlencode({side: str(Position(each.sent_at, each.pk))})}" for each in edge)


def _chosen(room: Chatroom, shown: Sequence[Message], message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    return next((message for message in shown if message.pk == message_id), None) or selectors.message_of(
        room, message_id
    )


def _attention(room: Chatroom) -> str:
    if room.connection.state == ConnectionState.ACTIVE:
        return ""
    return attention_words(room.connection) or str(ConnectionState(room.connection.state).label)
