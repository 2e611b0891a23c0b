"""Who looks at a chat and who writes in it: told to those who have it open, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from websockets.sync.client import ClientConnection

from inbox.chatrooms.assignment import online_in
from inbox.realtime import presence
from inbox.workspaces.models import Membership
from tests.processes import until
from tests.world import World, room_with

from .test_sockets import Sockets, inbox_of, socket_of, sockets

__all__ = ["sockets"]

pytestmark = pytest.mark.django_db(transaction=True)


def told(socket: ClientConnection) -> list[tuple[str, bool]]:
    """Return who is there by the next signal, and whether they write."""
    while not (said := str(socket.recv(timeout=10))).startswith('{"type": "presence"'):
        pass
    signal: dict[str, Any] = json.loads(said)
    return [(person["name"], person["writes"]) for person in signal["people"]]


def test_those_who_have_a_chat_open_see_each_other_come_write_and_go(
    world: World, sockets: Sockets, client_of: Callable[[Membership], Client]
) -> None:
    room, other = room_with(world), room_with(world, phone="85290000002")
    theirs = room_with(world, connection=world.oven)
    amys = sockets.listen(world.amy, socket_of(room, world.lotus))
    assert told(amys) == [("Amy Agent", False)]
    elsewhere = sockets.listen(world.olivia, socket_of(other, world.lotus))
    assert told(elsewhere) == [("Olivia Owner", False)]
    stranger = sockets.listen(world.sam, socket_of(theirs, world.bakery))
    assert told(stranger) == [("Sam Stranger", False)]

    bens = sockets.listen(world.ben, socket_of(room, world.lotus, "zh-hant"))
    assert told(bens) == told(amys) == [("Amy Agent", False), ("Ben Agent", False)]
    again = sockets.listen(world.ben, socket_of(room, world.lotus))
    assert told(again) == told(amys) == told(bens) == [("Amy Agent", False), ("Ben Agent", False)]

    writing = reverse("chatrooms:writing", args=[world.lotus.slug, room.pk])
    assert client_of(world.ben).post(writing, headers={"HX-Request": "true"}).status_code == 204
    assert told(amys) == told(bens) == [("Amy Agent", False), ("Ben Agent", True)]

    again.close()
    assert told(amys) == [("Amy Agent", False), ("Ben Agent", False)], "another tab of his is open"
    bens.close()
    assert told(amys) == [("Amy Agent", False)]
    for deaf in (elsewhere, stranger):
        with pytest.raises(TimeoutError):
            deaf.recv(timeout=0.3)


def test_a_member_is_online_while_one_of_their_pages_is_open(world: World, sockets: Sockets) -> None:
    here, there = (sockets.listen(world.amy, inbox_of(world.lotus)) for _ in range(2))
    sams = sockets.listen(world.sam, inbox_of(world.bakery))
    lotus, bakery = online_in(world.lotus.pk), online_in(world.bakery.pk)
    until(lambda: presence.present(lotus) == {world.amy.pk} and presence.present(bakery) == {world.sam.pk})
    here.close()
    sams.close()
    until(lambda: presence.present(bakery) == set())
    assert presence.present(lotus) == {world.amy.pk}
    there.close()
    until(lambda: presence.present(lotus) == set())


def test_an_entry_that_nobody_renews_ends_by_itself() -> None:
    presence.enter("somewhere", 1, "tab", seconds=1)
    presence.enter("somewhere", 2, "tab")
    until(lambda: presence.present("somewhere") == {2})
    assert presence.enter("somewhere", 2, "tab"), "somebody ended meanwhile"
    assert not presence.enter("somewhere", 2, "tab")
