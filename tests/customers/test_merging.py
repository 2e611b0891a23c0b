"""Merging customers and taking it back: nothing moves, names follow the head, and undoing is exact."""

from __future__ import annotations

import itertools
import threading

import pytest

from inbox.customers.actions import MergeRefused, NameRefused, rename_customer, resolve_people, unmerge_customer
from inbox.customers.models import Customer, CustomerMerge
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, receive, reload, rooms_of, text_message, webhook

from .conftest import account, customer_of, everything_about, in_thread, merge, person, queued, resolve

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(world: World) -> list[Customer]:
    """Ann, Bob, Cat and Dan."""
    return [
        customer_of(world.lotus, world.shop, person(name, phone=f"8529000000{number}"))
        for number, name in enumerate(("Ann", "Bob", "Cat", "Dan"), 1)
    ]


def unmerge(world: World, done: CustomerMerge) -> Customer:
    with scope(world.lotus.pk):
        return unmerge_customer(actor=world.amy, merge=done)


def rename(world: World, customer: Customer, name: str) -> Customer:
    with scope(world.lotus.pk):
        return rename_customer(actor=world.amy, customer=reload(customer), name=name)


def heads(people: list[Customer]) -> list[int]:
    """The position of each one's head."""
    positions = {customer.pk: position for position, customer in enumerate(people)}
    return [positions[reload(customer).head_id] for customer in people]


def names(people: list[Customer]) -> list[str]:
    return [str(reload(customer)) for customer in people]


def test_two_become_one_and_their_chats_stay(world: World) -> None:
    receive(world.app, webhook(world.shop, messages=[text_message("One", phone="85290000001", name="Ann")]))
    receive(world.app, webhook(world.shop, messages=[text_message("Two", phone="85290000002", name="Bob")]))
    ann, bob = (room.customer for room in rooms_of(world.shop))
    merge(world.amy, ann, bob)
    receive(world.app, webhook(world.shop, messages=[text_message("Three", phone="85290000002", name="Bob")]))
    first, second = rooms_of(world.shop)
    assert [first.customer_id, second.customer_id] == [ann.pk, bob.pk]
    assert [message.text for message in messages_of(second)] == ["Two", "Three"]
    assert names([ann, bob]) == ["Ann", "Ann"]


