"""What the templates of notifications are rendered with where no database is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from inbox.notifications.forms import HabitsForm
from inbox.notifications.pages import Bell, Box, Call, Centre, DeviceLine, Line, NewsView, Preferences, Row

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINE = Line(
    dom_id="notification-3",
    icon="notes",
    headline="<b>Amy</b> mentioned you",
    text="<script>note</script>",
    at=NOON,
    url="/w/lotus/notifications/3/",
    reading_url="/w/lotus/notifications/3/reading/",
)
CENTRE = Centre(
    url="/w/lotus/notifications/?before=x",
    lines=(LINE, replace(LINE, dom_id="notification-4", text="", reading_url="")),
    all_reading_url="/w/lotus/notifications/reading/",
    newest_url="/w/lotus/notifications/",
    older_url="/w/lotus/notifications/?before=y",
    preferences_url="/w/lotus/notifications/preferences/",
    pausing_url="/w/lotus/notifications/pause/",
)
SETTINGS: dict[str, Any] = {"tone": "soft", "repeats": True, "is_quiet": True, "is_paused": True}
BELL = Bell(count=100, others=2, position="2026-11-22T12:00:00+00:00_3", is_stranger=True, **SETTINGS)
CALL = Call("call-3", "<b>Amy</b> wrote", '"><script>', "/w/lotus/notifications/3/", "a1b2", sounds=True, shows=True)
PREFERENCES = Preferences(
    url="/w/lotus/notifications/preferences/",
    pausing_url="/w/lotus/notifications/pause/",
    paused_until=NOON,
    is_paused_openly=False,
    form=HabitsForm(),
    ways=("On the page", "Sound"),
    rows=(Row("A chat is given to me", (Box("assigned.in_page", "On the page", is_ticked=True),)),),
    devices=tuple(
        DeviceLine("<b>Chrome</b> · Linux", NOON, NOON, "d1e2", is_lost, "/w/lotus/notifications/devices/3/deletion/")
        for is_lost in (False, True)
    ),
    device_adding_url="/w/lotus/notifications/devices/",
    device_renewal_url="/w/lotus/notifications/devices/renewal/",
    public_key="BA",
    member_id=7,
)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "notifications/_bell.html": ({"slug": "lotus", "bell": BELL}, "bell"),
    "notifications/_call.html": ({"call": CALL}, "call-3"),
    "notifications/_centre.html": ({"centre": CENTRE}, "centre"),
    "notifications/_pauses.html": ({}, ""),
    "notifications/_line.html": ({"line": LINE}, "notification-3"),
    "notifications/_news.html": ({"news": NewsView("lotus", BELL, (CALL,))}, "notification-news"),
}
PAGES: dict[str, dict[str, Any]] = {
    "notifications/centre.html": {"centre": CENTRE},
    "notifications/preferences.html": {"page": PREFERENCES, "back_url": "/w/lotus/notifications/"},
}
