"""Files kept, found again, turned into others, and let go of."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from celery import current_app
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from inbox.lib import clock
from inbox.media import conversion, storage, tasks
from inbox.media.actions import (
    BeingPrepared,
    ConversionFailed,
    ExaminedUpload,
    FileRefused,
    Preparation,
    derived,
    discard_file,
    examined,
    make_previews,
    preparation_of,
    prepare,
    prepare_file,
    purge_expired,
    purge_files,
    request_preparation,
    store_file,
    sweep_previews,
)
from inbox.media.models import MediaFile
from inbox.workspaces.tenancy import platform_scope, scope
from media_converter.recipes import SOUND_PREVIEW, THUMBNAIL
from tests.world import World

from . import samples


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    media = {**settings.STORAGES["media"], "OPTIONS": {"location": str(tmp_path), "allow_overwrite": True}}
    settings.STORAGES = {**settings.STORAGES, "media": media}


def kept(world: World, content: bytes | ExaminedUpload, filename: str = "file", **more: Any) -> MediaFile:
    return store_file(workspace_id=world.lotus.pk, content=content, filename=filename, **more)


def on_disk(tmp_path: Path) -> list[str]:
    return sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())


@contextmanager
def unusable(file: MediaFile, tmp_path: Path) -> Iterator[None]:
    """While it lasts, the store neither opens nor deletes the bytes of the file."""
    path = tmp_path / storage.name_of(file.workspace_id, file.sha256)
    content = path.read_bytes()
    path.unlink()
    (path / "in the way").mkdir(parents=True)
    yield
    (path / "in the way").rmdir()
    path.rmdir()
    path.write_bytes(content)


def nobody(_workspace_id: int) -> list[int]:
    """No file is needed any more."""
    return []


def again(file: MediaFile) -> MediaFile:
    with scope(file.workspace_id):
        return MediaFile.objects.get(pk=file.pk)


def test_a_file_is_kept_as_what_it_is(world: World, tmp_path: Path) -> None:
    content = samples.picture("JPEG")
    file = kept(world, content, "holiday\u202e.png", declared_type="image/png", created_by=world.amy)
    digest = hashlib.sha256(content).hexdigest()
    assert (file.mime_type, file.kind, file.filename, file.size) == ("image/jpeg", "image", "holiday.jpg", len(content))
    assert (file.width, file.height, file.created_by) == (90, 60, world.amy)
    assert file.details["declared"] == {"filename": "holiday.png", "type": "image/png"}
    assert on_disk(tmp_path) == [f"{world.lotus.pk}/{digest[:2]}/{digest}"]
    with storage.opened(file.workspace_id, file.sha256) as bytes_again:
        assert bytes_again.read() == content


def test_what_was_declared_rightly_is_not_worth_a_note(world: World) -> None:
    upload = SimpleUploadedFile("voice.ogg", samples.sound("ogg", "libopus"), "audio/ogg; codecs=opus")
    file = store_file(
        workspace_id=world.lotus.pk, content=upload, filename="voice.ogg", declared_type="audio/ogg; codecs=opus"
    )
    assert "declared" not in file.details
    assert file.details["codecs"] == ["opus"]
    assert (file.probe.channels, file.probe.kind) == (1, "audio")
    assert "declared" not in kept(world, samples.PDF, "menu").details, "without an ending"


def test_the_same_bytes_are_kept_once_for_each_workspace(world: World, tmp_path: Path) -> None:
    first, second = kept(world, samples.PDF, "a.pdf"), kept(world, samples.PDF, "b.pdf")
    assert first.pk != second.pk
    assert len(on_disk(tmp_path)) == 1
    store_file(workspace_id=world.bakery.pk, content=samples.PDF, filename="c.pdf")
    assert len(on_disk(tmp_path)) == 2
    # What a crash cut off is written again.
    path = tmp_path / on_disk(tmp_path)[0]
    path.write_bytes(b"half")
    for workspace in (world.lotus, world.bakery):
        store_file(workspace_id=workspace.pk, content=samples.PDF, filename="d.pdf")
    assert path.read_bytes() == samples.PDF


@pytest.mark.parametrize(
    ("content", "filename", "words"),
    [
        (b"", "empty.pdf", "empty.pdf is empty: it has 0 bytes."),
        (b"x" * 3000, "large.bin", "large.bin is too large: a file may have at most 2.0\xa0KB."),
        (
            samples.picture("JPEG")[:400],
            "photo.jpg",
            "photo.jpg: It is damaged: it ends too early, or is not what it seems to be.",
        ),
        (
            samples.archive("x")[:1] + b"\x89PNG",
            "x" * 200 + "\u202e.pdf",
            None,
        ),
    ],
    ids=["0 bytes", "too large", "truncated", "no sense"],
)
def test_what_is_not_kept_says_why(
    world: World, settings: Settings, tmp_path: Path, content: bytes, filename: str, words: str | None
) -> None:
    settings.MEDIA_MAX_BYTES = 2048
    if words is None:
        assert kept(world, content, filename).kind == "document"
        return
    with pytest.raises(FileRefused) as refusal:
        kept(world, content, filename)
    assert str(refusal.value) == words
    assert on_disk(tmp_path) == []


def test_what_a_customer_sent_is_kept_even_if_it_cannot_be_opened(world: World) -> None:
    file = kept(world, samples.picture("JPEG")[:400], "photo.jpg", keep_damaged=True)
    assert (file.kind, file.mime_type, file.details["problem"]) == ("document", "image/jpeg", "damaged")
    assert not file.is_inline
    assert file.thumbnail_url("lotus") == ""


def test_previews_are_made_of_what_is_kept(world: World) -> None:
    photo = kept(world, samples.picture("HEIF", size=(800, 400)), "photo.heic")
    voice = kept(world, samples.sound("amr", "libopencore_amrnb"), "voice.amr")
    paper = kept(world, samples.PDF, "paper.pdf")
    for file in (photo, voice, paper):
        make_previews(workspace_id=world.lotus.pk, file_id=file.pk)
    with scope(world.lotus.pk):
        small = derived(file=photo, recipe=THUMBNAIL)
        playable = derived(file=voice, recipe=SOUND_PREVIEW)
        assert (small and (small.width, small.mime_type, small.filename)) == (320, "image/webp", "photo.webp")
        assert playable
        assert (playable.mime_type, playable.filename) == ("audio/mpeg", "voice.mp3")
        assert MediaFile.objects.filter(made_from=paper).count() == 0
    assert len(again(voice).details["waveform"]) == 64
    assert all(again(file).previews_at for file in (photo, voice, paper))
    assert make_previews(workspace_id=world.lotus.pk, file_id=photo.pk) is False, "once is enough"


def test_previews_that_were_forgotten_are_made_later(world: World) -> None:
    file = kept(world, samples.picture("PNG"), "photo.png")
    assert sweep_previews() == 0, "the wake-up may still come"
    with scope(world.lotus.pk):
        MediaFile.objects.filter(pk=file.pk).update(created_at=clock.now() - timedelta(minutes=5))
    assert sweep_previews() == 1
    assert sweep_previews() == 0


def test_a_file_that_nobody_expected_does_not_keep_others_from_their_previews(world: World, tmp_path: Path) -> None:
    files = [kept(world, samples.picture("PNG", size=(9, 9 + number)), f"{number}.png") for number in range(4)]
    with scope(world.lotus.pk):
        MediaFile.objects.update(created_at=clock.now() - timedelta(minutes=5))
    with ExitStack() as stack:
        for file in files[:3]:
            stack.enter_context(unusable(file, tmp_path))
        with pytest.raises(IsADirectoryError):
            make_previews(workspace_id=world.lotus.pk, file_id=files[0].pk)
        assert again(files[0]).previews_at is None, "the sweep tries once more"
        assert (sweep_previews(), sweep_previews(), sweep_previews()) == (0, 1, 0)
    assert [again(file).details.get("unseen", "") for file in files] == ["crashed"] * 3 + [""]


def test_bytes_that_are_gone_are_said_to_be(world: World) -> None:
    file = kept(world, samples.picture("WEBP"), "photo.webp")
    storage.delete(file.workspace_id, file.sha256)
    with pytest.raises(ConversionFailed, match=r"It is no longer in our store\."):
        prepare(file=file, recipe="image/jpeg")


def test_a_busy_server_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files are looked into at a time, so that the others still get their pages."""
    monkeypatch.setattr(conversion, "_PROBE_WAIT_SECONDS", 0.01)
    with conversion.probing(), conversion.probing():
        with pytest.raises(FileRefused, match=r"a\.png could not be looked into.* Try again") as refusal:
            kept(world, samples.picture("PNG"), "a.png", keep_damaged=True)
        assert kept(world, samples.PDF, "paper.pdf").kind == "document"
    assert refusal.value.code == "file_busy"
    assert kept(world, samples.picture("PNG"), "a.png").kind == "image"


