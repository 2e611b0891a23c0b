"""Real PostgreSQL and Valkey for the whole run. Loaded with `-p`, because settings read the environment early.

The controller starts the servers once (unless DATABASE_URL and REDIS_URL name others) and xdist's workers inherit
their addresses. Each worker has its own test database (pytest-django), its own Redis database and channel prefix.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from xdist.remote import Producer

from inbox.devstack.servers import discard, embedded_servers
from inbox.lib.memory import settle

from . import migrated
from .sharing_out import SharingOut

_running = ExitStack()


def _prepare_environment() -> None:
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        # A folder for each run, so that two runs at a time do not disturb each other.
        folder = Path(__file__).resolve().parent.parent / ".devstack" / f"test-{os.getpid()}"
        _running.callback(discard, folder)
        os.environ.update(_running.enter_context(embedded_servers(folder, durable=False)).environ)
        os.environ["MEDIA_ROOT"] = str(folder / "media")
    os.environ.setdefault("MEDIA_ROOT", str(Path(tempfile.gettempdir()) / "switchboard-test-media"))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    number = int(worker.removeprefix("gw"))
    server, _slash, _database = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{server}/{number + 1}"
    os.environ["CHANNEL_PREFIX"] = f"test-{worker}"
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost,::1"
    os.environ["DEBUG"] = "0"
    os.environ["STATICFILES_MANIFEST"] = "0"
    os.environ["EMAIL_URL"] = "memorymail://"
    os.environ.pop("SIMULATOR_URL", None)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("tx", None):  # this is xdist's controller
        os.environ[migrated.NAME] = name = f"migrated_{os.getpid()}"
        _running.enter_context(migrated.migrating(name))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharingOut:
    return SharingOut(config, log)


def pytest_collection_finish() -> None:
    """Thousands of tests and all they import stay until the end: the collector need not look through them."""
    settle()


# Not a pytest hook: those are not called when Django's own set-up fails.
atexit.register(_running.close)
_prepare_environment()
