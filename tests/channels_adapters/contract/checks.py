"""What the contract's tests are made of: arbitrary values, damage, and the asserts that several tests share."""

from __future__ import annotations

import json
import math
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from channels_adapters.errors import Remedy, SendError, TransportError, WebhookRejected
from channels_adapters.reading import MAX_IDENTIFIER
from channels_adapters.types import Event

quick = settings(
    max_examples=60,
    deadline=None,
    # Several adapters inherit the same test functions: that is the point of the contract.
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.data_too_large],
)

# Surrogates, NUL, NaN and integers beyond 64 bits included: whatever JSON can spell.
texts = st.text(st.characters(exclude_categories=()), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-(10**40), 10**40) | st.floats() | texts
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
tags = (
    st.sampled_from(["xml", "ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId", "Encrypt"]) | texts
)
xml = st.recursive(
    texts,
    lambda inner: st.lists(st.tuples(tags, inner), max_size=4).map(
        lambda children: "".join(f"<{tag}>{content}</{tag}>" for tag, content in children)
    ),
    max_leaves=12,
).map(lambda content: f"<xml>{content}</xml>".encode("utf-8", "surrogatepass"))

ELEMENT = re.compile(rb"<(\w+)>(?P<content>[^<]*|<!\[CDATA\[.*?\]\]>)</\1>", re.DOTALL)
XML_TRAPS = ["<![CDATA[]]>", "<![CDATA[", "&unknown;", "&#0;", "<!-- -->", "<a>", "9" * 5000, "<![CDATA[event]]>"]

answers = st.binary(max_size=60) | junk.map(lambda value: json.dumps(value).encode())


def outcome_of(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what the call returns, or the named error it raises; any other exception fails the test."""
    try:
        return call(*args, **kwargs)
    except (WebhookRejected, SendError, TransportError) as error:
        return error


def damage(payload: Any, data: st.DataObject) -> None:
    """Replace or remove one node of a JSON value, chosen anywhere."""
    places = list(places_in(payload))
    if not places:
        return
    container, key = data.draw(st.sampled_from(places))
    if data.draw(st.booleans()):
        container[key] = data.draw(junk)
    else:
        del container[key]


def spoilt(payload: Any) -> Iterator[Any]:
    """Yield the payload with each of its nodes in turn removed or replaced; it is the same object each time."""
    for container, key in list(places_in(payload)):
        original = container[key]
        for value in (None, "", "x", 0, -1.5, True, [], [None], [[]], {}, {"": None}):
            container[key] = value
            yield payload
        if isinstance(container, dict):
            del container[key]
            yield payload
        container[key] = original


def damaged_xml(body: bytes, data: st.DataObject) -> bytes:
    """Replace the content of one element, chosen anywhere, or remove the element."""
    elements = list(ELEMENT.finditer(body))
    if not elements:
        return body
    element = data.draw(st.sampled_from(elements))
    content = data.draw(st.none() | texts | st.sampled_from(XML_TRAPS))
    if content is None:
        return body[: element.start()] + body[element.end() :]
    written = content.encode("utf-8", "surrogatepass")
    return body[: element.start("content")] + written + body[element.end("content") :]


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from places_in(inner)


def assert_storable(events: Sequence[Event]) -> None:
    """Assert that jsonb and text columns of PostgreSQL take everything in the events."""
    for event in events:
        assert_storable_value(event)
        for name in ("account_id", "business_id", "external_id", "target_id", "reply_to"):
            assert len(getattr(event, name, "")) <= MAX_IDENTIFIER, name


def assert_storable_value(whole: Any) -> None:
    for value in values_in(whole):
        if isinstance(value, str):
            assert "\0" not in value
            value.encode()  # a lone surrogate raises
        elif isinstance(value, float):
            assert math.isfinite(value)
        elif isinstance(value, datetime):
            assert value.tzinfo is UTC
        elif isinstance(value, dict):
            json.dumps(value, allow_nan=False)
            orjson.dumps(value)


def values_in(value: Any) -> Iterator[Any]:
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from values_in(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from values_in(key)
            yield from values_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from values_in(inner)


def assert_usable(error: SendError) -> None:
    assert error.public_text.strip().endswith(".")
    assert error.code
    assert isinstance(error.remedy, Remedy)
    waits = [error.wait_after(attempts) for attempts in (1, 2, 5, 1_000_000)]
    assert waits == sorted(waits)
    assert all(math.isfinite(wait) and wait >= 0 for wait in waits)


def assert_secretless(error: BaseException, secrets: Iterable[str]) -> None:
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    for secret in secrets:
        assert secret not in shown
