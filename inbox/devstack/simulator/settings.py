"""Switches of the simulator that are not faults: limits, clock, receipts, pace of webhooks.

Changed while running through `PUT /control/settings`; `POST /control/reset` brings the defaults back.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

from .http import JsonObject, Refused

BOUNDS: dict[str, tuple[float, float]] = {
    "number_limit": (0, 100_000),
    "pair_limit": (0, 100_000),
    "clock_offset": (-10 * 365 * 86_400, 10 * 365 * 86_400),
    "lanes": (1, 64),
    "coalesce": (1, 1_000),
    "send_limit": (0, 100_000),
    "wechat_limit": (0, 100_000),
    "wechat_token_seconds": (1, 7_200),
}
FLAGS = {"auto_read", "echo_before_answer", "mids_in_receipts", "text_watermarks", "sticker_twice"}
PAUSES = {"retry_pauses", "wechat_retry_pauses"}


@dataclass(frozen=True)
class Settings:
    """number_limit: accepted sends a second and number, pair_limit: sends per 270 s to one person (0 = off).

    clock_offset: seconds the simulator's clock is ahead. lanes: parallel webhook queues an account (order is then
    kept per person only). coalesce: how many waiting webhooks may share one POST. retry_pauses: seconds between
    the attempts of one webhook; after the last it is given up.

    send_limit: sends a second and page or Instagram account. wechat_limit: sends a minute and WeChat account.
    wechat_token_seconds: how long an access token lives.

    Messenger and Instagram: echo_before_answer: the echo of a send arrives before its HTTP answer. mids_in_receipts:
    deliveries name the messages beside the watermark. text_watermarks: watermarks are texts. sticker_twice: a sticker
    comes as an image and as a sticker.
    """

    number_limit: int = 80
    pair_limit: int = 45
    auto_read: bool = False
    clock_offset: float = 0.0
    lanes: int = 1
    coalesce: int = 1
    retry_pauses: tuple[float, ...] = (0.1, 0.3, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0)
    wechat_retry_pauses: tuple[float, ...] = (5.0, 5.0, 5.0)
    send_limit: int = 300
    wechat_limit: int = 0
    wechat_token_seconds: int = 7_200
    echo_before_answer: bool = False
    mids_in_receipts: bool = True
    text_watermarks: bool = False
    sticker_twice: bool = True

    def changed(self, document: JsonObject) -> Settings:
        """Return these settings with the named ones replaced.

        Raises Refused, in words, for an unknown name or an unusable value."""
        known = {field.name for field in fields(self)}
        for name, value in document.items():
            if name not in known:
                raise Refused(f"Unknown setting “{name}”. Known: {', '.join(sorted(known))}.")
            _check(name, value)
        for name in PAUSES & set(document):
            document = document | {name: tuple(float(pause) for pause in document[name])}
        return replace(self, **document)

    def to_json(self) -> JsonObject:
        return asdict(self)


def _check(name: str, value: object) -> None:
    if name in FLAGS:
        if not isinstance(value, bool):
            raise Refused(f"{name} must be true or false.")
    elif name in PAUSES:
        usable = isinstance(value, list) and len(value) <= 20
        if not usable or not all(_is_number(pause) and 0 <= pause <= 60 for pause in value):  # type: ignore[attr-defined]
            raise Refused(f"{name} must be a list of at most 20 numbers of seconds, each at most 60.")
    else:
        low, high = BOUNDS[name]
        whole = name != "clock_offset"
        if not _is_number(value) or (whole and not isinstance(value, int)) or not low <= value <= high:  # type: ignore[operator]
            raise Refused(f"{name} must be a {'whole ' if whole else ''}number from {low:g} to {high:g}.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
