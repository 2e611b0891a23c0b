"""An agent's open page: who may listen, what arrives, and that nothing is missed. Real sockets into a real web process."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from inbox.chatrooms import actions
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Change, Chatroom
from inbox.lib import clock
from inbox.workspaces.actions import change_member, create_team, delete_team
from inbox.workspaces.models import Membership, Role, Visibility, Workspace
from inbox.workspaces.tenancy import scope
from tests.processes import WebProcess, at_once, until
from tests.realtime.open_page import OpenPage
from tests.world import World, receive, room_with, rooms_of, status, text_message, webhook, write

pytestmark = pytest.mark.django_db(transaction=True)

logger = logging.getLogger(__name__)

Browser = Callable[[Membership], Client]


class Sockets:
    """Opens sockets as a member's page does; closes them when the test ends."""

    def __init__(self, web: WebProcess, client_of: Browser, cleanup: ExitStack) -> None:
        self.web, self.client_of, self.cleanup = web, client_of, cleanup

    def open(self, member: Membership | None, path: str, *, origin: str | None = None) -> ClientConnection:
        headers = {}
        if member is not None:
            headers["Cookie"] = f"sessionid={self.client_of(member).cookies['sessionid'].value}"
        url = f"ws://127.0.0.1:{self.web.port}/ws/w/{path}"
        return self.cleanup.enter_context(
            connect(url, additional_headers=headers, origin=origin or self.web.url, proxy=None, close_timeout=1)
        )

    def listen(self, member: Membership, path: str) -> ClientConnection:
        """Open a socket that must be let in."""
        socket = self.open(member, path)
        assert json.loads(socket.recv(timeout=10)) == {"type": "ready"}
        return socket

    def close_code(self, member: Membership | None, path: str) -> int:
        return closing_code(self.open(member, path))


@pytest.fixture
def sockets(web: WebProcess, client_of: Browser) -> Iterator[Sockets]:
    with ExitStack() as cleanup:
        yield Sockets(web, client_of, cleanup)


