"""One open chat: reading it, answering, and everything an agent can press. With htmx and without any script."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from inbox.chatrooms import actions
from inbox.chatrooms.frames import inbox_frame, room_frame
from inbox.chatrooms.models import Chatroom, Message, MessageState, OutboxEntry, RoomStatus
from inbox.chatrooms.presenters import message_view, room_row, room_state, window_bar
from inbox.chatrooms.selectors import messages_by_id, rooms_by_id
from inbox.chatrooms.windows import window_for
from inbox.connections.failures import explain
from inbox.connections.models import Connection, ConnectionState
from inbox.lib import clock
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook, write

from .conftest import EARLIER, HTMX, conversation, get, room_url
from .reading import Page
from .test_query_counts import COSTS

ClientOf = Callable[[Membership], Client]

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


def send(browser: Client, room: Chatroom, text: str, *, headers: dict[str, str] | None = None, **more: Any) -> Page:
    form = {"text": text, "client_id": str(uuid.uuid4()), **more}
    return Page(browser.post(room_url(room, "messages"), form, headers=headers or {}))


def press(browser: Client, room: Chatroom, name: str, *ids: int, htmx: bool = False, **form: object) -> Any:
    return browser.post(room_url(room, name, *ids), form, headers=HTMX if htmx else {})


def answers(room: Chatroom) -> list[Message]:
    return [message for message in messages_of(room) if message.direction == "outbound"]


def system_lines(browser: Client, room: Chatroom) -> list[str]:
    return [element.text for element in get(browser, room_url(room)).all("p", "system")]


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_chat_is_shown_with_everything_around_it(world: World, amy: Client, room: Chatroom) -> None:
    page = get(amy, room_url(room))
    assert page.is_whole
    assert page.rooms == [room.pk]
    assert page.one("a", "row-link")["aria-current"] == "true"
    assert page.texts == ["Do you have roses?", "Red ones?"]
    assert page.one("section", id="room")["data-title"] == "Chan Tai Man"
    assert "WhatsApp · Shop" in page.one("header", "room-header").text
    assert page.form["text"] == ""
    assert uuid.UUID(page.form["client_id"])
    assert page.one("form", id="composer")["action"] == room_url(room, "messages")
    assert page.one("form", id="composer")["data-limit"] == "4096"
    members = [option.text for option in page.all("option") if option.inside("assign-member")]
    assert members[1:] == ["Amy Agent", "Ben Agent", "Olivia Owner"]
    assert page.one("section", id="room")["data-read-url"] == room_url(room, "reading")


def test_htmx_gets_the_chat_alone(world: World, amy: Client, room: Chatroom) -> None:
    page = get(amy, room_url(room), htmx=True)
    assert not page.is_whole
    assert page.rooms == []
    assert page.elements[0].attributes["id"] == "room"
    whole = get(amy, room_url(room))
    assert page.messages == whole.messages
    assert page.one("section", id="room").attributes == whole.one("section", id="room").attributes


def test_going_back_without_a_cached_page_gets_a_whole_one(world: World, amy: Client, room: Chatroom) -> None:
    """htmx asks for it after its history cache has forgotten the page."""
    headers = {**HTMX, "HX-History-Restore-Request": "true"}
    assert Page(amy.get(room_url(room), headers=headers)).is_whole


def test_an_empty_chat_says_so(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_message=None)
        Message.objects.filter(chatroom=room).delete()
    page = get(amy, room_url(room))
    assert page.messages == []
    assert "No messages yet" in page.one("section", id="room").text


def test_a_paused_connection_is_announced(world: World, amy: Client, room: Chatroom) -> None:
    assert get(amy, room_url(room)).all("div", "banner") == []
    with scope(world.lotus.pk):
        connections = Connection.objects.filter(pk=world.shop.pk)
        connections.update(state=ConnectionState.PAUSED)
        assert get(amy, room_url(room)).one("div", "banner").text == "Paused"
        connections.update(state=ConnectionState.NEEDS_ATTENTION, attention="The access token has expired.")
        assert get(amy, room_url(room)).one("div", "banner").text == "The access token has expired."
        connections.update(attention="WhatsApp says: too many complaints.", attention_code="131048")
    assert get(amy, room_url(room)).one("div", "banner").text == explain("whatsapp", "131048", "").words
    with translation.override("zh-hant"):
        words = explain("whatsapp", "131048", "").words
    chinese = Page(amy.get(room_url(room), headers={"Accept-Language": "zh-hant"}))
    assert "WhatsApp" not in words
    assert chinese.one("div", "banner").text == words


def test_unread_messages_are_marked(world: World, amy: Client, room: Chatroom) -> None:
    assert get(amy, room_url(room)).one("ol", "messages")["data-unread"] == "2"
    press(amy, room, "reading", seen=1)
    assert get(amy, room_url(room)).one("ol", "messages")["data-unread"] == "1"


@contextmanager
def interrupted(before_statement: int, event: Callable[[], None]) -> Iterator[None]:
    """Let something happen in another transaction just before the n-th statement of this one."""
    statements: list[str] = []

    def wrapper(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):
            statements.append(sql)
            if len(statements) == before_statement:
                with platform_scope("test: what the page is doing has its own scope"):
                    event()
        return execute(sql, *rest)

    with connection.execute_wrapper(wrapper):
        yield
    assert len(statements) > before_statement, "it never happened"


@pytest.mark.parametrize("moment", range(1, COSTS["room as a page"] + 1))
def test_news_that_come_while_the_page_is_made_are_caught_up(
    world: World, amy: Client, room: Chatroom, moment: int
) -> None:
    """Before whichever statement of the page: the news are on it, or its cursor is older and brings them."""
    news = webhook(world.shop, messages=[text_message("Just now")])
    with interrupted(moment, lambda: receive(world.app, news)):
        page = get(amy, room_url(room))
    caught_up = get(amy, "/w/lotus-flowers/since/", cursor=str(page.cursor), room=str(room.pk))
    assert "Just now" in page.texts + caught_up.texts


# --- strangers ------------------------------------------------------------------------------------------------------

READING = ["room", "room_row", "history"]
WRITING = ["messages", "assignment", "closure", "archiving", "reopening", "reading"]


@both_ways
def test_a_foreign_chat_does_not_exist(
    world: World, amy: Client, room: Chatroom, foreign_room: Chatroom, headers: dict[str, str]
) -> None:
    with scope(world.bakery.pk):
        assert Chatroom.objects.filter(pk=foreign_room.pk).exists()
    before = [reload(foreign_room).__dict__, [message.pk for message in messages_of(foreign_room)]]
    for name in READING:
        assert amy.get(room_url(room, name), headers=headers).status_code == 200
        response = amy.get(room_url(foreign_room, name), headers=headers)
        assert response.status_code == 404
        assert b"Bread" not in response.content
    for name in WRITING:
        form = {"text": "Hi", "take": "", "member": world.amy.pk}
        assert amy.post(room_url(foreign_room, name), form, headers=headers).status_code == 404
    after = [reload(foreign_room).__dict__, [message.pk for message in messages_of(foreign_room)]]
    for state in (before[0], after[0]):
        state.pop("_state")  # type: ignore[attr-defined]
    assert after == before


@both_ways
def test_a_foreign_message_does_not_exist(
    world: World, amy: Client, room: Chatroom, foreign_room: Chatroom, headers: dict[str, str]
) -> None:
    foreign = write(world.sam, foreign_room, "Yes, rye")
    with scope(world.bakery.pk):
        Message.objects.filter(pk=foreign.pk).update(state=MessageState.FAILED)
        OutboxEntry.objects.all().delete()
    for name in ("message_retry", "message_confirm"):
        assert amy.post(room_url(foreign_room, name, foreign.pk), headers=headers).status_code == 404
        assert amy.post(room_url(room, name, foreign.pk), headers=headers).status_code == 404
    assert send(amy, room, "Hi", headers=headers, reply_to=str(foreign.pk)).status == 404
    assert answers(room) == []
    assert "rye" not in get(amy, room_url(room), reply_to=str(foreign.pk)).html
    assert reload(foreign).state == MessageState.FAILED


def test_a_message_of_another_chat_does_not_exist_here(world: World, amy: Client, room: Chatroom) -> None:
    """Also within one workspace: its address would lie about where it is."""
    other = room_with(world, "Other chat", phone="85290000009", name="Somebody Else")
    (elsewhere,) = messages_of(other)
    assert amy.post(room_url(room, "message_retry", elsewhere.pk)).status_code == 404
    assert send(amy, room, "Hi", reply_to=str(elsewhere.pk)).status == 404
    assert get(amy, room_url(room), reply_to=str(elsewhere.pk)).form["reply_to"] == ""


# --- writing --------------------------------------------------------------------------------------------------------


def test_sending_without_a_script_leads_back_to_the_chat(world: World, amy: Client, room: Chatroom) -> None:
    form = get(amy, room_url(room)).form | {"text": "Yes, red ones too"}
    response = amy.post(room_url(room, "messages"), form)
    assert (response.status_code, response["Location"]) == (303, room_url(room))
    (message,) = answers(room)
    assert (message.text, message.state, message.author_id) == ("Yes, red ones too", "queued", world.amy.pk)
    assert str(message.client_id) == form["client_id"]
    with scope(world.lotus.pk):
        assert OutboxEntry.objects.get().message_id == message.pk
    page = get(amy, response["Location"])
    assert page.texts[-1] == "Yes, red ones too"
    assert page.form["text"] == ""
    assert page.one("li", data_message=message.pk)["data-state"] == "queued"


def test_sending_with_htmx_brings_a_fresh_composer(world: World, amy: Client, room: Chatroom) -> None:
    first = get(amy, room_url(room), htmx=True).form
    response = amy.post(room_url(room, "messages"), {**first, "text": "Yes"}, headers=HTMX)
    page = Page(response)
    assert (page.status, page.is_whole) == (200, False)
    assert page.elements[0].attributes["id"] == "composer"
    assert page.form["text"] == ""
    assert page.form["client_id"] != first["client_id"]
    assert "Yes" not in page.html
    assert [message.text for message in answers(room)] == ["Yes"]


@both_ways
def test_a_message_that_is_too_long_comes_back(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    text = "Roses are red. " * 3333 + "12345"
    assert len(text) == 50_000
    page = send(amy, room, text, headers=headers)
    assert page.status == 422
    assert page.is_whole is not bool(headers)
    assert page.one("p", id="composer-error").text == (
        "This text is far too long: at most 40960 characters go out at once. Send it as a file instead."
    )
    assert page.form["text"] == text
    assert page.one("textarea", id="composer-text")["aria-invalid"] == "true"
    assert answers(room) == []
    shorter = amy.post(room_url(room, "messages"), page.form | {"text": text[:4096]}, headers=headers)
    assert shorter.status_code == (200 if headers else 303)
    assert [message.text for message in answers(room)] == [text[:4096].strip()]


EMPTY = ["", "   ", "\r\n\r\n", "\x00", "\u200b\u200d", "\u202e\u2066", "\ufeff", "\t"]


@both_ways
def test_an_empty_message_is_refused(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str], subtests: pytest.Subtests
) -> None:
    for text in EMPTY:
        with subtests.test(repr(text)):
            page = send(amy, room, text, headers=headers)
            assert page.status == 422
            assert page.one("p", id="composer-error").text == "Write a message first."
    assert answers(room) == []


WRITINGS = [  # typed, stored
    ("be\x00fore", "before"),
    ("שלום, יש ורדים?", "שלום, יש ורדים?"),
    ("مرحبا \u200f123", "مرحبا \u200f123"),
    ("zero\u200bwidth", "zero\u200bwidth"),
    ("👩‍👩‍👧 👍🏽", "👩‍👩‍👧 👍🏽"),
    ("👍", "👍"),
    ("?", "?"),
    ("你好，有玫瑰嗎？", "你好，有玫瑰嗎？"),
    ("\u202ereversed", "\u202ereversed"),
    ("one\r\ntwo\n\nthree", "one\ntwo\n\nthree"),
    ("  padded  ", "padded"),
    ("<b>bold</b> & \"quoted\" 'too'", "<b>bold</b> & \"quoted\" 'too'"),
    ("{{ text }} {% csrf_token %}", "{{ text }} {% csrf_token %}"),
]


def test_any_writing_survives(world: World, amy: Client, room: Chatroom) -> None:
    for typed, _stored in WRITINGS:
        assert send(amy, room, typed).status == 303
    assert [message.text for message in answers(room)] == [stored for _typed, stored in WRITINGS]
    page = get(amy, room_url(room))
    assert page.texts[2:] == [stored for _typed, stored in WRITINGS]
    assert {element.attributes.get("dir") for element in page.all("p", "message-text")} == {"auto"}


@both_ways
def test_a_double_submit_is_one_message(world: World, amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    form = get(amy, room_url(room)).form | {"text": "Once"}
    statuses = [amy.post(room_url(room, "messages"), form, headers=headers).status_code for _ in range(3)]
    assert statuses == [200 if headers else 303] * 3
    assert [message.text for message in answers(room)] == ["Once"]
    with scope(world.lotus.pk):
        assert OutboxEntry.objects.count() == 1


def test_a_form_of_another_chat_is_not_sent_here(world: World, amy: Client, room: Chatroom) -> None:
    other = room_with(world, "Other chat", phone="85290000009", name="Somebody Else")
    client_id = str(uuid.uuid4())
    assert send(amy, room, "First", client_id=client_id).status == 303
    page = send(amy, other, "Second", client_id=client_id)
    assert page.status == 422
    assert "already sent in another chat" in page.one("p", id="composer-error").text
    assert page.form["text"] == "Second"
    assert page.form["client_id"] != client_id
    assert answers(other) == []


def test_the_same_client_id_in_two_workspaces_are_two_messages(
    world: World, amy: Client, stranger: Client, room: Chatroom, foreign_room: Chatroom
) -> None:
    client_id = str(uuid.uuid4())
    send(amy, room, "Ours", client_id=client_id)
    url = room_url(foreign_room, "messages", slug="other-bakery")
    assert stranger.post(url, {"text": "Theirs", "client_id": client_id}).status_code == 303
    assert [m.text for m in answers(room) + answers(foreign_room)] == ["Ours", "Theirs"]


def test_a_form_without_a_proper_id_is_still_sent(world: World, amy: Client, room: Chatroom) -> None:
    for client_id in ("", "x", "\x00", "1" * 500):
        assert send(amy, room, "Hello", client_id=client_id).status == 303
    assert len(answers(room)) == 4


def test_writing_into_a_closed_chat_opens_it(world: World, amy: Client, room: Chatroom) -> None:
    press(amy, room, "closure")
    send(amy, room, "One more thing")
    assert reload(room).status == RoomStatus.OPEN
    assert system_lines(amy, room)[-1].startswith("Amy Agent reopened this chat")


def test_a_paused_connection_keeps_what_is_written(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(state=ConnectionState.PAUSED)
    assert send(amy, room, "Later").status == 303
    assert answers(room)[0].state == "queued"


# --- keeping what was typed -----------------------------------------------------------------------------------------

TYPED = "A long answer\nwith <b>two</b> lines"


@both_ways
def test_a_session_that_ended_keeps_the_text(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    assert get(amy, room_url(room)).status == 200
    amy.session.flush()
    page = send(amy, room, TYPED, headers={**headers, "Referer": f"http://testserver{room_url(room)}"})
    assert page.status == 401
    assert page.one("textarea").raw_text == TYPED
    assert "Nothing was sent" in page.text
    assert "<b>two</b>" not in page.html
    assert answers(room) == []


@both_ways
def test_a_stale_form_keeps_the_text(world: World, room: Chatroom, headers: dict[str, str]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.amy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = send(browser, room, TYPED, headers={**headers, "Referer": f"http://testserver{room_url(room)}"})
    assert page.status == 403
    assert page.one("textarea").raw_text == TYPED
    assert "This form was out of date" in page.text
    assert [link["href"] for link in page.all("a", "button-primary")] == [f"http://testserver{room_url(room)}"]
    assert answers(room) == []


def test_the_pages_own_token_is_accepted(world: World, room: Chatroom) -> None:
    """The form's field for plain browsers, the header for htmx."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.amy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = get(browser, room_url(room))
    assert browser.post(room_url(room, "messages"), page.form | {"text": "By form"}).status_code == 303
    headers = {**HTMX, "X-CSRFToken": page.form["csrfmiddlewaretoken"]}
    form = {"text": "By header", "client_id": str(uuid.uuid4())}
    assert browser.post(room_url(room, "messages"), form, headers=headers).status_code == 200
    assert [message.text for message in answers(room)] == ["By form", "By header"]
    fresh = get(browser, room_url(room), htmx=True)
    assert browser.post(room_url(room, "messages"), fresh.form | {"text": "By fragment"}).status_code == 303


