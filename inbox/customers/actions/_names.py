"""What customers are called: an agent's word before a vendor's, and one name for a whole group.

Whether they are blocked or have opted out is the whole group's in the same way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import F, Q
from django.utils.translation import gettext as _

from inbox.lib.background import enqueue_on_commit
from inbox.workspaces.models import Membership

from ..models import Customer
from ..naming import label_of
from ._events import note
from ._known import lock_customers

NAME_LENGTH = 200


class NameRefused(Exception):
    """The customer cannot be called that; the message says why."""


def rename_customer(*, actor: Membership, customer: Customer, name: str) -> Customer:
    """Call a customer's whole group by a name, or with "" by what the vendors say. Raises NameRefused.

    Call it inside the workspace's scope.
    """
    name = " ".join(name.replace("\x00", "").split())
    if len(name) > NAME_LENGTH:
        raise NameRefused(_("This name is too long: at most %(count)s characters fit.") % {"count": NAME_LENGTH})
    lock_customers(actor.workspace_id)
    head = Customer.objects.get(workspace_id=actor.workspace_id, pk=customer.head_id)
    if name == head.given_name or (not head.given_name and name == head.name):
        return head
    before = str(head)
    head.given_name = name
    head.save(update_fields=["given_name"])
    note(workspace_id=actor.workspace_id, actor=actor, customer=head, event="renamed", before=before, name=name)
    announce_customers(actor.workspace_id, name_groups(actor.workspace_id, {head.pk}))
    head.refresh_from_db(fields=["name", "label"])
    return head


def name_groups(workspace_id: int, customer_ids: Collection[int]) -> list[int]:
    """Bring what these customers' groups share up to date: names, being blocked, having opted out.

    Return the ids of those that changed.

    The caller holds the lock of the customers.
    """
    if not customer_ids:
        return []
    heads = Customer.objects.filter(workspace_id=workspace_id, pk__in=customer_ids)
    head_ids = {merged_into or pk for pk, merged_into in heads.values_list("pk", "merged_into_id")}
    groups: dict[int, list[Customer]] = defaultdict(list)
    rows = Customer.objects.filter(Q(pk__in=head_ids) | Q(merged_into__in=head_ids), workspace_id=workspace_id)
    for customer in rows.prefetch_related("identities").order_by("pk"):
        groups[customer.head_id].append(customer)
    changed = [customer for head_id, group in sorted(groups.items()) for customer in _renamed(head_id, group)]
    Customer.objects.bulk_update(changed, ["name", "label", "is_blocked", "is_opted_out"])
    return [customer.pk for customer in changed]


def announce_customers(
    workspace_id: int, customer_ids: Sequence[int], *, event: str = "", actor: Membership | None = None
) -> None:
    """Let open pages show these customers' chats and panels anew, once the transaction has committed.

    With an event, each of the chats says so in a line. The caller holds the lock of the customers.
    """
    if not customer_ids:
        return
    people = Customer.objects.filter(workspace_id=workspace_id, pk__in=customer_ids)
    people.update(revision=F("revision") + 1)
    line = {"event": event, "actor": str(actor)} if event else {}
    enqueue_on_commit(
        "inbox.chatrooms.tasks.announce_customers", workspace_id=workspace_id, customer_ids=list(customer_ids), **line
    )


def _renamed(head_id: int, group: list[Customer]) -> list[Customer]:
    """Give the members of a group what the group shares; return those that had something else."""
    head = next(customer for customer in group if customer.pk == head_id)
    ordered = [head, *(customer for customer in group if customer is not head)]
    names = [each.given_name for each in ordered] + [each.profile_name for each in ordered]
    name = next((each for each in names if each), "")
    rows = sorted(head.identities.all(), key=lambda row: row.pk)
    current = [row for row in rows if row.retired_at is None]
    label = label_of((row.channel, row.identity) for row in current or rows)
    is_blocked = any(each.blocked_at for each in group)
    is_opted_out = any(each.opted_out_at for each in group)
    shared = (name, label, is_blocked, is_opted_out)
    changed = [each for each in ordered if (each.name, each.label, each.is_blocked, each.is_opted_out) != shared]
    for customer in changed:
        customer.name, customer.label, customer.is_blocked, customer.is_opted_out = shared
    return changed
