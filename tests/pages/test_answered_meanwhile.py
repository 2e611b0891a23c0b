"""Every way of sending asks before it goes over a colleague's answer, with and without a script; nothing typed is lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from channels_adapters.types import ChannelKind, MessageKind
from inbox.chatrooms.models import Chatroom, Direction, HeldAnswer, HeldState
from inbox.chatrooms.outgoing_cards import card_of
from inbox.faq.actions import EntryDraft, create_entry
from inbox.lib import clock
from inbox.scheduling.actions import Order, schedule
from inbox.workspaces.tenancy import scope
from tests.workspaces.conftest import plan_message
from tests.world import World, messages_of, reload

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Page
from .test_files import known
from .test_template_picker import FILLED, template

pytestmark = pytest.mark.django_db


@dataclass
class Way:
    """How something is sent: the page that has its form, the form's address, and what is typed."""

    shown: str
    address: str
    fields: dict[str, str] = field(default_factory=dict)
    typed: str = ""  # what must stand in the page that asks


def _composer(world: World, room: Chatroom, **fields: str) -> Way:
    url, typed = room_url(room), {"text": "<b>Mine", "client_id": str(uuid.uuid4())} | fields
    return Way(url, room_url(room, "messages"), typed, "&lt;b&gt;Mine")


def _forwarded(world: World, room: Chatroom) -> Way:
    return _composer(world, room, file=str(known(world.lotus).pk))


def _card(world: World, room: Chatroom) -> Way:
    return _composer(world, room, file=card_of(MessageKind.LOCATION, {"position": "22.28, 114.15"}).value)


def _faq(world: World, room: Chatroom) -> Way:
    with scope(world.lotus.pk):
        entry = create_entry(actor=world.amy, draft=EntryDraft({"en": ("Hours", "From nine.")}, is_shared=False))
    fields = {"language": "en", "client_id": str(uuid.uuid4())}
    return Way(room_url(room, "faq"), room_url(room, "faq_sending", entry.pk), fields, "From nine.")


def _template(world: World, room: Chatroom) -> Way:
    chosen = str(template(world).pk)
    fields = {"template": chosen, "client_id": str(uuid.uuid4()), **FILLED}
    shown = f"{room_url(room, 'templates')}?template={chosen}"
    return Way(shown, room_url(room, "template_messages"), fields, 'value="Tai Man"')


def _hold(world: World, room: Chatroom) -> Way:
    chosen = str(template(world).pk)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    fields = {"hold": "yes", "text": "Held", "template": chosen, "filled": chosen, "client_id": str(uuid.uuid4())}
    return Way("", room_url(room, "hold"), fields | FILLED, 'value="Tai Man"')


def _held(world: World, room: Chatroom) -> Way:
    with scope(world.lotus.pk):
        held = HeldAnswer.objects.create(
            workspace=world.lotus,
            chatroom=room,
            author=world.amy,
            text="Before",
            state=HeldState.OFFERED,
            inbound_before=0,
            expires_at=clock.now() + timedelta(days=1),
        )
    fields = {"text": "<b>Mine", "send": "yes"}
    return Way(room_url(room, "held_answers"), room_url(room, "held_answer", held.pk), fields, "&lt;b&gt;Mine")


def _scheduled(world: World, room: Chatroom) -> Way:
    with scope(world.lotus.pk):
        row = plan_message(world.amy, room, "Tomorrow")
    return Way(reverse("scheduling:all", args=["lotus-flowers"]), _now(row.pk))


def _scheduled_template(world: World, room: Chatroom) -> Way:
    chosen = template(world)
    values = {name.removeprefix("value."): value for name, value in FILLED.items()}
    wall_time = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    order = Order("", wall_time, "UTC", is_template=True, template=chosen, names_template=True, values=values)
    with scope(world.lotus.pk):
        row = schedule(actor=world.amy, chatroom=room, order=order, client_id=uuid.uuid4())
    return Way(reverse("scheduling:room", args=["lotus-flowers", room.pk]), _now(row.pk))


def _now(row_id: int) -> str:
    return reverse("scheduling:sending", args=["lotus-flowers", row_id])


WAYS: list[Callable[[World, Chatroom], Way]] = [
    _composer,
    _forwarded,
    _card,
    _faq,
    _template,
    _hold,
    _held,
    _scheduled,
    _scheduled_template,
]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_whoever_sends_over_a_colleagues_answer_is_asked_first(
    world: World, amy: Client, way: Callable[[World, Chatroom], Way], headers: dict[str, str]
) -> None:
    room = room_on(world, ChannelKind.WHATSAPP)
    question = put(room, text="Do you have roses?")
    found = way(world, room)
    if found.shown:
        seen = [element["value"] for element in get(amy, found.shown).all("input", name="seen")]
        assert str(question.pk) in seen, "the form knows the newest message it stands beside"
    bens = put(room, text="Yes", direction=Direction.OUTBOUND, author=world.ben)

    asked = amy.post(found.address, found.fields | {"seen": str(question.pk)}, headers=headers)
    page = Page(asked)
    assert asked.status_code == 409
    assert "Ben Agent answered" in page.text
    assert [button.text for button in page.all("button") if button.text == "Send anyway"]
    assert str(bens.pk) in [element["value"] for element in page.all("input", name="seen")]
    assert found.typed in page.html
    assert [message.author_id for message in messages_of(room)] == [None, world.ben.pk], "nothing has left"

    assert amy.post(found.address, found.fields | {"seen": str(bens.pk)}, headers=headers).status_code in (
        200,
        204,
        303,
    )
    assert world.amy.pk in [message.author_id for message in messages_of(room)]


def test_whoever_sends_a_failed_message_again_over_a_colleagues_answer_is_asked_too(world: World, amy: Client) -> None:
    for headers in ({}, HTMX):
        room = room_on(world, ChannelKind.WHATSAPP)
        question = put(room, text="Do you have roses?")
        failed = put(room, text="Yes", direction=Direction.OUTBOUND, author=world.ben, state="failed")
        url = room_url(room, "message_retry", failed.pk)
        buttons = [element["value"] for element in get(amy, room_url(room)).all("input", data_newest="")]
        assert buttons == [str(failed.pk)], "of the chat's own form, whose button it is"
        bens = put(room, text="Here is our list", direction=Direction.OUTBOUND, author=world.ben)
        asked = amy.post(url, {"seen": str(question.pk)}, headers=headers)
        page = Page(asked)
        assert asked.status_code == 409
        assert "Ben Agent answered" in page.text
        assert page.one("form", action=url)
        assert [each["value"] for each in page.all("input", name="seen")] == [str(bens.pk)]
        assert reload(failed).state == "failed"
        again = amy.post(url, {"seen": str(bens.pk), "anyway": "yes"}, headers=headers)
        assert (again.status_code, again.content) == ((200, b"") if headers else (303, b"")), "the question goes"
        assert reload(failed).state == "queued"
