"""Reading labels. Call these inside the workspace's scope.

What a person has is the union over the customers merged into one; a label that was deleted is had by nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce, JSONObject

from inbox.customers.models import Customer
from inbox.customers.selectors import one_person, people_seen
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from .models import CustomerLabel, Label

# Every label is offered in each picker, and sent with each change of one.
MOST_LABELS = 200

_OF_CUSTOMERS = """
WITH asked AS MATERIALIZED (
    SELECT id, coalesce(merged_into_id, id) AS head_id
    FROM customers_customer WHERE workspace_id = %(workspace)s AND id = ANY(%(customers)s)
), person AS (
    SELECT id AS asked_id, head_id AS customer_id FROM asked
    UNION ALL
    SELECT asked.id, member.id FROM asked JOIN customers_customer AS member
        ON member.workspace_id = %(workspace)s AND member.merged_into_id = asked.head_id
)
SELECT DISTINCT person.asked_id, label.position, label.id, label.name, label.colour
FROM person
JOIN labels_customerlabel AS held ON held.workspace_id = %(workspace)s AND held.customer_id = person.customer_id
JOIN labels_label AS label ON label.workspace_id = %(workspace)s AND label.id = held.label_id
WHERE label.deleted_at IS NULL
ORDER BY label.position, label.id
"""


@dataclass(frozen=True)
class LabelDot:
    """A label as rows and headers show it (`labels/_dots.html`, `labels/_header.html`)."""

    label_id: int
    name: str
    colour: str


def labels_of(workspace_id: int) -> list[Label]:
    """Return the workspace's labels in their order."""
    return list(_standing(workspace_id))


def label_of(workspace_id: int, label_id: int) -> Label | None:
    return _standing(workspace_id).filter(pk=label_id).first()


def labels_by_customer(workspace_id: int, customer_ids: Collection[int]) -> dict[int, list[Label]]:
    """Return each given customer's labels in their order, those of merged customers united: one query."""
    found: dict[int, list[Label]] = {customer_id: [] for customer_id in customer_ids}
    if not found:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_OF_CUSTOMERS, {"workspace": workspace_id, "customers": list(found)})
        for customer_id, position, pk, name, colour in cursor.fetchall():
            found[customer_id].append(
                Label(workspace_id=workspace_id, pk=pk, name=name, colour=colour, position=position)
            )
    return found


def customers_with_any(workspace_id: int, label_ids: Collection[int]) -> QuerySet[Any, int]:
    """Return the ids of all customers of every person who has at least one of these labels, for `customer__in`."""
    held = CustomerLabel.objects.filter(
        workspace_id=workspace_id, label__in=label_ids, label__deleted_at__isnull=True
    ).values_list("customer_id", flat=True)
    # Few customers are merged: only these are looked at for others of their person.
    merged = Customer.objects.filter(workspace_id=workspace_id, merged_into__isnull=False)
    heads = merged.filter(pk__in=held).values_list("merged_into_id", flat=True)
    return held.union(
        heads,
        merged.filter(merged_into__in=held).values_list("pk", flat=True),
        merged.filter(merged_into__in=heads).values_list("pk", flat=True),
    )


def label_dots(customer: str = "customer") -> ArraySubquery:
    """Return an annotation for rows that lead to a customer: their labels, without a query of its own.

    `dots_in` makes dots of it.
    """
    same = one_person(OuterRef(OuterRef(f"{customer}_id")), OuterRef(OuterRef(f"{customer}__merged_into_id")))
    person = Customer.objects.filter(same, workspace_id=OuterRef(OuterRef("workspace_id")))
    held = CustomerLabel.objects.filter(
        workspace_id=OuterRef("workspace_id"), customer__in=person.values("pk"), label__deleted_at__isnull=True
    )
    dot = JSONObject(id=F("label_id"), name=F("label__name"), colour=F("label__colour"))
    return ArraySubquery(held.order_by("label__position", "label_id").values(dot=dot))


def dots_in(annotated: Iterable[Mapping[str, Any]]) -> tuple[LabelDot, ...]:
    """Return what `label_dots` found as dots, each label once."""
    return tuple(dict.fromkeys(LabelDot(each["id"], each["name"], each["colour"]) for each in annotated))


def dots_of(labels: Sequence[Label]) -> tuple[LabelDot, ...]:
    return tuple(LabelDot(label.pk, label.name, label.colour) for label in labels)


def people_by_label(member: Membership) -> dict[int, int]:
    """Return how many people have each label that anybody has, of those whom the member may know of."""
    held = CustomerLabel.objects.filter(workspace_id=member.workspace_id, label__deleted_at__isnull=True)
    held = held.annotate(head=Coalesce("customer__merged_into_id", "customer_id"))
    if not reach_of(member).is_all:
        held = held.filter(head__in=people_seen(member))
    counted = held.values("label_id").annotate(people=Count("head", distinct=True)).order_by()
    return dict(counted.values_list("label_id", "people"))


def people_with(label: Label) -> int:
    """Return how many people have a label."""
    held = CustomerLabel.objects.filter(workspace_id=label.workspace_id, label=label)
    people: int = held.aggregate(people=Count(Coalesce("customer__merged_into_id", "customer_id"), distinct=True))[
        "people"
    ]
    return people


def _standing(workspace_id: int) -> QuerySet[Label]:
    standing = Label.objects.filter(workspace_id=workspace_id, deleted_at__isnull=True)
    return standing.order_by("position", "pk")
