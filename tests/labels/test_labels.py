"""Labels of a workspace and who has them: one name once, one person's labels together, one line for each change."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.selectors import rooms_by_id
from inbox.customers.actions import merge_customers, unmerge_customer
from inbox.customers.models import Customer
from inbox.labels import actions
from inbox.labels.actions import LabelRefused, purge_deleted_labels
from inbox.labels.models import Colour, CustomerLabel, Label
from inbox.labels.selectors import MOST_LABELS, customers_with_any, labels_by_customer, labels_of, people_by_label
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.processes import at_once
from tests.world import World, room_with

from .conftest import announce, label, lines_of, names_of, put

pytestmark = pytest.mark.django_db


def standing(world: World) -> list[tuple[str, str]]:
    with scope(world.lotus.pk):
        return [(each.name, each.colour) for each in labels_of(world.lotus.pk)]


@pytest.mark.parametrize("again", ["VIP", "vip", "  Vip ", "ＶＩＰ"])
def test_a_name_is_there_once(world: World, again: str) -> None:
    first = label(world.amy, "VIP")
    assert label(world.ben, again) == first
    with scope(world.lotus.pk), pytest.raises(LabelRefused, match="There is a label called"):
        actions.create_label(actor=world.amy, name=again)
    assert label(world.sam, again) != first, "another workspace has its own"


@pytest.mark.parametrize("name", ["", " \x00 ", "x" * 51])
def test_a_name_that_is_none_is_refused(world: World, name: str) -> None:
    with scope(world.lotus.pk), pytest.raises(LabelRefused):
        actions.create_label(actor=world.amy, name=name)
    with scope(world.lotus.pk), pytest.raises(LabelRefused, match="colours"):
        actions.create_label(actor=world.amy, name="VIP", colour="red; background: url(x)")
    assert standing(world) == []


def test_new_labels_take_the_colour_that_is_used_least(world: World) -> None:
    for number in range(len(Colour.values) + 1):
        label(world.amy, f"Label {number} 🌷")
    assert [colour for _name, colour in standing(world)] == [*Colour.values, Colour.values[0]]


def test_there_are_not_more_than_pages_can_offer(world: World) -> None:
    with scope(world.lotus.pk):
        Label.objects.bulk_create(
            Label(workspace=world.lotus, name=f"{n}", key=f"{n}", position=n) for n in range(MOST_LABELS)
        )
    with pytest.raises(LabelRefused, match="already"):
        label(world.amy, "One more")
    assert label(world.amy, "7").name == "7"


def test_labels_are_put_on_and_taken_off_once_each(
    world: World, room: Chatroom, django_capture_on_commit_callbacks
) -> None:
    vip, new = label(world.amy, "VIP"), label(world.amy, "New")
    with django_capture_on_commit_callbacks(execute=True):
        assert put(world.amy, [room.customer], add=(vip, new)).added == tuple(
            sorted([(room.customer_id, vip.pk), (room.customer_id, new.pk)])
        )
        assert put(world.ben, [room.customer], add=(vip,)).added == ()
        assert put(world.ben, [room.customer], remove=(vip,)).removed == ((room.customer_id, vip.pk),)
        assert put(world.ben, [room.customer], remove=(vip,)).removed == ()
    assert names_of(room.customer) == ["New"]
    assert announce() == 2
    assert sorted(lines_of(room)) == [
        ("labelled", "Amy Agent", "New"),
        ("labelled", "Amy Agent", "VIP"),
        ("unlabelled", "Ben Agent", "VIP"),
    ]
    with scope(world.lotus.pk):
        verbs = AuditEntry.objects.filter(verb__startswith="customer.").values_list("verb", flat=True)
        assert sorted(verbs) == ["customer.labelled", "customer.labelled", "customer.unlabelled"]


def test_a_merged_person_has_one_set_of_labels(
    world: World, room: Chatroom, other_room: Chatroom, django_capture_on_commit_callbacks
) -> None:
    vip, new = label(world.amy, "VIP"), label(world.amy, "New")
    put(world.amy, [room.customer], add=(vip,))
    put(world.amy, [other_room.customer], add=(vip, new))
    with scope(world.lotus.pk):
        third = Customer.objects.create(workspace=world.lotus)
        merge_customers(actor=world.amy, keep=room.customer, merge=third)
        merge = merge_customers(actor=world.amy, keep=room.customer, merge=other_room.customer)
        assert people_by_label(world.amy) == {vip.pk: 1, new.pk: 1}
        everybody = {room.customer_id, other_room.customer_id, third.pk}
        assert set(customers_with_any(world.lotus.pk, [new.pk])) == everybody
        assert set(customers_with_any(world.lotus.pk, [vip.pk])) == everybody
    assert names_of(room.customer) == names_of(other_room.customer) == names_of(third) == ["VIP", "New"]
    with django_capture_on_commit_callbacks(execute=True):
        assert put(world.amy, [other_room.customer], add=(new,)).added == ()
        assert put(world.amy, [other_room.customer], remove=(vip,)).removed == ((room.customer_id, vip.pk),)
    assert names_of(room.customer) == ["New"]
    announce()
    assert lines_of(room) == lines_of(other_room) == [("unlabelled", "Amy Agent", "VIP")]
    with scope(world.lotus.pk):
        unmerge_customer(actor=world.amy, merge=merge)
    assert (names_of(room.customer), names_of(other_room.customer)) == ([], ["New"])


def test_a_thousand_customers_cost_the_statements_of_one(world: World) -> None:
    vip = label(world.amy, "VIP")
    with scope(world.lotus.pk):
        customers = Customer.objects.bulk_create(Customer(workspace=world.lotus) for _ in range(1000))
    costs = []
    for some in (customers[:1], customers):
        with CaptureQueriesContext(connection) as captured:
            put(world.amy, some, add=(vip,))
        costs.append(len(captured))
    assert costs[0] == costs[1]
    with scope(world.lotus.pk):
        assert people_by_label(world.amy) == {vip.pk: 1000}
        with CaptureQueriesContext(connection) as captured:
            found = labels_by_customer(world.lotus.pk, [each.pk for each in customers])
    assert (len(captured), len(found)) == (1, 1000)


def test_rows_find_a_persons_labels_and_notes_by_indexes(world: World, room: Chatroom) -> None:
    with scope(world.lotus.pk), CaptureQueriesContext(connection) as captured:
        rooms_by_id(world.lotus.pk, [room.pk])
    (statement,) = [each["sql"] for each in captured if "labels_customerlabel" in each["sql"]]
    with scope(world.lotus.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # what is read all the same cannot be found by an index
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "customers_customer" in plan
    for table in ("customers_customer", "labels_customerlabel", "notes_customernote"):
        assert f"Seq Scan on {table}" not in plan, plan


def test_a_deleted_label_is_gone_at_once_and_tidied_up_in_batches(
    world: World, room: Chatroom, other_room: Chatroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    vip, new = label(world.amy, "VIP"), label(world.amy, "New")
    put(world.amy, [room.customer, other_room.customer], add=(vip, new))
    with scope(world.lotus.pk):
        assert actions.delete_label(actor=world.olivia, workspace_id=world.lotus.pk, label=vip) == 2
        assert actions.delete_label(actor=world.olivia, workspace_id=world.lotus.pk, label=vip) == 0
        assert set(customers_with_any(world.lotus.pk, [vip.pk])) == set()
    assert names_of(room.customer) == ["New"]
    again = label(world.amy, "VIP")
    assert again != vip
    assert put(world.amy, [room.customer], add=(vip,)).added == ()
    monkeypatch.setattr("inbox.labels.actions._labels.PURGED_AT_ONCE", 1)
    assert purge_deleted_labels() == 2
    assert purge_deleted_labels() == 0
    with scope(world.lotus.pk):
        assert set(Label.objects.values_list("pk", flat=True)) == {new.pk, again.pk}
        assert CustomerLabel.objects.count() == 2


def test_nothing_of_another_workspace_is_touched(world: World, room: Chatroom) -> None:
    bread = room_with(world, "Bread?", connection=world.oven, phone="85290000009")
    ours, theirs = label(world.amy, "VIP"), label(world.sam, "VIP")
    put(world.sam, [bread.customer], add=(theirs,))
    assert put(world.amy, [bread.customer], add=(ours,), remove=(theirs,)) == actions.LabelChanges()
    assert put(world.amy, [room.customer], add=(theirs,)).added == ()
    with scope(world.lotus.pk):
        assert labels_by_customer(world.lotus.pk, [bread.customer_id]) == {bread.customer_id: []}
        assert set(customers_with_any(world.bakery.pk, [theirs.pk])) == set()
    assert names_of(bread.customer) == ["VIP"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_create_and_put_on_one_label_at_once_both_are_right(world: World) -> None:
    room = room_with(world, "Hello")

    def work(member):  # type: ignore[no-untyped-def]
        return put(member, [room.customer], add=(label(member, "VIP"),)).added

    added = at_once(lambda: work(world.amy), lambda: work(world.ben))
    assert sorted(map(len, added)) == [0, 1]
    assert names_of(room.customer) == ["VIP"]
    announce()
    assert len(lines_of(room)) == 1
