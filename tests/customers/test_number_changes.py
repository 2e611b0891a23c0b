"""A new number or user id: the customer stays, the old name becomes an alias, and two who turn out to be one are joined."""

from __future__ import annotations

import threading

import pytest

from channels_adapters.types import UNKNOWN_TIME, Identity, IdentityChanged, IdentityKind, Person
from inbox.connections.models import Connection
from inbox.customers.actions import ChangedIdentity, change_identities, unmerge_customer
from inbox.customers.models import Customer, CustomerIdentity, CustomerMerge, person_of
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.world import World, reload

from .conftest import account, customer_of, everything_about, in_thread, person, resolve

pytestmark = pytest.mark.django_db

OLD, NEW = "85290000001", "85290000002"


def notice(old: Person, **new: str) -> IdentityChanged:
    added = tuple(Identity(IdentityKind(kind), value) for kind, value in new.items())
    return IdentityChanged("1", external_id="wamid.x", person=old, sent_at=UNKNOWN_TIME, new_identities=added)


def change(connection: Connection, *events: IdentityChanged) -> list[ChangedIdentity]:
    with scope(connection.workspace_id):
        return change_identities(
            workspace_id=connection.workspace_id, changes=[(connection, event) for event in events]
        )


def identities(customer: Customer) -> set[tuple[str, bool]]:
    """(value, is current) of each."""
    with scope(customer.workspace_id):
        rows = CustomerIdentity.objects.filter(customer=customer)
        return {(row.value, row.retired_at is None) for row in rows}


def test_a_new_number_keeps_the_customer(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person("Ann", phone=OLD))
    (changed,) = change(world.shop, notice(person(phone=OLD), phone=NEW))
    assert (changed.customer_id, changed.old, changed.new) == (ann.pk, f"+{OLD}", f"+{NEW}")
    assert identities(ann) == {(OLD, False), (NEW, True)}
    assert resolve(world.lotus, (world.shop, person(phone=NEW)), (world.shop, person(phone=OLD))) == [ann.pk, ann.pk]
    with scope(world.lotus.pk):
        assert person_of(ann, world.shop).identities == person(phone=NEW).identities


def test_a_customer_without_a_name_is_called_by_the_new_number(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone=OLD))
    change(world.shop, notice(person(phone=OLD), phone=NEW))
    assert str(reload(ann)) == f"+{NEW}"


def test_a_new_user_id_keeps_the_customer(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone=OLD, bsuid="HK.1"))
    (changed,) = change(world.shop, notice(person(phone=OLD, bsuid="HK.1"), bsuid="HK.2"))
    assert (changed.customer_id, changed.old, changed.new) == (ann.pk, "HK.1", "HK.2")
    assert identities(ann) == {(OLD, True), ("HK.1", False), ("HK.2", True)}


def test_a_new_number_and_user_id_at_once(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone=OLD, bsuid="HK.1"))
    (changed,) = change(world.shop, notice(person(bsuid="HK.1", phone=OLD), phone=NEW, bsuid="HK.2"))
    assert (changed.old, changed.new) == (f"+{OLD}", f"+{NEW}")
    assert identities(ann) == {(OLD, False), (NEW, True), ("HK.1", False), ("HK.2", True)}


def test_user_ids_of_another_business_stay(world: World) -> None:
    other = account(world.lotus, "whatsapp", "n9", business_id="another")
    ann = customer_of(world.lotus, world.shop, person(phone=OLD, bsuid="HK.1"))
    resolve(world.lotus, (other, person(phone=OLD, bsuid="XX.1")))
    change(world.shop, notice(person(bsuid="HK.1"), bsuid="HK.2"))
    assert {("XX.1", True), ("HK.1", False), ("HK.2", True)} < identities(ann)


def test_a_notice_that_comes_twice_changes_nothing_the_second_time(world: World) -> None:
    customer_of(world.lotus, world.shop, person(phone=OLD))
    event = notice(person(phone=OLD), phone=NEW)
    first = change(world.shop, event)
    before = everything_about(world)
    assert change(world.shop, event) == first
    assert change(world.shop, event, event) == [*first, *first]
    assert everything_about(world) == before


def test_a_number_that_comes_back_is_current_again(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone=OLD))
    change(world.shop, notice(person(phone=OLD), phone=NEW), notice(person(phone=NEW), phone=OLD))
    assert identities(ann) == {(OLD, True), (NEW, False)}


def test_another_spelling_of_the_same_number_retires_nothing(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone="551187654321"))
    change(world.shop, notice(person(phone="551187654321"), phone="5511987654321"))
    assert identities(ann) == {("5511987654321", True)}