def closing_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        next_state(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def next_state(socket: ClientConnection) -> str | bytes:
    while is_signal(said := socket.recv(timeout=10)):
        pass
    return said


def is_signal(said: str | bytes) -> bool:
    """Whether it is no state, but word of who is there."""
    return str(said).startswith("{")


def doubted(socket: ClientConnection) -> tuple[str, int]:
    """What part of a filter is in doubt, and which row of it."""
    while (said := json.loads(socket.recv(timeout=10)))["type"] != "doubt":
        pass
    return said["part"], said["id"]


def hear(socket: ClientConnection, expected: str) -> str:
    """Listen until this was said; returns all state that was told until then."""
    said = ""
    while expected not in said:
        heard = str(socket.recv(timeout=10))
        said += "" if is_signal(heard) else heard
    return said


def follow(page: OpenPage, fresh: OpenPage, *sockets: ClientConnection) -> None:
    """Apply what arrives until the page is as new and as true as the fresh one; fail if it never becomes so."""
    give_up_at = time.monotonic() + 10
    while (page.cursor < fresh.cursor or page.differences(fresh)) and time.monotonic() < give_up_at:
        for socket in sockets:
            with suppress(TimeoutError):
                page.apply(str(socket.recv(timeout=0.02)))
    assert page.differences(fresh) == {}


def inbox_of(workspace: Workspace, language: str = "en") -> str:
    return f"{workspace.slug}/inbox/?language={language}"


def socket_of(room: Chatroom, workspace: Workspace, language: str = "en") -> str:
    return f"{workspace.slug}/rooms/{room.pk}/?language={language}"


def page_of(browser: Client, workspace: Workspace, room: Chatroom) -> OpenPage:
    return OpenPage(browser.get(reverse("chatrooms:room", args=[workspace.slug, room.pk])).content.decode())


def since(browser: Client, workspace: Workspace, cursor: Any, room: Any = "") -> Any:
    room_id = room.pk if isinstance(room, Chatroom) else room
    return browser.get(reverse("chatrooms:since", args=[workspace.slug]), {"cursor": cursor, "room": room_id})


# --- who may listen --------------------------------------------------------------------------------------------------


def test_sockets_open_only_for_members_and_only_for_their_own_rooms(world: World, sockets: Sockets) -> None:
    room = room_with(world)
    theirs = room_with(world, connection=world.oven)
    sockets.listen(world.amy, inbox_of(world.lotus))
    sockets.listen(world.amy, socket_of(room, world.lotus))
    sockets.listen(world.sam, socket_of(theirs, world.bakery))

    for path in (inbox_of(world.lotus), socket_of(room, world.lotus)):
        assert sockets.close_code(None, path) == 4401
        assert sockets.close_code(world.sam, path) == 4404
    assert sockets.close_code(world.sam, socket_of(room, world.bakery)) == 4404
    assert sockets.close_code(world.amy, socket_of(theirs, world.lotus)) == 4404
    assert sockets.close_code(world.amy, f"{world.lotus.slug}/rooms/{2**70}/") == 4404
    assert sockets.close_code(world.amy, "no-such-workspace/inbox/") == 4404
    with pytest.raises(InvalidStatus):  # another website, in a browser that knows the cookie
        sockets.open(world.amy, inbox_of(world.lotus), origin="https://evil.example")


def test_a_page_whose_browser_is_another_persons_by_now_is_told_to_load_anew(
    world: World, sockets: Sockets, client_of: Browser
) -> None:
    page = client_of(world.amy).get(reverse("chatrooms:room", args=[world.lotus.slug, room_with(world).pk]))
    for address in (page.context["socket_url"], page.context["page"].socket_url):
        path = address.removeprefix("/ws/w/")
        sockets.listen(world.amy, path)
        assert sockets.close_code(world.ben, path) == 4409
        assert sockets.close_code(world.sam, path) == 4404
        assert sockets.close_code(None, path) == 4401
    caught_up = f"{page.context['since_url']}&cursor={page.context['cursor']}"
    assert [client_of(who).get(caught_up).status_code for who in (world.amy, world.ben)] == [200, 205]


def test_lists_learn_at_once_that_what_their_filter_names_is_gone(
    world: World, sockets: Sockets, client_of: Browser
) -> None:
    olivia = client_of(world.olivia)
    with scope(world.lotus.pk):
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Sales")
        mine = actions.save_view(actor=world.olivia, name="Mine", wanted=RoomFilter(), is_shared=True)
        Membership.objects.filter(pk=world.amy.pk).update(visibility=Visibility.OWN)
    listening = [
        sockets.listen(each, inbox_of(world.lotus, code))
        for each, code in ((world.olivia, "zh-hant"), (world.amy, "en"))
    ]
    strangers = sockets.listen(world.sam, inbox_of(world.bakery))

    def leave(member: Membership) -> None:
        change_member(actor=world.olivia, member=member, role=Role.AGENT, is_active=False)

    def unshare() -> None:
        actions.change_view(actor=world.olivia, view=mine, name="Mine", is_shared=False)

    deeds: list[tuple[str, int, Callable[[], object]]] = [
        ("team", team.pk, partial(delete_team, actor=world.olivia, team=team)),
        ("assignee", world.ben.pk, partial(leave, world.ben)),
        ("view", mine.pk, unshare),
        ("view", mine.pk, partial(actions.delete_view, actor=world.olivia, view=mine)),
    ]
    rows = reverse("chatrooms:list_rows", args=[world.lotus.slug])
    for part, pk, deed in deeds:
        assert 'data-lost=""' in olivia.get(rows, {part: pk}).content.decode()
        with scope(world.lotus.pk):
            deed()
        assert [doubted(socket) for socket in listening] == [(part, pk)] * 2
    for part, pk, _deed in deeds:
        assert f'data-lost="{part}"' in olivia.get(rows, {part: pk}).content.decode()
    with pytest.raises(TimeoutError):
        strangers.recv(timeout=0.1)


def test_a_member_who_is_deactivated_is_cut_off_within_a_second(
    world: World, sockets: Sockets, client_of: Browser
) -> None:
    room = room_with(world)
    browser = client_of(world.amy)
    assert since(browser, world.lotus, 0, room).status_code == 200
    amys = [sockets.listen(world.amy, path) for path in (inbox_of(world.lotus), socket_of(room, world.lotus))]
    bens = sockets.listen(world.ben, inbox_of(world.lotus))
    began_at = time.monotonic()
    change_member(actor=world.olivia, member=world.amy, role=Role.AGENT, is_active=False)
    until(lambda: all(socket.protocol.close_rcvd for socket in amys))
    seconds = time.monotonic() - began_at
    logger.info("cut off after %.0f ms", seconds * 1000)
    assert seconds < 1
    assert since(browser, world.lotus, 0, room).status_code == 404
    assert [closing_code(socket) for socket in amys] == [4403, 4403]
    assert sockets.close_code(world.amy, inbox_of(world.lotus)) == 4404
    room_with(world, "Still there?")
    hear(bens, "Still there?")


# --- what arrives ----------------------------------------------------------------------------------------------------


def test_members_hear_what_happens_and_strangers_nothing(world: World, sockets: Sockets) -> None:
    room, other = room_with(world), room_with(world, phone="85290000002")
    inbox = sockets.listen(world.amy, inbox_of(world.lotus))
    chat = sockets.listen(world.amy, socket_of(room, world.lotus))
    elsewhere = sockets.listen(world.ben, socket_of(other, world.lotus))
    stranger = sockets.listen(world.sam, inbox_of(world.bakery))

    receive(world.app, webhook(world.shop, messages=[text_message("Do you have tulips?")]))
    hear(chat, "Do you have tulips?")
    answer = write(world.ben, room, "Yes, lots")
    assert "Yes, lots" in hear(chat, 'data-state="queued"')
    hear(inbox, "Yes, lots")
    with scope(world.lotus.pk):
        answer.state = "sending"
        answer.save()
    told = status("wamid.answer", "delivered", correlation=f"{answer.client_id}:1")
    receive(world.app, webhook(world.shop, statuses=[told]))
    hear(chat, 'data-state="delivered"')
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.olivia, chatroom=room, assignee=world.amy, expected_id=None)
    assert "Olivia Owner assigned this chat to Amy Agent" in hear(chat, f'data-assignee="{world.amy.pk}"')
    hear(inbox, f'data-assignee="{world.amy.pk}"')

    # The others hear of their own rooms, and of nothing that was said before.
    receive(world.app, webhook(world.shop, messages=[text_message("Roses?", phone="85290000002")]))
    assert hear(elsewhere, "Roses?").count('class="message-text"') == 1
    receive(world.app, webhook(world.oven, messages=[text_message("Bread?")]))
    (bread,) = rooms_of(world.oven)
    strangers_news = hear(stranger, f'id="room-{bread.pk}-row"')
    assert strangers_news.count('<li id="room-') == 1
    write(world.ben, room, "The last word")
    news = hear(inbox, "The last word")
    assert "Roses?" in news
    assert "Bread" not in news


