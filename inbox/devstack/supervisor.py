"""`make run`: the embedded servers, the preparations, then all processes until Ctrl-C or until one of them dies.

One supervisor per data folder. Whatever way it ends, no child stays behind: what a killed supervisor could not stop,
the next one stops first.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import NoReturn

import psutil
from honcho.manager import Manager

from .console import Printer, announce_when_ready, step
from .processes import UnableToStart, stop, why_not_free
from .servers import embedded_servers
from .stack import MARK, ROOT, Stack

LISTENING_SECONDS = 0.5


def run(stack: Stack) -> int:
    """Run the stack until it is told to stop; return the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    stack.folder.mkdir(parents=True, exist_ok=True)
    with _only_one(stack), ExitStack() as cleanup:
        _stop_children(stack, "left by an earlier run")
        _check_ports(stack)
        print("Starting Switchboard", flush=True)
        with step("PostgreSQL and Valkey"):
            servers = cleanup.enter_context(embedded_servers(stack.folder))
        environ = stack.environ() | servers.environ
        # Before the preparations: a signal that comes as one starts leaves nobody who knows its process.
        cleanup.callback(_stop_children, stack, "that did not stop in time")
        for words, command in stack.preparations().items():
            _prepare(words, command, environ)
        return _supervise(stack, environ)


def _leave(signum: int, frame: object) -> NoReturn:
    raise SystemExit(128 + signum)


@contextmanager
def _only_one(stack: Stack) -> Iterator[None]:
    """Hold the folder's run lock. A record lock: unlike flock's, children do not inherit it."""
    with (stack.folder / "run.lock").open("a+") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid, _, url = lock.read().partition(" ")
            raise UnableToStart(
                f"Switchboard already runs from this folder, at {url} (process {pid}).\n"
                f"Stop that one first: Ctrl-C in its terminal, or `kill {pid}`."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()} {stack.url}")
        lock.flush()
        yield


def _stop_children(stack: Stack, which: str) -> None:
    """Stop whatever carries this folder's mark in its environment."""
    children = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(stack.folder):
                children.append(process)
    if children:
        print(f"Stopping {len(children)} processes {which}", flush=True)
        stop(children, signal.SIGTERM, patience=5)


def _check_ports(stack: Stack) -> None:
    problems = [
        f"The {name} cannot have port {port}: {reason}."
        for name, port, host in (("web", stack.port, stack.host), ("simulator", stack.simulator_port, "127.0.0.1"))
        if (reason := why_not_free(port, host))
    ]
    if problems:
        problems.append("Choose other ports:  make run PORT=8100 SIMULATOR_PORT=8101")
        raise UnableToStart("\n".join(problems))


def _prepare(words: str, command: Sequence[str], environ: dict[str, str]) -> None:
    """Run one preparation; its output matters only if it fails."""
    with step(words):
        result = _run(command, environ)
        if applied := result.stdout.count("  Applying "):
            print(f"{applied} applied, ", end="")
    if result.returncode != 0:
        raise UnableToStart(f"{shlex.join(command)} failed:\n{result.stdout}")


def _finish(stack: Stack, environ: dict[str, str]) -> None:
    """Run what wants the product up; a failure is shown, and leaves it up."""
    for words, command in stack.once_up().items():
        result = _run(command, environ)
        if result.returncode != 0:
            print(f"{words}: {shlex.join(command)} failed:\n{result.stdout}", flush=True)


def _run(command: Sequence[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    with subprocess.Popen(
        command, env=environ, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            while True:
                # Not for ever: a signal that comes just before a read that waits would be heard after it.
                with suppress(subprocess.TimeoutExpired):
                    output, _errors = process.communicate(timeout=LISTENING_SECONDS)
                    return subprocess.CompletedProcess(command, process.returncode, output)
        except BaseException:
            process.kill()
            raise


class _Manager(Manager):  # type: ignore[misc]
    """Honcho's manager, which cannot stop a child whose pid it has not heard yet: so told to stop early, it waits."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._is_complete = self._is_told_to_stop = False

    def terminate(self) -> None:
        self._is_told_to_stop = True
        if self._is_complete:
            super().terminate()

    def complete(self) -> None:
        """Learn that every child runs."""
        self._is_complete = True
        if self._is_told_to_stop:
            super().terminate()


def _supervise(stack: Stack, environ: dict[str, str]) -> int:
    processes = stack.processes()

    def when_all_run() -> None:
        # Not earlier: honcho forks to start a child, and a fork wants no threads.
        announce_when_ready(stack, first=partial(_finish, stack, environ))
        manager.complete()

    printer = Printer(expected=len(processes), when_all_run=when_all_run)
    manager = _Manager(printer)
    for name, command in processes.items():
        # `exec`: no shell stays between honcho and the program.
        manager.add_process(name, f"exec {shlex.join(command)}", env=environ, cwd=str(ROOT))
    print(f"  {', '.join(processes)} …", flush=True)
    manager.loop()
    for watcher in multiprocessing.active_children():
        watcher.join(timeout=5)
    if printer.fallen:
        print(printer.obituary(), flush=True)
        return 1
    print("Stopped.", flush=True)
    return 0
