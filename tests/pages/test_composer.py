"""The form an answer is written in, as each channel needs it. Without any script; tests/browser has the script."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Chatroom, Message
from tests.world import World, messages_of

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Page

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
every_channel = pytest.mark.parametrize("channel", ChannelKind)


def capabilities(channel: ChannelKind) -> Any:
    return adapter_for(channel).capabilities


def chat_on(world: World, channel: ChannelKind) -> Chatroom:
    room = room_on(world, channel)
    put(room, text="Do you have roses?")
    return room


def send(browser: Client, room: Chatroom, text: str, *, headers: dict[str, str] | None = None, **more: Any) -> Page:
    form = {"text": text, "client_id": str(uuid.uuid4()), **more}
    return Page(browser.post(room_url(room, "messages"), form, headers=headers or {}))


def answers(room: Chatroom) -> list[Message]:
    return [message for message in messages_of(room) if message.direction == "outbound"]


def option_titles(page: Page) -> list[str]:
    return [element["value"] for element in page.all("input", name="option")]


@every_channel
def test_the_form_knows_what_the_channel_takes(world: World, amy: Client, channel: ChannelKind) -> None:
    can = capabilities(channel)
    room = chat_on(world, channel)
    form = get(amy, room_url(room)).one("form", id="composer")
    assert (form["data-limit"], form["data-unit"]) == (str(can.text_limit), can.text_unit.value)
    assert form.attributes.get("data-typing-url", "") == (room_url(room, "typing") if can.typing_seconds else "")
    if can.typing_seconds:
        assert form["data-typing-seconds"] == str(can.typing_seconds)
        assert amy.post(form["data-typing-url"], headers=HTMX).status_code == 204


@every_channel
def test_buttons_fit_the_channel_and_need_no_script(world: World, amy: Client, channel: ChannelKind) -> None:
    limits = capabilities(channel).options
    room = chat_on(world, channel)
    page = get(amy, room_url(room))
    inputs = page.all("input", name="option")
    assert [element["maxlength"] for element in inputs] == [str(limits.title)] * limits.count
    assert [element.attributes["class"] for element in page.all("li", "option") if "data-extra" not in element] == (
        ["option"] * 3
    )
    assert {label.attributes.get("for") for label in page.all("label")} >= {element["id"] for element in inputs}
    assert "open" not in page.one("details", "composer-options")
    assert send(amy, room, "How do you want it?", option=["Pick up", "", "  ", "Delivery"]).status == 303
    (answer,) = answers(room)
    assert [option["title"] for option in answer.details["options"]] == ["Pick up", "Delivery"]
    shown = get(amy, room_url(room)).one("ul", "options")
    assert shown.text == "Pick upDelivery"


@both_ways
def test_refused_buttons_come_back_open(world: World, amy: Client, headers: dict[str, str]) -> None:
    room = chat_on(world, ChannelKind.WHATSAPP)
    titles = ["Yes", "yes", '"><script>alert("evil")</script>']
    page = send(amy, room, "Well?", headers=headers, option=titles)
    assert page.status == 422
    assert page.one("p", id="composer-error").text
    assert page.form["text"] == "Well?"
    assert option_titles(page)[:4] == [*titles, ""]
    assert "open" in page.one("details", "composer-options")
    assert '<script>alert("evil")' not in page.html
    assert answers(room) == []


def test_more_buttons_than_fit_come_back_too(world: World, amy: Client) -> None:
    room = chat_on(world, ChannelKind.WHATSAPP)
    titles = [f"Answer {number}" for number in range(14)]
    page = send(amy, room, "Well?", option=titles)
    assert page.status == 422
    assert option_titles(page) == titles


def test_a_channel_that_counts_messages_asks_before_it_sends_several(world: World, amy: Client) -> None:
    room = chat_on(world, ChannelKind.WECHAT)
    text = "玫瑰很好。" * 300
    page = get(amy, room_url(room))
    assert "hidden" in page.one("p", "composer-consent")
    assert "split" not in page.form

    refused = send(amy, room, text)
    assert refused.status == 422
    assert "hidden" not in refused.one("p", "composer-consent")
    assert refused.one("p", "composer-consent").text == (
        "Use 3 of the 5 messages WeChat allows until the customer writes again"
    )
    assert refused.form["text"] == text
    assert answers(room) == []

    agreed = send(amy, room, text, split="yes")
    assert agreed.status == 303
    assert "".join(message.text for message in answers(room)) == text
    shown = get(amy, room_url(room))
    assert [element.text for element in shown.all("span", "message-part")] == ["1 of 3", "2 of 3", "3 of 3"]


def test_what_the_channel_cannot_take_at_all_is_not_asked_about(world: World, amy: Client) -> None:
    room = chat_on(world, ChannelKind.WECHAT)
    page = send(amy, room, "玫瑰很好。" * 3000, split="yes")
    assert page.status == 422
    assert "hidden" in page.one("p", "composer-consent")
    assert answers(room) == []


@pytest.mark.parametrize("channel", [ChannelKind.WHATSAPP, ChannelKind.MESSENGER, ChannelKind.INSTAGRAM])
def test_a_channel_that_does_not_count_splits_without_a_question(
    world: World, amy: Client, channel: ChannelKind
) -> None:
    room = chat_on(world, channel)
    assert get(amy, room_url(room)).all("p", "composer-consent") == []
    assert send(amy, room, "Roses are red. " * 300).status == 303
    assert len(answers(room)) > 1
