"""Every kind of message as agents see it, on every channel. What comes from vendors is shown, and never trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.registry import adapter_for
from channels_adapters.types import Activity, ChannelKind, MessageKind
from inbox.chatrooms.models import Attachment, Chatroom, Direction, Message, MessageState, MessageVersion
from inbox.chatrooms.presenters import message_view
from inbox.chatrooms.presenters.words import preview, system_text
from inbox.lib import clock
from inbox.media.models import MediaFile
from inbox.message_templates.previews import preview_of
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, receive, text_message, webhook, write

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Element, Page
from .test_query_counts import statements_of

WHATSAPP = adapter_for(ChannelKind.WHATSAPP).capabilities
LONG_AGO = timedelta(hours=25)
TAB = {"target": "_blank", "rel": "noopener noreferrer nofollow"}


@pytest.fixture
def room(world: World) -> Chatroom:
    return room_on(world, ChannelKind.WHATSAPP)


def shown(browser: Client, message: Message) -> tuple[Page, Element]:
    """The page of the message's chat, and the message in it."""
    page = get(browser, room_url(message.chatroom))
    return page, page.one("li", "message", data_message=message.pk)


def links(page: Page, message: Message) -> dict[str, str]:
    """What a message links to outside, by words. Such a link opens in a tab of its own and tells nothing."""
    found = [a for a in page.all("a") if a.inside(f"message-{message.pk}") and a.attributes.get("target")]
    assert all(a.attributes.items() >= TAB.items() for a in found)
    return {a.text: a["href"] for a in found}


# --- each kind ------------------------------------------------------------------------------------------------------

ADDRESS = "https://shop.example/p/1?a=1&b=2"
MAP = "https://www.openstreetmap.org/?mlat=22.2819&mlon=114.1589#map=16/22.2819/114.1589"


def files(*attachments: dict[str, Any]) -> dict[str, Any]:
    return {"attachments": list(attachments)}


