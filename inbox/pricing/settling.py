"""What a vendor's report makes of the charge of a message: a pure policy."""

from __future__ import annotations

from dataclasses import dataclass

from channels_adapters.types import DeliveryStatus, JsonObject

REGULAR = "regular"
FREE = "free_customer_service"
# Ours: the vendor charges what was delivered.
UNDELIVERED = "undelivered"

PER_MESSAGE = "PMP"
PER_CONVERSATION = "CBP"

_ARRIVED = (DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.PLAYED)


@dataclass(frozen=True)
class Verdict:
    """How the vendor counted a message; `category` is "" where it does not say."""

    type: str
    model: str
    category: str

    @property
    def is_paid(self) -> bool:
        return self.type == REGULAR


def verdict_of(pricing: JsonObject) -> Verdict:
    """Read the vendor's `pricing`. Older versions only say whether it is billable."""
    kind = str(pricing.get("type") or "") or (REGULAR if pricing.get("billable") is True else FREE)
    return Verdict(
        type=kind[:40],
        model=str(pricing.get("pricing_model") or PER_MESSAGE)[:10],
        category=str(pricing.get("category") or "").lower()[:40],
    )


def settles(*, type_now: str | None, is_confirmed: bool, status: DeliveryStatus, has_pricing: bool) -> str | None:
    """Say what a report does to a charge: "priced", "undelivered", or None for nothing.

    `type_now` is None where there is no charge yet. The first report stands, except that a message that failed may
    arrive after all. A failure that comes after an arrival is late and not to be asked about.
    """
    if status is DeliveryStatus.FAILED:
        return UNDELIVERED if type_now is not None and type_now != UNDELIVERED else None
    if not has_pricing:
        return None
    if type_now == UNDELIVERED:
        return "priced" if status in _ARRIVED else None
    return None if is_confirmed else "priced"
