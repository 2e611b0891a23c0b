"""Many chats at once: whether they are open, what a member has read, which label their customers have; and taking back
what was done to them. Whose they are: see `_assign`.

What changed is returned as it was and as it is. Taking it back restores the values that nobody has changed since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

from ..models import Chatroom, Direction, ReadMarker, RoomStatus
from ..selectors import noticed_in
from ._assign import post_system_messages, restore_owners
from ._many import Changed, Left, Outcome, What, Why, few, missing
from ._read import tell_own_pages
from ._waking import wake_assignment

_NOTHING: Mapping[int, int] = {}
_STATUS_EVENTS = {RoomStatus.OPEN: "reopened", RoomStatus.CLOSED: "closed", RoomStatus.ARCHIVED: "archived"}


def set_status_of(
    *, actor: Membership, room_ids: Sequence[int], status: RoomStatus, written: Mapping[int, int] = _NOTHING
) -> Outcome:
    """Open, close or archive chats; one whose customer has written more than is known (`written`) is neither closed nor
    archived: somebody waits there. Raises TooManyRooms."""
    return _put_status(actor, dict.fromkeys(few(room_ids), status), written=written)


def close_chatroom(*, actor: Membership, chatroom: Chatroom, seen_id: int | None = None) -> Outcome:
    """Close a chat, unless its customer has written since `seen_id`, the newest message one knows (None: not said)."""
    written = _known_by(chatroom, seen_id)
    return set_status_of(actor=actor, room_ids=[chatroom.pk], status=RoomStatus.CLOSED, written=written)


def reopen_chatroom(*, actor: Membership, chatroom: Chatroom) -> Outcome:
    return set_status_of(actor=actor, room_ids=[chatroom.pk], status=RoomStatus.OPEN)


def archive_chatroom(*, actor: Membership, chatroom: Chatroom, seen_id: int | None = None) -> Outcome:
    """Archive a chat, unless its customer has written since `seen_id`."""
    written = _known_by(chatroom, seen_id)
    return set_status_of(actor=actor, room_ids=[chatroom.pk], status=RoomStatus.ARCHIVED, written=written)


def _known_by(chatroom: Chatroom, seen_id: int | None) -> Mapping[int, int]:
    """Return how many messages of its customer one knows who has seen up to `seen_id`.

    What is stored after the chat was read counts as not known."""
    if seen_id is None:
        return _NOTHING
    missed = noticed_in(chatroom).filter(direction=Direction.INBOUND, pk__gt=seen_id).count()
    return {chatroom.pk: chatroom.inbound_count - missed}


def mark_all(*, member: Membership, room_ids: Sequence[int], is_read: bool) -> Outcome:
    """Mark chats as read by a member, or the newest message of each as not. Raises TooManyRooms.

    The customers are not told: nobody has looked."""
    ids = few(room_ids)
    marker = ReadMarker.objects.filter(chatroom=OuterRef("pk"), member=member, workspace_id=member.workspace_id)
    rooms = Chatroom.objects.filter(workspace_id=member.workspace_id, pk__in=ids)
    counts = rooms.annotate(seen=Coalesce(Subquery(marker.values("seen_count")), 0)).values_list(
        "pk", "seen", "inbound_count"
    )
    found = {pk: (seen, count) for pk, seen, count in counts}
    wanted = [
        Changed(pk, seen, count if is_read else count - 1)
        for pk, (seen, count) in found.items()
        if count and (seen < count if is_read else seen >= count)
    ]
    moved = _move_markers(member, wanted)
    same = found.keys() - {each.pk for each in moved}
    return Outcome(tuple(moved), (*(Left(pk, Why.SAME) for pk in sorted(same)), *missing(ids, found)))


def label_all(*, actor: Membership, room_ids: Sequence[int], label: Label) -> Outcome:
    """Put a label on the customers of chats. Raises TooManyRooms."""
    customers = _customers_of(actor, few(room_ids))
    changes = set_customer_labels(actor=actor, customers=customers, add=[label])
    changed = tuple(Changed(customer_id, None, label_id) for customer_id, label_id in changes.added)
    return Outcome(changed, _unchanged(customers, changed))


def unlabel_all(*, actor: Membership, room_ids: Sequence[int], label: Label) -> Outcome:
    """Take a label off the customers of chats. Raises TooManyRooms."""
    customers = _customers_of(actor, few(room_ids))
    changes = set_customer_labels(actor=actor, customers=customers, remove=[label])
    changed = tuple(Changed(customer_id, label_id, None) for customer_id, label_id in changes.removed)
    return Outcome(changed, _unchanged(customers, changed))


def take_back(*, actor: Membership, what: What, changes: Sequence[Changed]) -> Outcome:
    """Restore the values before these changes, where the ones after them still stand."""
    if what is What.OWNERS:
        return restore_owners(actor=actor, changes=changes)
    if what is What.STATUS:
        before = {each.pk: RoomStatus(str(each.before)) for each in changes}
        return _put_status(actor, before, {each.pk: RoomStatus(str(each.after)) for each in changes})
    if what is What.SEEN:
        restored = _move_markers(actor, [Changed(each.pk, each.after, each.before) for each in changes])
    else:
        restored = _restore_labels(actor, changes)
    there = {each.pk for each in restored}
    return Outcome(tuple(restored), tuple(Left(each.pk, Why.CHANGED) for each in changes if each.pk not in there))


def _put_status(
    actor: Membership,
    wanted: Mapping[int, RoomStatus],
    expected: Mapping[int, RoomStatus] | None = None,
    written: Mapping[int, int] = _NOTHING,
) -> Outcome:
    """Give chats a status, those only that have the `expected` one if there are any, with a line in each."""
    rooms = Chatroom.objects.filter(workspace_id=actor.workspace_id, pk__in=list(wanted)).order_by("pk")
    rooms = rooms.select_related("customer")
    changed: dict[Chatroom, Changed] = {}
    left: list[Left] = []
    found = list(rooms.select_for_update(of=("self",), no_key=True))
    for room in found:
        before, after = room.status, wanted[room.pk]
        if expected is not None and before != expected[room.pk]:
            left.append(Left(room.pk, Why.CHANGED))
            continue
        if before == after:
            left.append(Left(room.pk, Why.SAME))
            continue
        if after != RoomStatus.OPEN and room.inbound_count > written.get(room.pk, room.inbound_count):
            customer = str(room.customer)
            left.append(Left(room.pk, Why.WROTE, customer=customer, inbound_count=room.inbound_count))
            continue
        room.status = after
        if after == RoomStatus.OPEN and room.assignee_id is None and expected is None:
            room.unclaimed_since = clock.now()
        changed[room] = Changed(room.pk, before, after.value)
    rows.update(changed.keys(), ["status", "unclaimed_since"])
    for status, event in _STATUS_EVENTS.items():
        subjects: list[tuple[Chatroom, dict[str, Any]]] = [(room, {}) for room in changed if room.status == status]
        if subjects:
            audit.record_all(workspace_id=actor.workspace_id, actor=actor, verb=f"chat.{event}", subjects=subjects)
    if changed:
        wake_assignment(actor.workspace_id)
    lines = [(room, _STATUS_EVENTS[RoomStatus(room.status)], {"actor": str(actor)}) for room in changed]
    post_system_messages(workspace_id=actor.workspace_id, lines=lines)
    return Outcome(tuple(changed.values()), (*left, *missing(list(wanted), [room.pk for room in found])))


def _customers_of(actor: Membership, room_ids: Sequence[int]) -> list[Customer]:
    return list(Customer.objects.filter(workspace_id=actor.workspace_id, chatrooms__in=room_ids).distinct())


def _unchanged(customers: Sequence[Customer], changed: Sequence[Changed]) -> tuple[Left, ...]:
    people = {customer.head_id for customer in customers} - {each.pk for each in changed}
    return tuple(Left(pk, Why.SAME) for pk in sorted(people))


def _restore_labels(actor: Membership, changes: Sequence[Changed]) -> list[Changed]:
    """Take labels off again that were put on, and put those on that were taken off, as far as they still exist."""
    ids = {value for each in changes for value in (each.before, each.after) if isinstance(value, int)}
    labels = Label.objects.filter(workspace_id=actor.workspace_id, pk__in=ids, deleted_at__isnull=True)
    by_id = {label.pk: label for label in labels}
    customers = Customer.objects.filter(workspace_id=actor.workspace_id, pk__in=[each.pk for each in changes])
    restored = set_customer_labels(
        actor=actor,
        customers=list(customers),
        add=_among(by_id, {each.before for each in changes}),
        remove=_among(by_id, {each.after for each in changes}),
    )
    return [
        *(Changed(customer_id, label_id, None) for customer_id, label_id in restored.removed),
        *(Changed(customer_id, None, label_id) for customer_id, label_id in restored.added),
    ]


def _among(labels: Mapping[int, Label], ids: set[Any]) -> list[Label]:
    return [label for pk, label in labels.items() if pk in ids]


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
RETURNING chatroom_id, seen_count
"""


def _move_markers(member: Membership, wanted: Sequence[Changed]) -> list[Changed]:
    """Set what a member has seen where it is still as before; return what moved."""
    markers = [{"room": each.pk, "seen": each.after, "expected": each.before} for each in wanted]
    with database.cursor() as cursor:
        cursor.execute(
            _MOVE_MARKERS,
            {"member": member.pk, "workspace": member.workspace_id, "markers": as_json(markers)},
        )
        moved: dict[int, int] = dict(cursor.fetchall())
    tell_own_pages(member, moved, is_marked=True)
    return [each for each in wanted if each.pk in moved]
