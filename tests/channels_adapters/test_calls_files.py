"""Files on behalf of an account, against a real server on this machine: repeated where that helps, and never without end."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from channels_adapters.calls import Account, Caller, Exchange
from channels_adapters.errors import NotSent, OutcomeUnknown, SendError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import (
    DownloadedMedia,
    HttpResponse,
    MediaReference,
    MediaUpload,
    MessageKind,
    Token,
    UploadedMedia,
)
from channels_adapters.wechat.adapter import WeChatAdapter
from channels_adapters.whatsapp.adapter import WhatsAppAdapter

T = TypeVar("T")
HANG_UP = object()
PICTURE = MediaUpload(MessageKind.IMAGE, "image/png", "a.png", b"\x89PNG" + bytes(range(256)) * 40)
IMAGE = MediaReference(MessageKind.IMAGE, "media-1")
FILE = b"\xff\xd8\xff the customer's picture"


class Vendor(ThreadingHTTPServer):
    """Answers each path with what was laid down for it, in order; the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: defaultdict[str, list[Any]] = defaultdict(list)
        self.received: list[tuple[str, str, str, bytes]] = []
        self.pause = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for path, *_ in self.received]


class Handler(BaseHTTPRequestHandler):
    server: Vendor

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        address = urlsplit(self.path)
        token = parse_qs(address.query).get("access_token", [""])[0]
        self.server.received.append((address.path, token, self.headers.get("authorization", ""), body))
        laid = self.server.answers[address.path]
        answer = laid.pop(0) if len(laid) > 1 else laid[0]
        time.sleep(self.server.pause)
        if answer is HANG_UP:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, content, *headers = answer if isinstance(answer, tuple) else (200, answer)
        if isinstance(content, dict):
            content = json.dumps(content).encode()
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        pass