# --- quoting --------------------------------------------------------------------------------------------------------


@both_ways
def test_an_answer_to_one_message_quotes_it(world: World, amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    question = messages_of(room)[0]
    page = get(amy, room_url(room), reply_to=str(question.pk))
    assert page.form["reply_to"] == str(question.pk)
    assert "Chan Tai Man" in page.one("div", "composer-quote").text
    assert "Do you have roses?" in page.one("div", "composer-quote").text
    assert send(amy, room, "Yes!", headers=headers, reply_to=page.form["reply_to"]).status in (200, 303)
    (answer,) = answers(room)
    assert answer.reply_to_id == question.pk
    assert answer.reply_to_external_id == question.external_id
    shown = get(amy, room_url(room)).one("li", data_message=answer.pk)
    assert "Do you have roses?" in shown.text


@both_ways
def test_a_refused_answer_keeps_its_quote(world: World, amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    question = messages_of(room)[0]
    page = send(amy, room, "x" * 50_000, headers=headers, reply_to=str(question.pk))
    assert page.form["reply_to"] == str(question.pk)
    assert "Do you have roses?" in page.one("div", "composer-quote").text


@both_ways
def test_an_old_message_can_be_quoted(world: World, amy: Client, headers: dict[str, str]) -> None:
    """Older than what the page shows: reached through the history."""
    room = conversation(world, 60)
    oldest = messages_of(room)[0]
    assert oldest.pk not in get(amy, room_url(room)).messages
    page = Page(amy.get(room_url(room), {"reply_to": oldest.pk}, headers=headers))
    assert page.form["reply_to"] == str(oldest.pk)
    assert "Line 0" in page.one("div", "composer-quote").text
    refused = send(amy, room, "x" * 50_000, headers=headers, reply_to=str(oldest.pk))
    assert refused.form["reply_to"] == str(oldest.pk)


def test_the_links_of_a_message_work_without_a_script(world: World, amy: Client, room: Chatroom) -> None:
    page = get(amy, room_url(room))
    link = page.all("a", "message-reply")[0]
    assert link["href"] == f"?reply_to={page.messages[0]}#composer"
    assert get(amy, room_url(room) + link["href"].partition("#")[0]).form["reply_to"] == str(page.messages[0])


# --- history --------------------------------------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("tied", [1, 120])
def test_history_has_neither_gap_nor_double(world: World, amy: Client, headers: dict[str, str], tied: int) -> None:
    room = conversation(world, 120, tied=tied)
    page = get(amy, room_url(room))
    seen, sizes = page.messages, [len(page.messages)]
    while page.older:
        page = Page(amy.get(page.older, headers=headers))
        assert page.is_whole is not bool(headers)
        seen = page.messages + seen
        sizes.append(len(page.messages))
        assert len(sizes) < 10
    assert sizes == [50, 50, 20]
    assert seen == [message.pk for message in messages_of(room)]


def test_a_late_older_message_stands_in_its_place(world: World, amy: Client) -> None:
    room = conversation(world, 3, start=EARLIER + 100)
    receive(world.app, webhook(world.shop, messages=[text_message("Late", at=EARLIER + 101)]))
    assert get(amy, room_url(room)).texts == ["Line 0", "Line 1", "Late", "Line 2"]
    assert "Line 2" in get(amy, "/w/lotus-flowers/").one("li", data_room=room.pk).text


# --- who looks after it ---------------------------------------------------------------------------------------------


def done(response: Any, room: Chatroom, *, htmx: bool) -> bool:
    """Nothing to swap in for htmx, because the live frames bring it; the chat again for a plain form."""
    if htmx:
        return bool(response.status_code == 204 and not response.content)
    return bool(response.status_code == 303 and response["Location"] == room_url(room))


def undoable(response: Any, room: Chatroom, *, htmx: bool) -> bool:
    """A way back for htmx; without a script the chat has the button for it."""
    return bool(Page(response).one("input", name="undo")) if htmx else done(response, room, htmx=False)


@pytest.mark.parametrize("htmx", [False, True])
def test_taking_handing_over_and_giving_up(
    world: World, amy: Client, client_of: ClientOf, room: Chatroom, htmx: bool
) -> None:
    assert undoable(press(amy, room, "assignment", take="", htmx=htmx), room, htmx=htmx)
    assert reload(room).assignee_id == world.amy.pk
    assert undoable(
        press(amy, room, "assignment", member=world.ben.pk, expected=world.amy.pk, htmx=htmx), room, htmx=htmx
    )
    assert reload(room).assignee_id == world.ben.pk
    ben = client_of(world.ben)
    assert undoable(press(ben, room, "assignment", unassign=world.ben.pk, htmx=htmx), room, htmx=htmx)
    assert reload(room).assignee_id is None
    lines = [line.split(" this chat")[0] for line in system_lines(amy, room)]
    assert lines == ["Amy Agent took", "Amy Agent assigned", "Ben Agent unassigned"]
    assert get(amy, room_url(room)).one("span", "room-assignee").text == "Unassigned"


def test_the_pages_own_buttons_work_without_a_script(world: World, amy: Client, room: Chatroom) -> None:
    for name, value in [("take", ":"), ("unassign", f"{world.amy.pk}:")]:
        button = get(amy, room_url(room)).one("button", name=name)
        assert button["value"] == value
        assert amy.post(button["formaction"], {name: button["value"]}).status_code == 303
    page = get(amy, room_url(room))
    assert amy.post(page.one("button", "state-close")["formaction"]).status_code == 303
    assert amy.post(get(amy, room_url(room)).one("button", "state-reopen")["formaction"]).status_code == 303
    assert reload(room).status == RoomStatus.OPEN


@pytest.mark.parametrize("htmx", [False, True])
def test_of_two_who_take_a_chat_one_is_told_who_has_it(
    world: World, amy: Client, client_of: ClientOf, room: Chatroom, htmx: bool
) -> None:
    press(client_of(world.ben), room, "assignment", take="")
    response = press(amy, room, "assignment", take="", htmx=htmx)
    assert response.status_code == 409
    assert "Ben Agent has already taken this chat." in Page(response).text
    assert Page(response).is_whole is not htmx
    if htmx:
        assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#notices", "beforeend")
    assert reload(room).assignee_id == world.ben.pk


def test_what_one_sees_may_be_taken_over(world: World, amy: Client, client_of: ClientOf, room: Chatroom) -> None:
    press(client_of(world.ben), room, "assignment", take="")
    button = get(amy, room_url(room)).one("button", name="take")
    assert button["value"] == f"{world.ben.pk}:"
    assert press(amy, room, "assignment", take=button["value"]).status_code == 303
    assert reload(room).assignee_id == world.amy.pk


def test_giving_up_what_somebody_else_has_meanwhile_is_refused(
    world: World, amy: Client, client_of: ClientOf, room: Chatroom
) -> None:
    press(amy, room, "assignment", take="")
    press(client_of(world.ben), room, "assignment", take=world.amy.pk)
    response = press(amy, room, "assignment", unassign=world.amy.pk)
    assert response.status_code == 409
    assert "Ben Agent" in Page(response).text


def test_taking_what_nobody_has_any_more_says_so(
    world: World, amy: Client, client_of: ClientOf, room: Chatroom
) -> None:
    ben = client_of(world.ben)
    press(ben, room, "assignment", take="")
    press(ben, room, "assignment", unassign=world.ben.pk)
    response = press(amy, room, "assignment", take=world.ben.pk)
    assert response.status_code == 409
    assert "Nobody has this chat any more." in Page(response).text


def test_taking_twice_is_once(world: World, amy: Client, room: Chatroom) -> None:
    assert [press(amy, room, "assignment", take="").status_code for _ in range(2)] == [303, 303]
    assert len(system_lines(amy, room)) == 1


def test_a_chat_goes_to_members_only(world: World, amy: Client, room: Chatroom, subtests: pytest.Subtests) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(is_active=False)
    with platform_scope("test"):
        assert Membership.objects.filter(pk=world.sam.pk).exists()
    choices = {"stranger": world.sam.pk, "deactivated": world.ben.pk, "nobody": "", "garbage": "9" * 5000}
    for name, member in choices.items():
        with subtests.test(name):
            response = press(amy, room, "assignment", member=member)
            assert response.status_code == 409
            assert "Choose a member of this workspace." in Page(response).text
            assert reload(room).assignee_id is None
    assert "Sam Stranger" not in get(amy, room_url(room)).html


def test_garbage_as_the_assignee_one_saw_is_nobody(world: World, amy: Client, room: Chatroom) -> None:
    for expected in ("x", "9" * 5000, "\x00"):
        assert press(amy, room, "assignment", take=expected).status_code == 303
        assert reload(room).assignee_id == world.amy.pk
        press(amy, room, "assignment", unassign=world.amy.pk)


@pytest.mark.parametrize("htmx", [False, True])
def test_closing_archiving_and_reopening(world: World, amy: Client, room: Chatroom, htmx: bool) -> None:
    for name, status in (("closure", "closed"), ("archiving", "archived"), ("reopening", "open")):
        assert undoable(press(amy, room, name, htmx=htmx), room, htmx=htmx)
        assert done(press(amy, room, name, htmx=htmx), room, htmx=htmx), "twice is once"
        assert get(amy, room_url(room)).one("div", id=f"room-{room.pk}-state")["data-status"] == status
    lines = [line.split(" this chat")[0] for line in system_lines(amy, room)]
    assert lines == ["Amy Agent closed", "Amy Agent archived", "Amy Agent reopened"]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_chat_in_which_another_app_answers(world: World, amy: Client, room: Chatroom, htmx: bool) -> None:
    button = {"formaction": room_url(room, "control")}
    assert get(amy, room_url(room)).all("button", **button) == []
    assert press(amy, room, "control", htmx=htmx).status_code == 409
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(bot_since=clock.now())
    page = get(amy, room_url(room))
    assert "Another app answers in this chat" in page.one("div", id=f"room-{room.pk}-control").text
    assert page.one("button", **button)["form"] == f"room-{room.pk}-form"
    for part in (page.one("li", id=f"room-{room.pk}-row"), page.one("div", id=f"room-{room.pk}-state")):
        assert "Bot" in part.text
    assert done(press(amy, room, "control", htmx=htmx), room, htmx=htmx)


@pytest.mark.parametrize("htmx", [False, True])
def test_reading_is_noted(world: World, amy: Client, room: Chatroom, htmx: bool) -> None:
    assert done(press(amy, room, "reading", seen=1, htmx=htmx), room, htmx=htmx)
    assert get(amy, "/w/lotus-flowers/").unread == {room.pk: 1}
    assert done(press(amy, room, "reading", htmx=htmx), room, htmx=htmx)
    assert get(amy, "/w/lotus-flowers/").unread == {room.pk: 0}


# --- sends that went wrong ------------------------------------------------------------------------------------------


def in_state(message: Message, state: MessageState, *, waiting: bool = False) -> Message:
    """Put a message where the dispatcher would have left it."""
    with scope(message.workspace_id):
        Message.objects.filter(pk=message.pk).update(state=state, failure_text="The number is not on WhatsApp.")
        if not waiting:
            OutboxEntry.objects.filter(message=message).delete()
    return message


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.UNKNOWN])
def test_a_failed_message_is_sent_again(
    world: World, amy: Client, room: Chatroom, state: MessageState, htmx: bool
) -> None:
    message = in_state(write(world.amy, room, "Yes"), state)
    shown = get(amy, room_url(room)).one("li", data_message=message.pk)
    assert "Send again" in shown.text
    assert ("not on WhatsApp" in shown.text) is (state == MessageState.FAILED)
    assert done(press(amy, room, "message_retry", message.pk, htmx=htmx), room, htmx=htmx)
    assert reload(message).state == MessageState.QUEUED
    again = press(amy, room, "message_retry", message.pk, htmx=htmx)
    assert again.status_code == 409
    assert "already on its way" in Page(again).text
    with scope(world.lotus.pk):
        assert OutboxEntry.objects.count() == 1


