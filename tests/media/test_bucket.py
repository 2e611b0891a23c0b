"""Files in a bucket: the same actions, over the protocol of S3, against a small store of our own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client
from pytest_django import Settings

from inbox.media import storage
from inbox.media.actions import discard_file, make_previews, prepare, store_file
from inbox.workspaces.tenancy import scope
from tests.world import World

from . import samples


class Store(BaseHTTPRequestHandler):
    """Keeps what is put, forgets what is deleted; signed requests only."""

    objects: dict[str, bytes]

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_PUT(self) -> None:
        assert "AWS4-HMAC-SHA256" in self.headers["Authorization"]
        assert "chunked" not in self.headers.get("Content-Encoding", "")
        self.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_GET(self) -> None:
        assert "AWS4-HMAC-SHA256" in self.headers.get("Authorization", self.path)
        content = self.objects.get(self.path.partition("?")[0])
        self._answer(404 if content is None else 200, content or b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self._answer(204)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket(settings: Settings) -> Iterator[dict[str, bytes]]:
    handler = type("BoundStore", (Store,), {"objects": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = {
            "bucket_name": "files",
            "endpoint_url": f"http://127.0.0.1:{server.server_address[1]}",
            "access_key": "key",
            "secret_key": "secret",
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
