"""The one list of channels. The product asks here for the adapter of a connection's kind.

A new channel is its folder, a `ChannelKind` and one line in `_ADAPTERS`.
"""

from __future__ import annotations

from .base import Adapter
from .instagram.adapter import InstagramAdapter
from .messenger.adapter import MessengerAdapter
from .types import ChannelKind
from .wechat.adapter import WeChatAdapter
from .whatsapp.adapter import WhatsAppAdapter


class UnknownChannel(LookupError):
    """No adapter serves this kind."""


_ADAPTERS: dict[ChannelKind, Adapter] = {
    ChannelKind.WHATSAPP: WhatsAppAdapter(),
    ChannelKind.MESSENGER: MessengerAdapter(),
    ChannelKind.INSTAGRAM: InstagramAdapter(),
    ChannelKind.WECHAT: WeChatAdapter(),
}


def use(adapter: Adapter) -> None:
    """Let this adapter serve its channel from now on: for what a process sets up as it starts."""
    _ADAPTERS[adapter.capabilities.kind] = adapter


def kinds() -> tuple[ChannelKind, ...]:
    """Return the channels that have an adapter."""
    return tuple(_ADAPTERS)


def adapter_for(kind: ChannelKind) -> Adapter:
    """Return the adapter of a channel. Raises UnknownChannel."""
    try:
        return _ADAPTERS[kind]
    except KeyError:
        raise UnknownChannel(f"no adapter for channel {kind!r}") from None
