"""Drafts on the server: on every device of one member, for nobody else, and only until they are sent."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from channels_adapters.types import ChannelKind
from inbox.chatrooms.actions import Composed, archive_chatroom, reopen_chatroom, save_draft
from inbox.chatrooms.models import AnswerDraft, Chatroom
from inbox.chatrooms.selectors import is_used, needed_files
from inbox.media.actions import store_file
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.world import World, messages_of, reload, room_with, write

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Page

UNDO = "/w/lotus-flowers/undo/"
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


def test_each_member_says_for_how_long_they_can_take_back_what_they_send(
    world: World, amy: Client, client: Client, room: Chatroom
) -> None:
    world.lotus.undo_seconds = 7
    world.lotus.save()
    client.force_login(world.ben.user)

    def seconds_of(browser: Client) -> int:
        form = {"text": "We do", "client_id": str(uuid.uuid4())}
        assert browser.post(room_url(room, "messages"), form).status_code == 303
        sent = messages_of(room)[-1]
        until = sent.details.get("undo", {}).get("until")
        return round((datetime.fromisoformat(until) - sent.created_at).total_seconds()) if until else 0

    assert "Empty: 7, as this workspace says." in get(amy, UNDO).text
    assert seconds_of(amy) == 7
    for wrong in ("31", "-1", "soon", "2.5"):
        refused = Page(amy.post(f"{UNDO}saving/", {"seconds": wrong}))
        assert (refused.status, refused.one("input", name="seconds")["value"]) == (422, wrong)
        assert refused.all("p", "field-error")
    assert amy.post(f"{UNDO}saving/", {"seconds": "20"}).status_code == 302
    assert get(amy, UNDO).one("input", name="seconds")["value"] == "20"
    assert (seconds_of(amy), seconds_of(client)) == (20, 7), "a colleague's stays as it is"
    for chosen, seconds in (("0", 0), ("", 7)):
        amy.post(f"{UNDO}saving/", {"seconds": chosen})
        assert seconds_of(amy) == seconds


def test_without_a_script_what_stands_in_the_composer_is_kept_on_leaving_beside_another_devices_or_comes_back(
    amy: Client, room: Chatroom
) -> None:
    save(amy, room, "On the phone", 0, option=["Yes"])
    form = {"text": "At the desk", "draft_version": "0", "client_id": str(uuid.uuid4()), "to": "location"}
    url = room_url(room, "draft_leaving")
    left = amy.post(url, form)
    assert (left.status_code, left["Location"]) == (303, room_url(room, "location_form"))
    page = get(amy, room_url(room))
    assert page.form["text"] == "At the desk\n\nOn the phone"
    assert page.one("input", id="composer-option-1")["value"] == "Yes", "of the other device"
    for text in ("x" * 50_001, "y" * 49_990):  # too long, and too long with what stands there
        refused = Page(amy.post(url, form | {"text": text, "client_id": str(uuid.uuid4())}))
        assert (refused.status, refused.is_whole, refused.form["text"]) == (422, True, text)
        assert "too long to be kept" in refused.one("p", id="composer-error").text
    assert get(amy, room_url(room)).form["text"] == "At the desk\n\nOn the phone"


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
    assert reload(room).status == "open", "the one deed is taken back as a whole"
    assert amy.post(room_url(room, "messages"), form).status_code == 303
    assert reload(room).status == "open", "by a slow network once more"
    again = amy.post(url, headers=HTMX)
    assert (again.status_code, again.json()["text"]) == (200, "We do"), "where the first answer was lost"


def test_a_chat_that_is_closed_with_its_answer_offers_what_any_closing_does(
    world: World, amy: Client, room: Chatroom
) -> None:
    world.lotus.undo_seconds = 30
    world.lotus.save()
    form = {"text": "We do", "client_id": str(uuid.uuid4()), "then": "close"}
    answer = Page(amy.post(room_url(room, "messages"), form, headers=HTMX))
    (notice,) = answer.all("div", "notice")
    assert [each["hx-swap-oob"] for each in notice.ancestors] == ["beforeend:#notices"], "beside the composer"
    assert "The chat is closed." in notice.text
    assert answer.one("form", id="composer")
    undone = amy.post(
        reverse("chatrooms:bulk_undo", args=["lotus-flowers"]),
        {"undo": answer.one("input", name="undo")["value"]},
        headers=HTMX,
    )
    assert "1 chat is as before." in undone.content.decode()
    assert reload(room).status == "open"

    with scope(world.lotus.pk):
        archive_chatroom(actor=world.ben, chatroom=room)
    (sent,) = [message for message in messages_of(room) if message.direction == "outbound"]
    assert amy.post(room_url(room, "message_undo", sent.pk), headers=HTMX).status_code == 200
    assert reload(room).status == "archived", "by a colleague since"
    plain = form | {"client_id": str(uuid.uuid4()), "then": ""}
    assert not Page(amy.post(room_url(room, "messages"), plain, headers=HTMX)).all("div", "notice")


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize("is_repeated", [False, True])
def test_an_answer_does_not_close_over_what_its_writer_has_not_seen(
    world: World, amy: Client, is_repeated: bool, headers: dict[str, str]
) -> None:
    world.lotus.undo_seconds = 30
    world.lotus.save()
    phone = {"phone": "85290000001", "name": "Chan Tai Man"}
    room = room_with(world, "Do you have roses?", **phone)
    url = room_url(room, "messages")
    seen = get(amy, room_url(room)).form["seen"]
    form = {"text": "We do", "client_id": str(uuid.uuid4()), "then": "close", "seen": seen}
    if is_repeated:
        assert amy.post(url, form, headers=headers).status_code in (200, 303)
        assert reload(room).status == "closed"
        with scope(world.lotus.pk):
            reopen_chatroom(actor=world.ben, chatroom=room)
        assert amy.post(url, form, headers=headers).status_code in (200, 303)
        assert reload(room).status == "open", "a colleague has opened it again"
    room_with(world, "Red ones?", **phone)

    answer = Page(amy.post(url, form, headers=headers))
    words = "Sent, but the chat is still open: Chan Tai Man has written meanwhile."
    assert answer.status == 200
    (notice,) = [each for each in answer.all("div", "notice") if words in each.text]
    assert notice["data-level"] == "warning"
    assert reload(room).status == "open"
    assert [message.text for message in messages_of(room) if message.direction == "outbound"] == ["We do"]

    newest = messages_of(room)[-1].pk
    again = form | {"client_id": str(uuid.uuid4()), "seen": str(newest)}
    assert amy.post(url, again, headers=headers).status_code in (200, 303)
    assert reload(room).status == "closed", "once it has been seen"
