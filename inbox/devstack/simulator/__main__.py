"""`python -m inbox.devstack.simulator --port 8001 [--host 127.0.0.1] [--state FILE.json]`."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from .server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inbox.devstack.simulator", description="Vendor simulator")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one and prints it")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, metavar="FILE.json", help="keep numbers, people and chats in this file")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s simulator %(levelname)s %(message)s")
    if not serve(options.host, options.port, options.state):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