# kind, text, details; what the message says; its links; the words of its row in the list
CASES: dict[str, tuple[MessageKind, str, dict[str, Any], list[str], dict[str, str], str]] = {
    "text": (MessageKind.TEXT, "Roses?", {}, ["Roses?"], {}, "Roses?"),
    "address in a text": (
        MessageKind.TEXT,
        f"See ({ADDRESS}), or ftp://x.example",
        {},
        [f"See ({ADDRESS}), or ftp://x.example"],
        {ADDRESS: ADDRESS},
        f"See ({ADDRESS}), or ftp://x.example",
    ),
    "location": (
        MessageKind.LOCATION,
        "",
        {"latitude": 22.2819, "longitude": 114.1589, "name": "Lotus Flowers", "address": "1 Queen's Road"},
        ["Location", "Lotus Flowers", "1 Queen's Road", "22.2819, 114.1589"],
        {"Show on OpenStreetMap": MAP},
        "Location: Lotus Flowers",
    ),
    "contacts": (
        MessageKind.CONTACTS,
        "",
        {
            "contacts": [
                {
                    "name": "Wong Siu Ming",
                    "organization": "Wong & Sons",
                    "phones": [{"phone": "+852 9000 0002", "type": "CELL"}],
                    "emails": [{"email": "ming@example.com"}],
                    "urls": [{"url": "https://wong.example/"}],
                },
                {"name": "Second"},
            ]
        },
        ["Contact card", "Wong Siu Ming", "Wong & Sons", "Second"],
        {
            "+852 9000 0002": "tel:+85290000002",
            "ming@example.com": "mailto:ming@example.com",
            "https://wong.example/": "https://wong.example/",
        },
        "Contact card: Wong Siu Ming",
    ),
    "order": (
        MessageKind.ORDER,
        "Please wrap it",
        {
            "items": [
                {"quantity": 2, "item_price": "12.50", "currency": "HKD", "product_retailer_id": "ROSE-RED"},
                {"quantity": 1, "item_price": "3", "currency": "HKD", "title": "Vase"},
            ]
        },
        ["Order", "2 items", "ROSE-RED", "2 × HKD 12.50", "Vase", "1 × HKD 3", "Total", "HKD 28.00", "Please wrap it"],
        {},
        "Order: Please wrap it",
    ),
    "choice": (
        MessageKind.CHOICE,
        "Pick up",
        {"id": "x.1", "title": "Pick up", "description": "At the shop"},
        ["Chose", "Pick up", "At the shop"],
        {},
        "Answer: Pick up",
    ),
    "form": (
        MessageKind.CHOICE,
        "Sent",
        {"title": "Sent", "form": {"delivery_date": "2026-12-01", "extras": ["card", "vase"], "gift": True}},
        ["Form answers", "delivery date", "2026-12-01", "card, vase", "gift", "Yes"],
        {},
        "Answer: Sent",
    ),
    "form as a list": (
        MessageKind.CHOICE,
        "",
        {"form": [{"label": "Colour", "value": "red"}, {"label": "Empty", "value": ""}]},
        ["Form answers", "Colour", "red"],
        {},
        "Answer",
    ),
    "link": (
        MessageKind.LINK,
        "",
        {"url": ADDRESS, "title": "Ten roses", "text": "A bunch", "source": "article", "image_url": "https://i.example/"},
        ["Shared an article", "Ten roses", "A bunch"],
        {"Open shop.example": ADDRESS, "Open the picture": "https://i.example/"},
        "Link: Ten roses",
    ),
    "story mention": (
        MessageKind.STORY_MENTION,
        "",
        {"url": "https://cdn.example/story"},
        ["Mentioned you in a story", "Stories disappear after 24 hours."],
        {"Open the story": "https://cdn.example/story"},
        "Mentioned you in a story",
    ),
    "answer to a story": (
        MessageKind.TEXT,
        "Lovely!",
        {"story": {"id": "1", "url": "https://cdn.example/own-story"}},
        ["Answers your story", "Lovely!"],
        {"Open the story": "https://cdn.example/own-story"},
        "Lovely!",
    ),
    "from an advertisement": (
        MessageKind.TEXT,
        "Is it still on?",
        {
            "referral": {
                "source": "ad",
                "title": "Spring sale",
                "text": "Half price",
                "url": "https://fb.example/ad",
                "image_url": "https://fb.example/picture",
                "ref": "spring-26",
            }
        },
        ["From an advertisement", "Spring sale", "Half price", "spring-26", "Is it still on?"],
        {"Open fb.example": "https://fb.example/ad", "Open the picture": "https://fb.example/picture"},
        "Is it still on?",
    ),
    "question about a product": (
        MessageKind.TEXT,
        "In blue?",
        {"product": {"catalog_id": "1", "product_retailer_id": "ROSE-RED"}},
        ["Asks about a product", "ROSE-RED", "In blue?"],
        {},
        "In blue?",
    ),
    "image": (
        MessageKind.IMAGE,
        "Like this",
        files({"kind": "image", "id": "9", "mime_type": "image/jpeg"}),
        ["Image", "image/jpeg", "Like this"],
        {},
        "Image: Like this",
    ),
    "image without a file": (MessageKind.IMAGE, "", {}, ["Image"], {}, "Image"),
    "several files": (
        MessageKind.IMAGE,
        "",
        files(
            {"kind": "image", "mime_type": "image/jpeg"},
            {"kind": "document", "filename": "offer.pdf", "mime_type": "application/pdf"},
            {"kind": "voice", "mime_type": "audio/ogg"},
        ),
        ["Image", "Document", "offer.pdf", "application/pdf", "Voice message"],
        {},
        "Image +2",
    ),
    "document": (
        MessageKind.DOCUMENT,
        "",
        files({"kind": "document", "filename": "offer.pdf"}),
        ["Document", "offer.pdf"],
        {},
        "Document: offer.pdf",
    ),
    "sticker": (MessageKind.STICKER, "", files({"kind": "sticker", "animated": True}), ["Animated sticker"], {}, "Sticker"),
    "thumbs up": (
        MessageKind.STICKER,
        "",
        {**files({"kind": "sticker"}), "emoji": "👍"},
        ["Sticker", "👍"],
        {},
        "Sticker: 👍",
    ),
    "voice with a transcript": (
        MessageKind.VOICE,
        "",
        {**files({"kind": "voice", "mime_type": "audio/amr"}), "transcript": "Do you have roses"},
        ["Voice message", "audio/amr", "Transcript", "Do you have roses"],
        {},
        "Voice message: Do you have roses",
    ),
    "unsupported": (
        MessageKind.UNSUPPORTED,
        "",
        {"type": "poll_creation", "reason": "This type of message is not supported."},
        ["Unsupported message", "poll_creation", "This type of message is not supported."],
        {},
        "Unsupported message: poll_creation",
    ),
    "part that did not arrive": (
        MessageKind.TEXT,
        "See it",
        {"errors": [{"code": "131052", "title": "Media download error", "details": "The file is too old."}]},
        ["A part did not arrive", "The file is too old.", "See it"],
        {},
        "See it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_message_says_what_it_holds(world: World, amy: Client, room: Chatroom, case: Any) -> None:
    kind, text, details, words, outside, row = case
    message = put(room, kind, text, details=details)
    page, item = shown(amy, message)
    assert [word for word in words if word not in item.text] == []
    assert links(page, message) == outside
    assert page.one("span", "row-preview").text == row
    assert page.all("img") == page.all("video") == page.all("audio") == page.all("iframe") == []


def test_what_a_card_says_is_not_said_twice(world: World, amy: Client, room: Chatroom) -> None:
    _page, item = shown(amy, put(room, MessageKind.CHOICE, "Pick up", details={"title": "Pick up"}))
    assert item.text.count("Pick up") == 1


def test_a_story_is_linked_to_only_while_it_lives(world: World, amy: Client, room: Chatroom) -> None:
    details = {"url": "https://cdn.example/story", "story": {"url": "https://cdn.example/own"}}
    message = put(room, MessageKind.STORY_MENTION, details=details, sent_at=datetime.now(UTC) - LONG_AGO)
    page, item = shown(amy, message)
    assert links(page, message) == {}
    assert item.text.count("so this one is gone") == 2


@pytest.mark.parametrize(
    ("items", "total"),
    [
        ([("1", "HKD", 1), ("1", "USD", 1)], ""),  # two currencies
        ([("1", "HKD", 1), ("", "HKD", 1)], ""),
        ([("1", "HKD", 1), ("cheap", "HKD", 1)], ""),
        ([("1", "HKD", 1), ("NaN", "HKD", 1)], ""),
        ([("1", "HKD", 1), ("1e999999", "HKD", 1)], ""),
        ([("1", "HKD", 1), ("2", "HKD", None)], ""),
        ([("0.1", "HKD", 3), ("0.2", "HKD", 1)], "HKD 0.5"),
    ],
)
def test_an_order_has_a_total_where_there_is_one(
    world: World, amy: Client, room: Chatroom, items: list[tuple[str, str, int | None]], total: str
) -> None:
    rows = [{"item_price": price, "currency": currency, "quantity": count} for price, currency, count in items]
    _page, item = shown(amy, put(room, MessageKind.ORDER, details={"items": rows}))
    assert ("Total" in item.text) is bool(total)
    assert total in item.text


def test_what_we_sent_shows_how_it_went_out(world: World, amy: Client, room: Chatroom) -> None:
    options = [{"id": "x.1", "title": "Pick up"}, {"id": "x.2", "title": "Delivery"}]
    message = put(
        room,
        MessageKind.TEXT,
        "How do you want it?",
        direction=Direction.OUTBOUND,
        details={"options": options, "parts": [2, 3]},
    )
    page, item = shown(amy, message)
    assert [li.text for li in page.all("li") if li.ancestors[-1].attributes.get("class") == "options"] == [
        "Pick up",
        "Delivery",
    ]
    assert "2 of 3" in item.text
    template = put(room, MessageKind.TEMPLATE, "Your order", direction=Direction.OUTBOUND, details={"name": "ready"})
    page, item = shown(amy, template)
    assert page.one("p", "part-title").text == "ready"
    assert "Your order" in item.text


@pytest.mark.parametrize("channel", ChannelKind)
def test_a_message_of_the_vendors_own_app_names_it(world: World, amy: Client, channel: ChannelKind) -> None:
    chat = room_on(world, channel)
    message = put(chat, text="Typed there", direction=Direction.OUTBOUND, details={"echo": True})
    page, item = shown(amy, message)
    own_app = adapter_for(channel).capabilities.own_app
    assert item["data-author"] == own_app
    assert page.one("p", "message-author").text == own_app
    assert page.one("span", "row-by").text == f"{own_app}:"
    assert page.one("span", "row-connection").text.startswith(adapter_for(channel).capabilities.label)


def test_a_forwarded_message_says_so(world: World, amy: Client, room: Chatroom) -> None:
    assert "Forwarded" in shown(amy, put(room, text="News", details={"forwarded": True}))[1].text
    assert "Forwarded" not in shown(amy, put(room, text="News", details={"forwarded": "no"}))[1].text


# --- what changes a message -----------------------------------------------------------------------------------------


def test_an_edited_message_leads_to_what_it_said(world: World, amy: Client, room: Chatroom) -> None:
    message = put(room, text="Red roses", edited_at=datetime.now(UTC))
    with scope(world.lotus.pk):
        MessageVersion.objects.create(
            workspace=world.lotus, message=message, text="<b>Read</b> roses", edit_id="1", written_at=datetime.now(UTC)
        )
    page, _item = shown(amy, message)
    link = page.one("a", "message-edited")
    assert (link.text, link["href"]) == ("edited", link["hx-get"])
    assert page.one("div", "versions")["id"] == link["hx-target"].removeprefix("#")
    alone = get(amy, link["href"])
    assert alone.is_whole
    assert alone.one("p", "versions-text").text == "<b>Read</b> roses"
    assert room_url(room) in {a["href"] for a in alone.all("a")}
    part = get(amy, link["href"], htmx=True)
    assert not part.is_whole
    assert part.one("p", "versions-text").text == "<b>Read</b> roses"


@pytest.mark.parametrize(("direction", "who"), [(Direction.INBOUND, "customer"), (Direction.OUTBOUND, "business")])
def test_a_removed_message_keeps_its_place_and_nothing_else(
    world: World, amy: Client, room: Chatroom, direction: Direction, who: str
) -> None:
    now = datetime.now(UTC)
    message = put(room, direction=direction, removed_at=now, edited_at=now)
    page, item = shown(amy, message)
    assert page.one("p", "message-removed").text == f"Message removed by the {who}"
    assert page.one("span", "row-preview").text.endswith("Removed message")
    for class_ in ("message-reply", "message-edited", "react", "message-text", "part"):
        assert page.all(class_=class_) == []
    assert item.text.count("removed") == 1


def test_reactions_of_both_sides_have_words(world: World, amy: Client, room: Chatroom) -> None:
    page, _item = shown(amy, put(room, text="Hi", reactions={"customer": "👍", "business": "❤️"}))
    labels = [li["title"] for li in page.all("li") if li.ancestors[-1].attributes.get("class") == "reactions"]
    assert labels == ["Customer reacted with 👍", "We reacted with ❤️"]
    assert "Customer reacted with 👍" in page.one("ul", "reactions").text


def offered(page: Page) -> dict[str, str]:
    """The emoji one may choose for the message that was chosen, with what choosing it sends."""
    chosen = [button for button in page.all("button", name="emoji") if not in_template(button)]
    return {button.text: button["value"] for button in chosen}


def in_template(element: Element) -> bool:
    return any(ancestor.tag == "template" for ancestor in element.ancestors)


@pytest.mark.parametrize("channel", ChannelKind)
def test_the_channel_decides_which_reactions_are_offered(world: World, amy: Client, channel: ChannelKind) -> None:
    """Without a script: the link of the message opens the choice, a form sends it."""
    reactions = adapter_for(channel).capabilities.reactions
    message = put(room_on(world, channel), text="Hi")
    page, _item = shown(amy, message)
    assert bool(page.all("a", data_react="")) is (reactions is not None)
    assert offered(page) == {}
    here = room_url(message.chatroom)
    page = get(amy, here, react_to=str(message.pk))
    if reactions is None:
        assert page.all("button", name="emoji") == []
        return
    assert offered(page) == {emoji: emoji for emoji in reactions or ("👍", "❤️", "😂", "😮", "😢", "🙏")}
    for emoji in offered(page):
        button = next(button for button in page.all("button", name="emoji") if button.text == emoji)
        assert button["form"] == page.one("form", id=f"room-{message.chatroom_id}-form")["id"]
        assert amy.post(button["formaction"], {"emoji": emoji}).status_code == 303
        assert messages_of(message.chatroom)[0].reactions == {"business": emoji}
        again = get(amy, here, react_to=str(message.pk))
        assert again.one("li", data_message=message.pk)["data-reaction"] == emoji
        assert [text for text, value in offered(again).items() if value == ""] == [emoji]
    assert amy.post(button["formaction"], {"emoji": ""}, headers=HTMX).status_code == 204
    assert messages_of(message.chatroom)[0].reactions == {}


def test_a_reaction_of_the_vendors_own_app_can_be_taken_back(world: World, amy: Client, room: Chatroom) -> None:
    message = put(room, text="Hi", reactions={"business": "🌹"})
    page = get(amy, room_url(room), react_to=str(message.pk))
    assert offered(page)["🌹"] == ""


def test_what_cannot_be_reacted_to_offers_nothing(world: World, amy: Client, room: Chatroom) -> None:
    waiting = put(room, text="Hi", direction=Direction.OUTBOUND, state=MessageState.QUEUED, external_id=None)
    removed = put(room, removed_at=datetime.now(UTC))
    elsewhere = put(room_on(world, ChannelKind.MESSENGER), text="Hi")
    assert get(amy, room_url(room)).all("a", data_react="") == []
    for message_id in (waiting.pk, removed.pk, elsewhere.pk, 10**17):
        assert offered(get(amy, room_url(room), react_to=str(message_id))) == {}


def test_a_channel_without_quotes_offers_none(world: World, amy: Client) -> None:
    for channel in ChannelKind:
        page, _item = shown(amy, put(room_on(world, channel), text="Hi"))
        assert bool(page.all("a", "message-reply")) is adapter_for(channel).capabilities.can_reply


# --- what is no message ---------------------------------------------------------------------------------------------

EVENTS: dict[str, tuple[dict[str, Any], str]] = {
    "followed": ({}, "The customer follows this account now"),
    "unfollowed": ({}, "The customer no longer follows this account"),
    "menu": ({"title": "Opening hours", "key": "HOURS"}, "The customer used the menu: Opening hours"),
    "menu by key": ({"key": "HOURS"}, "The customer used the menu: HOURS"),
    "scanned": ({"key": "window"}, "The customer scanned the QR code: window"),
    "referred": ({"source": "ad", "title": "Sale"}, "The customer came from an advertisement: Sale"),
    "referred back": ({"referral": {"source": "link", "ref": "x"}}, "The customer came through a link: x"),
    "opted_in": ({"title": "News"}, "The customer agreed to receive messages: News"),
    "opted_out": ({}, "The customer wants no more messages"),
    "number_changed": ({"old": "+1", "new": "+2"}, "The customer’s number changed from +1 to +2"),
    "id_changed": ({}, "The customer has a new id on this channel"),
    "security_code_changed": ({}, "The customer’s security code changed"),
    "reaction_failed": ({"emoji": "👍", "reason": "100 % too old"}, "The reaction 👍 was not sent: 100 % too old"),
}


@pytest.mark.parametrize(("name", "case"), EVENTS.items(), ids=EVENTS)
def test_what_a_customer_did_is_a_line_between_the_messages(
    world: World, amy: Client, room: Chatroom, name: str, case: Any
) -> None:
    details, words = case
    message = put(room, direction=Direction.SYSTEM, details={"event": name.split(" ")[0], **details})
    page, item = shown(amy, message)
    assert page.one("p", "system").text.startswith(words)
    assert item["data-direction"] == "system"


def test_an_unknown_event_says_what_it_can(world: World, amy: Client, room: Chatroom) -> None:
    message = put(room, text="100 % new", direction=Direction.SYSTEM, details={"event": "landed"})
    assert shown(amy, message)[0].one("p", "system").text.startswith("100 % new")


def test_where_a_customer_came_from_is_a_card_below_the_line(world: World, amy: Client, room: Chatroom) -> None:
    referral = {"source": "ad", "title": "Sale", "url": "https://fb.example/ad"}
    details = {"event": "referred", "referral": referral}
    message = put(room, direction=Direction.SYSTEM, details=details)
    page, item = shown(amy, message)
    assert "From an advertisement" in item.text
    assert links(page, message) == {"Open fb.example": "https://fb.example/ad"}
    bare = put(
        room, direction=Direction.SYSTEM, details={"event": "referred", "referral": {"source": "link", "ref": "x"}}
    )
    page, item = shown(amy, bare)
    assert item.text.startswith("The customer came through a link: x")
    assert len(page.all("div", "part")) == 1


# --- what vendors and customers send is not trusted -----------------------------------------------------------------

EVIL = """<script>alert("evil")</script>"'><img src=x onerror=alert(1)>{{ 7|add:"7" }}</li></textarea>"""
MARKUP = ("<script>alert", "<img src=x", "onerror=alert(1)>", "</li></textarea>")
SCHEMES = (
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JavaScript://x.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//x.example/",
    "https:",
    "https://",
    'https://x.example/" onclick=alert(1)',
    "https://x.example/\nevil",
    "https://[::1",
    "http:\\\\x.example",
    "mailto:a@example.com?bcc=b@example.com",
    "file:///etc/passwd",
)


def poisoned(value: Any, poison: str) -> Any:
    """The same structure with another text in the place of each."""
    if isinstance(value, dict):
        return {key: poisoned(each, poison) for key, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, poison) for each in value]
    return poison if isinstance(value, str) else value


@pytest.mark.parametrize("poison", [EVIL, *SCHEMES])
def test_no_field_of_any_kind_breaks_out_or_becomes_a_wrong_link(
    world: World, amy: Client, room: Chatroom, poison: str
) -> None:
    for kind, text, details, *_rest in CASES.values():
        put(room, kind, poison if text else "", details=poisoned(details, poison), reactions={"customer": poison})
    for name, (details, _words) in EVENTS.items():
        event = {**poisoned(details, poison), "event": name.split(" ")[0], "referral": {"title": poison, "url": poison}}
        put(room, direction=Direction.SYSTEM, details=event)
    options = [{"id": poison, "title": poison}]
    put(room, text=poison, direction=Direction.OUTBOUND, details={"options": options, "parts": [poison, poison]})
    page = get(amy, room_url(room))
    assert [markup for markup in MARKUP if markup in page.html] == []
    assert page.all("img") == []
    outside = [a["href"] for a in page.all("a") if a.inside("thread") and a.attributes.get("target")]
    assert [
        url
        for url in outside
        if not url.startswith(("https://www.openstreetmap.org/", "tel:+852")) and url != "https://x.example/"
    ] == []
    assert len(page.messages) == len(CASES) + len(EVENTS) + 1


NAMES = [
    "attachments",
    "referral",
    "story",
    "product",
    "forwarded",
    "options",
    "parts",
    "errors",
    "contacts",
    "items",
    "form",
    "url",
    "title",
    "text",
    "source",
    "latitude",
    "longitude",
    "name",
    "phones",
    "phone",
    "emails",
    "email",
    "quantity",
    "item_price",
    "currency",
    "kind",
    "label",
    "value",
    "template",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    kind=st.sampled_from([*MessageKind, "hologram"]),
    direction=st.sampled_from(Direction),
    details=st.dictionaries(st.sampled_from(NAMES), JSON),
    reactions=st.dictionaries(st.sampled_from(["customer", "business"]), JSON),
    event=st.sampled_from([*Activity, "number_changed", "landed", ""]),
)
def test_nothing_a_vendor_sends_keeps_a_message_from_being_shown(
    kind: str, direction: Direction, details: dict[str, Any], reactions: dict[str, Any], event: str
) -> None:
    message = Message(
        pk=1, chatroom_id=1, kind=kind, direction=direction, text="x", details=details, reactions=reactions
    )
    if direction == Direction.SYSTEM and event:
        message.details = {**details, "event": event}
        assert isinstance(system_text(message), str)
    message.in_outbox = False  # type: ignore[attr-defined]
    view = message_view(message, slug="lotus-flowers", capabilities=WHATSAPP)
    addresses = [link.url for card in view.cards for link in card.links]
    addresses += [fact.url for card in view.cards for fact in card.facts if fact.url]
    assert all(url.startswith(("https://", "http://", "tel:", "mailto:")) for url in addresses)
    assert len(preview(message)) < 600


def test_any_writing_is_shown(world: World, amy: Client, room: Chatroom) -> None:
    texts = [
        "👍",
        "שלום, יש ורדים?",
        "你好，請看https://shop.example/flowers。謝謝",
        "x" * 2000,
        "https://x.example/ " * 300,
    ]
    for text in texts:
        put(room, text=text)
    page = get(amy, room_url(room))
    assert page.texts == texts
    assert {p["dir"] for p in page.all("p", "message-text")} == {"auto"}
    assert "https://shop.example/flowers" in {a["href"] for a in page.all("a")}


# --- what it costs --------------------------------------------------------------------------------------------------


def rich_messages(room: Chatroom, count: int) -> None:
    first = put(room, MessageKind.IMAGE, "First", details={"attachments": [{"kind": "image"}]})
    for number in range(count):
        kind, text, details, *_rest = list(CASES.values())[number % len(CASES)]
        put(
            room,
            kind,
            text,
            details=details,
            reply_to=first,
            edited_at=datetime.now(UTC),
            reactions={"customer": "👍", "business": "❤️"},
        )


def test_a_chat_full_of_cards_costs_as_many_statements_as_a_short_one(world: World, amy: Client) -> None:
    costs = []
    for count in (3, 60):
        chat = room_on(world, ChannelKind.WHATSAPP, name=f"Customer {count}")
        rich_messages(chat, count)
        url, since = room_url(chat), {"cursor": 0, "room": chat.pk}
        asks = (
            partial(amy.get, url),
            partial(amy.get, url, headers=HTMX),
            partial(amy.get, "/w/lotus-flowers/"),
            partial(amy.get, "/w/lotus-flowers/since/", since),
        )
        costs.append([len(statements_of(ask)) for ask in asks])
    assert costs[0] == costs[1]


def test_messages_arrive_through_the_front_door_with_their_cards(world: World, amy: Client) -> None:
    place = text_message("") | {
        "type": "location",
        "location": {"latitude": 22.28, "longitude": 114.15, "name": "Here"},
    }
    reply = {"type": "list_reply", "list_reply": {"id": "x.1", "title": "Pick up", "description": "At the shop"}}
    tapped = text_message("") | {"type": "interactive", "interactive": reply}
    receive(world.app, webhook(world.shop, messages=[place, tapped]))
    with scope(world.lotus.pk):
        chat = Chatroom.objects.select_related("connection", "workspace").get(connection=world.shop)
    write(world.amy, chat, "Thank you", options=["Yes", "No"])
    page = get(amy, room_url(chat))
    assert [p.text for p in page.all("p", "part-label")] == ["Location", "Chose"]
    assert page.one("ul", "options").text == "YesNo"


COMPONENTS: list[dict[str, Any]] = [
    {"type": "HEADER", "format": "IMAGE"},
    {"type": "BODY", "text": "Dear {{1}}, your <roses> are *ready*."},
    {"type": "FOOTER", "text": "Reply STOP to end"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Map", "url": "https://x.example/"}]},
    {"type": "CAROUSEL", "cards": [{"components": [{"type": "BODY", "text": "Red ones"}]}]},
]


@pytest.mark.parametrize("has_file", [False, True])
def test_a_template_that_was_sent_stands_there_as_on_the_phone(
    world: World, amy: Client, room: Chatroom, has_file: bool
) -> None:
    shown_there = preview_of(COMPONENTS, {"body.1": "Bo", "header.media": "https://x.example/roses.jpg"})
    details: dict[str, Any] = {"template": {"name": "ready", "preview": shown_there}}
    if has_file:
        details["attachments"] = [{"kind": "image"}]
    text = shown_there["body"]
    message = put(room, MessageKind.TEMPLATE, text, direction=Direction.OUTBOUND, details=details)
    if has_file:
        with scope(room.workspace_id):
            file = MediaFile.objects.create(
                workspace_id=room.workspace_id,
                sha256="0" * 64,
                size=3000,
                mime_type="image/jpeg",
                filename="ours.jpg",
                kind="image",
                previews_at=clock.now(),
            )
            Attachment.objects.create(
                workspace_id=room.workspace_id, message=message, kind="image", state="ready", file=file
            )
    page, element = shown(amy, message)
    assert element.text.count("Dear Bo, your <roses> are ready.") == 1, "it is said once"
    for part in ("ready", "Reply STOP to end", "Map", "Red ones"):
        assert part in element.text
    assert page.all("p", "message-text") == []
    assert ("roses.jpg" in element.text) == (not has_file)
    pictures = [image["src"] for image in page.all("img") if image.inside(f"message-{message.pk}")]
    assert pictures == ([file.thumbnail_url("lotus-flowers")] if has_file else [])
