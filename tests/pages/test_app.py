"""What a device asks for when Switchboard is put on it."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image


def test_the_manifest_names_icons_of_the_sizes_it_says(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert {"any", "maskable"} == {icon["purpose"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path, icon["src"]
        with open(path, "rb") as file:
            assert "x".join(map(str, Image.open(BytesIO(file.read())).size)) == icon["sizes"]


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_offline_page_and_the_worker_are_everybodys(client: Client, language: str) -> None:
    page = client.get("/offline/", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'lang="{language}"' in page.content.decode()
    assert page.content.count(b'rel="stylesheet"') == 1, "the worker keeps one"
    worker = client.get("/service-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert worker["Cache-Control"] == "no-cache"
