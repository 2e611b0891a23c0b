"""The one list of channels. The product asks here for the adapter of a connection's kind.

A new channel is its folder, a `ChannelKind` and one line in `_ADAPTERS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from .base import Adapter
from .types import ChannelKind
from .whatsapp.adapter import WhatsAppAdapter


class UnknownChannel(LookupError):
    """No adapter serves this kind."""


_ADAPTERS: Mapping[ChannelKind, Adapter] = {
    ChannelKind.WHATSAPP: WhatsAppAdapter(),
}


def adapter_for(kind: ChannelKind) -> Adapter:
    """Return the adapter of a channel. Raises UnknownChannel."""
    try:
        return _ADAPTERS[kind]
    except KeyError:
        raise UnknownChannel(f"no adapter for channel {kind!r}") from None
