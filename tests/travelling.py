"""Time travel for processes that run: `python -m tests.travelling FILE MODULE …` runs a module that goes by a clock.

The wall clock of the process and of its children is ahead by what stands in the file at that moment, so all that share
the file travel together. Monotonic clocks, and with them event loops and timeouts, are left alone, as are PostgreSQL,
which is asked for the time of log entries only, and Valkey.
"""

from __future__ import annotations

import mmap
import runpy
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

_BYTES = 8
_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """A clock that is set forward while those who go by it run. `file` is written, by nobody else."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead = timedelta(0)
        file.write_bytes(bytes(_BYTES))

    @property
    def launcher(self) -> tuple[str, str]:
        """What stands between `python -m` and the module."""
        return "tests.travelling", str(self._file)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, by: timedelta) -> None:
        """Set it forward. Whoever asks for the time from now on gets the new one."""
        self._ahead += by
        with self._file.open("r+b") as file:  # the same file: it is mapped
            file.write((self._ahead // _MICROSECOND).to_bytes(_BYTES, "little"))


def go_by(file: Path) -> None:
    """Let this process, and the children that it forks, go by the clock of a file."""
    with file.open("rb") as clock:
        ahead = mmap.mmap(clock.fileno(), _BYTES, access=mmap.ACCESS_READ)
    traveller = time_machine.travel(timedelta(0)).start()
    time.time()  # it ticks from the first question on
    ticking = traveller.time_ns
    traveller.time_ns = lambda: ticking() + int.from_bytes(ahead[:], "little") * 1000  # type: ignore[method-assign]


if __name__ == "__main__":
    _launcher, clock_file, *sys.argv = sys.argv
    go_by(Path(clock_file))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
