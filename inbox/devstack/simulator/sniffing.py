"""What a file is by its first bytes, as vendors look at it whatever it is declared to be."""

from __future__ import annotations

UNKNOWN = "application/octet-stream"
ZIP, OLE = "application/zip", "application/x-ole-storage"
STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF", "application/pdf"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", ZIP),
    (b"\xd0\xcf\x11\xe0", OLE),
    (b"MZ", "application/x-msdownload"),
)
RIFFS = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
# What office programs write is a ZIP or an OLE file to whoever looks at the beginning alone.
OFFICE = {ZIP: "application/vnd.openxmlformats-officedocument.", OLE: "application/"}
SAME = {
    "audio/mp4": {"audio/mp4", "video/mp4"},
    "audio/x-m4a": {"audio/mp4", "video/mp4"},
    "video/mp4": {"video/mp4", "video/quicktime"},
    "video/3gpp": {"video/3gpp", "video/mp4"},
    "audio/mp3": {"audio/mpeg"},
    "image/jpg": {"image/jpeg"},
    "audio/opus": {"audio/ogg"},
}


def sniffed(body: bytes) -> str:
    """Return the type that the bytes show."""
    if body[:4] == b"RIFF":
        return RIFFS.get(body[8:12], UNKNOWN)
    if body[4:8] == b"ftyp":
        return _of_brand(body[8:12])
    if body[:4] == b"OggS":
        return "audio/ogg" if b"OpusHead" in body[:128] or b"vorbis" in body[:128] else "video/ogg"
    if len(body) > 1 and body[0] == 0xFF and body[1] & 0xF6 == 0xF0:
        return "audio/aac"
    if len(body) > 1 and body[0] == 0xFF and body[1] & 0xE0 == 0xE0 and body[1] & 0x06:
        return "audio/mpeg"
    known = next((kind for start, kind in STARTS if body.startswith(start)), "")
    return known or ("text/plain" if _is_text(body) else UNKNOWN)


def fits(declared: str, body: bytes) -> bool:
    """Say whether the bytes are what they are declared to be."""
    found = sniffed(body)
    if found in OFFICE:
        return declared in (found, UNKNOWN) or declared.startswith(OFFICE[found])
    return found in SAME.get(declared, {declared}) or (declared.startswith("text/") and found == "text/plain")


def opus_channels(body: bytes) -> int:
    """Return how many channels of sound an Opus file has, 0 for any other."""
    start = body.find(b"OpusHead", 0, 128)
    return body[start + 9] if 0 <= start < len(body) - 9 else 0


def has_h264(body: bytes) -> bool:
    """Say whether an MP4 or 3GP names H.264 as what its pictures are coded in."""
    return b"avc1" in body or b"avc3" in body


def is_animated(body: bytes) -> bool:
    """Say whether a WebP moves."""
    return body[12:16] == b"VP8X" and len(body) > 20 and bool(body[20] & 0x02)


def _of_brand(brand: bytes) -> str:
    if brand.startswith(b"M4A"):
        return "audio/mp4"
    if brand.startswith(b"3g"):
        return "video/3gpp"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _is_text(body: bytes) -> bool:
    start = body[:4096]
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:
            return False
    return b"\0" not in start
