"""Every payload of payloads/messenger and the events it means. One file is one row of the vendor's tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels_adapters.messenger.adapter import MessengerAdapter
from channels_adapters.types import (
    UNKNOWN_TIME,
    AccountNotice,
    Activity,
    Content,
    CustomerActed,
    DeliveryStatus,
    Event,
    IdentityKind,
    Malformed,
    MediaReference,
    MessageKind,
    MessageReceived,
    Person,
    ThreadReceipt,
    Unsupported,
    VendorError,
)

from .messaging_cases import (
    AT,
    FILES,
    PAYLOADS,
    UNREADABLE,
    Table,
    assert_raw_is_what_came,
    choice,
    comparable,
    link,
    media,
    not_supported,
    seconds_later,
)

PAGE = "600000000000001"
TABLE = Table(MessengerAdapter(), PAYLOADS / "messenger", PAGE, IdentityKind.PSID, "9000000000000001")
received, echoed, edited, reaction = TABLE.received, TABLE.echoed, TABLE.edited, TABLE.reaction


def unsupported(what: str) -> Unsupported:
    return Unsupported(PAGE, what)


def acted(activity: Activity, external_id: str, **more: object) -> CustomerActed:
    return replace(CustomerActed(PAGE, external_id, TABLE.ada, AT, activity), **more)  # type: ignore[arg-type]


def receipt(status: DeliveryStatus, at: int, **more: object) -> ThreadReceipt:
    return replace(ThreadReceipt(PAGE, TABLE.ada, status, seconds_later(at)), **more)  # type: ignore[arg-type]


def notice(topic: str, **more: object) -> AccountNotice:
    return replace(AccountNotice(PAGE, topic), **more)  # type: ignore[arg-type]


CAT = media(MessageKind.STICKER, "cat.png", id="70001")

EXPECTED: dict[str, list[Event]] = {
    "text": [received("text")],
    "text_reply": [received("text_reply", reply_to="m_quoted")],
    "text_timestamp_seconds": [received("text_timestamp_seconds")],
    "text_timestamp_string": [received("text_timestamp_string")],
    "text_timestamp_iso": [received("text_timestamp_iso")],
    "text_timestamp_garbage": [received("text_timestamp_garbage", sent_at=UNKNOWN_TIME)],
    "text_timestamp_missing": [received("text_timestamp_missing", sent_at=UNKNOWN_TIME)],
    "text_with_nul": [received("text_with_nul", Content(MessageKind.TEXT, "before"))],
    "text_with_image": [received("text_with_image", media(MessageKind.IMAGE, "blue.jpg", text="This one"))],
    "text_from_advertisement": [
        received(
            "text_from_advertisement",
            referral={
                "source": "ad",
                "type": "OPEN_THREAD",
                "ref": "spring",
                "ad_id": "50001",
                "title": "Blue ones",
                "image_url": "https://ads.example/blue.jpg",
                "video_url": "https://ads.example/blue.mp4",
                "post_id": "600000000000001_7",
                "product_id": "SKU-7",
                "flow_id": "40001",
            },
        )
    ],
    "quick_reply": [received("quick_reply", choice("quick_reply", "Yes, please", "yes"), reply_to="m_question")],
    "quick_reply_with_image": [
        received(
            "quick_reply",
            replace(
                choice("quick_reply", "Yes, please", "yes"),
                attachments=(MediaReference(MessageKind.IMAGE, url=f"{FILES}blue.jpg"),),
            ),
            reply_to="m_question",
        )
    ],
    "image": [received("image", media(MessageKind.IMAGE, "blue.jpg"))],
    "images": [
        received(
            "images",
            Content(
                MessageKind.IMAGE,
                attachments=(
                    MediaReference(MessageKind.IMAGE, url=f"{FILES}1.jpg"),
                    MediaReference(MessageKind.IMAGE, url=f"{FILES}2.jpg"),
                    MediaReference(MessageKind.VIDEO, url=f"{FILES}3.mp4"),
                ),
            ),
        )
    ],
    "image_url_not_url": [received("image_url_not_url", media(MessageKind.IMAGE, ""))],
    "image_without_payload": [received("image_without_payload", media(MessageKind.IMAGE, ""))],
    "video": [received("video", media(MessageKind.VIDEO, "blue.mp4"))],
    "audio": [received("audio", media(MessageKind.AUDIO, "voice.mp4"))],
    "file": [received("file", media(MessageKind.DOCUMENT, "order.pdf"))],
    "sticker": [received("sticker", CAT)],
    "sticker_doubled": [received("sticker_doubled", CAT)],
    "thumbs_up": [
        received("thumbs_up", media(MessageKind.STICKER, "thumb.png", id="369239263222822", emoji="👍")),
    ],
    "location": [
        received(
            "location",
            Content(
                MessageKind.LOCATION,
                details={
                    "latitude": 51.5,
                    "longitude": -0.125,
                    "name": "Ada's location",
                    "url": "https://maps.example/?q=51.5",
                },
            ),
        )
    ],
    "location_without_coordinates": [
        received("location_without_coordinates", not_supported("location", UNREADABLE)),
    ],
    "link": [received("link", link("page", "https://shop.example/7", "Number 7", "https://shop.example/7"))],
    "link_without_payload": [
        received(
            "link_without_payload",
            link("page", "https://shop.example/7", "Number 7", "Look https://shop.example/7"),
        )
    ],
    "link_without_anything": [received("link_without_anything", Content(MessageKind.TEXT, "Look shop.example/7"))],
    "reel": [received("reel", link("reel", "https://social.example/reel/7", "Blue in motion"))],
    "post": [received("post", link("post", "https://social.example/post/7", "Blue ones"))],
    "product": [
        received(
            "product",
            Content(
                MessageKind.LINK,
                details={
                    "title": "Number 7",
                    "text": "£19.90",
                    "image_url": f"{FILES}blue.jpg",
                    "source": "product",
                },
            ),
        )
    ],
    "template_bare": [received("template_bare", Content(MessageKind.TEMPLATE, details={"type": "template"}))],
    "appointment_booking": [
        received(
            "appointment_booking",
            not_supported("appointment_booking", "This appointment can be seen in the vendor's own app only."),
        )
    ],
    "attachment_of_the_future": [
        received(
            "attachment_of_the_future",
            not_supported("hologram", "This type of message is not supported.", "Look"),
        )
    ],
    "unsupported": [
        received("unsupported", not_supported("unsupported", "The vendor does not pass this type of message on."))
    ],
    "message_empty": [received("message_empty", not_supported("message", UNREADABLE))],
    "message_without_id": [
        received(
            "",
            external_id="message:9000000000000001:1780000000000:"
            "cd2412b502e3dbd0d8bbd2d6177202fd62b67f39e2471d84fc7c8794f321cf2a",
        )
    ],
    "message_without_sender": [unsupported("message without sender")],
    "deleted": [TABLE.revoked("original")],
    "echo_own_app": [echoed("echo_own_app", reply_to="m_text")],
    "echo_of_ours": [echoed("echo_of_ours", correlation_id="correlation-1")],
    "echo_reversed": [echoed("echo_reversed", correlation_id="correlation-1")],
    "echo_template": [
        echoed(
            "echo_template",
            Content(
                MessageKind.TEMPLATE,
                "Number 7\nIn blue",
                details={
                    "type": "generic",
                    "image_url": f"{FILES}blue.jpg",
                    "options": [{"title": "Buy"}, {"title": "Show"}],
                },
            ),
        )
    ],
    "echo_template_button": [
        echoed(
            "echo_template_button",
            Content(MessageKind.TEMPLATE, "What next?", details={"type": "button", "options": [{"title": "Show"}]}),
        )
    ],
    "echo_without_recipient": [unsupported("echo without recipient")],
    "echo_without_id": [unsupported("echo without id")],
    "edit": [
        edited("original", "1", "Hello, is the red one in stock?"),
        edited("original", "2", "Hello, is the green one in stock?", sent_at=seconds_later(1)),
    ],
    "edit_by_business": [edited("ours", "1", "Two left.", by_business=True)],
    "edit_without_sender": [edited("original", "1", "Red", sender=Person(()))],
    "edit_without_text": [
        edited("original", "3", "", content=not_supported("edit", "The new words were not sent along."))
    ],
    "edit_uncounted": [edited("original", "0:1780000000000", "Red")],
    "edit_of_nothing": [unsupported("unreadable edit")],
    "reaction": [reaction("react", "😆")],
    "reaction_named": [reaction("react", "😮")],
    "reaction_other": [reaction("react", "❔")],
    "reaction_removed": [reaction("unreact", "")],
    "reaction_removed_named": [reaction("unreact", "")],
    "reaction_by_business": [reaction("react", "❤️", by_business=True)],
    "reaction_without_time": [
        reaction(
            "react",
            "😆",
            external_id="reaction:m_target:react:9000000000000001:"
            "77ab6e1ec749e6816b76e992dca3b561bdcd8b695878f554f66ce026f507afa7",
            sent_at=UNKNOWN_TIME,
        )
    ],
    "reaction_without_target": [unsupported("unreadable reaction")],
    "postback": [received("postback", choice("postback", "Get started", "start"))],
    "postback_without_id": [
        received(
            "",
            choice("postback", "Get started", "start"),
            external_id="postback:9000000000000001:1780000000000:start",
        )
    ],
    "postback_time_with_fraction": [
        received(
            "",
            choice("postback", "Get started", "start"),
            external_id="postback:9000000000000001:"
            "15b3b18af73cec8ba65769820b1dcad2308906679e15b73cbd319a1e7aaf1c5c:start",
            sent_at=AT + timedelta(microseconds=500),
        )
    ],
    "postback_long_payload": [
        received(
            "",
            choice("postback", "Choose", "long-" * 60),
            external_id="postback:e5fab5818510d3e31f6c3ebdf3910364c3bfad4bf4b9ef0ec925eaabdb0e766f",
        )
    ],
    "postback_referral": [
        received(
            "postback_referral",
            choice("postback", "Get started", "start"),
            referral={"source": "link", "type": "OPEN_THREAD", "ref": "leaflet"},
        )
    ],
    "postback_empty": [received("postback_empty", not_supported("postback", UNREADABLE))],
    "standby_text": [received("standby_text", on_standby=True)],
    "standby_postback": [received("standby_postback", choice("postback", "Get started", ""), on_standby=True)],
    "referral_link": [
        acted(
            Activity.REFERRED,
            "referral:1780000000000:9000000000000001:link:leaflet",
            opens_window=True,
            referral={
                "source": "link",
                "type": "OPEN_THREAD",
                "ref": "leaflet",
                "url": "https://shop.example/contact",
            },
        )
    ],
    "referral_advertisement": [
        acted(
            Activity.REFERRED,
            "referral:1780000000000:9000000000000001:ad:spring",
            referral={
                "source": "ad",
                "type": "OPEN_THREAD",
                "ref": "spring",
                "ad_id": "50001",
                "title": "Blue ones",
            },
        )
    ],
    "referral_seconds": [
        acted(
            Activity.REFERRED,
            "referral:1780000000:9000000000000001:customer_chat_plugin:",
            opens_window=True,
            referral={"source": "customer_chat_plugin", "type": "OPEN_THREAD"},
        )
    ],
    "referral_without_sender": [unsupported("unreadable referral")],
    "optin_plugin": [
        acted(
            Activity.OPTED_IN,
            "optin:1780000000000:9000000000000001::newsletter-box",
            opens_window=True,
            details={"key": "newsletter-box"},
        )
    ],
    "optin_notices": [
        acted(
            Activity.OPTED_IN,
            "optin:1780000000000:9000000000000001:notification_messages:news",
            details={"type": "notification_messages", "key": "news", "title": "Weekly news"},
        )
    ],
    "optin_stopped": [
        acted(
            Activity.OPTED_OUT,
            "optin:1780000000000:9000000000000001:notification_messages:news",
            details={"type": "notification_messages", "key": "news"},
        )
    ],
    "optin_without_sender": [unsupported("optin without sender")],
    "delivery": [
        receipt(DeliveryStatus.DELIVERED, 2, up_to=seconds_later(1), message_ids=("m_1", "m_2")),
    ],
    "delivery_bare": [receipt(DeliveryStatus.DELIVERED, 1, up_to=seconds_later(1))],
    "delivery_without_watermark": [
        receipt(DeliveryStatus.DELIVERED, 2, up_to_id="m_2", message_ids=("m_1", "m_2")),
    ],
    "delivery_of_nothing": [unsupported("unreadable delivery receipt")],
    "read": [receipt(DeliveryStatus.READ, 3, up_to=seconds_later(1))],
    "read_watermark_and_id": [receipt(DeliveryStatus.READ, 3, up_to=seconds_later(1), message_ids=("m_ours",))],
    "read_watermark_seconds": [receipt(DeliveryStatus.READ, 3, up_to=seconds_later(1))],
    "read_without_sender": [unsupported("unreadable read receipt")],
    "handover_pass": [TABLE.control(is_ours=True)],
    "handover_take": [TABLE.control(is_ours=False)],
    "handover_request": [unsupported("event request_thread_control")],
    "handover_roles": [unsupported("event app_roles")],
    "policy_block": [
        notice(
            "policy_enforcement",
            errors=(VendorError("block", "policy_enforcement", "The page repeatedly sent unwanted messages."),),
            attention="Meta has restricted this Messenger account. Look into its Support Inbox and appeal there.",
        )
    ],
    "policy_unblock": [notice("policy_enforcement")],
    "field_feed": [unsupported("field feed")],
    "event_of_the_future": [unsupported("event telepathy")],
    "item_garbage": [unsupported("event without a name"), unsupported("event without a name")],
    "part_of_the_future": [received("known"), unsupported("part novelties")],
    "part_unreadable": [unsupported("unreadable messaging")],
    "object_of_another_product": [Unsupported("17840000000000001", "object instagram")],
    "entry_without_events": [unsupported("entry without events")],
    "dashboard_test": [
        MessageReceived(
            "0",
            "test_message_id",
            TABLE.person("12334"),
            datetime.fromtimestamp(1527459824, UTC),
            Content(MessageKind.TEXT, "test_message"),
        )
    ],
    "batch": [
        received("b1", Content(MessageKind.TEXT, "one")),
        received("b2", Content(MessageKind.TEXT, "two"), sender=TABLE.person("9000000000000002")),
        receipt(DeliveryStatus.READ, 0, up_to=AT),
        received("b3", Content(MessageKind.TEXT, "three"), on_standby=True),
        received(
            "b4",
            Content(MessageKind.TEXT, "four"),
            sender=TABLE.person("9000000000000003"),
            account_id="600000000000002",
        ),
    ],
    "empty": [],
    "empty_messaging": [],
}


def test_every_payload_has_its_expectation() -> None:
    assert TABLE.names() == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_payload_means(name: str) -> None:
    assert [comparable(event) for event in TABLE.parse(name)] == [comparable(event) for event in EXPECTED[name]]


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - {"text_with_nul"}))
def test_raw_is_the_part_as_the_vendor_sent_it(name: str) -> None:
    assert_raw_is_what_came(TABLE.body(name), TABLE.parse(name))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON: JSONDecodeError"),
        (b"null", "not a webhook: no list of entries"),
        (b'{"object":"page","entry":{}}', "not a webhook: no list of entries"),
    ],
)
def test_an_unreadable_body_is_malformed(body: bytes, reason: str) -> None:
    assert MessengerAdapter().parse(body, {}) == [Malformed("", reason)]


def test_every_item_of_a_full_batch_is_one_event_in_order() -> None:
    payload = json.loads(TABLE.body("text"))
    [item] = payload["entry"][0]["messaging"]
    items = [{**item, "message": {"mid": f"m_{number}", "text": "x"}} for number in range(1000)]
    items[500] = "garbage"
    payload["entry"][0]["messaging"] = items
    events = MessengerAdapter().parse(json.dumps(payload).encode(), {})
    assert len(events) == 1000
    assert comparable(events.pop(500)) == comparable(unsupported("event without a name"))
    assert [event.external_id for event in events if isinstance(event, MessageReceived)] == [
        f"m_{number}" for number in range(1000) if number != 500
    ]


def test_an_item_that_holds_several_things_is_as_many_events() -> None:
    payload = json.loads(TABLE.body("text"))
    payload["entry"][0]["messaging"][0]["referral"] = {"source": "SHORTLINK", "ref": "leaflet"}
    events = MessengerAdapter().parse(json.dumps(payload).encode(), {})
    assert [type(event) for event in events] == [MessageReceived, CustomerActed]


@pytest.mark.parametrize(
    ("name", "app_id", "owner", "is_ours"),
    [
        ("pass", "40000001", "40000001", True),
        ("pass", "40000001", 40000001, True),
        ("pass", "40000001", "263902037430900", False),
        ("take", "40000001", "40000001", True),
        ("take", "40000001", "40000002", False),
        ("pass", "40000001", None, True),  # nobody has it now
        ("take", "40000001", None, False),
        ("pass", "", "263902037430900", True),
        ("take", "", "40000001", False),
    ],
)
def test_a_thread_is_whose_app_is_named_or_else_as_a_rule(name: str, app_id: str, owner: object, is_ours: bool) -> None:
    payload = json.loads(TABLE.body(f"handover_{name}"))
    payload["entry"][0]["messaging"][0][f"{name}_thread_control"]["new_owner_app_id"] = owner
    events = MessengerAdapter().parse(json.dumps(payload).encode(), {"app_id": app_id})
    assert [comparable(event) for event in events] == [TABLE.control(is_ours=is_ours)]


def test_a_handover_of_nobodys_thread_is_shown_by_name() -> None:
    payload = json.loads(TABLE.body("handover_pass"))
    del payload["entry"][0]["messaging"][0]["sender"]
    [event] = MessengerAdapter().parse(json.dumps(payload).encode(), {})
    assert comparable(event) == comparable(unsupported("pass_thread_control without sender"))


def test_ids_made_of_long_parts_fit_an_index_and_tell_one_from_another() -> None:
    payload = json.loads(TABLE.body("postback_long_payload"))
    [item] = payload["entry"][0]["messaging"]
    other = {**item, "postback": {**item["postback"], "payload": item["postback"]["payload"] + "2"}}
    payload["entry"][0]["messaging"] = [item, other, item]
    events = MessengerAdapter().parse(json.dumps(payload).encode(), {})
    ids = [event.external_id for event in events if isinstance(event, MessageReceived)]
    assert ids[0] == ids[2] != ids[1]
    assert all(len(each) < 256 for each in ids)


def test_what_names_neither_an_id_nor_a_time_is_told_apart_and_the_same_when_it_comes_again() -> None:
    payload = json.loads(TABLE.body("message_without_id"))
    [item] = payload["entry"][0]["messaging"]
    del item["timestamp"]
    other = {**item, "message": {"text": "Hello, is the red one in stock?"}}
    payload["entry"][0]["messaging"] = [item, other, item]
    first, second, again = (event.external_id for event in parsed(payload))
    assert first == again != second
    reaction = json.loads(TABLE.body("reaction_without_time"))["entry"][0]["messaging"][0]
    changed = {**reaction, "reaction": {**reaction["reaction"], "emoji": "😢"}}
    payload["entry"][0]["messaging"] = [reaction, changed, reaction]
    first, second, again = (event.external_id for event in parsed(payload))
    assert first == again != second


def parsed(payload: Any) -> list[Any]:
    return list(MessengerAdapter().parse(json.dumps(payload).encode(), {}))


def test_the_time_tells_one_uncounted_edit_from_the_next() -> None:
    payload = json.loads(TABLE.body("edit_uncounted"))
    [item] = payload["entry"][0]["messaging"]
    payload["entry"][0]["messaging"] = [item, {**item, "timestamp": item["timestamp"] + 1}]
    first, second = MessengerAdapter().parse(json.dumps(payload).encode(), {})
    assert first != second