def test_every_language_hears_itself_and_an_unknown_one_hears_english(world: World, sockets: Sockets) -> None:
    room = room_with(world)
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.amy, chatroom=room)
    languages = ["en", "zh-hant", "zh-hans", "tlh", ""]
    chats = [sockets.listen(world.amy, socket_of(room, world.lotus, language)) for language in languages]
    with scope(world.lotus.pk):
        actions.reopen_chatroom(actor=world.amy, chatroom=room)
    english, traditional, simplified, *unknown = [hear(chat, f"room-{room.pk}-state") for chat in chats]
    assert "Amy Agent reopened this chat" in english
    assert unknown == [english, english]
    assert len({english, traditional, simplified}) == 3
    for translated in (traditional, simplified):
        assert "Amy Agent" in translated
        assert "reopened" not in translated


# --- nothing is missed -----------------------------------------------------------------------------------------------


def a_busy_minute(world: World, room: Chatroom) -> None:
    """Change the room, another one and a new one in every way there is: at least twenty changes."""
    receive(world.app, webhook(world.shop, messages=[text_message(f"Question {number}") for number in range(4)]))
    for number in range(5):
        text = f"Customer {number}"
        receive(world.app, webhook(world.shop, messages=[text_message(text), text_message("x", phone="85290000002")]))
        answer = write(world.ben, room, f"Answer {number}")
        with scope(world.lotus.pk):
            answer.state = "sending"
            answer.save()
        for state in ("sent", "read", "delivered")[: number + 1]:
            told = status(f"wamid.answer{number}", state, correlation=f"{answer.client_id}:1")
            receive(world.app, webhook(world.shop, statuses=[told]))
    for member, seen in ((world.amy, None), (world.ben, world.amy), (None, world.ben), (world.olivia, None)):
        with scope(world.lotus.pk):
            actions.assign_chatroom(
                actor=world.olivia, chatroom=room, assignee=member, expected_id=seen.pk if seen else None
            )
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.ben, chatroom=room)
    receive(world.app, webhook(world.events, messages=[text_message("A wedding", phone="85290000003")]))
    receive(world.app, webhook(world.shop, messages=[text_message("One more thing")]))


def test_live_frames_and_a_catch_up_both_make_a_stale_page_equal_to_a_fresh_one(
    world: World, sockets: Sockets, client_of: Browser
) -> None:
    room = room_with(world)
    room_with(world, phone="85290000002")
    browser = client_of(world.amy)
    live, late = page_of(browser, world.lotus, room), page_of(browser, world.lotus, room)
    inbox = sockets.listen(world.amy, inbox_of(world.lotus))
    chat = sockets.listen(world.amy, socket_of(room, world.lotus))
    a_busy_minute(world, room)
    fresh = page_of(browser, world.lotus, room)
    assert fresh.cursor - live.cursor >= 20
    assert fresh.elements.keys() > live.elements.keys()

    follow(live, fresh, inbox, chat)

    cursor = late.cursor
    answer = since(browser, world.lotus, cursor, room)
    assert answer.status_code == 200
    late.apply(answer.content.decode())
    assert late.differences(fresh) == {}
    assert late.cursor == fresh.cursor

    # Frames that come twice, and a catch-up over what was heard live, change nothing.
    live.apply(answer.content.decode())
    assert live.differences(fresh) == {}
    again = since(browser, world.lotus, fresh.cursor, room).content.decode()
    assert OpenPage(again).elements.keys() == set()


