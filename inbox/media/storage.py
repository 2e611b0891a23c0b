"""Where bytes are: once for each content and workspace, named by their hash, on local disk or in an S3-compatible store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import connection

CHUNK = 1024 * 1024


def store() -> Storage:
    return storages["media"]


def name_of(workspace_id: int, sha256: str) -> str:
    return f"{workspace_id}/{sha256[:2]}/{sha256}"


def hold(workspace_id: int, sha256: str) -> None:
    """Make whoever writes or deletes this content wait until our transaction ends, so that nobody deletes it meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [name_of(workspace_id, sha256)])


def put(workspace_id: int, sha256: str, path: Path) -> None:
    """Keep the content, unless it is there whole. Call it while holding it."""
    name, place = name_of(workspace_id, sha256), store()
    if place.exists(name) and place.size(name) == path.stat().st_size:
        return
    with path.open("rb") as file:
        place.save(name, File(file))


def delete(workspace_id: int, sha256: str) -> None:
    """Delete the content. Call it while holding it."""
    store().delete(name_of(workspace_id, sha256))


def opened(workspace_id: int, sha256: str) -> File[Any]:
    """Open the content; the caller closes it. Raises FileNotFoundError."""
    return store().open(name_of(workspace_id, sha256))


def copy_to(workspace_id: int, sha256: str, path: Path) -> None:
    with opened(workspace_id, sha256) as source, path.open("wb") as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)


def signed_url(workspace_id: int, sha256: str, headers: dict[str, str], *, seconds: int) -> str:
    """Return a short-lived address at the store that answers with these headers; "" where we serve the bytes ourselves."""
    place = store()
    if isinstance(place, FileSystemStorage):
        return ""
    parameters = {f"Response{name.replace('-', '')}": value for name, value in headers.items()}
    url: str = place.url(name_of(workspace_id, sha256), parameters=parameters, expire=seconds)  # type: ignore[call-arg]
    return url
