"""Every payload of payloads/instagram and the events it means. One file is one row of the vendor's tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels_adapters.instagram.adapter import InstagramAdapter
from channels_adapters.types import (
    Activity,
    Content,
    CustomerActed,
    DeliveryStatus,
    Event,
    IdentityKind,
    MessageKind,
    MessageReceived,
    ThreadReceipt,
    Unsupported,
)

from .messaging_cases import (
    AT,
    FILES,
    PAYLOADS,
    QUESTION,
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

ACCOUNT = "17840000000000001"
TABLE = Table(InstagramAdapter(), PAYLOADS / "instagram", ACCOUNT, IdentityKind.IGSID, "8000000000000001")
received, echoed, edited, reaction = TABLE.received, TABLE.echoed, TABLE.edited, TABLE.reaction


def unsupported(what: str) -> Unsupported:
    return Unsupported(ACCOUNT, what)


def story_answer(**story: str) -> Content:
    return Content(MessageKind.TEXT, "Where is this?", details={"story": story})


def seen(at: int) -> ThreadReceipt:
    return ThreadReceipt(ACCOUNT, TABLE.ada, DeliveryStatus.READ, seconds_later(at), up_to_id="m_ours")


DASHBOARD_TEST = MessageReceived(
    "0",
    "random_mid",
    TABLE.person("12334"),
    datetime.fromtimestamp(1527459824, UTC),
    Content(MessageKind.TEXT, "random_text"),
)

EXPECTED: dict[str, list[Event]] = {
    "text": [received("text")],
    "text_long_id": [received("", external_id="aWdf" * 45)],
    "text_reply": [received("text_reply", reply_to="m_quoted")],
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
            },
        )
    ],
    "text_about_product": [
        received(
            "text_about_product",
            Content(MessageKind.TEXT, QUESTION, details={"product": {"id": "SKU-7"}}),
            referral={"source": "product", "product_id": "SKU-7"},
        )
    ],
    "quick_reply": [received("quick_reply", choice("quick_reply", "Yes, please", "yes"))],
    "image": [received("image", media(MessageKind.IMAGE, "blue.jpg"))],
    "image_of_private_account": [received("image_of_private_account", media(MessageKind.IMAGE, ""))],
    "images": [received("images", media(MessageKind.IMAGE, "1.jpg", "2.jpg", text="Both"))],
    "video": [received("video", media(MessageKind.VIDEO, "blue.mp4"))],
    "audio": [received("audio", media(MessageKind.AUDIO, "voice.mp4"))],
    "file": [received("file", media(MessageKind.DOCUMENT, "order.pdf"))],
    "share": [received("share", link("post", f"{FILES}post-7.jpg"))],
    "share_without_payload": [received("share_without_payload", not_supported("share", UNREADABLE))],
    "post": [received("post", link("post", f"{FILES}post-7.jpg", "Blue ones"))],
    "reel": [received("reel", link("reel", f"{FILES}reel-7.mp4", "Blue in motion"))],
    "reel_plain": [received("reel_plain", link("reel", f"{FILES}reel-7.mp4"))],
    "story_mention": [
        received("story_mention", Content(MessageKind.STORY_MENTION, details={"url": f"{FILES}story-7.jpg"}))
    ],
    "story_mention_url_not_url": [received("story_mention_url_not_url", Content(MessageKind.STORY_MENTION))],
    "story_reply": [
        received("story_reply", story_answer(id="17900000000000007", url=f"{FILES}story-7.jpg")),
    ],
    "story_reply_expired": [received("story_reply_expired", story_answer(id="17900000000000007"))],
    "like_heart": [
        received("like_heart", Content(MessageKind.STICKER, details={"id": "like_heart", "emoji": "❤️"})),
    ],
    "ephemeral": [
        received("ephemeral", not_supported("ephemeral", "This can be viewed once only, in the vendor's own app."))
    ],
    "unsent": [TABLE.revoked("original")],
    "unsupported": [
        received("unsupported", not_supported("unsupported", "The vendor does not pass this type of message on."))
    ],
    "message_without_id": [
        received(
            "",
            external_id="message:8000000000000001:1780000000000:"
            "623cbdf72b4e6940e7839a22321ed0113d799b4dab5a94f98904e25daa8e1415",
        )
    ],
    "message_to_itself": [unsupported("echo without recipient")],
    "echo_own_app": [echoed("echo_own_app")],
    "echo_of_ours": [echoed("echo_of_ours", correlation_id="correlation-1")],
    "echo_template": [
        echoed(
            "echo_template",
            Content(
                MessageKind.TEMPLATE,
                "Number 7\nIn blue",
                details={
                    "type": "generic",
                    "image_url": f"{FILES}blue.jpg",
                    "options": [{"title": "Buy"}],
                },
            ),
        )
    ],
    "echo_reversed": [echoed("echo_reversed", media(MessageKind.IMAGE, "blue.jpg"))],
    "echo_unsent": [TABLE.revoked("ours", by_business=True)],
    "reaction": [reaction("react", "❤️")],
    "reaction_other": [reaction("react", "🦄")],
    "reaction_removed": [reaction("unreact", "")],
    "read": [seen(3)],
    "read_empty": [unsupported("unreadable read receipt")],
    "postback": [received("postback", choice("postback", "What are your hours?", "hours"))],
    "postback_without_payload": [
        received("postback_without_payload", choice("postback", "What are your hours?", ""), on_standby=True)
    ],
    "referral": [
        CustomerActed(
            ACCOUNT,
            "referral:1780000000000:8000000000000001:link:leaflet",
            TABLE.ada,
            AT,
            Activity.REFERRED,
            opens_window=True,
            referral={"source": "link", "type": "OPEN_THREAD", "ref": "leaflet"},
        )
    ],
    "edit": [edited("original", "1", "Hello, is the red one in stock?")],
    "edit_bare": [unsupported("unreadable edit")],
    "handover_pass": [TABLE.control(is_ours=True)],
    "standby_text": [received("standby_text", on_standby=True)],
    "field_comments": [unsupported("field comments")],
    "dashboard_test": [DASHBOARD_TEST],
    "dashboard_test_messaging": [DASHBOARD_TEST],
    "object_of_another_product": [Unsupported("600000000000001", "object page")],
    "batch": [
        received("b1", Content(MessageKind.TEXT, "one")),
        seen(0),
        received(
            "b2",
            Content(MessageKind.TEXT, "two"),
            sender=TABLE.person("8000000000000002"),
            account_id="17840000000000002",
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


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_raw_is_the_part_as_the_vendor_sent_it(name: str) -> None:
    assert_raw_is_what_came(TABLE.body(name), TABLE.parse(name))
