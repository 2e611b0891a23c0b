"""Reading customers with everything their pages show. Call these inside the workspace's scope.

The chats of a customer belong to the slice above: they are read through the customer, as plain values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from channels_adapters.types import IdentityKind
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from .fields import Field, own_fields
from .models import (
    ContactRules,
    Customer,
    CustomerEvent,
    CustomerField,
    CustomerIdentity,
    CustomerMerge,
    CustomerPicture,
    CustomerValue,
)
from .wishes import START_WORDS, STOP_WORDS

MOST_CHATS = 20
MOST_CANDIDATES = 20
# Fewer digits are in too many phone numbers to mean one.
_FEWEST_DIGITS = 3


@dataclass(frozen=True)
class Group:
    """A person: the head, and the customers that were merged into it; all with their identities."""

    head: Customer
    members: tuple[Customer, ...]

    @property
    def all(self) -> tuple[Customer, ...]:
        return (self.head, *self.members)


@dataclass(frozen=True)
class Chat:
    customer_id: int
    room_id: int
    channel: str
    connection_name: str
    last_message_at: datetime


def group_of(member: Membership, customer_id: int) -> Group | None:
    """Return the group that a customer belongs to, whichever of it they are; None if the member sees no chat of it."""
    customers = Customer.objects.filter(workspace_id=member.workspace_id)
    head_id = customers.filter(pk=customer_id).values(head=Coalesce(F("merged_into_id"), F("pk")))[:1]
    found = customers.filter(Q(pk=head_id) | Q(merged_into=head_id)).prefetch_related("identities").order_by("pk")
    return next(iter(_seen(member, _groups(found))), None)


def one_person(customer_id: object, head_id: object) -> Q:
    """Match everybody who is one person with a customer, given by its own and its head's id (or expressions for them).

    Four comparisons instead of one with COALESCE: row-level security would keep that from using an index.
    """
    return Q(pk=customer_id) | Q(merged_into=customer_id) | Q(pk=head_id) | Q(merged_into=head_id)


def candidates(member: Membership, group: Group, text: str) -> list[Group]:
    """Return who else could be meant by a name, a part of a phone number or a username."""
    if not text:
        return []
    heads = meant_by(member, text).exclude(pk=group.head.pk).exclude(merged_into=group.head)
    return _seen(member, _complete(Customer.objects.filter(workspace_id=member.workspace_id), heads))


def meant_by(member: Membership, text: str) -> QuerySet[Customer]:
    """Return the customers with this in a name, a phone number or a username."""
    customers = Customer.objects.filter(workspace_id=member.workspace_id)
    text = text.replace("\x00", "")  # PostgreSQL has no such character
    if not text:
        return customers.none()
    matches = Q(name__icontains=text) | Q(given_name__icontains=text) | Q(profile_name__icontains=text)
    identities = CustomerIdentity.objects.filter(workspace_id=member.workspace_id)
    named = Q(kind=IdentityKind.USERNAME, value__icontains=text.removeprefix("@"))
    digits = re.sub(r"\D", "", text)
    if len(digits) >= _FEWEST_DIGITS:
        named |= Q(kind=IdentityKind.PHONE, value__contains=digits) | Q(kind=IdentityKind.PHONE, key__contains=digits)
    return customers.filter(matches | Q(pk__in=identities.filter(named).values("customer_id")))


def alike(member: Membership, group: Group) -> list[Group]:
    """Return other customers whom a vendor gives the same id across its accounts: probably the same person."""
    ids = {
        (row.channel, row.key)
        for each in group.all
        for row in each.identities.all()
        if row.kind == IdentityKind.UNIONID
    }
    if not ids:
        return []
    customers = Customer.objects.filter(workspace_id=member.workspace_id)
    sharing = CustomerIdentity.objects.filter(
        workspace_id=member.workspace_id,
        kind=IdentityKind.UNIONID,
        channel__in={channel for channel, _key in ids},
        key__in={key for _channel, key in ids},
    )
    same = customers.filter(pk__in=sharing.values("customer_id"))
    return _seen(member, _complete(customers, same.exclude(pk=group.head.pk).exclude(merged_into=group.head)))


def chats_of(member: Membership, groups: Sequence[Group]) -> list[Chat]:
    """Return the latest chats of these groups on all channels that the member sees, the latest first."""
    ids = [customer.pk for group in groups for customer in group.all]
    rows = (
        Customer.objects.filter(
            reach_of(member).rooms("chatrooms__"), workspace_id=member.workspace_id, pk__in=ids, chatrooms__isnull=False
        )
        .order_by("-chatrooms__last_message_at", "-chatrooms__pk")
        .values_list(
            "pk",
            "chatrooms__pk",
            "chatrooms__connection__channel",
            "chatrooms__connection__name",
            "chatrooms__last_message_at",
        )
    )
    return [Chat(*row) for row in rows[: MOST_CHATS * len(groups)]]


def standing_merges(member: Membership, group: Group) -> list[CustomerMerge]:
    """Return the merges that a group was put together by, the latest first."""
    merges = CustomerMerge.objects.filter(
        workspace_id=member.workspace_id, merged__in=[each.pk for each in group.members], undone_at__isnull=True
    )
    return list(merges.select_related("by__user").order_by("-pk"))


def merge_of(member: Membership, merge_id: int) -> CustomerMerge | None:
    return CustomerMerge.objects.filter(workspace_id=member.workspace_id, pk=merge_id).first()


def picture_of(member: Membership, customer_id: int) -> CustomerPicture | None:
    """Return the picture, its bytes not read yet."""
    pictures = CustomerPicture.objects.filter(workspace_id=member.workspace_id, customer_id=customer_id)
    return pictures.select_related("customer").defer("content").first()


def fields_of(workspace_id: int) -> tuple[Field, ...]:
    """Return what can be known of the workspace's customers, in the order of the panel; hidden fields are left out."""
    rows = CustomerField.objects.filter(workspace_id=workspace_id, is_hidden=False).order_by("position", "pk")
    return (*own_fields(), *(as_field(row) for row in rows))


