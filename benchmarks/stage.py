"""Where a measurement happens: a database, a Redis database and processes of its own, all gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import redis
from psycopg import sql
from psycopg.conninfo import make_conninfo

from inbox.devstack.processes import free_port, last_lines
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.devstack.stack import ROOT, Stack

DATABASE = "switchboard_bench"
REDIS_DATABASE = 15
_OURS = "switchboard-bench"
_PATIENCE = 30.0


class UnableToMeasure(Exception):
    """Something a person has to settle first; the text says what."""


@dataclass(frozen=True)
class Stage:
    """What every benchmark gets. `quick` asks for little work: to see that it runs, not to know a figure."""

    database_url: str
    redis_url: str
    quick: bool

    def rounds(self, full: int) -> int:
        return 1 if self.quick else full

    @contextmanager
    def web(self) -> Iterator[int]:
        """Run one daphne, with the command line of `make run`; yield its port."""
        with self.server() as (port, _process):
            yield port

    @contextmanager
    def server(self, application: str = "") -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
        """Run one daphne, with another application if one is named; yield its port and its process."""
        port = free_port()
        command = [*Stack(port=port).processes()["web"]]
        if application:
            command[-1] = application
        with running("daphne", command) as process:
            _wait_until(lambda: _answers(port), process)
            yield port, process

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run one Celery worker, with the command line of `make run`; it needs some seconds before it works."""
        with running("worker", Stack().processes()["worker"]) as process:
            yield process

    @contextmanager
    def background(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run worker, sender and beat, with the command lines of `make run`; yield the sender."""
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            commands = Stack(folder=Path(folder)).processes()
            names = ("worker", "sender", "beat")
            processes = {name: stack.enter_context(running(name, commands[name])) for name in names}
            yield processes["sender"]

    @contextmanager
    def vendor(self) -> Iterator[SimulatorClient]:
        """Run a vendor simulator; processes that are started meanwhile take it for the vendors."""
        with SimulatorProcess() as process, process.client() as client:
            os.environ["VENDOR_API_URL"] = process.base_url  # noqa: TID251
            try:
                yield client
            finally:
                del os.environ["VENDOR_API_URL"]  # noqa: TID251


@contextmanager
def stage(*, quick: bool) -> Iterator[Stage]:
    """Make the database, put the environment in place for us and our children, and clean up. Raises UnableToMeasure."""
    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}  # noqa: TID251
    if not all(given.values()):
        raise UnableToMeasure("DATABASE_URL and REDIS_URL are not set: start this by `make bench`.")
    redis_url = urlsplit(given["REDIS_URL"])._replace(path=f"/{REDIS_DATABASE}").geturl()
    url = make_conninfo(given["DATABASE_URL"], dbname=DATABASE)
    os.environ.update(  # noqa: TID251
        DATABASE_URL=url,
        REDIS_URL=redis_url,
        CHANNEL_PREFIX=f"bench{os.getpid()}",
        DJANGO_SETTINGS_MODULE="inbox.settings",
        DEBUG="0",
        STATICFILES_MANIFEST="0",
        EMAIL_URL="memorymail://",
        LOG_LEVEL="WARNING",
    )
    with _own_redis(redis_url), _own_database(given["DATABASE_URL"]):
        yield Stage(url, redis_url, quick)


@contextmanager
def _own_database(server: str) -> Iterator[None]:
    _drop_database(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    try:
        yield
    finally:
        _drop_database(server)


def _drop_database(server: str) -> None:
    """Drop our database with whoever is connected; the server's own autovacuum is waited for."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
    give_up_at = time.monotonic() + _PATIENCE
    with psycopg.connect(server, autocommit=True) as connection:
        while True:
            try:
                connection.execute(drop)
                return
            except psycopg.errors.InsufficientPrivilege:
                if time.monotonic() > give_up_at:
                    raise
            time.sleep(0.2)


@contextmanager
def _own_redis(url: str) -> Iterator[None]:
    """Empty our Redis database before and after, unless it holds something that is not ours."""
    with redis.Redis.from_url(url) as client:
        if client.dbsize() and not client.exists(_OURS):
            raise UnableToMeasure(f"Redis database {REDIS_DATABASE} is in use; the benchmarks want it for themselves.")
        client.flushdb()
        client.set(_OURS, 1)
        try:
            yield
        finally:
            client.flushdb()


@contextmanager
def running(name: str, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the block ends; its last words are shown if it has ended before."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, start_new_session=True)
        try:
            yield process
            if process.poll() is not None:
                raise UnableToMeasure(f"{name} ended by itself:\n{last_lines(log)}")
        except Exception as error:
            error.add_note(f"The last words of {name}:\n{last_lines(log) or '(none)'}")
            raise
        finally:
            _end(process)


def kill_busiest(worker: subprocess.Popen[bytes]) -> None:
    """End the child of a worker that has used most processor time, with no chance to tidy up."""
    children = psutil.Process(worker.pid).children()
    if not children:
        raise UnableToMeasure("The worker has no process to kill.")
    busiest = max(children, key=lambda child: sum(child.cpu_times()[:2]))
    os.kill(busiest.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own, so this is only its children
        process.wait()


def _wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + _PATIENCE
    while not condition():
        if process.poll() is not None or time.monotonic() > give_up_at:
            raise UnableToMeasure("A process of the product did not start.")
        time.sleep(0.05)


def _answers(port: int) -> bool:

    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
