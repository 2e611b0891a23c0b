"""Templates of every shape reach the phone: written or listed at the vendor, filled in, and taken by it."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import replace

import pytest
from PIL import Image

from inbox.chatrooms.actions import dispatch_due, send_template
from inbox.chatrooms.models import Chatroom, Message
from inbox.devstack.simulator.client import SimulatorClient
from inbox.devstack.simulator.graph import APP_ID
from inbox.lib.crypto import Secrets
from inbox.media.actions import store_file
from inbox.message_templates import actions
from inbox.message_templates.drafts import Draft, Sample
from inbox.message_templates.filling import fill
from inbox.message_templates.forms import sample_of
from inbox.message_templates.models import MessageTemplate, OrderState
from inbox.message_templates.passcodes import PasscodeDraft
from inbox.message_templates.selectors import find_sendable
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, reload, room_with

from .test_filling import CARDS, CAROUSEL
from .test_sync import WABA, meta, put, sync

__all__ = ["meta"]

pytestmark = pytest.mark.django_db(transaction=True)


def send(world: World, name: str, values: Mapping[str, str]) -> Message:
    sync(world.shop)
    room = room_with(world, "Hello", phone="85290000001")
    with scope(world.lotus.pk):
        template = find_sendable(world.shop, name, "en")
        assert template is not None
        chatroom = Chatroom.objects.select_related("connection").get(pk=room.pk)
        message = send_template(
            actor=world.amy, chatroom=chatroom, template=fill(template, values), client_id=uuid.uuid4()
        )
    dispatch_due()
    return reload(message)


def test_a_passcode_is_submitted_listed_and_sent(world: World, meta: SimulatorClient) -> None:
    draft = Draft(name="code", language="en", category="AUTHENTICATION", passcode=PasscodeDraft(minutes="5"))
    with scope(world.lotus.pk):
        row = actions.submit_template(actor=world.olivia, connection=world.shop, draft=draft)
    assert actions.carry_out(template_id=row.pk), reload(row).order_problem
    meta.decide_template(WABA, "code", "en", status="APPROVED")

    message = send(world, "code", {"body.1": "483920"})

    assert (message.state, message.failure_text) == ("sent", "")
    [sent] = meta.sent(world.shop.account_id)
    assert sent.text.startswith("*483920* is your verification code.")
    with scope(world.lotus.pk):
        listed = MessageTemplate.objects.get()
    assert listed.components[2]["buttons"][0]["type"] == "URL"


def test_a_template_is_submitted_with_the_sample_of_its_header(world: World, meta: SimulatorClient) -> None:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    file = store_file(workspace_id=world.lotus.pk, content=made.getvalue(), filename="roses.png")
    draft = Draft(name="news", language="en", header_format="IMAGE", sample=sample_of(file), body="Look at these.")
    with scope(world.lotus.pk):
        row = actions.submit_template(actor=world.olivia, connection=world.shop, draft=draft)
    assert not actions.carry_out(template_id=row.pk)
    assert "App ID" in reload(row).order_problem

    with platform_scope("test"):
        world.app.credentials = Secrets({**world.app.credentials, "app_id": APP_ID})
        world.app.save(update_fields=["credentials"])
    with scope(world.lotus.pk):
        row = actions.submit_template(actor=world.olivia, connection=world.shop, draft=replace(draft, name="roses"))
    assert actions.carry_out(template_id=row.pk), reload(row).order_problem

    [listed] = meta.templates(WABA)
    [handle] = listed["components"][0]["example"]["header_handle"]
    assert handle.startswith("4::")


def test_a_template_whose_sample_is_gone_says_so(world: World, meta: SimulatorClient) -> None:
    sample = Sample(999_999, "roses.png", "image/png")
    draft = Draft(name="news", language="en", header_format="IMAGE", sample=sample, body="Look at these.")
    with scope(world.lotus.pk):
        row = actions.submit_template(actor=world.olivia, connection=world.shop, draft=draft)

    assert not actions.carry_out(template_id=row.pk)

    row = reload(row)
    assert row.order_state == OrderState.REFUSED
    assert "Choose it again" in row.order_problem


def test_a_carousel_is_sent(world: World, meta: SimulatorClient) -> None:
    put(meta, "spring", category="MARKETING", components=CAROUSEL.components)
    links = {key: f"https://lotus.example/{key}.png" for key in CARDS if key.endswith("media")}

    message = send(world, "spring", {**CARDS, **links, "body.1": "Bo"})

    assert (message.state, message.failure_text) == ("sent", "")
    [sent] = meta.sent(world.shop.account_id)
    assert [card["text"] for card in sent.details["cards"]] == ["Bouquet 1 for US$0 only.", "Bouquet 2 for US$1 only."]
