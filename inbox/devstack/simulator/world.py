"""What the simulator knows: accounts, people, their chats, and what the businesses did.

Plain state with bounded sizes; no HTTP and no webhooks. `storage` keeps part of it in a file.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from .accounts import Account, InstagramAccount, Number
from .http import JsonObject, Refused
from .people import People
from .settings import Settings
from .templates import Template
from .windows import ChatKey, Windows

MAX_ACCOUNTS = 1_000
MAX_CHAT = 300
MAX_MESSAGES = 200_000
MAX_LOG = 200_000
DAY = 24 * 3600


@dataclass
class Message:
    """A bubble on the phone. `reported` and `silent` say whether the business has or ever will hear of its fate."""

    id: str
    account_id: str
    person: str
    outbound: bool
    kind: str
    text: str
    at: float
    reply_to: str = ""
    details: JsonObject = field(default_factory=dict)
    correlation: str = ""
    by_phone: bool = True
    by_app: bool = False
    status: str = ""
    seen: bool = False
    reported: bool = False
    silent: bool = False
    reactions: dict[str, str] = field(default_factory=dict)
    edited: int = 0
    revoked: bool = False

    @property
    def chat_key(self) -> ChatKey:
        return (self.account_id, self.person)

    def to_json(self) -> JsonObject:
        return {
            "id": self.id,
            "account": self.account_id,
            "person": self.person,
            "outbound": self.outbound,
            "kind": self.kind,
            "text": self.text,
            "at": self.at,
            "reply_to": self.reply_to,
            "details": self.details,
            "status": self.status,
            "seen": self.seen,
            "reactions": self.reactions,
            "edited": self.edited > 0,
            "revoked": self.revoked,
            "by_app": self.by_app,
        }


class World:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.settings = Settings()
        self.accounts: dict[str, Account] = {}
        self.people = People()
        self.chats: OrderedDict[ChatKey, deque[Message]] = OrderedDict()
        self.messages: dict[str, Message] = {}
        self.windows = Windows()
        # The chats in which another app of the business's answers, as long as it has control of them.
        self.bots: set[ChatKey] = set()
        # What an app has subscribed to, and the fields it asked for; "*" stands for all.
        self.subscribed: dict[str, list[str]] = {}
        self.templates: dict[str, Template] = {}
        self.sent: deque[JsonObject] = deque(maxlen=MAX_LOG)
        self.reads: deque[JsonObject] = deque(maxlen=MAX_LOG)
        self.actions: deque[JsonObject] = deque(maxlen=MAX_LOG)

    def now(self) -> float:
        return time.time() + self.settings.clock_offset

    # --- accounts ---------------------------------------------------------------------------------

    def put_account(self, account: Account) -> None:
        if account.id not in self.accounts and len(self.accounts) >= MAX_ACCOUNTS:
            raise Refused(f"The simulator holds at most {MAX_ACCOUNTS} accounts.")
        self.accounts[account.id] = account

    def number(self, number_id: str) -> Number | None:
        account = self.accounts.get(number_id)
        return account if isinstance(account, Number) else None

    def numbers_of(self, waba_id: str) -> list[Number]:
        return [item for item in self.accounts.values() if isinstance(item, Number) and item.waba_id == waba_id]

    def templates_of(self, waba_id: str) -> list[Template]:
        return [template for template in self.templates.values() if template.waba_id == waba_id]

    def template(self, waba_id: str, name: str, language: str) -> Template | None:
        found = (item for item in self.templates_of(waba_id) if (item.name, item.language) == (name, language))
        return next(found, None)

    def linked_to(self, page_id: str) -> list[InstagramAccount]:
        """Return the Instagram accounts that are reached through this page."""
        accounts = self.accounts.values()
        return [item for item in accounts if isinstance(item, InstagramAccount) and item.page_id == page_id]

    def gets(self, account: Account, topic: str) -> bool:
        """Say whether webhooks of this field are wanted for the account."""
        if not account.subscription:
            return True
        fields = self.subscribed.get(account.id)
        if fields is None and account.subscription != account.id:
            return account.subscription in self.subscribed  # its fields are those of another object
        return fields is not None and ("*" in fields or topic in fields)

    # --- chats ------------------------------------------------------------------------------------

    def add_message(self, message: Message) -> None:
        """Put a message at the end of its chat, letting the oldest chats go when there are too many."""
        chat = self.chats.setdefault(message.chat_key, deque())
        self.chats.move_to_end(message.chat_key)
        if len(chat) >= MAX_CHAT:
            self.messages.pop(chat.popleft().id, None)
        chat.append(message)
        self.messages[message.id] = message
        while len(self.messages) > MAX_MESSAGES and len(self.chats) > 1:
            for forgotten in self.chats.popitem(last=False)[1]:
                self.messages.pop(forgotten.id, None)

    def thread(self, account_id: str, person: str) -> Iterable[Message]:
        return self.chats.get((account_id, person), ())
