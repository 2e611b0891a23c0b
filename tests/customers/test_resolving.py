"""Who wrote: identities hold within their reach, are matched by their canonical form, and are learned in bulk."""

from __future__ import annotations

import importlib
import threading
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from channels_adapters.types import IDENTITY_REACH, IdentityKind, IdentityReach, Person
from inbox.connections.models import Connection
from inbox.customers.models import Customer, CustomerIdentity, CustomerMerge, CustomerPicture, person_of
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World

from .conftest import account, customer_of, in_thread, person, resolve

pytestmark = pytest.mark.django_db

CHANNEL_OF = {
    IdentityKind.PHONE: "whatsapp",
    IdentityKind.BSUID: "whatsapp",
    IdentityKind.PARENT_BSUID: "whatsapp",
    IdentityKind.PSID: "messenger",
    IdentityKind.IGSID: "instagram",
    IdentityKind.OPENID: "wechat",
}


def two_accounts(world: World, channel: str) -> tuple[Connection, Connection]:
    """Two accounts of different businesses on one channel."""
    one = account(world.lotus, channel, "account-1", business_id="business-1")
    return one, account(world.lotus, channel, "account-2", business_id="business-2")


@pytest.mark.parametrize("kind", CHANNEL_OF, ids=str)
def test_the_same_value_on_two_accounts_is_one_person_only_within_its_reach(world: World, kind: IdentityKind) -> None:
    one, two = two_accounts(world, CHANNEL_OF[kind])
    first, second = resolve(world.lotus, (one, person(**{kind: "85290000001"})), (two, person(**{kind: "85290000001"})))
    assert None not in (first, second)
    assert (first == second) is (IDENTITY_REACH[kind] == IdentityReach.WORKSPACE)
    assert resolve(world.lotus, (two, person(**{kind: "85290000001"}))) == [second]


def test_every_kind_that_decides_is_tried_here() -> None:
    assert set(CHANNEL_OF) | {IdentityKind.USERNAME, IdentityKind.UNIONID} == set(IdentityKind)


def test_connections_of_one_portfolio_share_user_ids(world: World) -> None:
    one = account(world.lotus, "whatsapp", "n1", business_id="w1", portfolio_id="p")
    two = account(world.lotus, "whatsapp", "n2", business_id="w2", portfolio_id="p")
    other = account(world.lotus, "whatsapp", "n3", business_id="w3", portfolio_id="q")
    ann = person(bsuid="US.1")
    first, second, third = resolve(world.lotus, (one, ann), (two, ann), (other, ann))
    assert first == second != third


def test_a_portfolio_that_is_learned_later_loses_nobody(world: World) -> None:
    one = account(world.lotus, "whatsapp", "n1", business_id="w1")
    two = account(world.lotus, "whatsapp", "n2", business_id="w2", portfolio_id="p")
    ann = person(bsuid="US.1")
    first = customer_of(world.lotus, one, ann)
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=one.pk).update(portfolio_id="p")
        one.refresh_from_db()
    assert resolve(world.lotus, (one, ann)) == [first.pk]
    assert resolve(world.lotus, (two, ann)) == [first.pk]
    with scope(world.lotus.pk):
        assert person_of(first, one).identities == ann.identities


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5511987654321", "551187654321"),  # Brazil: the ninth digit
        ("5491123456789", "541123456789"),  # Argentina: the 9 of mobiles
        ("5215512345678", "525512345678"),  # Mexico: the 1 of mobiles
    ],
)
@pytest.mark.parametrize("in_one_batch", [True, False])
def test_both_spellings_of_a_number_are_one_customer(world: World, one: str, other: str, in_one_batch: bool) -> None:
    people = [(world.shop, person(phone=one)), (world.events, person(phone=other))]
    batches = [people] if in_one_batch else [[each] for each in people]
    found = [customer for batch in batches for customer in resolve(world.lotus, *batch)]
    assert found[0] == found[1]
    with scope(world.lotus.pk):
        (row,) = CustomerIdentity.objects.all()
        assert row.value == (one if in_one_batch else other)  # the vendor's latest spelling is what we send to
        assert str(Customer.objects.get()) == f"+{row.value}"


def test_numbers_that_were_stored_before_there_were_keys_get_theirs(world: World) -> None:
    migration = importlib.import_module("inbox.customers.migrations.0002_reach_merges_profiles")
    stored = {"5491123456789": "541123456789", "5511987654321": "551187654321", "525512345678": "5215512345678"}
    plain = ["85290000001", "551134567890", "5511912345678"]
    both = ["5511976543210", "551176543210"]  # known in both spellings, as two customers
    with scope(world.lotus.pk):
        rows = {
            value: CustomerIdentity.objects.create(
                workspace=world.lotus,
                customer=Customer.objects.create(workspace=world.lotus),
                channel="whatsapp",
                kind="phone",
                key=value,
                value=value,
            )
            for value in (*stored.values(), *plain, *both)
        }
    for _twice in range(2):
        with platform_scope("test"):
            migration.spell_phones(apps)
        with scope(world.lotus.pk):
            keys = dict(CustomerIdentity.objects.values_list("value", "key"))
        assert keys == {
            **{value: key for key, value in stored.items()},
            **{value: value for value in (*plain, *both)},
        }
    for key, value in stored.items():
        owner = rows[value].customer_id
        assert resolve(world.lotus, (world.shop, person(phone=key))) == [owner]
    assert resolve(world.lotus, (world.shop, person(phone=both[1]))) == [rows[both[0]].customer_id]


