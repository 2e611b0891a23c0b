"""Two hundred agents in one workspace, each with the list open, on one web process."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connections
from websockets.asyncio.client import ClientConnection, connect

from inbox.chatrooms.assignment import online_in
from inbox.chatrooms.catch_up import current_seq
from inbox.chatrooms.models import Chatroom
from inbox.lib import clock
from inbox.realtime import presence
from inbox.workspaces.actions import change_member
from inbox.workspaces.models import Membership, Role, User, Workspace
from inbox.workspaces.tenancy import scope
from tests.processes import WebProcess
from tests.world import World, receive, room_with, text_message, webhook

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = 200
VIEWERS = 20  # of them have the same chat open
AT_ONCE = 25  # open their page
CHANGES = 10
LANGUAGES = ("en", "zh-hant", "zh-hans")
SEQ = re.compile(r'id="cursor"[^>]*data-seq="(\d+)"')


def hire(workspace: Workspace, number: int) -> dict[Membership, str]:
    """Take on so many agents; return them, each with the session of a browser where they are signed in."""
    users = User.objects.bulk_create(
        User(email=f"agent{each}@example.com", name=f"Agent {each:03}", password="!") for each in range(number)
    )
    with scope(workspace.pk):
        members = Membership.objects.bulk_create(
            Membership(workspace=workspace, user=user, role=Role.AGENT) for user in users
        )
    store, until = SessionStore(), clock.now() + timedelta(days=1)
    sessions = []
    for user in users:
        facts = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        key, data = f"session-of-{user.pk:021}", store.encode(facts)
        sessions.append(Session(session_key=key, session_data=data, expire_date=until))
    Session.objects.bulk_create(sessions)
    return {member: session.session_key for member, session in zip(members, sessions, strict=True)}


async def in_a_thread(work: Callable[[], Any]) -> Any:
    def do() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return await asyncio.to_thread(do)


class Office:
    """The pages of many agents, and what they hear."""

    def __init__(self, world: World, web: WebProcess, sessions: dict[Membership, str], pages: AsyncExitStack) -> None:
        self.world, self.web, self.sessions, self.pages = world, web, sessions, pages
        self.turn = asyncio.Semaphore(AT_ONCE)

    async def open_all(self, members: Iterable[Membership], place: str) -> dict[Membership, ClientConnection]:
        """Open a socket of each of these members' pages; all must be let in."""
        members = list(members)
        opened = [self.open(member, place, LANGUAGES[at % len(LANGUAGES)]) for at, member in enumerate(members)]
        return dict(zip(members, await asyncio.gather(*opened), strict=True))

    async def open(self, member: Membership, place: str, language: str) -> ClientConnection:
        address = f"ws://127.0.0.1:{self.web.port}/ws/w/{self.world.lotus.slug}/{place}/?language={language}"
        cookie = {"Cookie": f"sessionid={self.sessions[member]}"}
        async with self.turn:
            connection = connect(
                address,
                additional_headers=cookie,
                origin=self.web.url,
                proxy=None,
                compression=None,
                max_queue=None,
                close_timeout=1,
            )
            socket = await self.pages.enter_async_context(connection)
            while json.loads(await socket.recv()) != {"type": "ready"}:
                pass  # who else comes may be told before
        return socket


async def numbers(socket: ClientConnection, last: int) -> list[int]:
    """Listen until a change arrives; return the numbers of all changes that did, in their order."""
    heard: list[int] = []
    while not heard or heard[-1] < last:
        if found := SEQ.search(str(await socket.recv())):
            heard.append(int(found[1]))
    return heard


async def viewers(socket: ClientConnection, number: int) -> set[int]:
    """Listen until the chat has so many viewers; return who they are."""
    present: set[int] = set()
    while len(present) != number:
        if (said := str(await socket.recv())).startswith('{"type": "presence"'):
            present = {person["id"] for person in json.loads(said)["people"]}
    return present


async def closing_code(socket: ClientConnection) -> int:
    await socket.wait_closed()
    return socket.close_code or 0


async def are_online(members: Iterable[Membership]) -> None:
    """Wait until exactly these are noted as present: each socket notes it right after it has said that it listens."""
    members = list(members)
    expected = {member.pk for member in members}
    while presence.present(online_in(members[0].workspace_id)) != expected:
        await asyncio.sleep(0.02)


def lines_to_redis(web: WebProcess) -> int:
    port = urlsplit(settings.REDIS_URL).port
    lines = psutil.Process(web.pid).net_connections("tcp")
    return sum(bool(line.raddr) and line.raddr.port == port for line in lines)


def newest(world: World) -> int:
    with scope(world.lotus.pk):
        return current_seq(world.lotus.pk)


def test_two_hundred_agents_hear_every_change_in_order_and_only_who_is_shut_out_is_cut_off(
    world: World, web: WebProcess
) -> None:
    sessions = hire(world.lotus, AGENTS)
    room = room_with(world)
    asyncio.run(a_day_at_the_office(world, web, sessions, room))


async def a_day_at_the_office(world: World, web: WebProcess, sessions: dict[Membership, str], room: Chatroom) -> None:
    def write(*texts: str) -> None:
        for text in texts:
            receive(world.app, webhook(world.shop, messages=[text_message(text)]))

    def leave() -> None:
        change_member(actor=world.olivia, member=gone, role=Role.AGENT, is_active=False)

    async with asyncio.timeout(60), AsyncExitStack() as pages:
        office = Office(world, web, sessions, pages)
        lists = await office.open_all(sessions, "inbox")
        chats = await office.open_all(list(sessions)[:VIEWERS], f"rooms/{room.pk}")
        await are_online(sessions)
        assert 0 < lines_to_redis(web) < AGENTS / 10, "a socket has a line to Redis of its own"
        told = await asyncio.gather(*[viewers(socket, VIEWERS) for socket in chats.values()])
        assert told == [{member.pk for member in chats}] * VIEWERS

        before = await in_a_thread(lambda: newest(world))
        await in_a_thread(lambda: write(*[f"News {number}" for number in range(CHANGES)]))
        after = await in_a_thread(lambda: newest(world))
        assert after >= before + CHANGES
        heard = await asyncio.gather(*[numbers(socket, after) for socket in lists.values()])
        assert heard == [list(range(before + 1, after + 1))] * AGENTS

        gone = next(iter(chats))
        began_at = time.monotonic()
        leaving = asyncio.create_task(in_a_thread(leave))
        codes = await asyncio.gather(closing_code(lists.pop(gone)), closing_code(chats.pop(gone)))
        assert time.monotonic() - began_at < 1
        assert codes == [4403, 4403]
        await leaving

        told = await asyncio.gather(*[viewers(socket, VIEWERS - 1) for socket in chats.values()])
        assert told == [{member.pk for member in chats}] * (VIEWERS - 1)
        await are_online(lists)
        await in_a_thread(lambda: write("Still there?"))
        last = await in_a_thread(lambda: newest(world))
        heard = await asyncio.gather(*[numbers(socket, last) for socket in lists.values()])
        assert heard == [list(range(after + 1, last + 1))] * (AGENTS - 1)
