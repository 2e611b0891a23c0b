"""A short film made in code: H.264 without compression in an MP4, so that players and converters have something to play."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache

SIDE = 64  # pixels, a multiple of 16
TICKS = 1_000  # a second
COLOURS = ((0x50, 0x70, 0xB0), (0x90, 0xA0, 0x60), (0xB0, 0x60, 0x80), (0x70, 0xB0, 0x90))  # luma and two of chroma


@cache
def film() -> bytes:
    """Return an MP4 of two seconds: a colour, and another every half of one."""
    frames = [_frame(index, colour) for index, colour in enumerate(COLOURS)]
    samples = [struct.pack(">I", len(frame)) + frame for frame in frames]
    brand = _box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomiso2mp41")
    start = len(brand) + len(_movie(samples, 0)) + 8
    return brand + _movie(samples, start) + _box(b"mdat", *samples)


# --- the container --------------------------------------------------------------------------------


def _movie(samples: Sequence[bytes], start: int) -> bytes:
    length, each = TICKS // 2 * len(samples), TICKS // 2
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    movie = struct.pack(">IIIIIH10x", 0, 0, TICKS, length, 0x10000, 0x100) + matrix + bytes(24) + struct.pack(">I", 2)
    track = struct.pack(">IIII4xI8xHHHH", 0, 0, 1, 0, length, 0, 0, 0, 0) + matrix
    track += struct.pack(">II", SIDE << 16, SIDE << 16)
    media = struct.pack(">IIIIHH", 0, 0, TICKS, length, 0x55C4, 0)
    sizes = b"".join(struct.pack(">I", len(sample)) for sample in samples)
    table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1) + _entry()),
        _full(b"stts", struct.pack(">III", 1, len(samples), each)),
        _full(b"stsc", struct.pack(">IIII", 1, 1, len(samples), 1)),
        _full(b"stsz", struct.pack(">II", 0, len(samples)) + sizes),
        _full(b"stco", struct.pack(">II", 1, start)),
    )
    source = _box(b"dinf", _full(b"dref", struct.pack(">I", 1) + _full(b"url ", b"", flags=1)))
    handler = _full(b"hdlr", struct.pack(">I4s12x", 0, b"vide") + b"film\0")
    inside = _box(b"minf", _full(b"vmhd", bytes(8), flags=1), source, table)
    described = _box(b"mdia", _full(b"mdhd", media), handler, inside)
    return _box(b"moov", _full(b"mvhd", movie), _box(b"trak", _full(b"tkhd", track, flags=3), described))


def _entry() -> bytes:
    """Return what a decoder must know before the first frame."""
    sequence, picture = _sequence(), _picture()
    known = struct.pack(">BBBBBB", 1, 66, 0xC0, 30, 0xFF, 0xE1) + struct.pack(">H", len(sequence)) + sequence
    known += struct.pack(">BH", 1, len(picture)) + picture
    shape = struct.pack(">6xH16xHHII4xH32xHh", 1, SIDE, SIDE, 0x480000, 0x480000, 1, 24, -1)
    return _box(b"avc1", shape, _box(b"avcC", known))


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def _full(name: bytes, body: bytes, *, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", flags), body)


# --- the stream -----------------------------------------------------------------------------------


def _sequence() -> bytes:
    blocks = SIDE // 16
    bits = _count(0) + _count(0) + _count(2) + _count(1) + "0" + _count(blocks - 1) * 2 + "1100"
    return _unit(b"\x67", bytes((66, 0xC0, 30)) + _packed(bits + "1"))


def _picture() -> bytes:
    bits = _count(0) * 2 + "00" + _count(0) * 3 + "000" + _count(0) * 3 + "000"
    return _unit(b"\x68", _packed(bits + "1"))


def _frame(index: int, colour: tuple[int, int, int]) -> bytes:
    """Return a frame that needs no other, of one colour."""
    luma, *chroma = colour
    samples = bytes((luma,)) * 256 + b"".join(bytes((value,)) * 64 for value in chroma)
    head = _count(0) + _count(7) + _count(0) + "0000" + _count(index % 2) + "00" + _count(0)
    body = b""
    for _ in range((SIDE // 16) ** 2):
        body += _packed(head + _count(25)) + samples  # 25: the samples as they are, from the next whole byte on
        head = ""
    return _unit(b"\x65", body + b"\x80")


def _count(number: int) -> str:
    """Return a number in the code of H.264: as many noughts as it has further digits, then the digits of one more."""
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


def _packed(bits: str) -> bytes:
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _unit(kind: bytes, body: bytes) -> bytes:
    """Return a unit of the stream, in which no three bytes look like the beginning of another."""
    for low in (0, 1, 2, 3):
        body = body.replace(bytes((0, 0, low)), bytes((0, 0, 3, low)))
    return kind + body
