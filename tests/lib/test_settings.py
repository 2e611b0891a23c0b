"""No process of an installation starts with the keys that everybody can read in our source."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from tests.processes import ROOT

GOOD = {
    "DEBUG": "0",
    "SITE_URL": "https://inbox.example",
    "SECRET_KEY": "a-long-and-random-key-of-this-installation-0123456789",
    "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
    "CLAMAV_ADDRESS": "127.0.0.1:3310",
}


def start(module: str, **environ: str | None) -> str:
    """Import the module as a process does; return what it died of, or warns of."""
    kept = {name: value for name, value in os.environ.items() if name not in GOOD}
    wanted = {name: value for name, value in (GOOD | environ).items() if value is not None}
    code = f"import {module}; from django.conf import settings; settings.DEBUG"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **wanted}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == ("Traceback" not in done.stderr), done.stderr
    return done.stderr


@pytest.mark.parametrize("module", ["inbox.asgi", "inbox.celery"])
def test_development_keys_do_not_start_in_production(module: str) -> None:
    assert start(module) == ""
    assert "SECRET_KEY is the development key" in start(module, SECRET_KEY=None)
    assert "CREDENTIAL_KEYS holds the development key" in start(module, CREDENTIAL_KEYS=None)


def test_they_do_on_ones_own_machine() -> None:
    """Where the log says that nobody scans files for viruses."""
    local = {"SECRET_KEY": None, "CREDENTIAL_KEYS": None, "SITE_URL": "http://127.0.0.1:8000"}
    assert "files are not scanned for viruses" in start("inbox.asgi", **local, CLAMAV_ADDRESS="")
    assert start("inbox.asgi", **{**local, "SITE_URL": GOOD["SITE_URL"], "DEBUG": "1"}) == ""


def test_an_installation_is_checked_before_its_tables_change() -> None:
    (command,) = [
        line for line in (ROOT / "docker-compose.yml").read_text().splitlines() if "manage.py migrate" in line
    ]
    assert "check --deploy --database default --fail-level ERROR && exec python manage.py migrate" in command
