"""Asks a ClamAV daemon about a file before it is kept. Without `CLAMAV_ADDRESS` nobody is asked."""

from __future__ import annotations

import logging
import socket
import struct
from functools import cache
from pathlib import Path

from django.conf import settings

from .conversion import require_no_transaction

logger = logging.getLogger(__name__)

_CHUNK = 256 * 1024


class ScannerUnavailable(Exception):
    """The scanner that was configured does not answer."""


def virus_in(path: Path) -> str:
    """Return the name of what was found, "" for nothing. Raises ScannerUnavailable."""
    if not settings.CLAMAV_ADDRESS:
        announce_absence()
        return ""
    require_no_transaction()
    host, _colon, port = settings.CLAMAV_ADDRESS.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=settings.CLAMAV_SECONDS) as connection:
            answer = _instream(connection, path)
    except OSError as error:
        raise ScannerUnavailable(str(error)) from error
    if answer.endswith("FOUND"):
        return answer.removeprefix("stream:").removesuffix("FOUND").strip()
    if answer.endswith("OK"):
        return ""
    raise ScannerUnavailable(answer)


def _instream(connection: socket.socket, path: Path) -> str:
    """Speak the daemon's INSTREAM: chunks with their length before them, an empty one at the end."""
    connection.sendall(b"zINSTREAM\0")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
    connection.sendall(struct.pack("!L", 0))
    answer = b""
    while not answer.endswith(b"\0") and (received := connection.recv(4096)):
        answer += received
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def announce_absence() -> None:
    """Say in the log that no scanner is set, if that is so: once in each process."""
    if not settings.CLAMAV_ADDRESS:
        _say_that_nobody_looks()


@cache
def _say_that_nobody_looks() -> None:
    logger.warning("files are not scanned for viruses: CLAMAV_ADDRESS is not set")
