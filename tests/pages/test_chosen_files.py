"""Files of a form that is being written: how many, in which order, and what waits for what meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from channels_adapters.types import ChannelKind
from inbox.chatrooms.chosen_files import chosen_in
from inbox.chatrooms.models import Chatroom
from inbox.lib import clock
from inbox.media import conversion
from inbox.media.actions import store_file
from inbox.media.models import MediaFile
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.world import World

from .conftest import HTMX, put, room_on, room_url
from .reading import Page

PNG, TIFF = samples.picture("PNG"), samples.picture("TIFF")


@pytest.fixture
def chat(world: World) -> Chatroom:
    room = room_on(world, ChannelKind.WHATSAPP)
    put(room, text="Do you have roses?")
    return room


def uploads(*contents: bytes) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{number}.txt", content) for number, content in enumerate(contents)]


def files_of(world: World) -> int:
    with scope(world.lotus.pk):
        return MediaFile.objects.count()


def test_more_files_than_go_out_at_once_are_not_even_stored(world: World) -> None:
    known = store_file(workspace_id=world.lotus.pk, content=PNG, filename="known.png")
    with scope(world.lotus.pk):
        chosen = chosen_in(world.amy, [str(known.pk)], uploads(*[b"text"] * 10))
    assert [each.file for each in chosen.files] == [known], "what was there stays in the form"
    assert chosen.problems == ["This would need 11 messages; at most 10 go out at once."]
    assert files_of(world) == 1
    with scope(world.lotus.pk):
        assert len(chosen_in(world.amy, [], uploads(*[b"text"] * 10)).files) == 10


@pytest.mark.django_db(transaction=True)
def test_forms_with_the_same_files_in_another_order_wait_for_each_other(world: World) -> None:
    """Storing holds a content until the form's transaction ends: two of them must hold in one order."""
    contents = [b"first", b"second", b"third"]
    both_here = threading.Barrier(2)

    def send(content: list[bytes]) -> list[str]:
        try:
            both_here.wait()
            with scope(world.lotus.pk):
                found = chosen_in(world.amy, [], uploads(*content)).files
                time.sleep(0.01)
                return [each.file.sha256 for each in found]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for _time in range(10):
            forth, back = pool.submit(send, contents), pool.submit(send, contents[::-1])
            assert forth.result() == back.result()[::-1]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_file_is_looked_into(
    world: World, client_of: Callable[[Membership], Client], chat: Chatroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a script, which brings each file by itself, and without one."""
    monkeypatch.setattr(conversion, "_PROBE_WAIT_SECONDS", 60)
    schedule = {"time": f"{clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M}", "zone": "UTC"}
    forms = [
        (room_url(chat, "files"), "file", HTMX, {}),
        (room_url(chat, "messages"), "upload", {}, {"text": "Our menu"}),
        (f"/w/lotus-flowers/rooms/{chat.pk}/schedule/messages/", "upload", {}, {"text": "Our menu", **schedule}),
    ]

    def post(url: str, field: str, headers: dict[str, str], fields: dict[str, str]) -> int:
        try:
            data = {**fields, field: SimpleUploadedFile("a.png", PNG)}
            return client_of(world.amy).post(url, data, headers=headers).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(forms)) as pool:
        with conversion.probing(), conversion.probing():
            answers = [pool.submit(post, *form) for form in forms]
            time.sleep(1.5)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
                )
                assert ([each.done() for each in answers], cursor.fetchone()) == ([False] * 3, (0,))
        assert [each.result() for each in answers] == [200, 303, 303]
    assert files_of(world) == 3


def test_what_nobody_is_at_any_more_is_asked_for_again(
    world: World, amy: Client, chat: Chatroom, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """The wake-up was lost, or a file was handed on from another chat and nobody has asked yet."""
    server = redis.Redis.from_url(settings.REDIS_URL)
    file = store_file(workspace_id=world.lotus.pk, content=TIFF, filename="scan.tif")
    with scope(world.lotus.pk):
        MediaFile.objects.update(previews_at=file.created_at)
    url, waiting = f"{room_url(chat, 'chosen_files')}?file={file.pk}", server.llen("media")
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            chip = Page(amy.get(url, headers=HTMX))
        assert (chip.one("progress")["value"], chip.one("li", "composer-file")["hx-get"]) == ("0", url)
        assert server.llen("media") == waiting + 1
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        late = Page(amy.get(url, headers=HTMX))
    assert late.all("progress") == []
    assert "hx-get" not in late.one("li", "composer-file"), "a page does not ask for ever"
    assert late.one("input", name="file")["value"] == str(file.pk), "it is converted as it is sent"