def test_nobody_holds_a_row_while_a_process_works(world: World) -> None:
    """Whatever would open a file inside of a transaction fails here, and so in every test that does."""
    with scope(world.lotus.pk), pytest.raises(RuntimeError, match="outside of transactions"):
        kept(world, samples.picture("PNG"), "a.png")
    upload = SimpleUploadedFile("a.png", samples.picture("PNG"))
    with examined(upload) as found, scope(world.lotus.pk):
        assert kept(world, found, "a.png").kind == "image"
    with examined(SimpleUploadedFile("a.png", b"")) as found, pytest.raises(FileRefused, match="0 bytes"):
        kept(world, found, "a.png")


@pytest.mark.django_db(transaction=True)
def test_the_same_is_made_by_one_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file = kept(world, samples.picture("WEBP"), "photo.webp")
    all_here, refused = threading.Barrier(3), threading.Semaphore(0)
    convert = conversion.make

    def unhurried(*what: Any) -> Any:
        assert all(refused.acquire(timeout=10) for _other in range(2)), "the others were not refused"
        return convert(*what)

    monkeypatch.setattr(conversion, "make", unhurried)

    def make(_number: int) -> str:
        all_here.wait()
        try:
            return prepare(file=file, recipe="image/jpeg").mime_type
        except BeingPrepared:
            refused.release()
            return "later"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(make, range(3))) == ["image/jpeg", "later", "later"]
    assert prepare(file=file, recipe="image/jpeg").mime_type == "image/jpeg"


