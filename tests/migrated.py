"""A database with every migration applied, made once for a run, while the workers collect. Their own are copies of it.

Each migrating for itself took eight seconds of a processor for each worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
NAME = "TEST_TEMPLATE"


@contextmanager
def migrating(name: str) -> Iterator[None]:
    """Make it in the background; in the end there is none."""
    _on_the_server("CREATE DATABASE {}", _unfinished(name))
    environ = os.environ | {"DATABASE_URL": _address(_unfinished(name))}
    process = subprocess.Popen([sys.executable, "manage.py", "migrate", "--verbosity=0"], env=environ, cwd=ROOT)

    def finish() -> None:
        if process.wait() == 0:
            _on_the_server("ALTER DATABASE {} RENAME TO {}", _unfinished(name), name)
        else:
            _on_the_server("DROP DATABASE {}", _unfinished(name))

    finishing = threading.Thread(target=finish)
    finishing.start()
    try:
        yield
    finally:
        process.kill()
        finishing.join()
        _on_the_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def wait_until_migrated(name: str) -> None:
    """Return when it can be copied. Raises RuntimeError if it will never be."""
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        found = "SELECT datname FROM pg_database WHERE datname IN (%s, %s)"
        while (row := server.execute(found, [name, _unfinished(name)]).fetchone()) != (name,):
            if row is None:
                raise RuntimeError("The migrations of the test database failed; the error stands above.")
            time.sleep(0.05)


def _unfinished(name: str) -> str:
    return f"{name}_unfinished"


def _address(database: str) -> str:
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{database}").geturl()


def _on_the_server(statement: str, *names: str) -> None:
    with psycopg.connect(_address("postgres"), autocommit=True) as server:
        server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
