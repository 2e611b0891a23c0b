"""Joining customers that are one person, and taking that back. Nothing moves, so nothing has to be moved back."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.workspaces.actions import renew_pages
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from ..models import Customer, CustomerMerge
from ._events import note
from ._known import lock_customers
from ._names import announce_customers, name_groups


class MergeRefused(Exception):
    """The customers cannot be joined or separated; the message says why."""


def merge_customers(*, actor: Membership, keep: Customer, merge: Customer) -> CustomerMerge:
    """Join two customers, and with the second all that was merged into it. Raises MergeRefused.

    Call it inside the workspace's scope.
    """
    lock_customers(actor.workspace_id)
    for customer in (keep, merge):
        customer.refresh_from_db(fields=["merged_into", "name", "label"])
    if keep.head_id == merge.head_id:
        raise MergeRefused(_("These two are one customer already."))
    for customer in (keep, merge):
        if customer.merged_into_id is not None:
            raise MergeRefused(_("%(name)s was merged meanwhile. Look again before you go on.") % {"name": customer})
    opened = reach_of(actor).customers
    if (keep.pk in opened) != (merge.pk in opened):  # the mention would open the other's chats as well
        raise MergeRefused(
            _("A mention shows you the chats of one of these two only. Somebody who sees all chats can merge them.")
        )
    return join_groups(workspace_id=actor.workspace_id, keep_id=keep.pk, merge_id=merge.pk, actor=actor)


def unmerge_customer(*, actor: Membership, merge: CustomerMerge) -> Customer:
    """Take a merge back: who was merged is a customer again, with all who came along. Raises MergeRefused.

    Call it inside the workspace's scope.
    """
    workspace_id = actor.workspace_id
    lock_customers(workspace_id)
    undone = CustomerMerge.objects.filter(workspace_id=workspace_id, pk=merge.pk, undone_at__isnull=True).update(
        undone_at=clock.now()
    )
    if not undone:
        raise MergeRefused(_("These two were separated already."))
    leaver = Customer.objects.get(workspace_id=workspace_id, pk=merge.merged_id)
    head_id = leaver.head_id
    followers = _followers(
        workspace_id, leaver.pk, Customer.objects.filter(workspace_id=workspace_id, merged_into=head_id)
    )
    Customer.objects.filter(workspace_id=workspace_id, pk__in=followers).update(merged_into=leaver)
    leaver.merged_into = None
    leaver.save(update_fields=["merged_into"])
    head = Customer.objects.get(workspace_id=workspace_id, pk=head_id)
    note(workspace_id=workspace_id, actor=actor, customer=leaver, event="unmerged", kept=merge.kept_id, other=str(head))
    name_groups(workspace_id, {head_id, leaver.pk})
    everybody = _everybody(workspace_id, {head_id, leaver.pk})
    # A mention opens the chats of one person only.
    mentioned = Customer.objects.filter(workspace_id=workspace_id, pk__in=everybody, notes__mentions__isnull=False)
    renew_pages(workspace_id=workspace_id, members=set(mentioned.values_list("notes__mentions__member", flat=True)))
    announce_customers(workspace_id, everybody)
    leaver.refresh_from_db(fields=["name", "label"])
    return leaver


def join_groups(*, workspace_id: int, keep_id: int, merge_id: int, actor: Membership | None) -> CustomerMerge:
    """Join the groups of two heads; `actor` None is the system. The caller holds the lock of the customers."""
    merge = CustomerMerge.objects.create(workspace_id=workspace_id, kept_id=keep_id, merged_id=merge_id, by=actor)
    joining = Customer.objects.filter(workspace_id=workspace_id)
    joining.filter(merged_into=merge_id).update(merged_into=keep_id)
    joining.filter(pk=merge_id).update(merged_into=keep_id)
    note(
        workspace_id=workspace_id,
        actor=actor,
        customer=merge.merged,
        event="merged",
        kept=keep_id,
        other=str(merge.merged),
    )
    name_groups(workspace_id, {keep_id})
    announce_customers(workspace_id, _everybody(workspace_id, {keep_id}))
    return merge


def _everybody(workspace_id: int, head_ids: set[int]) -> list[int]:
    """Return who is in these groups: also where no name changed, what is shown of a person does."""
    people = Customer.objects.filter(Q(pk__in=head_ids) | Q(merged_into__in=head_ids), workspace_id=workspace_id)
    return list(people.order_by("pk").values_list("pk", flat=True))


def _followers(workspace_id: int, leaver_id: int, members: QuerySet[Customer]) -> set[int]:
    """Return who had been merged into the leaver, directly or through others."""
    standing = CustomerMerge.objects.filter(workspace_id=workspace_id, merged__in=members, undone_at__isnull=True)
    merged_into: dict[int, set[int]] = defaultdict(set)
    for kept_id, merged_id in standing.values_list("kept_id", "merged_id"):
        merged_into[kept_id].add(merged_id)
    followers: set[int] = set()
    open_ids = [leaver_id]
    while open_ids:
        found = merged_into[open_ids.pop()]
        followers |= found
        open_ids.extend(found)
    return followers
