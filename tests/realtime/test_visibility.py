"""An open page of somebody who does not see all chats: what it hears, and what leaves it. Real sockets."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.urls import reverse
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from inbox.chatrooms import actions
from inbox.chatrooms.catch_up import current_seq
from inbox.chatrooms.models import Chatroom
from inbox.customers.selectors import group_of
from inbox.labels.actions import create_label
from inbox.notes.actions import add_note, delete_note
from inbox.workspaces.actions import change_member, create_team, delete_team
from inbox.workspaces.models import Membership, Role, Visibility
from inbox.workspaces.tenancy import scope
from tests.message_templates.conftest import store
from tests.message_templates.test_sync import news
from tests.processes import WebProcess
from tests.world import World, receive, room_with, text_message, webhook

from .test_sockets import Browser, Sockets, inbox_of, socket_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sockets(web: WebProcess, client_of: Browser) -> Iterator[Sockets]:
    with ExitStack() as cleanup:
        yield Sockets(web, client_of, cleanup)


@pytest.fixture
def rooms(world: World) -> list[Chatroom]:
    """Amy's chat, Ben's and nobody's."""
    found = [room_with(world, f"I am {name}", phone=f"8529111000{len(name)}", name=name) for name in NAMES]
    for room, member in zip(found, [world.amy, world.ben, None], strict=True):
        if member is not None:
            assign(world, room, member, None)
    return found


NAMES = ["Anna", "Berta", "Clarissa"]


def assign(world: World, room: Chatroom, to: Membership | None, had: Membership | None) -> None:
    with scope(world.lotus.pk):
        expected = had.pk if had else None
        actions.assign_chatroom(actor=world.olivia, chatroom=room, assignee=to, expected_id=expected)


def limit(world: World, visibility: Visibility) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(visibility=visibility)


def writes(world: World, text: str, name: str) -> None:
    phone = f"8529111000{len(name)}"
    receive(world.app, webhook(world.shop, messages=[text_message(text, phone=phone, name=name)]))


def heard(socket: ClientConnection, until: Callable[[str], bool]) -> str:
    """Return everything that was told, signals too, until something is."""
    said = ""
    while not until(said):
        said += str(socket.recv(timeout=10))
    return said


