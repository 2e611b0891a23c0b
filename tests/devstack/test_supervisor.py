"""The supervisor: starts a table of processes, keeps them together, and explains itself. Needs no Django."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from inbox.devstack.processes import free_port
from inbox.devstack.stack import MARK

ROOT = Path(__file__).resolve().parents[2]
SUPERVISE = """if True:
    import json, sys
    from pathlib import Path
    from inbox.devstack.processes import UnableToStart
    from inbox.devstack.stack import Stack
    from inbox.devstack.supervisor import run
    folder, port, simulator_port, *tables = sys.argv[1:]
    preparations, processes, once_up = map(json.loads, tables)
    class StackUnderTest(Stack):
        def preparations(self):
            return preparations
        def processes(self):
            return processes
        def once_up(self):
            return once_up
    try:
        sys.exit(run(StackUnderTest(folder=Path(folder), port=int(port), simulator_port=int(simulator_port))))
    except UnableToStart as problem:
        sys.exit(str(problem))
"""
WEB = """if True:
    import sys
    from http.server import BaseHTTPRequestHandler, HTTPServer
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
Table = dict[str, list[str]]


def python(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", program, *arguments]


def sleeper() -> list[str]:
    return python("import time; print('awake', flush=True); time.sleep(60)")


class Run:
    """One supervisor under test, with its output in a file."""

    def __init__(
        self,
        folder: Path,
        *,
        processes: Table,
        preparations: Table | None = None,
        once_up: Table | None = None,
        port: int = 0,
    ) -> None:
        self.port = port or free_port()
        self.output = folder / f"output-{time.monotonic_ns()}"
        tables = [json.dumps(table) for table in (preparations or {}, processes, once_up or {})]
        arguments = [str(self.port), str(free_port()), *tables]
        # The servers are not this file's subject.
        elsewhere = ["env", "DATABASE_URL=postgresql://elsewhere/db", "REDIS_URL=redis://elsewhere/0"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*elsewhere, *python(SUPERVISE, str(folder / "stack"), *arguments)],
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.text or self.process.poll() is not None)
        assert words in self.text, self.text

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def exit_code(self) -> int:
        return self.process.wait(timeout=15)


def wait_until(condition: Callable[[], object], *, seconds: float = 15) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition() and time.monotonic() < give_up_at:
        time.sleep(0.02)


def marked(folder: Path) -> list[psutil.Process]:
    """List the living children of the folder's stack, whoever their parent is."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(**details: object) -> Run:
        runs.append(Run(tmp_path, **details))  # type: ignore[arg-type]
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(timeout=15)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_everything(start: Callable[..., Run], sent: signal.Signals) -> None:
    run = start(processes={"one": sleeper(), "two": sleeper()})
    run.wait_for("one    | awake")
    run.wait_for("two    | awake")
    children = run.children()
    run.process.send_signal(sent)
    assert run.exit_code() == 0
    assert all_gone(children)
    assert run.text.endswith("Stopped.\n")


def test_a_signal_that_comes_very_early_leaves_nobody_behind(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start(processes={"one": sleeper(), "two": sleeper()})
    run.wait_for("one, two …")
    run.process.send_signal(signal.SIGTERM)
    assert run.exit_code() in {0, 128 + signal.SIGTERM}
    assert marked(tmp_path / "stack") == []


def test_a_child_that_dies_brings_all_down_and_is_named_with_its_last_words(start: Callable[..., Run]) -> None:
    run = start(processes={"steady": sleeper(), "frail": python("import sys, time; time.sleep(.5); sys.exit('ouch')")})
    run.wait_for("awake")
    children = run.children()
    assert run.exit_code() == 1
    assert all_gone(children)
    assert "`frail` ended by itself (exit code 1)" in run.text
    assert run.text.endswith("  ouch\n")


def test_a_busy_port_is_told_with_its_holder_before_anything_starts(start: Callable[..., Run]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        run = start(processes={"one": sleeper()}, port=holder.getsockname()[1])
        assert run.exit_code() == 1
    assert f"The web cannot have port {run.port}: it is in use by process {os.getpid()}" in run.text
    assert "make run PORT=8100 SIMULATOR_PORT=8101" in run.text
    assert "awake" not in run.text


def test_a_second_run_in_the_same_folder_is_told_so(start: Callable[..., Run]) -> None:
    first = start(processes={"one": sleeper()})
    first.wait_for("awake")
    second = start(processes={"one": sleeper()})
    assert second.exit_code() == 1
    assert (
        f"already runs from this folder, at http://127.0.0.1:{first.port} (process {first.process.pid})" in second.text
    )
    assert first.process.poll() is None


def test_children_of_a_killed_supervisor_are_stopped_by_the_next_run(start: Callable[..., Run]) -> None:
    killed = start(processes={"one": sleeper()})
    killed.wait_for("awake")
    orphans = killed.children()
    killed.process.kill()
    killed.process.wait(timeout=5)
    successor = start(processes={"one": sleeper()})
    successor.wait_for("awake")
    assert "left by an earlier run" in successor.text
    wait_until(lambda: all_gone(orphans))
    assert all_gone(orphans)


def test_a_failed_preparation_shows_its_output_and_starts_nothing(start: Callable[..., Run]) -> None:
    run = start(
        preparations={"migrations": python("import sys; sys.exit('no such table')")}, processes={"one": sleeper()}
    )
    assert run.exit_code() == 1
    assert "no such table" in run.text
    assert "awake" not in run.text


def test_a_signal_during_a_preparation_stops_it(start: Callable[..., Run]) -> None:
    run = start(preparations={"migrations": sleeper()}, processes={"one": sleeper()})
    run.wait_for("migrations")
    wait_until(run.children)
    children = run.children()
    run.process.terminate()
    assert run.exit_code() == 128 + signal.SIGTERM
    assert all_gone(children)


def test_children_find_their_servers_vendors_and_secrets(start: Callable[..., Run], tmp_path: Path) -> None:
    program = "import json, os; print(json.dumps(dict(os.environ)))"
    told = []
    for _ in range(2):
        run = start(processes={"env": python(program)})
        run.exit_code()
        told.append(json.loads(run.text.split("env    | ")[1].splitlines()[0]))
    first, second = told
    assert first["DATABASE_URL"] == "postgresql://elsewhere/db"
    assert first["VENDOR_API_URL"] == first["SIMULATOR_URL"]
    assert first["SITE_URL"].startswith("http://127.0.0.1:")
    assert first["CREDENTIAL_KEYS"] == second["CREDENTIAL_KEYS"]
    assert (tmp_path / "stack" / "secrets.json").stat().st_mode & 0o077 == 0


def test_the_frame_appears_once_the_web_answers(start: Callable[..., Run]) -> None:
    port = free_port()
    run = start(
        processes={"web": python(WEB, str(port))},
        once_up={"phones": python("import sys; sys.exit('nobody picks up')")},
        port=port,
    )
    run.wait_for("Switchboard is ready in ")
    assert f"http://127.0.0.1:{port}/admin/" in run.text
    assert run.text.index("nobody picks up") < run.text.index("is ready in")