def as_field(row: CustomerField) -> Field:
    return Field(row.key, row.label, row.type, row.is_required, row.pattern, row.help_text, tuple(row.choices))


def all_fields(workspace_id: int) -> list[CustomerField]:
    """Return the fields that the workspace defined, hidden ones too."""
    return list(CustomerField.objects.filter(workspace_id=workspace_id).order_by("position", "pk"))


def values_of(group: Group) -> dict[str, str]:
    """Return what is known of a person by key: what the head has, else what whoever was merged into it has."""
    return _values(group.head, [customer.pk for customer in group.all])


def values_of_person(customer: Customer) -> dict[str, str]:
    """Return the same for whichever of a group, in one query."""
    person = Customer.objects.filter(one_person(customer.pk, customer.head_id), workspace_id=customer.workspace_id)
    return _values(customer, person.values("pk"))


def _values(customer: Customer, people: Sequence[int] | QuerySet[Customer, Any]) -> dict[str, str]:
    """Return these people's values, the head's before others and the older customer's before the younger's."""
    rows = CustomerValue.objects.filter(workspace_id=customer.workspace_id, customer__in=people)
    found = rows.values_list("customer_id", "key", "value")
    order = sorted(found, key=lambda row: (row[0] != customer.head_id, row[0]), reverse=True)
    return {key: value for _customer, key, value in order}


def events_of(
    workspace_id: int, customer_ids: Sequence[int], *, before: tuple[datetime, int] | None, limit: int
) -> list[CustomerEvent]:
    """Return what happened to these customers before a place in (time, id), the newest first."""
    events = CustomerEvent.objects.filter(workspace_id=workspace_id, customer__in=customer_ids)
    if before is not None:
        events = events.filter(at__lte=before[0]).filter(Q(at__lt=before[0]) | Q(pk__lt=before[1]))
    return list(events.select_related("by__user").order_by("-at", "-pk")[:limit])


def words_of(workspace_id: int) -> tuple[str, str]:
    """Return by which words the workspace's customers opt out and in again, one a line."""
    rules = ContactRules.objects.filter(workspace_id=workspace_id).first()
    if rules is None:
        return "\n".join(STOP_WORDS), "\n".join(START_WORDS)
    return rules.stop_words, rules.start_words


def blocked_among(workspace_id: int, customer_ids: Iterable[int]) -> set[int]:
    """Return which of these customers are blocked."""
    rows = Customer.objects.filter(workspace_id=workspace_id, pk__in=set(customer_ids), is_blocked=True)
    return set(rows.values_list("pk", flat=True))


def blocked_since(customer: Customer) -> datetime | None:
    """Return since when the person is blocked; None: they are not."""
    group = one_person(customer.pk, customer.head_id)
    since: datetime | None = Customer.objects.filter(group, workspace_id=customer.workspace_id).aggregate(
        since=Max("blocked_at")
    )["since"]
    return since


def _seen(member: Membership, groups: list[Group]) -> list[Group]:
    """Leave out whom the member may not know of: people none of whose chats they see. No query for who sees all."""
    reach = reach_of(member)
    if reach.is_all:
        return groups
    ids = [customer.pk for group in groups for customer in group.all]
    theirs = Customer.objects.filter(reach.rooms("chatrooms__"), workspace_id=member.workspace_id, pk__in=ids)
    seen = reach.customers | set(theirs.values_list("pk", flat=True))
    return [group for group in groups if any(customer.pk in seen for customer in group.all)]


def people_seen(member: Membership) -> QuerySet[Any, int]:
    """Return the ids of the heads of all people whom a member who does not see everything may know of, for `in`."""
    reach = reach_of(member)
    customers = Customer.objects.filter(workspace_id=member.workspace_id)
    # Not an "or" across two tables, for which the database would read everybody.
    in_chats, opened = (
        some.values_list(Coalesce(F("merged_into_id"), F("pk")), flat=True)
        for some in (customers.filter(reach.rooms("chatrooms__")), customers.filter(pk__in=reach.customers))
    )
    return in_chats.union(opened)


def _complete(customers: QuerySet[Customer], found: QuerySet[Customer]) -> list[Group]:
    """Return the groups of what was found, with everybody in them."""
    ids = found.annotate(head=Coalesce(F("merged_into_id"), F("pk"))).order_by("-head").values_list("head", flat=True)
    head_ids = list(ids.distinct()[:MOST_CANDIDATES])
    rows = customers.filter(Q(pk__in=head_ids) | Q(merged_into__in=head_ids))
    return sorted(_groups(rows.prefetch_related("identities").order_by("pk")), key=lambda group: str(group.head))


def _groups(customers: Iterable[Customer]) -> list[Group]:
    """Put customers together; every head is among them."""
    heads = {customer.pk: customer for customer in customers if customer.merged_into_id is None}
    members: dict[int, list[Customer]] = {pk: [] for pk in heads}
    for customer in customers:
        if customer.merged_into_id is not None:
            members[customer.merged_into_id].append(customer)
    return [Group(head, tuple(members[pk])) for pk, head in heads.items()]
