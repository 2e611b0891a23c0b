"""Templates follow the vendor: by reading its list, by its webhooks, and by what members order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from pytest_django import Settings

from inbox.connections.models import Connection
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.lib import clock
from inbox.message_templates import actions
from inbox.message_templates.drafts import Draft
from inbox.message_templates.models import DRAFT, MessageTemplate, OrderState, TemplateChange, TemplateSync
from inbox.message_templates.selectors import fallback_of, get_sendable, sendable
from inbox.workspaces.tenancy import scope
from tests.world import World, put_on_the_phone_network, receive, reload

from .conftest import body, store

WABA = "200000000000001"
DRAFT_TYPED = Draft(
    name="order_late",
    language="en",
    body="Dear {{1}}, your order is late.",
    examples={"body.1": "Ada"},
)


@pytest.fixture
def meta(world: World, simulator: SimulatorProcess, settings: Settings) -> Iterator[SimulatorClient]:
    settings.VENDOR_API_URL = simulator.base_url
    with simulator.client() as client:
        client.reset()
        put_on_the_phone_network(client, world)
        yield client
        client.reset()


def put(meta: SimulatorClient, name: str = "order_ready", language: str = "en", **fields: Any) -> None:
    values = {"category": "UTILITY", "components": [body("Your order is ready.")]} | fields
    meta.put_template(WABA, name=name, language=language, **values)


def sync(connection: Connection) -> bool:
    """Read the list now, whenever it was read last."""
    with scope(connection.workspace_id):
        TemplateSync.objects.update(tried_at=None)
    return actions.sync_templates(connection_id=connection.pk)


def rows_of(connection: Connection) -> dict[tuple[str, str], MessageTemplate]:
    with scope(connection.workspace_id):
        rows = MessageTemplate.objects.filter(workspace_id=connection.workspace_id)
        return {(row.name, row.language): row for row in rows}


def history_of(row: MessageTemplate) -> list[tuple[str, str, str]]:
    with scope(row.workspace_id):
        changes = TemplateChange.objects.filter(template=row).order_by("pk")
        return [(change.field, change.before, change.after) for change in changes]


def names_offered(connection: Connection, search: str = "") -> list[tuple[str, str]]:
    with scope(connection.workspace_id):
        return [(row.name, row.language) for row in sendable(connection, search).templates]


def news(connection: Connection, field: str, template: MessageTemplate, **value: Any) -> dict[str, Any]:
    told = {
        "message_template_id": int(template.external_id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }
    change = {"field": field, "value": told | value}
    return {"object": "whatsapp_business_account", "entry": [{"id": connection.business_id, "changes": [change]}]}


# --- the list -------------------------------------------------------------------------------------


def test_each_name_and_language_becomes_a_row_and_twice_is_once(world: World, meta: SimulatorClient) -> None:
    put(meta)
    put(meta, language="zh_HK", category="MARKETING", status="REJECTED")

    assert sync(world.shop)
    assert sync(world.shop)

    rows = rows_of(world.shop)
    assert sorted(rows) == [("order_ready", "en"), ("order_ready", "zh_HK")]
    row = rows["order_ready", "zh_HK"]
    assert (row.status, row.category, row.quality, row.business_id) == ("REJECTED", "MARKETING", "GREEN", WABA)
    assert history_of(rows["order_ready", "en"]) == [
        ("status", "", "APPROVED"),
        ("category", "", "UTILITY"),
        ("quality", "", "GREEN"),
    ]
    assert names_offered(world.shop) == [("order_ready", "en")]
    assert names_offered(world.events) == [("order_ready", "en")]  # the other number of the same account


def test_a_long_list_is_read_to_its_end(world: World, meta: SimulatorClient) -> None:
    for number in range(230):
        put(meta, f"template_{number:03}")

    assert sync(world.shop)

    assert len(rows_of(world.shop)) == 230


def test_what_the_vendor_no_longer_lists_is_marked_and_may_come_back(world: World, meta: SimulatorClient) -> None:
    put(meta)
    sync(world.shop)
    [row] = rows_of(world.shop).values()
    meta.reset()
    put_on_the_phone_network(meta, world)

    sync(world.shop)

    assert reload(row).deleted_at is not None
    assert names_offered(world.shop) == []
    put(meta)
    sync(world.shop)
    assert reload(row).deleted_at is None
    assert [change for change in history_of(row) if "DELETED" in change] == [
        ("status", "APPROVED", "DELETED"),
        ("status", "DELETED", "APPROVED"),
    ]


def test_a_vendor_that_refuses_leaves_the_rows_and_says_why(world: World, meta: SimulatorClient) -> None:
    put(meta)
    sync(world.shop)
    meta.faults(expired_token={"remaining": 1})

    assert not sync(world.shop)

    with scope(world.lotus.pk):
        known = TemplateSync.objects.get()
    assert known.problem
    assert known.synced_at is not None
    assert names_offered(world.shop) == [("order_ready", "en")]
    assert sync(world.shop)
    assert reload(known).problem == ""


def test_nobody_reads_twice_within_half_a_minute_though_asked(world: World, meta: SimulatorClient) -> None:
    assert actions.sync_templates(connection_id=world.shop.pk)

    assert not actions.sync_templates(connection_id=world.shop.pk)
    assert not actions.sync_templates(connection_id=world.events.pk)  # the same account
    assert actions.sync_templates(connection_id=world.oven.pk)  # the same account, another workspace
    with scope(world.lotus.pk):
        actions.resync_soon(world.shop)
    assert not actions.sync_templates(connection_id=world.shop.pk)
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        assert actions.sync_due_templates() == 1
        assert actions.sync_templates(connection_id=world.shop.pk)


def test_accounts_are_due_when_new_when_asked_for_and_once_a_day(world: World, meta: SimulatorClient) -> None:
    assert actions.sync_due_templates() == 2  # one for each workspace, not for each number
    actions.sync_templates(connection_id=world.shop.pk)
    actions.sync_templates(connection_id=world.oven.pk)
    assert actions.sync_due_templates() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert actions.sync_due_templates() == 0
        with scope(world.lotus.pk):
            actions.resync_soon(world.shop)
        assert actions.sync_due_templates() == 1
        assert actions.sync_templates(connection_id=world.shop.pk)
        assert actions.sync_due_templates() == 0
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert actions.sync_due_templates() == 2


def test_a_reader_that_died_is_replaced(world: World, meta: SimulatorClient) -> None:
    actions.sync_templates(connection_id=world.oven.pk)
    with scope(world.lotus.pk):
        TemplateSync.objects.create(
            workspace=world.lotus, business_id=world.shop.business_id, tried_at=clock.now() - timedelta(minutes=11)
        )

    assert actions.sync_due_templates() == 1
    assert actions.sync_templates(connection_id=world.shop.pk)
    assert actions.sync_due_templates() == 0


def test_samples_have_another_address_each_time_and_are_no_other_texts(world: World, meta: SimulatorClient) -> None:
    def listed(text: str, number: int) -> list[TemplateChange]:
        header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [f"https://cdn.example/{number}"]}}
        put(meta, components=[header, body(text, "Ada")])
        sync(world.shop)
        [row] = rows_of(world.shop).values()
        with scope(row.workspace_id):
            return list(TemplateChange.objects.filter(template=row, field="components"))

    assert listed("Dear {{1}}, your order is ready.", 1) == []
    assert listed("Dear {{1}}, your order is ready.", 2) == []
    assert len(listed("Dear {{1}}, your order is late.", 3)) == 1


def test_what_was_told_while_the_list_was_read_is_newer_than_the_list(world: World, meta: SimulatorClient) -> None:
    put(meta)
    sync(world.shop)
    [row] = rows_of(world.shop).values()
    created = submit(world)
    with time_machine.travel(clock.now() + timedelta(seconds=2)):
        receive(world.app, news(world.shop, "message_template_status_update", row, event="PAUSED"))
        as_it_was = meta.templates(WABA)
        assert actions.carry_out(template_id=created.pk)
    meta.reset()
    put_on_the_phone_network(meta, world)
    for each in as_it_was:
        put(meta, each["name"])

    assert sync(world.shop)  # began before the news

    assert (reload(row).status, reload(created).status) == ("PAUSED", "PENDING")
    assert reload(created).deleted_at is None
    with scope(world.lotus.pk):
        assert TemplateSync.objects.get().asked_at is not None  # so that the list has the last word
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert sync(world.shop)
    assert reload(row).status == "APPROVED"
    assert reload(created).deleted_at is not None


# --- webhooks -------------------------------------------------------------------------------------


def test_a_pause_is_known_at_once_and_the_list_is_asked_for(world: World, template: MessageTemplate) -> None:
    paused = {"event": "PAUSED", "reason": "NONE", "other_info": {"title": "FIRST_PAUSE"}}

    receive(world.app, news(world.shop, "message_template_status_update", template, **paused))

    assert names_offered(world.shop) == []
    row = reload(template)
    assert (row.status, row.rejection_reason) == ("PAUSED", "FIRST_PAUSE")
    assert history_of(row) == [("status", "APPROVED", "PAUSED")]
    with scope(world.lotus.pk):
        assert TemplateSync.objects.get().asked_at is not None
    receive(world.app, news(world.shop, "message_template_status_update", template, event="APPROVED", reason="NONE"))
    assert names_offered(world.shop) == [("order_ready", "en")]


def test_the_language_of_a_webhook_may_be_spelled_differently(world: World) -> None:
    row = store(world.shop, language="en_US")
    value = {"event": "REJECTED", "message_template_language": "en-US", "reason": "SCAM"}

    receive(world.app, news(world.shop, "message_template_status_update", row, **value))

    assert (reload(row).status, reload(row).rejection_reason) == ("REJECTED", "SCAM")


def test_an_announced_category_is_not_yet_the_category(world: World, template: MessageTemplate) -> None:
    announced = {"new_category": "UTILITY", "correct_category": "MARKETING"}
    receive(world.app, news(world.shop, "template_category_update", template, **announced))
    assert (reload(template).category, reload(template).next_category) == ("UTILITY", "MARKETING")

    done = {"previous_category": "UTILITY", "new_category": "MARKETING"}
    receive(world.app, news(world.shop, "template_category_update", template, **done))

    assert (reload(template).category, reload(template).next_category) == ("MARKETING", "")


def test_quality_has_a_history(world: World, template: MessageTemplate) -> None:
    score = {"previous_quality_score": "GREEN", "new_quality_score": "RED"}

    receive(world.app, news(world.shop, "message_template_quality_update", template, **score))

    assert reload(template).quality == "RED"
    assert history_of(template) == [("quality", "", "RED")]


def test_news_reach_each_workspace_of_the_account_and_no_row_twice(world: World, template: MessageTemplate) -> None:
    theirs = store(world.oven)

    receive(world.app, news(world.shop, "message_template_status_update", template, event="DISABLED", reason="NONE"))

    for row in (template, theirs):
        assert history_of(row) == [("status", "APPROVED", "DISABLED")]


# --- what is offered ------------------------------------------------------------------------------


def test_search_finds_names_languages_and_words(world: World, template: MessageTemplate) -> None:
    store(world.shop, "opening_hours", "zh_HK", components=[body("我們的營業時間")])

    assert names_offered(world.shop, "ORDER ready") == [("order_ready", "en")]
    assert names_offered(world.shop, "營業") == [("opening_hours", "zh_HK")]
    assert names_offered(world.shop, "collected nowhere") == []
    assert names_offered(world.shop, "order\x00 %") == []


@pytest.mark.parametrize("status", ["PENDING", "PAUSED", "DISABLED", "SOMETHING_NEW", "", DRAFT])
def test_only_approved_templates_are_offered(world: World, template: MessageTemplate, status: str) -> None:
    other = store(world.shop, "other", status=status)

    assert names_offered(world.shop) == [("order_ready", "en")]
    with scope(world.lotus.pk):
        assert get_sendable(world.shop, other.pk) is None
        assert get_sendable(world.shop, template.pk) == template


def test_each_number_has_a_fallback_of_its_own(world: World, template: MessageTemplate) -> None:
    other = store(world.shop, "other")
    with scope(world.lotus.pk):
        assert fallback_of(world.shop) is None
        actions.set_fallback(actor=world.olivia, template=template, connections=[world.shop, world.events])
        actions.set_fallback(actor=world.olivia, template=other, connections=[world.events])
        assert [fallback_of(world.shop), fallback_of(world.events)] == [template, other]
        MessageTemplate.objects.filter(pk=other.pk).update(status="PAUSED")
        assert [fallback_of(world.shop), fallback_of(world.events)] == [template, None]
        actions.set_fallback(actor=world.olivia, template=template, connections=[])
        assert fallback_of(world.shop) is None


@pytest.mark.parametrize("became", [{"status": DRAFT}, {"deleted_at": clock.now()}])
def test_what_the_vendor_does_not_have_is_no_fallback(
    world: World, template: MessageTemplate, became: dict[str, Any]
) -> None:
    for name, value in became.items():
        setattr(template, name, value)
    with scope(world.lotus.pk), pytest.raises(actions.TemplateRefused):
        actions.set_fallback(actor=world.olivia, template=template, connections=[world.shop])


# --- orders ---------------------------------------------------------------------------------------


def submit(world: World, draft: Draft = DRAFT_TYPED) -> MessageTemplate:
    with scope(world.lotus.pk):
        return actions.submit_template(actor=world.olivia, connection=world.shop, draft=draft)


def test_a_new_template_goes_to_the_vendor_once(world: World, meta: SimulatorClient) -> None:
    row = submit(world)
    assert (row.status, row.order_state) == (DRAFT, OrderState.WAITING)

    assert actions.carry_out(template_id=row.pk)
    assert not actions.carry_out(template_id=row.pk)

    row = reload(row)
    assert (row.status, row.order, row.order_state) == ("PENDING", {}, OrderState.NONE)
    [listed] = meta.templates(WABA)
    assert (listed["id"], listed["components"]) == (row.external_id, row.components)
    meta.decide_template(WABA, "order_late", "en", status="APPROVED")
    sync(world.shop)
    assert names_offered(world.shop) == [("order_late", "en")]


def test_an_approval_that_is_told_before_the_answer_stands(world: World, meta: SimulatorClient) -> None:
    row = submit(world)
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=row.pk).update(external_id="1")
    receive(world.app, news(world.shop, "message_template_status_update", reload(row), event="APPROVED"))

    assert actions.carry_out(template_id=row.pk)

    assert (reload(row).status, reload(row).order_state) == ("APPROVED", OrderState.NONE)


def test_what_the_vendor_would_not_let_one_edit_is_said_before(world: World, template: MessageTemplate) -> None:
    draft = Draft(body="Your flowers are ready.", category="UTILITY")

    def refusal(row: MessageTemplate, draft: Draft = draft, **changes: Any) -> str:
        with scope(world.lotus.pk):
            MessageTemplate.objects.filter(pk=row.pk).update(**changes)
            with pytest.raises(actions.TemplateRefused) as refused:
                actions.submit_edit(actor=world.olivia, template=row, draft=draft)
        assert reload(row).order_state == OrderState.NONE
        return str(refused.value)

    assert "being reviewed" in refusal(template, status="PENDING")
    assert "category" in refusal(template, replace(draft, category="MARKETING"), status="APPROVED")
    carousel = store(world.shop, "carousel", components=[body("Look at these."), {"type": "CAROUSEL", "cards": []}])
    assert "cannot be changed here" in refusal(carousel)
    with scope(world.lotus.pk):
        TemplateChange.objects.create(workspace=world.lotus, template=template, field="components")
    assert "24 hours" in refusal(template)
    with time_machine.travel(clock.now() + timedelta(hours=25)), scope(world.lotus.pk):
        actions.submit_edit(actor=world.olivia, template=template, draft=draft)


def test_what_the_vendor_refuses_stays_for_correction_with_its_words(world: World, meta: SimulatorClient) -> None:
    put(meta, "order_late")  # somebody was faster, in the vendor's own console

    row = submit(world)
    assert not actions.carry_out(template_id=row.pk)

    row = reload(row)
    assert (row.status, row.order_state, row.order["verb"]) == (DRAFT, OrderState.REFUSED, "create")
    assert "There is already content for this template." in row.order_problem
    with scope(world.lotus.pk):
        actions.delete_template(actor=world.olivia, template=row)
        assert not MessageTemplate.objects.filter(pk=row.pk).exists()


def test_other_texts_are_reviewed_again(world: World, meta: SimulatorClient) -> None:
    put(meta)
    sync(world.shop)
    [row] = rows_of(world.shop).values()

    with scope(world.lotus.pk):
        actions.submit_edit(actor=world.olivia, template=row, draft=Draft(body="Your flowers are ready."))
    assert names_offered(world.shop) == [("order_ready", "en")]  # until the vendor has taken it
    assert actions.carry_out(template_id=row.pk)

    row = reload(row)
    assert (row.status, row.components[0]["text"]) == ("PENDING", "Your flowers are ready.")
    assert ("components", "", "") in history_of(row)


def test_a_template_is_removed_in_its_language_alone(world: World, meta: SimulatorClient) -> None:
    put(meta)
    put(meta, language="zh_HK")
    sync(world.shop)
    row = rows_of(world.shop)["order_ready", "en"]

    with scope(world.lotus.pk):
        actions.delete_template(actor=world.olivia, template=row)
    assert actions.carry_out(template_id=row.pk)

    assert [template["language"] for template in meta.templates(WABA)] == ["zh_HK"]
    assert reload(row).deleted_at is not None


def test_an_order_on_its_way_admits_no_other(world: World) -> None:
    row = submit(world)

    with scope(world.lotus.pk), pytest.raises(actions.TemplateRefused, match="on its way"):
        actions.submit_edit(actor=world.olivia, template=row, draft=DRAFT_TYPED)
    with pytest.raises(actions.TemplateRefused, match="already"):
        submit(world)


def test_lost_orders_are_found(world: World) -> None:
    row = submit(world)
    assert actions.sweep_orders() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert actions.sweep_orders() == 1
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=row.pk).update(order_state=OrderState.SENDING)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert actions.sweep_orders() == 1
    assert reload(row).order_state == OrderState.UNKNOWN


def test_the_list_tells_whether_an_edit_was_taken(world: World, meta: SimulatorClient) -> None:
    put(meta)
    sync(world.shop)
    [row] = rows_of(world.shop).values()
    order = {"verb": "edit", "category": "UTILITY", "components": [body("Your order is late.")]}
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=row.pk).update(order=order, order_state=OrderState.UNKNOWN)
    sync(world.shop)
    assert reload(row).order_state == OrderState.UNKNOWN

    put(meta, components=[body("Your order is late.")])
    sync(world.shop)

    assert (reload(row).order_state, reload(row).order) == (OrderState.NONE, {})


def test_a_vendor_out_of_reach_took_nothing(world: World, settings: Settings) -> None:
    settings.VENDOR_API_URL = str(httpx.URL("http://127.0.0.1:9"))
    row = submit(world)

    assert not actions.carry_out(template_id=row.pk)

    assert reload(row).order_state == OrderState.REFUSED
