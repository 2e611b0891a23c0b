"""What happens at the same time: threads, and real processes of the product.

The processes work on the test's own database and Redis. Each is the leader of a process group of its own: `kill` takes its children along, and nothing else. Whoever starts one
ends it; `with` does. What another process must see has to be committed: `django_db(transaction=True)`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.db import connection, connections
from psycopg.conninfo import conninfo_to_dict

from inbox.connections.models import VendorApp
from inbox.devstack.processes import free_port, is_alive

from .travelling import Clock

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0


def until(condition: Callable[[], object], *, within: float = 10.0, every: float = 0.02) -> None:
    """Wait until the condition holds; fail when that takes too long."""
    give_up_at = time.monotonic() + within
    while not condition():
        assert time.monotonic() < give_up_at, f"waited {within} s in vain"
        time.sleep(every)


def at_once(*work: Callable[[], Any], expecting: type[Exception] | tuple[()] = ()) -> list[Any]:
    """Do several things at the same moment, each in a thread with a database connection of its own.

    Returns what came of each, in order; an exception that is expected counts as a result, any other is raised.
    """
    start = threading.Barrier(len(work))

    def do(task: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return task()
        except expecting as outcome:
            return outcome
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result() for future in [pool.submit(do, task) for task in work]]


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Start the work in a thread with a database connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def who_waits_for_us() -> list[int]:
    """The backends that wait for a lock of this thread's transaction; other tests' databases are none of ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
        return [pid for (pid,) in cursor.fetchall()]


def database_url() -> str:
    """The address of the running test's own database."""
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{settings.DATABASES['default']['NAME']}").geturl()


class ProductProcess:
    """One process of the product. `environ` is added to what this process sees; it goes by `clock` if there is one."""

    def __init__(self, *arguments: str, clock: Clock | None = None, **environ: str) -> None:
        self._command = [sys.executable, "-m", *(clock.launcher if clock else ()), *arguments]
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process writes

    def start(self) -> Self:
        environ = dict(os.environ) | {"DATABASE_URL": database_url()} | self._environ
        environ.pop("DJANGO_SETTINGS_MODULE", None)  # the product knows its own settings
        self._process = subprocess.Popen(
            self._command, env=environ, cwd=ROOT, stdout=self._log, stderr=self._log, start_new_session=True
        )
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None, "not running"
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End the process and its children at once, with no chance to tidy up."""
        family = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
        os.killpg(self.pid, signal.SIGKILL)
        self._end()
        until(lambda: not any(is_alive(process) for process in family))

    def stop(self) -> None:
        """Ask the process to end, and wait until it has."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
        self._end()

    def output(self) -> str:
        """What it has written so far."""
        log = self._log.fileno()
        return os.pread(log, os.fstat(log).st_size, 0).decode(errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._log.close()

    def _end(self) -> None:
        process, self._process = self._process, None
        assert process is not None
        process.wait(10)


class WebProcess(ProductProcess):
    """A web server. Keeps its port when it is started again, so that vendors find it."""

    def __init__(self, *, clock: Clock | None = None, **environ: str) -> None:
        self.port = free_port()
        super().__init__(
            *("inbox.lib.web_server", "-b", "127.0.0.1", "-p", str(self.port), "-v", "0", "inbox.asgi:application"),
            clock=clock,
            **environ,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def webhook_url(self, app: VendorApp) -> str:
        return f"{self.url}/webhooks/{app.key}/"

    def start(self) -> Self:
        """Start it and return when it answers."""
        super().start()
        try:
            until(lambda: self._answers() or not self.is_alive(), within=START_SECONDS)
            assert self.is_alive(), self.output()
        except AssertionError:
            self.stop()
            raise
        return self

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class WorkerProcess(ProductProcess):
    """A Celery worker with two children, like production's. Returns at once; its work shows when it is up."""

    def __init__(self, *, clock: Clock | None = None, **environ: str) -> None:
        ignored = "ignore:You're running the worker"  # with superuser privileges, where everybody has them
        super().__init__(
            *("celery", "-A", "inbox", "--quiet", "worker", "-Q", "inbound,outbound,slow,media", "-c", "2"),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
            clock=clock,
            **{"PYTHONWARNINGS": ignored} | environ,
        )


class DatabaseRoad:
    """A TCP road to the test's database that can be closed, which to those behind it is a database that is down."""

    def __init__(self) -> None:
        self.port = free_port()
        self._listener: socket.socket | None = None
        self._ends: list[socket.socket] = []

    @property
    def url(self) -> str:
        parts = urlsplit(database_url())
        account = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return f"postgresql://{account}127.0.0.1:{self.port}{parts.path}?sslmode=disable"

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def close(self) -> None:
        """Refuse new connections and cut those that are."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        ends, self._ends = self._ends, []
        for end in ends:
            _hang_up(end)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _address = listener.accept()
            except OSError:
                return
            far = _connect_to_database()
            self._ends += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=[source, target], daemon=True).start()


def _connect_to_database() -> socket.socket:
    place = conninfo_to_dict(database_url())
    host, port = str(place.get("host") or "127.0.0.1"), int(place.get("port") or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    far = socket.socket(socket.AF_UNIX)
    far.connect(f"{host}/.s.PGSQL.{port}")
    return far


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    _hang_up(source)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
