"""Ids for what a vendor gives none."""

from __future__ import annotations

import pytest

from channels_adapters.naming import digest_of, made_id, time_or_digest
from channels_adapters.reading import MAX_IDENTIFIER


@pytest.mark.parametrize("time", [1780000000000, "1780000000", " 1780000000 ", "2026-05-28T20:26:40Z"])
def test_a_time_is_kept_as_the_vendor_wrote_it(time: int | str) -> None:
    assert time_or_digest(time, {"a": 1}) == str(time).strip()


@pytest.mark.parametrize("time", [None, "", " ", 0, "0", 1780000000.5, "soon", True, [1780000000]])
def test_without_a_usable_time_the_item_itself_tells(time: object) -> None:
    assert time_or_digest(time, {"a": 1}) == digest_of({"a": 1}) != time_or_digest(time, {"a": 2})


def test_the_order_of_the_fields_does_not_matter() -> None:
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    assert digest_of({"a": 1, "b": [2]}) == "0855bfc20eb6cfaa4be7d6b510c63dd22997718bddadcb1a4915cec3a16145b9"


def test_an_id_fits_an_index_and_names_all_of_its_parts() -> None:
    assert made_id("reaction", "m_1", "react") == "reaction:m_1:react"
    long, longer = made_id("reaction", "x" * 255), made_id("reaction", "x" * 256)
    assert long != longer
    assert max(len(long), len(longer)) <= MAX_IDENTIFIER
