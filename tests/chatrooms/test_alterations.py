"""Edits, removals and reactions: what they do to a message, in whatever order they come."""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import partial

import pytest
import time_machine

from channels_adapters.types import Content, MediaReference, MessageKind, Person
from inbox.chatrooms.actions import receive_events, record_changes, settle_parked_alterations
from inbox.chatrooms.models import MessageVersion, ParkedAlteration
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope
from tests.processes import at_once
from tests.world import World, receive, reload, room_with, text_message, webhook

from .conversation import arrive, echoed, edited, message_with, reacted, said, unsent

pytestmark = pytest.mark.django_db


def versions_of(world: World, external_id: str = "m_1") -> list[str]:
    with scope(world.lotus.pk):
        message = message_with(world.shop, external_id)
        return list(
            MessageVersion.objects.filter(message=message).order_by("written_at").values_list("text", flat=True)
        )


def parked() -> int:
    with platform_scope("test"):
        return ParkedAlteration.objects.count()


def test_an_edit_replaces_the_words_and_keeps_the_old_ones(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop, "Two rosse"))
    received = arrive(shop, edited(shop, "m_1", "Two roses", edit_id="e_1", after=60))
    arrive(shop, edited(shop, "m_1", "Three roses", edit_id="e_2", after=90))
    message = message_with(shop, "m_1")
    assert message.text == "Three roses"
    assert message.edited_at is not None
    assert versions_of(world) == ["Two rosse", "Two roses"]
    assert received.changed == [(message.chatroom_id, message.pk)]


def test_an_edit_delivered_twice_counts_once(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop, "Two rosse"))
    for _ in range(2):
        arrive(shop, edited(shop, "m_1", "Two roses"))
    assert versions_of(world) == ["Two rosse"]


def test_an_edit_that_comes_late_does_not_undo_a_newer_one(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop, "One"))
    arrive(shop, edited(shop, "m_1", "Three", edit_id="e_2", after=90))
    arrive(shop, edited(shop, "m_1", "Two", edit_id="e_1", after=60))
    assert message_with(shop, "m_1").text == "Three"
    assert versions_of(world) == ["One", "Two"]


def test_the_vendor_may_keep_the_new_words_to_itself(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop, "One"))
    event = edited(shop, "m_1", "")
    silent = type(event)(**{**vars(event), "content": Content(MessageKind.UNSUPPORTED)})
    arrive(shop, silent)
    message = message_with(shop, "m_1")
    assert (message.text, message.edited_at is not None) == ("One", True)


def test_a_removed_message_keeps_nothing_of_its_content(world: World) -> None:
    shop = world.shop
    photo = Content(MessageKind.IMAGE, "My cat", (MediaReference(MessageKind.IMAGE, "media_1"),))
    arrive(shop, said(shop, content=photo), edited(shop, "m_1", "My dog"), reacted(shop, "m_1", "👍"))
    arrive(shop, unsent(shop, "m_1"))
    message = message_with(shop, "m_1")
    assert (message.text, message.details, message.reactions) == ("", {}, {})
    assert message.removed_at is not None
    assert versions_of(world) == []
    arrive(shop, edited(shop, "m_1", "My cow", edit_id="e_9", after=200), reacted(shop, "m_1", "❤️", after=201))
    message = message_with(shop, "m_1")
    assert (message.text, message.reactions) == ("", {})


def test_each_side_has_one_reaction(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop))
    arrive(shop, reacted(shop, "m_1", "👍", after=1), reacted(shop, "m_1", "🎉", after=2, by_business=True))
    assert message_with(shop, "m_1").reactions == {"customer": "👍", "business": "🎉"}
    arrive(shop, reacted(shop, "m_1", "❤️", after=3))
    assert message_with(shop, "m_1").reactions == {"customer": "❤️", "business": "🎉"}
    arrive(shop, reacted(shop, "m_1", "", after=4))
    assert message_with(shop, "m_1").reactions == {"business": "🎉"}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_whatever_the_order_of_arrival_the_end_is_the_same(world: World, order: tuple[int, ...]) -> None:
    shop = world.shop
    events = [
        said(shop, "One"),
        edited(shop, "m_1", "Two", edit_id="e_1", after=60),
        edited(shop, "m_1", "Three", edit_id="e_2", after=90),
        reacted(shop, "m_1", "👍"),
    ]
    for index in order:
        arrive(shop, events[index])
    message = message_with(shop, "m_1")
    assert (message.text, message.reactions) == ("Three", {"customer": "👍"})
    assert sorted(versions_of(world)) == ["One", "Two"]
    assert parked() == 0


def test_what_comes_before_its_message_waits_for_it(world: World) -> None:
    shop = world.shop
    for _ in range(2):
        received = arrive(shop, unsent(shop, "m_1"), reacted(shop, "m_1", "👍"))
        assert received.changed == []
    assert parked() == 2
    arrive(shop, said(shop, "A secret"))
    message = message_with(shop, "m_1")
    assert (message.text, message.removed_at is not None) == ("", True)
    assert parked() == 0


