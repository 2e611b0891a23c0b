"""A PostgreSQL server that one test has for itself, and may kill. It begins with what the test's database holds."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inbox.devstack import postgres
from inbox.devstack.processes import processes_in
from inbox.devstack.processes import stop as stop_processes
from inbox.workspaces.tenancy import PLATFORM_SETTING

from .processes import database_url


class OwnDatabase:
    """Stays at its address when it is started again. What it has committed is on disk."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "postgres"
        self.url = ""

    def start(self) -> None:
        """Return when it answers, after it has recovered if it was killed."""
        self.url = postgres.ensure_running(self._data, durable=True)

    def kill(self) -> None:
        """End the server and all its processes at once, with no chance to tidy up."""
        stop_processes(processes_in(self._data, postgres.PROGRAM), signal.SIGKILL)

    def stop(self) -> None:
        postgres.stop(self._data)

    def take_over(self) -> None:
        """Hold from now on what the test's database has committed: tables, their rules and their rows."""
        everything = os.environ | {"PGOPTIONS": f"-c {PLATFORM_SETTING}=on"}
        dump = ["pg_dump", "--no-owner", "--no-comments", "--enable-row-security", database_url()]
        # A function of search carries a setting of pg_trgm, which only exists once one of its own was called.
        restore = ["psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        restore += ["--command=SELECT show_limit()", "--file=-", self.url]
        with subprocess.Popen(_program(*dump), env=everything, stdout=subprocess.PIPE) as dumping:
            subprocess.run(_program(*restore), stdin=dumping.stdout, stdout=subprocess.DEVNULL, check=True)
        assert dumping.returncode == 0, "the test's database was not read to its end"


@contextmanager
def own_database() -> Iterator[OwnDatabase]:
    with tempfile.TemporaryDirectory(prefix="switchboard-", dir="/tmp") as folder:  # a socket's path must be short
        database = OwnDatabase(Path(folder).resolve())
        try:
            database.start()
            yield database
        finally:
            database.stop()


def _program(name: str, *arguments: str) -> list[str]:
    return [str(postgres.programs() / name), *arguments]
