"""Files by id: what customers send and what businesses upload, and where the phone page gets them from."""

from __future__ import annotations

import base64
import binascii
import secrets
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from . import files
from .film import film
from .forms import Part
from .http import JsonObject, Refused, Response

MAX_FILES = 2_000
VARIETY = 24
MAX_SESSIONS = 100
# Whatever a file claims to be, it is no page of ours.
HARMLESS = [(b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff")]
MAX_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """A file of an account. `make` writes it when it is asked for. `kind` is what it was stored as, where the vendor asks;
    `kept_until` 0: for ever."""

    id: str
    account_id: str
    mime_type: str
    make: Callable[[], bytes]
    size: int = 0
    filename: str = ""
    kind: str = ""
    kept_until: float = 0.0


@dataclass(frozen=True)
class Session:
    """An upload that an app has announced."""

    size: int
    mime_type: str


class Media:
    """Bounded: the oldest files go first."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, File] = OrderedDict()
        self._bytes = 0
        self.sessions: OrderedDict[str, Session] = OrderedDict()

    def get(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def find(self, file_id: str, account_id: str, now: float) -> File | None:
        """Return the file if it is the account's and still kept."""
        file = self._files.get(file_id)
        mine = file is not None and file.account_id == account_id
        return file if mine and file and not 0 < file.kept_until <= now else None

    def open_session(self, session: Session) -> str:
        """Announce an upload and return the name of its session. Few are open at once."""
        name = f"upload:{secrets.token_urlsafe(24)}"
        self.sessions[name] = session
        if len(self.sessions) > MAX_SESSIONS:
            self.sessions.popitem(last=False)
        return name

    def clear(self) -> None:
        self._files.clear()
        self.sessions.clear()
        self._bytes = 0

    def samples(self) -> Iterator[tuple[str, str, str]]:
        """Yield account, type and id of the files that can be made again, for `storage`."""
        for file in self._files.values():
            if not file.size:
                yield file.account_id, file.mime_type, file.id

    def put_sample(self, account_id: str, mime_type: str, file_id: str) -> File:
        """Keep a small file of this type under an id."""
        return self._put(File(file_id, account_id, mime_type, partial(sample, mime_type, file_id)))

    def put_upload(
        self, account_id: str, part: Part, *, file_id: str = "", kind: str = "", kept_until: float = 0.0
    ) -> File:
        mime_type, body = part.mime_type or "application/octet-stream", part.body
        return self._put(
            File(file_id or new_id(), account_id, mime_type, lambda: body, len(body), part.filename, kind, kept_until)
        )

    def put_customers(self, account_id: str, mime_type: str, file_id: str, fields: JsonObject) -> File:
        """Keep what a customer sends: the bytes in `content_base64`, or a sample of the type."""
        content = fields.get("content_base64")
        if content is None:
            return self.put_sample(account_id, mime_type, file_id)
        try:
            body = base64.b64decode(content, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise Refused("content_base64 is not in base64.") from None
        return self.put_upload(account_id, Part(body, str(fields.get("filename", "")), mime_type), file_id=file_id)

    def _put(self, file: File) -> File:
        replaced = self._files.pop(file.id, None)
        self._bytes += file.size - (replaced.size if replaced else 0)
        self._files[file.id] = file
        while len(self._files) > 1 and (len(self._files) > MAX_FILES or self._bytes > MAX_BYTES):
            self._bytes -= self._files.popitem(last=False)[1].size
        return file


def new_id() -> str:
    return str(secrets.randbelow(9 * 10**14) + 10**14)


def sample(mime_type: str, seed: str) -> bytes:
    """Return a small file of this type; pictures differ by seed."""
    kind = mime_type.partition(";")[0]
    match kind:
        case "image/webp":
            return files.sticker()
        case "audio/ogg":
            return files.voice_note()
        case "audio/mpeg":
            return files.song()
        case "audio/amr":
            return files.spoken_amr()
        case "application/pdf":
            return files.document()
    if kind.startswith("image/"):
        return files.picture(str(zlib.crc32(seed.encode()) % VARIETY))
    if kind.startswith("audio/"):
        return files.tone()
    return film() if kind.startswith("video/") else b"A small file.\n"


def file_path(file: File) -> str:
    """Return the address for the phone page, which shows nothing from elsewhere."""
    return f"/media/files/{quote(file.id, safe='')}"


def picture_url(base_url: str, person_id: str) -> str:
    return f"{base_url}/media/people/{quote(person_id, safe='')}.png"


def answer(media: Media, path: list[str]) -> Response:
    """Serve a file or a profile picture to the phone page."""
    match path:
        case ["people", name] if name.endswith(".png"):
            return Response(files.picture(name.removesuffix(".png")), content_type=b"image/png")
        case ["files", file_id] if file := media.get(file_id):
            return Response(file.make(), 200, file.mime_type.encode("latin-1", "replace"), HARMLESS)
    raise Refused("There is no such file.", 404)
