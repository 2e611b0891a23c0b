"""Large bodies in a real process of the web server: none of them is in memory as a whole."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from django.conf import settings
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.media import storage
from inbox.media.models import MediaFile
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import put, room_on, room_url
from tests.processes import WebProcess, until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

MB = 1024 * 1024
SIZE = 100 * MB
# For whatever a process needs; any of the bodies here is larger.
ALLOWED = 40 * MB


def cookies_of(browser: Client) -> dict[str, str]:
    return {name: morsel.value for name, morsel in browser.cookies.items()}


def memory_of(web: WebProcess) -> int:
    """The most that it has ever had."""
    status = Path(f"/proc/{web.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def large_file(world: World) -> MediaFile:
    """A file of 100 MB that costs no disk: its content is a hole."""
    digest = "0" * 64
    path = Path(settings.MEDIA_ROOT) / storage.name_of(world.lotus.pk, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(SIZE)
    with scope(world.lotus.pk):
        return MediaFile.objects.create(
            workspace=world.lotus,
            sha256=digest,
            size=SIZE,
            mime_type="application/zip",
            filename="a.zip",
            kind="document",
        )


def test_slow_readers_of_a_large_file_cost_no_memory(
    world: World, web: WebProcess, client_of: Callable[[Membership], Client]
) -> None:
    file = large_file(world)
    url, cookies = file.url(world.lotus.slug), cookies_of(client_of(world.amy))
    assert httpx.get(f"{web.url}/healthz").status_code == 200
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    before = memory_of(web)
    readers = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(10)]
    for reader in readers:
        reader.sendall(f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {header}\r\n\r\n".encode())
    for reader in readers:
        assert reader.recv(20).startswith(b"HTTP/1.1 200")
    time.sleep(0.5)
    assert memory_of(web) - before < ALLOWED
    # No thread waits for them, and pages are made as before.
    assert httpx.get(f"{web.url}/healthz", timeout=5).status_code == 200
    for reader in readers[1:]:
        reader.close()
    count = 0
    with readers[0] as reader:
        reader.settimeout(10)
        while count < SIZE:
            chunk = reader.recv(MB)
            assert chunk, "the answer broke off"
            count += len(chunk)
    with httpx.stream("GET", f"{web.url}{url}", cookies=cookies) as answer:
        assert sum(len(chunk) for chunk in answer.iter_raw()) == SIZE
    until(lambda: not [each for each in psutil.Process(web.pid).open_files() if each.path.endswith("0" * 64)])
    assert memory_of(web) - before < ALLOWED


def test_an_upload_may_be_as_large_as_a_file(
    world: World, web: WebProcess, client_of: Callable[[Membership], Client]
) -> None:
    room = room_on(world, ChannelKind.MESSENGER)
    put(room, text="Do you have roses?")
    browser = client_of(world.amy)
    browser.get(room_url(room))
    cookies = cookies_of(browser)
    token = cookies.get("csrftoken", "")
    headers = {"HX-Request": "true", "X-CSRFToken": token, "Referer": settings.SITE_URL}

    def upload(size: int) -> httpx.Response:
        def parts() -> Iterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
            yield from (os.urandom(1024) * 1024 for _ in range(size // MB))
            yield b"\r\n--b--\r\n"

        form = {**headers, "Content-Type": "multipart/form-data; boundary=b"}
        return httpx.post(
            f"{web.url}{room_url(room, 'files')}", content=parts(), headers=form, cookies=cookies, timeout=60
        )

    upload(MB)
    before = memory_of(web)
    answer = upload(SIZE)
    assert (answer.status_code, "takes at most 25" in answer.text) == (422, True), (
        "it was looked at, and this channel takes less"
    )
    assert memory_of(web) - before < ALLOWED
    too_large = upload(SIZE + 6 * MB)
    assert (too_large.status_code, "larger than 105 MB" in too_large.text) == (413, True)
    form = httpx.post(
        f"{web.url}{room_url(room, 'messages')}", data={"text": "x" * 6 * MB}, headers=headers, cookies=cookies
    )
    assert form.status_code == 413