def test_people_of_one_batch_who_share_an_identity_are_one_customer(world: World) -> None:
    people = [
        (world.shop, person(phone="85290000001")),
        (world.shop, person(bsuid="HK.1")),
        (world.events, person("Ann", phone="85290000001", bsuid="HK.1")),
        (world.shop, person(phone="85290000002")),
    ]
    ann, also_ann, named, somebody = resolve(world.lotus, *people)
    assert ann == also_ann == named != somebody
    with scope(world.lotus.pk):
        assert Customer.objects.count() == 2
        assert Customer.objects.get(pk=ann).name == "Ann"
        assert CustomerIdentity.objects.filter(customer=ann).count() == 2


def test_who_could_be_anybody_is_left_out(world: World) -> None:
    assert resolve(world.lotus, (world.shop, person("Ann", username="ann")), (world.shop, Person(()))) == [None, None]
    with scope(world.lotus.pk):
        assert not Customer.objects.exists()


def test_a_shared_username_or_union_id_joins_nobody(world: World) -> None:
    wechat = account(world.lotus, "wechat", "gh_1")
    one = person(phone="85290000001", username="ann")
    two = person(phone="85290000002", username="ann")
    first, second = resolve(world.lotus, (world.shop, one), (world.shop, two))
    third, fourth = resolve(
        world.lotus, (wechat, person(openid="o1", unionid="u")), (wechat, person(openid="o2", unionid="u"))
    )
    assert len({first, second, third, fourth}) == 4
    with scope(world.lotus.pk):
        assert CustomerIdentity.objects.filter(kind="username", value="ann").count() == 2
        assert CustomerIdentity.objects.filter(kind="unionid", value="u").count() == 2


def test_what_is_learned_later_is_added_once(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(bsuid="HK.1"))
    assert str(ann) == "WhatsApp user HK.1"
    for _twice in range(2):
        later = person("Ann", bsuid="HK.1", phone="85290000001", username="ann")
        assert resolve(world.lotus, (world.shop, later)) == [ann.pk]
    assert resolve(world.lotus, (world.shop, person(phone="85290000001"))) == [ann.pk]
    with scope(world.lotus.pk):
        ann.refresh_from_db()
        assert (ann.name, ann.profile_name, ann.label) == ("Ann", "Ann", "+85290000001")
        assert ann.identities.count() == 3


def test_the_same_number_in_another_workspace_is_somebody_else(world: World) -> None:
    ann = person(phone="85290000001")
    (ours,) = resolve(world.lotus, (world.shop, ann))
    (theirs,) = resolve(world.bakery, (world.oven, ann))
    assert ours != theirs
    with scope(world.bakery.pk):
        assert not Customer.objects.filter(pk=ours).exists()


@pytest.mark.parametrize("reference", ["identity", "merge", "merged_into", "picture"])
def test_no_row_points_at_a_customer_of_another_workspace(world: World, reference: str) -> None:
    (ours,) = resolve(world.lotus, (world.shop, person(phone="85290000001")))
    (theirs,) = resolve(world.bakery, (world.oven, person(phone="85290000001")))

    def point() -> None:
        match reference:
            case "identity":
                CustomerIdentity.objects.create(
                    workspace=world.bakery, customer_id=ours, channel="whatsapp", kind="phone", key="1", value="1"
                )
            case "merge":
                CustomerMerge.objects.create(workspace=world.bakery, kept_id=theirs, merged_id=ours)
            case "merged_into":
                Customer.objects.filter(pk=theirs).update(merged_into=ours)
            case "picture":
                CustomerPicture.objects.create(
                    workspace=world.bakery, customer_id=ours, content=b"x", mime_type="image/png"
                )
        connection.check_constraints()

    with pytest.raises(IntegrityError), scope(world.bakery.pk):
        point()


def test_the_database_lets_one_customer_only_have_a_number(world: World) -> None:
    customer_of(world.lotus, world.shop, person(phone="85290000001"))
    other = customer_of(world.lotus, world.shop, person(phone="85290000002"))
    with scope(world.lotus.pk), pytest.raises(IntegrityError), transaction.atomic():
        CustomerIdentity.objects.create(
            workspace=world.lotus, customer=other, channel="whatsapp", kind="phone", key="85290000001", value="1"
        )


