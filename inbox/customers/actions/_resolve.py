"""Find or create the customers behind vendor identities, for a whole batch of events at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from channels_adapters.types import Identity, Person
from inbox.connections.models import Connection

from ..models import Customer, CustomerIdentity
from ..naming import StoredName, deciding, label_of
from ._known import Holder, Known, lock_customers
from ._names import NAME_LENGTH, name_groups
from ._profiles import ask_for_profiles

Asked = tuple[Connection, Person]


def resolve_people(*, workspace_id: int, people: Iterable[Asked]) -> dict[tuple[int, Person], int]:
    """Return the customer id of each person by (connection id, person); who could be anybody is left out.

    Creates customers and adds what is newly learned of them, in a fixed number of statements. Call it inside the
    workspace's scope and a transaction, before rooms are locked: where anything is new, writers queue behind a lock,
    so two workers that meet the same new number create one customer.
    """
    asked = list({(connection.pk, person): (connection, person) for connection, person in people}.values())
    known = _load(workspace_id, asked)
    if any(_has_news(known, connection, person) for connection, person in asked):
        lock_customers(workspace_id)
        known = _load(workspace_id, asked)
        _create_customers(workspace_id, asked, known)
        _add_news(workspace_id, asked, known)
    found = [(c, person, holder) for c, person in asked if (holder := known.holder_of(c, person))]
    ask_for_profiles(workspace_id, found)
    return {(connection.pk, person): holder.customer_id for connection, person, holder in found}


def _load(workspace_id: int, asked: Sequence[Asked]) -> Known:
    return Known(workspace_id, [(connection, person.identities) for connection, person in asked])


def _has_news(known: Known, connection: Connection, person: Person) -> bool:
    holder = known.holder_of(connection, person)
    if holder is None:
        return bool(deciding(person))
    return bool(person.name and not holder.profile_name) or any(
        known.lacks(holder.customer_id, connection, identity)
        or _is_respelled(known.holder(connection, identity), holder, identity)
        for identity in person.identities
    )


def _is_respelled(found: Holder | None, holder: Holder, identity: Identity) -> bool:
    """Say whether the vendor spells an identity of this customer otherwise than before."""
    return found is not None and found.customer_id == holder.customer_id and found.value != identity.value


def _create_customers(workspace_id: int, asked: Sequence[Asked], known: Known) -> None:
    """Create who is not known yet. People of one batch may share identities, also through a third one."""
    seen: dict[StoredName, Customer] = {}
    for connection, person in asked:
        if known.holder_of(connection, person):
            continue
        names = [name for identity in deciding(person) for name in known.names(connection, identity)]
        met = [seen[name] for name in names if name in seen]
        customer = met[0] if met else _new_customer(workspace_id, connection, person)
        if not customer.name:
            customer.name = customer.profile_name = person.name[:NAME_LENGTH]
        if any(other is not customer for other in met):
            names += [name for name, other in seen.items() if other in met]
        seen.update(dict.fromkeys(names, customer))
    Customer.objects.bulk_create({id(customer): customer for customer in seen.values()}.values())
    for name, customer in seen.items():
        known.put(name, Holder(customer.pk, customer.profile_name))


def _new_customer(workspace_id: int, connection: Connection, person: Person) -> Customer:
    label = label_of((connection.channel, identity) for identity in person.identities)
    return Customer(workspace_id=workspace_id, label=label)


def _add_news(workspace_id: int, asked: Sequence[Asked], known: Known) -> None:
    """Store identities that are new or spelled anew, and the first name that a vendor tells."""
    fresh: dict[tuple[StoredName, int], CustomerIdentity] = {}
    respelled: dict[int, CustomerIdentity] = {}
    named: dict[int, Customer] = {}
    learned: set[int] = set()
    for connection, person in asked:
        holder = known.holder_of(connection, person)
        if holder is None:
            continue
        for identity in person.identities:
            found = known.holder(connection, identity)
            if known.lacks(holder.customer_id, connection, identity):
                row = known.new_row(workspace_id, holder.customer_id, connection, identity)
                fresh.setdefault((known.names(connection, identity)[0], holder.customer_id), row)
                if holder.identity_id:  # who was just created has a label already
                    learned.add(holder.customer_id)
            elif found and found.identity_id and _is_respelled(found, holder, identity):
                respelled[found.identity_id] = CustomerIdentity(pk=found.identity_id, value=identity.value)
                learned.add(holder.customer_id)
        if person.name and not holder.profile_name:
            profile_name = person.name[:NAME_LENGTH]
            named.setdefault(holder.customer_id, Customer(pk=holder.customer_id, profile_name=profile_name))
    CustomerIdentity.objects.bulk_create(fresh.values())
    CustomerIdentity.objects.bulk_update(respelled.values(), ["value"])
    Customer.objects.bulk_update(named.values(), ["profile_name"])
    name_groups(workspace_id, learned | named.keys())
