"""Small files made in code: what customers send, and the pictures of their profiles. Nothing here is anybody's work."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable
from functools import cache, lru_cache

RATE = 8_000


@lru_cache(512)
def picture(seed: str, size: int = 96) -> bytes:
    """Return a PNG of two colours; every seed has its own."""
    mark = zlib.crc32(seed.encode("utf-8", "replace"))
    ground, figure = _colour(mark), _colour(mark >> 8 ^ 0x5A5A5A)
    middle = size / 2
    rows = bytearray()
    for y in range(size):
        rows.append(0)
        for x in range(size):
            rows += figure if math.hypot(x - middle, y - middle) < size / 3 else ground
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in parts)


@cache
def tone(seconds: float = 1.0, hertz: float = 440.0) -> bytes:
    """Return a WAV of a plain tone."""
    count = int(RATE * seconds)
    samples = b"".join(
        struct.pack("<h", int(9_000 * math.sin(2 * math.pi * hertz * number / RATE))) for number in range(count)
    )
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    data = struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data


@cache
def voice_note(seconds: float = 2.0) -> bytes:
    """Return an Ogg file with a second or two of Opus silence, as a voice note that says nothing."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48_000, 0, 0)
    name = b"simulator"
    tags = struct.pack("<8sI", b"OpusTags", len(name)) + name + struct.pack("<I", 0)
    packets = [b"\xf8\xff\xfe"] * min(250, int(seconds * 50))  # 20 ms each
    return (
        _ogg_page([head], flags=2, granule=0, sequence=0)
        + _ogg_page([tags], flags=0, granule=0, sequence=1)
        + _ogg_page(packets, flags=4, granule=960 * len(packets), sequence=2)
    )


@cache
def song() -> bytes:
    """Return an MP3 of two seconds without sound."""
    return (b"\xff\xfb\x90\x64" + bytes(413)) * 76


@cache
def spoken_amr() -> bytes:
    """Return an AMR file of a second with next to no sound, WeChat's form of a voice message."""
    return b"#!AMR\n" + (b"\x04" + bytes(12)) * 50


@cache
def sticker() -> bytes:
    """Return a lossless WebP of one colour."""
    bits = _Bits()
    size = 128
    for value, width in ((size - 1, 14), (size - 1, 14), (0, 1), (0, 3), (0, 1), (0, 1), (0, 1)):
        bits.put(value, width)
    for symbol in (0xC4, 0xF2, 0x5B, 0xFF):  # green, red, blue, alpha: a code of a single symbol each
        for value, width in ((1, 1), (0, 1), (1, 1), (symbol, 8)):
            bits.put(value, width)
    for value in (1, 0, 0, 0):  # distances, which do not occur
        bits.put(value, 1)
    data = b"\x2f" + bits.packed()
    chunk = struct.pack("<4sI", b"VP8L", len(data)) + data + b"\x00" * (len(data) % 2)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunk), b"WEBP") + chunk


@cache
def document() -> bytes:
    """Return a PDF of one page with a word on it."""
    stream = b"BT /F1 24 Tf 72 720 Td (Hello) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            len(body),
        )
    )


# --- containers -----------------------------------------------------------------------------------


def _colour(mark: int) -> bytes:
    return bytes((96 + (mark & 127), 96 + (mark >> 7 & 127), 96 + (mark >> 14 & 127)))


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _ogg_page(packets: Iterable[bytes], *, flags: int, granule: int, sequence: int) -> bytes:
    packets = list(packets)
    lengths = bytes(len(packet) for packet in packets)  # all shorter than 255
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 1, sequence, 0, len(packets))
    page = head + lengths + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_checksum(page)) + page[26:]


def _ogg_checksum(page: bytes) -> int:
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum & 0x80000000 else 0)) & 0xFFFFFFFF
    return checksum


class _Bits:
    """Bits written from the lowest of each byte on."""

    def __init__(self) -> None:
        self._value = 0
        self._width = 0

    def put(self, value: int, width: int) -> None:
        self._value |= value << self._width
        self._width += width

    def packed(self) -> bytes:
        return self._value.to_bytes((self._width + 7) // 8, "little")
