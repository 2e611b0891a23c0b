"""What leaves for WeChat, byte by byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

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
)
from channels_adapters.wechat.adapter import WeChatAdapter

from .contract import outcome_of, quick, texts
from .wechat_account import ACCESS_TOKEN, ACCOUNT, ADA, APP_SECRET, APPID, CREDENTIALS, OPENID

ADAPTER = WeChatAdapter()
SEND = "https://weixin.test/cgi-bin/message/custom/send"
TO_ADA = b'{"touser":"' + OPENID.encode() + b'",'


def message(text: str = "Hello", kind: MessageKind = MessageKind.TEXT, **more: Any) -> OutboundMessage:
    return OutboundMessage(ADA, text, "correlation-1", kind=kind, **more)


def described(message: OutboundMessage) -> list[HttpRequest]:
    return ADAPTER.requests_for(message, CREDENTIALS)


def refused_message(message: OutboundMessage) -> SendError:
    with pytest.raises(SendError) as caught:
        described(message)
    assert caught.value.remedy is Remedy.GIVE_UP
    return caught.value


# --- messages -------------------------------------------------------------------------------------


def test_a_text_is_posted_as_real_utf8_with_the_token_in_the_secret_query() -> None:
    [request] = described(message('你好 😀 "quoted"\nÄ'))
    assert (request.method, request.url) == ("POST", SEND)
    assert request.headers == {"content-type": "application/json; charset=utf-8"}
    assert request.secret_query == {"access_token": ACCESS_TOKEN}
    content = '"text":{"content":"你好 😀 \\"quoted\\"\\nÄ"}}'.encode()
    assert request.body == TO_ADA + b'"msgtype":"text",' + content
    assert b"\xe4\xbd\xa0\xe5\xa5\xbd" in request.body


@quick
@given(text=texts, title=texts)
def test_no_character_is_ever_escaped_by_its_number(text: str, title: str) -> None:
    samples = (
        message(text),
        message(text, options=(Option("1", title),)),
        message(text, MessageKind.LINK, details={"url": "https://shop.example", "title": title, "text": text}),
    )
    for sample in samples:
        requests = outcome_of(described, sample)
        for request in requests if isinstance(requests, list) else ():
            assert b"\\u" not in request.body.replace(b"\\\\", b"")


def test_without_an_address_of_our_own_the_vendor_is_called() -> None:
    [request] = ADAPTER.requests_for(message(), {**CREDENTIALS, "base_url": ""})
    assert request.url == "https://api.weixin.qq.com/cgi-bin/message/custom/send"


def test_the_limit_counts_bytes_and_not_characters() -> None:
    [request] = described(message("好" * 682 + "xy"))
    assert "好" * 682 in request.body.decode()
    error = refused_message(message("好" * 683))
    assert error.public_text == "The message has 2049 bytes; WeChat allows 2048. Shorten or split it."


def test_options_become_a_menu_message() -> None:
    options = (Option("101", "Blue", "of two"), Option("102", "红色"))
    [request] = described(message("Which one?", options=options))
    menu = '"msgtype":"msgmenu","msgmenu":{"head_content":"Which one?","list":[{"id":"101","content":"Blue"},'
    assert request.body == TO_ADA + (menu + '{"id":"102","content":"红色"}],"tail_content":""}}').encode()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (tuple(Option(str(n), "x") for n in range(11)), "at most 10"),
        ((Option("1", "x" * 21),), "20 characters"),
        ((Option("1", " "),), "empty"),
        ((Option("", "x"),), "empty"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: tuple[Option, ...], words: str) -> None:
    assert words in refused_message(message(options=options)).public_text


def test_the_text_over_options_counts_in_bytes_too() -> None:
    assert "2048" in refused_message(message("好" * 683, options=(Option("1", "x"),))).public_text


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (MessageKind.IMAGE, b"image"),
        (MessageKind.VOICE, b"voice"),
        (MessageKind.AUDIO, b"voice"),
    ],
)
def test_a_file_is_sent_by_the_id_of_its_upload(kind: MessageKind, name: bytes) -> None:
    [request] = described(message("", kind, media=MediaReference(kind, "media-7")))
    assert request.url == SEND
    assert request.body == TO_ADA + b'"msgtype":"' + name + b'","' + name + b'":{"media_id":"media-7"}}'


def test_a_video_is_sent_with_its_small_picture() -> None:
    video = MediaReference(MessageKind.VIDEO, "media-7", thumb_id="thumb-8")
    [request] = described(message("", MessageKind.VIDEO, media=video))
    both = b'{"media_id":"media-7","thumb_media_id":"thumb-8"}}'
    assert request.body == TO_ADA + b'"msgtype":"video","video":' + both
    alone = MediaReference(MessageKind.VIDEO, "media-7")
    assert "small picture" in refused_message(message("", MessageKind.VIDEO, media=alone)).public_text


def test_a_text_beside_a_file_is_a_message_of_its_own_before_it() -> None:
    image = MediaReference(MessageKind.IMAGE, "media-7")
    first, second = described(message("The blue one", MessageKind.IMAGE, media=image))
    assert first.body == TO_ADA + b'"msgtype":"text","text":{"content":"The blue one"}}'
    assert b'"image"' in second.body


def test_a_file_that_is_not_uploaded_is_refused() -> None:
    image = MediaReference(MessageKind.IMAGE, url="https://files.example/7.png")
    assert "upload" in refused_message(message("", MessageKind.IMAGE, media=image)).public_text


def test_a_link_is_news_of_one_article() -> None:
    details = {
        "url": "https://shop.example/blue",
        "title": "蓝色",
        "text": "Now in blue",
        "image_url": "https://p.example/7",
    }
    [request] = described(message("", MessageKind.LINK, details=details))
    article = (
        '{"title":"蓝色","description":"Now in blue","url":"https://shop.example/blue","picurl":"https://p.example/7"}'
    )
    assert request.body == TO_ADA + f'"msgtype":"news","news":{{"articles":[{article}]}}}}'.encode()


def test_a_bare_link_is_its_own_title_and_the_text_its_description() -> None:
    [request] = described(message("Look", MessageKind.LINK, details={"url": "https://shop.example"}))
    [article] = json.loads(request.body)["news"]["articles"]
    assert (article["title"], article["description"]) == ("https://shop.example", "Look")


@pytest.mark.parametrize("url", [None, "", "shop.example", "javascript:alert(1)", "https://"])
def test_a_link_without_an_address_is_refused(url: Any) -> None:
    assert "address" in refused_message(message("", MessageKind.LINK, details={"url": url})).public_text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (MessageKind.DOCUMENT, "send a link"),
        (MessageKind.STICKER, "send an image"),
        (MessageKind.LOCATION, "as a text"),
        (MessageKind.CONTACTS, "as a text"),
        (MessageKind.ORDER, "cannot be sent on WeChat"),
    ],
)
def test_what_wechat_does_not_take_is_refused_with_a_way_out(kind: MessageKind, words: str) -> None:
    assert words in refused_message(message(kind=kind)).public_text


def test_options_stand_under_a_text_alone() -> None:
    image = MediaReference(MessageKind.IMAGE, "media-7")
    sample = message("", MessageKind.IMAGE, media=image, options=(Option("1", "x"),))
    assert "under a text" in refused_message(sample).public_text


def test_a_unionid_alone_is_no_address() -> None:
    stranger = Person((Identity(IdentityKind.UNIONID, "union-of-Ada"),))
    with pytest.raises(SendError) as caught:
        ADAPTER.requests_for(OutboundMessage(stranger, "Hello", ""), CREDENTIALS)
    assert (caught.value.code, caught.value.remedy) == ("no_recipient", Remedy.GIVE_UP)


# --- courtesies and look-ups ----------------------------------------------------------------------


def test_typing_names_the_customer_and_the_command() -> None:
    request = ADAPTER.typing_request(ADA, "7000000000000000001", CREDENTIALS)
    assert request.url == "https://weixin.test/cgi-bin/message/custom/typing"
    assert request.body == TO_ADA + b'"command":"Typing"}'


def test_what_wechat_lacks_is_refused_in_words() -> None:
    for call in (
        lambda: ADAPTER.reaction_request(OutboundReaction(ADA, "1", "👍"), CREDENTIALS),
        lambda: ADAPTER.mark_read_request(ADA, "1", CREDENTIALS),
    ):
        with pytest.raises(SendError, match="WeChat") as caught:
            call()
        assert caught.value.remedy is Remedy.GIVE_UP
    assert ADAPTER.renewal_request(CREDENTIALS) is None
    assert ADAPTER.subscribe_request(CREDENTIALS) is None


def test_a_profile_is_asked_for_by_openid() -> None:
    request = ADAPTER.profile_request(ADA, CREDENTIALS)
    assert request
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == f"https://weixin.test/cgi-bin/user/info?openid={OPENID}&lang=zh_CN"
    assert request.secret_query == {"access_token": ACCESS_TOKEN}


# --- the token ------------------------------------------------------------------------------------


def test_a_stable_token_is_asked_for_with_the_secret_in_the_body_alone() -> None:
    request = ADAPTER.token_request({**ACCOUNT, "base_url": "https://weixin.test/"})
    assert request
    assert (request.method, request.url) == ("POST", "https://weixin.test/cgi-bin/stable_token")
    asked = f'{{"grant_type":"client_credential","appid":"{APPID}","secret":"{APP_SECRET}","force_refresh":false}}'
    assert request.body == asked.encode()
    assert request.secret_query == {}
    assert APP_SECRET not in repr(request)