def test_a_claim_ends_with_a_failure(world: World) -> None:
    file = kept(world, samples.noise("JPEG", (200, 200)), "photo.jpg")
    for _time in range(2):
        with pytest.raises(ConversionFailed, match="small enough"):
            prepare(file=file, recipe="image/jpeg;max=200")


def test_what_is_asked_for_twice_waits_once(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    server, recipe = redis.Redis.from_url(django_settings.REDIS_URL), "image/jpeg;max=200"
    file = kept(world, samples.noise("JPEG", (200, 200)), "photo.jpg")

    def state() -> Preparation:
        with scope(world.lotus.pk):
            return preparation_of(file=file, recipe=recipe)

    def waiting_after_a_request() -> int:
        with django_capture_on_commit_callbacks(execute=True):
            request_preparation(file=file, recipe=recipe)
        return server.llen("media")

    assert state().is_forgotten
    assert (waiting_after_a_request(), waiting_after_a_request()) == (1, 1)
    assert (state().percent, state().is_forgotten, state().is_late) == (0, False, False)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert state().is_late
    assert not prepare_file(workspace_id=world.lotus.pk, file_id=file.pk, recipe=recipe)
    assert (bool(state().words), state().is_forgotten) == (True, False)
    assert waiting_after_a_request() == 2, "it may work now"
    assert not state().words


def test_files_are_prepared_once(world: World, tmp_path: Path) -> None:
    file = kept(world, samples.picture("WEBP", "RGBA"), "logo.webp")
    recipe = "image/png;max=5242880"
    made = prepare(file=file, recipe=recipe)
    assert (made.mime_type, made.filename, made.made_from_id) == ("image/png", "logo.png", file.pk)
    assert prepare(file=file, recipe=recipe).pk == made.pk
    assert prepare(file=file, recipe="").pk == file.pk
    with scope(world.lotus.pk):
        ready = preparation_of(file=file, recipe=recipe)
        assert (ready.file, ready.percent, ready.words) == (made, 100, "")
    assert len(on_disk(tmp_path)) == 2


def test_a_preparation_that_fails_says_why_and_leaves_the_file(world: World) -> None:
    file = kept(world, samples.noise("JPEG", (200, 200)), "photo.jpg")
    recipe = "image/jpeg;max=200"
    with pytest.raises(ConversionFailed, match="small enough"):
        prepare(file=file, recipe=recipe)
    assert prepare_file(workspace_id=world.lotus.pk, file_id=file.pk, recipe=recipe) is False
    with scope(world.lotus.pk):
        assert preparation_of(file=file, recipe=recipe).words == "It cannot be made small enough for this channel."
    assert again(file).size == file.size
    assert prepare_file(workspace_id=world.bakery.pk, file_id=file.pk, recipe="image/png") is False


def test_how_far_a_preparation_is_can_be_seen_meanwhile(world: World) -> None:
    file = kept(world, samples.film("matroska", "mpeg4", "", seconds=4, size=(640, 480)), "film.mkv")
    seen: set[int | None] = set()
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.005):
            with scope(file.workspace_id):
                seen.add(preparation_of(file=file, recipe="video/mp4").percent)
        connections.close_all()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        prepare(file=file, recipe="video/mp4")
    finally:
        is_over.set()
        watcher.join()
    assert seen - {None, 0, 100}
    with scope(world.lotus.pk):
        assert preparation_of(file=file, recipe="video/mp4").percent == 100


