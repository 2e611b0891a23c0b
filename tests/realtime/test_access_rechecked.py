"""A socket outlives the question whether it may listen, so it is asked again: at once after joining, and regularly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.sessions import SessionMiddlewareStack
from channels.testing import WebsocketCommunicator
from django.db import OperationalError, connections
from django.test import Client
from django.urls import reverse
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from inbox.chatrooms.consumers import InboxConsumer
from inbox.chatrooms.routing import websocket_urlpatterns
from inbox.realtime import publish
from inbox.workspaces.actions import change_member
from inbox.workspaces.models import Membership, Role, User
from tests.processes import WebProcess
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

Browser = Callable[[Membership], Client]


def socket_of(session: str, world: World) -> WebsocketCommunicator:
    application = SessionMiddlewareStack(URLRouter(websocket_urlpatterns))
    path = f"/ws/w/{world.lotus.slug}/inbox/?language=en"
    return WebsocketCommunicator(application, path, headers=[(b"cookie", f"sessionid={session}".encode())])


def session_of(browser: Client) -> str:
    return str(browser.cookies["sessionid"].value)


async def closing(socket: WebsocketCommunicator) -> int:
    """Listen until it is closed; return the code."""
    while (said := await socket.receive_output(5))["type"] != "websocket.close":
        pass
    return int(said["code"])


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
        assert (await socket.connect())[0]
        assert await socket.receive_output(5) == {"type": "websocket.close", "code": 4404}

    run(test)


def test_a_socket_asks_again_regularly(world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InboxConsumer, "check_seconds", 0.05)
    amy, olivia = client_of(world.amy), client_of(world.olivia)

    async def test() -> None:
        amys, olivias = socket_of(session_of(amy), world), socket_of(session_of(olivia), world)
        for socket in (amys, olivias):
            assert (await socket.connect())[0]
            assert json.loads(await socket.receive_from(5)) == {"type": "ready"}
        await in_a_thread(lambda: amy.session.flush())
        assert await closing(amys) == 4401
        await in_a_thread(lambda: User.objects.filter(pk=world.olivia.user_id).update(is_active=False))
        assert await closing(olivias) in (4401, 4404)  # the latter between the question who it is and whose member

    run(test)


def test_a_socket_that_is_closed_asks_no_more(
    world: World, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InboxConsumer, "check_seconds", 0.05)
    session = session_of(client_of(world.amy))
    asked = []
    authorize = InboxConsumer.authorize

    async def noted(self: InboxConsumer) -> tuple[str, ...] | int:
        asked.append(self)
        return await authorize(self)

    monkeypatch.setattr(InboxConsumer, "authorize", noted)

    async def test() -> None:
        socket = socket_of(session, world)
        await socket.connect()
        await socket.receive_from(5)
        await socket.disconnect()
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

    async def once(self: InboxConsumer) -> tuple[str, ...] | int:
        if self.joined:
            heard_by.append(publish.audience([group]))
            raise OperationalError("the database has gone")
        return await authorize(self)

    monkeypatch.setattr(InboxConsumer, "authorize", once)

    async def test() -> None:
        socket = socket_of(session, world)
        await socket.connect()
        with pytest.raises(OperationalError):
            await socket.wait(5)
        assert heard_by == [{group}]
        async with asyncio.timeout(5):
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
            assert json.loads(socket.recv(timeout=5)) == {"type": "ready"}
            return socket

        yield do


def closing_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=5)
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
    with pytest.raises(TimeoutError):
        bens.recv(timeout=0.5)
