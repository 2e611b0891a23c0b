"""A socket outlives the question whether it may listen, so it is asked again: at once after joining, and regularly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.sessions import SessionMiddlewareStack
from channels.testing import WebsocketCommunicator
from django.db import OperationalError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg_pool import PoolTimeout
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from inbox.chatrooms.consumers import InboxConsumer, RoomConsumer
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.routing import websocket_urlpatterns
from inbox.realtime import publish, watch
from inbox.realtime.consumers import Right
from inbox.workspaces.actions import change_member
from inbox.workspaces.models import Membership, Role, User, Visibility
from inbox.workspaces.tenancy import scope
from tests.processes import WebProcess
from tests.world import World, room_with

pytestmark = pytest.mark.django_db(transaction=True)

Browser = Callable[[Membership], Client]


def socket_of(session: str, world: World, place: str = "inbox") -> WebsocketCommunicator:
    application = SessionMiddlewareStack(URLRouter(websocket_urlpatterns))
    path = f"/ws/w/{world.lotus.slug}/{place}/?language=en"
    return WebsocketCommunicator(application, path, headers=[(b"cookie", f"sessionid={session}".encode())])


def session_of(browser: Client) -> str:
    return str(browser.cookies["sessionid"].value)


async def closing(socket: WebsocketCommunicator) -> int:
    """Listen until it is closed; return the code."""
    while (said := await socket.receive_output(10))["type"] != "websocket.close":
        pass
    return int(said["code"])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def in_a_thread(work: Callable[[], object]) -> None:
    def do() -> None:
        work()
        connections.close_all()

    await asyncio.to_thread(do)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        try:
            await test()
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(whole())


def deactivate(world: World) -> None:
    change_member(actor=world.olivia, member=world.amy, role=Role.AGENT, is_active=False)


def test_who_is_shut_out_while_joining_is_not_let_in(
    world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(client_of(world.amy))
    accept = InboxConsumer.accept

    async def slowly(self: InboxConsumer, *args: Any, **kwargs: Any) -> None:
        await accept(self, *args, **kwargs)
        await in_a_thread(lambda: deactivate(world))  # told to a group that this socket has not joined yet

    monkeypatch.setattr(InboxConsumer, "accept", slowly)

    async def test() -> None:
        socket = socket_of(session, world)
        assert (await socket.connect(10))[0]
        assert await socket.receive_output(10) == {"type": "websocket.close", "code": 4404}

    run(test)


def test_a_socket_asks_again_regularly(world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InboxConsumer, "check_seconds", 0.05)
    amy, olivia = client_of(world.amy), client_of(world.olivia)

    async def test() -> None:
        amys, olivias = socket_of(session_of(amy), world), socket_of(session_of(olivia), world)
        for socket in (amys, olivias):
            assert (await socket.connect(10))[0]
            assert json.loads(await socket.receive_from(10)) == {"type": "ready"}
        await in_a_thread(lambda: amy.session.flush())
        assert await closing(amys) == 4401
        await in_a_thread(lambda: User.objects.filter(pk=world.olivia.user_id).update(is_active=False))
        assert await closing(olivias) in (4401, 4404)  # the latter between the question who it is and whose member

    run(test)


def test_who_sees_more_by_now_is_told_apart_from_somebody_else(
    world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InboxConsumer, "check_seconds", 0.05)
    amy, ben = client_of(world.amy), client_of(world.ben)

    def limit() -> None:
        with scope(world.lotus.pk):
            Membership.objects.filter(pk=world.amy.pk).update(visibility=Visibility.OWN)

    def sign_in() -> None:
        session = ben.session
        session.update(client_of(world.olivia).session)
        session.save()

    async def test() -> None:
        amys, bens = socket_of(session_of(amy), world), socket_of(session_of(ben), world)
        for socket in (amys, bens):
            assert (await socket.connect(10))[0]
            assert json.loads(await socket.receive_from(10)) == {"type": "ready"}
        await in_a_thread(limit)
        assert await closing(amys) == 4409
        await in_a_thread(sign_in)
        assert await closing(bens) == 4401

    run(test)


def test_a_word_that_was_lost_is_made_up_for_within_seconds_and_for_all_sockets_at_once(
    world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "EVERY_SECONDS", 0.1)
    browsers = [client_of(member) for member in (world.amy, world.amy, world.ben, world.olivia, world.olivia)]
    members = Membership.objects.filter(workspace=world.lotus)
    looked: list[tuple[int, int]] = []
    look = InboxConsumer._doubtful

    def noted(sockets: Collection[InboxConsumer]) -> Collection[InboxConsumer]:
        with CaptureQueriesContext(connection) as captured:
            found = look(sockets)
        asked = [each for each in captured if each["sql"].startswith("SELECT") and "set_config" not in each["sql"]]
        looked.append((len(sockets), len(asked)))
        return found

    monkeypatch.setattr(InboxConsumer, "_doubtful", noted)

    def limit_ben() -> None:
        with scope(world.lotus.pk):
            members.filter(pk=world.ben.pk).update(visibility=Visibility.OWN)

    def shut_amy_out() -> None:
        with scope(world.lotus.pk):
            members.filter(pk=world.amy.pk).update(is_active=False)

    async def test() -> None:
        sockets = [socket_of(session_of(browser), world) for browser in browsers]
        for socket in sockets:
            assert (await socket.connect(10))[0]
            assert json.loads(await socket.receive_from(10)) == {"type": "ready"}
        amys, again, bens, olivias, stays = sockets
        await in_a_thread(shut_amy_out)
        assert [await closing(amys), await closing(again)] == [4404, 4404]
        await asyncio.gather(amys.disconnect(timeout=10), again.disconnect(timeout=10))
        await in_a_thread(limit_ben)
        assert await closing(bens) == 4409
        await in_a_thread(lambda: browsers[3].session.flush())
        assert await closing(olivias) == 4401
        assert await stays.receive_nothing(0.3)

    run(test)
    assert len({number for number, _cost in looked}) > 1
    assert {cost for _number, cost in looked} == {2}


def test_chats_that_left_limited_members_are_noticed_for_all_open_ones_at_once(
    world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "EVERY_SECONDS", 0.1)
    owners = [world.amy, world.amy, world.ben]
    rooms = [room_with(world, "Hello", phone=f"8529000003{place}") for place, _owner in enumerate(owners)]
    with scope(world.lotus.pk):
        Membership.objects.filter(pk__in=[world.amy.pk, world.ben.pk]).update(visibility=Visibility.OWN)
        for room, owner in zip(rooms, owners, strict=True):
            Chatroom.objects.filter(pk=room.pk).update(assignee=owner)
    sessions = {member.pk: session_of(client_of(member)) for member in (world.amy, world.ben)}
    looked: list[tuple[int, int]] = []
    asked: list[RoomConsumer] = []
    look, authorize = RoomConsumer._doubtful, RoomConsumer._authorize

    def noted(sockets: Collection[RoomConsumer]) -> Collection[RoomConsumer]:
        with CaptureQueriesContext(connection) as captured:
            found = look(sockets)
        selects = [each for each in captured if each["sql"].startswith("SELECT") and "set_config" not in each["sql"]]
        looked.append((len(sockets), len(selects)))
        return found

    def counted(self: RoomConsumer) -> Right | int:
        asked.append(self)
        return authorize(self)

    monkeypatch.setattr(RoomConsumer, "_doubtful", noted)
    monkeypatch.setattr(RoomConsumer, "_authorize", counted)

    def give_away() -> None:
        with scope(world.lotus.pk):
            Chatroom.objects.filter(pk=rooms[0].pk).update(assignee=world.ben)

    async def test() -> None:
        sockets = [
            socket_of(sessions[owner.pk], world, f"rooms/{room.pk}") for room, owner in zip(rooms, owners, strict=True)
        ]
        for socket in sockets:
            assert (await socket.connect(10))[0]
            assert json.loads(await socket.receive_from(10)) == {"type": "ready"}
        asked.clear()
        await until(lambda: looked[-1:] == [(3, 7)])
        await in_a_thread(give_away)
        assert await closing(sockets[0]) == 4404
        await sockets[0].disconnect(timeout=10)
        await until(lambda: looked[-1:] == [(2, 7)])

    run(test)
    assert [each.room_id for each in asked] == [rooms[0].pk], "who has lost nothing is not asked about alone"
    assert {cost for _number, cost in looked} == {7}


@pytest.mark.parametrize(("error", "stays"), [(OperationalError, True), (PoolTimeout, True), (KeyError, False)])
def test_only_a_database_that_is_away_lets_a_socket_stay_unasked(
    world: World,
    client_of: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
    *,
    stays: bool,
) -> None:
    monkeypatch.setattr(InboxConsumer, "check_seconds", 0.05)
    monkeypatch.setattr(watch, "EVERY_SECONDS", 0.05)
    session = session_of(client_of(world.amy))

    def fail(*_: object) -> None:
        raise error

    def told() -> set[tuple[str, bool]]:
        return {(record.name.rpartition(".")[2], record.exc_info is None) for record in caplog.records}

    async def test() -> None:
        socket = socket_of(session, world)
        assert (await socket.connect(10))[0]
        assert json.loads(await socket.receive_from(10)) == {"type": "ready"}
        monkeypatch.setattr(InboxConsumer, "_doubtful", fail)
        await until(lambda: any(name == "watch" for name, _known in told()))
        monkeypatch.setattr(InboxConsumer, "_authorize", fail)
        await until(lambda: any(name == "consumers" for name, _known in told()))
        if not stays:
            assert await closing(socket) == 1011
        else:
            assert {(await socket.receive_output(10))["type"] for _ in range(10)} == {"websocket.send"}
        await socket.disconnect(timeout=10)

    run(test)
    assert {("watch", stays), ("consumers", stays)} <= told()


def test_a_socket_that_is_closed_asks_no_more(
    world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InboxConsumer, "check_seconds", 0.05)
    session = session_of(client_of(world.amy))
    asked = []
    authorize = InboxConsumer.authorize

    async def noted(self: InboxConsumer) -> Right | int:
        asked.append(self)
        return await authorize(self)

    monkeypatch.setattr(InboxConsumer, "authorize", noted)

    async def test() -> None:
        socket = socket_of(session, world)
        await socket.connect(10)
        await socket.receive_from(10)
        await socket.disconnect(timeout=10)
        before = len(asked)
        await asyncio.sleep(0.3)
        assert len(asked) == before

    run(test)


def test_who_cannot_be_asked_after_joining_is_not_kept_as_a_listener(
    world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(client_of(world.amy))
    group = publish.inbox_group(world.lotus.pk, "en")
    heard_by = []
    authorize = InboxConsumer.authorize

    async def once(self: InboxConsumer) -> Right | int:
        if self.right is not None:
            heard_by.append(publish.audience([group]))
            raise OperationalError("the database has gone")
        return await authorize(self)

    monkeypatch.setattr(InboxConsumer, "authorize", once)

    async def test() -> None:
        socket = socket_of(session, world)
        await socket.connect(10)
        with pytest.raises(OperationalError):
            await socket.wait(10)
        assert heard_by == [{group}]
        async with asyncio.timeout(10):
            while publish.audience([group]):
                await asyncio.sleep(0.01)

    run(test)


@pytest.fixture
def listen(world: World, web: WebProcess) -> Iterator[Callable[[Client], ClientConnection]]:
    with ExitStack() as cleanup:

        def do(browser: Client) -> ClientConnection:
            url = f"ws://127.0.0.1:{web.port}/ws/w/{world.lotus.slug}/inbox/?language=en"
            cookie = {"Cookie": f"sessionid={session_of(browser)}"}
            socket = cleanup.enter_context(
                connect(url, additional_headers=cookie, origin=web.url, proxy=None, close_timeout=1)
            )
            assert json.loads(socket.recv(timeout=10)) == {"type": "ready"}
            return socket

        yield do


def closing_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_signing_out_closes_the_sockets_of_that_session_at_once(
    world: World, client_of: Browser, listen: Callable[[Client], ClientConnection]
) -> None:
    here, elsewhere = client_of(world.amy), client_of(world.amy)
    closing, staying = listen(here), listen(elsewhere)
    assert here.post(reverse("account_logout")).status_code == 302
    assert closing_code(closing) == 4401
    with pytest.raises(TimeoutError):
        staying.recv(timeout=0.5)


def test_a_person_who_is_deactivated_in_the_admin_hears_nothing_from_that_moment_on(
    world: World, client_of: Browser, listen: Callable[[Client], ClientConnection]
) -> None:
    socket = listen(client_of(world.amy))
    bens = listen(client_of(world.ben))
    staff = Client()
    boss = User.objects.create_superuser("staff@example.com", name="Staff")
    staff.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("admin:workspaces_user_change", args=[world.amy.user_id])
    assert staff.post(page, {"name": "Amy Away"}).status_code == 302
    assert closing_code(socket) == 4403
    amy = User.objects.get(pk=world.amy.user_id)
    assert (amy.name, amy.is_active) == ("Amy Away", False)
    assert json.loads(bens.recv(timeout=10)) == {"type": "doubt", "part": "assignee", "id": world.amy.pk}
    with pytest.raises(TimeoutError):
        bens.recv(timeout=0.5)
