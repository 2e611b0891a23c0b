"""What the chat says under a message or a file that failed: why, whose matter it is, and the next step as a button."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from channels_adapters.types import ChannelKind, MessageKind
from inbox.chatrooms import presenters, selectors
from inbox.chatrooms.models import Attachment, AttachmentState, Chatroom, Direction, Message
from inbox.customers.models import Customer
from inbox.media.actions import store_file
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.world import World, messages_of, room_with

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Page

ADDRESS = "/w/lotus-flowers/admin/"


def failed(room: Chatroom, code: str, text: str = "See you <b>tomorrow</b>", **more: Any) -> Message:
    more.setdefault("failure_text", "The vendor's sentence.")
    return put(room, text=text, direction=Direction.OUTBOUND, state="failed", failure_code=code, **more)


def bubble(browser: Client, room: Chatroom, message: Message, **headers: str) -> Page:
    """The message alone, as it stands in its chat."""
    response = browser.get(room_url(room), headers=headers)
    page = Page(response)
    start = page.html.index(f'<li id="message-{message.pk}"')
    response.content = page.html[start : page.html.index("</li>", start)].encode()
    return Page(response)


CASES = [
    (ChannelKind.WHATSAPP, "132001", "not approved", "You can change this.", {"templates"}),
    (ChannelKind.WHATSAPP, "131053", "too large for its type", "You can change this.", {"file_rules"}),
    (ChannelKind.WHATSAPP, "131049", "withheld", "This lies with WhatsApp. Wait, then", set()),
    (ChannelKind.WHATSAPP, "100", "could not be built", "Please report this to support.", set()),
    (ChannelKind.WECHAT, "45002", "too long for WeChat", "You can change this. Shorten", set()),
    (ChannelKind.WECHAT, "window_closed", "write first", "Only the customer can change this.", set()),
    (ChannelKind.MESSENGER, "551", "blocked this account or left Messenger", "Only the customer", set()),
    (ChannelKind.INSTAGRAM, "777777", "The vendor's sentence.", "This lies with Instagram.", set()),
]


@pytest.mark.parametrize(("channel", "code", "words", "notes", "steps"), CASES, ids=[f"{c[0]} {c[1]}" for c in CASES])
def test_a_failure_says_why_whose_matter_it_is_and_what_to_do(
    world: World, amy: Client, channel: ChannelKind, code: str, words: str, notes: str, steps: set[str]
) -> None:
    room = room_on(world, channel)
    page = bubble(amy, room, failed(room, code))
    assert words in page.one("div", "failure").text
    said = page.one("p", "failure-notes").text
    assert said.startswith(notes)
    assert said.endswith(f"Code {code}")
    assert "Send again" in page.one("div", "failure").text
    offered = {link["href"] for link in page.all("a", "button")}
    assert offered == {room_url(room, name) for name in steps}
    for url in offered:
        assert page.one("a", href=url)["hx-get"] == url
        assert amy.get(url).status_code == amy.get(url, headers=HTMX).status_code == 200


LATE = [
    (ChannelKind.WHATSAPP, "131047", True),
    (ChannelKind.MESSENGER, "10/2018278", False),
    (ChannelKind.INSTAGRAM, "window_closed", False),
    (ChannelKind.WECHAT, "45047", False),
]


@pytest.mark.parametrize(("channel", "code", "has_templates"), LATE)
def test_a_late_answer_is_held_with_its_text(
    world: World, amy: Client, channel: ChannelKind, code: str, has_templates: bool
) -> None:
    room = room_on(world, channel)
    written = {"undo": {"until": "2026-11-22T12:00:00+00:00", "first": str(uuid.uuid4())}}  # in the composer
    page = bubble(amy, room, failed(room, code, details=written))
    button = page.one("button", name="again")
    links = [each["href"] for each in page.all("a", "button")]
    assert links == ([room_url(room, "templates")] if has_templates else [])
    form = Page(amy.post(button["formaction"], {"again": button["value"]}))
    assert form.one("textarea", name="text").raw_text == "See you <b>tomorrow</b>"
    assert messages_of(room)[-1].state == "failed", "it waits in the form, and nowhere else"
    part = failed(room, code, details={"parts": [1, 2]})
    assert bubble(amy, room, part).all("button", name="again") == [], "a part alone makes no sense later"


WAYS = [
    (ChannelKind.WHATSAPP, MessageKind.IMAGE, "roses.png", ""),
    (ChannelKind.WHATSAPP, MessageKind.STICKER, "roses.png", ".sticker"),
    (ChannelKind.WHATSAPP, MessageKind.DOCUMENT, "menu.txt", ""),
    (ChannelKind.MESSENGER, MessageKind.DOCUMENT, "roses.png", ".document"),
]


@pytest.mark.parametrize(("channel", "kind", "name", "way"), WAYS, ids=[f"{row[1]} of {row[2]}" for row in WAYS])
def test_a_late_file_is_held_as_it_was_sent(
    world: World, amy: Client, channel: ChannelKind, kind: MessageKind, name: str, way: str
) -> None:
    room = room_on(world, channel)
    content = samples.picture("PNG") if name == "roses.png" else b"Roses"
    file = store_file(workspace_id=world.lotus.pk, content=content, filename=name)
    asked = put(room, text="Which ones?")
    facts = {"attachments": [{"kind": kind.value}], "options": [{"id": "1", "title": "<b>These</b>"}]}
    message = failed(room, "window_closed", text="See", kind=kind, details=facts, reply_to=asked)
    with scope(world.lotus.pk):
        own = Attachment.objects.create(workspace=world.lotus, message=message, kind=kind, state="ready", file=file)
    button = get(amy, room_url(room)).one("button", name="again")
    said = {"text": "See", "replyTo": str(asked.pk), "options": ["<b>These</b>"], "files": [f"{file.pk}{way}"]}
    assert json.loads(button["data-hold"]) == said
    form = Page(amy.post(button["formaction"], {"again": button["value"]}))
    assert form.one("input", type="checkbox", name="file")["value"] == f"{file.pk}{way}"
    assert form.one("input", name="option")["value"] == "<b>These</b>"
    assert form.one("input", name="reply_to")["value"] == str(asked.pk)
    assert "Which ones?" in form.one("p", "quote").text
    for forged in (asked.pk, 2**50):
        assert amy.post(button["formaction"], {"again": forged}).status_code == 404
    with scope(world.lotus.pk):
        Attachment.objects.filter(pk=own.pk).update(file=None)
    assert get(amy, room_url(room)).all("button", name="again") == [], "of a file that is gone nothing can be held"


def test_a_number_can_be_looked_up(world: World, amy: Client) -> None:
    room = room_with(world, "Hello", phone="85290000001", name="Chan Tai Man")
    link = bubble(amy, room, failed(room, "131026")).one("a", "button")
    assert (link["href"], link["target"], link["rel"]) == (
        "https://wa.me/85290000001",
        "_blank",
        "noopener noreferrer",
    )
    with scope(world.lotus.pk):
        Customer.objects.filter(pk=room.customer_id).update(label="WhatsApp ab12")
    nameless = bubble(amy, room, failed(room, "131026"))
    assert nameless.all("a", "button") == []
    assert "Check the number" in nameless.one("p", "failure-notes").text


@pytest.mark.parametrize("code", ["190", "131042", "over_budget"])
def test_what_an_administrator_must_do_leads_where_it_is_done(
    world: World, amy: Client, client_of: Callable[[Membership], Client], code: str
) -> None:
    room = room_on(world, ChannelKind.WHATSAPP)
    message = failed(room, code)
    page = get(amy, room_url(room))
    assert page.one("main")["data-role"] == "agent", "whose page hides it"
    link = bubble(amy, room, message).one("a", "for-admins")
    assert amy.get(link["href"]).status_code == 403
    led = client_of(world.olivia).get(link["href"].replace("&amp;", "&"), follow=True)
    assert led.status_code == 200
    assert room.connection.name in led.content.decode()


def test_no_page_but_one_of_the_admin_is_led_to(world: World, client_of: Callable[[Membership], Client]) -> None:
    for wanted in ("https://evil.example/", "//evil.example/", "/w/lotus-flowers/"):
        assert client_of(world.olivia).get(ADDRESS, {"next": wanted})["Location"] == "/admin/"


def test_live_frames_speak_the_readers_language(world: World, amy: Client) -> None:
    room = room_on(world, ChannelKind.WHATSAPP)
    message = failed(room, "132001")
    with scope(world.lotus.pk):
        [row] = selectors.messages_by_id(world.lotus.pk, {message.pk})
    labels = {}
    for code in ("en", "zh-hant"):
        with translation.override(code):
            view = presenters.message_view(row, slug="lotus-flowers", capabilities=room.connection.adapter.capabilities)
            labels[code] = view.failure.steps[0].label if view.failure else ""
            page = bubble(amy, room, message, accept_language=code)
            assert page.one("a", "button").text == labels[code] == gettext("Choose a template")
    assert labels["en"] != labels["zh-hant"]


def test_a_customers_file_that_did_not_come_says_why(world: World, amy: Client) -> None:
    room = room_on(world, ChannelKind.WHATSAPP)
    message = put(room, MessageKind.IMAGE, details={"attachments": [{"kind": "image"}]})
    with scope(world.lotus.pk):
        attachment = Attachment.objects.create(
            workspace=world.lotus,
            message=message,
            kind="image",
            state=AttachmentState.FAILED,
            reference={"external_id": "1234"},
            problem="The vendor's sentence.",
            problem_code="gone",
        )
    page = bubble(amy, room, message)
    assert "WhatsApp does not keep the file any more." in page.one("p", "file-missing").text
    assert page.one("p", "failure-notes").text == (
        "Only the customer can change this. Ask the customer to send it again. Code gone"
    )
    again = {"formaction": room_url(room, "file_fetch", attachment.pk)}
    assert page.all("button", **again) == []  # its id is dead
    with scope(world.lotus.pk):
        Attachment.objects.filter(pk=attachment.pk).update(problem_code="http_503")
    assert bubble(amy, room, message).one("button", **again).text == "Ask WhatsApp again"
