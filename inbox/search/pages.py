"""What was found, as `search/_results.html` shows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import IdentityKind
from inbox.chatrooms.models import Chatroom, Message
from inbox.chatrooms.presenters import initials
from inbox.chatrooms.presenters.words import author_of
from inbox.chatrooms.selectors import Position
from inbox.connections.models import Channel
from inbox.customers.fields import shown as shown_value
from inbox.customers.models import Customer
from inbox.lib.forms import number_in
from inbox.workspaces.models import Membership
from inbox.workspaces.searching import in_time, limit_statements

from . import selectors
from .folding import Piece, marked, snippet
from .queries import CUSTOMER, MOST_WORDS, US, Query, Section
from .selectors import MOST_HITS, NEWEST, Choices, Known, PersonPosition

_SHOWN_KINDS = {IdentityKind.PHONE.value, IdentityKind.USERNAME.value}
MOST_CHATS = 8
# How many of each are shown while nobody asks for one kind alone.
FEW = {Section.CUSTOMERS: 5, Section.MESSAGES: 20, Section.NOTES: 5, Section.FILES: 5}


@dataclass(frozen=True)
class Hit:
    """One line of the results (`search/_hit.html`). `name` and `words` are cut where they hold what was looked for."""

    dom_id: str  # message-hit-9
    url: str  # opens a chat, at the message if there is one; "" for a customer who never wrote
    panel_url: str  # where to go if there is no chat
    name: tuple[Piece, ...]
    initials: str
    channel: str
    by: str
    words: tuple[Piece, ...]
    at: datetime | None
    icon: str = ""


@dataclass(frozen=True)
class Found:
    """The hits of one kind."""

    key: str
    label: str
    count: str  # "50+" for more than anybody reads
    hits: tuple[Hit, ...]
    all_url: str  # this kind alone; "" when all are shown
    more_url: str  # those after the last one


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    is_current: bool


@dataclass(frozen=True)
class SearchPage:
    """`search/page.html` and the panel."""

    query: Query
    url: str
    back_url: str  # to a few hits of each kind, "" while those are shown
    sections: tuple[Found, ...]
    is_empty: bool
    remarks: tuple[str, ...]
    people: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    connections: tuple[Choice, ...]  # none where there is but one
    zone: str
    is_filtered: bool


@dataclass(frozen=True)
class _Asked:
    """What one kind of hits is looked for by; `before` is where they go on."""

    member: Membership
    query: Query
    filters: Mapping[str, object]
    before: str
    connections: Collection[int]

    @property
    def before_id(self) -> int | None:
        return number_in(self.before)


@dataclass(frozen=True)
class _Lines:
    shown: list[Hit]
    has_more: bool
    is_cut: bool
    end: str = ""  # where they go on, if they can


def search_page(
    member: Membership, query: Query, members: Sequence[Membership], choices: Choices, *, before: str = ""
) -> SearchPage:
    """Search, and put the page together. `before` is where the hits of one kind go on."""
    url = reverse("search:search", args=[member.workspace.slug])
    found: dict[Section, _Lines] = {}
    if query.words and not query.problems:
        connections = choices.connections_of(query)
        asked = _Asked(member, query, query.filters(connections), before, connections or ())
        found = {section: _found_in_time(section, asked) for section in query.sections}
    sections = [_found(query, section, lines, url) for section, lines in found.items() if lines.shown or query.section]
    return SearchPage(
        query=query,
        url=url,
        back_url=f"{url}?{query.address()}" if query.section else "",
        sections=tuple(sections),
        is_empty=not any(lines.shown for lines in found.values()),
        remarks=tuple(_remarks(query, is_cut=any(lines.is_cut for lines in found.values()))),
        people=(
            Choice("", _("Anybody"), not query.who),
            Choice(CUSTOMER, _("The customer"), query.who == CUSTOMER),
            Choice(US, _("Any of us"), query.who == US),
            *(Choice(str(each.pk), str(each), query.who == str(each.pk)) for each in members),
            *(
                Choice(str(pk), _("%(name)s (no longer here)") % {"name": name}, query.who == str(pk))
                for pk, name in choices.former.items()
            ),
        ),
        channels=(
            Choice("", _("All channels"), not query.channel),
            *(Choice(each.value, str(each.label), query.channel == each.value) for each in Channel),
        ),
        connections=_connections(query, choices),
        zone=query.zone,
        is_filtered=query.is_narrowed,
    )


def chats_called(member: Membership, query: Query) -> list[dict[str, str]]:
    """Return the chats of people whose name or number is this, as the palette lists them."""
    if not query.words or query.problems:
        return []
    limit_statements()
    hits = in_time(lambda: selectors.find_customers(member, query, limit=MOST_CHATS)) or selectors.People()
    rooms = in_time(lambda: selectors.latest_rooms(member, hits.rows)) or {}
    found = {rooms[each.pk].pk: rooms[each.pk] for each in hits.rows if each.pk in rooms}
    return [
        {
            "name": str(room.customer),
            "detail": f"{room.connection.adapter.capabilities.label} · {room.connection.name}",
            "url": reverse("chatrooms:room", args=[member.workspace.slug, room.pk]),
        }
        for room in found.values()
    ]


def _connections(query: Query, choices: Choices) -> tuple[Choice, ...]:
    if len(choices.connections) < 2:
        return ()
    named = (Choice(str(each.pk), each.name, query.connection == each.pk) for each in choices.connections)
    return (Choice("", _("All connections"), not query.connection), *named)


def _customers(asked: _Asked) -> _Lines:
    before = PersonPosition.parse(asked.before)
    hits = selectors.find_customers(asked.member, asked.query, asked.filters, limit=MOST_HITS, before=before)
    rooms = selectors.latest_rooms(asked.member, hits.rows, asked.connections)
    shown = [
        _person(
            asked,
            each,
            rooms.get(each.pk),
            f"customer-hit-{each.pk}",
            _about(each, hits.known.get(each.pk), asked.query),
        )
        for each in hits.rows
    ]
    return _Lines(shown, hits.has_more, hits.is_cut, str(hits.end or ""))


def _messages(asked: _Asked) -> _Lines:
    before = Position.parse(asked.before)
    hits = selectors.find_messages(asked.member, asked.query, asked.filters, limit=MOST_HITS, before=before)
    shown = [_line(asked, each, f"message-hit-{each.pk}", snippet(each.text, asked.query.words)) for each in hits.rows]
    ends = [str(Position(each.sent_at, each.pk)) for each in hits.rows[-1:]]
    return _Lines(shown, hits.has_more, hits.is_cut, "".join(ends))


def _notes(asked: _Asked) -> _Lines:
    hits = selectors.find_notes(asked.member, asked.query, asked.filters, limit=MOST_HITS, before=asked.before_id)
    rooms = selectors.latest_rooms(asked.member, [note.customer for note in hits.rows])
    slug, shown = asked.member.workspace.slug, []
    for note in hits.rows:
        words, room = snippet(note.text, asked.query.words), rooms.get(note.customer_id)
        line = _person(asked, note.customer, room, f"note-hit-{note.pk}", words)
        url = _room_url(asked, room.pk, note=str(note.pk)) if room else ""
        panel_url = f"{reverse('notes:notes', args=[slug, note.customer_id])}?at={note.pk}#note-{note.pk}"
        shown.append(replace(line, url=url, panel_url=panel_url, by=str(note.author), at=note.created_at))
    return _Lines(shown, hits.has_more, hits.is_cut, "".join(str(note.pk) for note in hits.rows[-1:]))


def _files(asked: _Asked) -> _Lines:
    hits = selectors.find_files(asked.member, asked.query, asked.filters, limit=MOST_HITS, before=asked.before_id)
    shown = []
    for each in hits.rows:
        words = marked(each.file.filename if each.file else "", asked.query.words)
        shown.append(replace(_line(asked, each.message, f"file-hit-{each.pk}", words), icon="document"))
    return _Lines(shown, hits.has_more, hits.is_cut, "".join(str(each.pk) for each in hits.rows[-1:]))


_SEARCHES: dict[Section, Callable[[_Asked], _Lines]] = {
    Section.CUSTOMERS: _customers,
    Section.MESSAGES: _messages,
    Section.NOTES: _notes,
    Section.FILES: _files,
}


def _found_in_time(section: Section, asked: _Asked) -> _Lines:
    """Look for one kind of hits; where even reading them takes too long, there are none to show."""
    lines = in_time(lambda: _SEARCHES[section](asked))
    return _Lines([], has_more=False, is_cut=True) if lines is None else lines


def _found(query: Query, section: Section, lines: _Lines, url: str) -> Found:
    labels = {
        Section.CUSTOMERS: _("Customers"),
        Section.MESSAGES: _("Messages"),
        Section.NOTES: _("Notes"),
        Section.FILES: _("Files"),
    }
    few = None if query.section else FEW[section]
    is_all = few is None or len(lines.shown) <= few
    goes_on = query.section and lines.has_more and lines.end
    return Found(
        key=section.value,
        label=labels[section],
        count=f"{len(lines.shown)}+" if lines.has_more else str(len(lines.shown)),
        hits=tuple(lines.shown[:few]),
        all_url="" if is_all else f"{url}?{query.address(section)}",
        more_url=f"{url}?{query.address(section, before=lines.end)}" if goes_on else "",
    )


def _line(asked: _Asked, message: Message, dom_id: str, words: tuple[Piece, ...]) -> Hit:
    customer = str(message.chatroom.customer)
    return Hit(
        dom_id=dom_id,
        url=f"{_room_url(asked, message.chatroom_id, at=str(message.pk))}#message-{message.pk}",
        panel_url="",
        name=(Piece(customer),),
        initials=initials(customer),
        channel=message.connection.channel,
        by=author_of(message, message.connection.adapter.capabilities),
        words=words,
        at=message.sent_at,
    )


def _person(asked: _Asked, customer: Customer, room: Chatroom | None, dom_id: str, words: tuple[Piece, ...]) -> Hit:
    name = str(room.customer if room and room.customer_id == customer.head_id else customer)
    return Hit(
        dom_id=dom_id,
        url=_room_url(asked, room.pk) if room else "",
        panel_url=reverse("customers:panel", args=[asked.member.workspace.slug, customer.pk]),
        name=marked(name, asked.query.words),
        initials=initials(name),
        channel=room.connection.channel if room else "",
        by="",
        words=words,
        at=room.last_message_at if room else None,
    )


def _about(customer: Customer, known: Known | None, query: Query) -> tuple[Piece, ...]:
    """Say by what a customer was found that is no name, then their addresses."""
    sought = [*query.words, query.digits] if query.digits else query.words
    addresses = marked(_addresses(customer, query), [query.digits] if query.digits else query.words)
    if known is None:
        return addresses
    label = _("%(field)s: ") % {"field": known.field.label}
    value = marked(shown_value(known.field, known.value), sought)
    return (Piece(label), *value, *([Piece(" · ")] if addresses else ()), *addresses)


def _addresses(customer: Customer, query: Query) -> str:
    """Return the names of a customer besides the one shown, numbers and user names, and an id that was looked for."""
    rows = sorted(customer.identities.all(), key=lambda row: row.pk)
    shown = [str(row) for row in rows if row.kind in _SHOWN_KINDS or row.key == query.text]
    others = [name for name in (customer.given_name, customer.profile_name) if name and name != customer.name]
    return " · ".join(dict.fromkeys([*others, *shown]))


def _room_url(asked: _Asked, room_id: int, **more: str) -> str:
    """Return the address of a chat, from which a reload shows the same results again."""
    search = asked.query.address(asked.query.section)
    return f"{reverse('chatrooms:room', args=[asked.member.workspace.slug, room_id])}?{urlencode({**more, 'search': search})}"


def _remarks(query: Query, *, is_cut: bool) -> list[str]:
    remarks = list(query.problems)
    if query.leaves_words_out:
        remarks.append(_("Only the first %(count)s words were looked for.") % {"count": MOST_WORDS})
    if is_cut:
        remarks.append(_("There is too much to look through. Write more of the word, or choose a filter."))
    if query.words and not query.is_indexed:
        remarks.append(
            _("That is short: only the newest %(count)s messages were looked through.") % {"count": f"{NEWEST:,}"}
        )
    return remarks
