"""Files in a bucket: the same actions, over the protocol of S3, against a small store of our own."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from inbox.media import storage
from inbox.media.actions import discard_file, make_previews, prepare, store_file
from inbox.workspaces.tenancy import scope
from tests.world import World

from . import samples

KEY, SECRET = "key", "secret"


class Store(BaseHTTPRequestHandler):
    """Keeps what is put, whole or in parts, forgets what is deleted, serves ranges; for requests that are signed rightly."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    parts: dict[int, bytes]

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _asked(self) -> tuple[str, dict[str, str], bytes]:
        """Return path, query and body of a request whose signature is right."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _mark, query = self.path.partition("?")
        assert _signature_of(self.command, self.path, dict(self.headers)) in self.headers["Authorization"]
        told = self.headers["x-amz-content-sha256"]
        assert told in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest())
        assert "chunked" not in self.headers.get("Content-Encoding", "")
        return path, dict(parse_qsl(query, keep_blank_values=True)), body

    def do_PUT(self) -> None:
        path, query, body = self._asked()
        if "partNumber" in query:
            self.parts[int(query["partNumber"])] = body
        else:
            self.objects[path] = body
        self._answer(200, ETag=_tag(body))

    def do_POST(self) -> None:
        path, query, _body = self._asked()
        if "uploads" in query:
            self.parts.clear()
            self._answer(200, b"<R><UploadId>7</UploadId></R>")
        else:
            self.objects[path] = b"".join(self.parts[number] for number in sorted(self.parts))
            self._answer(200, b"<R><ETag>whole</ETag></R>")

    def do_GET(self) -> None:
        path, _query, _body = self._asked()
        content = self.objects.get(path)
        if content is None:
            self._answer(404)
        elif wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            start, end = int(wanted[1]), int(wanted[2] or len(content) - 1)
            span = f"bytes {start}-{min(end, len(content) - 1)}/{len(content)}"
            self._answer(206, content[start : end + 1], ETag=_tag(content), Content_Range=span)
        else:
            self._answer(200, content, ETag=_tag(content))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.objects.pop(self._asked()[0], None)
        self._answer(204)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _signature_of(method: str, address: str, headers: dict[str, str]) -> str:
    """Return what the owner of the secret signs: method, address and the named headers, for the day and the region."""
    known = {name.lower(): value.strip() for name, value in headers.items()}
    found = re.search(r"Credential=key/(\d+)/us-east-1/s3/aws4_request, ?SignedHeaders=([^,]+)", known["authorization"])
    assert found, known["authorization"]
    day, names = found[1], found[2].split(";")
    path, _mark, query = address.partition("?")
    fields = sorted(parse_qsl(query, keep_blank_values=True))
    lines = [method, path, urlencode(fields, quote_via=quote), *(f"{name}:{known[name]}" for name in names), ""]
    canonical = "\n".join([*lines, found[2], known["x-amz-content-sha256"]])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{SECRET}".encode()
    for part in (day, "us-east-1", "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{known['x-amz-date']}\n{day}/us-east-1/s3/aws4_request\n{digest}"
    return f"Signature={hmac.digest(key, text.encode(), 'sha256').hex()}"


@pytest.fixture
def bucket(settings: Settings) -> Iterator[dict[str, bytes]]:
    handler = type("BoundStore", (Store,), {"objects": {}, "parts": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        options = {
            "bucket_name": "files",
            "endpoint_url": f"http://127.0.0.1:{server.server_address[1]}",
            "access_key": KEY,
            "secret_key": SECRET,
            "region_name": "us-east-1",
            "signature_version": "s3v4",
            "default_acl": None,
            "file_overwrite": True,
        }
        media = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "media": media}
        yield handler.objects  # type: ignore[attr-defined]
        server.shutdown()


def test_files_are_kept_read_converted_and_deleted(world: World, bucket: dict[str, bytes], client_of) -> None:  # type: ignore[no-untyped-def]
    content = samples.picture("WEBP")
    file, _same = (store_file(workspace_id=world.lotus.pk, content=content, filename="a.webp") for _time in range(2))
    path = f"/files/{storage.name_of(world.lotus.pk, file.sha256)}"
    assert bucket == {path: content}
    assert prepare(file=file, recipe="image/jpeg").mime_type == "image/jpeg"
    assert make_previews(workspace_id=world.lotus.pk, file_id=file.pk)
    assert len(bucket) == 3
    with storage.opened(world.lotus.pk, file.sha256) as stream:
        assert stream.read() == content
    with pytest.raises(FileNotFoundError):
        storage.opened(world.lotus.pk, "0" * 64)

    browser: Client = client_of(world.amy)
    answer = browser.get(file.url(world.lotus.slug))
    assert answer.status_code == 302
    assert answer["Location"].partition("?")[0].endswith(path)
    for part in ("X-Amz-Signature=", "X-Amz-Expires=120", "response-content-disposition=inline"):
        assert part in answer["Location"]
    assert "no-store" in answer["Cache-Control"]
    assert client_of(world.sam).get(file.url(world.lotus.slug)).status_code == 404

    discard_file(file=file)
    assert list(bucket) == [path], "the other row has the same bytes"
    with scope(world.lotus.pk):
        discard_file(file=_same)
    assert bucket == {}


def test_large_files_go_in_parts_and_come_in_ranges(world: World, bucket: dict[str, bytes]) -> None:
    content = b"PK\x03\x04" + os.urandom(9 * 1024 * 1024)
    file = store_file(workspace_id=world.lotus.pk, content=content, filename="a.zip")
    assert list(bucket.values()) == [content]
    with storage.opened(world.lotus.pk, file.sha256) as stream:
        assert stream.read() == content
