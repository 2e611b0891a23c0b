"""Many chats at once: who looks after them, whether they are open, what a member has read, which label their customers
have; and taking it back.

What changed is returned as it was and as it is. Taking it back restores the values that nobody has changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import connection as database
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from inbox.customers.models import Customer
from inbox.labels.actions import set_customer_labels
from inbox.labels.models import Label
from inbox.lib import clock, rows
from inbox.lib.rows import as_json
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..assignment import is_kept, rules_of
from ..assignment_policy import Rules
from ..models import Chatroom, ReadMarker, RoomStatus
from ._assign import post_system_messages
from ._waking import wake_assignment

MOST_ROOMS = 100

Value = str | int | None


class What(StrEnum):
    """What was changed about chats."""

    STATUS = "status"
    ASSIGNEE = "assignee"
    SEEN = "seen"
    LABEL = "label"


@dataclass(frozen=True)
class Changed:
    """One chat's value before and after; of a label, that of the chat's customer."""

    pk: int
    before: Value
    after: Value


class TooManyRooms(Exception):
    """More than MOST_ROOMS were chosen."""


def set_status_of(*, actor: Membership, room_ids: Sequence[int], status: RoomStatus) -> list[Changed]:
    """Open, close or archive chats. Raises TooManyRooms."""
    return _put(actor, What.STATUS, dict.fromkeys(_few(room_ids), status.value))


def assign_all(*, actor: Membership, room_ids: Sequence[int], assignee: Membership | None) -> list[Changed]:
    """Give chats to a member, or to nobody, whoever has them. Raises TooManyRooms."""
    return _put(actor, What.ASSIGNEE, dict.fromkeys(_few(room_ids), assignee.pk if assignee else None))


def mark_all(*, member: Membership, room_ids: Sequence[int], is_read: bool) -> list[Changed]:
    """Mark chats as read by a member, or the newest message of each as not. Raises TooManyRooms.

    The customers are not told: nobody has looked."""
    marker = ReadMarker.objects.filter(chatroom=OuterRef("pk"), member=member, workspace_id=member.workspace_id)
    rooms = Chatroom.objects.filter(workspace_id=member.workspace_id, pk__in=_few(room_ids), inbound_count__gt=0)
    counts = rooms.annotate(seen=Coalesce(Subquery(marker.values("seen_count")), 0)).values_list(
        "pk", "seen", "inbound_count"
    )
    wanted = [
        Changed(pk, seen, count if is_read else count - 1)
        for pk, seen, count in counts
        if (seen < count if is_read else seen >= count)
    ]
    return _move_markers(member, wanted)


def label_all(*, actor: Membership, room_ids: Sequence[int], label: Label) -> list[Changed]:
    """Put a label on the customers of chats. Raises TooManyRooms."""
    customers = Customer.objects.filter(workspace_id=actor.workspace_id, chatrooms__in=_few(room_ids)).distinct()
    changes = set_customer_labels(actor=actor, customers=list(customers), add=[label])
    return [Changed(customer_id, None, label_id) for customer_id, label_id in changes.added]


def take_back(*, actor: Membership, what: What, changes: Sequence[Changed]) -> list[Changed]:
    """Restore the values before these changes, where the ones after them still stand. Return what was restored."""
    if what is What.SEEN:
        return _move_markers(actor, [Changed(each.pk, each.after, each.before) for each in changes])
    if what is What.LABEL:
        return _take_off(actor, changes)
    expected = {each.pk: each.after for each in changes}
    return _put(actor, what, {each.pk: each.before for each in changes}, expected)


def _few(room_ids: Sequence[int]) -> list[int]:
    ids = list(dict.fromkeys(room_ids))
    if len(ids) > MOST_ROOMS:
        raise TooManyRooms
    return ids


def _put(
    actor: Membership, what: What, wanted: Mapping[int, Value], expected: Mapping[int, Value] | None = None
) -> list[Changed]:
    """Write values to chats, to those only that have the `expected` ones if there are any, with a line in each."""
    column = "assignee_id" if what is What.ASSIGNEE else "status"
    members = _members(actor, wanted) if what is What.ASSIGNEE else {}
    rules = rules_of(actor.workspace_id) if what is What.ASSIGNEE else Rules()
    rooms = Chatroom.objects.filter(workspace_id=actor.workspace_id, pk__in=list(wanted)).order_by("pk")
    changed: dict[Chatroom, Changed] = {}
    for room in rooms.select_for_update(no_key=True):
        before, after = getattr(room, column), wanted[room.pk]
        is_expected = expected is None or before == expected[room.pk]
        has_left = what is What.ASSIGNEE and after is not None and after not in members
        if before == after or not is_expected or has_left or is_kept(actor, room, rules.of(room.connection_id)):
            continue
        setattr(room, column, after)
        if what is What.ASSIGNEE:
            is_nobodys_again = after is None and expected is not None
            room.unclaimed_since = (room.waiting_since or clock.now()) if is_nobodys_again else None
        elif after == RoomStatus.OPEN and room.assignee_id is None:
            room.unclaimed_since = clock.now()
        changed[room] = Changed(room.pk, before, after)
    rows.update(changed.keys(), [what.value, "unclaimed_since"])
    by_event: dict[str, list[tuple[Chatroom, dict[str, Any]]]] = defaultdict(list)
    for room, change in changed.items():
        facts: dict[str, Any] = {}
        if what is What.ASSIGNEE:
            facts = {"assignee": str(members.get(change.after, "")), "had": [change.before, room.team_id]}
        by_event[_event(what, change.after, actor)].append((room, facts))
    for event, subjects in by_event.items():
        audit.record_all(workspace_id=actor.workspace_id, actor=actor, verb=f"chat.{event}", subjects=subjects)
    lines = [(room, event, {"actor": str(actor), **facts}) for event, some in by_event.items() for room, facts in some]
    if changed:
        wake_assignment(actor.workspace_id)
    post_system_messages(workspace_id=actor.workspace_id, lines=lines)
    return list(changed.values())


def _members(actor: Membership, wanted: Mapping[int, Value]) -> dict[Value, Membership]:
    """Return those of the wanted assignees who are active."""
    ids = {pk for pk in wanted.values() if isinstance(pk, int)}
    active = Membership.objects.filter(workspace_id=actor.workspace_id, pk__in=ids, is_active=True)
    return {member.pk: member for member in active.select_related("user")}


def _event(what: What, value: Value, actor: Membership) -> str:
    if what is What.ASSIGNEE:
        return "unassigned" if value is None else "taken" if value == actor.pk else "assigned"
    return {RoomStatus.OPEN: "reopened", RoomStatus.CLOSED: "closed"}.get(RoomStatus(str(value)), "archived")


def _take_off(actor: Membership, changes: Sequence[Changed]) -> list[Changed]:
    """Take labels off the customers again who have them still."""
    labels = Label.objects.filter(
        workspace_id=actor.workspace_id, pk__in=[each.after for each in changes], deleted_at__isnull=True
    )
    customers = Customer.objects.filter(workspace_id=actor.workspace_id, pk__in=[each.pk for each in changes])
    taken = set_customer_labels(actor=actor, customers=list(customers), remove=list(labels))
    return [Changed(customer_id, label_id, None) for customer_id, label_id in taken.removed]


_MOVE_MARKERS = """
INSERT INTO chatrooms_readmarker AS marker (workspace_id, member_id, chatroom_id, seen_count)
SELECT room.workspace_id, %(member)s, room.id, new.seen
FROM json_to_recordset(%(markers)s) AS new (room bigint, seen int, expected int)
JOIN chatrooms_chatroom AS room ON room.id = new.room
WHERE room.workspace_id = %(workspace)s
ORDER BY room.id
ON CONFLICT (chatroom_id, member_id) DO UPDATE SET seen_count = EXCLUDED.seen_count
WHERE marker.seen_count = (
    SELECT expected FROM json_to_recordset(%(markers)s) AS new (room bigint, expected int)
    WHERE new.room = EXCLUDED.chatroom_id
)
RETURNING chatroom_id
"""


def _move_markers(member: Membership, wanted: Sequence[Changed]) -> list[Changed]:
    """Set what a member has seen where it is still as before; return what moved."""
    markers = [{"room": each.pk, "seen": each.after, "expected": each.before} for each in wanted]
    with database.cursor() as cursor:
        cursor.execute(
            _MOVE_MARKERS,
            {"member": member.pk, "workspace": member.workspace_id, "markers": as_json(markers)},
        )
        moved = {room_id for (room_id,) in cursor.fetchall()}
    return [each for each in wanted if each.pk in moved]
