"""The embedded PostgreSQL and Valkey, shared by every process that wants the same folder.

The first process to enter starts the servers, the last to leave stops them; servers left running by a process that
was killed are used as they are. A server whose `DATABASE_URL` or `REDIS_URL` is set is not started. Needs no Django:
the supervisor, `exec` and the test suite's controller call `embedded_servers`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import postgres, valkey
from .processes import UnableToStart


@dataclass(frozen=True)
class Servers:
    """Where the servers answer."""

    database_url: str
    redis_url: str

    @property
    def environ(self) -> dict[str, str]:
        """What a child process needs to find them."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextmanager
def embedded_servers(
    folder: Path, *, durable: bool = True, environ: Mapping[str, str] = os.environ
) -> Iterator[Servers]:
    """Keep the servers of `folder` up for the duration; `durable=False` trades safety on power loss for speed."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "servers.lock").open("a") as change, (folder / "servers.users").open("a") as users:
        fcntl.flock(change, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            servers = Servers(
                database_url=environ.get("DATABASE_URL")
                or postgres.ensure_running(folder / "postgres", durable=durable),
                redis_url=environ.get("REDIS_URL") or valkey.ensure_running(folder / "valkey", durable=durable),
            )
            fcntl.flock(change, fcntl.LOCK_UN)
            yield servers
        finally:
            fcntl.flock(change, fcntl.LOCK_EX)
            if _is_last(users):
                postgres.stop(folder / "postgres")
                valkey.stop(folder / "valkey")


def is_in_use(folder: Path) -> bool:
    """Tell whether some process keeps the servers of `folder` up."""
    try:
        with (folder / "servers.users").open("a") as users:
            return not _is_last(users)
    except FileNotFoundError:
        return False


def discard(folder: Path) -> None:
    """Delete the folder with the data of all servers in it, unless some process uses one."""
    places = [record.parent for pattern in ("servers.users", "*/servers.users") for record in folder.glob(pattern)]
    for place in places:
        if is_in_use(place):
            raise UnableToStart(f"The servers in {place} are in use: stop `make run` or the tests first.")
    for place in places:
        postgres.stop(place / "postgres")
        valkey.stop(place / "valkey")
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise UnableToStart(f"Not all of {folder} could be deleted; was it made as root? Then clean as root.")


def _is_last(users: IO[str]) -> bool:
    """Try to turn a share in the folder into the only one."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
