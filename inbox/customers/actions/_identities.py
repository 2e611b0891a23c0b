"""A customer got a new number or user id: the customer stays, the new name is added and the old one becomes an alias."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from channels_adapters.types import Identity, IdentityChanged
from inbox.connections.models import Connection
from inbox.lib import clock

from ..models import Customer, CustomerIdentity
from ..naming import DECIDING, scopes_of, words_for
from ._known import Known, lock_customers
from ._merge import join_groups
from ._names import announce_customers, name_groups


@dataclass(frozen=True)
class ChangedIdentity:
    """What became of one notice. `old` and `new` are for people: "+85290000001"; empty if only the security code
    changed, and `old` where the notice does not say it. `customer_id` is None for somebody we do not know."""

    connection: Connection
    event: IdentityChanged
    customer_id: int | None
    old: str = ""
    new: str = ""


def change_identities(
    *, workspace_id: int, changes: Iterable[tuple[Connection, IdentityChanged]]
) -> list[ChangedIdentity]:
    """Follow customers to their new numbers and ids; a notice that comes twice changes nothing the second time.

    If somebody else has the new identity, both are one person: they are merged, which an agent may take back. Call it
    inside the workspace's scope and a transaction, before rooms are locked.
    """
    changes = list(changes)
    if changes:
        lock_customers(workspace_id)
    return [_change(workspace_id, connection, event) for connection, event in changes]


def _change(workspace_id: int, connection: Connection, event: IdentityChanged) -> ChangedIdentity:
    known = Known(workspace_id, [(connection, (*event.person.identities, *event.new_identities))])
    holder = known.holder_of(connection, event.person)
    if holder is None:
        return ChangedIdentity(connection, event, None)
    new = [identity for identity in event.new_identities if identity.kind in DECIDING]
    for identity in new:
        _retire_others(workspace_id, holder.customer_id, connection, identity, known)
        _take(workspace_id, holder.customer_id, connection, identity, known)
    announce_customers(workspace_id, name_groups(workspace_id, {holder.customer_id} if new else ()))
    if not new:
        return ChangedIdentity(connection, event, holder.customer_id)
    old = [identity for identity in event.person.identities if identity.kind == new[0].kind]
    return ChangedIdentity(
        connection, event, holder.customer_id, old=words_for(old[0]) if old else "", new=words_for(new[0])
    )


def _retire_others(
    workspace_id: int, customer_id: int, connection: Connection, identity: Identity, known: Known
) -> None:
    """Make what the new identity replaces an alias."""
    replaced = CustomerIdentity.objects.filter(
        workspace_id=workspace_id,
        customer_id=customer_id,
        channel=connection.channel,
        kind=identity.kind.value,
        scope__in=scopes_of(connection, identity.kind),
        retired_at__isnull=True,
    )
    replaced.exclude(key=known.names(connection, identity)[0].key).update(retired_at=clock.now())


def _take(workspace_id: int, customer_id: int, connection: Connection, identity: Identity, known: Known) -> None:
    """Give the customer an identity, or join them with who has it."""
    owner = known.holder(connection, identity)
    if owner is not None and owner.customer_id != customer_id and owner.retired_at is None:
        heads = dict(
            Customer.objects.filter(workspace_id=workspace_id, pk__in=(customer_id, owner.customer_id)).values_list(
                "pk", "merged_into_id"
            )
        )
        keep_id, merge_id = heads[customer_id] or customer_id, heads[owner.customer_id] or owner.customer_id
        if keep_id != merge_id:
            join_groups(workspace_id=workspace_id, keep_id=keep_id, merge_id=merge_id, actor=None)
        return
    row = known.new_row(workspace_id, customer_id, connection, identity)
    CustomerIdentity.objects.update_or_create(
        customer_id=customer_id,
        channel=row.channel,
        scope=row.scope,
        kind=row.kind,
        key=row.key,
        defaults={"workspace_id": workspace_id, "value": row.value, "retired_at": None},
    )
