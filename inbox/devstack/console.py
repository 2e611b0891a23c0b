"""What a person at the terminal sees: steps with their time, the children's lines, and the frame once all is ready."""

from __future__ import annotations

import re
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from honcho.manager import SYSTEM_PRINTER_NAME
from honcho.printer import Message
from honcho.printer import Printer as HonchoPrinter

from .logins import LOGINS
from .stack import Stack

STARTED = re.compile(r"^(?P<name>\S+) started \(pid=\d+\)$")
STOPPED = re.compile(r"^(?P<name>\S+) stopped \(rc=(?P<code>-?\d+)\)$")
SIGNALLED = re.compile(r"^SIG\w+ received$")
REMEMBERED_LINES = 15
# A machine's proxy knows nothing of what runs on the machine itself.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def step(words: str) -> Iterator[None]:
    """Print a step's name when it begins and its time when it is done."""
    began_at = time.monotonic()
    print(f"  {words} … ", end="", flush=True)
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - began_at:.1f} s", flush=True)


class Printer(HonchoPrinter):  # type: ignore[misc]
    """Honcho's printer, with what honcho says about itself put in our words and each child's last lines remembered."""

    def __init__(self, *, expected: int, when_all_run: Callable[[], None]) -> None:
        super().__init__(sys.stdout)
        self.stopping = False
        self.fallen: tuple[str, int] | None = None
        self.last_lines: dict[str, deque[str]] = {}
        self._expected = expected
        self._when_all_run = when_all_run

    def write(self, message: Message) -> None:
        """Print a child's line; listen to honcho's."""
        if message.name == SYSTEM_PRINTER_NAME:
            self._listen(message.data.strip())
            return
        line = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        self.last_lines.setdefault(message.name, deque(maxlen=REMEMBERED_LINES)).append(line.rstrip())
        if not self.stopping:
            super().write(message)

    def _listen(self, event: str) -> None:
        if STARTED.match(event):
            self._expected -= 1
            if self._expected == 0:
                self._when_all_run()
        elif SIGNALLED.match(event) and not self.stopping:
            self.stopping = True
            print("\nStopping …", flush=True)
        elif (stopped := STOPPED.match(event)) and not self.stopping and not self.fallen:
            self.fallen = stopped["name"], int(stopped["code"])
            self.stopping = True

    def obituary(self) -> str:
        """Say which child ended by itself, how, and its last words."""
        if not self.fallen:
            return ""
        name, code = self.fallen
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        lines = "\n".join(f"  {line}" for line in self.last_lines.get(name, ())) or "  (it had said nothing)"
        return f"\n`{name}` ended by itself ({how}), so everything was stopped. Its last lines:\n{lines}"


def announce_when_ready(stack: Stack, *, first: Callable[[], None]) -> None:
    """Once the web answers, do what comes first and print the summary; returns at once."""
    threading.Thread(target=_announce, args=(stack, first), daemon=True).start()


def _announce(stack: Stack, first: Callable[[], None]) -> None:
    give_up_at = time.monotonic() + 90
    while not _is_healthy(stack.url):
        if time.monotonic() > give_up_at:
            print(f"{stack.url}/healthz still does not answer; waiting no longer for it.", flush=True)
            return
        time.sleep(0.1)
    first()
    print(_summary(stack, seconds=time.time() - psutil.Process().create_time()), flush=True)


def _is_healthy(url: str) -> bool:
    try:
        with _DIRECT.open(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _summary(stack: Stack, *, seconds: float) -> str:
    columns = [max(map(len, column)) for column in zip(*LOGINS, strict=True)]
    logins = ["   ".join(map(str.ljust, login, columns)) for login in LOGINS]
    rows = [
        ("Inbox", f"{stack.url}/"),
        ("Phone", f"{stack.simulator_url}/phone/?view=four   play the customers"),
        ("Admin", f"{stack.url}/admin/"),
        *(("Log in", login) for login in logins),
        ("", "Ctrl-C stops everything; the data stays in .devstack"),
    ]
    lines = [f"Switchboard is ready in {seconds:.1f} s", "", *(f"{name:<8}{value}" for name, value in rows)]
    width = max(map(len, lines))
    return "\n".join(
        ["", f"┌{'─' * (width + 2)}┐", *(f"│ {line:<{width}} │" for line in lines), f"└{'─' * (width + 2)}┘", ""]
    )
