"""Every verb of scheduling. Call them inside the workspace's scope, but for `send_due`, which goes through all."""

from ._due import send_due
from ._write import (
    Order,
    UnableToSchedule,
    cancel,
    change,
    is_cancellable,
    is_changeable,
    read_moment,
    schedule,
    send_now,
)

__all__ = [
    "Order",
    "UnableToSchedule",
    "cancel",
    "change",
    "is_cancellable",
    "is_changeable",
    "read_moment",
    "schedule",
    "send_due",
    "send_now",
]
