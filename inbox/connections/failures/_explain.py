"""From a channel and a code to words. Nothing is read from the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind

from ._kinds import LABELS, WHOSE, Action, Explanation, Failure, Matter, by_code
from ._messaging import MESSAGING
from ._own import FETCHING, OWN
from ._wechat import WECHAT
from ._whatsapp import NUMBER_ADDRESS, WHATSAPP

_CATALOGUES: Mapping[ChannelKind, Mapping[str, Failure]] = {
    ChannelKind.WHATSAPP: by_code((*OWN, *WHATSAPP)),
    ChannelKind.MESSENGER: by_code((*OWN, *MESSAGING)),
    ChannelKind.INSTAGRAM: by_code((*OWN, *MESSAGING)),
    ChannelKind.WECHAT: by_code((*OWN, *WECHAT)),
}
_FETCHING = by_code(FETCHING)
_NUMBER_ADDRESSES = {ChannelKind.WHATSAPP: NUMBER_ADDRESS}


def failure_of(channel: str, code: str) -> Failure | None:
    """Return what is known of a code, None for one that nobody has explained."""
    return _found(_CATALOGUES[ChannelKind(channel)], code)


def explain(channel: str, code: str, fallback_text: str) -> Explanation:
    """Explain why a message failed, in the language of whoever reads it; an unknown code by the sentence kept with it."""
    return _explanation(channel, failure_of(channel, code), fallback_text)


def explain_fetch(channel: str, code: str, fallback_text: str) -> Explanation:
    """Explain why a customer's file did not come."""
    return _explanation(channel, _found(_FETCHING, code) or failure_of(channel, code), fallback_text)


def address_to_check(channel: str, phone: str) -> str:
    """Return the address that shows whether a number is on the channel, "" where there is no such."""
    digits = "".join(filter(str.isdigit, phone))
    pattern = _NUMBER_ADDRESSES.get(ChannelKind(channel), "")
    return pattern.format(digits=digits) if digits else ""


def _explanation(channel: str, failure: Failure | None, fallback_text: str) -> Explanation:
    names = {"channel": adapter_for(ChannelKind(channel)).capabilities.label}
    if failure is None and fallback_text:
        matter, action, words = Matter.VENDOR, Action.RETRY, fallback_text
    else:
        failure = failure or _CATALOGUES[ChannelKind(channel)]["unknown"]
        matter, action, words = failure.matter, failure.action, str(failure.cause) % names
    return Explanation(
        words=words,
        matter=matter,
        whose=str(WHOSE[matter]) % names,
        action=action,
        action_label=str(LABELS.get(action, "")),
    )


def _found(catalogue: Mapping[str, Failure], code: str) -> Failure | None:
    return next((catalogue[key] for key in _keys(code) if key in catalogue), None)


def _keys(code: str) -> Iterator[str]:
    """Yield the keys a code may stand under, the closest first: "10/77", "77", "10/*", "10"; "http_404", "http_4*",
    "http_*"."""
    yield code
    number, slash, subcode = code.partition("/")
    if slash:
        yield subcode
        yield f"{number}/*"
        yield number
    if code.startswith("http_"):
        yield f"{code[:6]}*"
        yield "http_*"
