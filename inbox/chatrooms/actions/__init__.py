"""Every verb of chatrooms. Views, tasks, seeds and the webhook worker call these; nothing else writes or publishes.

Each runs in one transaction and ends by recording what changed, which is published and enqueued on commit.
"""

from ._assign import AlreadyAssigned, assign_chatroom, close_chatroom, reopen_chatroom
from ._changes import purge_changes, record_changes
from ._dispatch import dispatch_due, settle_lost_sends
from ._read import mark_room_read, report_read_to_vendor
from ._receive import Received, receive_events
from ._send import UnableToSend, confirm_arrival, retry_message, send_message
from ._statuses import settle_parked

__all__ = [
    "AlreadyAssigned",
    "Received",
    "UnableToSend",
    "assign_chatroom",
    "close_chatroom",
    "confirm_arrival",
    "dispatch_due",
    "mark_room_read",
    "purge_changes",
    "receive_events",
    "record_changes",
    "reopen_chatroom",
    "report_read_to_vendor",
    "retry_message",
    "send_message",
    "settle_lost_sends",
    "settle_parked",
]
