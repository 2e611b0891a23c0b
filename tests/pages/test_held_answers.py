"""Holding an answer in the page: the button, the list above the composer, and who may touch it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from inbox.chatrooms.models import Chatroom, HeldAnswer, HeldState, Message
from inbox.lib import clock
from inbox.message_templates.models import APPROVED, MessageTemplate
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, reload, room_with

pytestmark = pytest.mark.django_db

BODY = [{"type": "BODY", "text": "We have an answer for you. Reply to read it."}]


@pytest.fixture
def room(world: World) -> Chatroom:
    """A chat whose window is closed, on an account with a fallback template."""
    room = room_with(world, "Do you deliver?")
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
        MessageTemplate.objects.create(
            workspace=world.lotus,
            business_id=room.connection.business_id,
            name="we_have_an_answer",
            language="en",
            status=APPROVED,
            category="UTILITY",
            components=BODY,
            is_fallback=True,
        )
    return room


@pytest.fixture
def amy(world: World, client_of) -> Client:  # type: ignore[no-untyped-def]
    browser: Client = client_of(world.amy)
    return browser


def held_of(room: Chatroom) -> HeldAnswer:
    with scope(room.workspace_id):
        return HeldAnswer.objects.get(chatroom=room)


def url(name: str, room: Chatroom, *more: int) -> str:
    return reverse(f"chatrooms:{name}", args=["lotus-flowers", room.pk, *more])


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_an_answer_is_held_behind_the_template(amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    assert 'class="button composer-hold"' in amy.get(url("room", room)).content.decode()
    answer = amy.post(url("hold", room), {"text": "Yes <b>on Sundays</b>"}, headers=headers)
    assert answer.status_code == (200 if headers else 303)
    held = held_of(room)
    page = amy.get(url("held_answers", room), headers=headers).content.decode()
    assert "Yes &lt;b&gt;on Sundays&lt;/b&gt;" in page
    with scope(room.workspace_id):
        assert Message.objects.get(chatroom=room, direction="outbound").text == BODY[0]["text"]
    assert held.state == HeldState.WAITING


def test_without_a_fallback_the_text_comes_back_with_the_reason(amy: Client, room: Chatroom) -> None:
    with scope(room.workspace_id):
        MessageTemplate.objects.update(is_fallback=False)
    answer = amy.post(url("hold", room), {"text": "Yes, on Sundays"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "No fallback template is chosen" in page
    assert "Yes, on Sundays</textarea>" in page


def test_a_held_answer_is_changed_given_up_and_not_sent_too_early(amy: Client, room: Chatroom) -> None:
    amy.post(url("hold", room), {"text": "Yes"})
    line = url("held_answer", room, held_of(room).pk)
    assert amy.post(line, {"text": "Yes, gladly"}).status_code == 303
    assert held_of(room).text == "Yes, gladly"
    too_early = amy.post(line, {"text": "Yes, gladly", "send": "yes"})
    assert too_early.status_code == 409
    assert "only templates" in too_early.content.decode()
    assert amy.post(line, {"cancel": "yes"}).status_code == 303
    assert held_of(room).state == HeldState.CANCELLED
    assert amy.post(line, {"text": "Again"}).status_code == 409


def test_a_stranger_cannot_see_or_touch_it(world: World, amy: Client, client_of, room: Chatroom) -> None:  # type: ignore[no-untyped-def]
    amy.post(url("hold", room), {"text": "Yes"})
    held = held_of(room)
    sam = client_of(world.sam)
    for slug in ("lotus-flowers", "other-bakery"):
        for name, more in (("held_answers", ()), ("hold", ()), ("held_answer", (held.pk,))):
            address = reverse(f"chatrooms:{name}", args=[slug, room.pk, *more])
            assert sam.get(address).status_code in (404, 405)
            assert sam.post(address, {"text": "Mine now", "cancel": "yes"}).status_code in (404, 405)
    with platform_scope("test"):
        assert reload(held).state == HeldState.WAITING
    with scope(world.bakery.pk):
        assert not HeldAnswer.objects.exists()
