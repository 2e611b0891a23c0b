"""Files that are scheduled with a message, or instead of one."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from inbox.chatrooms.actions import OutgoingFile
from inbox.chatrooms.models import Attachment, Chatroom
from inbox.media.actions import discard_file, store_file
from inbox.media.models import MediaFile
from inbox.scheduling.actions import UnableToSchedule, send_due
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope
from tests.pages.conftest import HTMX
from tests.pages.reading import Page
from tests.world import World, messages_of

from .conftest import NOON, outcome, plan

Clock = time_machine.Traveller


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG")
    return made.getvalue()


def kept(member: Membership, content: bytes = b"", name: str = "menu.png") -> MediaFile:
    return store_file(workspace_id=member.workspace_id, content=content or picture(), filename=name)


def sent(room: Chatroom) -> list[tuple[str, str, bool]]:
    """Kind, text and whether there is a file, of what has left."""
    with scope(room.workspace_id):
        with_files = set(Attachment.objects.values_list("message_id", flat=True))
    return [(m.kind, m.text, m.pk in with_files) for m in messages_of(room) if m.direction == "outbound"]


@pytest.fixture
def amy(clock: Clock, world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.amy)


def test_a_file_leaves_with_its_caption(world: World, room: Chatroom, clock: Clock) -> None:
    plan(world.amy, room, "Our menu", files=[OutgoingFile(kept(world.amy))])
    plan(world.amy, room, "", minutes=61, files=[OutgoingFile(kept(world.amy, b"Roses 12\n", "prices.txt"))])
    clock.move_to(NOON + timedelta(minutes=62))
    while send_due():
        pass
    assert sent(room) == [("image", "Our menu", True), ("document", "", True)]


def test_what_the_channel_never_takes_is_refused_while_it_can_be_mended(
    world: World, room: Chatroom, clock: Clock
) -> None:
    program = kept(world.amy, b"MZ" + bytes(600), "setup.exe")
    with pytest.raises(UnableToSchedule, match=r"setup"):
        plan(world.amy, room, "", files=[OutgoingFile(program)])


def test_a_file_that_was_deleted_meanwhile_is_not_sent_without_a_word(
    world: World, room: Chatroom, clock: Clock
) -> None:
    file = kept(world.amy)
    row = plan(world.amy, room, "Our menu", files=[OutgoingFile(file)])
    discard_file(file=file)
    clock.move_to(NOON + timedelta(minutes=62))
    assert send_due() == 1
    assert outcome(row) == ("not_sent", "own_words")
    with platform_scope("test"):
        assert "menu.png" in ScheduledMessage.objects.get().reason_text
    assert sent(room) == []


def test_the_form_takes_files_with_and_without_a_script(world: World, room: Chatroom, amy: Client) -> None:
    url = f"/w/lotus-flowers/rooms/{room.pk}/schedule/"
    file = kept(world.amy)
    fields = {"text": "Our menu", "time": "2026-11-24T09:00", "zone": "UTC"}
    uploaded = SimpleUploadedFile("second.png", picture(), "image/png")
    response = amy.post(f"{url}messages/", {**fields, "file": str(file.pk), "upload": uploaded})
    assert response.status_code == 303
    with platform_scope("test"):
        [row] = ScheduledMessage.objects.all()
    assert [stored["name"] for stored in row.files] == ["menu.png", "second.png"]
    page = Page(amy.get(f"{url}?change={row.pk}"))
    assert [box["value"] for box in page.all("input", name="file")] == [str(stored["id"]) for stored in row.files]
    amy.post(f"{url}messages/{row.pk}/", {**fields, "file": str(file.pk)}, headers=HTMX)
    with platform_scope("test"):
        assert len(ScheduledMessage.objects.get().files) == 1


def test_a_strangers_file_and_an_empty_one_are_refused_and_the_rest_stays(
    world: World, room: Chatroom, amy: Client
) -> None:
    url = f"/w/lotus-flowers/rooms/{room.pk}/schedule/messages/"
    theirs, ours = kept(world.sam), kept(world.amy)
    fields = {"text": "Our menu", "time": "2026-11-24T09:00", "zone": "UTC", "file": [str(theirs.pk), str(ours.pk)]}
    page = Page(amy.post(url, {**fields, "upload": SimpleUploadedFile("empty.png", b"")}, headers=HTMX))
    assert (page.status, "0 bytes" in page.html) == (422, True)
    assert [box["value"] for box in page.all("input", name="file")] == [str(ours.pk)]
    assert page.one("textarea", name="text").raw_text.strip() == "Our menu"
    with platform_scope("test"):
        assert not ScheduledMessage.objects.exists()


def test_a_file_is_in_the_form_before_the_message_is_scheduled(world: World, room: Chatroom, amy: Client) -> None:
    url = f"/w/lotus-flowers/rooms/{room.pk}/schedule/outlook/"
    fields = {"text": "Our menu", "time": "", "zone": "UTC", "show": "yes"}
    page = Page(amy.post(url, {**fields, "upload": SimpleUploadedFile("menu.png", picture())}, headers=HTMX))
    [chosen] = page.all("input", name="file")
    again = Page(amy.post(url, {**fields, "file": chosen["value"]}, headers=HTMX))
    assert [box["value"] for box in again.all("input", name="file")] == [chosen["value"]]
