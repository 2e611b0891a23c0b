"""Every payload of payloads/wechat and the events it means. One file is one row of the vendor's tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels_adapters.types import (
    UNKNOWN_TIME,
    Activity,
    Content,
    CustomerActed,
    Event,
    Identity,
    IdentityKind,
    Malformed,
    MediaReference,
    MessageKind,
    MessageReceived,
    Person,
    Unsupported,
)
from channels_adapters.wechat.adapter import WeChatAdapter
from channels_adapters.wechat.bodies import read_fields
from channels_adapters.wechat.content import PLACEHOLDER

from .wechat_account import KEY, OPENID, ORIGINAL_ID, bodies, encrypted_text, keyed

ADAPTER = WeChatAdapter()
AT = datetime.fromtimestamp(1780000000, UTC)
ADA = Person((Identity(IdentityKind.OPENID, OPENID),))
QUESTION = "你好, is the blue one in stock? [微笑]"
TEXT = Content(MessageKind.TEXT, QUESTION)
PICTURE = "http://pictures.example/7"


def received(number: int, content: Content = TEXT, **more: Any) -> MessageReceived:
    return replace(MessageReceived(ORIGINAL_ID, str(7000000000000000000 + number), ADA, AT, content), **more)


def made(digest: str) -> str:
    return f"message:{OPENID}:1780000000:{digest}"


def acted(event: str, key: str, activity: Activity, *, opens: bool = False, **more: Any) -> CustomerActed:
    external_id = f"{event}:{OPENID}:1780000000:{key}"
    return replace(CustomerActed(ORIGINAL_ID, external_id, ADA, AT, activity, opens), **more)


def tapped(event: str, tap: str, *, opens: bool = False, **details: Any) -> CustomerActed:
    return acted(event, tap, Activity.MENU, opens=opens, details=details)


def media(kind: MessageKind, *, mime_type: str = "", url: str = "", **details: Any) -> Content:
    return Content(kind, attachments=(MediaReference(kind, "media-7", mime_type, url=url),), details=details)


def not_read(kind: str, reason: str = "The content could not be read.") -> Content:
    return Content(MessageKind.UNSUPPORTED, details={"type": kind, "reason": reason})


def unknown(what: str) -> Unsupported:
    return Unsupported(ORIGINAL_ID, what)


def unreadable(reason: str, account_id: str = ORIGINAL_ID) -> Malformed:
    return Malformed(account_id, reason)


CHOICE = Content(MessageKind.CHOICE, "Blue", details={"type": "menu", "id": "101", "title": "Blue"})
PLACE = {"latitude": 51.5007, "longitude": -0.1246}
SCANNED = {"key": "SCAN_TICKET", "title": "https://tickets.example/5", "type": "qrcode"}
PICTURES = {"key": "SEND_PICTURES", "pictures": 2}

EXPECTED: dict[str, list[Event]] = {
    "text.xml": [received(1)],
    "text.json": [received(2)],
    "text_upper_case_type.xml": [received(3)],
    "text_choice.xml": [received(4, CHOICE)],
    "text_choice.json": [received(5, CHOICE)],
    "text_under_article.xml": [received(6, referral={"source": "article", "ref": "article-60001"})],
    "text_milliseconds.xml": [received(7, sent_at=datetime.fromtimestamp(1780000000.5, UTC))],
    "text_time_as_text.json": [received(8)],
    "text_time_garbage.xml": [received(9, sent_at=UNKNOWN_TIME)],
    "text_time_missing.json": [received(10, sent_at=UNKNOWN_TIME)],
    "text_placeholder.xml": [received(11, not_read("unknown", "WeChat did not hand over what the customer sent."))],
    "text_with_unionid.json": [
        received(12, sender=Person((*ADA.identities, Identity(IdentityKind.UNIONID, "union-of-Ada"))))
    ],
    "text_without_content.xml": [received(13, not_read("text"))],
    "text_without_id.xml": [
        received(0, external_id=made("d6c0b96b77373e7490dd1b42dbe4d10d2f92e3cf2afbb2ebee8c1fa3aa213136"))
    ],
    "text_id_zero.json": [
        received(0, external_id=made("d2a2be596d13389b2291cece46ec74bf61eaa74ae43e439df167f488915c78e9"))
    ],
    "text_without_sender.xml": [unknown("text without sender")],
    "text_without_type.xml": [unknown("message without type")],
    "text_escaped.xml": [received(17, Content(MessageKind.TEXT, "5 < 6 & 😀"))],
    "image.xml": [received(20, media(MessageKind.IMAGE, url=PICTURE))],
    "image_by_address_only.json": [
        received(21, Content(MessageKind.IMAGE, attachments=(MediaReference(MessageKind.IMAGE, url=PICTURE),)))
    ],
    "image_without_anything.xml": [received(22, not_read("image"))],
    "voice.xml": [received(23, media(MessageKind.VOICE, mime_type="audio/amr"))],
    "voice_recognised.xml": [received(24, media(MessageKind.VOICE, mime_type="audio/speex", transcript="is it blue"))],
    "video.xml": [received(25, media(MessageKind.VIDEO))],
    "shortvideo.xml": [received(26, media(MessageKind.VIDEO))],
    "location.xml": [received(27, Content(MessageKind.LOCATION, details={**PLACE, "address": "1 Example Street"}))],
    "location.json": [received(28, Content(MessageKind.LOCATION, details=PLACE))],
    "location_unreadable.xml": [received(29, not_read("location"))],
    "link.xml": [
        received(
            30,
            Content(
                MessageKind.LINK,
                details={
                    "source": "page",
                    "url": "https://shop.example/blue",
                    "title": "Blue ones",
                    "text": "Now in blue",
                },
            ),
        )
    ],
    "miniprogrampage.xml": [
        received(
            31,
            Content(
                MessageKind.LINK,
                details={
                    "source": "mini_program",
                    "title": "The shop",
                    "app_id": "wx0000000000000009",
                    "path": "pages/blue?id=7",
                    "image_url": "https://pictures.example/thumb",
                },
            ),
        )
    ],
    "type_of_the_future.xml": [received(32, not_read("hologram", "This type of message is not supported."))],
    "subscribe.xml": [acted("subscribe", "", Activity.FOLLOWED, opens=True)],
    "subscribe_by_qr.xml": [
        acted(
            "subscribe",
            "qrscene_window-12",
            Activity.FOLLOWED,
            opens=True,
            referral={"source": "qr", "ref": "window-12"},
        )
    ],
    "subscribe_after_payment.xml": [
        acted("subscribe", "last_trade_no_12", Activity.FOLLOWED, opens=True, details={"key": "last_trade_no_12"})
    ],
    "unsubscribe.xml": [acted("unsubscribe", "", Activity.UNFOLLOWED)],
    "scan.xml": [
        acted(
            "scan",
            "window-12",
            Activity.SCANNED,
            opens=True,
            details={"key": "window-12"},
            referral={"source": "qr", "ref": "window-12"},
        )
    ],
    "scan.json": [
        acted("scan", "12", Activity.SCANNED, opens=True, details={"key": "12"}, referral={"source": "qr", "ref": "12"})
    ],
    "click.xml": [tapped("click", "OPENING_HOURS", opens=True, key="OPENING_HOURS")],
    "click_without_time.json": [
        replace(
            tapped("click", "OPENING_HOURS", opens=True, key="OPENING_HOURS"),
            external_id=f"click:{OPENID}:"
            "28f758ecdfb3db41453981f8e3607934959f3f0c771004c09881c36f773d15ee:OPENING_HOURS",
            sent_at=UNKNOWN_TIME,
        )
    ],
    "view.xml": [tapped("view", "https://shop.example/hours", url="https://shop.example/hours")],
    "view_miniprogram.xml": [tapped("view_miniprogram", "pages/blue", path="pages/blue", title="pages/blue")],
    "view_long_address.xml": [
        replace(
            tapped("view", "", url="https://shop.example/" + "x" * 400),
            external_id="view:23c0b7eb5a3470600fc9495b9b74283211c922a3130f6a69d00817fdbe5de06d",
        )
    ],
    "scancode_push.xml": [tapped("scancode_push", "SCAN_TICKET", opens=True, **SCANNED)],
    "scancode_waitmsg.xml": [tapped("scancode_waitmsg", "SCAN_TICKET", opens=True, **SCANNED)],
    "pic_sysphoto.xml": [tapped("pic_sysphoto", "SEND_PICTURES", **PICTURES)],
    "pic_photo_or_album.xml": [tapped("pic_photo_or_album", "SEND_PICTURES", **PICTURES)],
    "pic_weixin.xml": [tapped("pic_weixin", "SEND_PICTURES", **PICTURES)],
    "location_select.xml": [
        tapped("location_select", "SEND_PLACE", key="SEND_PLACE", title="1 Example Street", **PLACE)
    ],
    "event_location.xml": [unknown("event location")],
    "template_job_finished.xml": [unknown("event templatesendjobfinish")],
    "mass_job_finished.xml": [unknown("event masssendjobfinish")],
    "kf_create_session.xml": [unknown("event kf_create_session")],
    "kf_close_session.xml": [unknown("event kf_close_session")],
    "kf_switch_session.xml": [unknown("event kf_switch_session")],
    "user_enter_tempsession.json": [unknown("event user_enter_tempsession")],
    "event_of_the_future.json": [unknown("event teleported")],
    "event_without_name.xml": [unknown("event without a name")],
    "account_alone.xml": [],
    "secure_text.xml": [received(40)],
    "secure_click.json": [tapped("click", "OPENING_HOURS", opens=True, key="OPENING_HOURS")],
    "secure_previous_key.xml": [received(41)],
    "compatible_text.xml": [received(42)],
    "secure_foreign_appid.xml": [unreadable("the message is meant for another appid")],
    "secure_foreign_key.xml": [
        unreadable("the padding of the encrypted part is wrong: another key, or another scheme")
    ],
    "secure_padded_to_16.xml": [unreadable("the encrypted part is not made of blocks of 32 bytes")],
    "secure_wrong_length.xml": [unreadable("the length inside the encrypted part is wrong")],
    "secure_not_base64.xml": [unreadable("the encrypted part is not base64")],
    "secure_empty.xml": [unknown("message without type")],
    "entity_bomb.xml": [unreadable("XML with a document type is not read", "")],
    "external_entity.xml": [unreadable("XML with a document type is not read", "")],
    "undeclared_entity.xml": [unreadable("not XML: undefined entity", "")],
}


def parse(body: bytes, **secrets: str) -> list[Event]:
    return ADAPTER.parse(body, keyed(**secrets))


def test_every_payload_has_its_expectation() -> None:
    assert set(bodies()) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_payload_means_its_events(name: str) -> None:
    assert [comparable(event) for event in parse(bodies()[name])] == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if not name.startswith(("secure", "compatible"))))
def test_raw_holds_all_fields_of_the_body(name: str) -> None:
    for event in parse(bodies()[name]):
        if not isinstance(event, Malformed):
            assert event.raw == read_fields(bodies()[name])  # type: ignore[attr-defined]


def test_raw_of_an_encrypted_body_holds_what_was_encrypted() -> None:
    [event] = parse(bodies()["secure_text.xml"])
    assert isinstance(event, MessageReceived)
    assert event.raw == {
        "ToUserName": ORIGINAL_ID,
        "FromUserName": OPENID,
        "CreateTime": "1780000000",
        "MsgType": "text",
        "Content": QUESTION,
        "MsgId": "7000000000000000040",
    }


def test_raw_keeps_repeated_and_nested_parts() -> None:
    [event] = parse(bodies()["pic_weixin.xml"])
    assert isinstance(event, CustomerActed)
    assert event.raw["SendPicsInfo"] == {
        "Count": "2",
        "PicList": {"item": [{"PicMd5Sum": "0a1b"}, {"PicMd5Sum": "2c3d"}]},
    }


# --- the three modes ------------------------------------------------------------------------------


def test_without_a_key_a_compatible_body_is_read_by_its_plain_fields() -> None:
    [event] = ADAPTER.parse(bodies()["compatible_text.xml"], {"token": "t"})
    assert isinstance(event, MessageReceived)
    assert event.content.text == "plain words, unsigned"


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        ({"encoding_aes_key": "", "previous_encoding_aes_key": "", "encryption": "secure"}, "no usable EncodingAESKey"),
        ({"encoding_aes_key": "too short", "previous_encoding_aes_key": ""}, "no usable EncodingAESKey"),
        ({"encoding_aes_key": "ä" * 43, "previous_encoding_aes_key": ""}, "no usable EncodingAESKey"),
        ({"appid": ""}, "no appid is configured"),
        ({"appid": "wx0000000000000002"}, "meant for another appid"),
        ({"encoding_aes_key": KEY.swapcase(), "previous_encoding_aes_key": ""}, "padding"),
    ],
)
def test_what_cannot_be_decrypted_is_never_filed_by_its_plain_fields(secrets: dict[str, str], reason: str) -> None:
    for name in ("compatible_text.xml", "secure_text.xml"):
        [event] = ADAPTER.parse(bodies()[name], keyed(**secrets))
        assert isinstance(event, Malformed)
        assert reason in event.reason


def test_a_secure_body_without_a_key_says_what_is_missing() -> None:
    [event] = ADAPTER.parse(bodies()["secure_text.xml"], {"token": "t", "appid": "wx0000000000000001"})
    assert event == Malformed(ORIGINAL_ID, "no usable EncodingAESKey is configured")


def test_the_account_inside_counts_and_not_the_one_on_the_envelope() -> None:
    body = bodies()["secure_text.xml"].replace(ORIGINAL_ID.encode(), b"gh_somebody_else")
    [event] = parse(body)
    assert event.account_id == ORIGINAL_ID


@pytest.mark.parametrize("inner", [b"", b"<xml>", b"7", b"<xml>words</xml>", b'<!DOCTYPE xml [<!ENTITY a "b">]><xml/>'])
def test_an_unreadable_message_inside_is_malformed(inner: bytes) -> None:
    body = f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><Encrypt>{encrypted_text(inner)}</Encrypt></xml>"
    [event] = parse(body.encode())
    assert isinstance(event, Malformed)
    assert event.account_id == ORIGINAL_ID


# --- what strangers write -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"tab\x0b and \x07bell", "tab and bell"),
        (b"one bad \xff byte", "one bad � byte"),
        (b"half \xed\xa0\xbd a pair", "half ��� a pair"),
        (b"end ]]]]><![CDATA[> of a section", "end ]]> of a section"),
        (b"<b>not bold</b> &amp;", "<b>not bold</b> &amp;"),
        (b"", ""),
    ],
)
def test_odd_characters_do_not_cost_a_message(written: bytes, shown: str) -> None:
    body = bodies()["text.xml"].replace(QUESTION.encode(), written)
    [event] = parse(body)
    assert isinstance(event, MessageReceived)
    assert event.content.text == event.raw["Content"] == shown


@pytest.mark.parametrize(
    "before", [b"\xef\xbb\xbf", b"\n  ", b'<?xml version="1.0" encoding="GBK"?>', b"<!-- blue -->"]
)
def test_what_stands_before_the_xml_does_not_matter(before: bytes) -> None:
    [event] = parse(before + bodies()["text.xml"])
    assert comparable(event) == received(1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON: JSONDecodeError"),
        (b"success", "not JSON: JSONDecodeError"),
        (b"<xml>", "not XML: no element found"),
        (b"<xml></xml>", "not a webhook: no fields"),
        (b"<xml>words</xml>", "not a webhook: no fields"),
        (b"[]", "not a webhook: no fields"),
        (b"{}", "not a webhook: neither an account nor a type of message"),
        (b"<xml><a>1</a></xml>", "not a webhook: neither an account nor a type of message"),
        (b"<xml>" * 100_000, "not XML: no element found"),
        ("<xml><ToUserName>gh</ToUserName></xml>".encode("utf-16"), "not JSON: JSONDecodeError"),
    ],
)
def test_an_unreadable_body_is_malformed(body: bytes, reason: str) -> None:
    assert parse(body) == [Malformed("", reason)]


def test_deep_and_wide_bodies_are_read() -> None:
    deep = b"<a>" * 50_000 + b"</a>" * 50_000
    wide = b"<b>1</b>" * 50_000
    body = bodies()["text.xml"].replace(b"</xml>", deep + wide + b"</xml>")
    [event] = parse(body)
    assert isinstance(event, MessageReceived)
    assert len(event.raw["b"]) == 50_000


def test_the_same_event_has_the_same_id_in_both_formats_and_any_case() -> None:
    as_xml = bodies()["click.xml"].replace(b"CLICK", b"click")
    ids = {
        event.external_id
        for body in (bodies()["click.xml"], as_xml, bodies()["secure_click.json"])
        for event in parse(body)
        if isinstance(event, CustomerActed)
    }
    assert len(ids) == 1


def test_events_without_a_whole_time_are_told_apart_by_all_of_their_fields() -> None:
    body = bodies()["click_without_time.json"]
    timed = [
        body.replace(b'"Event"', f'"CreateTime": {time}, "Event"'.encode()) for time in (1780000000.5, 1780000001.5)
    ]
    first, again, second, third = (
        event.external_id for each in (body, body, *timed) for event in parse(each) if isinstance(event, CustomerActed)
    )
    assert first == again
    assert len({first, second, third}) == 3


def test_the_placeholder_within_a_text_is_a_text() -> None:
    body = bodies()["text.xml"].replace(QUESTION.encode(), f"It says {PLACEHOLDER}".encode())
    [event] = parse(body)
    assert isinstance(event, MessageReceived)
    assert event.content.kind is MessageKind.TEXT


def comparable(event: Event) -> Event:
    if isinstance(event, Malformed):
        return event
    return replace(event, raw=None if isinstance(event, Unsupported) else {})  # type: ignore[call-arg]
