"""Files by id: what customers send and what businesses upload, and the addresses under which all of it is served."""

from __future__ import annotations

import secrets
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from functools import partial
from urllib.parse import quote

from . import files
from .http import Refused, Request, Response

MAX_FILES = 2_000
VARIETY = 24
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """A file of an account. `make` writes it when it is asked for."""

    id: str
    account_id: str
    mime_type: str
    make: Callable[[], bytes]
    size: int = 0


class Media:
    """Bounded: the oldest files go first."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, File] = OrderedDict()
        self._bytes = 0

    def get(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def clear(self) -> None:
        self._files.clear()
        self._bytes = 0

    def samples(self) -> Iterator[tuple[str, str, str]]:
        """Yield account, type and id of the files that can be made again, for `storage`."""
        for file in self._files.values():
            if not file.size:
                yield file.account_id, file.mime_type, file.id

    def put_sample(self, account_id: str, mime_type: str, file_id: str) -> File:
        """Keep a small file of this type under an id."""
        return self._put(File(file_id, account_id, mime_type, partial(sample, mime_type, file_id)))

    def put_upload(self, account_id: str, mime_type: str, body: bytes, file_id: str = "") -> File:
        return self._put(File(file_id or new_id(), account_id, mime_type, lambda: body, len(body)))

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
        case "audio/amr":
            return files.spoken_amr()
        case "application/pdf":
            return files.document()
    if kind.startswith("image/"):
        return files.picture(str(zlib.crc32(seed.encode()) % VARIETY))
    if kind.startswith("audio/"):
        return files.tone()
    return files.film() if kind.startswith("video/") else b"A small file.\n"


def file_url(base_url: str, file: File) -> str:
    return base_url + file_path(file)


def file_path(file: File) -> str:
    """Return the address for the phone page, which shows nothing from elsewhere."""
    return f"/media/files/{quote(file.id, safe='')}"


def picture_url(base_url: str, person_id: str) -> str:
    return f"{base_url}/media/people/{quote(person_id, safe='')}.png"


def answer(media: Media, path: list[str]) -> Response:
    """Serve a file or a profile picture to anybody, as a vendor's content network does."""
    match path:
        case ["people", name] if name.endswith(".png"):
            return Response(files.picture(name.removesuffix(".png")), content_type=b"image/png")
        case ["files", file_id] if file := media.get(file_id):
            return Response(file.make(), content_type=file.mime_type.encode("latin-1", "replace"))
    raise Refused("There is no such file.", 404)


def uploaded(request: Request, name: str) -> tuple[str, bytes] | None:
    """Return the type and the bytes of a file in a multipart form; None when it holds none of that name."""
    kind = request.header(b"content-type")
    if not kind.startswith("multipart/form-data"):
        return None
    message = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode("latin-1") + request.body)
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == name:
            body = part.get_payload(decode=True)
            return part.get_content_type(), body if isinstance(body, bytes) else b""
    return None