@pytest.mark.parametrize("htmx", [False, True])
def test_an_unconfirmed_message_is_confirmed(world: World, amy: Client, room: Chatroom, htmx: bool) -> None:
    message = in_state(write(world.amy, room, "Yes"), MessageState.UNKNOWN)
    shown = get(amy, room_url(room)).one("li", data_message=message.pk)
    assert "It arrived" in shown.text
    assert done(press(amy, room, "message_confirm", message.pk, htmx=htmx), room, htmx=htmx)
    assert reload(message).state == MessageState.SENT
    again = press(amy, room, "message_confirm", message.pk, htmx=htmx)
    assert again.status_code == 409
    assert "already settled" in Page(again).text


def test_what_is_not_lost_is_not_sent_again(
    world: World, amy: Client, room: Chatroom, subtests: pytest.Subtests
) -> None:
    message = write(world.amy, room, "Yes")
    for state in MessageState:
        if state in (MessageState.FAILED, MessageState.UNKNOWN):
            continue
        in_state(message, state)
        with subtests.test(state.value):
            for name in ("message_retry", "message_confirm"):
                assert press(amy, room, name, message.pk).status_code == 409
                assert reload(message).state == state
            shown = get(amy, room_url(room), htmx=True).one("li", data_message=message.pk)
            assert "Send again" not in shown.text
            assert "It arrived" not in shown.text


