"""What `make run` brings up: where it listens, what runs once before, and what runs all the time.

Change a command line here and nowhere else. `supervisor` executes the two tables; `environ` is what each child sees.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".devstack"
# Servers without demo data: for tests, as fast as can be; for measurements, as safe as in production.
SCRATCH, DURABLE = FOLDER / "scratch", FOLDER / "durable"
# Marks the children of one folder's stack, so that those a killed supervisor left behind can be found.
MARK = "SWITCHBOARD_DEVSTACK"

Commands = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Stack:
    """The addresses and the data folder of one running product."""

    folder: Path = FOLDER
    host: str = "127.0.0.1"
    port: int = 8000
    simulator_port: int = 8001

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the inbox."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def simulator_url(self) -> str:
        """Where the adapters find the vendors."""
        return f"http://127.0.0.1:{self.simulator_port}"

    def preparations(self) -> Commands:
        """What has to succeed once, in this order, before anything runs."""
        manage = [sys.executable, str(ROOT / "manage.py")]
        return {"migrations": [*manage, "migrate", "--no-color"], "demo data": [*manage, "seed_demo", "--no-color"]}

    def processes(self) -> Commands:
        """What runs until Ctrl-C."""
        python = [sys.executable, "-m"]
        # On a machine where everybody is root, the worker's warning against it helps nobody.
        celery = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery", "-A", "inbox", "--quiet"]
        schedule, state = str(self.folder / "beat-schedule"), str(self.folder / "simulator.json")
        return {
            "web": [
                *(*python, "inbox.lib.web_server", "-b", self.host, "-p", str(self.port), "-v", "0"),
                "inbox.asgi:application",
            ],
            "worker": [*celery, "worker", "-n", "worker@%h", "-Q", "inbound,slow", "-c", "2", "--loglevel", "WARNING"],
            # Apart, so that a vendor that answers slowly holds up nothing that arrives.
            "sender": [*celery, "worker", "-n", "sender@%h", "-Q", "outbound", "-c", "2", "--loglevel", "WARNING"],
            # Waits for processes that convert files, and for vendors that send them: threads are enough.
            "media": [*celery, "worker", "-n", "media@%h", "-Q", "media", "-P", "threads", "-c", "2", "-l", "WARNING"],
            "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", schedule],
            "simulator": [*python, "inbox.devstack.simulator", "--port", str(self.simulator_port), "--state", state],
        }

    def once_up(self) -> Commands:
        """What runs once, in this order, as soon as the web answers; only then is the product called ready."""
        return {"phones": [sys.executable, str(ROOT / "manage.py"), "introduce_demo", "--no-color"]}

    def environ(self) -> dict[str, str]:
        """What the children see: our defaults, then whatever the person has set, then what must be so."""
        defaults = {
            **_secrets(self.folder / "secrets.json"),
            "SITE_URL": self.url,
            "SIMULATOR_URL": self.simulator_url,
            "VENDOR_API_URL": self.simulator_url,
            "MEDIA_ROOT": str(self.folder / "media"),
        }
        fixed = {"DJANGO_SETTINGS_MODULE": "inbox.settings", "DEBUG": "1", "PYTHONUNBUFFERED": "1"}
        # Vendors may have to be reached through a proxy; the simulator is on this machine.
        direct = ",".join(filter(None, [os.environ.get("NO_PROXY", ""), "127.0.0.1", "localhost", "::1"]))
        fixed |= {"NO_PROXY": direct, "no_proxy": direct}
        return defaults | dict(os.environ) | fixed | {MARK: str(self.folder)}


def _secrets(file: Path) -> dict[str, str]:
    """Read this folder's secrets, made up on first use: data encrypted yesterday must be readable today."""
    if not file.exists():
        made_up = {"SECRET_KEY": secrets.token_urlsafe(50), "CREDENTIAL_KEYS": Fernet.generate_key().decode()}
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made_up, indent=1))
        draft.rename(file)
    return dict(json.loads(file.read_text()))
