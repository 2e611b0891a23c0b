"""The life of an outbound message, as a pure policy: which state may follow which.

queued < sending < unknown < sent < delivered < read. `failed` ends a message that was not delivered; a later proof of
delivery outranks it (the vendor's docs admit both in either order). Only an explicit retry goes back to queued. `taken_back` ends a message that never left.
"""

from __future__ import annotations

from channels_adapters.types import DeliveryStatus

QUEUED = "queued"
SENDING = "sending"
UNKNOWN = "unknown"
SENT = "sent"
DELIVERED = "delivered"
READ = "read"
FAILED = "failed"
TAKEN_BACK = "taken_back"

# What a queued message waits for, as its failure code.
TEMPLATE_IN_REVIEW = "template_in_review"

_RANK = {QUEUED: 0, SENDING: 1, UNKNOWN: 2, SENT: 3, FAILED: 4, DELIVERED: 5, READ: 6, TAKEN_BACK: 7}
RETRYABLE = frozenset({FAILED, UNKNOWN})

# A played voice message was necessarily opened. `deleted` says nothing about delivery.
_STATE_OF = {
    DeliveryStatus.SENT: SENT,
    DeliveryStatus.DELIVERED: DELIVERED,
    DeliveryStatus.READ: READ,
    DeliveryStatus.PLAYED: READ,
    DeliveryStatus.FAILED: FAILED,
}


def state_reported_by(status: DeliveryStatus) -> str | None:
    """Return the state a vendor's status stands for, None if it says nothing about delivery."""
    return _STATE_OF.get(status)


def advance(current: str, reported: str) -> str:
    """Return the state after a report: the report's if it is further along, else the current one."""
    return reported if _RANK[reported] > _RANK[current] else current
