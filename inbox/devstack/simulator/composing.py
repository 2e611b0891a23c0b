"""What one person does in one chat: reading its description, and showing it on the phone.

Used by every vendor's `inbound`, which says what it looks like in a webhook.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from .accounts import Account
from .http import JsonObject, Refused
from .people import Person
from .simulator import Simulator
from .updates import Update
from .windows import ChatKey
from .world import Message

MAX_TEXT = 65_536

A = TypeVar("A", bound=Account)


@dataclass(frozen=True)
class Written:
    """What became of it: its id, its bubble (new or changed) if there is one, and the webhooks to send."""

    id: str
    message: Message | None
    updates: list[Update]


@dataclass(frozen=True)
class Composing(Generic[A]):
    """The description of one act, with the chat it belongs to. The getters raise Refused, in words."""

    sim: Simulator
    account: A
    person: Person
    kind: str
    fields: JsonObject

    @property
    def key(self) -> ChatKey:
        return (self.account.id, self.person.id)

    def text(self, name: str = "text", default: str = "") -> str:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise Refused(f"{name} must be a text of at most {MAX_TEXT} characters.")
        return value

    def needed(self, name: str = "text") -> str:
        value = self.text(name)
        if not value:
            raise Refused(f"“{self.kind}” needs {name}.")
        return value

    def decimal(self, name: str, default: float) -> float:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused(f"{name} must be a number.")
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise Refused(f"{name} must be true or false.")
        return value

    def quoted(self) -> Message | None:
        """Return the message this one answers, if the phone knows it."""
        return self.sim.world.messages.get(self.reply_to)

    @property
    def reply_to(self) -> str:
        return self.text("reply_to") or self.text("context_id")

    @cached_property
    def at(self) -> float:
        """When it happens: now, unless it is said."""
        value = self.fields.get("timestamp")
        if value is None:
            return self.sim.now()
        try:
            at = float(value)
        except (TypeError, ValueError):
            at = -1.0
        if not 0 <= at < 10**11:
            raise Refused("timestamp must be a number of unix seconds.")
        return at

    def target(self, *, outbound: bool | None) -> str:
        """Return the id of the message this is about: the named one, or the latest of that side."""
        named = self.text("target")
        if named:
            return named
        chat = reversed(list(self.sim.world.thread(*self.key)))
        fits = (item for item in chat if outbound in (None, item.outbound) and not item.revoked)
        latest = next(fits, None)
        if latest is None:
            side = "the business" if outbound else "the customer"
            raise Refused(f"There is no message of {side} in this chat; name one in target.")
        return latest.id

    # --- on the phone -----------------------------------------------------------------------------

    def show(
        self, message_id: str, kind: str, text: str, details: JsonObject | None = None, *, by_app: bool = False
    ) -> Message:
        """Add the bubble, or return the one that has this id already."""
        world = self.sim.world
        known = world.messages.get(message_id)
        if known is not None:
            return known
        message = Message(
            id=message_id,
            account_id=self.account.id,
            person=self.person.id,
            outbound=by_app,
            kind=kind,
            text=text,
            at=self.at,
            reply_to=self.reply_to,
            details=details or {},
            by_app=by_app,
            seen=by_app,
        )
        world.add_message(message)
        self.sim.events.publish("message", message.to_json())
        return message

    def show_reaction(self, target_id: str, emoji: str, *, by: str = "person") -> Message | None:
        return react(self.sim, target_id, emoji, by=by)

    def show_edit(self, target_id: str, text: str) -> Message | None:
        target = self.sim.world.messages.get(target_id)
        if target is not None:
            target.text, target.edited = text, target.edited + 1
            self.sim.events.publish("message", target.to_json())
        return target

    def show_unsend(self, target_id: str) -> Message | None:
        target = self.sim.world.messages.get(target_id)
        if target is not None:
            target.text, target.details, target.revoked = "", {}, True
            self.sim.events.publish("message", target.to_json())
        return target

    def update(self, value: Any, *, text: str = "", topic: str = "messages", kind: str = "inbound") -> Update:
        return Update(self.account.id, value, kind, self.kind, self.person.id, text, topic)


def react(sim: Simulator, target_id: str, emoji: str, *, by: str) -> Message | None:
    """Set a side's reaction to a message, or take it back with an empty emoji."""
    target = sim.world.messages.get(target_id)
    if target is not None:
        target.reactions.pop(by, None)
        if emoji:
            target.reactions[by] = emoji
        sim.events.publish("message", target.to_json())
    return target
