"""The Schedule panel and the workspace's list, as browsers with and without scripts see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Chatroom, Direction
from inbox.connections.models import Connection
from inbox.customers.models import Customer, CustomerIdentity
from inbox.scheduling.actions import send_due
from inbox.scheduling.models import ScheduledMessage
from inbox.scheduling.words import written
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope
from tests.pages.conftest import HTMX, put, room_on
from tests.pages.reading import Page
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook

from .conftest import NOON, outcome, plan

Clock = time_machine.Traveller

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


@pytest.fixture
def amy(clock: Clock, world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.amy)


@pytest.fixture
def stranger(clock: Clock, world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.sam)


def url(room: Chatroom, *more: str, slug: str = "lotus-flowers") -> str:
    return "/".join([f"/w/{slug}/rooms/{room.pk}/schedule", *more, ""])


def post(browser: Client, address: str, headers: dict[str, str], **fields: str) -> Page:
    response = browser.post(address, fields, headers=headers)
    if response.status_code == 303:
        response = browser.get(response["Location"])
    return Page(response)


def rows() -> list[ScheduledMessage]:
    with platform_scope("test"):
        return list(ScheduledMessage.objects.order_by("pk"))


def test_the_customer_wrote_first_also_while_the_form_was_open(world: World, amy: Client, room: Chatroom) -> None:
    form = Page(amy.get(url(room)))
    seen = form.one("input", name="seen")["value"]
    receive(world.app, webhook(world.shop, messages=[text_message("I am here!")]))
    fields = {"text": "Still there?", "time": "2026-11-23T13:00", "zone": "UTC", "cancel": "yes", "seen": seen}
    refused = post(amy, url(room, "messages"), {}, **fields | {"text": ""})
    assert (refused.status, refused.one("input", name="seen")["value"]) == (422, seen)
    listed = post(amy, url(room, "messages"), {}, **fields)
    assert listed.one("li", "schedule-line")["data-state"] == "cancelled"
    post(amy, url(room, "messages"), {}, **fields | {"seen": "999"})
    assert [row.seen_inbound for row in rows()] == [1, 2]


def typed(page: Page) -> tuple[str, str, str]:
    (text,) = page.all("textarea", name="text")
    (time,) = page.all("input", name="time")
    zone = next(
        option["value"] for option in page.all("option") if "selected" in option and option.inside("schedule-zone")
    )
    return text.raw_text, time["value"], zone


@both_ways
def test_a_message_is_scheduled_and_listed(amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    page = post(
        amy,
        url(room, "messages"),
        headers,
        text="Ready! 🌹",
        time="2026-11-24T09:00",
        zone="Asia/Hong_Kong",
        cancel="yes",
    )
    assert page.status == 200
    [row] = rows()
    assert (row.text, row.due_at.isoformat(), row.zone) == ("Ready! 🌹", "2026-11-24T01:00:00+00:00", "Asia/Hong_Kong")
    assert row.cancel_if_customer_writes
    assert "Tue 24 Nov 2026, 09:00 Asia/Hong_Kong" in page.text
    with translation.override("zh-hans"):
        assert written(datetime(2026, 11, 24, 9, tzinfo=UTC), with_year=True) == "2026年11月24日 星期二 09:00"
    assert typed(page)[0].strip() == ""


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        ("85290000001", "Asia/Hong_Kong"),
        ("4930123456", "Europe/Berlin"),
        ("12125550100", "America/New_York"),
        ("447911123456", "Europe/London"),  # and Guernsey, where it is never another time
        ("18005550100", ""),  # from anywhere in America
    ],
)
def test_the_customers_zone_is_offered_where_their_number_names_one(
    world: World, amy: Client, phone: str, zone: str
) -> None:
    room = room_with(world, phone=phone)

    def offered() -> tuple[list[str], str]:
        page = Page(amy.get(url(room)))
        return [group["label"] for group in page.all("optgroup")], typed(page)[2]

    assert offered() == (["The customer’s", "All"], zone) if zone else (["All"], "UTC")
    with scope(world.lotus.pk):
        CustomerIdentity.objects.filter(customer=room.customer_id).update(retired_at=NOON)
    assert offered() == (["All"], "UTC"), "it is their number no more"


@both_ways
@pytest.mark.parametrize(
    ("time", "zone", "complaint"),
    [
        ("2026-11-23T11:59", "Europe/London", "This time is over."),
        ("2028-11-23T12:00", "Europe/London", "At most a year ahead."),
        ("2027-03-28T01:30", "Europe/London", "Clocks in Europe/London are put forward"),
        ("soon", "Europe/London", "Say on which day and at what time."),
        ("", "Europe/London", "Say on which day and at what time."),
        ("2026-11-24T09:00", "Mars/Olympus", "There is no such time zone."),
    ],
)
def test_a_refused_form_keeps_everything_that_was_typed(
    amy: Client, room: Chatroom, headers: dict[str, str], time: str, zone: str, complaint: str
) -> None:
    page = post(amy, url(room, "messages"), headers, text="<b>Ready</b>", time=time, zone=zone, cancel="yes")
    assert page.status == 422
    assert complaint in page.text
    assert typed(page) == ("<b>Ready</b>", time, zone)
    assert "checked" in page.one("input", name="cancel")
    assert rows() == []


@both_ways
def test_of_a_skipped_time_the_next_one_can_be_taken(amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    page = post(amy, url(room, "messages"), headers, text="Ready", time="2027-03-28T01:30", zone="Europe/London")
    [button] = page.all("button", name="instead")
    page = post(
        amy, button["formaction"], headers, text="Ready", instead=button["value"], zone="Europe/London", show="x"
    )
    assert typed(page) == ("Ready", "2027-03-28T02:00", "Europe/London")


@pytest.mark.parametrize("text", ["", "  \n", "x" * 50_000])
def test_a_text_that_could_not_be_sent_is_refused_now(amy: Client, room: Chatroom, text: str) -> None:
    page = post(amy, url(room, "messages"), {}, text=text, time="2026-11-24T09:00", zone="UTC")
    assert (page.status, rows()) == (422, [])


@both_ways
def test_a_preset_fills_in_the_time_of_its_zone_and_keeps_the_text(
    amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    fields = {"text": "Ready", "time": "", "zone": "Asia/Hong_Kong"}
    assert typed(post(amy, url(room, "outlook"), headers, preset="tomorrow", **fields)) == (
        "Ready",
        "2026-11-24T09:00",
        "Asia/Hong_Kong",
    )
    assert typed(post(amy, url(room, "outlook"), headers, preset="in_an_hour", **fields))[1] == "2026-11-23T21:00"


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-11-24T11:59", "It will be sent as you wrote it."),
        (
            "2026-11-24T13:00",
            "The time to answer ends Tue 24 Nov, 12:00. It will not be sent: WhatsApp takes only templates then.",
        ),
        ("2026-11-22T12:00", "This time is over. Choose a later one."),
    ],
)
@both_ways
def test_the_page_says_what_will_happen(
    amy: Client, room: Chatroom, time: str, words: str, headers: dict[str, str]
) -> None:
    page = post(amy, url(room, "outlook"), headers, text="Ready", time=time, zone="UTC")
    assert page.one("div", id="schedule-outlook").text == words
    assert rows() == []


LONG = "Roses. " * 400
ENDS = "The time to answer ends Tue 24 Nov, 12:00. "
WRITES = "It will not be sent, unless the customer writes again before."
REMINDER = "It will be sent as a reminder written by a person, which Messenger still allows."
TOO_MANY = "It will not be sent: WeChat has not that many messages left until the customer writes."
LEAVES = "It is on its way, but has not left yet."


@pytest.mark.parametrize(
    ("channel", "hours", "text", "words", "why"),
    [
        (ChannelKind.MESSENGER, 72, "Ready", ENDS + REMINDER, LEAVES),
        (ChannelKind.MESSENGER, 192, "Ready", ENDS + WRITES, "The time to answer is over on Messenger"),
        (ChannelKind.INSTAGRAM, 1, "Ready", "It will be sent as you wrote it.", LEAVES),
        (ChannelKind.INSTAGRAM, 72, "Ready", ENDS + WRITES, "The time to answer is over on Instagram"),
        (ChannelKind.WECHAT, 1, LONG, TOO_MANY, "WeChat allows fewer messages than it needs"),
    ],
    ids=["reminder", "a week over", "in time", "a day over", "too many messages"],
)
def test_each_channel_says_what_will_happen_and_does_it(
    world: World, amy: Client, clock: Clock, channel: ChannelKind, hours: int, text: str, words: str, why: str
) -> None:
    room = room_on(world, channel)
    with scope(world.lotus.pk):
        Connection.objects.filter(channel=ChannelKind.WECHAT).update(message_quota=2)
        if channel == ChannelKind.WECHAT:
            put(room, direction=Direction.OUTBOUND, sent_at=NOON + timedelta(seconds=1))
    due = (NOON + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")
    fields = {"text": text, "time": due, "zone": "UTC"}
    assert post(amy, url(room, "outlook"), HTMX, **fields).one("div", id="schedule-outlook").text == words
    page = post(amy, url(room, "messages"), HTMX, **fields)
    if channel == ChannelKind.WECHAT:  # whose messages count: somebody has to agree
        assert (page.status, page.one("input", name="split")["value"]) == (422, "yes")
        page = post(amy, url(room, "messages"), HTMX, **fields, split="yes")
    assert page.status == 200
    clock.shift(timedelta(hours=hours))
    send_due()
    line = Page(amy.get(url(room), headers=HTMX)).one("li", "schedule-line")
    assert (line["data-state"] == "sent") is (why == LEAVES)
    assert why in line.text


@pytest.mark.parametrize(
    ("wish", "words"),
    [("is_blocked", "This customer is blocked."), ("is_opted_out", "The customer wants no more messages.")],
)
@both_ways
def test_the_form_warns_where_nothing_will_be_sent_whenever_it_is(
    world: World, amy: Client, room: Chatroom, wish: str, words: str, headers: dict[str, str]
) -> None:
    with scope(world.lotus.pk):
        Customer.objects.filter(pk=room.customer_id).update(**{wish: True})
    form = Page(amy.get(url(room), headers=headers))
    (warning,) = form.all("p", "schedule-outlook-bad")
    assert warning.text.startswith(words)
    for time in ("2026-11-24T11:59", "2026-11-24T13:00"):
        page = post(amy, url(room, "outlook"), headers, text="Ready", time=time, zone="UTC")
        assert page.one("div", "schedule-outlook-bad").text == warning.text
    with scope(world.lotus.pk):
        Customer.objects.filter(pk=room.customer_id).update(**{wish: False})
    assert Page(amy.get(url(room), headers=headers)).all("p", "schedule-outlook-bad") == []


@both_ways
def test_a_message_can_be_changed(world: World, amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    row = plan(world.ben, room, "First version")
    page = Page(amy.get(url(room), {"change": row.pk}, headers=headers))
    assert typed(page) == ("First version", "2026-11-23T13:00", "UTC")
    form = page.one("form", id="schedule-form")
    refused = post(amy, form["action"], headers, text="Second", time="nonsense", zone="UTC")
    assert (refused.status, reload(row).text) == (422, "First version")
    assert post(amy, form["action"], headers, text="Second", time="2026-11-23T14:00", zone="UTC").status == 200
    assert (reload(row).text, reload(row).due_at) == ("Second", NOON + timedelta(hours=2))
    assert len(rows()) == 1


@both_ways
def test_a_message_can_be_cancelled_and_sent_now(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    cancelled, sent = plan(world.amy, room, "Never"), plan(world.ben, room, "Now")
    listed = post(amy, f"/w/lotus-flowers/scheduled/{cancelled.pk}/cancellation/", headers)
    assert (listed.status, outcome(cancelled)) == (200, ("cancelled", "by_member"))
    post(amy, f"/w/lotus-flowers/scheduled/{sent.pk}/sending/", headers)
    assert outcome(sent)[0] == "sent"
    assert [message.text for message in messages_of(room)] == ["Do you have roses?", "Now"]
    again = amy.post(f"/w/lotus-flowers/scheduled/{sent.pk}/sending/", headers=headers)
    assert again.status_code == 409
    assert "This message was sent already." in again.content.decode()


def test_after_the_window_send_now_says_why_not(world: World, amy: Client, room: Chatroom, clock: Clock) -> None:
    row = plan(world.amy, room, minutes=30 * 60)
    clock.shift(timedelta(hours=25))
    answer = amy.post(f"/w/lotus-flowers/scheduled/{row.pk}/sending/", headers=HTMX)
    assert answer.status_code == 409
    assert "only templates" in answer.content.decode()
    assert outcome(row)[0] == "waiting"


def test_one_that_was_missed_asks(world: World, amy: Client, room: Chatroom, clock: Clock) -> None:
    plan(world.amy, room, minutes=5)
    clock.shift(timedelta(hours=1))
    send_due()
    page = Page(amy.get(url(room), headers=HTMX))
    [line] = page.all("li", data_state="missed")
    assert "Send it now, or cancel it." in line.text
    assert [button.text for button in page.all("button") if button.inside(line["id"])] == ["Send now", "Cancel it"]


def test_it_shows_as_cancelled_as_soon_as_the_customer_writes(world: World, amy: Client, room: Chatroom) -> None:
    row = plan(world.amy, room, cancel_if_customer_writes=True)
    list_url = "/w/lotus-flowers/scheduled/"
    assert Page(amy.get(list_url)).all("li", id=f"scheduled-{row.pk}")
    receive(world.app, webhook(world.shop, messages=[text_message("Hello again")]))
    [line] = Page(amy.get(url(room), headers=HTMX)).all("li", data_state="cancelled")
    assert "The customer wrote first." in line.text
    assert not Page(amy.get(list_url)).all("li", id=f"scheduled-{row.pk}")
    assert Page(amy.get(list_url, {"state": "cancelled"})).all("li", id=f"scheduled-{row.pk}")


def test_the_list_is_filtered_and_paged(world: World, amy: Client, room: Chatroom) -> None:
    for number in range(53):
        plan(world.amy, room, f"Mine {number}", minutes=60 + number)
    theirs = plan(world.ben, room, "Ben's")
    address = "/w/lotus-flowers/scheduled/"
    first = Page(amy.get(address))
    lines = [line for line in first.all("li") if "data-state" in line]
    assert len(lines) == 50
    [more] = [link for link in first.all("a") if "after=" in link["href"]]
    rest = [line for line in Page(amy.get(more["href"])).all("li") if "data-state" in line]
    assert len(rest) == 3
    assert not {line["id"] for line in lines} & {line["id"] for line in rest}
    assert Page(amy.get(address, {"whose": "all"})).all("li", id=f"scheduled-{theirs.pk}")
    for state in ("not_sent", "missed"):
        with scope(world.lotus.pk):
            ScheduledMessage.objects.filter(author=world.amy).update(state=state, reason="closed.window_over")
        page = Page(amy.get(address, {"state": state}))
        [more] = [link for link in page.all("a") if "after=" in link["href"]]
        ids = [line["id"] for each in (page, Page(amy.get(more["href"]))) for line in each.all("li", data_state=state)]
        assert (len(ids), len(set(ids))) == (53, 53)
    for nonsense in ({"state": "x"}, {"whose": "x"}, {"after": "x"}, {"after": "0001-01-01T00:00:00+00:00_1"}):
        assert amy.get(address, nonsense).status_code == 200


def test_strangers_find_nothing(world: World, amy: Client, stranger: Client, room: Chatroom) -> None:
    row = plan(world.amy, room, "Secret roses")
    own = room_with(world, "Bread?", connection=world.oven, phone="85290000009")
    theirs = "/w/other-bakery"
    attempts = [
        partial(stranger.get, url(room)),
        partial(stranger.get, url(room, slug="other-bakery")),
        partial(stranger.get, url(own, slug="other-bakery"), {"change": row.pk}),
        partial(stranger.post, url(own, "messages", str(row.pk), slug="other-bakery"), {"text": "Mine now"}),
        partial(stranger.post, f"{theirs}/scheduled/{row.pk}/cancellation/"),
        partial(stranger.post, f"{theirs}/scheduled/{row.pk}/sending/"),
        partial(stranger.post, f"/w/lotus-flowers/scheduled/{row.pk}/sending/"),
    ]
    assert [attempt().status_code for attempt in attempts] == [404] * len(attempts)
    assert "Secret" not in stranger.get(f"{theirs}/scheduled/", {"whose": "all"}).content.decode()
    assert (outcome(row)[0], reload(row).text) == ("waiting", "Secret roses")
    assert amy.get(url(room), {"change": row.pk}).status_code == 200


def test_a_message_of_another_chat_is_not_changed_through_this_one(world: World, amy: Client, room: Chatroom) -> None:
    row = plan(world.amy, room_with(world, phone="85290000002"), "There")
    assert amy.post(url(room, "messages", str(row.pk)), {"text": "Here"}).status_code == 404
    assert amy.get(url(room), {"change": row.pk}).status_code == 404
    assert amy.get(url(room), {"change": "9" * 40}).status_code == 404


@pytest.mark.parametrize("count", [2, 40])
def test_pages_cost_the_same_for_few_and_for_many(world: World, amy: Client, room: Chatroom, count: int) -> None:
    for number in range(count):
        plan(world.amy, room, f"Number {number}", minutes=60 + number)
    costs = {}
    for address in (url(room), url(room, "list"), "/w/lotus-flowers/scheduled/"):
        with CaptureQueriesContext(connection) as captured:
            assert amy.get(address, headers=HTMX).status_code == 200
        ignored = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        costs[address.split("/")[-2]] = len([q for q in captured if not q["sql"].startswith(ignored)])
    # Each asks for the person, the workspace (and enters it) and its members; then the chat, what waits, what was
    # settled; the form also for the customer's number and the templates.
    assert costs == {"schedule": 8, "list": 6, "scheduled": 4}
