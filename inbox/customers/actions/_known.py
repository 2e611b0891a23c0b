"""Which customers are known by which identities, and the lock of those who add to that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database

from channels_adapters.types import Identity, Person
from inbox.connections.models import Connection
from inbox.lib import clock

from ..models import CustomerIdentity
from ..naming import DECIDING, StoredName, deciding, stored_names

# Messages written under an old number still arrive for a while; after that, somebody else may have been given it.
ALIAS_LIFETIME = timedelta(days=30)

_HOLDER_FIELDS = (
    "customer_id",
    "customer__profile_name",
    "customer__profile_checked_at",
    "pk",
    "value",
    "retired_at",
)


@dataclass
class Holder:
    """The customer who has an identity, and what we know of them. `identity_id` is None until the row is stored."""

    customer_id: int
    profile_name: str = ""
    profile_checked_at: datetime | None = None
    identity_id: int | None = None
    value: str = ""
    retired_at: datetime | None = None


class Known:
    """The identities that some people may have, and who has them; loaded with one statement."""

    def __init__(self, workspace_id: int, asked: Iterable[tuple[Connection, Iterable[Identity]]]) -> None:
        self._names: dict[tuple[int, Identity], tuple[StoredName, ...]] = {}
        self._holders: dict[StoredName, Holder] = {}
        self._stored: set[tuple[StoredName, int]] = set()
        names = {
            name for connection, identities in asked for each in identities for name in self.names(connection, each)
        }
        rows = CustomerIdentity.objects.filter(
            workspace_id=workspace_id,
            channel__in=sorted({name.channel for name in names}),
            key__in=sorted({name.key for name in names}),
        )
        expired = clock.now() - ALIAS_LIFETIME
        # Plain values, because every message that arrives costs some rows here.
        for customer_id, profile_name, checked_at, pk, value, retired_at, *name_parts in rows.order_by(
            "-retired_at", "pk"
        ).values_list(*_HOLDER_FIELDS, *StoredName._fields):
            name = StoredName(*name_parts)
            self._stored.add((name, customer_id))
            if retired_at is None or (retired_at > expired and name not in self._holders):
                self._holders[name] = Holder(customer_id, profile_name, checked_at, pk, value, retired_at)

    def names(self, connection: Connection, identity: Identity) -> tuple[StoredName, ...]:
        known = self._names.get((connection.pk, identity))
        if known is None:
            known = self._names[connection.pk, identity] = stored_names(connection, identity)
        return known

    def holder(self, connection: Connection, identity: Identity) -> Holder | None:
        return next((self._holders[n] for n in self.names(connection, identity) if n in self._holders), None)

    def holder_of(self, connection: Connection, person: Person) -> Holder | None:
        """Return who a person is: by what they are called now before what they were called."""
        holders = [holder for identity in deciding(person) if (holder := self.holder(connection, identity))]
        return next((holder for holder in holders if holder.retired_at is None), holders[0] if holders else None)

    def lacks(self, customer_id: int, connection: Connection, identity: Identity) -> bool:
        """Say whether the identity should be added to the customer."""
        if (self.names(connection, identity)[0], customer_id) in self._stored:
            return False
        holder = self.holder(connection, identity) if identity.kind in DECIDING else None
        return holder is None or holder.customer_id == customer_id

    def put(self, name: StoredName, holder: Holder) -> None:
        """Remember what the caller is about to store."""
        self._holders[name] = holder

    def new_row(
        self, workspace_id: int, customer_id: int, connection: Connection, identity: Identity
    ) -> CustomerIdentity:
        name = self.names(connection, identity)[0]
        return CustomerIdentity(
            workspace_id=workspace_id, customer_id=customer_id, value=identity.value, **name._asdict()
        )


def lock_customers(workspace_id: int) -> None:
    """Queue behind everybody who creates, joins or renames customers of this workspace, until the commit."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('customers', %s))", [workspace_id])
