"""The centre, its bell, and how members say what they want: everybody sees their own alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.models import Chatroom
from inbox.lib import clock
from inbox.notifications.actions import notify_changes
from inbox.notifications.models import Habits, Kind, Notification, Preference
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import HTMX
from tests.pages.reading import Page
from tests.world import World, room_with

from .conftest import URL, told

pytestmark = pytest.mark.django_db

NEWS = f"{URL}news/"
IGNORED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
PREFERENCES = f"{URL}preferences/"


def bell(browser: Client, after: str = "") -> tuple[str, list[str], str]:
    """The unread count, the headlines that are new, and the position."""
    page = Page(browser.get(NEWS, {"after": after}))
    link = page.one("a", id="bell")
    return link["data-count"], [call.text for call in page.all("p", "call")], link["data-position"]


def test_the_bell_counts_and_tells_what_is_new(world: World, amy: Client, room: Chatroom) -> None:
    assert bell(amy)[:2] == ("0", [])
    start = bell(amy)[2]
    notify_changes()
    count, news, position = bell(amy, start)
    assert (count, sorted(news)) == ("2", ["Chan Tai Man wrote", "The chat with Chan Tai Man was given to you"])
    assert bell(amy, position)[:2] == ("2", [])
    assert bell(amy, "nonsense_x")[:2] == ("2", []), "a page that knows nothing is only told where it is"
    room_with(world, "<b>Tulips</b>")
    notify_changes()
    page = Page(amy.get(NEWS, {"after": position}))
    (call,) = page.all("p", "call")
    assert (call["data-text"], "data-sounds" in call, "data-shows" in call) == (
        "2 new messages · <b>Tulips</b>",
        True,
        True,
    )


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_the_centre_lists_and_marks_as_read(world: World, amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    notify_changes()
    page = Page(amy.get(URL, headers=headers))
    assert (page.status, page.is_whole) == (200, not headers)
    unread = [item for item in page.all("li", "notification") if "data-unread" in item]
    assert len(unread) == 2
    read = next(
        form["action"]
        for form in page.all("form")
        if form["action"].endswith("/reading/") and form["action"] != f"{URL}reading/"
    )
    page = Page(amy.post(read, headers=headers, follow=True))
    assert len([item for item in page.all("li", "notification") if "data-unread" in item]) == 1
    page = Page(amy.post(f"{URL}reading/", headers=headers, follow=True))
    assert [item for item in page.all("li", "notification") if "data-unread" in item] == []
    assert bell(amy)[0] == "0"


def test_following_one_leads_to_the_chat_and_reads_it(world: World, amy: Client, room: Chatroom) -> None:
    notify_changes()
    link = Page(amy.get(URL)).all("a", "notification-link")[0]["href"]
    answer = amy.get(link)
    assert (answer.status_code, answer["Location"]) == (302, f"/w/lotus-flowers/rooms/{room.pk}/")
    assert sum(is_unread for _kind, is_unread in told(world.amy)) == 1


def test_pages_follow_each_other_and_cost_the_same(world: World, amy: Client, room: Chatroom) -> None:
    notify_changes()
    costs = []
    for count in (1, 64):
        with scope(world.lotus.pk):
            Notification.objects.bulk_create(
                Notification(
                    workspace=world.lotus,
                    member=world.amy,
                    kind=Kind.ASSIGNED,
                    key=f"old:{count}:{number}",
                    mark="",
                    chatroom=room,
                    happened_at=clock.now() - timedelta(hours=1 + number // 2),
                )
                for number in range(count)
            )
        with CaptureQueriesContext(connection) as captured:
            page = Page(amy.get(URL, headers=HTMX))
        costs.append(len([each for each in captured if not each["sql"].startswith(IGNORED)]))
    assert costs == [4, 4], "the person, the workspace, its members; the list"
    seen = [item["id"] for item in page.all("li", "notification")]
    while links := [link for link in page.all("a") if link.text == "Older notifications"]:
        page = Page(amy.get(links[0]["href"]))
        seen += [item["id"] for item in page.all("li", "notification")]
    assert len(seen) == len(set(seen)) == 67


def test_preferences_are_kept_and_wrong_hours_come_back(world: World, amy: Client, room: Chatroom) -> None:
    page = Page(amy.get(PREFERENCES))
    boxes = {box["name"]: "checked" in box for box in page.all("input", type="checkbox")}
    assert (boxes["message.sound"], boxes["message.email"], boxes["mention.email"]) == (True, False, True)
    wanted = {"message.in_page": "on", "mention.push": "on", "language": "zh-hant", "zone": "Asia/Hong_Kong"}
    wanted["tone"] = "soft"
    for hours, words in (
        ({"quiet_from": "22:00"}, "Give both times"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "the same times"),
        ({"quiet_from": "25:99", "quiet_until": "07:00"}, "valid time"),
        ({"zone": "Mars/Olympus"}, "valid choice"),
        ({"quiet_days": "8"}, "valid choice"),
        ({"tone": "siren"}, "valid choice"),
    ):
        page = Page(amy.post(f"{PREFERENCES}saving/", {**wanted, **hours}))
        assert (page.status, words in page.html) == (422, True), hours
        ticked = {box["name"] for box in page.all("input", type="checkbox") if "checked" in box and "." in box["name"]}
        assert ticked == {"message.in_page", "mention.push"}, "what was chosen is still there"
    with scope(world.lotus.pk):
        assert not Habits.objects.exists()
    times = {"quiet_from": "22:00", "quiet_until": "07:00", "quiet_days": ["7", "6"]}
    answer = amy.post(
        f"{PREFERENCES}saving/", {**wanted, **times, "tone": "knock", "repeats": "on", "shows_words": "on"}
    )
    assert answer.status_code == 302
    with scope(world.lotus.pk):
        habits = Habits.objects.get(member=world.amy)
        assert (habits.language, habits.zone, habits.shows_words) == ("zh-hant", "Asia/Hong_Kong", True)
        assert (habits.quiet_days, habits.tone, habits.repeats) == ("67", "knock", True)
        assert not Preference.objects.filter(member=world.ben).exists()
    page = Page(amy.get(PREFERENCES))
    assert [box["value"] for box in page.all("input", name="quiet_days") if "checked" in box] == ["6", "7"]
    link = Page(amy.get(NEWS)).one("a", id="bell")
    assert (link["data-tone"], "data-repeats" in link) == ("knock", True)
    notify_changes()
    assert told(world.amy) == [("message", True)]


def test_in_quiet_hours_the_bell_counts_but_nothing_sounds(world: World, amy: Client, room: Chatroom) -> None:
    start = bell(amy)[2]
    now = clock.now()
    with scope(world.lotus.pk):
        Habits.objects.create(
            workspace=world.lotus,
            member=world.amy,
            quiet_from=(now - timedelta(hours=1)).time(),
            quiet_until=(now + timedelta(hours=1)).time(),
        )
    notify_changes()
    assert bell(amy, start)[:2] == ("2", [])
    with scope(world.lotus.pk):
        assert not Notification.objects.filter(member=world.amy, push_at__isnull=False).exists()


def test_a_pause_silences_everything_until_it_is_over(world: World, amy: Client, room: Chatroom) -> None:
    start = bell(amy)[2]
    for wrong in ("week", "HOUR"):
        assert amy.post(f"{URL}pause/", {"until": wrong}).status_code == 422
    for until, words in (("hour", "until <time"), ("tomorrow", "until <time"), ("open", "until you turn them back on")):
        assert amy.post(f"{URL}pause/", {"until": until}).status_code == 302
        assert words in amy.get(PREFERENCES).content.decode()
    link = Page(amy.get(NEWS)).one("a", id="bell")
    assert "data-quiet" in link
    assert "data-paused" in link
    notify_changes()
    assert bell(amy, start)[:2] == ("2", []), "it is listed and counted, and that is all"
    assert Page(amy.post(f"{URL}pause/", {"until": ""}, headers=HTMX)).one("section", id="centre")
    assert "Notifications are paused until" not in amy.get(PREFERENCES).content.decode()
    count, calls, _position = bell(amy, start)
    assert (count, len(calls)) == ("2", 2)


def test_a_browser_introduces_itself_once(world: World, amy: Client) -> None:
    assert "data-introduction-url" in Page(amy.get(NEWS)).one("a", id="bell")
    for zone in ("Mars/Olympus", "Asia/Taipei"):
        assert amy.post(f"{URL}introduction/", {"zone": zone}).status_code == 204
    assert "data-introduction-url" not in Page(amy.get(NEWS)).one("a", id="bell")
    with scope(world.lotus.pk):
        assert Habits.objects.get(member=world.amy).zone == "UTC", "the first word counts"


def test_everybody_has_their_own(world: World, amy: Client, stranger: Client, client_of, room: Chatroom) -> None:  # type: ignore[no-untyped-def]
    notify_changes()
    with scope(world.lotus.pk):
        first = Notification.objects.filter(member=world.amy).order_by("pk")[0]
    ben = client_of(world.ben)
    theirs = "/w/other-bakery/notifications/"
    for browser, start in ((ben, URL), (stranger, URL), (stranger, theirs)):
        assert browser.get(f"{start}{first.pk}/").status_code == 404
        assert browser.post(f"{start}{first.pk}/reading/").status_code == 404
    assert stranger.get(URL).status_code == 404
    assert "Chan Tai Man" not in ben.get(URL).content.decode() + stranger.get(theirs).content.decode()
    ben.post(f"{URL}reading/")
    assert [is_unread for _kind, is_unread in told(world.amy)] == [True, True]


def test_the_service_worker_is_served_from_the_top(client: Client) -> None:
    answer = client.get("/service-worker.js")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert answer["Cache-Control"] == "no-cache"
    assert "showNotification" in answer.content.decode()
