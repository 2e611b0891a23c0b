"""The reply window as an agent sees it, on every channel: the bar, the form, the ring in the list. Without any script."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Chatroom, Direction
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Page
from .test_query_counts import COSTS, LIST, statements_of

HOURS_2 = timedelta(hours=2)
HOURS_23 = timedelta(hours=23)
HOURS_25 = timedelta(hours=25)
DAYS_8 = timedelta(days=8)
FREELY = "You can write freely."
MODES = [
    (ChannelKind.WHATSAPP, HOURS_2, "free", "long", FREELY),
    (ChannelKind.WHATSAPP, HOURS_23, "free", "soon", FREELY),
    (
        ChannelKind.WHATSAPP,
        HOURS_25,
        "template",
        "over",
        "The time to answer is over: WhatsApp takes only templates until the customer writes again.",
    ),
    (
        ChannelKind.WHATSAPP,
        None,
        "template",
        "over",
        "The customer has not written yet: WhatsApp takes only templates.",
    ),
    (ChannelKind.MESSENGER, HOURS_2, "free", "long", FREELY),
    (
        ChannelKind.MESSENGER,
        HOURS_25,
        "person",
        "long",
        "The time for automatic messages is over. You can still write yourself.",
    ),
    (
        ChannelKind.MESSENGER,
        DAYS_8,
        "closed",
        "over",
        "The time to answer is over on Messenger: the customer has to write first.",
    ),
    (ChannelKind.INSTAGRAM, HOURS_23, "free", "soon", FREELY),
    (
        ChannelKind.INSTAGRAM,
        HOURS_25,
        "closed",
        "over",
        "The time to answer is over on Instagram: the customer has to write first.",
    ),
    (ChannelKind.WECHAT, HOURS_2, "free", "long", FREELY),
    (
        ChannelKind.WECHAT,
        HOURS_25,
        "closed",
        "over",
        "The time to answer is over on WeChat: the customer has to write first.",
    ),
    (ChannelKind.WECHAT, None, "closed", "over", "WeChat lets you write only after the customer has written."),
]
OFFERED = {
    "free": "",
    "person": "write_yourself wait",
    "template": "template hold wait",
    "closed": "hold wait",
}
every_mode = pytest.mark.parametrize(
    ("channel", "ago", "mode", "urgency", "words"), MODES, ids=[f"{row[0]} {row[1]}" for row in MODES]
)


def chat(world: World, channel: ChannelKind, ago: timedelta | None) -> Chatroom:
    """A chat whose customer wrote so long ago, or has never written."""
    room = room_on(world, channel)
    written_at = None if ago is None else clock.now() - ago
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=written_at)
    room.last_inbound_at = written_at
    return room


def send(browser: Client, room: Chatroom, text: str, headers: dict[str, str] | None = None) -> Page:
    form = {"text": text, "client_id": str(uuid.uuid4())}
    return Page(browser.post(room_url(room, "messages"), form, headers=headers or {}))


def is_writable(page: Page) -> bool:
    return "disabled" not in page.one("button", "composer-send")


@every_mode
def test_the_open_chat_says_what_may_be_sent(
    world: World, amy: Client, channel: ChannelKind, ago: timedelta, mode: str, urgency: str, words: str
) -> None:
    room = chat(world, channel, ago)
    page = get(amy, room_url(room))
    bar = page.one("div", "window", id=f"room-{room.pk}-window")
    assert (bar["data-mode"], bar["data-urgency"]) == (mode, urgency)
    assert page.one("p", "window-words").text == words
    composer = page.one("form", id="composer")
    assert composer["data-mode"] == mode
    assert composer["data-alternatives"] == bar["data-alternatives"] == OFFERED[mode]
    assert page.one("button", "composer-hold")["formaction"] == room_url(room, "hold")
    assert is_writable(page) == (mode in ("free", "person"))
    assert f"room-{room.pk}-window-words" in page.one("textarea", id="composer-text")["aria-describedby"]
    assert "disabled" not in page.one("textarea", id="composer-text")
    assert page.one(id="composer-templates").text == ""
    if mode in ("free", "person"):
        allowed = timedelta(days=7) if mode == "person" else timedelta(hours=24)
        assert room.last_inbound_at is not None
        assert datetime.fromisoformat(bar["data-closes-at"]) == room.last_inbound_at + allowed
        (time,) = [each for each in page.all("time") if each.inside(bar["id"])]
        assert time["datetime"] == bar["data-closes-at"]
        assert time.text.endswith(" UTC")
    else:
        assert "data-closes-at" not in bar


@every_mode
def test_the_list_shows_the_same_as_a_ring(
    world: World, amy: Client, channel: ChannelKind, ago: timedelta, mode: str, urgency: str, words: str
) -> None:
    room = chat(world, channel, ago)
    after = {ChannelKind.WHATSAPP: "template", ChannelKind.MESSENGER: "person"}.get(channel, "closed")
    bar = get(amy, room_url(room)).one("div", "window")
    for page in (get(amy, LIST), get(amy, room_url(room, "room_row"), htmx=True)):
        ring = page.one("span", "row-window")
        assert (ring["data-mode"], ring["data-urgency"], ring["title"], ring.text) == (mode, urgency, words, words)
        assert ring.attributes.get("data-closes-at") == bar.attributes.get("data-closes-at")
        assert ring["data-mode-after"] == (after if mode == "free" else "closed")


@pytest.mark.parametrize("sent", [0, 3, 5])
def test_a_channel_that_counts_says_how_many_messages_are_left(world: World, amy: Client, sent: int) -> None:
    room = chat(world, ChannelKind.WECHAT, HOURS_2)
    for number in range(sent):
        put(room, text=f"Answer {number}", direction=Direction.OUTBOUND, accepted_at=clock.now())
    page = get(amy, room_url(room))
    assert page.one("p", "window-remaining").text == f"{5 - sent} of 5 messages left"
    assert page.one("div", "window")["data-mode"] == ("closed" if sent == 5 else "free")
    assert is_writable(page) == (sent < 5)


def test_an_act_that_is_no_message_allows_fewer(world: World, amy: Client) -> None:
    room = chat(world, ChannelKind.WECHAT, None)
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(act_opened_at=clock.now() - timedelta(seconds=10))
    assert get(amy, room_url(room)).one("p", "window-remaining").text == "3 of 3 messages left"


@pytest.mark.parametrize("channel", [each for each in ChannelKind if each != ChannelKind.WECHAT])
def test_other_channels_do_not_count(world: World, amy: Client, channel: ChannelKind) -> None:
    assert get(amy, room_url(chat(world, channel, HOURS_2))).all("p", "window-remaining") == []


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_what_is_sent_too_late_comes_back_with_its_text(world: World, amy: Client, headers: dict[str, str]) -> None:
    room = chat(world, ChannelKind.INSTAGRAM, HOURS_25)
    page = send(amy, room, "Are you still there?", headers)
    assert page.status == 422
    assert page.form["text"] == "Are you still there?"
    error = page.one("p", id="composer-error").text
    assert ("the customer has to write first" in error, "You can hold the answer" in error) == (True, True)
    assert page.one("form", id="composer")["data-mode"] == "closed"
    assert not is_writable(page)
    assert messages_of(room) == []


def test_a_connection_may_have_its_own_hours(world: World, amy: Client) -> None:
    room = chat(world, ChannelKind.WHATSAPP, HOURS_2)
    with scope(world.lotus.pk):
        world.shop.window_hours = 1
        world.shop.save(update_fields=["window_hours"])
    assert get(amy, room_url(room)).one("div", "window")["data-mode"] == "template"
    assert get(amy, LIST).one("span", "row-window")["data-mode"] == "template"


# --- live ---------------------------------------------------------------------------------------------------------------


def test_the_page_asks_for_the_window_alone(world: World, amy: Client, stranger: Client) -> None:
    room = chat(world, ChannelKind.WHATSAPP, HOURS_25)
    amy.post(room_url(room, "assignment"), {"take": ""})
    url = get(amy, room_url(room)).one("div", "window")["data-url"]
    assert url == room_url(room, "window")
    page = get(amy, url, htmx=True)
    assert page.status == 200
    bar = page.one("div", "window")
    assert page.elements[0] is bar
    assert (bar["data-mode"], bar["hx-swap-oob"]) == ("template", "true")
    assert int(bar["data-seq"]) == get(amy, room_url(room)).cursor
    assert stranger.get(url).status_code == 404
    assert amy.post(url).status_code == 405


def test_a_frame_brings_the_bar_and_the_ring_of_the_page(world: World, amy: Client) -> None:
    room = chat(world, ChannelKind.WECHAT, HOURS_2)
    cursor = get(amy, LIST).cursor
    assert amy.post(room_url(room, "closure")).status_code == 303
    frame = get(amy, f"{LIST}since/", cursor=str(cursor), room=str(room.pk))
    page = get(amy, room_url(room), status="closed")
    for class_ in ("window", "row-window"):
        live, loaded = frame.one(class_=class_), page.one(class_=class_)
        own = {name: text for name, text in live.attributes.items() if name not in ("hx-swap-oob", "data-seq")}
        assert own == loaded.attributes
        assert live.text == loaded.text
    assert int(frame.one(class_="window")["data-seq"]) == frame.cursor


# --- cost ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ChannelKind)
def test_only_channels_that_count_cost_one_more_question(world: World, amy: Client, channel: ChannelKind) -> None:
    room = chat(world, channel, HOURS_2)
    with scope(world.lotus.pk):
        for number in range(4):
            customer = Customer.objects.create(workspace=world.lotus, name=f"Customer {number}")
            Chatroom.objects.create(
                workspace=world.lotus, customer=customer, connection=room.connection, last_inbound_at=clock.now()
            )
    more = 1 if channel == ChannelKind.WECHAT else 0
    assert len(statements_of(partial(amy.get, LIST))) == COSTS["list"] + more
    fragment = partial(amy.get, room_url(room), headers=HTMX)
    assert len(statements_of(fragment)) == COSTS["room as a fragment"] + more