def closing(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        heard(socket, lambda said: False)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def current(world: World) -> int:
    with scope(world.lotus.pk):
        return current_seq(world.lotus.pk)


def row(room: Chatroom) -> str:
    return f'id="room-{room.pk}-row"'


def gone(room: Chatroom) -> str:
    return f'{row(room)} data-gone="{room.pk}"'


def test_a_page_hears_of_chats_it_may_show_and_of_no_others(
    world: World, rooms: list[Chatroom], sockets: Sockets, client_of: Browser
) -> None:
    limit(world, Visibility.OWN)
    annas, bertas, _clarissas = rooms
    inbox = sockets.listen(world.amy, inbox_of(world.lotus))
    everything = sockets.listen(world.ben, inbox_of(world.lotus))
    sockets.listen(world.amy, socket_of(annas, world.lotus))
    assert sockets.close_code(world.amy, socket_of(bertas, world.lotus)) == 4404
    browser = client_of(world.amy)
    page = browser.get(reverse("chatrooms:inbox", args=[world.lotus.slug]))
    cursor, reach = page.context["cursor"], page.context["since_url"].partition("reach=")[2]

    writes(world, "A secret", "Berta")
    writes(world, "Good morning", "Anna")
    said = heard(inbox, lambda said: "Good morning" in said)
    caught_up = browser.get(reverse("chatrooms:since", args=[world.lotus.slug]), {"cursor": cursor, "reach": reach})
    assert caught_up.status_code == 200
    for each in (said, caught_up.content.decode()):
        assert row(annas) in each
        assert "A secret" not in each
        assert f"room-{bertas.pk}" not in each
    assert "A secret" in heard(everything, lambda said: "Good morning" in said)
    numbers = {int(part.partition('"')[0]) for part in said.split('id="cursor" data-seq="')[1:]}
    assert numbers >= set(range(cursor + 1, max(numbers) + 1)), "every change has its frame: nothing was missed"

    with scope(world.lotus.pk):
        create_label(actor=world.ben, name="Everybody knows")
    heard(inbox, lambda said: "Everybody knows" in said)
    template = store(world.shop)
    receive(world.app, news(world.shop, "message_template_status_update", template, event="PAUSED"))
    heard(
        inbox,
        lambda said: f'id="template-news" hidden hx-swap-oob="true" data-business="{template.business_id}"' in said,
    )


def test_who_loses_a_chat_loses_sight_of_it_at_once(
    world: World, rooms: list[Chatroom], sockets: Sockets, client_of: Browser
) -> None:
    limit(world, Visibility.OWN_AND_UNASSIGNED)
    annas, bertas, clarissas = rooms
    browser = client_of(world.amy)
    page = browser.get(reverse("chatrooms:inbox", args=[world.lotus.slug]))
    cursor, reach = page.context["cursor"], page.context["since_url"].partition("reach=")[2]
    inbox = sockets.listen(world.amy, inbox_of(world.lotus))
    room = sockets.listen(world.amy, socket_of(annas, world.lotus))
    bens = sockets.listen(world.ben, socket_of(annas, world.lotus))

    began = time.monotonic()
    assign(world, annas, world.ben, world.amy)
    assert closing(room) == 4403
    assert time.monotonic() - began < 1
    heard(inbox, lambda said: gone(annas) in said)
    heard(bens, lambda said: "assigned this chat to Ben" in said)

    with scope(world.lotus.pk):
        actions.assign_all(actor=world.olivia, room_ids=[clarissas.pk, bertas.pk], assignee=world.olivia)
    said = heard(inbox, lambda said: gone(clarissas) in said)
    assert f"room-{bertas.pk}" not in said, "she never saw that one"
    missed = browser.get(reverse("chatrooms:since", args=[world.lotus.slug]), {"cursor": cursor, "reach": reach})
    html = missed.content.decode()
    assert gone(annas) in html
    assert gone(clarissas) in html
    assert f"room-{bertas.pk}" not in html

    with scope(world.lotus.pk):
        group = group_of(world.ben, bertas.customer_id)
        assert group is not None
        note = add_note(actor=world.ben, group=group, text="Look, @Amy", client_id=uuid.uuid4()).note
    heard(inbox, lambda said: row(bertas) in said and gone(bertas) not in said)
    sockets.listen(world.amy, socket_of(bertas, world.lotus))

    url = reverse("chatrooms:since", args=[world.lotus.slug])
    asked = {"cursor": current(world), "reach": reach}
    with scope(world.lotus.pk):
        delete_note(actor=world.ben, group=group, note=note, seen=1)
    open_to_her = room_with(world, "I am Dora", phone="85291110009", name="Dora")
    shown = {"shown": f"{bertas.pk},{annas.pk},{open_to_her.pk},x"}
    for cursor in (asked["cursor"], current(world)):
        missed = browser.get(url, asked | shown | {"cursor": cursor}).content.decode()
        assert (gone(bertas) in missed, gone(annas) in missed) == (True, True), "also of what has not changed"
        assert gone(open_to_her) not in missed
    assert f"room-{bertas.pk}" not in browser.get(url, asked).content.decode(), "it is told of what it has, and no more"


def test_a_page_is_loaded_anew_when_its_member_sees_other_chats(
    world: World, rooms: list[Chatroom], sockets: Sockets, client_of: Browser
) -> None:
    limit(world, Visibility.OWN)
    bertas = rooms[1]
    with scope(world.lotus.pk):
        team = create_team(actor=None, workspace_id=world.lotus.pk, name="Ours", members=[world.amy.pk])
        actions.assign_to_team(actor=world.olivia, chatroom=bertas, team=team, expected_id=world.ben.pk)
    browser = client_of(world.amy)
    url = reverse("chatrooms:since", args=[world.lotus.slug])
    page = browser.get(reverse("chatrooms:inbox", args=[world.lotus.slug]))
    asked = {"cursor": page.context["cursor"], "reach": page.context["since_url"].partition("reach=")[2]}
    assert browser.get(url, asked).status_code == 200
    inbox = sockets.listen(world.amy, inbox_of(world.lotus))
    room = sockets.listen(world.amy, socket_of(bertas, world.lotus))
    with scope(world.lotus.pk):
        delete_team(actor=None, team=team)
    assert json.loads(inbox.recv(timeout=10)) == {"type": "renew"}
    assert closing(room) == 4404
    assert browser.get(url, asked).status_code == 205

    change_member(
        actor=world.olivia, member=world.amy, role=Role.AGENT, is_active=True, visibility=Visibility.OWN_AND_UNASSIGNED
    )
    heard(inbox, lambda said: "renew" in said)
    sockets.listen(world.amy, socket_of(bertas, world.lotus))  # nobody's by now
    change_member(actor=world.olivia, member=world.amy, role=Role.ADMIN, is_active=True)
    assert closing(inbox) == 4409  # it may hear more by now: its page loads anew
    assert browser.get(url, {"cursor": asked["cursor"]}).status_code == 200
