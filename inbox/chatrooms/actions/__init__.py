"""Every verb of chatrooms. Views, tasks, seeds and the webhook worker call these; nothing else writes or publishes.

Each runs in one transaction and ends by recording what changed, which is published and enqueued on commit.
"""

from ._alterations import settle_parked_alterations
from ._assign import (
    AlreadyAssigned,
    assign_chatroom,
    close_chatroom,
    post_system_message,
    post_system_messages,
    reopen_chatroom,
)
from ._attachments import fetch_again, settle_attachment, wake_attachments
from ._changes import announce_customers, purge_changes, record_changes
from ._composition import (
    MOST_PARTS,
    OutgoingFile,
    SendAs,
    SplitNeedsConsent,
    UnableToSend,
    WindowClosed,
    clean_options,
    parts_of,
    planned_file,
    text_parts,
    with_options,
)
from ._dispatch import dispatch_due, settle_lost_sends
from ._hold import (
    cancel_held_answer,
    edit_held_answer,
    hold_answer,
    release_held_answers,
    send_held_answer,
    sweep_held_answers,
)
from ._outgoing import Draft, Part, lock_chats, queue_messages, texts
from ._react import react, send_reaction
from ._read import mark_room_read, report_read_to_vendor
from ._receive import Received, receive_events
from ._send import confirm_arrival, retry_message, send_message
from ._send_template import send_template, template_part, with_header_file
from ._statuses import settle_parked
from ._typing import show_typing, signal_typing
from ._windows import note_window_refusal

__all__ = [
    "MOST_PARTS",
    "AlreadyAssigned",
    "Draft",
    "OutgoingFile",
    "Part",
    "Received",
    "SendAs",
    "SplitNeedsConsent",
    "UnableToSend",
    "WindowClosed",
    "announce_customers",
    "assign_chatroom",
    "cancel_held_answer",
    "clean_options",
    "close_chatroom",
    "confirm_arrival",
    "dispatch_due",
    "edit_held_answer",
    "fetch_again",
    "hold_answer",
    "lock_chats",
    "mark_room_read",
    "note_window_refusal",
    "parts_of",
    "planned_file",
    "post_system_message",
    "post_system_messages",
    "purge_changes",
    "queue_messages",
    "react",
    "receive_events",
    "record_changes",
    "release_held_answers",
    "reopen_chatroom",
    "report_read_to_vendor",
    "retry_message",
    "send_held_answer",
    "send_message",
    "send_reaction",
    "send_template",
    "settle_attachment",
    "settle_lost_sends",
    "settle_parked",
    "settle_parked_alterations",
    "show_typing",
    "signal_typing",
    "sweep_held_answers",
    "template_part",
    "text_parts",
    "texts",
    "wake_attachments",
    "with_header_file",
    "with_options",
]