@pytest.mark.django_db(transaction=True)
def test_what_was_parked_while_its_message_was_being_stored_is_found_by_the_sweep(world: World) -> None:
    arrive(world.shop, said(world.shop, "Hello", mid="m_0"))
    shop = reload(world.shop)  # with the time of its last webhook, which is not noted again at once
    with scope(world.lotus.pk):
        received = receive_events(workspace_id=world.lotus.pk, events=[(shop, said(shop, "A secret", after=5))])
        at_once(partial(arrive, shop, unsent(shop, "m_1")))  # another worker, to whom the message is not there yet
        record_changes(workspace_id=world.lotus.pk, messages=received.changed)
    assert message_with(shop, "m_1").text == "A secret"
    assert settle_parked_alterations() == 0  # too fresh: whoever stored the message may be about to apply it
    with time_machine.travel(clock.now() + timedelta(seconds=10)):
        assert settle_parked_alterations() == 1
    assert message_with(shop, "m_1").removed_at is not None
    assert parked() == 0


def test_what_nothing_came_for_is_forgotten_after_a_day(world: World) -> None:
    arrive(world.shop, reacted(world.shop, "m_before_our_time", "👍"))
    with time_machine.travel(clock.now() + timedelta(hours=23)):
        settle_parked_alterations()
        assert parked() == 1
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        settle_parked_alterations()
        assert parked() == 0


def test_an_older_reaction_that_comes_late_changes_nothing(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop))
    arrive(shop, reacted(shop, "m_1", "❤️", after=40))
    arrive(shop, reacted(shop, "m_1", "👍", after=30))
    assert message_with(shop, "m_1").reactions == {"customer": "❤️"}
    arrive(shop, reacted(shop, "m_1", "", after=50))
    arrive(shop, reacted(shop, "m_1", "👍", after=45))
    assert message_with(shop, "m_1").reactions == {}


def test_an_edit_that_names_nobody_is_its_authors(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop, "Theirs"), echoed(shop, "Ours", mid="m_2"))
    for target in ("m_1", "m_2"):
        event = edited(shop, target, f"{target} anew", edit_id=f"e_{target}")
        arrive(shop, type(event)(**{**vars(event), "sender": Person(())}))
    assert [message_with(shop, mid).text for mid in ("m_1", "m_2")] == ["m_1 anew", "m_2 anew"]


def test_what_quotes_a_removed_message_is_shown_anew(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop, "A secret"), said(shop, "As I said", mid="m_2", after=9, reply_to="m_1"))
    received = arrive(shop, unsent(shop, "m_1"))
    assert {message_id for _room, message_id in received.changed} == {
        message_with(shop, "m_1").pk,
        message_with(shop, "m_2").pk,
    }


def test_a_removed_echo_still_says_where_it_was_written(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop), echoed(shop, "Wrong chat", mid="m_2"))
    arrive(shop, unsent(shop, "m_2", by_business=True))
    assert message_with(shop, "m_2").details == {"echo": True}


def test_one_batch_may_hold_a_message_and_what_became_of_it(world: World) -> None:
    shop = world.shop
    arrive(shop, unsent(shop, "m_1"), edited(shop, "m_1", "Two"), said(shop, "One"))
    assert message_with(shop, "m_1").removed_at is not None


def test_nobody_changes_the_words_of_the_other_side(world: World) -> None:
    shop = world.shop
    arrive(shop, said(shop, "One"), echoed(shop, "Ours", mid="m_2"))
    arrive(
        shop,
        edited(shop, "m_1", "Forged", by_business=True, edit_id="e_1"),
        edited(shop, "m_2", "Forged", edit_id="e_2"),
        unsent(shop, "m_2"),
    )
    assert message_with(shop, "m_1").text == "One"
    assert message_with(shop, "m_2").text == "Ours"
    arrive(shop, edited(shop, "m_2", "Ours, better", by_business=True, edit_id="e_3", after=99))
    assert message_with(shop, "m_2").text == "Ours, better"


def test_the_same_message_id_on_another_account_is_another_message(world: World) -> None:
    arrive(world.shop, said(world.shop, "In the shop"))
    arrive(world.events, said(world.events, "At the events"))
    arrive(world.oven, said(world.oven, "In the bakery"))
    arrive(world.oven, unsent(world.oven, "m_1"))
    arrive(world.events, edited(world.events, "m_1", "Elsewhere"))
    assert message_with(world.shop, "m_1").text == "In the shop"
    assert message_with(world.events, "m_1").text == "Elsewhere"
    assert message_with(world.oven, "m_1").removed_at is not None


def test_an_edit_of_whatsapp_reaches_the_message_through_the_front_door(world: World) -> None:
    original = text_message("Two rosse", wamid="wamid.original")
    room = room_with(world)
    edit = {**text_message(wamid="wamid.edit"), "type": "edit"}
    del edit["text"]
    edit["edit"] = {
        "original_message_id": "wamid.original",
        "message": {"type": "text", "text": {"body": "Two roses"}},
    }
    receive(world.app, webhook(world.shop, messages=[original]), webhook(world.shop, messages=[edit]))
    message = message_with(world.shop, "wamid.original")
    assert (message.text, message.chatroom_id) == ("Two roses", room.pk)
