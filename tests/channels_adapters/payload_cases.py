"""How many payload cases each channel holds: one file of payloads/<channel>/ is one case."""

from __future__ import annotations

from pathlib import Path

from channels_adapters.types import ChannelKind

PAYLOADS = Path(__file__).parent / "payloads"

MINIMUM = {
    ChannelKind.WHATSAPP: 40,
    ChannelKind.MESSENGER: 25,
    ChannelKind.INSTAGRAM: 20,
    ChannelKind.WECHAT: 20,
}


def payload_cases() -> dict[ChannelKind, int]:
    """Return the number of cases by channel, for the channels that have any."""
    counts = {kind: sum(path.is_file() for path in (PAYLOADS / kind.value).glob("*.*")) for kind in ChannelKind}
    return {kind: count for kind, count in counts.items() if count}
