"""Find or create the customers behind vendor identities, for a whole batch of events at once."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from channels_adapters.types import Identity, IdentityKind, Person

from .models import Customer, CustomerIdentity

# A username passes from one person to another, so it never decides who somebody is.
_DECIDING = frozenset({IdentityKind.PHONE, IdentityKind.BSUID, IdentityKind.PARENT_BSUID})


def resolve_people(*, workspace_id: int, channel: str, people: Iterable[Person]) -> dict[Person, int]:
    """Return each person's customer id, creating customers and adding newly learned identities.

    Call it inside the workspace's scope and a transaction. Writers of one workspace and channel queue behind an
    advisory lock, so two workers that meet the same new number create one customer.
    """
    people = list(dict.fromkeys(people))
    known, unnamed = _known_identities(workspace_id, channel, people)
    if any(_missing(person, known) for person in people):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"customers:{channel}", workspace_id]
            )
        known, unnamed = _known_identities(workspace_id, channel, people)
        _create_missing(workspace_id, channel, people, known)
    customers = {person: customer for person in people if (customer := _customer_of(person, known))}
    # A customer may have come without a name, as by an echo: take the first one the vendor tells.
    names = {customers[p]: p.name[:200] for p in reversed(people) if p.name and customers.get(p) in unnamed}
    for customer_id, name in sorted(names.items()):
        Customer.objects.filter(workspace_id=workspace_id, pk=customer_id, name="").update(name=name)
    return customers


def _known_identities(
    workspace_id: int, channel: str, people: list[Person]
) -> tuple[dict[Identity, int], frozenset[int]]:
    """Return the customer of each identity that we know, and which of these customers have no name."""
    values = {identity.value for person in people for identity in person.identities}
    rows = CustomerIdentity.objects.filter(workspace_id=workspace_id, channel=channel, value__in=values)
    known: dict[Identity, int] = {}
    unnamed: set[int] = set()
    for kind, value, customer_id, name in rows.values_list("kind", "value", "customer_id", "customer__name"):
        known[Identity(IdentityKind(kind), value)] = customer_id
        if not name:
            unnamed.add(customer_id)
    return known, frozenset(unnamed)


def _missing(person: Person, known: dict[Identity, int]) -> list[Identity]:
    return [identity for identity in person.identities if identity not in known]


def _customer_of(person: Person, known: dict[Identity, int]) -> int | None:
    return next((known[i] for i in person.identities if i.kind in _DECIDING and i in known), None)


def _create_missing(workspace_id: int, channel: str, people: list[Person], known: dict[Identity, int]) -> None:
    """Create what `known` lacks and write it into `known`. People of one batch may share identities."""
    seen: dict[Identity, Customer] = {}
    for person in people:
        deciding = [identity for identity in person.identities if identity.kind in _DECIDING]
        if not deciding or _customer_of(person, known):
            continue
        met = next((seen[identity] for identity in deciding if identity in seen), None)
        seen.update(dict.fromkeys(deciding, met or Customer(workspace_id=workspace_id, name=person.name[:200])))
    Customer.objects.bulk_create({id(customer): customer for customer in seen.values()}.values())
    known.update({identity: customer.pk for identity, customer in seen.items()})
    fresh: dict[Identity, int] = {identity: customer.pk for identity, customer in seen.items()}
    for person in people:
        customer_id = _customer_of(person, known)
        if customer_id:
            for identity in _missing(person, known):
                fresh[identity] = known[identity] = customer_id
    CustomerIdentity.objects.bulk_create(
        [
            CustomerIdentity(
                workspace_id=workspace_id,
                customer_id=customer_id,
                channel=channel,
                kind=identity.kind,
                value=identity.value,
            )
            for identity, customer_id in fresh.items()
        ]
    )
