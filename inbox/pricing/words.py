"""Prices in words. What we do not have from an invoice is "about" so much."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from .budgets import Allowance
from .conversations import OpenedBy
from .estimating import DOLLARS, Category, Estimate, Why, base_of
from .models import BillingConversation, RateCategory
from .models import Category as CategoryChoices

_LABELS = {**dict(CategoryChoices.choices), **dict(RateCategory.choices)}


def money(amount: Decimal, currency: str = DOLLARS, *, places: int = 2) -> str:
    """Write an amount with at least so many decimal places, four at most: prices of messages are small."""
    rounded = f"{amount.quantize(Decimal('0.0001'), ROUND_HALF_UP):,.4f}"
    while rounded.endswith("0") and len(rounded.partition(".")[2]) > places:
        rounded = rounded[:-1]
    return f"US${rounded}" if currency == DOLLARS else f"{currency} {rounded}"


def sums(amounts: Mapping[str, Decimal]) -> str:
    return " + ".join(money(amount, currency) for currency, amount in sorted(amounts.items()))


def category_label(category: str) -> str:
    return str(_LABELS.get(category) or category.replace("_", " ").capitalize())


def estimate_words(found: Estimate) -> str:
    """Say before a send what it would cost: "Utility template to HK: about US$0.02; free inside the window"."""
    if found.why is Why.ANSWER:
        return _("Answers are free inside the window.")
    what = _("%(category)s template") % {"category": category_label(found.category)}
    if found.country:
        what = _("%(template)s to %(country)s") % {"template": what, "country": found.country}
    return f"{what}: {_price_words(found)}"


def _price_words(found: Estimate) -> str:
    if found.why is Why.IN_WINDOW:
        return _("free, because the customer wrote within the window")
    if found.why is Why.ENTRY_POINT:
        return _("free, because the customer came through an ad")
    if found.why is Why.AD:
        return _("probably free: the customer came through an ad, and from our answer on all is free for 72 hours")
    if found.amount is None:
        price = _("the price is not known")
    else:
        price = _("about %(amount)s") % {"amount": money(found.amount, found.currency, places=3)}
        if found.note:
            price = _("%(price)s (%(note)s)") % {"price": price, "note": found.note}
    if base_of(found.category) == Category.UTILITY:
        return _("%(price)s; free inside the window") % {"price": price}
    return price


def budget_words(allowance: Allowance) -> str:
    """Say how a budget stands; "" where there is none."""
    if allowance.budget is None:
        return ""
    if not allowance.budget:
        return _("The budget is 0: nothing that is paid for is sent.")
    facts = {
        "spent": money(allowance.spent, allowance.currency),
        "budget": money(allowance.budget, allowance.currency),
    }
    if allowance.is_used_up:
        return _("The budget of this month is used up: %(spent)s of %(budget)s. Only free messages are sent.") % facts
    if allowance.is_near:
        return _("The budget of this month is nearly used up: %(spent)s of %(budget)s.") % facts
    return _("%(spent)s of %(budget)s this month") % facts


def ad_words() -> str:
    return _("The customer came through an ad. If you answer within 24 hours, all is probably free for 72 hours.")


def conversation_words(conversation: BillingConversation) -> str:
    if conversation.is_entry_point:
        return _("Opened by the customer, through an ad: everything in it is free")
    label = category_label(conversation.category)
    if conversation.opened_by == OpenedBy.CUSTOMER:
        return _("Opened by the customer · %(category)s") % {"category": label}
    return _("Opened by a template of ours · %(category)s") % {"category": label}
