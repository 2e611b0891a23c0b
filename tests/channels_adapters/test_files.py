"""What each channel does with files beyond the contract of all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from channels_adapters.base import Adapter
from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.instagram.adapter import InstagramAdapter
from channels_adapters.messenger.adapter import MessengerAdapter
from channels_adapters.types import (
    ANY_TYPE,
    DownloadedMedia,
    HttpRequest,
    HttpResponse,
    MediaReference,
    MediaUpload,
    MessageKind,
    VendorError,
)
from channels_adapters.wechat.adapter import WeChatAdapter
from channels_adapters.whatsapp.adapter import WhatsAppAdapter

from .contract.files import contents_of

MB = 1024 * 1024
NUMBER = {"phone_number_id": "700", "waba_id": "800", "access_token": "EAAtoken0123456789", "app_id": "60001"}
PAGE = {"page_id": "600", "access_token": "EAApage0123456789"}
INSTAGRAM = {"login": "instagram", "instagram_id": "178", "access_token": "IGAAtoken0123456789"}
LINKED = {"login": "page", "instagram_id": "178", "page_id": "600", "access_token": "EAApage0123456789"}
WECHAT = {"original_id": "gh_7", "appid": "wx7", "app_secret": "secret", "access_token": "80_token"}
PICTURE = MediaUpload(MessageKind.IMAGE, "image/png", 'my "best"/one.png', b"\x89PNG-content")
SESSION = "upload:MTphdHRhY2htZW50OmQ2?sig=ARaSignature_1"


def answer(status: int = 200, **fields: object) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(fields).encode())


# --- what is stored -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adapter", "credentials", "url", "fields"),
    [
        (
            WhatsAppAdapter(),
            NUMBER,
            "https://graph.facebook.com/v25.0/700/media",
            [b"whatsapp", b"image/png", b"\x89PNG-content"],
        ),
        (
            MessengerAdapter(),
            PAGE,
            "https://graph.facebook.com/v25.0/600/message_attachments",
            [b'{"attachment":{"type":"image","payload":{"is_reusable":true}}}', b"\x89PNG-content"],
        ),
        (
            InstagramAdapter(),
            LINKED,
            "https://graph.facebook.com/v25.0/600/message_attachments",
            [b'{"attachment":{"type":"image","payload":{"is_reusable":true}}}', b"instagram", b"\x89PNG-content"],
        ),
        (
            InstagramAdapter(),
            {**INSTAGRAM, "upload_path": "other/files?x"},
            "https://graph.instagram.com/v25.0/178/other/files%3Fx",
            [b'{"attachment":{"type":"image","payload":{"is_reusable":true}}}', b"instagram", b"\x89PNG-content"],
        ),
        (
            WeChatAdapter(),
            WECHAT,
            "https://api.weixin.qq.com/cgi-bin/media/upload?type=image",
            [b"\x89PNG-content"],
        ),
    ],
)
def test_a_picture_is_stored_as_the_vendor_documents(
    adapter: Adapter, credentials: Mapping[str, str], url: str, fields: list[bytes]
) -> None:
    request = adapter.upload_request(PICTURE, credentials)
    assert (request.method, request.url) == ("POST", url)
    assert contents_of(request) == fields


@pytest.mark.parametrize(
    ("adapter", "credentials", "shown"),
    [
        (WhatsAppAdapter(), NUMBER, b'filename="my %22best%22_one.png"\r\ncontent-type: image/png'),
        (WeChatAdapter(), WECHAT, b'filename="file.png"\r\ncontent-type: image/png'),
    ],
)
def test_a_name_cannot_leave_its_quotes(adapter: Adapter, credentials: Mapping[str, str], shown: bytes) -> None:
    assert shown in adapter.upload_request(PICTURE, credentials).body


@pytest.mark.parametrize("mime_type", ["text/csv", "application/json", "text/calendar", "text/xml"])
def test_what_is_text_is_plain_text_to_whatsapp(mime_type: str) -> None:
    table = MediaUpload(MessageKind.DOCUMENT, mime_type, "prices.csv", b"a,b\n")
    assert b"content-type: text/plain" in WhatsAppAdapter().upload_request(table, NUMBER).body


def test_a_video_has_a_small_picture_of_its_own_at_wechat() -> None:
    thumb = MediaUpload(MessageKind.VIDEO, "image/jpeg", "film.jpg", b"\xff\xd8\xff", is_thumb=True)
    request = WeChatAdapter().upload_request(thumb, WECHAT)
    assert request.url.endswith("?type=thumb")
    assert b'filename="file.jpg"' in request.body
    assert WeChatAdapter().upload_of(answer(type="thumb", thumb_media_id="t-1")).external_id == "t-1"
    for wrong in (replace(thumb, content=b"x" * (64 * 1024 + 1)), replace(thumb, mime_type="image/png")):
        with pytest.raises(SendError):
            WeChatAdapter().upload_request(wrong, WECHAT)
    with pytest.raises(SendError):
        WhatsAppAdapter().upload_request(thumb, NUMBER)


@pytest.mark.parametrize("kind", [MessageKind.VOICE, MessageKind.AUDIO])
def test_every_sound_is_a_voice_message_to_wechat(kind: MessageKind) -> None:
    sound = MediaUpload(kind, "audio/mpeg", "song.mp3", b"ID3")
    request = WeChatAdapter().upload_request(sound, WECHAT)
    assert request.url.endswith("?type=voice")
    assert b'filename="file.mp3"' in request.body
    assert request.secret_query == {"access_token": "80_token"}


@pytest.mark.parametrize(
    ("adapter", "kind", "first", "max_bytes"),
    [
        (WhatsAppAdapter(), MessageKind.IMAGE, "image/jpeg", 5 * MB),
        (WhatsAppAdapter(), MessageKind.VIDEO, "video/mp4", 16 * MB),
        (WhatsAppAdapter(), MessageKind.AUDIO, "audio/mpeg", 16 * MB),
        (WhatsAppAdapter(), MessageKind.DOCUMENT, "application/pdf", 16 * MB),
        (WhatsAppAdapter(), MessageKind.STICKER, "image/webp", 100 * 1024),
        (MessengerAdapter(), MessageKind.DOCUMENT, ANY_TYPE, 25 * MB),
        (InstagramAdapter(), MessageKind.DOCUMENT, "application/pdf", 25 * MB),
        (InstagramAdapter(), MessageKind.AUDIO, "audio/mp4", 25 * MB),
        (WeChatAdapter(), MessageKind.IMAGE, "image/jpeg", 2 * MB),
        (WeChatAdapter(), MessageKind.VOICE, "audio/mpeg", 2 * MB),
        (WeChatAdapter(), MessageKind.VIDEO, "video/mp4", 10 * MB),
    ],
)
def test_the_tables_say_what_others_are_converted_to(
    adapter: Adapter, kind: MessageKind, first: str, max_bytes: int
) -> None:
    rule = adapter.capabilities.media[kind]
    assert (rule.mime_types[0], rule.max_bytes) == (first, max_bytes)


def test_documents_may_be_as_large_on_whatsapp_as_an_installation_says() -> None:
    paper = MediaUpload(MessageKind.DOCUMENT, "application/pdf", "menu.pdf", b"%PDF" + bytes(17 * MB))
    generous = WhatsAppAdapter(document_bytes=100 * MB)
    assert generous.capabilities.media[MessageKind.DOCUMENT].max_bytes == 100 * MB
    assert generous.upload_request(paper, NUMBER).body
    with pytest.raises(SendError) as refused:
        WhatsAppAdapter().upload_request(paper, NUMBER)
    assert refused.value.code == "file_too_large"
    assert replace(generous.capabilities, media={}) == replace(WhatsAppAdapter().capabilities, media={})
    for much in (0, 100 * MB + 1):
        with pytest.raises(ValueError, match="WhatsApp takes documents"):
            WhatsAppAdapter(document_bytes=much)


def test_whatsapps_sounds_and_films_have_known_streams() -> None:
    media = WhatsAppAdapter().capabilities.media
    voice, audio, video = (media[kind] for kind in (MessageKind.VOICE, MessageKind.AUDIO, MessageKind.VIDEO))
    assert (voice.mime_types, voice.codecs, voice.mono) == (("audio/ogg",), {"opus"}, True)
    assert {"audio/mpeg", "audio/ogg", "audio/amr", "audio/aac", "audio/mp4"} == set(audio.mime_types)
    assert (audio.mono, audio.mono_codecs) == (False, {"opus"})
    assert video.codecs == {"h264", "aac"}
    assert media[MessageKind.STICKER].max_animated_bytes == 500 * 1024


# --- what is fetched ------------------------------------------------------------------------------


def test_whatsapp_tells_the_address_first_and_wants_its_token_there_too() -> None:
    adapter = WhatsAppAdapter()
    asked = adapter.download_request(MediaReference(MessageKind.IMAGE, "44/../1"), NUMBER)
    assert asked.url == "https://graph.facebook.com/v25.0/44%2F..%2F1"
    located = answer(messaging_product="whatsapp", url="https://lookaside.fbsbx.com/a?mid=1&ext=2", id="44")
    request = adapter.download_of(located, NUMBER)
    assert isinstance(request, HttpRequest)
    assert request.url == "https://lookaside.fbsbx.com/a?mid=1&ext=2"
    assert request.headers["authorization"] == "Bearer EAAtoken0123456789"
    assert "python" not in request.headers["user-agent"]


@pytest.mark.parametrize(
    "url", ["https://files.example/a", "http://lookaside.fbsbx.com/a", "https://fbsbx.com.evil.example"]
)
def test_the_token_goes_nowhere_else(url: str) -> None:
    for response in (
        answer(messaging_product="whatsapp", url=url),
        HttpResponse(302, {"location": url}, b""),
    ):
        with pytest.raises(SendError) as refused:
            WhatsAppAdapter().download_of(response, NUMBER)
        assert refused.value.code == "file_unreachable"


@pytest.mark.parametrize(
    "body", [b'{"url":"https://lookaside.fbsbx.com/a"}', b'{"error":{"code":190}}', b"[]", b'{"errcode":0}']
)
def test_a_customers_document_in_json_is_a_file(body: bytes) -> None:
    for adapter, credentials in ((WhatsAppAdapter(), NUMBER), (MessengerAdapter(), PAGE)):
        file = adapter.download_of(HttpResponse(200, {"content-type": "application/json"}, body), credentials)
        assert file == DownloadedMedia(body, "application/json", "")


def test_meta_gets_no_token_for_a_public_address() -> None:
    media = MediaReference(MessageKind.IMAGE, url="https://scontent-lhr8-1.xx.fbcdn.net/v/a.jpg?oh=1&oe=2")
    for adapter, credentials in ((MessengerAdapter(), PAGE), (InstagramAdapter(), INSTAGRAM)):
        request = adapter.download_request(media, credentials)
        assert request.url == media.url
        assert "authorization" not in request.headers
        assert not request.secret_query


def test_a_wechat_video_is_fetched_from_the_address_that_is_told() -> None:
    adapter = WeChatAdapter()
    asked = adapter.download_request(MediaReference(MessageKind.VIDEO, "m&1"), WECHAT)
    assert asked.url == "https://api.weixin.qq.com/cgi-bin/media/get?media_id=m%261"
    request = adapter.download_of(answer(video_url="http://vweixinf.tc.qq.com/102/video"), WECHAT)
    assert isinstance(request, HttpRequest)
    assert request.url == "https://vweixinf.tc.qq.com/102/video"
    with pytest.raises(SendError):
        adapter.download_of(answer(video_url="http://files.example/video"), WECHAT)
    with pytest.raises(OutcomeUnknown):
        adapter.download_of(answer(errcode=0), WECHAT)


def test_a_wechat_picture_has_an_address_beside_its_id() -> None:
    picture = MediaReference(MessageKind.IMAGE, url="http://mmbiz.qpic.cn/mmbiz_jpg/1/0")
    request = WeChatAdapter().download_request(picture, WECHAT)
    assert request.url == "https://mmbiz.qpic.cn/mmbiz_jpg/1/0"
    assert not request.secret_query


def test_a_stale_wechat_token_is_told_from_a_lost_file() -> None:
    with pytest.raises(SendError) as stale:
        WeChatAdapter().download_of(answer(errcode=42001, errmsg="access_token expired"), WECHAT)
    assert (stale.value.stale_token, stale.value.stale_media) == (True, False)


# --- what has gone at the vendor ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "details", "stale"),
    [
        (131009, "Param image['id'] is not a valid whatsapp business account media attachment ID", True),
        (100, "Invalid media id", True),
        (131009, "Parameter to is not a valid phone number.", False),
        (100, "The parameter text['body'] is required.", False),
        (131053, "Media upload error", True),
        (131047, "the media id", False),
    ],
)
def test_whatsapp_says_in_words_that_a_file_is_unknown(code: int, details: str, stale: bool) -> None:
    error = {"message": "(#1) Refused", "code": code, "error_data": {"details": details}}
    with pytest.raises(SendError) as refused:
        WhatsAppAdapter().result_of(answer(400, error=error))
    assert refused.value.stale_media is stale
    assert WhatsAppAdapter().explain(VendorError(str(code), "", details)).stale_media is stale


# --- samples of templates -------------------------------------------------------------------------


def test_a_sample_goes_in_two_steps_and_its_signature_is_no_part_of_an_address() -> None:
    calls = WhatsAppAdapter().templates
    assert calls is not None
    opened = calls.sample_request(PICTURE, NUMBER)
    assert opened.url == (
        "https://graph.facebook.com/v25.0/60001/uploads?file_name=my+%22best%22%2Fone.png&file_length=12&file_type=image%2Fpng"
    )
    request = calls.sample_step(answer(id=SESSION), PICTURE, NUMBER)
    assert isinstance(request, HttpRequest)
    assert request.url == "https://graph.facebook.com/v25.0/upload:MTphdHRhY2htZW50OmQ2"
    assert request.secret_query == {"sig": "ARaSignature_1"}
    assert (request.headers["authorization"], request.headers["file_offset"]) == ("OAuth EAAtoken0123456789", "0")
    assert request.body == PICTURE.content
    assert calls.sample_step(answer(h="4::aW1hZ2U=:1:e\n4::b"), PICTURE, NUMBER) == "4::aW1hZ2U=:1:e\n4::b"


@pytest.mark.parametrize("session", ["", "upload:", "4711", "upload:a/../../me", "upload:a#b", "upload:a b", 7, None])
def test_a_session_that_is_none_leads_nowhere(session: object) -> None:
    calls = WhatsAppAdapter().templates
    assert calls is not None
    with pytest.raises(OutcomeUnknown):
        calls.sample_step(answer(id=session), PICTURE, NUMBER)


def test_a_sample_needs_the_app_and_a_type_that_sessions_take() -> None:
    calls = WhatsAppAdapter().templates
    assert calls is not None
    with pytest.raises(SendError) as incomplete:
        calls.sample_request(PICTURE, {**NUMBER, "app_id": ""})
    assert incomplete.value.remedy is Remedy.OPERATOR
    with pytest.raises(SendError) as unknown:
        calls.sample_request(MediaUpload(MessageKind.VIDEO, "video/3gpp", "a.3gp", b"x"), NUMBER)
    assert unknown.value.code == "file_type"