def test_a_socket_that_was_down_during_twenty_changes_loses_nothing_and_doubles_nothing(
    world: World, sockets: Sockets, client_of: Browser
) -> None:
    room = room_with(world)
    browser = client_of(world.amy)
    page = page_of(browser, world.lotus, room)
    socket = sockets.listen(world.amy, socket_of(room, world.lotus))
    receive(world.app, webhook(world.shop, messages=[text_message("before")]))
    page.apply(hear(socket, "before"))
    socket.close()
    for number in range(20):
        receive(world.app, webhook(world.shop, messages=[text_message(f"missed {number}")]))
    socket = sockets.listen(world.amy, socket_of(room, world.lotus))
    receive(world.app, webhook(world.shop, messages=[text_message("after")]))
    page.apply(since(browser, world.lotus, page.cursor, room).content.decode())
    page.apply(hear(socket, "after"))
    texts = ["Hello", "before", *[f"missed {number}" for number in range(20)], "after"]
    assert sorted(page.texts()) == sorted(texts)
    assert page.differences(page_of(browser, world.lotus, room)) == {}


def test_a_cursor_that_the_log_does_not_reach_back_to_asks_for_a_reload(world: World, client_of: Browser) -> None:
    room = room_with(world)
    browser = client_of(world.amy)
    newest = page_of(browser, world.lotus, room).cursor
    for number in range(newest + 3):
        room_with(world, str(number), connection=world.oven)
    foreign = page_of(client_of(world.sam), world.bakery, rooms_of(world.oven)[0]).cursor
    assert foreign > newest
    for cursor in (newest + 1, foreign, 10**12):
        answer = since(browser, world.lotus, cursor)
        assert (answer.status_code, answer.headers.get("HX-Refresh")) == (205, "true")
    for cursor in ("", "x", "-1", "1.5", 10**30):
        assert since(browser, world.lotus, cursor).status_code == 400
    theirs = rooms_of(world.oven)[0]
    assert since(browser, world.lotus, 0, theirs).status_code == 404
    assert since(browser, world.bakery, 0).status_code == 404
    assert since(browser, world.lotus, 0, room).status_code == 200

    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert actions.purge_changes() > 0
    assert since(browser, world.lotus, 0, room).status_code == 205
    room_with(world, "The first of a new day")
    assert since(browser, world.lotus, 0, room).status_code == 205
    current = page_of(client_of(world.amy), world.lotus, room).cursor
    assert since(browser, world.lotus, current).status_code == 200


def test_a_page_that_is_too_far_behind_is_told_to_reload(world: World, client_of: Browser) -> None:
    browser = client_of(world.amy)
    receive(world.app, *[webhook(world.shop, messages=[text_message(str(n)) for n in range(100)]) for _ in range(3)])
    assert since(browser, world.lotus, 0).status_code == 200
    receive(world.app, webhook(world.shop, messages=[text_message("one too many")]))
    assert since(browser, world.lotus, 0).status_code == 205


def test_transactions_at_the_same_time_leave_no_hole_in_the_sequence_for_a_moment(world: World) -> None:
    rooms = [room_with(world, phone=f"8529000000{number}") for number in range(4)]

    def make_changes(room: Chatroom) -> None:
        for number in range(12):
            write(world.amy, room, str(number))
            with scope(world.lotus.pk):
                actions.close_chatroom(actor=world.ben, chatroom=room)

    def watch() -> list[int]:
        """Follow the log as a page does: what is after the last number seen."""
        seen = [start]
        give_up_at = time.monotonic() + 60
        while seen[-1] < start + 4 * 24 and time.monotonic() < give_up_at:
            with scope(world.lotus.pk):
                news = Change.objects.filter(workspace=world.lotus, seq__gt=seen[-1]).values_list("seq", flat=True)
                seen += sorted(set(news))
        return seen

    with scope(world.lotus.pk):
        start = Change.objects.filter(workspace=world.lotus).latest("seq").seq
    *_, seen, seen_too = at_once(*[partial(make_changes, room) for room in rooms], watch, watch)
    assert seen == seen_too == list(range(start, start + 4 * 24 + 1))
