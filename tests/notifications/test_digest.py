"""E-mails about what nobody has read: one for all of it, in the member's language, and not at night."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models import F
from pytest_django import Settings

from inbox.chatrooms.models import Chatroom
from inbox.customers.access import get_group
from inbox.lib import clock
from inbox.notes.actions import add_note
from inbox.notifications.actions import (
    Wishes,
    _digest,
    leave_alone,
    mail_due,
    mark_all_read,
    notify_changes,
    save_preferences,
    tell_again,
)
from inbox.notifications.models import Habits, Notification
from inbox.notifications.policy import OPEN_END, Pause
from inbox.workspaces.tenancy import scope
from tests.world import World

from .conftest import give

pytestmark = pytest.mark.django_db


class Closed(EmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, _messages: Sequence[object]) -> int:
        raise ConnectionRefusedError


def name(world: World, room: Chatroom, *texts: str) -> None:
    """Let Amy mention Ben, six minutes ago."""
    for text in texts:
        with scope(world.lotus.pk):
            group = get_group(world.amy, room.customer_id)
            add_note(actor=world.amy, group=group, text=text, client_id=uuid.uuid4())
    notify_changes()
    with scope(world.lotus.pk):
        Notification.objects.filter(mail_at__isnull=False).update(mail_at=clock.now() - timedelta(minutes=6))


def test_one_mail_tells_of_all_that_was_not_read(world: World, room: Chatroom) -> None:
    give(world.olivia, room, world.ben)
    name(world, room, "@Ben <b>peonies</b>", "@Ben again")
    assert mail_due() == 1
    assert mail_due() == 0
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ben@example.com"], "2 unread notifications in Lotus Flowers")
    html = message.alternatives[0].content
    for words in ("Amy Agent mentioned you in a note on Chan Tai Man", "@Ben again"):
        assert words in message.body
        assert words in html
    assert "@Ben <b>peonies</b>" in message.body
    assert "@Ben &lt;b&gt;peonies&lt;/b&gt;" in html
    assert "http://" in message.body
    assert "given to you" not in message.body, "by default only mentions are mailed"
    name(world, room, "@Ben once more")
    assert mail_due() == 0, "not so soon"
    with scope(world.lotus.pk):
        Habits.objects.update(mailed_at=clock.now() - timedelta(minutes=31))
    assert mail_due() == 1
    assert mail.outbox[1].subject == "Amy Agent mentioned you in a note on Chan Tai Man · Lotus Flowers"


def test_what_was_read_or_is_fresh_is_not_mailed(world: World, room: Chatroom) -> None:
    name(world, room, "@Ben read this")
    with scope(world.lotus.pk):
        mark_all_read(member=world.ben)
    assert mail_due() == 0
    name(world, room, "@Ben and this")
    with scope(world.lotus.pk):
        Notification.objects.filter(mail_at__isnull=False).update(mail_at=clock.now())
    assert (mail_due(), mail.outbox) == (0, [])


def test_it_waits_for_the_morning_and_speaks_the_members_language(
    world: World, room: Chatroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends_at = (clock.now() + timedelta(hours=1)).replace(microsecond=0)
    with scope(world.lotus.pk):
        habits = Habits.objects.create(
            workspace=world.lotus,
            member=world.ben,
            language="zh-hant",
            quiet_from=(clock.now() - timedelta(hours=1)).time(),
            quiet_until=ends_at.time(),
        )
    name(world, room, "@Ben", "@Olivia")
    bens = Notification.objects.filter(member=world.ben, mail_at__isnull=False)
    with scope(world.lotus.pk):
        bens.update(mail_at=clock.now() - timedelta(hours=1))
    monkeypatch.setattr(_digest, "MOST_MEMBERS", 1)
    assert (mail_due(), mail_due()) == (0, 1), "who may not be mailed now is put off, and the next one follows"
    assert mail.outbox[0].to == ["olivia@example.com"]
    with scope(world.lotus.pk):
        assert bens.get().mail_at == ends_at - _digest.WAIT
        bens.update(mail_at=clock.now() - timedelta(hours=1))
        Habits.objects.filter(pk=habits.pk).update(quiet_from=None, quiet_until=None)
        leave_alone(member=world.ben, pause=Pause.OPEN, zone="UTC")
    assert mail_due() == 0
    with scope(world.lotus.pk):
        assert bens.get().mail_at == OPEN_END - _digest.WAIT
        tell_again(member=world.ben)
        assert bens.get().mail_at <= clock.now()
        bens.update(mail_at=clock.now() - timedelta(hours=1))
    assert mail_due() == 1
    assert '<html lang="zh-hant"' in mail.outbox[1].alternatives[0].content


def test_who_shortens_their_quiet_is_mailed_at_its_new_end(world: World, room: Chatroom) -> None:
    began = clock.now()
    bens = Notification.objects.filter(member=world.ben, mail_at__isnull=False)
    night = {"quiet_from": (began - timedelta(hours=1)).time(), "quiet_until": (began + timedelta(hours=9)).time()}

    def mailed(after: timedelta) -> int:
        with time_machine.travel(began + after):
            return mail_due()

    with scope(world.lotus.pk):
        leave_alone(member=world.ben, pause=Pause.OPEN, zone="UTC")
    name(world, room, "@Ben")
    assert mailed(timedelta()) == 0
    with scope(world.lotus.pk):
        assert bens.get().mail_at == OPEN_END - _digest.WAIT
        until = leave_alone(member=world.ben, pause=Pause.HOUR, zone="UTC")
    assert mailed(timedelta(minutes=6)) == 0
    with scope(world.lotus.pk):
        assert bens.get().mail_at == until - _digest.WAIT
        save_preferences(member=world.ben, ways={}, wishes=Wishes("en", "UTC", **night))
    assert mailed(timedelta(hours=2)) == 0
    with scope(world.lotus.pk):
        save_preferences(member=world.ben, ways={}, wishes=Wishes("en", "UTC"))
    assert (mailed(timedelta(minutes=7)), mailed(timedelta(hours=2))) == (0, 1)


def test_a_mail_server_that_refuses_gets_it_again(world: World, room: Chatroom, settings: Settings) -> None:
    name(world, room, "@Ben")
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{Closed.__module__}.{Closed.__qualname__}"
    assert mail_due() == 0
    settings.EMAIL_BACKEND = works
    assert mail_due() == 0, "after a pause"
    with scope(world.lotus.pk):
        due = Notification.objects.filter(mail_at__isnull=False)
        assert due.update(mail_at=F("mail_at") - _digest.BETWEEN) == 1
    assert mail_due() == 1
