"""Putting labels on customers and taking them off, for one or a thousand at once in the same few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces.models import AuditEntry, Membership

from ..models import Label

_MEMBERS = "WITH member AS (SELECT * FROM unnest(%(members)s::bigint[], %(heads)s::bigint[]) AS m (id, head_id))"
_ADD = f"""
{_MEMBERS}
INSERT INTO labels_customerlabel (workspace_id, customer_id, label_id, by_id, created_at)
SELECT DISTINCT %(workspace)s, member.head_id, label.id, %(by)s, %(now)s
FROM member CROSS JOIN labels_label AS label
WHERE label.workspace_id = %(workspace)s AND label.id = ANY(%(labels)s) AND label.deleted_at IS NULL
AND NOT EXISTS (
    SELECT FROM labels_customerlabel AS held JOIN member AS other ON other.id = held.customer_id
    WHERE held.workspace_id = %(workspace)s AND held.label_id = label.id AND other.head_id = member.head_id
)
ON CONFLICT DO NOTHING RETURNING customer_id, label_id
"""  # noqa: S608
_REMOVE = f"""
{_MEMBERS}
DELETE FROM labels_customerlabel AS held USING member
WHERE held.workspace_id = %(workspace)s AND held.customer_id = member.id AND held.label_id = ANY(%(labels)s)
RETURNING member.head_id, held.label_id
"""  # noqa: S608


@dataclass(frozen=True)
class LabelChanges:
    """What really changed, as (customer id, label id) with the head of each person: enough to take it back."""

    added: tuple[tuple[int, int], ...] = ()
    removed: tuple[tuple[int, int], ...] = ()


def set_customer_labels(
    *, actor: Membership, customers: Sequence[Customer], add: Sequence[Label] = (), remove: Sequence[Label] = ()
) -> LabelChanges:
    """Put labels on people and take labels off them; who has one already, or none, is left as they are.

    Call it inside the workspace's scope. The chats of those who changed say so in one line for each change.
    """
    workspace_id = actor.workspace_id
    members = _members(workspace_id, customers)
    if not members:
        return LabelChanges()
    values = {
        "workspace": workspace_id,
        "by": actor.pk,
        "now": clock.now(),
        "members": list(members),
        "heads": list(members.values()),
    }
    changes = LabelChanges(added=_run(_ADD, values, add), removed=_run(_REMOVE, values, remove))
    names = {label.pk: label.name for label in (*add, *remove)}
    lines = [
        *((customer, "labelled", names[label]) for customer, label in changes.added),
        *((customer, "unlabelled", names[label]) for customer, label in changes.removed),
    ]
    if lines:
        AuditEntry.objects.bulk_create(
            AuditEntry(
                workspace_id=workspace_id,
                actor=actor,
                verb=f"customer.{event}",
                subject=f"{Customer._meta.label_lower}:{customer}",
                facts={"label": name},
            )
            for customer, event, name in lines
        )
        enqueue_on_commit(
            "inbox.chatrooms.tasks.announce_labels", workspace_id=workspace_id, actor=str(actor), lines=lines
        )
    return changes


def _members(workspace_id: int, customers: Sequence[Customer]) -> dict[int, int]:
    """Return everybody who is one person with one of these, with the head of each."""
    given = Customer.objects.filter(workspace_id=workspace_id, pk__in=[customer.pk for customer in customers])
    heads = list(given.annotate(head=Coalesce(F("merged_into_id"), F("pk"))).values_list("head", flat=True))
    people = Customer.objects.filter(Q(pk__in=heads) | Q(merged_into__in=heads), workspace_id=workspace_id)
    return dict(people.annotate(head=Coalesce(F("merged_into_id"), F("pk"))).values_list("pk", "head").order_by("pk"))


def _run(statement: str, values: dict[str, Any], labels: Sequence[Label]) -> tuple[tuple[int, int], ...]:
    if not labels:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"labels": [label.pk for label in labels]})
        return tuple(dict.fromkeys(cursor.fetchall()))
