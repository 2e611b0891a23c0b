"""The chats that the palette finds by name."""

from __future__ import annotations

from django.test import Client

from inbox.chatrooms.models import Chatroom
from tests.world import World, room_with

CHATS = "/w/lotus-flowers/search/chats/"


def test_chats_are_found_by_the_name_of_the_customer(world: World, room: Chatroom, amy: Client) -> None:
    room_with(world, "Hello", phone="85290000007", name="Peony Wong")
    found = amy.get(CHATS, {"q": "tai"}).json()
    url = f"/w/lotus-flowers/rooms/{room.pk}/"
    assert found == {"chats": [{"name": "Chan Tai Man", "detail": f"WhatsApp · {world.shop.name}", "url": url}]}


def test_what_makes_no_sense_finds_nothing(room: Chatroom, amy: Client) -> None:
    for typed in ("", " ", "\x00", "x" * 10_000, "(((", "%"):
        answer = amy.get(CHATS, {"q": typed})
        assert (answer.status_code, answer.json()) == (200, {"chats": []}), typed


def test_chats_of_others_are_not_found(world: World, amy: Client) -> None:
    room_with(world, "Hello", connection=world.oven, name="Peony Wong")
    assert amy.get(CHATS, {"q": "Peony"}).json() == {"chats": []}
