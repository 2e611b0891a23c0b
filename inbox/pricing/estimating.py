"""What a message would cost: which rate holds, and when nothing is charged. A pure policy; dates and facts are passed in.

Amounts are decimals in the currency of the rate, never converted. A price is an estimate until the vendor says how it
counted the message, and even then the vendor's invoice is the truth: pages say "about".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from .countries import ANYWHERE

NOTHING = Decimal(0)
DOLLARS = "USD"


class Category(StrEnum):
    """What a message is for, in the vendor's words; templates name theirs."""

    SERVICE = "service"
    MARKETING = "marketing"
    UTILITY = "utility"
    AUTHENTICATION = "authentication"
    REFERRAL = "referral"


class Why(StrEnum):
    """Why an estimate is what it is."""

    RATE = "rate"
    ANSWER = "answer"  # a free-form answer
    IN_WINDOW = "in_window"  # a utility template while the customer may be answered
    ENTRY_POINT = "entry_point"  # the customer came through an ad, and was answered in time
    AD = "ad"  # the customer came through an ad, and an answer now would be in time
    NO_RATE = "no_rate"


class EntryPoint(StrEnum):
    """Whether an ad brought the customer, after which everything is free for a while."""

    NONE = "none"
    WAITING = "waiting"  # not answered yet; by the vendor's rules an answer now begins it
    OPEN = "open"  # the vendor has said so


_FREE_BY_AD = {EntryPoint.OPEN: Why.ENTRY_POINT, EntryPoint.WAITING: Why.AD}


@dataclass(frozen=True)
class Rate:
    """What one message of a category to a country costs on a channel, from a day on until a last day.

    `country` may be ANYWHERE. `is_own`: the workspace's, which goes before the platform's."""

    channel: str
    country: str
    category: str
    amount: Decimal
    currency: str = DOLLARS
    valid_from: date = date.min
    valid_until: date | None = None
    is_own: bool = False
    note: str = ""


@dataclass(frozen=True)
class Estimate:
    """What a message would cost; `amount` is None where no rate is known."""

    category: str
    country: str
    amount: Decimal | None
    currency: str
    why: Why
    note: str = ""

    @property
    def is_free(self) -> bool:
        return self.amount is not None and not self.amount


def base_of(category: str) -> str:
    """Return the main category of one of the vendor's finer ones: marketing_lite, authentication_international."""
    main = category.lower().removeprefix("group_").partition("_")[0]
    return main if main in list(Category) else category.lower()


def rate_for(rates: Iterable[Rate], *, channel: str, country: str, category: str, on: date) -> Rate | None:
    """Return the rate that holds: the workspace's own before the platform's, a country's before the one for anywhere,
    the finer category before the main one, the newest of those that are valid."""
    wanted = {category.lower(), base_of(category)}
    holding = [
        rate
        for rate in rates
        if rate.channel == channel
        and rate.country in (country, ANYWHERE)
        and rate.category in wanted
        and rate.valid_from <= on
        and (rate.valid_until is None or on <= rate.valid_until)
    ]
    return max(
        holding,
        key=lambda rate: (rate.is_own, rate.country != ANYWHERE, rate.category == category.lower(), rate.valid_from),
        default=None,
    )


def estimate(
    rates: Iterable[Rate],
    *,
    channel: str,
    country: str,
    category: str,
    in_window: bool,
    entry_point: EntryPoint = EntryPoint.NONE,
    on: date,
) -> Estimate:
    """Return what a message would cost. `in_window`: the customer may be answered freely."""
    category = category.lower()
    why = _free_because(base_of(category), in_window=in_window, entry_point=entry_point)
    if why is not None:
        return Estimate(category, country, NOTHING, DOLLARS, why)
    rate = rate_for(rates, channel=channel, country=country, category=category, on=on)
    if rate is None:
        return Estimate(category, country, None, DOLLARS, Why.NO_RATE)
    return Estimate(category, country, rate.amount, rate.currency, Why.RATE, rate.note)


def _free_because(category: str, *, in_window: bool, entry_point: EntryPoint) -> Why | None:
    if category == Category.SERVICE:
        return Why.ANSWER
    if category == Category.REFERRAL:
        return Why.ENTRY_POINT
    if entry_point is not EntryPoint.NONE:
        return _FREE_BY_AD[entry_point]
    if category == Category.UTILITY and in_window:
        return Why.IN_WINDOW
    return None