class Tokens:
    def __init__(self) -> None:
        self.kept = ""

    def get(self, key: str) -> str:
        return self.kept

    def put(self, key: str, token: Token) -> None:
        self.kept = token.value

    def drop(self, key: str, value: str) -> None:
        self.kept = "" if self.kept == value else self.kept


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    thread = threading.Thread(target=vendor.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield vendor
    vendor.shutdown()
    vendor.server_close()
    thread.join(5)


@pytest.fixture
def whatsapp(vendor: Vendor) -> Account:
    known = {"phone_number_id": "700", "access_token": "EAAtoken0123456789", "app_id": "60001", "api_version": "v25.0"}
    return Account("1", WhatsAppAdapter(), {**known, "base_url": vendor.url})


@pytest.fixture
def wechat(vendor: Vendor) -> Account:
    vendor.answers["/cgi-bin/stable_token"] = [
        {"access_token": f"fetched-token-{number}", "expires_in": 7200} for number in (1, 2, 3)
    ]
    return Account("2", WeChatAdapter(), {"appid": "wx7", "app_secret": "secret-of-wx7", "base_url": vendor.url})


def talk(
    conversation: Callable[[Caller], Coroutine[Any, Any, T]],
    on_exchange: Callable[[Exchange], None] = lambda _exchange: None,
    **options: float,
) -> T:
    async def run() -> T:
        async with AsyncTransport(**options) as transport:  # type: ignore[arg-type]
            return await conversation(Caller(transport, Tokens(), on_exchange))

    return asyncio.run(run())


def fetch(account: Account, media: MediaReference = IMAGE, max_bytes: int = 1_000) -> DownloadedMedia:
    return talk(lambda caller: caller.download(account, media, max_bytes=max_bytes))


# --- uploads --------------------------------------------------------------------------------------


def test_an_upload_is_repeated_with_a_fresh_token(vendor: Vendor, wechat: Account) -> None:
    path = "/cgi-bin/media/upload"
    vendor.answers[path] = [{"errcode": 42001, "errmsg": "expired"}, {"type": "image", "media_id": "m-1"}]
    assert talk(lambda caller: caller.upload(wechat, PICTURE)) == UploadedMedia("m-1", 3 * 86_400)
    uploads = [(token, PICTURE.content in body) for where, token, _, body in vendor.received if where == path]
    assert uploads == [("fetched-token-1", True), ("fetched-token-2", True)]


@pytest.mark.parametrize("answer", [HANG_UP, (502, b"<html>bad gateway</html>"), (200, b"no answer")])
def test_an_upload_without_an_answer_may_be_repeated(vendor: Vendor, whatsapp: Account, answer: Any) -> None:
    vendor.answers["/v25.0/700/media"] = [answer]
    with pytest.raises(NotSent):
        talk(lambda caller: caller.upload(whatsapp, PICTURE))
    assert len(vendor.received) == 1


def test_a_refused_upload_says_why(vendor: Vendor, wechat: Account) -> None:
    vendor.answers["/cgi-bin/media/upload"] = [{"errcode": 40005, "errmsg": "invalid file type"}]
    with pytest.raises(SendError) as refused:
        talk(lambda caller: caller.upload(wechat, PICTURE))
    assert (refused.value.code, refused.value.retryable) == ("40005", False)


def test_a_file_has_more_time_than_a_message(vendor: Vendor, whatsapp: Account) -> None:
    vendor.pause = 0.5
    vendor.answers["/v25.0/700/media"] = [{"id": "m-1"}]
    stored = talk(lambda caller: caller.upload(whatsapp, PICTURE), read_timeout=0.1, connect_timeout=0.1)
    assert stored.external_id == "m-1"


# --- downloads ------------------------------------------------------------------------------------


def located(vendor: Vendor) -> dict[str, str]:
    return {"messaging_product": "whatsapp", "url": f"{vendor.url}/file?expires=1", "id": "media-1"}


def test_a_file_is_located_and_fetched(vendor: Vendor, whatsapp: Account) -> None:
    vendor.answers["/v25.0/media-1"] = [located(vendor)]
    vendor.answers["/file"] = [(200, FILE, ("content-type", "image/jpeg"))]
    assert fetch(whatsapp) == DownloadedMedia(FILE, "image/jpeg", "")
    assert [authorization for *_, authorization, _ in vendor.received] == ["Bearer EAAtoken0123456789"] * 2


def test_an_expired_address_is_located_once_more_and_no_more(vendor: Vendor, whatsapp: Account) -> None:
    vendor.answers["/v25.0/media-1"] = [located(vendor)]
    vendor.answers["/file"] = [(404, b"gone"), (200, FILE)]
    assert fetch(whatsapp).content == FILE
    assert vendor.paths == ["/v25.0/media-1", "/file"] * 2

    vendor.received.clear()
    vendor.answers["/file"] = [(404, b"gone")]
    with pytest.raises(SendError) as lost:
        fetch(whatsapp)
    assert lost.value.stale_media
    assert vendor.paths == ["/v25.0/media-1", "/file"] * 2


def test_an_id_that_nobody_knows_is_asked_for_once(vendor: Vendor, whatsapp: Account) -> None:
    vendor.answers["/v25.0/media-1"] = [(400, {"error": {"code": 100, "error_subcode": 33, "message": "No"}})]
    with pytest.raises(SendError) as lost:
        fetch(whatsapp, MediaReference(MessageKind.IMAGE, "media-1", url="https://lookaside.fbsbx.com/1"))
    assert (lost.value.code, lost.value.stale_media) == ("100", True)
    assert vendor.paths == ["/v25.0/media-1"]


def test_a_way_without_an_end_is_left(vendor: Vendor, whatsapp: Account) -> None:
    vendor.answers["/v25.0/media-1"] = [located(vendor)]
    vendor.answers["/file"] = [(302, b"", ("location", f"{vendor.url}/file"))]
    with pytest.raises(NotSent, match="no file after 3 requests"):
        fetch(whatsapp)
    assert len(vendor.received) == 3


def test_a_download_is_repeated_with_a_fresh_token_once(vendor: Vendor, wechat: Account) -> None:
    vendor.answers["/cgi-bin/media/get"] = [{"errcode": 40001, "errmsg": "old"}, (200, FILE)]
    assert fetch(wechat).content == FILE
    vendor.answers["/cgi-bin/media/get"] = [{"errcode": 40001, "errmsg": "old"}]
    with pytest.raises(SendError) as refused:
        fetch(wechat)
    assert refused.value.stale_token
    assert vendor.paths.count("/cgi-bin/media/get") == 4


@pytest.mark.parametrize("code", [40007, 48001])
def test_a_picture_comes_from_its_address_where_its_id_leads_nowhere(
    vendor: Vendor, wechat: Account, code: int
) -> None:
    vendor.answers["/cgi-bin/media/get"] = [{"errcode": code, "errmsg": "no"}]
    vendor.answers["/picture"] = [(200, FILE)]
    picture = MediaReference(MessageKind.IMAGE, "media-1", url=f"{vendor.url}/picture")
    assert fetch(wechat, picture).content == FILE
    vendor.answers["/picture"] = [(404, b"")]
    with pytest.raises(SendError, match=str(code)):
        fetch(wechat, picture)


@pytest.mark.parametrize("answer", [HANG_UP, (503, b"busy")])
def test_a_download_without_an_answer_may_be_repeated(vendor: Vendor, whatsapp: Account, answer: Any) -> None:
    vendor.answers["/v25.0/media-1"] = [located(vendor)]
    vendor.answers["/file"] = [answer]
    with pytest.raises(NotSent):
        fetch(whatsapp)


def test_a_file_that_is_too_large_is_not_read_and_not_asked_for_again(vendor: Vendor, whatsapp: Account) -> None:
    vendor.answers["/v25.0/media-1"] = [located(vendor)]
    vendor.answers["/file"] = [(200, b"x" * 1_001)]
    with pytest.raises(SendError) as refused:
        fetch(whatsapp)
    assert (refused.value.code, refused.value.retryable) == ("file_too_large", False)
    assert vendor.paths == ["/v25.0/media-1", "/file"]


def test_the_log_gets_neither_a_customers_file_nor_a_token(vendor: Vendor, wechat: Account) -> None:
    seen: list[Exchange] = []
    vendor.answers["/cgi-bin/media/get"] = [HANG_UP, (200, FILE, ("content-type", "text/plain"))]
    with pytest.raises(NotSent):
        talk(lambda caller: caller.download(wechat, IMAGE, max_bytes=1_000), seen.append)
    talk(lambda caller: caller.download(wechat, IMAGE, max_bytes=1_000), seen.append)
    assert [urlsplit(exchange.request.url).path.rpartition("/")[2] for exchange in seen] == ["stable_token", "get"] * 2
    assert isinstance(seen[1].outcome, OutcomeUnknown)
    last = seen[-1].outcome
    assert isinstance(last, HttpResponse)
    assert (last.status, last.body) == (200, b"")
    assert "fetched-token" not in repr(seen) + "".join(exchange.request.url for exchange in seen)


# --- samples of templates -------------------------------------------------------------------------


def test_a_sample_is_announced_and_stored(vendor: Vendor, whatsapp: Account) -> None:
    vendor.answers["/v25.0/60001/uploads"] = [{"id": "upload:abc?sig=x"}]
    vendor.answers["/v25.0/upload:abc"] = [{"h": "4::handle"}]
    assert talk(lambda caller: caller.upload_sample(whatsapp, PICTURE)) == "4::handle"
    (_, _, announced, _), (_, _, stored, body) = vendor.received
    assert (announced, stored, body) == ("Bearer EAAtoken0123456789", "OAuth EAAtoken0123456789", PICTURE.content)
    vendor.answers["/v25.0/upload:abc"] = [{"id": "upload:abc?sig=x"}]
    with pytest.raises(NotSent, match="no end"):
        talk(lambda caller: caller.upload_sample(whatsapp, PICTURE))


def test_only_a_channel_with_templates_has_samples(wechat: Account) -> None:
    with pytest.raises(ValueError, match="no templates"):
        talk(lambda caller: caller.upload_sample(wechat, PICTURE))
