"""The product's adapters against the simulator: each speaks to it as to its vendor, and understands what it sends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from channels_adapters.errors import SendError
from channels_adapters.types import (
    ChannelKind,
    CustomerActed,
    Event,
    Identity,
    Malformed,
    MediaReference,
    MessageEchoed,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    Option,
    OutboundMessage,
    OutboundReaction,
    Person,
    ReactionChanged,
    StatusChanged,
    ThreadReceipt,
    Unsupported,
)
from inbox.devstack.simulator.client import SimulatorClient

from .conftest import MEI, Business, put_other_accounts
from .simulator_sides import SIDES, Side, side_of


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest, control: SimulatorClient, business: Business) -> Side:
    return side_of(request.param, control, business)


def mei_at(control: SimulatorClient, side: Side) -> Person:
    return Person((Identity(side.identity, control.put_person(MEI)["ids"][side.account]),))


def wrote(control: SimulatorClient, side: Side, business: Business, **how: Any) -> Event:
    """Let Mei do something and return what our side made of it."""
    assert control.inbound(side.account, MEI, **how).delivered
    [event] = side.events(business)
    return event


def test_a_conversation(control: SimulatorClient, business: Business, side: Side) -> None:
    received = wrote(control, side, business, text="Do you make shirts? 襯衫 👔")
    assert isinstance(received, MessageReceived)
    assert (received.account_id, received.content.text) == (side.account, "Do you make shirts? 襯衫 👔")
    assert received.sender.value(side.identity) == mei_at(control, side).value(side.identity)

    external_id = side.send(OutboundMessage(received.sender, "We do. 我們做 😀", "uuid-1"))
    [sent] = control.sent(side.account)
    assert sent.text == "We do. 我們做 😀"
    assert control.settle()
    heard = side.events(business)
    if side.kind is ChannelKind.WECHAT:
        assert (external_id, heard) == ("", [])
        return
    assert external_id == sent.id
    echoed = [e for e in heard if isinstance(e, MessageEchoed)]
    reported = [e for e in heard if isinstance(e, StatusChanged)]
    assert [(e.external_id, e.correlation_id) for e in [*echoed, *reported[:1]]] == [(external_id, "uuid-1")]
    for event in heard:
        assert isinstance(event, MessageEchoed | StatusChanged | ThreadReceipt)


def test_every_kind_that_customers_send_is_understood(control: SimulatorClient, business: Business, side: Side) -> None:
    told = {
        "image": MessageKind.IMAGE,
        "video": MessageKind.VIDEO,
        "location": MessageKind.LOCATION,
        "contacts": MessageKind.CONTACTS,
        "order": MessageKind.ORDER,
        "choice": MessageKind.CHOICE,
        "document": MessageKind.DOCUMENT,
        "link": MessageKind.LINK,
        "story_mention": MessageKind.STORY_MENTION,
        "postback": MessageKind.CHOICE,
        "like_heart": MessageKind.STICKER,
        "unsupported": MessageKind.UNSUPPORTED,
    }
    changes = {"edit": MessageEdited, "reaction": ReactionChanged, "unsend": MessageRevoked}
    mid = control.inbound(side.account, MEI, "Hello").id
    business.forget()
    page = control.base_url + "/phone/thread"
    abilities = httpx.get(page, params={"account": side.account, "person": MEI}).json()["abilities"]
    for kind in abilities:
        if kind in ("reply", "unfollow"):
            continue
        words = {"text": "Hi!"} if kind not in ("reaction", "unsend") else {}
        about = {"target": mid} if kind in changes else {}
        event = wrote(control, side, business, kind=kind, **words, **about)
        assert not isinstance(event, Malformed | Unsupported), (kind, event)
        if kind in told:
            assert isinstance(event, MessageReceived), (kind, event)
            assert event.content.kind is told[kind], (kind, event)
        elif kind in changes:
            assert isinstance(event, changes[kind])
            assert event.target_id == mid
        elif kind == "app_message":
            assert isinstance(event, MessageEchoed)


def test_files_that_customers_send_can_be_fetched(control: SimulatorClient, business: Business, side: Side) -> None:
    event = wrote(control, side, business, kind="voice")

    assert isinstance(event, MessageReceived)
    [file] = event.content.attachments
    assert file.external_id or file.url.startswith(control.base_url)


def test_courtesies(control: SimulatorClient, business: Business, side: Side) -> None:
    received = wrote(control, side, business, text="Hello")
    assert isinstance(received, MessageReceived)
    adapter, who = side.adapter, received.sender

    side.call(adapter.typing_request(who, received.external_id, side.credentials), adapter.check)
    if adapter.capabilities.can_mark_read:
        side.call(adapter.mark_read_request(who, received.external_id, side.credentials), adapter.check)
        assert control.reads(side.account)[-1].id == received.external_id
    if adapter.capabilities.reactions is not None:
        for emoji in ("❤️", ""):
            reaction = OutboundReaction(who, received.external_id, emoji)
            side.call(adapter.reaction_request(reaction, side.credentials), adapter.check)
        assert control.inbound_log(side.account)[-1]["reactions"] == {}
    request = adapter.profile_request(who, side.credentials)
    if request is not None:
        profile = side.call(request, adapter.profile_of)
        assert profile.name == ("" if side.kind is ChannelKind.WECHAT else "Mei Chan 陳美儀")


def test_options_and_pictures_reach_the_phone(control: SimulatorClient, business: Business, side: Side) -> None:
    who = mei_at_after_writing(control, side, business)
    choices = (Option("fri", "Friday"), Option("sat", "Saturday"))
    side.send(OutboundMessage(who, "Which day?", "uuid-1", options=choices))
    picture = MediaReference(MessageKind.IMAGE, url="http://127.0.0.1/a.png")
    if side.kind is not ChannelKind.WECHAT:
        side.send(OutboundMessage(who, "", "uuid-2", kind=MessageKind.IMAGE, media=picture))

    kinds = [sent.kind for sent in control.sent(side.account)]
    assert kinds == ["options", "image"][: len(kinds)]
    assert [option["id"] for option in control.sent(side.account)[0].details["options"]] == ["fri", "sat"]


def test_a_closed_window_is_the_vendors_error(control: SimulatorClient, business: Business, side: Side) -> None:
    who = mei_at_after_writing(control, side, business)
    control.settings(clock_offset=49 * 3_600, wechat_token_seconds=7_200)
    token = side.adapter.token_request(side.credentials)
    if token is not None:
        value = side.call(token, side.adapter.token_of).value
        side = replace(side, credentials={**side.credentials, "access_token": value})
    if side.kind is ChannelKind.WHATSAPP:
        side.send(OutboundMessage(who, "Too late", "uuid-1"))
        control.settle()
        [failed] = [event for event in side.events(business) if isinstance(event, StatusChanged)]
        assert [error.code for error in failed.errors] == ["131047"]
        return
    with pytest.raises(SendError) as refused:
        side.send(OutboundMessage(who, "Too late", "uuid-1"))
    assert not refused.value.retryable
    assert refused.value.code.startswith(("10", "45015"))


def test_the_connection_is_found_healthy_until_it_is_not(
    control: SimulatorClient, business: Business, side: Side
) -> None:
    adapter = side.adapter
    subscription = adapter.subscribe_request(side.credentials)
    if subscription is not None:
        side.call(subscription, adapter.check)
    checks = adapter.health_checks(side.credentials, side.secrets)
    assert checks
    for check in checks:
        finding = side.call(check.request, check.read)
        assert finding.ok, (check.code, finding)
    control.faults(expired_token=True)
    assert not all(side.call(check.request, check.read).ok for check in checks if check.code != "credentials")


def test_our_own_probe_would_pass(control: SimulatorClient, side: Side) -> None:
    probe = side.adapter.probe(side.credentials, side.secrets)

    side.adapter.verify(probe, side.secrets)
    assert side.adapter.parse(probe.body, side.secrets) == []


def test_follows_and_scans_are_acts(control: SimulatorClient, business: Business) -> None:
    put_other_accounts(control, business)
    for kind in ("follow", "scan", "menu", "unfollow"):
        event = wrote(control, SIDES["wechat"], business, kind=kind)
        assert isinstance(event, CustomerActed)
        assert event.opens_window == (kind != "unfollow")


def mei_at_after_writing(control: SimulatorClient, side: Side, business: Business) -> Person:
    received = wrote(control, side, business, text="Hello")
    assert isinstance(received, MessageReceived)
    return received.sender
