"""The command line: `python -m inbox.devstack [run]`, and `… exec -- <command>` with only the servers up."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

from .processes import UnableToStart
from .servers import discard, embedded_servers
from .stack import DURABLE, FOLDER, SCRATCH, Stack
from .supervisor import run


def main(arguments: list[str]) -> int:
    """Obey the command line; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments or ["run"])
    if options.verb == "run":
        return run(Stack(host=options.host, port=options.port, simulator_port=options.simulator_port))
    if options.verb == "clean":
        discard(FOLDER)
        return 0
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("exec wants a command after `--`")
    return _execute(command, durable=options.durable)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inbox.devstack", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    runs = verbs.add_parser("run", help="start everything and stay until Ctrl-C")
    runs.add_argument("--host", default=Stack.host, help="where the web listens (default %(default)s)")
    runs.add_argument("--port", default=Stack.port, type=int)
    runs.add_argument("--simulator-port", default=Stack.simulator_port, type=int)
    verbs.add_parser("clean", help="delete all data of the embedded servers")
    executes = verbs.add_parser("exec", help="run one command with PostgreSQL and Valkey of its own up")
    executes.add_argument("--durable", action="store_true", help="write as safely as in production (for measurements)")
    executes.add_argument("command", nargs=argparse.REMAINDER, help="after `--`")
    return parser


def _execute(command: list[str], *, durable: bool) -> int:
    """Run one command with servers that hold no demo data, and pass its exit code on."""
    with embedded_servers((DURABLE if durable else SCRATCH), durable=durable) as servers:
        child = subprocess.Popen(command, env=dict(os.environ) | servers.environ)
        # Ctrl-C reaches the child as well; it decides what to do, and the servers stay up until it has.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda signum, frame: child.send_signal(signum))
        code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        sys.exit(main(sys.argv[1:]))
    except UnableToStart as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