@pytest.mark.parametrize(
    ("channel", "identity", "shown"),
    [
        ("wechat", {"openid": "oXyz0123ab12"}, "WeChat user ab12"),
        ("messenger", {"psid": "7770001234"}, "Messenger user 1234"),
        ("instagram", {"igsid": "555"}, "Instagram user 555"),
        ("whatsapp", {"phone": "85290000001"}, "+85290000001"),
        ("whatsapp", {"bsuid": "HK.987654", "phone": "85290000001"}, "+85290000001"),
        ("whatsapp", {"bsuid": "HK.987654"}, "WhatsApp user 7654"),
    ],
)
def test_who_has_no_name_is_called_by_an_identity(
    world: World, channel: str, identity: dict[str, str], shown: str
) -> None:
    customer = customer_of(world.lotus, account(world.lotus, channel, "a1"), person(**identity))
    assert str(customer) == shown
    assert (customer.name, customer.profile_name) == ("", "")


def test_the_stand_in_speaks_the_readers_language(world: World) -> None:
    customer = Customer(label="WeChat ab12")
    assert str(customer) == "WeChat user ab12"
    with translation.override("zh-hant"):
        assert "WeChat" in str(customer)
        assert "ab12" in str(customer)
    assert str(Customer()) == "Unnamed customer"


def test_a_name_that_is_too_long_is_cut(world: World) -> None:
    customer = customer_of(world.lotus, world.shop, person("x" * 500, phone="85290000001"))
    assert customer.name == "x" * 200


# --- retired identities ---------------------------------------------------------------------------------------------


def retire(row: CustomerIdentity, days: int) -> None:
    with scope(row.workspace_id):
        CustomerIdentity.objects.filter(pk=row.pk).update(retired_at=clock.now() - timedelta(days=days))


def test_an_old_number_still_is_the_customer_for_a_while_and_then_somebody_else(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone="85290000001", bsuid="HK.1"))
    with scope(world.lotus.pk):
        row = CustomerIdentity.objects.get(kind="phone")
    retire(row, days=29)
    assert resolve(world.lotus, (world.shop, person(phone="85290000001"))) == [ann.pk]
    retire(row, days=31)
    (somebody,) = resolve(world.lotus, (world.shop, person(phone="85290000001")))
    assert somebody != ann.pk
    assert resolve(world.lotus, (world.shop, person(phone="85290000001"))) == [somebody]
    assert resolve(world.lotus, (world.shop, person(bsuid="HK.1"))) == [ann.pk]


def test_a_person_is_addressed_by_what_they_are_called_now(world: World) -> None:
    ann = customer_of(world.lotus, world.shop, person(phone="85290000001", bsuid="HK.1"))
    with scope(world.lotus.pk):
        row = CustomerIdentity.objects.get(kind="phone")
        assert [i.kind for i in person_of(ann, world.shop).identities] == ["phone", "bsuid"]
    retire(row, days=1)
    with scope(world.lotus.pk):
        assert [i.kind for i in person_of(ann, world.shop).identities] == ["bsuid"]
        CustomerIdentity.objects.filter(kind="bsuid").delete()
        assert [i.value for i in person_of(ann, world.shop).identities] == ["85290000001"]  # better than nothing


def test_a_person_is_addressed_only_by_what_holds_on_the_connection(world: World) -> None:
    one, two = two_accounts(world, "messenger")
    ann = customer_of(world.lotus, one, person(psid="P1"))
    with scope(world.lotus.pk):
        assert person_of(ann, one).identities == person(psid="P1").identities
        assert person_of(ann, two).identities == ()
        assert person_of(ann, world.shop).identities == ()


# --- cost and races -------------------------------------------------------------------------------------------------


def statements(world: World, people: list[tuple[Connection, Person]]) -> int:
    with scope(world.lotus.pk), CaptureQueriesContext(connection) as captured:
        resolve(world.lotus, *people)
    return len([query for query in captured if "SAVEPOINT" not in query["sql"]])


@pytest.mark.parametrize("size", [1, 60])
def test_the_cost_does_not_depend_on_how_many_there_are(world: World, size: int) -> None:
    messenger = account(world.lotus, "messenger", "page-1")

    def people(**more: str) -> list[tuple[Connection, Person]]:
        return [
            pair
            for number in range(size)
            for pair in (
                (world.shop, person(phone=f"852900{number:05}", **more)),
                (messenger, person(psid=f"P{number}", **more)),
            )
        ]

    new, known, learned, known_again = (
        statements(world, people()),
        statements(world, people()),
        statements(world, people(username="x")),
        statements(world, people(username="x")),
    )
    # Each twice sets the scope and once puts it back; then one look. Creating looks, locks, looks and inserts twice.
    assert (new - known, learned - known, known_again - known) == (4, 6, 0)
    assert known <= 5


@pytest.mark.django_db(transaction=True)
def test_workers_that_meet_the_same_new_people_create_each_once(world: World) -> None:
    people = [(world.shop, person(f"N{n}", phone=f"852900{n:05}", bsuid=f"HK.{n}")) for n in range(20)]
    found: list[list[int | None]] = []
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait(10)
        order = people if number % 2 else people[::-1]
        result = resolve(world.lotus, *order)
        found.append(result if number % 2 else result[::-1])

    workers = [threading.Thread(target=in_thread, args=[lambda n=n: work(n)]) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert len(found) == 4
    assert all(result == found[0] for result in found)
    with scope(world.lotus.pk):
        assert Customer.objects.count() == 20
        assert CustomerIdentity.objects.count() == 40
