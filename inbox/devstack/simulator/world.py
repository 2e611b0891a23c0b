"""What the simulator knows: business numbers, people, their chats, and what the business did.

Plain state with bounded sizes; no HTTP and no webhooks. `storage` keeps part of it in a file.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from .http import JsonObject, Refused
from .settings import Settings

MAX_NUMBERS = 1_000
MAX_PEOPLE = 100_000
MAX_CHAT = 300
MAX_MESSAGES = 200_000
MAX_WINDOWS = 200_000
MAX_LOG = 200_000
WINDOW_SECONDS = 24 * 3600

ChatKey = tuple[str, str]


def digits_of(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


@dataclass
class Number:
    """A business phone number and where its webhooks go. An empty `webhook_url` means nowhere."""

    id: str
    waba_id: str
    display_phone_number: str
    name: str
    access_token: str = field(repr=False)
    app_secret: str = field(repr=False)
    webhook_url: str = ""

    @property
    def digits(self) -> str:
        return digits_of(self.display_phone_number)


@dataclass
class Person:
    phone: str
    name: str
    bsuid: str
    username: str = ""
    hide_phone: bool = False
    on_whatsapp: bool = True

    def to_json(self) -> JsonObject:
        return {
            "phone": self.phone,
            "name": self.name,
            "bsuid": self.bsuid,
            "username": self.username,
            "hide_phone": self.hide_phone,
            "on_whatsapp": self.on_whatsapp,
        }


@dataclass
class Message:
    """A bubble on the phone. `reported` and `silent` say whether the business has or ever will hear of its fate."""

    wamid: str
    number_id: str
    person: str
    outbound: bool
    type: str
    text: str
    at: float
    context_id: str = ""
    details: JsonObject = field(default_factory=dict)
    callback_data: str = ""
    by_phone: bool = True
    status: str = ""
    seen: bool = False
    reported: bool = False
    silent: bool = False
    reactions: dict[str, str] = field(default_factory=dict)
    edited: bool = False
    revoked: bool = False

    @property
    def chat_key(self) -> ChatKey:
        return (self.number_id, self.person)

    def to_json(self) -> JsonObject:
        return {
            "wamid": self.wamid,
            "number": self.number_id,
            "person": self.person,
            "outbound": self.outbound,
            "type": self.type,
            "text": self.text,
            "at": self.at,
            "context_id": self.context_id,
            "details": self.details,
            "status": self.status,
            "seen": self.seen,
            "reactions": self.reactions,
            "edited": self.edited,
            "revoked": self.revoked,
        }


class World:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.settings = Settings()
        self.numbers: dict[str, Number] = {}
        self.people: dict[str, Person] = {}
        self.chats: OrderedDict[ChatKey, deque[Message]] = OrderedDict()
        self.messages: dict[str, Message] = {}
        self.windows: OrderedDict[ChatKey, float] = OrderedDict()
        self.subscribed: set[str] = set()
        self.sent: deque[JsonObject] = deque(maxlen=MAX_LOG)
        self.reads: deque[JsonObject] = deque(maxlen=MAX_LOG)
        self._phones_by_bsuid: dict[str, str] = {}

    def now(self) -> float:
        return time.time() + self.settings.clock_offset

    # --- numbers and people -----------------------------------------------------------------------

    def put_number(self, number: Number) -> None:
        if number.id not in self.numbers and len(self.numbers) >= MAX_NUMBERS:
            raise Refused(f"The simulator holds at most {MAX_NUMBERS} numbers.")
        self.numbers[number.id] = number

    def put_person(self, person: Person) -> None:
        known = self.people.get(person.phone)
        if known is None and len(self.people) >= MAX_PEOPLE:
            raise Refused(f"The simulator holds at most {MAX_PEOPLE} people.")
        owner = self._phones_by_bsuid.get(person.bsuid, person.phone)
        if owner != person.phone:
            raise Refused(f"The user id {person.bsuid} already belongs to {owner}.")
        if known is not None:
            self._phones_by_bsuid.pop(known.bsuid, None)
        self.people[person.phone] = person
        self._phones_by_bsuid[person.bsuid] = person.phone

    def person_by_bsuid(self, bsuid: str) -> Person | None:
        return self.people.get(self._phones_by_bsuid.get(bsuid, ""))

    def numbers_of(self, waba_id: str) -> list[Number]:
        return [number for number in self.numbers.values() if number.waba_id == waba_id]

    # --- chats ------------------------------------------------------------------------------------

    def add_message(self, message: Message) -> None:
        """Put a message at the end of its chat, letting the oldest chats go when there are too many."""
        chat = self.chats.setdefault(message.chat_key, deque())
        self.chats.move_to_end(message.chat_key)
        if len(chat) >= MAX_CHAT:
            self.messages.pop(chat.popleft().wamid, None)
        chat.append(message)
        self.messages[message.wamid] = message
        while len(self.messages) > MAX_MESSAGES and len(self.chats) > 1:
            for forgotten in self.chats.popitem(last=False)[1]:
                self.messages.pop(forgotten.wamid, None)

    def thread(self, number_id: str, phone: str) -> Iterable[Message]:
        return self.chats.get((number_id, phone), ())

    def wrote(self, number_id: str, phone: str, at: float) -> None:
        """Note that the person wrote at that time: it opens the customer service window."""
        key = (number_id, phone)
        self.windows[key] = max(at, self.windows.get(key, 0.0))
        self.windows.move_to_end(key)
        if len(self.windows) > MAX_WINDOWS:
            self.windows.popitem(last=False)

    def window_closes_at(self, number_id: str, phone: str) -> float | None:
        wrote_at = self.windows.get((number_id, phone))
        return None if wrote_at is None else wrote_at + WINDOW_SECONDS

    def window_is_open(self, number_id: str, phone: str) -> bool:
        closes_at = self.window_closes_at(number_id, phone)
        return closes_at is not None and self.now() < closes_at
