"""What the tables of Messenger's and Instagram's payloads are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels_adapters.base import Adapter
from channels_adapters.types import (
    Content,
    Event,
    Identity,
    IdentityKind,
    MediaReference,
    MessageEchoed,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    Person,
    ReactionChanged,
    ThreadControlChanged,
)

PAYLOADS = Path(__file__).parent / "payloads"
COLLECTIONS = Path(__file__).parents[3] / "shared" / "fixtures"

AT = datetime.fromtimestamp(1780000000, UTC)
QUESTION = "Hello, is the blue one in stock?"
ANSWER = "Yes, three left."
FILES = "https://cdn.example/files/"
UNREADABLE = "The content could not be read."


def seconds_later(seconds: int) -> datetime:
    return datetime.fromtimestamp(1780000000 + seconds, UTC)


@dataclass(frozen=True)
class Table:
    """One channel's payloads: the account that they came to, and Ada who wrote most of them."""

    adapter: Adapter
    folder: Path
    account_id: str
    identity: IdentityKind
    ada_id: str

    def person(self, external_id: str) -> Person:
        return Person((Identity(self.identity, external_id),))

    @property
    def ada(self) -> Person:
        return self.person(self.ada_id)

    def received(self, name: str, content: Content | None = None, **more: Any) -> MessageReceived:
        content = content or Content(MessageKind.TEXT, QUESTION)
        return replace(MessageReceived(self.account_id, f"m_{name}", self.ada, AT, content), **more)

    def echoed(self, name: str, content: Content | None = None, **more: Any) -> MessageEchoed:
        content = content or Content(MessageKind.TEXT, ANSWER)
        return replace(MessageEchoed(self.account_id, f"m_{name}", self.ada, AT, content), **more)

    def edited(self, target: str, number: str, text: str, **more: Any) -> MessageEdited:
        content = Content(MessageKind.TEXT, text)
        edit = MessageEdited(self.account_id, f"edit:m_{target}:{number}", f"m_{target}", self.ada, AT, content)
        return replace(edit, **more)

    def revoked(self, target: str, **more: Any) -> MessageRevoked:
        return replace(MessageRevoked(self.account_id, f"revoke:m_{target}", f"m_{target}", self.ada, AT), **more)

    def reaction(self, action: str, emoji: str, **more: Any) -> ReactionChanged:
        actor = "business" if more.get("by_business") else self.ada_id
        external_id = f"reaction:m_target:{action}:{actor}:1780000000000"
        return replace(ReactionChanged(self.account_id, external_id, "m_target", self.ada, AT, emoji), **more)

    def control(self, *, is_ours: bool) -> ThreadControlChanged:
        return ThreadControlChanged(self.account_id, self.ada, AT, is_ours)

    # --- the tests' own parts ---------------------------------------------------------------------

    def names(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.json")}

    def body(self, name: str) -> bytes:
        return (self.folder / f"{name}.json").read_bytes()

    def parse(self, name: str) -> list[Event]:
        return self.adapter.parse(self.body(name), {})


def media(kind: MessageKind, *files: str, text: str = "", **details: Any) -> Content:
    references = tuple(MediaReference(kind, url=f"{FILES}{file}" if file else "") for file in files)
    return Content(kind, text, references, details)


def link(source: str, url: str, title: str = "", text: str = "") -> Content:
    found = {"url": url, "title": title, "source": source}
    return Content(MessageKind.LINK, text, details={name: value for name, value in found.items() if value})


def choice(kind: str, title: str, payload: str) -> Content:
    return Content(MessageKind.CHOICE, title, details={"type": kind, "id": payload, "title": title})


def not_supported(kind: str, reason: str, text: str = "") -> Content:
    return Content(MessageKind.UNSUPPORTED, text, details={"type": kind, "reason": reason})


def comparable(event: Event) -> Event:
    return replace(event, raw={})  # type: ignore[call-arg]


def assert_raw_is_what_came(body: bytes, events: list[Event]) -> None:
    """Assert that each event holds the part of the body that it was made from, as the vendor sent it."""
    parts = list(nodes_of(json.loads(body)))
    for event in events:
        raw = event.raw  # type: ignore[attr-defined]
        assert raw
        # A named part ("novelties": […]) is shown with its name.
        assert raw in parts or (
            len(raw) == 1 and any(raw.items() <= part.items() for part in parts if isinstance(part, dict))
        )


def nodes_of(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from nodes_of(inner)


@dataclass(frozen=True)
class Sample:
    """One request of the vendor's own collection, and its sample answers."""

    name: str
    method: str
    url: str
    body: Any
    answers: tuple[bytes, ...]


def samples(collection: Path) -> list[Sample]:
    """Return the requests of a collection in Postman's format, whatever their folder."""
    return list(_samples(json.loads(collection.read_bytes())["item"]))


def _samples(items: list[dict[str, Any]]) -> Iterator[Sample]:
    for item in items:
        yield from _samples(item.get("item", []))
        request = item.get("request")
        if request:
            url = request["url"] if isinstance(request["url"], str) else request["url"]["raw"]
            body = (request.get("body") or {}).get("raw")
            answers = tuple((answer.get("body") or "").encode() for answer in item.get("response", []))
            yield Sample(item["name"], request["method"], url, json.loads(body) if body else None, answers)
