"""Every verb of chatrooms. Views, tasks, seeds and the webhook worker call these; nothing else writes or publishes.

Each runs in one transaction and ends by recording what changed, which is published and enqueued on commit.
"""

from ._alterations import settle_parked_alterations
from ._assign import AlreadyAssigned, assign_chatroom, close_chatroom, reopen_chatroom
from ._changes import announce_customers, purge_changes, record_changes
from ._dispatch import dispatch_due, settle_lost_sends
from ._react import react, send_reaction
from ._read import mark_room_read, report_read_to_vendor
from ._receive import Received, receive_events
from ._send import SplitNeedsConsent, UnableToSend, confirm_arrival, retry_message, send_message
from ._statuses import settle_parked
from ._typing import show_typing, signal_typing

__all__ = [
    "AlreadyAssigned",
    "Received",
    "SplitNeedsConsent",
    "UnableToSend",
    "announce_customers",
    "assign_chatroom",
    "close_chatroom",
    "confirm_arrival",
    "dispatch_due",
    "mark_room_read",
    "purge_changes",
    "react",
    "receive_events",
    "record_changes",
    "reopen_chatroom",
    "report_read_to_vendor",
    "retry_message",
    "send_message",
    "send_reaction",
    "settle_lost_sends",
    "settle_parked",
    "settle_parked_alterations",
    "show_typing",
    "signal_typing",
]
