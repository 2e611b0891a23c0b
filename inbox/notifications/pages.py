"""The centre, its bell and the preferences as their templates see them. No queries but those of `selectors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.chatrooms.selectors import Position
from inbox.workspaces.models import Membership

from . import actions, selectors, words
from .forms import WAYS, HabitsForm
from .models import Device, Kind, Notification, Standing
from .policy import OPEN_END, Ways

ICONS: Mapping[str, str] = {
    Kind.MESSAGE: "chats",
    Kind.UNASSIGNED: "inbox",
    Kind.ASSIGNED: "take",
    Kind.MENTION: "notes",
    Kind.SEND_FAILED: "failed",
    Kind.HELD_OFFERED: "send",
    Kind.HELD_EXPIRED: "queued",
    Kind.SCHEDULED_MISSED: "schedule",
}


@dataclass(frozen=True)
class Line:
    """`notifications/_line.html`. `reading_url` is empty for what is read."""

    dom_id: str
    icon: str
    headline: str
    text: str
    at: datetime
    url: str
    reading_url: str


@dataclass(frozen=True)
class Centre:
    """`notifications/_centre.html`."""

    url: str
    lines: tuple[Line, ...]
    all_reading_url: str  # empty where nothing is unread
    newest_url: str  # empty while the newest are shown
    older_url: str
    preferences_url: str
    pausing_url: str


@dataclass(frozen=True)
class Bell:
    """`notifications/_bell.html`. A page is delivered with an empty one and asks by itself: chats do not wait for it."""

    count: int
    others: int  # besides what customers wrote, which the list counts
    position: str  # up to which this is true
    is_stranger: bool  # of whom neither language nor zone is known
    tone: str
    repeats: bool
    is_quiet: bool
    is_paused: bool

    @property
    def label(self) -> str:
        return f"{selectors.MOST_COUNTED - 1}+" if self.count >= selectors.MOST_COUNTED else str(self.count)


@dataclass(frozen=True)
class Call:
    """Something new that a page sounds for or shows on the screen."""

    dom_id: str
    headline: str
    text: str
    url: str
    tag: str
    sounds: bool
    shows: bool


@dataclass(frozen=True)
class NewsView:
    """`notifications/_news.html`."""

    slug: str
    bell: Bell
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Box:
    name: str
    label: str
    is_ticked: bool


@dataclass(frozen=True)
class Row:
    label: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class DeviceLine:
    """`digest` is what a browser knows itself by."""

    name: str
    created_at: datetime
    pushed_at: datetime | None
    digest: str
    is_lost: bool
    deletion_url: str


@dataclass(frozen=True)
class Preferences:
    """`notifications/preferences.html`."""

    url: str
    pausing_url: str
    paused_until: datetime | None
    is_paused_openly: bool  # until the member ends it
    form: HabitsForm
    ways: tuple[str, ...]
    rows: tuple[Row, ...]
    devices: tuple[DeviceLine, ...]
    device_adding_url: str
    device_renewal_url: str
    public_key: str
    member_id: int


def centre(member: Membership, *, before: Position | None = None) -> Centre:
    slug = member.workspace.slug
    url = reverse("notifications:centre", args=[slug])
    page = selectors.page_of(member, before=before)
    lines = tuple(_line(each, slug) for each in page.notifications)
    return Centre(
        url=f"{url}?{urlencode({'before': str(before)})}" if before else url,
        lines=lines,
        all_reading_url=reverse("notifications:all_reading", args=[slug]) if any(x.reading_url for x in lines) else "",
        newest_url=url if before else "",
        older_url=f"{url}?{urlencode({'before': str(page.older)})}" if page.older else "",
        preferences_url=reverse("notifications:preferences", args=[slug]),
        pausing_url=reverse("notifications:pausing", args=[slug]),
    )


def news(member: Membership, after: Position | None, now: datetime) -> NewsView:
    """Return the bell, and what is newer than `after`; a page that knows of nothing yet is only told where it is."""
    slug = member.workspace.slug
    habits, count = selectors.habits_of(member), selectors.count_of(member)
    found = selectors.news_after(member, after) if after else []
    newest = Position(found[-1].happened_at, found[-1].pk) if found else after or selectors.newest_position(member)
    start = Position(now, 0)  # nothing happened so far
    quiet = habits.quiet
    bell = Bell(
        count.unread,
        count.others,
        str(newest or start),
        is_stranger=habits.pk is None,
        tone=habits.tone,
        repeats=habits.repeats,
        is_quiet=quiet.holds(now),
        is_paused=quiet.is_paused(now),
    )
    if not found or bell.is_quiet:
        return NewsView(slug, bell, ())
    ways = selectors.ways_of(member.workspace_id, [member.pk], {each.kind for each in found})
    return NewsView(slug, bell, tuple(_call(each, ways[member.pk, each.kind], slug) for each in found))


def place_of(notification: Notification, slug: str) -> str:
    """Return where it happened: the chat, at the message that failed."""
    url = reverse("chatrooms:room", args=[slug, notification.chatroom_id])
    return f"{url}?{urlencode({'at': notification.message_id})}" if notification.message_id else url


def preferences(member: Membership, form: HabitsForm, chosen: Mapping[str, Ways], now: datetime) -> Preferences:
    slug, habits = member.workspace.slug, form.instance
    labels = {
        "in_page": _("On the page"),
        "sound": _("Sound"),
        "desktop": _("On the screen"),
        "push": _("Devices"),
        "email": _("E-mail"),
    }
    return Preferences(
        url=reverse("notifications:preferences_saving", args=[slug]),
        pausing_url=reverse("notifications:pausing", args=[slug]),
        paused_until=habits.paused_until if habits.quiet.is_paused(now) else None,
        is_paused_openly=habits.paused_until == OPEN_END,
        form=form,
        ways=tuple(labels[way] for way in WAYS),
        rows=tuple(
            Row(str(label), tuple(Box(f"{kind}.{way}", labels[way], getattr(chosen[kind], way)) for way in WAYS))
            for kind, label in Kind.choices
        ),
        devices=tuple(_device(device, slug) for device in selectors.devices_of(member)),
        device_adding_url=reverse("notifications:device_adding", args=[slug]),
        device_renewal_url=reverse("notifications:device_renewal", args=[slug]),
        public_key=actions.public_key(),
        member_id=member.pk,
    )


def name_of_browser(user_agent: str) -> str:
    """Return a name by which a person knows one of their devices: the browser and what it runs on."""
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")]
    systems += [("Mac OS", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux")]
    browser = next((name for sign, name in browsers if re.search(rf"\b{sign}\w*/", user_agent)), _("Browser"))
    system = next((name for sign, name in systems if sign in user_agent), "")
    return f"{browser} · {system}" if system else browser


def _line(notification: Notification, slug: str) -> Line:
    is_read = notification.read_at is not None or (
        notification.kind == Kind.MESSAGE and notification.is_seen  # type: ignore[attr-defined]
    )
    return Line(
        dom_id=f"notification-{notification.pk}",
        icon=ICONS[notification.kind],
        headline=words.headline(notification),
        text=words.text(notification),
        at=notification.happened_at,
        url=reverse("notifications:opening", args=[slug, notification.pk]),
        reading_url="" if is_read else reverse("notifications:notification_reading", args=[slug, notification.pk]),
    )


def _call(notification: Notification, ways: Ways, slug: str) -> Call:
    return Call(
        dom_id=f"call-{notification.pk}",
        headline=words.headline(notification),
        text=words.text(notification),
        url=reverse("notifications:opening", args=[slug, notification.pk]),
        tag=notification.topic,
        sounds=ways.sound,
        shows=ways.desktop,
    )


def _device(device: Device, slug: str) -> DeviceLine:
    deletion_url = reverse("notifications:device_deletion", args=[slug, device.pk])
    is_lost = device.standing == Standing.LOST
    return DeviceLine(device.name, device.created_at, device.pushed_at, device.digest, is_lost, deletion_url)