def test_undoing_leaves_no_trace_at_the_customers(world: World, people: list[Customer]) -> None:
    rename(world, people[1], "Bobby")
    before = everything_about(world)
    done = merge(world.amy, people[0], people[1])
    assert everything_about(world) != before
    unmerge(world, done)
    assert everything_about(world) == before
    with scope(world.lotus.pk):
        verbs = list(AuditEntry.objects.filter(subject__startswith="customers.").values_list("verb", "actor_id"))
    assert verbs == [(f"customer.{verb}", world.amy.pk) for verb in ("renamed", "merged", "unmerged")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_undoing_is_exact_in_any_order(world: World, people: list[Customer], order: tuple[int, ...]) -> None:
    before = everything_about(world)
    done = [
        merge(world.amy, people[2], people[3]),  # Dan into Cat
        merge(world.amy, people[1], people[2]),  # both into Bob
        merge(world.amy, people[0], people[1]),  # all into Ann
    ]
    assert heads(people) == [0, 0, 0, 0]
    assert names(people) == ["Ann"] * 4
    for position in order:
        unmerge(world, done[position])
    assert everything_about(world) == before


def test_who_came_along_leaves_along(world: World, people: list[Customer]) -> None:
    merge(world.amy, people[2], people[3])
    both = merge(world.amy, people[1], people[2])
    everybody = merge(world.amy, people[0], people[1])
    unmerge(world, both)
    assert heads(people) == [0, 0, 2, 2]
    assert names(people) == ["Ann", "Ann", "Cat", "Cat"]
    unmerge(world, everybody)
    assert heads(people) == [0, 1, 2, 2]


def test_who_left_and_was_merged_anew_does_not_follow_the_old_head(world: World, people: list[Customer]) -> None:
    first = merge(world.amy, people[1], people[2])
    second = merge(world.amy, people[0], people[1])
    unmerge(world, first)
    merge(world.amy, people[0], people[2])
    unmerge(world, second)
    assert heads(people)[:3] == [0, 1, 0]


def test_merging_is_refused_in_words(world: World, people: list[Customer]) -> None:
    ann, bob, cat, _dan = people
    with pytest.raises(MergeRefused, match="one customer already"):
        merge(world.amy, ann, ann)
    done = merge(world.amy, ann, bob)
    for keep, other in ((ann, bob), (bob, ann)):
        with pytest.raises(MergeRefused, match="one customer already"):
            merge(world.amy, keep, other)
    for keep, other in ((bob, cat), (cat, bob)):
        with pytest.raises(MergeRefused, match="merged meanwhile"):
            merge(world.amy, keep, other)
    unmerge(world, done)
    with pytest.raises(MergeRefused, match="separated already"):
        unmerge(world, done)
    with scope(world.lotus.pk):
        assert CustomerMerge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_crosswise_one_is_refused(world: World, people: list[Customer]) -> None:
    ann, bob = people[:2]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def work(keep: Customer, other: Customer) -> None:
        start.wait(10)
        try:
            merge(world.amy, keep, other)
            outcomes.append("merged")
        except MergeRefused:
            outcomes.append("refused")

    workers = [
        threading.Thread(target=in_thread, args=[lambda pair=pair: work(*pair)]) for pair in ((ann, bob), (bob, ann))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(outcomes) == ["merged", "refused"]
    assert len(set(heads([ann, bob]))) == 1


# --- names ----------------------------------------------------------------------------------------------------------


def test_an_agents_name_wins_and_the_vendors_is_kept(world: World, people: list[Customer]) -> None:
    ann = rename(world, people[0], "  Ann   of the  shop ")
    assert (ann.name, ann.given_name, ann.profile_name) == ("Ann of the shop", "Ann of the shop", "Ann")
    resolve(world.lotus, (world.shop, person("Annette", phone="85290000001")))
    assert str(reload(ann)) == "Ann of the shop"
    assert str(rename(world, ann, "")) == "Ann"


def test_saving_the_vendors_name_as_it_is_gives_no_name(world: World, people: list[Customer]) -> None:
    assert rename(world, people[0], "Ann").given_name == ""
    with scope(world.lotus.pk):
        assert not AuditEntry.objects.filter(verb="customer.renamed").exists()


def test_a_name_that_is_too_long_is_refused_and_any_other_is_taken(world: World, people: list[Customer]) -> None:
    with pytest.raises(NameRefused, match="at most 200"):
        rename(world, people[0], "x" * 201)
    for name in ("x" * 200, "陳大文", "\u202eevil", "<b>"):
        assert str(rename(world, people[0], name)) == name
    assert str(rename(world, people[0], "a\x00b")) == "ab"


def test_renaming_the_head_renames_the_group(world: World, people: list[Customer]) -> None:
    done = merge(world.amy, people[0], people[1])
    rename(world, people[1], "Both")  # by the merged one's page too
    assert names(people[:2]) == ["Both", "Both"]
    unmerge(world, done)
    assert names(people[:2]) == ["Both", "Bob"]


def test_a_head_without_a_name_is_called_as_its_members_are(world: World, people: list[Customer]) -> None:
    nameless = customer_of(world.lotus, account(world.lotus, "wechat", "gh_1"), person(openid="oXyz0123ab12"))
    done = merge(world.amy, nameless, people[0])
    assert names([nameless, people[0]]) == ["Ann", "Ann"]
    unmerge(world, done)
    assert names([nameless, people[0]]) == ["WeChat user ab12", "Ann"]


def test_two_without_names_share_the_stand_in_while_they_are_one(world: World) -> None:
    wechat = account(world.lotus, "wechat", "gh_1")
    one, two = (customer_of(world.lotus, wechat, person(openid=f"oXyz0{n}")) for n in "12")
    done = merge(world.amy, one, two)
    assert len(set(names([one, two]))) == 1
    unmerge(world, done)
    assert names([one, two]) == ["WeChat user yz01", "WeChat user yz02"]


def test_a_name_that_is_learned_of_a_merged_one_names_a_nameless_group(world: World) -> None:
    messenger = account(world.lotus, "messenger", "page")
    one = customer_of(world.lotus, messenger, person(psid="P1"))
    two = customer_of(world.lotus, messenger, person(psid="P2"))
    merge(world.amy, one, two)
    with scope(world.lotus.pk):
        resolve_people(workspace_id=world.lotus.pk, people=[(messenger, person("Dan", psid="P2"))])
    assert names([one, two]) == ["Dan", "Dan"]


@pytest.mark.django_db(transaction=True)
def test_open_pages_are_told_whose_chats_show_something_else(world: World, people: list[Customer]) -> None:
    ann, bob = people[:2]

    def told() -> list[object]:
        return [task["customer_ids"] for name, task in queued() if name == "inbox.chatrooms.tasks.announce_customers"]

    done = merge(world.amy, ann, bob)
    assert told() == [[ann.pk, bob.pk]]
    rename(world, ann, "Both")
    assert told() == [[ann.pk, bob.pk]]
    rename(world, ann, "Both")
    assert told() == []
    unmerge(world, done)
    assert told() == [[ann.pk, bob.pk]]