def test_a_new_security_code_changes_nothing(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone=OLD))
    before = everything_about(world)
    (changed,) = change(world.shop, notice(person(phone=OLD)))
    assert (changed.customer_id, changed.old, changed.new) == (ann.pk, "", "")
    assert everything_about(world) == before


def test_of_somebody_we_do_not_know_nothing_is_stored(world: World) -> None:
    (changed,) = change(world.shop, notice(person(phone=OLD), phone=NEW))
    assert changed.customer_id is None
    with scope(world.lotus.pk):
        assert not Customer.objects.exists()


def test_a_customer_of_another_workspace_is_nobody(world: World) -> None:
    theirs = customer_of(world.bakery, world.oven, person(phone=OLD))
    (changed,) = change(world.shop, notice(person(phone=OLD), phone=NEW))
    assert changed.customer_id is None
    assert identities(theirs) == {(OLD, True)}


# --- the new number is known as somebody else -----------------------------------------------------------------------


def test_who_already_has_the_new_number_is_the_same_person(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person("Ann", phone=OLD))
    newcomer = customer_of(world.lotus, world.shop, person("Annie", phone=NEW))
    event = notice(person(phone=OLD), phone=NEW)
    (changed,) = change(world.shop, event)
    assert changed.customer_id == ann.pk
    newcomer = reload(newcomer)
    assert (newcomer.merged_into_id, str(newcomer)) == (ann.pk, "Ann")
    assert identities(ann) == {(OLD, False)}
    assert identities(newcomer) == {(NEW, True)}
    with scope(world.lotus.pk):
        (merge,) = CustomerMerge.objects.all()
        assert merge.by is None
        assert AuditEntry.objects.filter(verb="customer.merged", actor=None).count() == 1
    change(world.shop, event)
    with scope(world.lotus.pk):
        assert CustomerMerge.objects.count() == 1


def test_the_systems_merge_can_be_taken_back(world: World) -> None:
    customer_of(world.lotus, world.shop, person("Ann", phone=OLD))
    newcomer = customer_of(world.lotus, world.shop, person("Annie", phone=NEW))
    change(world.shop, notice(person(phone=OLD), phone=NEW))
    with scope(world.lotus.pk):
        unmerge_customer(actor=world.amy, merge=CustomerMerge.objects.get())
    newcomer = reload(newcomer)
    assert (newcomer.merged_into_id, str(newcomer)) == (None, "Annie")


def test_the_heads_of_both_groups_are_joined(world: World) -> None:
    numbers = [f"8529000000{n}" for n in range(1, 5)]
    people = [customer_of(world.lotus, world.shop, person(phone=number)) for number in numbers]
    change(
        world.shop,
        notice(person(phone=numbers[0]), phone=numbers[1]),  # 1 <- 2
        notice(person(phone=numbers[2]), phone=numbers[3]),  # 3 <- 4
        notice(person(phone=numbers[1]), phone=numbers[3]),  # 2, of 1 <- 4, of 3
    )
    assert [reload(each).merged_into_id for each in people] == [None, people[0].pk, people[0].pk, people[0].pk]


def test_an_old_number_that_somebody_else_changed_to_is_theirs_now(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person("Ann", phone=OLD))
    change(world.shop, notice(person(phone=OLD), phone=NEW))
    bob = customer_of(world.lotus, world.shop, person("Bob", phone="85290000003"))
    change(world.shop, notice(person(phone="85290000003"), phone=OLD))
    assert identities(ann) == {(OLD, False), (NEW, True)}
    assert identities(bob) == {("85290000003", False), (OLD, True)}
    assert resolve(world.lotus, (world.shop, person(phone=OLD))) == [bob.pk]


@pytest.mark.django_db(transaction=True)
def test_a_notice_and_the_first_message_from_the_new_number_at_once(world: World) -> None:
    """Whichever comes first, the number ends up with one person and nothing fails."""
    ann = customer_of(world.lotus, world.shop, person("Ann", phone=OLD))
    start = threading.Barrier(2)
    found: list[object] = []

    def announce() -> None:
        start.wait(10)
        found.append(change(world.shop, notice(person(phone=OLD), phone=NEW))[0].customer_id)

    def write() -> None:
        start.wait(10)
        found.extend(resolve(world.lotus, (world.shop, person(phone=NEW))))

    workers = [threading.Thread(target=in_thread, args=[work]) for work in (announce, write)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert len(found) == 2
    (writer,) = resolve(world.lotus, (world.shop, person(phone=NEW)))
    assert writer is not None
    with scope(world.lotus.pk):
        assert Customer.objects.get(pk=writer).head_id == ann.pk
        assert CustomerIdentity.objects.filter(key=NEW, retired_at=None).count() == 1
