"""Sending a location or a contact from the page without any script: written, refused in words, kept, sent, held."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind, MessageKind
from inbox.chatrooms.actions import release_held_answers
from inbox.chatrooms.models import Chatroom, HeldAnswer, Message
from inbox.chatrooms.outgoing_cards import card_of
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, receive, room_with, text_message, webhook

from .conftest import HTMX, get, room_on, room_url
from .reading import Element, Page

pytestmark = pytest.mark.django_db

PLACE = {"position": "22.2819, 114.1582", "name": 'Lotus <b>"Shop"', "address": "1 Queen's Road"}
PERSON = {"name": "Ken Wong", "phone": "+852 2345 6789", "email": "ken@example.com", "company": "Lotus"}
KEN = {
    "contacts": [
        {
            "name": "Ken Wong",
            "phones": [{"phone": "+85223456789"}],
            "emails": [{"email": "ken@example.com"}],
            "organization": "Lotus",
        }
    ]
}

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


@pytest.fixture
def room(world: World) -> Chatroom:
    return room_with(world, "Where are you?")


def chips(page: Page) -> list[Element]:
    return [chip for chip in page.all("li", "composer-file") if "data-value" in chip]


def answers(room: Chatroom) -> list[Message]:
    return [message for message in messages_of(room) if message.direction == "outbound"]


@pytest.mark.parametrize(
    ("name", "typed", "shown", "details"),
    [
        (
            "location",
            PLACE,
            ('Lotus <b>"Shop"', "22.2819, 114.1582 · 1 Queen's Road"),
            {"latitude": 22.2819, "longitude": 114.1582, "name": 'Lotus <b>"Shop"', "address": "1 Queen's Road"},
        ),
        ("contacts", PERSON, ("Ken Wong", "+85223456789 · ken@example.com · Lotus"), KEN),
    ],
)
@both_ways
def test_a_card_joins_the_answer_and_goes_after_its_text(
    amy: Client,
    room: Chatroom,
    headers: dict[str, str],
    name: str,
    typed: dict[str, str],
    shown: tuple[str, str],
    details: dict[str, Any],
) -> None:
    assert get(amy, room_url(room)).one("button", value=name)["hx-get"] == room_url(room, f"{name}_form")
    answer = amy.post(room_url(room, f"{name}_adding"), typed, headers=headers)
    page = Page(answer if headers else amy.get(answer["Location"]))
    assert (page.all("p", "composer-file-name")[0].text, page.one("p", "composer-file-facts").text) == shown
    form = {"text": "Here", "file": page.one("input", name="file")["value"], "client_id": str(uuid.uuid4())}
    for _twice in range(2):
        assert amy.post(room_url(room, "messages"), form).status_code == 303
    text, card = answers(room)
    assert (text.kind, text.text, card.text, card.details) == ("text", "Here", "", details)
    refused = amy.post(
        room_url(room, "messages"), {**form, "file": card_of(MessageKind.LOCATION, {"position": "0 0"}).value}
    )
    assert refused.status_code == 422, "the same form cannot say something else"
    assert shown[0] in get(amy, room_url(room)).one("li", id=f"message-{card.pk}").text


def test_without_a_script_what_was_typed_waits_while_a_card_is_written(amy: Client, room: Chatroom) -> None:
    page = get(amy, room_url(room))
    quoted = str(messages_of(room)[0].pk)
    for text, whole in (("Look <b>here", "Look <b>here"), ("Again", "Again\n\nLook <b>here")):
        form = page.form | {
            "text": text,
            "reply_to": quoted,
            "option": ["Yes", ""],
            "to": "location",
            "client_id": str(uuid.uuid4()),
        }
        away = amy.post(page.one("button", value="location")["formaction"], form)
        assert (away.status_code, away["Location"]) == (303, room_url(room, "location_form"))
        assert get(amy, room_url(room)).form["text"] == whole, "what another device has written stands behind it"
    back = amy.post(room_url(room, "location_adding"), PLACE)
    after = get(amy, back["Location"])
    assert (after.form["text"], after.form["reply_to"], len(chips(after))) == (whole, quoted, 1)
    assert after.one("input", id="composer-option-1")["value"] == "Yes"
    for place, name in (("templates", "templates"), ("file_rules", "file_rules"), ("//evil.example", "file_rules")):
        assert amy.post(room_url(room, "draft_leaving"), {"to": place})["Location"] == room_url(room, name)
    assert amy.post(room_url(room, "draft_leaving"), {"text": "x" * 50_001}).status_code == 422


@pytest.mark.parametrize(
    ("name", "typed", "errors"),
    [
        ("location", {"name": "<i>Shop"}, {"position": "This must not be empty."}),
        ("location", {**PLACE, "position": "114.1582, 22.2819"}, {"position": "The latitude, which comes first"}),
        ("location", {**PLACE, "address": "x" * 201}, {"address": "at most 200 characters"}),
        ("location", {"position": "x" * 2001}, {"position": "at most 2000 characters"}),
        ("contacts", {}, {"name": "This must not be empty.", "phone": "This must not be empty."}),
        ("contacts", {**PERSON, "phone": "123"}, {"phone": "Write a phone number with its country code"}),
        ("contacts", {**PERSON, "email": "ken"}, {"email": "Write an e-mail address"}),
    ],
)
@both_ways
def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
    amy: Client, room: Chatroom, headers: dict[str, str], name: str, typed: dict[str, str], errors: dict[str, str]
) -> None:
    answer = amy.post(room_url(room, f"{name}_adding"), typed, headers=headers)
    assert (answer.status_code, answer.headers.get("HX-Retarget")) == (422, "#card-form")
    page = Page(answer)
    for key, words in errors.items():
        assert words in page.one("p", id=f"card-{key}-error").text
        assert page.one("input", id=f"card-{key}")["aria-describedby"] == f"card-{key}-error"
    assert len(page.all("p", "field-error")) == len(errors)
    assert all(page.one("input", id=f"card-{key}")["value"] == text for key, text in typed.items())


def test_the_form_offers_the_numbers_of_the_workspace_alone(world: World, amy: Client, room: Chatroom) -> None:
    page = get(amy, room_url(room, "contacts_form"))
    assert [(each["value"], each.text) for each in page.all("option")] == [
        (world.events.address, "Events"),
        (world.shop.address, "Shop"),
    ]
    assert world.oven.address not in page.html


@pytest.mark.parametrize("channel", list(ChannelKind))
def test_only_channels_that_carry_cards_offer_and_take_them(world: World, amy: Client, channel: ChannelKind) -> None:
    room = room_on(world, channel)
    receive_window(room)
    sends = adapter_for(channel).capabilities.sends
    links = [button["hx-get"] for button in get(amy, room_url(room)).all("button", "composer-card")]
    for kind, typed in ((MessageKind.LOCATION, PLACE), (MessageKind.CONTACTS, PERSON)):
        url = room_url(room, f"{kind}_form")
        is_taken = kind in sends
        assert ((url in links), amy.get(url).status_code) == (is_taken, 200 if is_taken else 422)
        written = amy.post(room_url(room, f"{kind}_adding"), typed, headers=HTMX)
        form = {"text": "Here", "file": card_of(kind, typed).value, "client_id": str(uuid.uuid4())}
        sent = amy.post(room_url(room, "messages"), form)
        assert (written.status_code, sent.status_code) == ((200, 303) if is_taken else (422, 422))
        if not is_taken:
            page, words = Page(sent), f"{adapter_for(channel).capabilities.label} takes no "
            assert words in Page(written).one("p", "form-error").text
            assert words in page.one("p", id="composer-error").text
            assert page.form["text"] == "Here"
            assert answers(room) == []


def receive_window(room: Chatroom) -> None:
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now())


@pytest.mark.parametrize("forged", ["location", "location?position=91,0", "contacts?name=Ken", "location?position=%ff"])
def test_a_forged_card_is_refused_in_words(amy: Client, room: Chatroom, forged: str) -> None:
    form = {"text": "Here", "file": forged, "client_id": str(uuid.uuid4())}
    page = Page(amy.post(room_url(room, "messages"), form))
    assert (page.status, page.form["text"], answers(room)) == (422, "Here", [])
    assert page.one("p", id="composer-error").text
    assert chips(get(amy, room_url(room), file=forged)) == []


@pytest.mark.parametrize("name", ["location", "contacts"])
def test_strangers_find_no_form(stranger: Client, room: Chatroom, name: str) -> None:
    for slug in ("lotus-flowers", "other-bakery"):
        form, adding = (room_url(room, f"{name}_{part}", slug=slug) for part in ("form", "adding"))
        assert {stranger.get(form).status_code, stranger.post(adding, PLACE).status_code} == {404}


def test_a_card_is_kept_in_the_draft(amy: Client, room: Chatroom) -> None:
    card = card_of(MessageKind.LOCATION, PLACE)
    form = {"text": "", "version": 0, "client_id": str(uuid.uuid4()), "file": card.value}
    for _twice in range(2):
        assert amy.post(room_url(room, "draft"), form).json() == {"version": 1}
    [chip] = chips(get(amy, room_url(room)))
    assert (chip["data-value"], chip["data-kind"]) == (card.value, "location")
    assert (
        chip["id"] == Page(amy.get(room_url(room, "chosen_files"), {"file": card.value}, headers=HTMX)).one("li")["id"]
    )


def test_a_card_is_held_and_leaves_or_is_left_out(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    cards = [card_of(MessageKind.LOCATION, PLACE).value, card_of(MessageKind.CONTACTS, PERSON).value]
    form = {"text": "Here", "hold": "yes", "file": cards, "client_id": str(uuid.uuid4())}
    assert amy.post(room_url(room, "hold"), form).status_code == 303
    listed = get(amy, room_url(room, "held_answers"))
    assert [part.text for part in listed.all("li", "held-file")] == [
        'Lotus <b>"Shop"Remove Lotus <b>"Shop"',
        "Ken WongRemove Ken Wong",
    ]
    with scope(world.lotus.pk):
        held = HeldAnswer.objects.get()
    drop = {"text": "Here", "drop": listed.all("button", name="drop")[0]["value"]}
    assert amy.post(room_url(room, "held_answer", held.pk), drop).status_code == 303
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?")]))
    assert release_held_answers(workspace_id=world.lotus.pk, chatroom_id=room.pk) == 1
    text, card = answers(room)
    assert (text.text, card.kind, card.details) == ("Here", "contacts", KEN)
