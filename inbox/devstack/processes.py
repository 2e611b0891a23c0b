"""Small tools over operating-system processes that the embedded servers and the supervisor share.

A process is recognised as ours by its working folder, never by a pid file alone: pids are reused.
"""

from __future__ import annotations

import errno
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import psutil


class UnableToStart(Exception):
    """Something a person has to settle first; the text says what, in words."""


def processes_in(folder: Path, program: str) -> list[psutil.Process]:
    """List the living processes of `program` that work in `folder`."""
    found = []
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] == program and Path(process.cwd()) == folder and is_alive(process):
                found.append(process)
    return found


def is_alive(process: psutil.Process) -> bool:
    """Tell whether the process still runs; a zombie does not."""
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def stop(processes: list[psutil.Process], sent: signal.Signals, *, patience: float = 10) -> None:
    """Ask the processes to end; kill those that have not after `patience` seconds."""
    _signal(processes, sent)
    if stubborn := _alive_after(patience, processes):
        _signal(stubborn, signal.SIGKILL)
        _alive_after(5, stubborn)


def _signal(processes: list[psutil.Process], sent: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(sent)


def _alive_after(seconds: float, processes: list[psutil.Process]) -> list[psutil.Process]:
    """Wait for the processes to end; list those that have not. (psutil's own wait takes a zombie for alive.)"""
    give_up_at = time.monotonic() + seconds
    while (alive := [process for process in processes if is_alive(process)]) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return alive


def why_not_free(port: int, host: str = "127.0.0.1") -> str:
    """Say why no server could listen on the port; the empty text if one could."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do: a connection that lingers in TIME_WAIT does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            in_use = error.errno == errno.EADDRINUSE
            return f"it is in use by {_holder(port)}" if in_use else f"{error.strerror} ({host})"
    return ""


def _holder(port: int) -> str:
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                command = " ".join(psutil.Process(connection.pid).cmdline())
                return f"process {connection.pid} ({command[:100]})"
    return "another program"


def free_port() -> int:
    """Pick a free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_lines(log: Path, count: int = 12) -> str:
    """Return the end of a log file, for an error message."""
    with suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    return ""
