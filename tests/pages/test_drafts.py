"""Drafts on the server: on every device of one member, for nobody else, and only until they are sent."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.chatrooms.actions import Composed, save_draft
from inbox.chatrooms.models import AnswerDraft, Chatroom
from inbox.chatrooms.selectors import is_used, needed_files
from inbox.media.actions import store_file
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.world import World, messages_of, reload, write

from .conftest import HTMX, get, put, room_on, room_url

BAD = '</textarea><script>alert("evil")</script>'


@pytest.fixture
def room(world: World) -> Chatroom:
    room = room_on(world, ChannelKind.WHATSAPP)
    put(room, text="Do you have roses?")
    return room


def save(browser: Client, room: Chatroom, text: str, version: int, **more: Any) -> tuple[int, dict[str, Any]]:
    form = {"text": text, "version": version, "client_id": str(uuid.uuid4()), **more}
    answer = browser.post(room_url(room, "draft"), form)
    return answer.status_code, answer.json()


def test_a_draft_is_there_on_the_next_device_until_it_is_sent(world: World, amy: Client, room: Chatroom) -> None:
    question = messages_of(room)[0]
    picture = store_file(workspace_id=world.lotus.pk, content=samples.picture("PNG"), filename="roses.png")
    parts = {"reply_to": question.pk, "option": ["Y\x00es", " ", "\x00"], "file": [picture.pk, "999999999"]}
    assert save(amy, room, BAD, 0, **parts) == (200, {"version": 1})
    assert save(amy, room, BAD, 0, **parts) == (200, {"version": 1})  # the answer was lost
    with scope(world.lotus.pk):
        assert is_used(picture)
        assert needed_files(world.lotus.pk) == {picture.pk}
    assert amy.get("/w/lotus-flowers/drafts/").json() == {"rooms": [room.pk]}

    page = get(amy, room_url(room))
    assert page.form["text"] == BAD
    assert page.form["reply_to"] == str(question.pk)
    assert page.one("form", id="composer")["data-draft-version"] == "1"
    assert page.one("input", id="composer-option-1")["value"] == "Yes"
    assert str(picture.pk) in [each.attributes.get("data-value") for each in page.all("li", "composer-file")]
    assert '<script>alert("evil")' not in page.html

    form = {"text": BAD, "client_id": str(uuid.uuid4()), "file": picture.pk}
    sent = amy.post(room_url(room, "messages"), form, headers=HTMX)
    assert 'data-draft-version="2"' in sent.content.decode()
    assert amy.get("/w/lotus-flowers/drafts/").json() == {"rooms": []}
    # What a device saves late, of what was sent, comes too late.
    late = {**form, "version": 2}
    assert amy.post(room_url(room, "draft"), late).json() == {"version": 2}
    assert get(amy, room_url(room)).form["text"] == ""


@pytest.mark.django_db(transaction=True)
def test_what_is_being_saved_while_it_is_sent_does_not_come_back(world: World, amy: Client, room: Chatroom) -> None:
    save(amy, room, "Gone", 0)
    save(amy, room, "", 1)

    def send() -> None:
        try:
            write(world.amy, room, "We do", undo_for=timedelta())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with scope(world.lotus.pk):
            save_draft(actor=world.amy, chatroom=room, composed=Composed("We do"), base=2, client_id=uuid.uuid4())
            sending = pool.submit(send)
            wait([sending], timeout=0.5)
        sending.result()
    assert get(amy, room_url(room)).form["text"] == ""


def test_of_two_devices_the_later_hears_of_the_newer_draft(amy: Client, room: Chatroom) -> None:
    assert save(amy, room, "On the phone", 0) == (200, {"version": 1})
    status, newer = save(amy, room, "At the desk", 0)
    assert (status, newer["text"], newer["version"]) == (409, "On the phone", 1)
    assert newer == {"text": "On the phone", "replyTo": "", "options": [], "files": [], "version": 1}
    assert save(amy, room, "At the desk", 1) == (200, {"version": 2})
    assert save(amy, room, "", 2) == (200, {"version": 3})
    form = {"client_id": str(uuid.uuid4())}
    status, emptied = save(amy, room, "On the phone", 1, **form)
    assert (status, emptied["text"], emptied["version"]) == (409, "", 3)
    # A page that is loaded anew while its last save is on its way is no other device.
    assert save(amy, room, "On the phone", 3, **form) == (200, {"version": 4})
    assert save(amy, room, "On the phone, later", 3, **form) == (200, {"version": 5})


def test_a_draft_is_its_writers_alone(world: World, amy: Client, client: Client, room: Chatroom) -> None:
    save(amy, room, "Between us", 0)
    client.force_login(world.ben.user)
    assert get(client, room_url(room)).form["text"] == ""
    assert client.get("/w/lotus-flowers/drafts/").json() == {"rooms": []}
    assert "Between us" not in get(client, room_url(room)).html
    client.force_login(world.sam.user)
    url = room_url(room, "draft")
    for address in (url, url.replace("lotus-flowers", "other-bakery")):
        assert client.post(address, {"text": "Mine", "version": 0}).status_code == 404
    assert client.get("/w/other-bakery/drafts/").json() == {"rooms": []}
    with scope(world.bakery.pk):
        assert not AnswerDraft.objects.exists()


def test_bad_drafts_change_nothing(world: World, amy: Client, room: Chatroom) -> None:
    foreign = put(room_on(world, ChannelKind.WECHAT), text="Elsewhere")
    assert save(amy, room, "x" * 50_001, 0)[0] == 422
    for bad in ({"version": "x"}, {"version": "9" * 30}, {"version": "-1"}):
        assert amy.post(room_url(room, "draft"), {"text": "Hello", **bad}).status_code == 400
    assert amy.post(room_url(room, "draft"), {"version": 0, "reply_to": foreign.pk}).status_code == 404
    with scope(world.lotus.pk):
        assert not AnswerDraft.objects.exists()


def test_sending_can_be_undone_and_can_close_the_chat_without_a_script(
    world: World, amy: Client, client: Client, room: Chatroom
) -> None:
    world.lotus.undo_seconds = 30
    world.lotus.save()
    form = {"text": "We do", "client_id": str(uuid.uuid4()), "then": "close"}
    assert amy.post(room_url(room, "messages"), form).status_code == 303
    assert reload(room).status == "closed"
    (sent,) = [message for message in messages_of(room) if message.direction == "outbound"]
    page = get(amy, room_url(room))
    url = room_url(room, "message_undo", sent.pk)
    assert page.one("p", "undo")["data-by"] == str(world.amy.pk)
    assert page.one("button", **{"data-undo": url})["formaction"] == url

    client.force_login(world.ben.user)
    assert client.post(url).status_code == 409
    client.force_login(world.sam.user)
    assert client.post(url).status_code == 404
    assert amy.post(url).status_code == 303
    after = get(amy, room_url(room))
    assert after.form["text"] == "We do"
    assert "hidden" in after.one("li", id=f"message-{sent.pk}")
    assert amy.post(url, headers=HTMX).status_code == 409
