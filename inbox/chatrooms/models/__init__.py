"""Chatrooms and messages, the outbox that carries messages out, and the log of changes that pages catch up from.

Foreign keys have no index of their own where another index leads with the column, or where nothing looks that way:
each would cost every insert, and the planner preferred some to the composite ones that the lists need.
"""

from ._assignment import MOST_CAPACITY, AgentTurn, AssignmentMode, AssignmentRule
from ._changes import Change, ChangeCounter
from ._drafts import AnswerDraft
from ._files import Attachment, AttachmentState, VendorCopy
from ._messages import Direction, Message, MessageState, MessageVersion
from ._parked import ParkedAlteration, ParkedStatus
from ._rooms import NEVER, Chatroom, ReadMarker, RoomStatus, waiting_order
from ._sending import AttemptOutcome, DeliveryAttempt, HeldAnswer, HeldState, OutboxEntry
from ._views import SavedView

__all__ = [
    "MOST_CAPACITY",
    "NEVER",
    "AgentTurn",
    "AnswerDraft",
    "AssignmentMode",
    "AssignmentRule",
    "Attachment",
    "AttachmentState",
    "AttemptOutcome",
    "Change",
    "ChangeCounter",
    "Chatroom",
    "DeliveryAttempt",
    "Direction",
    "HeldAnswer",
    "HeldState",
    "Message",
    "MessageState",
    "MessageVersion",
    "OutboxEntry",
    "ParkedAlteration",
    "ParkedStatus",
    "ReadMarker",
    "RoomStatus",
    "SavedView",
    "VendorCopy",
    "waiting_order",
]
