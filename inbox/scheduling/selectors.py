"""Reading messages that wait, and what became of them. Call these inside the workspace's scope."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from inbox.chatrooms.models import Chatroom, MessageState
from inbox.chatrooms.selectors import Position
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from .models import ScheduledMessage, ScheduleState

ROWS_PER_PAGE = 50
SETTLED_SHOWN = 5

# What somebody still has to think of.
OPEN = (ScheduleState.WAITING, ScheduleState.MISSED)
# It waits, but will be cancelled when its time comes.
_UNWANTED = Q(cancel_if_customer_writes=True, chatroom__inbound_count__gt=F("seen_inbound"))
# It left the schedule, but then failed, or was cancelled while it waited for its template.
_FAILED = Q(state=ScheduleState.SENT, message__state=MessageState.FAILED)
_WITHDRAWN = Q(state=ScheduleState.SENT, message__state=MessageState.TAKEN_BACK)

_PARTS = ("author__user", "chatroom__customer", "chatroom__connection", "message")


def of_room(room: Chatroom) -> list[ScheduledMessage]:
    """Return what waits in a chat, the next one first, then the last few that were settled."""
    rows = _rows(room.workspace_id).filter(chatroom=room)
    waiting = rows.filter(state__in=OPEN).order_by("due_at", "pk")[:ROWS_PER_PAGE]
    settled = rows.exclude(state__in=OPEN).order_by("-due_at", "-pk")[:SETTLED_SHOWN]
    return [*waiting, *settled]


def of_workspace(
    member: Membership, *, is_mine: bool, state: str, after: Position | None = None
) -> list[ScheduledMessage]:
    """Return one page of the messages in a state, for chats that the member sees: what waits from the next on, the rest
    from the last on."""
    rows = _seen_rows(member)
    if is_mine:
        rows = rows.filter(author=member)
    if state == ScheduleState.WAITING:
        rows = rows.filter(state=state).exclude(_UNWANTED)
    elif state == ScheduleState.CANCELLED:
        rows = rows.filter(Q(state=state) | Q(_UNWANTED, state=ScheduleState.WAITING) | _WITHDRAWN)
    elif state == ScheduleState.NOT_SENT:
        rows = rows.filter(Q(state=state) | _FAILED)
    elif state == ScheduleState.SENT:
        rows = rows.filter(state=state).exclude(_FAILED | _WITHDRAWN)
    else:
        rows = rows.filter(state=state)
    if state in OPEN:
        if after is not None:
            rows = rows.filter(due_at__gte=after.at).filter(Q(due_at__gt=after.at) | Q(pk__gt=after.pk))
        return list(rows.order_by("due_at", "pk")[:ROWS_PER_PAGE])
    if after is not None:
        rows = rows.filter(due_at__lte=after.at).filter(Q(due_at__lt=after.at) | Q(pk__lt=after.pk))
    return list(rows.order_by("-due_at", "-pk")[:ROWS_PER_PAGE])


def one(member: Membership, row_id: int) -> ScheduledMessage | None:
    return _seen_rows(member).filter(pk=row_id).first()


def is_unwanted(row: ScheduledMessage) -> bool:
    """Say whether it waits only to be cancelled: the customer has written since. Needs chatroom loaded."""
    return row.cancel_if_customer_writes and row.chatroom.inbound_count > row.seen_inbound


def _seen_rows(member: Membership) -> QuerySet[ScheduledMessage]:
    return _rows(member.workspace_id).filter(reach_of(member).rooms("chatroom__"))


def _rows(workspace_id: int) -> QuerySet[ScheduledMessage]:
    rows = ScheduledMessage.objects.filter(workspace_id=workspace_id)
    return rows.select_related(*_PARTS).defer("chatroom__connection__credentials")
