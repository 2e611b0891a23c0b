"""Every verb of chatrooms. Views, tasks, seeds and the webhook worker call these; nothing else writes or publishes.

Each runs in one transaction and ends by recording what changed, which is published and enqueued on commit.
"""

from ._alterations import settle_parked_alterations
from ._answers import send_answer
from ._assign import (
    AlreadyAssigned,
    MayNotTakeOver,
    TeamChanged,
    assign_all,
    assign_chatroom,
    assign_to_team,
    give_all_to_team,
    post_system_message,
    post_system_messages,
    tell_chats,
)
from ._attach import purge_old_files
from ._attachments import fetch_again, settle_attachment, wake_attachments
from ._bulk import (
    archive_chatroom,
    close_chatroom,
    label_all,
    mark_all,
    reopen_chatroom,
    set_status_of,
    take_back,
    unlabel_all,
)
from ._changes import announce_customers, purge_changes, record_changes
from ._composition import (
    MOST_PARTS,
    Outgoing,
    OutgoingFile,
    SendAs,
    SplitNeedsConsent,
    UnableToSend,
    WindowClosed,
    clean_options,
    files_among,
    parts_of,
    planned_file,
    require_files,
    text_parts,
    with_options,
)
from ._control import note_held_elsewhere, take_control, take_over
from ._departure import free_chats_of_the_gone
from ._dispatch import dispatch_due, settle_lost_sends
from ._distribute import assign_waiting_chats
from ._drafts import Composed, DraftOutdated, clear_draft, save_draft
from ._hold import (
    cancel_held_answer,
    edit_held_answer,
    hold_answer,
    release_held_answers,
    send_held_answer,
    sweep_held_answers,
)
from ._labels import announce_labels
from ._many import MOST_ROOMS, Changed, Left, Outcome, Shown, TooManyRooms, What, Why, missing
from ._outgoing import Draft, Part, lock_chats, locked_room, queue_messages, texts
from ._presence import (
    come_online,
    go_offline,
    keep_chat_open,
    leave_chat,
    note_writing,
    open_chat,
    stay_online,
)
from ._react import react, send_reaction
from ._read import mark_room_read, report_read_to_vendor
from ._receive import Received, receive_events
from ._reply_right import AnsweredMeanwhile, require_reply_right
from ._rules import RuleRefused, RuleWish, drop_rule, set_rule
from ._send import confirm_arrival, has_sent, retry_message, send_message
from ._send_template import send_template, template_part, with_header_file
from ._statuses import settle_parked
from ._stored_files import files_to_store, restored_files, stored_files
from ._typing import show_typing, signal_typing
from ._undo import close_after, take_back_message
from ._views import UnableToSaveView, change_view, delete_view, may_change_view, move_view, save_view
from ._windows import note_window_refusal
from ._withdraw import withdraw_message

__all__ = [
    "MOST_PARTS",
    "MOST_ROOMS",
    "AlreadyAssigned",
    "AnsweredMeanwhile",
    "Changed",
    "Composed",
    "Draft",
    "DraftOutdated",
    "Left",
    "MayNotTakeOver",
    "Outcome",
    "Outgoing",
    "OutgoingFile",
    "Part",
    "Received",
    "RuleRefused",
    "RuleWish",
    "SendAs",
    "Shown",
    "SplitNeedsConsent",
    "TeamChanged",
    "TooManyRooms",
    "UnableToSaveView",
    "UnableToSend",
    "What",
    "Why",
    "WindowClosed",
    "announce_customers",
    "announce_labels",
    "archive_chatroom",
    "assign_all",
    "assign_chatroom",
    "assign_to_team",
    "assign_waiting_chats",
    "cancel_held_answer",
    "change_view",
    "clean_options",
    "clear_draft",
    "close_after",
    "close_chatroom",
    "come_online",
    "confirm_arrival",
    "delete_view",
    "dispatch_due",
    "drop_rule",
    "edit_held_answer",
    "fetch_again",
    "files_among",
    "files_to_store",
    "free_chats_of_the_gone",
    "give_all_to_team",
    "go_offline",
    "has_sent",
    "hold_answer",
    "keep_chat_open",
    "label_all",
    "leave_chat",
    "lock_chats",
    "locked_room",
    "mark_all",
    "mark_room_read",
    "may_change_view",
    "missing",
    "move_view",
    "note_held_elsewhere",
    "note_window_refusal",
    "note_writing",
    "open_chat",
    "parts_of",
    "planned_file",
    "post_system_message",
    "post_system_messages",
    "purge_changes",
    "purge_old_files",
    "queue_messages",
    "react",
    "receive_events",
    "record_changes",
    "release_held_answers",
    "reopen_chatroom",
    "report_read_to_vendor",
    "require_files",
    "require_reply_right",
    "restored_files",
    "retry_message",
    "save_draft",
    "save_view",
    "send_answer",
    "send_held_answer",
    "send_message",
    "send_reaction",
    "send_template",
    "set_rule",
    "set_status_of",
    "settle_attachment",
    "settle_lost_sends",
    "settle_parked",
    "settle_parked_alterations",
    "show_typing",
    "signal_typing",
    "stay_online",
    "stored_files",
    "sweep_held_answers",
    "take_back",
    "take_back_message",
    "take_control",
    "take_over",
    "tell_chats",
    "template_part",
    "text_parts",
    "texts",
    "unlabel_all",
    "wake_attachments",
    "with_header_file",
    "with_options",
    "withdraw_message",
]
