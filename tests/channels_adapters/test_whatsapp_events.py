"""Every payload of payloads/whatsapp and the events it means. One file is one row of the vendor's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels_adapters.types import (
    UNKNOWN_TIME,
    AccountNotice,
    Activity,
    Content,
    CustomerActed,
    DeliveryStatus,
    Event,
    Identity,
    IdentityChanged,
    IdentityKind,
    Malformed,
    MediaReference,
    MessageEchoed,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    Person,
    ReactionChanged,
    StatusChanged,
    TemplateNews,
    Unsupported,
    VendorError,
)
from channels_adapters.whatsapp.adapter import WhatsAppAdapter

PAYLOADS = Path(__file__).parent / "payloads" / "whatsapp"

NUMBER, WABA = "700000000000001", "800000000000001"
AT = datetime.fromtimestamp(1780000000, UTC)
PHONE = Identity(IdentityKind.PHONE, "447700900123")
NEW_PHONE = Identity(IdentityKind.PHONE, "447700900999")
USER_ID = Identity(IdentityKind.BSUID, "GB.90000000000000000001")
NEW_USER_ID = Identity(IdentityKind.BSUID, "GB.90000000000000000009")
PARENT_ID = Identity(IdentityKind.PARENT_BSUID, "GB.ENT.70000000000000001")
NEW_PARENT_ID = Identity(IdentityKind.PARENT_BSUID, "GB.ENT.70000000000000009")
USERNAME = Identity(IdentityKind.USERNAME, "ada.example")
ADA = Person((PHONE, USER_ID), "Ada Example")
ADA_BY_USER_ID = Person((USER_ID,), "Ada Example")
ADA_BY_USERNAME = Person((USER_ID, USERNAME), "Ada Example")
BO = Person(
    (Identity(IdentityKind.PHONE, "447700900456"), Identity(IdentityKind.BSUID, "GB.90000000000000000002")),
    "Bo Example",
)

QUESTION = "Hello, is the blue one in stock?"
NOT_SUPPORTED = {
    "code": "131051",
    "title": "Message type unknown",
    "details": "Message type is currently not supported.",
}


def received(name: str, content: Content | None = None, *, sender: Person = ADA, **more: Any) -> MessageReceived:
    content = content or Content(MessageKind.TEXT, QUESTION)
    return replace(MessageReceived(NUMBER, f"wamid.{name}", sender, AT, content), **more)


def media(kind: MessageKind, mime_type: str, text: str = "", **more: Any) -> Content:
    return Content(kind, text, (MediaReference(kind, "90001", mime_type, "c2hhMjU2LW9mLXRoZS1maWxl", **more),))


def choice(text: str, **details: Any) -> Content:
    return Content(MessageKind.CHOICE, text, details={"title": text, **details})


def not_supported(kind: str, reason: str, **more: Any) -> Content:
    return Content(MessageKind.UNSUPPORTED, details={"type": kind, "reason": reason, **more})


def reaction(name: str, emoji: str, **more: Any) -> ReactionChanged:
    return replace(ReactionChanged(NUMBER, f"wamid.{name}", "wamid.target", ADA, AT, emoji), **more)


def renamed(name: str, person: Person, text: str, *new: Identity) -> IdentityChanged:
    return IdentityChanged(NUMBER, f"wamid.{name}", person, AT, new, text)


def status(status: DeliveryStatus, **more: Any) -> StatusChanged:
    at = datetime.fromtimestamp(1780000010, UTC)
    return replace(StatusChanged(NUMBER, "wamid.ours", status, at, "correlation-1", recipient=ADA), **more)


def notice(topic: str, account_id: str = "", **more: Any) -> AccountNotice:
    return AccountNotice(account_id, topic, WABA, **more)


def about_template(changes: dict[str, str], language: str = "en_GB") -> TemplateNews:
    return TemplateNews("40001", "welcome", language, changes)


def preference(choice: str, activity: Activity, title: str) -> CustomerActed:
    return CustomerActed(
        NUMBER,
        f"preference:447700900123:marketing_messages:{choice}:1780000000",
        ADA,
        AT,
        activity,
        details={"key": "marketing_messages", "title": title},
    )


def disconnected() -> AccountNotice:
    return notice(
        "account_update",
        attention="This WhatsApp account is no longer connected to the app. An administrator must connect it again.",
        stops_sending=True,
        facts={"account_status": "disconnected"},
    )


OWN_PHONE = "15550100200"
PRICING = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
CONVERSATION = {"id": "conversation-1", "expiration_timestamp": 1780086400, "origin": {"type": "utility"}}
ECHOED_AT = datetime.fromtimestamp(1780000020, UTC)

EXPECTED: dict[str, list[Event]] = {
    "text": [received("text")],
    "text_without_user_id": [received("text_without_user_id")],
    "text_reply": [received("text_reply", reply_to="wamid.quoted")],
    "text_forwarded": [received("text_forwarded", forwarded=True)],
    "text_forwarded_often": [received("text_forwarded_often", forwarded=True)],
    "text_about_product": [
        received(
            "text_about_product",
            Content(
                MessageKind.TEXT, QUESTION, details={"product": {"catalog_id": "60001", "product_retailer_id": "SKU-7"}}
            ),
            reply_to="wamid.catalog",
        )
    ],
    "text_from_advertisement": [
        received(
            "text_from_advertisement",
            referral={
                "source": "ad",
                "title": "Blue ones",
                "text": "Now in blue",
                "url": "https://ads.example/50001",
                "image_url": "https://ads.example/blue.jpg",
                "ad_id": "50001",
                "click_id": "click-1",
            },
        )
    ],
    "text_from_post": [
        received(
            "text_from_post",
            referral={
                "source": "post",
                "title": "Blue ones",
                "text": "Now in blue",
                "url": "https://posts.example/50002",
                "image_url": "https://posts.example/blue.jpg",
                "video_url": "https://posts.example/blue.mp4",
                "post_id": "50002",
            },
        )
    ],
    "text_in_group": [received("text_in_group", group_id="group-1")],
    "text_timestamp_number": [received("text_timestamp_number")],
    "text_timestamp_missing": [received("text_timestamp_missing", sent_at=UNKNOWN_TIME)],
    "text_timestamp_garbage": [received("text_timestamp_garbage", sent_at=UNKNOWN_TIME)],
    "text_with_nul": [received("text_with_nul", Content(MessageKind.TEXT, "before"))],
    "text_user_id_only": [received("text_user_id_only", sender=ADA_BY_USER_ID)],
    "text_user_id_only_empty_from": [received("text_user_id_only_empty_from", sender=ADA_BY_USER_ID)],
    "text_user_id_in_from": [received("text_user_id_in_from", sender=ADA_BY_USER_ID)],
    "text_username": [received("text_username", sender=ADA_BY_USERNAME)],
    "text_username_with_at": [received("text_username_with_at", sender=ADA_BY_USERNAME)],
    "text_parent_user_id": [received("text_parent_user_id", sender=Person((PHONE, USER_ID, PARENT_ID), "Ada Example"))],
    "text_without_contacts": [received("text_without_contacts", sender=Person((PHONE, USER_ID)))],
    "text_without_sender": [Unsupported(NUMBER, "message without sender")],
    "text_unreadable": [received("text_unreadable", not_supported("text", "The content could not be read."))],
    "message_without_id": [
        received(
            "",
            external_id="message:447700900123:1780000000:"
            "35bf8e26c21bc47cbbb708285650a04791b9f421e0b8ed0dad48151a2c30924c",
        )
    ],
    "image": [received("image", media(MessageKind.IMAGE, "image/jpeg", "This one", url="https://media.example/90001"))],
    "video": [received("video", media(MessageKind.VIDEO, "video/mp4", "In motion"))],
    "audio": [received("audio", media(MessageKind.AUDIO, "audio/mpeg"))],
    "audio_voice": [received("audio_voice", media(MessageKind.VOICE, "audio/ogg; codecs=opus"))],
    "voice": [received("voice", media(MessageKind.VOICE, "audio/ogg; codecs=opus"))],
    "document": [
        received("document", media(MessageKind.DOCUMENT, "application/pdf", "My order", filename="order.pdf"))
    ],
    "sticker": [received("sticker", media(MessageKind.STICKER, "image/webp"))],
    "sticker_animated": [received("sticker_animated", media(MessageKind.STICKER, "image/webp", animated=True))],
    "media_too_large": [
        received(
            "media_too_large",
            not_supported(
                "video",
                "The file is larger than 100 MB.",
                errors=[
                    {"code": "131052", "title": "Media download error", "details": "The file is larger than 100 MB."}
                ],
            ),
        )
    ],
    "image_with_error": [
        received(
            "image_with_error",
            replace(
                media(MessageKind.IMAGE, "image/jpeg"),
                details={
                    "errors": [{"code": "131052", "title": "Media download error", "details": "Fetching failed."}]
                },
            ),
        )
    ],
    "location": [received("location", Content(MessageKind.LOCATION, details={"latitude": 51.5, "longitude": -0.125}))],
    "location_named": [
        received(
            "location_named",
            Content(
                MessageKind.LOCATION,
                details={
                    "latitude": 51.5,
                    "longitude": -0.125,
                    "name": "The shop",
                    "address": "1 Example Street",
                    "url": "https://shop.example",
                },
            ),
        )
    ],
    "contacts": [
        received(
            "contacts",
            Content(
                MessageKind.CONTACTS,
                details={
                    "contacts": [
                        {
                            "name": "Bo Example",
                            "phones": [{"phone": "+44 7700 900456", "wa_id": "447700900456", "type": "CELL"}],
                            "emails": [{"email": "bo@example.com", "type": "WORK"}],
                            "urls": [{"url": "https://bo.example", "type": "HOME"}],
                            "organization": "Example Ltd",
                            "birthday": "1990-01-31",
                        },
                        {
                            "name": "Cy Example",
                            "phones": [{"phone": "+44 7700 900789"}],
                            "emails": [],
                            "urls": [],
                            "organization": "",
                        },
                    ]
                },
            ),
        )
    ],
    "contacts_requested": [
        received(
            "contacts_requested",
            Content(
                MessageKind.CONTACTS,
                details={
                    "contacts": [
                        {
                            "name": "Ada Example",
                            "phones": [{"phone": "+44 7700 900123", "wa_id": "447700900123"}],
                            "emails": [],
                            "urls": [],
                            "organization": "",
                            "origin": "contact_request",
                        }
                    ]
                },
            ),
        )
    ],
    "reaction": [reaction("reaction", "👍")],
    "reaction_removed": [reaction("reaction_removed", "")],
    "reaction_removed_empty": [reaction("reaction_removed_empty", "")],
    "reaction_without_target": [Unsupported(NUMBER, "unreadable reaction")],
    "interactive_button_reply": [
        received(
            "interactive_button_reply", choice("Yes, please", type="button_reply", id="yes"), reply_to="wamid.question"
        )
    ],
    "interactive_list_reply": [
        received(
            "interactive_list_reply", choice("Tuesday", type="list_reply", id="row-2", description="10:00 to 12:00")
        )
    ],
    "interactive_form": [
        received("interactive_form", choice("Sent", type="nfm_reply", name="flow", form={"rating": 4, "note": "fine"}))
    ],
    "interactive_form_not_object": [
        received("interactive_form_not_object", choice("Sent", type="nfm_reply", name="flow", form=[1, 2]))
    ],
    "interactive_form_not_json": [
        received("interactive_form_not_json", choice("Sent", type="nfm_reply", name="flow", form="rating=4"))
    ],
    "interactive_call_permission": [
        received(
            "interactive_call_permission",
            choice("accept", type="call_permission_reply", permanent=False, expires=1780600000),
        )
    ],
    "interactive_unknown": [
        received("interactive_unknown", not_supported("interactive.hologram_reply", "The content could not be read."))
    ],
    "button": [received("button", choice("Confirm", type="button", id="confirm-7"), reply_to="wamid.template")],
    "order": [
        received(
            "order",
            Content(
                MessageKind.ORDER,
                "Gift wrap, please",
                details={
                    "catalog_id": "60001",
                    "items": [
                        {"product_retailer_id": "SKU-7", "quantity": 2, "item_price": "19.9", "currency": "GBP"},
                        {"product_retailer_id": "SKU-8", "quantity": 1, "item_price": "5", "currency": "GBP"},
                    ],
                },
            ),
        )
    ],
    "system_number_changed": [
        renamed(
            "system_number_changed",
            Person((PHONE, USER_ID)),
            "User Ada Example changed from 447700900123 to 447700900999",
            NEW_PHONE,
            NEW_USER_ID,
        )
    ],
    "system_number_changed_v11": [
        renamed("system_number_changed_v11", Person((PHONE,)), "User Ada Example changed number", NEW_PHONE)
    ],
    "system_customer_changed_number": [
        renamed("system_customer_changed_number", Person((PHONE,)), "Ada Example changed number", NEW_PHONE)
    ],
    "system_user_id_changed": [
        renamed(
            "system_user_id_changed",
            Person((USER_ID, PARENT_ID)),
            "User Ada Example changed",
            NEW_USER_ID,
            NEW_PARENT_ID,
        )
    ],
    "system_user_id_changed_from_new": [
        renamed("system_user_id_changed_from_new", Person((PHONE,)), "User Ada Example changed", NEW_USER_ID)
    ],
    "system_identity_changed": [
        renamed("system_identity_changed", Person((PHONE,), "Ada Example"), "The security code changed")
    ],
    "system_without_new_number": [Unsupported(NUMBER, "system message user_changed_number")],
    "system_unknown": [Unsupported(NUMBER, "system message user_moved_to_mars")],
    "edit": [
        MessageEdited(
            NUMBER,
            "wamid.edit",
            "wamid.original",
            ADA,
            AT,
            Content(MessageKind.TEXT, "Hello, is the red one in stock?"),
        )
    ],
    "edit_image": [
        MessageEdited(
            NUMBER, "wamid.edit_image", "wamid.original", ADA, AT, media(MessageKind.IMAGE, "image/jpeg", "That one")
        )
    ],
    "revoke": [MessageRevoked(NUMBER, "wamid.revoke", "wamid.original", ADA, AT)],
    "revoke_without_target": [Unsupported(NUMBER, "unreadable revoke")],
    "unsupported": [
        received("unsupported", not_supported("poll", NOT_SUPPORTED["details"], errors=[NOT_SUPPORTED])),
    ],
    "unsupported_bare": [
        received("unsupported_bare", not_supported("unsupported", NOT_SUPPORTED["details"], errors=[NOT_SUPPORTED]))
    ],
    "unknown": [received("unknown", not_supported("unknown", NOT_SUPPORTED["details"], errors=[NOT_SUPPORTED]))],
    "request_welcome": [Unsupported(NUMBER, "request_welcome")],
    "type_of_the_future": [
        received("type_of_the_future", not_supported("hologram", "This type of message is not supported."))
    ],
    "status_sent": [status(DeliveryStatus.SENT, conversation=CONVERSATION, pricing=PRICING)],
    "status_sent_expiration_number": [status(DeliveryStatus.SENT, conversation=CONVERSATION, pricing=PRICING)],
    "status_delivered": [status(DeliveryStatus.DELIVERED, pricing=PRICING)],
    "status_read": [status(DeliveryStatus.READ)],
    "status_played": [status(DeliveryStatus.PLAYED)],
    "status_deleted": [status(DeliveryStatus.DELETED, correlation_id="")],
    "status_failed": [
        status(
            DeliveryStatus.FAILED,
            recipient=Person((PHONE, USER_ID)),
            errors=(VendorError("131047", "Re-engagement message", "More than 24 hours have passed."),),
        )
    ],
    "status_user_id_only": [status(DeliveryStatus.DELIVERED, recipient=ADA_BY_USERNAME)],
    "status_group": [status(DeliveryStatus.READ)],
    "status_payment_failed": [Unsupported(NUMBER, "payment status failed")],
    "status_of_the_future": [Unsupported(NUMBER, "message status dreamt_of")],
    "echo_text": [
        MessageEchoed(NUMBER, "wamid.echo_text", ADA, ECHOED_AT, Content(MessageKind.TEXT, "Yes, three left."))
    ],
    "echo_reply": [
        MessageEchoed(
            NUMBER,
            "wamid.echo_reply",
            ADA,
            ECHOED_AT,
            Content(MessageKind.TEXT, "Yes, three left."),
            reply_to="wamid.question",
        )
    ],
    "echo_image": [
        MessageEchoed(NUMBER, "wamid.echo_image", ADA, ECHOED_AT, media(MessageKind.IMAGE, "image/jpeg", "Like this"))
    ],
    "echo_edit": [
        MessageEdited(
            NUMBER,
            "wamid.echo_edit",
            "wamid.original",
            ADA,
            ECHOED_AT,
            Content(MessageKind.TEXT, "Yes, two left."),
            by_business=True,
        )
    ],
    "echo_revoke": [MessageRevoked(NUMBER, "wamid.echo_revoke", "wamid.original", ADA, ECHOED_AT, by_business=True)],
    "echo_revoke_turned": [
        MessageRevoked(NUMBER, "wamid.echo_revoke_turned", "wamid.original", ADA, ECHOED_AT, by_business=True)
    ],
    "echo_reaction": [reaction("echo_reaction", "❤️", sent_at=ECHOED_AT, by_business=True)],
    "echo_without_recipient": [Unsupported(NUMBER, "echo without recipient")],
    "errors_of_account": [
        notice(
            "errors",
            NUMBER,
            errors=(VendorError("0", "AuthException", "We were unable to authenticate the app user."),),
            attention="The WhatsApp connection has expired. An administrator must reconnect it.",
            stops_sending=True,
        )
    ],
    "errors_of_billing": [
        notice(
            "errors",
            NUMBER,
            errors=(VendorError("131042", "Business eligibility payment issue", "No payment method."),),
            attention="There is a billing problem on the WhatsApp account. An administrator must settle it.",
            stops_sending=True,
        )
    ],
    "errors_beside_message": [
        received("broken", not_supported("interactive", "The content could not be read.")),
        notice(
            "errors",
            NUMBER,
            errors=(VendorError("131000", "Something went wrong", "Unsupported webhook payload"),),
        ),
    ],
    "field_user_preferences": [preference("stop", Activity.OPTED_OUT, "Stop marketing")],
    "preference_resume": [preference("resume", Activity.OPTED_IN, "Resume marketing")],
    "preference_signup": [preference("signup", Activity.OPTED_IN, "Signed up by a link")],
    "preference_unknown": [Unsupported(NUMBER, "user preference perhaps")],
    "preference_of_nobody": [Unsupported(NUMBER, "user preference resume")],
    "field_template_status": [
        notice(
            "message_template_status_update",
            template=about_template({"status": "REJECTED", "rejection_reason": "INVALID_FORMAT"}, language="en"),
        )
    ],
    "template_quality": [notice("message_template_quality_update", template=about_template({"quality": "YELLOW"}))],
    "template_category_announced": [
        notice(
            "template_category_update",
            template=about_template({"category": "UTILITY", "next_category": "MARKETING"}),
        )
    ],
    "template_components": [notice("message_template_components_update", template=about_template({}))],
    "field_phone_quality": [
        notice(
            "phone_number_quality_update",
            phone=OWN_PHONE,
            attention="Customers block or report this number: send less, and only what they asked for.",
            facts={"quality": "RED", "messaging_limit": "TIER_2K"},
        )
    ],
    "number_limit_raised": [
        notice("phone_number_quality_update", phone=OWN_PHONE, facts={"messaging_limit": "TIER_10K"})
    ],
    "number_name_approved": [
        notice(
            "phone_number_name_update",
            phone=OWN_PHONE,
            facts={"name": "Example Shop", "name_status": "APPROVED"},
        )
    ],
    "number_name_declined": [
        notice(
            "phone_number_name_update",
            phone=OWN_PHONE,
            attention="WhatsApp has declined the display name of this number. Choose another one in WhatsApp Manager.",
            facts={"name_status": "DECLINED"},
        )
    ],
    "number_pin_reset": [
        notice(
            "security",
            phone=OWN_PHONE,
            attention="Somebody asked to switch off the two-step verification of this number. "
            "If it was none of you, secure your Meta business account.",
        )
    ],
    "field_account_update": [
        notice(
            "account_update",
            attention="WhatsApp has restricted what this account may send. An administrator must look into it.",
            facts={"account_status": "restricted"},
        )
    ],
    "account_may_not_answer": [
        notice(
            "account_update",
            attention="WhatsApp has restricted what this account may send. An administrator must look into it.",
            stops_sending=True,
            facts={"account_status": "restricted"},
        )
    ],
    "account_disabled": [
        notice(
            "account_update",
            attention="WhatsApp has disabled this account. An administrator must appeal in Meta's business settings.",
            stops_sending=True,
            facts={"account_status": "disabled"},
        )
    ],
    "account_to_be_disabled": [
        notice(
            "account_update",
            attention="WhatsApp will disable this account soon. An administrator must look into it.",
            facts={"account_status": "to be disabled"},
        )
    ],
    "account_reinstated": [notice("account_update", facts={"account_status": "connected"})],
    "account_reconnected": [notice("account_update", facts={"account_status": "connected"})],
    "account_deleted": [
        notice(
            "account_update",
            attention="This WhatsApp account was deleted. An administrator must connect another one.",
            stops_sending=True,
            facts={"account_status": "deleted"},
        )
    ],
    "account_offboarded": [disconnected()],
    "account_partner_removed": [disconnected()],
    "account_violation": [
        notice(
            "account_update",
            attention="WhatsApp says that this account broke a rule (spam messages). "
            "An administrator must look into it.",
        )
    ],
    "account_country": [notice("account_update")],
    "account_alert": [
        notice("account_alerts", attention="WhatsApp warns about this account (oba rejected). See WhatsApp Manager.")
    ],
    "account_alert_informational": [notice("account_alerts")],
    "account_review_rejected": [
        notice(
            "account_review_update",
            attention="WhatsApp has rejected this account in its review. An administrator can ask for another one.",
            facts={"account_review": "REJECTED"},
        )
    ],
    "account_capability": [notice("business_capability_update", facts={"messaging_limit": "2000"})],
    "field_history": [notice("history", NUMBER)],
    "field_calls": [Unsupported(NUMBER, "call connect")],
    "call_terminated": [Unsupported(NUMBER, "call terminate")],
    "call_ringing": [Unsupported(NUMBER, "call status RINGING")],
    "field_of_the_future": [Unsupported(NUMBER, "field novelties")],
    "field_of_the_future_without_number": [Unsupported("", "field novelties", business_id=WABA)],
    "entry_without_changes": [Unsupported("", "entry without changes", business_id=WABA)],
    "part_of_the_future": [received("known"), Unsupported(NUMBER, "part novelties")],
    "object_of_another_product": [Unsupported("30001", "object page")],
    "dashboard_test": [
        MessageReceived(
            "123456123",
            "ABGGFlA5Fpa",
            Person((Identity(IdentityKind.PHONE, "16315551181"),), "test user name"),
            datetime.fromtimestamp(1504902988, UTC),
            Content(MessageKind.TEXT, "this is a text message"),
        )
    ],
    "batch": [
        received("b1", Content(MessageKind.TEXT, "one")),
        received("b2", Content(MessageKind.TEXT, "two"), sender=BO),
        StatusChanged(
            NUMBER, "wamid.ours1", DeliveryStatus.DELIVERED, datetime.fromtimestamp(1780000001, UTC), recipient=BO
        ),
        StatusChanged(
            NUMBER, "wamid.ours2", DeliveryStatus.READ, datetime.fromtimestamp(1780000002, UTC), recipient=ADA
        ),
        StatusChanged(
            NUMBER,
            "wamid.ours3",
            DeliveryStatus.SENT,
            datetime.fromtimestamp(1780000003, UTC),
            recipient=Person((PHONE,)),
        ),
        received("b3", Content(MessageKind.TEXT, "three"), account_id="700000000000002"),
    ],
    "empty": [],
}


def parse(name: str) -> tuple[Any, list[Event]]:
    body = (PAYLOADS / f"{name}.json").read_bytes()
    return json.loads(body), WhatsAppAdapter().parse(body, {})


def test_every_payload_has_its_expectation() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_payload_means(name: str) -> None:
    _, events = parse(name)
    assert [comparable(event) for event in events] == [comparable(event) for event in EXPECTED[name]]


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - {"text_with_nul"}))
def test_raw_is_the_part_as_the_vendor_sent_it(name: str) -> None:
    payload, events = parse(name)
    parts = list(nodes_of(payload))
    for event in events:
        raw = event.raw  # type: ignore[attr-defined]
        assert raw
        # A named part ("errors": […]) is shown with its name.
        assert raw in parts or (len(raw) == 1 and any(raw.items() <= part.items() for part in parts if is_object(part)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"a\u0000b", "ab"),
        (r"a\ud800b", "a�b"),
        (r"\udc00\ud800", "��"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\u0000\ude00", "😀"),
    ],
)
def test_what_postgresql_refuses_in_a_text_is_replaced(text: str, shown: str) -> None:
    body = (PAYLOADS / "text.json").read_bytes().replace(b"Hello, is the blue one in stock?", text.encode())
    [event] = WhatsAppAdapter().parse(body, {})
    assert isinstance(event, MessageReceived)
    assert event.content.text == event.raw["text"]["body"] == shown


def test_one_wrong_byte_does_not_cost_the_other_events() -> None:
    body = (PAYLOADS / "batch.json").read_bytes().replace(b'"two"', b'"t\xffo"')
    events = WhatsAppAdapter().parse(body, {})
    assert len(events) == len(EXPECTED["batch"])
    assert isinstance(events[1], MessageReceived)
    assert events[1].content.text == "t�o"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON: JSONDecodeError"),
        (b"<html>", "not JSON: JSONDecodeError"),
        (b"[" * 100_000, "not JSON: RecursionError"),
        (b"null", "not a webhook: no list of entries"),
        (b"{}", "not a webhook: no list of entries"),
        (b'{"object":"whatsapp_business_account","entry":{}}', "not a webhook: no list of entries"),
    ],
)
def test_an_unreadable_body_is_malformed(body: bytes, reason: str) -> None:
    assert WhatsAppAdapter().parse(body, {}) == [Malformed("", reason)]


def test_every_item_of_a_full_batch_is_one_event_in_order() -> None:
    payload = json.loads((PAYLOADS / "text.json").read_bytes())
    value = payload["entry"][0]["changes"][0]["value"]
    [message] = value["messages"]
    value["messages"] = [{**message, "id": f"wamid.{number}"} for number in range(1000)]
    value["messages"][500] = "garbage"
    events = WhatsAppAdapter().parse(json.dumps(payload).encode(), {})
    assert len(events) == 1000
    assert comparable(events.pop(500)) == comparable(Unsupported(NUMBER, "message without id"))
    assert [event.external_id for event in events if isinstance(event, MessageReceived)] == [
        f"wamid.{number}" for number in range(1000) if number != 500
    ]


def test_contacts_of_other_people_lend_nobody_a_name_or_an_id() -> None:
    payload = json.loads((PAYLOADS / "text.json").read_bytes())
    value = payload["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"profile": {"name": "Bo Example"}, "wa_id": "447700900456", "user_id": "GB.2"}]
    [event] = WhatsAppAdapter().parse(json.dumps(payload).encode(), {})
    assert isinstance(event, MessageReceived)
    assert event.sender == Person((PHONE, USER_ID))


def comparable(event: Event) -> Event:
    return replace(event, raw={})  # type: ignore[call-arg]


def nodes_of(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from nodes_of(inner)


def is_object(value: Any) -> bool:
    return isinstance(value, dict)