def test_a_send_we_still_wait_for_is_not_sent_again(world: World, amy: Client, room: Chatroom) -> None:
    message = in_state(write(world.amy, room, "Yes"), MessageState.UNKNOWN, waiting=True)
    assert press(amy, room, "message_retry", message.pk).status_code == 409
    shown = get(amy, room_url(room)).one("li", data_message=message.pk)
    assert "Send again" not in shown.text
    assert "Waiting a minute for a receipt" in shown.text


def test_a_customers_message_is_not_sent_again(world: World, amy: Client, room: Chatroom) -> None:
    question = messages_of(room)[0]
    for name in ("message_retry", "message_confirm"):
        assert press(amy, room, name, question.pk).status_code == 409


# --- what others wrote is text, not markup --------------------------------------------------------------------------

EVIL = """<script>alert("evil")</script>"'><img src=x onerror=alert(1)>{{ 7|add:"7" }}</textarea></title>"""
MARKUP = ("<script>alert", "<img src=x", "onerror=alert(1)>", "</textarea></title>")


@pytest.fixture
def evil_room(world: World) -> Chatroom:
    """A chat in which everything that somebody else can name is an attack."""
    with platform_scope("test"):
        Workspace.objects.filter(pk=world.lotus.pk).update(name=EVIL[:120])
        Connection.objects.filter(pk=world.shop.pk).update(name=EVIL[:120], attention=EVIL, state="needs_attention")
        for user in (world.amy.user, world.ben.user):
            user.name = EVIL[:120]
            user.save()
    picture = text_message(EVIL, name=EVIL, phone="85290000666")
    document = {
        **text_message("", name=EVIL, phone="85290000666"),
        "type": "document",
        "document": {"id": EVIL, "filename": EVIL, "caption": EVIL, "mime_type": EVIL, "sha256": "x"},
    }
    place = {
        **text_message("", name=EVIL, phone="85290000666"),
        "type": "location",
        "location": {"latitude": 22.28, "longitude": 114.15, "name": EVIL, "address": EVIL},
    }
    unknown = {
        **text_message("", name=EVIL, phone="85290000666"),
        "type": EVIL[:60],
        "errors": [{"code": 131051, "title": EVIL, "message": EVIL}],
    }
    receive(world.app, webhook(world.shop, messages=[picture, document, place, unknown]))
    with scope(world.lotus.pk):
        room = Chatroom.objects.select_related("connection", "customer").get(connection=world.shop)
        actions.assign_chatroom(actor=world.amy, chatroom=room, assignee=world.ben, expected_id=None)
    quoted = write(world.amy, room, EVIL, reply_to=messages_of(room)[0])
    in_state(quoted, MessageState.FAILED)
    with scope(world.lotus.pk):
        Message.objects.filter(pk=quoted.pk).update(failure_text=EVIL, failure_code=EVIL[:40])
    return room


