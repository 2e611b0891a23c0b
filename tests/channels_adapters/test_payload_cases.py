"""Each channel holds enough payloads of our own writing."""

from __future__ import annotations

import pytest

from channels_adapters.types import ChannelKind

from .payload_cases import MINIMUM, payload_cases


@pytest.mark.parametrize("kind", list(ChannelKind))
def test_a_channel_holds_enough_payload_cases(kind: ChannelKind) -> None:
    assert payload_cases().get(kind, 0) >= MINIMUM[kind]