def test_work_waits_in_a_queue_of_its_own(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    server = redis.Redis.from_url(django_settings.REDIS_URL)
    with django_capture_on_commit_callbacks(execute=True):
        file = kept(world, samples.PDF, "paper.pdf")
        request_preparation(file=file, recipe="image/jpeg")
    waiting = [json.loads(each)["headers"]["task"] for each in server.lrange("media", 0, -1)]
    assert sorted(waiting) == ["inbox.media.tasks.make_previews", "inbox.media.tasks.prepare_file"]
    assert set(waiting) <= set(current_app.tasks)
    assert tasks.make_previews(workspace_id=world.lotus.pk, file_id=file.pk)
    assert not tasks.prepare_file(workspace_id=world.lotus.pk, file_id=file.pk, recipe="image/jpeg")
    assert tasks.sweep_previews() == 0


def test_bytes_go_with_the_last_row(world: World, tmp_path: Path) -> None:
    old, new = kept(world, samples.PDF, "old.pdf"), kept(world, samples.PDF, "new.pdf")
    photo = kept(world, samples.picture("WEBP"), "photo.webp")
    small = prepare(file=photo, recipe="image/jpeg")
    prepare(file=small, recipe="image/png")
    with platform_scope("test"):
        MediaFile.objects.filter(pk__in=[old.pk, photo.pk]).update(created_at=clock.now() - timedelta(days=31))
    assert len(on_disk(tmp_path)) == 4
    assert purge_files(workspace_id=world.bakery.pk, days=30, needed_of=nobody) == 0
    assert purge_files(workspace_id=world.lotus.pk, days=30, needed_of=lambda _id: [old.pk, photo.pk]) == 0
    assert purge_files(workspace_id=world.lotus.pk, days=30, needed_of=nobody) == 2
    assert on_disk(tmp_path) == [storage.name_of(world.lotus.pk, new.sha256)]
    discard_file(file=new)
    assert on_disk(tmp_path) == []
    with pytest.raises(ValueError):
        purge_files(workspace_id=world.lotus.pk, days=0, needed_of=nobody)


def test_what_is_needed_only_since_the_first_batch_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.media.actions._purge._BATCH", 1)
    first, second = kept(world, samples.PDF, "a.pdf"), kept(world, samples.SVG, "b.svg")
    with platform_scope("test"):
        for days, file in ((40, first), (31, second)):
            MediaFile.objects.filter(pk=file.pk).update(created_at=clock.now() - timedelta(days=days))

    def needed_of(_workspace_id: int) -> list[int]:
        return [] if MediaFile.objects.filter(pk=first.pk).exists() else [second.pk]

    assert purge_files(workspace_id=world.lotus.pk, days=30, needed_of=needed_of) == 1
    with platform_scope("test"):
        assert set(MediaFile.objects.all()) == {second}


def test_what_could_not_be_deleted_is_deleted_the_next_time(world: World, tmp_path: Path) -> None:
    stuck, other = kept(world, samples.PDF, "a.pdf"), kept(world, samples.SVG, "b.svg")
    store_file(workspace_id=world.bakery.pk, content=samples.PDF, filename="c.pdf")
    with platform_scope("test"):
        MediaFile.objects.update(created_at=clock.now() - timedelta(days=31))
    for workspace in (world.lotus, world.bakery):
        workspace.file_days = 30
        workspace.save()
    with unusable(stuck, tmp_path):
        assert purge_expired(needed_of=nobody) == 1, "the other workspace has its own"
        with platform_scope("test"):
            assert set(MediaFile.objects.all()) == {stuck, other}
    assert purge_expired(needed_of=nobody) == 2
    assert on_disk(tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_what_is_stored_while_it_is_deleted_is_there(world: World) -> None:
    """The last row goes while another upload brings the same bytes, again and again."""
    workspace_id = world.lotus.pk

    def upload(number: int) -> MediaFile:
        try:
            return store_file(workspace_id=workspace_id, content=samples.PDF, filename=f"{number}.pdf")
        finally:
            connections.close_all()

    def remove(file: MediaFile) -> None:
        try:
            discard_file(file=file)
        finally:
            connections.close_all()

    file = upload(0)
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, 15):
            removed, stored = pool.submit(remove, file), pool.submit(upload, number)
            removed.result()
            file = stored.result()
            with storage.opened(workspace_id, file.sha256) as content:
                assert content.read() == samples.PDF


def test_sql_shows_nobody_anothers_files(world: World) -> None:
    file = kept(world, samples.PDF, "secret.pdf")
    for workspace, count in ((world.bakery, 0), (world.lotus, 1)):
        with scope(workspace.pk), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM media_mediafile WHERE id = %s", [file.pk])
            assert cursor.fetchone() == (count,)


def test_files_of_tests_are_not_those_of_the_product() -> None:
    assert Path(django_settings.MEDIA_ROOT) != django_settings.BASE_DIR / "media"


def test_a_workspace_says_how_long_files_are_kept(world: World) -> None:
    kept, expired, theirs = (
        store_file(workspace_id=workspace.pk, content=content, filename="note.txt")
        for workspace, content in ((world.lotus, b"new"), (world.lotus, b"old"), (world.bakery, b"old"))
    )
    long_ago = clock.now() - timedelta(days=31)
    with platform_scope("test"):
        MediaFile.objects.filter(pk__in=[expired.pk, theirs.pk]).update(created_at=long_ago)
    assert purge_expired(needed_of=nobody) == 0, "for ever, unless somebody says so"
    world.lotus.file_days = 30
    world.lotus.save()
    assert purge_expired(needed_of=nobody) == 1
    with platform_scope("test"):
        assert set(MediaFile.objects.values_list("pk", flat=True)) == {kept.pk, theirs.pk}
