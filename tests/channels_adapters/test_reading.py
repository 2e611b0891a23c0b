"""The readers of untrusted JSON never raise, and what they return can be stored."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given

from channels_adapters.errors import Remedy, SendError
from channels_adapters.reading import (
    MAX_DEPTH,
    TOO_DEEP,
    Unreadable,
    decode,
    identifier_of,
    moment_of,
    number_of,
    retry_after_of,
    storable,
    text_of,
)
from channels_adapters.registry import UnknownChannel, adapter_for
from channels_adapters.types import UNKNOWN_TIME, ChannelKind

from .contract import junk, quick, texts


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"\xef\xbb\xbf[1]", [1]),
        (rb'"a\u0000b"', "ab"),
        (b'"a\tb"', "a\tb"),
        (rb'"\ud800"', "�"),
        (b'"\xff"', "�"),
        (b"[NaN, Infinity, -Infinity]", ["nan", "inf", "-inf"]),
        (b"[1e999, 1.5]", ["inf", 1.5]),
        (b"[NaN, 18446744073709551616]", ["nan", "18446744073709551616"]),
        (b"[NaN, " + b"9" * 5000 + b"]", ["nan", "9" * 5000]),
        (rb'{"a": 1, "a\u0000": 2}', {"a": 1, "a�": 2}),
    ],
)
def test_decode_accepts_what_vendors_and_attackers_send(body: bytes, value: Any) -> None:
    assert decode(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b"{'a':1}", b"[" * 100_000])
def test_decode_refuses_what_is_no_json(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body)


def test_what_is_nested_too_deeply_is_cut_off_and_the_rest_kept() -> None:
    value = decode(b'{"deep":' + b"[" * 500 + b"]" * 500 + b',"rest":1}')
    assert value["rest"] == 1
    depth, inner = 1, value["deep"]
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    assert (depth, inner) == (MAX_DEPTH, TOO_DEEP)


@quick
@given(value=junk)
def test_whatever_json_can_spell_becomes_storable(value: Any) -> None:
    clean = storable(value)
    assert storable(clean) == clean
    assert "\\u0000" not in json.dumps(clean, allow_nan=False).replace("\\\\", "")
    orjson.dumps(clean)
    decode(json.dumps(value).encode())


@quick
@given(value=junk)
def test_no_reader_raises(value: Any) -> None:
    moment = moment_of(value)
    assert moment.tzinfo is UTC
    text_of(value)
    assert len(identifier_of(value)) <= 255
    number = number_of(value)
    assert number is None or math.isfinite(number)


@quick
@given(wait=texts, date=texts)
def test_no_header_raises(wait: str, date: str) -> None:
    seconds = retry_after_of({"retry-after": wait, "date": date})
    assert seconds is None or 0 <= seconds <= 86_400


@pytest.mark.parametrize(
    "value",
    [
        "1780000000",
        1780000000,
        1780000000.0,
        " 1780000000 ",
        "1780000000000",
        1780000000000,
        "1.78e9",
        "2026-05-28T20:26:40Z",
        "2026-05-28T20:26:40+0000",
        "2026-05-28T22:26:40+02:00",
        " 2026-05-28 20:26:40 ",
    ],
)
def test_a_timestamp_comes_in_many_shapes(value: Any) -> None:
    assert moment_of(value) == datetime.fromtimestamp(1780000000, UTC)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "soon",
        0,
        -5,
        True,
        [],
        {},
        "nan",
        math.nan,
        math.inf,
        10**40,
        "9" * 400,
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-13-40T99:00:00Z",
    ],
)
def test_a_timestamp_that_is_none_becomes_the_unknown_time(value: Any) -> None:
    assert moment_of(value) == UNKNOWN_TIME


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 -0000"}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_of(headers) == seconds


def test_a_wait_grows_up_to_a_limit_that_a_vendor_may_exceed() -> None:
    error = SendError("x", remedy=Remedy.RETRY, public_text="Later.")
    assert [error.wait_after(attempts) for attempts in (0, 1, 2, 3, 99)] == [2, 2, 4, 8, 3600]
    named = SendError("x", remedy=Remedy.RETRY, public_text="Later.", retry_after=7200)
    assert named.wait_after(1) == named.wait_after(9) == 7200


def test_an_unknown_channel_has_a_named_error() -> None:
    assert adapter_for(ChannelKind.WHATSAPP).capabilities.kind is ChannelKind.WHATSAPP
    with pytest.raises(UnknownChannel, match="pigeon"):
        adapter_for("pigeon")  # type: ignore[arg-type]