@both_ways
def test_pages_escape_everything(world: World, amy: Client, evil_room: Chatroom, headers: dict[str, str]) -> None:
    message = answers(evil_room)[0]
    for response in (
        amy.get("/w/lotus-flowers/", headers=headers),
        amy.get(room_url(evil_room), {"reply_to": message.pk}, headers=headers),
        amy.get(room_url(evil_room, "room_row"), headers=headers),
        amy.get(room_url(evil_room, "history"), headers=headers),
        amy.get(f"/w/lotus-flowers/customers/{evil_room.customer_id}/", headers=headers),
        amy.get("/w/lotus-flowers/since/", {"cursor": 0, "room": evil_room.pk}),
        amy.post(room_url(evil_room, "messages"), {"text": EVIL * 600}, headers=headers),
        amy.post(room_url(evil_room, "assignment"), {"take": ""}, headers=headers),
    ):
        assert response.status_code in (200, 409, 422)
        page = Page(response)
        assert [markup for markup in MARKUP if markup in page.html] == []
        assert page.all("img") == []
        assert [script for script in page.all("script") if "alert(" in script.raw_text] == []
    home = amy.get("/?choose=1").content.decode()
    assert [markup for markup in MARKUP if markup in home] == []


def test_the_attack_is_shown_as_what_it_is(world: World, amy: Client, evil_room: Chatroom) -> None:
    page = get(amy, room_url(evil_room))
    assert page.texts[0] == EVIL
    assert page.one("section", id="room")["data-title"] == EVIL


def test_frames_escape_everything(world: World, evil_room: Chatroom) -> None:
    with scope(world.lotus.pk):
        (room,) = rooms_by_id(world.lotus.pk, [evil_room.pk])
        messages = messages_by_id(world.lotus.pk, [message.pk for message in messages_of(evil_room)])
        window = window_for(room)
        html = inbox_frame([room_row(room, window, slug="lotus-flowers")], seq=1) + room_frame(
            room.pk,
            [
                message_view(message, slug="lotus-flowers", capabilities=world.shop.adapter.capabilities)
                for message in messages
            ],
            room_state(room, slug="lotus-flowers"),
            window_bar(room, window, slug="lotus-flowers"),
            seq=1,
        )
    assert len(messages) >= 6
    assert "&lt;script&gt;" in html
    assert [markup for markup in MARKUP if markup in html] == []


def test_times_are_machine_readable(world: World, amy: Client, room: Chatroom) -> None:
    """The browser shows them in its own zone."""
    times = [element["datetime"] for element in get(amy, room_url(room)).all("time")]
    assert times
    assert all(datetime.fromisoformat(time).astimezone(UTC).year >= 2025 for time in times)
