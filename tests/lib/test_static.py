"""What production's storage makes of our static files."""

from __future__ import annotations

import json
import re
from pathlib import Path

from django.core.management import call_command
from pytest_django import Settings


def test_collected_modules_import_each_other_by_their_hashed_names(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "inbox.lib.static.ManifestStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)

    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    page = (tmp_path / names["js/inbox.js"]).read_text()
    imported = re.findall(r"""(?:import|from)\s*["']\./([^"']+)["']""", page)
    assert imported
    assert {f"js/{name}" for name in imported} <= set(names.values()) - set(names)
    # A text of somebody else's that mentions an import is left alone.
    theirs = "django_htmx/ext/hx-ws-2.min.js"
    assert (tmp_path / names[theirs]).read_bytes() == (tmp_path / theirs).read_bytes()
