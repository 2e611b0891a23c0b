"""Downloads: for members only, in ranges, and never as something that a browser would run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from inbox.media import serving
from inbox.media.actions import make_previews, store_file
from inbox.media.models import MediaFile
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.world import World

from . import samples

ClientOf = Callable[[Membership], Client]


def kept(world: World, content: bytes, filename: str) -> MediaFile:
    return store_file(workspace_id=world.lotus.pk, content=content, filename=filename)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def letters(world: World) -> MediaFile:
    return kept(world, b"abcdefghijklmnopqrstuvwxyz", "letters.txt")


def test_a_member_gets_the_file_and_nobody_else(world: World, client_of: ClientOf, letters: MediaFile) -> None:
    url = letters.url(world.lotus.slug)
    answer = client_of(world.amy).get(url)
    assert (answer.status_code, body(answer)) == (200, b"abcdefghijklmnopqrstuvwxyz")
    assert answer["Content-Length"] == "26"
    assert answer["Cache-Control"] == "private, max-age=3600"
    stranger = client_of(world.sam)
    assert stranger.get(url).status_code == 404
    for name in ("file", "thumbnail", "preview"):
        arguments = [world.bakery.slug, letters.pk, *(["letters.txt"] if name == "file" else [])]
        assert stranger.get(reverse(f"media:{name}", args=arguments)).status_code == 404
    assert Client().get(url).status_code == 302
    assert client_of(world.amy).post(url).status_code == 405
    assert client_of(world.amy).get(reverse("media:file", args=[world.lotus.slug, 999_999, "x"])).status_code == 404


RANGES: list[tuple[dict[str, str], int, bytes, str | None]] = [
    ({"Range": "bytes=0-4"}, 206, b"abcde", "bytes 0-4/26"),
    ({"Range": "bytes=24-"}, 206, b"yz", "bytes 24-25/26"),
    ({"Range": "bytes=-3"}, 206, b"xyz", "bytes 23-25/26"),
    ({"Range": "bytes=-100"}, 206, b"abcdefghijklmnopqrstuvwxyz", "bytes 0-25/26"),
    ({"Range": "bytes=20-100"}, 206, b"uvwxyz", "bytes 20-25/26"),
    ({"Range": "bytes=0-"}, 206, b"abcdefghijklmnopqrstuvwxyz", "bytes 0-25/26"),
    ({"Range": "bytes=2-25"}, 206, b"cdefghijklmnopqrstuvwxyz", "bytes 2-25/26"),
    ({"Range": "bytes=26-"}, 416, b"", "bytes */26"),
    ({"Range": "bytes=-0"}, 416, b"", "bytes */26"),
    ({"Range": "bytes=5-2"}, 416, b"", "bytes */26"),
    ({"Range": "bytes=0-1,4-5"}, 200, b"abcdefghijklmnopqrstuvwxyz", None),
    ({"Range": "letters=0-1"}, 200, b"abcdefghijklmnopqrstuvwxyz", None),
    ({"Range": "bytes=-"}, 200, b"abcdefghijklmnopqrstuvwxyz", None),
    ({"Range": "bytes=0-4", "If-Range": "CURRENT"}, 206, b"abcde", "bytes 0-4/26"),
    ({"Range": "bytes=0-4", "If-Range": '"older"'}, 200, b"abcdefghijklmnopqrstuvwxyz", None),
    ({"If-None-Match": "CURRENT"}, 304, b"", None),
    ({"If-None-Match": '"older", W/CURRENT'}, 304, b"", None),
    ({"If-None-Match": '"older"'}, 200, b"abcdefghijklmnopqrstuvwxyz", None),
]


def test_ranges(
    world: World,
    client_of: ClientOf,
    letters: MediaFile,
    monkeypatch: pytest.MonkeyPatch,
    subtests: pytest.Subtests,
) -> None:
    monkeypatch.setattr(serving, "_PIECE", 8)
    browser, url = client_of(world.amy), letters.url(world.lotus.slug)
    for headers, status, content, span in RANGES:
        with subtests.test(headers):
            sent = {name: value.replace("CURRENT", f'"{letters.sha256}"') for name, value in headers.items()}
            answer = browser.get(url, headers=sent)
            assert (answer.status_code, body(answer), answer.headers.get("Content-Range")) == (status, content, span)
            assert answer["ETag"] == f'"{letters.sha256}"'
            assert answer["Accept-Ranges"] == "bytes"
            head = browser.head(url, headers=sent)
            assert (head.status_code, body(head)) == (status, b"")
            if status in (200, 206):
                assert int(head["Content-Length"]) == len(content)


# (content, name, served as, shown in place)
SHOWN = [
    (partial(samples.picture, "JPEG"), "photo.jpg", "image/jpeg", True),
    (partial(samples.picture, "WEBP"), "photo.webp", "image/webp", True),
    (partial(samples.sound, "ogg", "libopus"), "voice.ogg", "audio/ogg", True),
    (samples.film, "film.mp4", "video/mp4", True),
    (lambda: samples.PDF, "paper.pdf", "application/pdf", True),
    (partial(samples.picture, "TIFF"), "scan.tiff", "image/tiff", False),
    (lambda: samples.SVG, "logo.svg", "application/octet-stream", False),
    (lambda: samples.SVG, "logo.png", "application/octet-stream", False),
    (lambda: samples.HTML, "page.jpg", "application/octet-stream", False),
    (lambda: samples.EXE, "tool.pdf", "application/vnd.microsoft.portable-executable", False),
    # A picture that is an archive as well, which a browser would take for neither page nor program.
    (
        lambda: samples.picture("JPEG") + samples.archive("page.html", content=samples.HTML),
        "a.html",
        "image/jpeg",
        True,
    ),
    (lambda: b"GIF89a/*" + b"\x01" * 30 + b"*/=1;alert(1)//", "trick.gif", "image/gif", False),
]


def test_only_what_is_harmless_is_shown_in_place(world: World, client_of: ClientOf, subtests: pytest.Subtests) -> None:
    browser = client_of(world.amy)
    for content, filename, served_as, inline in SHOWN:
        file = store_file(workspace_id=world.lotus.pk, content=content(), filename=filename, keep_damaged=True)
        with subtests.test(filename):
            answer = browser.get(file.url(world.lotus.slug))
            assert (answer.status_code, answer["Content-Type"]) == (200, served_as)
            assert answer["Content-Disposition"].partition(";")[0] == ("inline" if inline else "attachment")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
            saved = browser.get(file.url(world.lotus.slug), {"download": "1"})
            assert saved["Content-Disposition"].startswith("attachment")


NAMES = [
    ("price list.pdf", 'inline; filename="price list.pdf"'),
    ("報價.pdf", "inline; filename*=utf-8''%E5%A0%B1%E5%83%B9.pdf"),
    ('a"b\r\nX: y.pdf', 'inline; filename="a_b X_ y.pdf"'),
]


def test_names_of_downloads(world: World, client_of: ClientOf) -> None:
    browser = client_of(world.amy)
    for filename, disposition in NAMES:
        file = kept(world, samples.PDF, filename)
        assert browser.get(file.url(world.lotus.slug))["Content-Disposition"] == disposition


def test_small_pictures_and_forms_that_play(world: World, client_of: ClientOf) -> None:
    browser, slug = client_of(world.amy), world.lotus.slug

    def get(name: str, file: MediaFile) -> HttpResponseBase:
        return browser.get(reverse(f"media:{name}", args=[slug, file.pk]))

    photo = kept(world, samples.noise("PNG", (800, 400)), "photo.png")
    scan = kept(world, samples.picture("TIFF"), "scan.tiff")
    paper = kept(world, samples.PDF, "paper.pdf")
    early = get("thumbnail", photo)
    assert (early["Content-Type"], "no-store" in early["Cache-Control"]) == ("image/png", True)
    assert get("thumbnail", scan).status_code == 404
    assert get("preview", scan).status_code == 404
    assert get("preview", paper)["Content-Type"] == "application/pdf"
    for file in (photo, scan):
        make_previews(workspace_id=world.lotus.pk, file_id=file.pk)
    for file in (photo, scan):
        assert get("thumbnail", file)["Content-Type"] == "image/webp"
    assert get("preview", photo)["Content-Type"] == "image/png"
    assert get("preview", scan)["Content-Type"] == "image/jpeg"


def test_a_row_without_bytes_is_not_found(world: World, client_of: ClientOf) -> None:
    with scope(world.lotus.pk):
        lost = MediaFile.objects.create(
            workspace=world.lotus,
            sha256="0" * 64,
            size=1,
            mime_type="application/pdf",
            filename="a.pdf",
            kind="document",
        )
    assert client_of(world.amy).get(lost.url(world.lotus.slug)).status_code == 404
