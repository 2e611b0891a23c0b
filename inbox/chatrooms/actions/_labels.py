"""What became of customers' labels, told in their chats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from inbox.customers.models import Customer
from inbox.workspaces.tenancy import scope

from ..models import Chatroom
from ._assign import post_system_messages

CUSTOMERS_AT_ONCE = 100


def announce_labels(*, workspace_id: int, actor: str, lines: Sequence[tuple[int, str, str]]) -> None:
    """Post (customer id, event, label) in all chats of these people, whose rows and headers are then shown anew.

    One transaction for each hundred people: the workspace's other changes do not wait for a thousand.
    """
    by_customer: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for customer_id, event, label in lines:
        by_customer[customer_id].append((event, label))
    ids = list(by_customer)
    for start in range(0, len(ids), CUSTOMERS_AT_ONCE):
        with scope(workspace_id):
            rooms = _rooms_of(workspace_id, ids[start : start + CUSTOMERS_AT_ONCE])
            told = [
                (room, event, {"actor": actor, "label": label})
                for room in rooms
                for event, label in by_customer[room.customer.head_id]
            ]
            post_system_messages(workspace_id=workspace_id, lines=told)


def _rooms_of(workspace_id: int, heads: Sequence[int]) -> list[Chatroom]:
    merged = Customer.objects.filter(workspace_id=workspace_id, merged_into__in=heads).values_list("pk", flat=True)
    rooms = Chatroom.objects.filter(workspace_id=workspace_id, customer__in=[*heads, *merged])
    return [
        room
        for room in rooms.select_related("customer")
        .only("workspace_id", "connection_id", "customer__merged_into")
        .order_by("pk")
        if room.customer.head_id in heads
    ]
