"""Every kind of message that leaves for WhatsApp, as the Cloud API wants it, and the courtesies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels_adapters.errors import Remedy, SendError
from channels_adapters.types import (
    HttpRequest,
    Identity,
    IdentityKind,
    MediaReference,
    MessageKind,
    Option,
    OutboundMessage,
    OutboundReaction,
    Person,
    TemplateMessage,
)
from channels_adapters.whatsapp.adapter import WhatsAppAdapter

ADAPTER = WhatsAppAdapter()
CREDENTIALS = {
    "phone_number_id": "700000000000001",
    "waba_id": "800000000000001",
    "access_token": "EAAtokenOfTheTests0123456789",
    "base_url": "https://graph.test",
}
ADA = Person((Identity(IdentityKind.PHONE, "447700900123"),))
MESSAGES = "https://graph.test/v25.0/700000000000001/messages"


def requests(kind: MessageKind, text: str = "", **more: Any) -> list[HttpRequest]:
    return ADAPTER.requests_for(OutboundMessage(ADA, text, "correlation-1", kind=kind, **more), CREDENTIALS)


def part(kind: MessageKind, text: str = "", **more: Any) -> tuple[str, Any]:
    """Return the type of the one message sent, and its part of that name."""
    [request] = requests(kind, text, **more)
    payload = json.loads(request.body)
    return payload["type"], payload[payload["type"]]


def refused(kind: MessageKind, text: str = "", **more: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        requests(kind, text, **more)
    assert caught.value.remedy is Remedy.GIVE_UP
    return caught.value


def file(kind: MessageKind, **more: Any) -> MediaReference:
    return MediaReference(kind, external_id="90001", **more)


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (MessageKind.IMAGE, ("image", {"id": "90001"})),
        (MessageKind.VIDEO, ("video", {"id": "90001"})),
        (MessageKind.AUDIO, ("audio", {"id": "90001"})),
        (MessageKind.VOICE, ("audio", {"id": "90001", "voice": True})),
        (MessageKind.STICKER, ("sticker", {"id": "90001"})),
        (MessageKind.DOCUMENT, ("document", {"id": "90001", "filename": "offer.pdf"})),
    ],
)
def test_a_file_is_sent_by_its_id(kind: MessageKind, sent: tuple[str, Any]) -> None:
    assert part(kind, media=file(kind, filename="offer.pdf", url="https://files.example/offer.pdf")) == sent


def test_a_file_without_an_id_is_sent_by_its_address() -> None:
    image = MediaReference(MessageKind.IMAGE, url="https://files.example/blue.jpg")
    assert part(MessageKind.IMAGE, "Blue", media=image) == (
        "image",
        {"link": "https://files.example/blue.jpg", "caption": "Blue"},
    )


@pytest.mark.parametrize("url", ["", "ftp://files.example/x", "javascript:alert(1)", "/etc/passwd"])
def test_a_file_that_is_nowhere_is_refused(url: str) -> None:
    assert refused(MessageKind.IMAGE, media=MediaReference(MessageKind.IMAGE, url=url)).code == "no_file"


def test_a_caption_that_is_too_long_is_refused_with_both_numbers() -> None:
    error = refused(MessageKind.DOCUMENT, "x" * 1025, media=file(MessageKind.DOCUMENT))
    assert error.public_text == "The caption has 1025 characters; WhatsApp allows 1024. Shorten or split it."


def test_a_text_beside_a_voice_note_goes_out_before_it_as_a_message_of_its_own() -> None:
    first, second = requests(MessageKind.VOICE, "Listen", media=file(MessageKind.VOICE), reply_to="wamid.quoted")
    text, voice = json.loads(first.body), json.loads(second.body)
    assert (text["type"], text["text"]["body"], text["to"]) == ("text", "Listen", "+447700900123")
    assert "biz_opaque_callback_data" not in text
    assert "context" not in text
    assert (voice["type"], voice["biz_opaque_callback_data"]) == ("audio", "correlation-1")
    assert voice["context"] == {"message_id": "wamid.quoted"}


# --- places and people ----------------------------------------------------------------------------


def test_a_place_is_sent_with_its_words() -> None:
    details = {"latitude": "51.5", "longitude": -0.125, "name": "The shop", "address": "", "url": "https://x.example"}
    assert part(MessageKind.LOCATION, details=details) == (
        "location",
        {"latitude": 51.5, "longitude": -0.125, "name": "The shop"},
    )


@pytest.mark.parametrize("details", [{"latitude": 91, "longitude": 0}, {"latitude": 0, "longitude": -181}])
def test_a_place_that_is_not_on_earth_is_refused(details: dict[str, Any]) -> None:
    assert refused(MessageKind.LOCATION, details=details).code == "no_place"


def test_a_contact_is_sent_as_it_arrived() -> None:
    contact = {
        "name": "Bo Example",
        "phones": [{"phone": "+44 7700 900456", "wa_id": "447700900456", "type": "CELL"}, {"type": "HOME"}],
        "emails": [{"email": "bo@example.com"}],
        "urls": [],
        "organization": "Example Ltd",
        "birthday": "1990-01-31",
    }
    assert part(MessageKind.CONTACTS, details={"contacts": [contact]}) == (
        "contacts",
        [
            {
                "name": {"formatted_name": "Bo Example", "first_name": "Bo Example"},
                "phones": [{"phone": "+44 7700 900456", "wa_id": "447700900456", "type": "CELL"}],
                "emails": [{"email": "bo@example.com"}],
                "org": {"company": "Example Ltd"},
                "birthday": "1990-01-31",
            }
        ],
    )


def test_a_contact_without_a_name_is_named_by_its_number_and_one_without_either_is_refused() -> None:
    _, [named] = part(MessageKind.CONTACTS, details={"contacts": [{"phones": [{"phone": "+44 7700 900456"}]}]})
    assert named["name"] == {"formatted_name": "+44 7700 900456", "first_name": "+44 7700 900456"}
    assert refused(MessageKind.CONTACTS, details={"contacts": [{"name": "Bo"}, {"emails": []}]}).code == "no_contact"


# --- options --------------------------------------------------------------------------------------


def test_up_to_three_options_are_buttons() -> None:
    options = (Option("yes", "Yes", "not shown on a button"), Option("no", "No"))
    assert part(MessageKind.TEXT, "Is it blue?", options=options) == (
        "interactive",
        {
            "type": "button",
            "body": {"text": "Is it blue?"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "yes", "title": "Yes"}},
                    {"type": "reply", "reply": {"id": "no", "title": "No"}},
                ]
            },
        },
    )


def test_more_than_three_options_are_a_list() -> None:
    options = tuple(Option(f"day-{number}", f"Day {number}", "10:00" if number == 1 else "") for number in range(4))
    kind, interactive = part(MessageKind.TEXT, "When?", options=options)
    assert (kind, interactive["type"], interactive["action"]["button"]) == ("interactive", "list", "Choose")
    assert interactive["action"]["sections"] == [
        {
            "rows": [
                {"id": "day-0", "title": "Day 0"},
                {"id": "day-1", "title": "Day 1", "description": "10:00"},
                {"id": "day-2", "title": "Day 2"},
                {"id": "day-3", "title": "Day 3"},
            ]
        }
    ]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([Option("a", "x" * 21)], "option_too_long"),
        ([Option(str(n), f"{n}" + "x" * 24) for n in range(4)], "option_too_long"),
        ([Option("a", "Yes", "x" * 73)], "option_too_long"),
        ([Option("x" * 257, "Yes")], "option_too_long"),
        ([Option("a", " ")], "option_empty"),
        ([Option("", "Yes")], "option_empty"),
        ([Option("a", "Yes"), Option("a", "No")], "option_twice"),
        ([Option("a", "Yes"), Option("b", "Yes")], "option_twice"),
    ],
)
def test_options_that_whatsapp_would_refuse_are_refused_here(options: list[Option], code: str) -> None:
    assert refused(MessageKind.TEXT, "Well?", options=tuple(options)).code == code


def test_a_row_of_a_list_may_be_longer_than_a_button() -> None:
    options = tuple(Option(str(number), f"{number}" + "x" * 23) for number in range(4))
    assert part(MessageKind.TEXT, "Well?", options=options)[0] == "interactive"


def test_options_stand_under_texts_only() -> None:
    image = file(MessageKind.IMAGE)
    assert refused(MessageKind.IMAGE, media=image, options=(Option("a", "Yes"),)).code == "options_without_text"


# --- templates ------------------------------------------------------------------------------------


def test_a_template_is_sent_with_its_components_as_they_are() -> None:
    components = ({"type": "body", "parameters": [{"type": "text", "text": "Ada", "parameter_name": "first_name"}]},)
    template = TemplateMessage("order_ready", "en_GB", components)
    assert part(MessageKind.TEMPLATE, "Your order is ready, Ada.", template=template) == (
        "template",
        {"name": "order_ready", "language": {"code": "en_GB"}, "components": list(components)},
    )


def test_a_template_without_variables_has_no_components() -> None:
    sent = part(MessageKind.TEMPLATE, template=TemplateMessage("hello_world", "en_US"))
    assert sent == ("template", {"name": "hello_world", "language": {"code": "en_US"}})


# --- courtesies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("emoji", ["👍", "👩🏽‍🚒", ""])
def test_a_reaction_is_set_and_taken_back(emoji: str) -> None:
    request = ADAPTER.reaction_request(OutboundReaction(ADA, "wamid.theirs", emoji), CREDENTIALS)
    assert (request.method, request.url) == ("POST", MESSAGES)
    assert json.loads(request.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+447700900123",
        "type": "reaction",
        "reaction": {"message_id": "wamid.theirs", "emoji": emoji},
    }


def test_typing_is_shown_with_the_message_it_answers() -> None:
    request = ADAPTER.typing_request(ADA, "wamid.theirs", CREDENTIALS)
    assert request.url == MESSAGES
    assert json.loads(request.body) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.theirs",
        "typing_indicator": {"type": "text"},
    }


def test_what_has_no_message_to_refer_to_is_refused() -> None:
    for describe in (
        lambda: ADAPTER.typing_request(ADA, "", CREDENTIALS),
        lambda: ADAPTER.mark_read_request(ADA, "", CREDENTIALS),
        lambda: ADAPTER.reaction_request(OutboundReaction(ADA, "", "👍"), CREDENTIALS),
    ):
        with pytest.raises(SendError) as caught:
            describe()
        assert (caught.value.code, caught.value.remedy) == ("no_target", Remedy.GIVE_UP)
