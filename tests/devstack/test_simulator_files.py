"""Files between the product's adapters and the simulator: stored, sent, fetched, and refused as each vendor refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import pytest

from channels_adapters.calls import Account, Caller
from channels_adapters.errors import NotSent, SendError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import (
    MediaReference,
    MediaUpload,
    MessageKind,
    MessageReceived,
    OutboundMessage,
    Person,
    StatusChanged,
    Token,
)
from inbox.devstack.simulator import files
from inbox.devstack.simulator.client import SimulatorClient
from inbox.devstack.simulator.film import film

from .conftest import INSTA, MEI, NUMBER, OFFICIAL, PAGE, TOKEN, Business, Graph, error_of
from .simulator_sides import SIDES, Side, side_of

T = TypeVar("T")
NAMES = [name for name in SIDES if "secure" not in name]
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 64 + b"\xff\xd9"
FILES = {
    MessageKind.IMAGE: ("image/png", 'Blüte "1".png', files.picture("1")),
    MessageKind.VIDEO: ("video/mp4", "film.mp4", film()),
    MessageKind.AUDIO: ("audio/mpeg", "song.mp3", files.song()),
    MessageKind.VOICE: ("audio/ogg", "note.ogg", files.voice_note()),
    MessageKind.DOCUMENT: ("application/pdf", "價目表.pdf", files.document()),
    MessageKind.STICKER: ("image/webp", "sticker.webp", files.sticker()),
}


class NoTokens:
    def get(self, key: str) -> str:
        return ""

    def put(self, key: str, token: Token) -> None: ...

    def drop(self, key: str, value: str) -> None: ...


def call(side: Side, talk: Callable[[Caller, Account], Awaitable[T]]) -> T:
    async def run() -> T:
        async with AsyncTransport() as transport:
            account = Account(side.account, side.adapter, side.credentials)
            return await talk(Caller(transport, NoTokens()), account)

    return asyncio.run(run())


def store(side: Side, kind: MessageKind, *, is_thumb: bool = False, **changes: Any) -> str:
    mime_type, filename, content = FILES[kind]
    values = {"mime_type": mime_type, "filename": filename, "content": content} | changes
    upload = MediaUpload(kind, **values, is_thumb=is_thumb)
    return call(side, lambda caller, account: caller.upload(account, upload)).external_id


def fetch(side: Side, media: MediaReference, max_bytes: int = 1_000_000) -> bytes:
    return call(side, lambda caller, account: caller.download(account, media, max_bytes=max_bytes)).content


def deliver(side: Side, who: Person, kind: MessageKind, external_id: str) -> str:
    thumb_id = ""
    if side.adapter.capabilities.media[kind].thumb_bytes:
        thumb_id = store(side, kind, is_thumb=True, mime_type="image/jpeg", filename="thumb.jpg", content=JPEG)
    media = MediaReference(kind, external_id, filename=FILES[kind][1], thumb_id=thumb_id)
    return side.send(OutboundMessage(who, "", "uuid-1", kind=kind, media=media))


@pytest.fixture(params=NAMES)
def side(request: pytest.FixtureRequest, control: SimulatorClient, business: Business) -> Side:
    return side_of(request.param, control, business)


@pytest.fixture
def whatsapp(control: SimulatorClient, business: Business) -> Side:
    return side_of("whatsapp", control, business)


def received(control: SimulatorClient, side: Side, business: Business, **how: Any) -> MessageReceived:
    assert control.inbound(side.account, MEI, **how).delivered
    [event] = side.events(business)
    assert isinstance(event, MessageReceived)
    return event


def test_every_kind_of_file_reaches_the_phone_as_it_is(
    control: SimulatorClient, business: Business, side: Side
) -> None:
    who = received(control, side, business, text="Hello").sender
    sent = []
    for kind, rule in side.adapter.capabilities.media.items():
        mime_type, _, content = FILES[kind]
        if mime_type not in rule.mime_types and "*/*" not in rule.mime_types:
            mime_type, content = {"audio/mp4": ("audio/mp4", film()), "audio/mpeg": ("audio/mpeg", files.song())}[
                rule.mime_types[0]
            ]
        deliver(side, who, kind, store(side, kind, mime_type=mime_type, content=content))
        sent.append(content)
    shown = [httpx.get(control.base_url + entry.details["url"]).content for entry in control.sent(side.account)]
    assert shown == sent
    control.settle()
    told = [event for event in side.events(business) if isinstance(event, StatusChanged)]
    assert not any(event.errors for event in told)


def test_what_a_customer_sends_is_fetched_as_it_is(control: SimulatorClient, business: Business, side: Side) -> None:
    content = files.picture("7") + b"\r\n--tail"
    for kind in ("image", "video"):
        [media] = received(control, side, business, kind=kind, content=content).content.attachments
        assert fetch(side, media) == content
    with pytest.raises(SendError) as large:
        fetch(side, media, max_bytes=100)
    assert (large.value.code, large.value.retryable) == ("file_too_large", False)


def test_an_address_that_has_expired_and_trouble_are_told_apart(
    control: SimulatorClient, business: Business, side: Side
) -> None:
    media = received(control, side, business, kind="video").content.attachments[0]
    located = bool(media.external_id)
    control.faults(file_expired={"remaining": 1})
    if located:  # asked once more where it is
        assert fetch(side, media)
    else:
        with pytest.raises(SendError) as expired:
            fetch(side, media)
        assert expired.value.stale_media
    for fault in ({"file_gone": True}, {"file_expired": True}):
        control.faults(**fault)
        with pytest.raises(SendError) as gone:
            fetch(side, media)
        assert gone.value.stale_media
        assert not gone.value.retryable
    control.faults(file_fail={"http_status": 502})
    with pytest.raises(NotSent):
        fetch(side, media)
    with pytest.raises((NotSent, SendError)) as failed:
        store(side, MessageKind.IMAGE)
    assert isinstance(failed.value, NotSent) or failed.value.retryable
    control.faults(file_slow=0.05)
    assert fetch(side, media)


def test_an_id_that_is_unknown_or_another_accounts_asks_for_a_fresh_upload(
    control: SimulatorClient, business: Business, side: Side
) -> None:
    who = received(control, side, business, text="Hello").sender
    with pytest.raises(SendError) as refused:
        deliver(side, who, MessageKind.IMAGE, "987654321")
    assert refused.value.stale_media
    if side.account == NUMBER:
        other = "105511110002"
        number = {"waba_id": "9", "display_phone_number": "+852 5550 2000", "name": "Other", "app_secret": "x"}
        control.put_number(other, access_token=TOKEN, **number)
        its_side = replace(side, account=other, credentials={**side.credentials, "phone_number_id": other})
        with pytest.raises(SendError) as refused:
            deliver(side, who, MessageKind.IMAGE, store(its_side, MessageKind.IMAGE))
        assert refused.value.stale_media
    assert control.sent(side.account) == []


def test_an_id_asks_for_a_fresh_upload_once_its_time_is_over(
    control: SimulatorClient, business: Business, side: Side
) -> None:
    who = received(control, side, business, text="Hello").sender
    upload = MediaUpload(MessageKind.IMAGE, *FILES[MessageKind.IMAGE])
    stored = call(side, lambda caller, account: caller.upload(account, upload))
    assert stored.seconds is not None
    for seconds, ends in ((stored.seconds - 60, False), (stored.seconds + 60, True)):
        control.settings(clock_offset=seconds)
        control.inbound(side.account, MEI, "Still there?")
        if token := side.adapter.token_request(side.credentials):
            value = side.call(token, side.adapter.token_of).value
            side = replace(side, credentials={**side.credentials, "access_token": value})
        if ends:
            with pytest.raises(SendError) as refused:
                deliver(side, who, MessageKind.IMAGE, stored.external_id)
            assert refused.value.stale_media
        else:
            deliver(side, who, MessageKind.IMAGE, stored.external_id)


@pytest.mark.parametrize(
    ("name", "type", "body"),
    [
        ("a.zip", "application/zip", b"PK\x03\x04"),
        ("a.gif", "image/gif", b"GIF89a"),
        ("a", "application/octet-stream", b"\x89PNG"),
        ("a.png", "image/png", b"\x89PNG" + b"\0" * (5 * 1024 * 1024)),
    ],
)
def test_whatsapp_takes_uploads_by_declared_type_and_size(
    control: SimulatorClient, graph: Graph, name: str, type: str, body: bytes
) -> None:
    answer = graph.http.post(
        f"/{NUMBER}/media",
        data={"messaging_product": "whatsapp"},
        files={"file": (name, body, type)},
        headers={"authorization": f"Bearer {TOKEN}"},
    )
    assert error_of(answer)["code"] == 100


@pytest.mark.parametrize(
    ("kind", "mime_type", "content"),
    [
        (MessageKind.IMAGE, "image/jpeg", files.picture("1")),  # not what it was declared to be
        (MessageKind.VIDEO, "video/mp4", b"\x1aE\xdf\xa3"),
        (MessageKind.VIDEO, "video/mp4", film().replace(b"avc1", b"hvc1")),
        (MessageKind.VOICE, "audio/ogg", files.voice_note().replace(b"OpusHead\x01\x01", b"OpusHead\x01\x02")),
        (MessageKind.AUDIO, "audio/ogg", b"OggS" + b"\0" * 25 + b"\x01vorbis"),
        (MessageKind.STICKER, "image/webp", files.sticker() + b"\0" * 102_400),
        (MessageKind.DOCUMENT, "application/pdf", b"MZ\x90"),
    ],
)
def test_whatsapp_looks_into_a_file_once_it_is_sent(
    control: SimulatorClient, business: Business, whatsapp: Side, kind: MessageKind, mime_type: str, content: bytes
) -> None:
    who = received(control, whatsapp, business, text="Hello").sender
    deliver(whatsapp, who, kind, store(whatsapp, kind, mime_type=mime_type, content=content))
    control.settle()
    [failed] = [event for event in whatsapp.events(business) if isinstance(event, StatusChanged)]
    [error] = failed.errors
    assert error.code == "131053"
    assert whatsapp.adapter.explain(error).stale_media


def test_a_sent_file_can_be_refused_by_a_fault(control: SimulatorClient, business: Business, whatsapp: Side) -> None:
    who = received(control, whatsapp, business, text="Hello").sender
    control.faults(file_refused={"remaining": 1})
    for _ in range(2):
        deliver(whatsapp, who, MessageKind.IMAGE, store(whatsapp, MessageKind.IMAGE))
    control.settle()
    told = [event for event in whatsapp.events(business) if isinstance(event, StatusChanged)]
    assert [error.code for event in told for error in event.errors] == ["131053"]


def test_a_file_is_whatsapps_only_with_the_token(control: SimulatorClient, business: Business, whatsapp: Side) -> None:
    media = received(control, whatsapp, business, kind="document").content.attachments[0]
    assert httpx.get(media.url).status_code == 401
    assert httpx.get(media.url, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    control.settings(clock_offset=301)
    assert httpx.get(media.url, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 404
    assert fetch(whatsapp, media)


@pytest.mark.parametrize(
    ("name", "kind", "content", "code"),
    [
        ("messenger", MessageKind.IMAGE, b"<svg>", "100/2018047"),
        ("messenger", MessageKind.VIDEO, files.document(), "100/2018047"),
        ("instagram", MessageKind.DOCUMENT, b"PK\x03\x04", "100/2018047"),
        ("wechat", MessageKind.IMAGE, b"<svg>", "40005"),
        ("wechat", MessageKind.VOICE, files.voice_note(), "40005"),
    ],
)
def test_the_others_look_at_once(
    control: SimulatorClient, business: Business, name: str, kind: MessageKind, content: bytes, code: str
) -> None:
    side = side_of(name, control, business)
    with pytest.raises(SendError) as refused:
        store(side, kind, mime_type=side.adapter.capabilities.media[kind].mime_types[0], content=content)
    assert refused.value.code == code
    assert not refused.value.retryable


def test_wechat_refuses_what_is_too_large_and_a_video_without_a_preview(
    control: SimulatorClient, business: Business
) -> None:
    side = side_of("wechat", control, business)
    who = received(control, side, business, text="Hello").sender.value(side.identity)
    url, token = f"{control.base_url}/cgi-bin", side.credentials["access_token"]

    def upload(kind: str, filename: str, content: bytes) -> dict[str, Any]:
        query = {"access_token": token, "type": kind}
        return httpx.post(f"{url}/media/upload", params=query, files={"media": (filename, content)}).json()

    def send(**video: str) -> int:
        body = {"touser": who, "msgtype": "video", "video": video}
        return httpx.post(f"{url}/message/custom/send", params={"access_token": token}, json=body).json()["errcode"]

    assert upload("thumb", "a.jpg", JPEG + b"\0" * 65_536)["errcode"] == 40012
    assert upload("file", "a.pdf", files.document())["errcode"] == 40004
    video, thumb = upload("video", "a.mp4", film()), upload("thumb", "a.jpg", JPEG)
    assert send(media_id=video["media_id"]) == 40007
    assert send(media_id=video["media_id"], thumb_media_id=thumb["thumb_media_id"]) == 0


def test_the_sample_of_a_template_gets_a_handle(control: SimulatorClient, business: Business, whatsapp: Side) -> None:
    picture = MediaUpload(MessageKind.IMAGE, "image/jpeg", "spring sale.jpg", JPEG)

    def ask(app_id: str, upload: MediaUpload) -> str:
        side = replace(whatsapp, credentials={**whatsapp.credentials, "app_id": app_id})
        return call(side, lambda caller, account: caller.upload_sample(account, upload))

    assert ask("1000000000000001", picture).startswith("4::")
    with pytest.raises(SendError) as unknown:
        ask("4711", picture)
    assert unknown.value.code == "100"
    with pytest.raises(SendError):
        ask("1000000000000001", MediaUpload(MessageKind.IMAGE, "image/jpeg", "a.jpg", files.picture("1")))


def test_the_accounts_of_one_page_keep_their_files_apart(control: SimulatorClient, business: Business) -> None:
    insta, page = side_of("instagram through its page", control, business), side_of("messenger", control, business)
    control.put_account(INSTA, "instagram", page_id=PAGE, access_token="page-token")
    who = received(control, page, business, text="Hello").sender
    deliver(page, who, MessageKind.IMAGE, store(page, MessageKind.IMAGE))
    with pytest.raises(SendError) as refused:
        deliver(page, who, MessageKind.IMAGE, store(insta, MessageKind.IMAGE))
    assert refused.value.stale_media
    assert control.sent(OFFICIAL) == []
