"""The virus scanner, played by a server that speaks ClamAV's protocol over a real socket."""

from __future__ import annotations

import logging
import socketserver
import struct
import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from inbox.media import scanning
from inbox.media.actions import FileRefused, store_file
from inbox.media.models import MediaFile
from inbox.workspaces.tenancy import scope
from tests.world import World

SICK = b"this is very sick"


class Daemon(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        answer = b"stream: Test.Sickness FOUND" if SICK in content else b"stream: OK"
        if b"confuse" in content:
            answer = b"INSTREAM size limit exceeded. ERROR"
        self.wfile.write(answer + b"\0")


@pytest.fixture
def clamav(settings: Settings) -> Iterator[None]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.CLAMAV_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


def kept(world: World, content: bytes) -> MediaFile:
    return store_file(workspace_id=world.lotus.pk, content=content, filename="note.txt")


@pytest.mark.usefixtures("clamav")
def test_sick_files_are_refused_by_name_and_healthy_ones_kept(world: World) -> None:
    assert kept(world, b"healthy " * 100_000).size == 800_000
    with pytest.raises(FileRefused) as refusal:
        kept(world, b"begin " * 100_000 + SICK)
    assert str(refusal.value) == "note.txt was refused: the virus scanner found Test.Sickness in it."
    with scope(world.lotus.pk):
        assert MediaFile.objects.count() == 1


@pytest.mark.usefixtures("clamav")
def test_an_answer_without_a_verdict_lets_nothing_pass(world: World) -> None:
    with pytest.raises(FileRefused, match="could not be checked"):
        kept(world, b"confuse")


def test_a_scanner_that_is_down_lets_nothing_pass(world: World, settings: Settings) -> None:
    settings.CLAMAV_ADDRESS = "127.0.0.1:9"
    with pytest.raises(FileRefused, match="could not be checked for viruses just now"):
        kept(world, b"healthy")


def test_without_a_scanner_each_process_says_so_once(
    world: World, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CLAMAV_ADDRESS = ""
    scanning._say_that_nobody_looks.cache_clear()
    assert [kept(world, content).size for content in (SICK, SICK)] == [len(SICK)] * 2
    assert caplog.record_tuples == [
        ("inbox.media.scanning", logging.WARNING, "files are not scanned for viruses: CLAMAV_ADDRESS is not set")
    ]
