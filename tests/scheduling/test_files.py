"""Files that are scheduled with a message, or instead of one."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from inbox.chatrooms.actions import OutgoingFile, purge_old_files
from inbox.chatrooms.chosen_files import let_go
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
from .test_fallback import make_template
from .test_templates_and_options import both_ways

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


def test_a_file_is_kept_until_its_message_has_left(world: World, room: Chatroom, clock: Clock) -> None:
    """However long that is after files are deleted."""
    world.lotus.file_days = 7
    world.lotus.save()
    file, other = kept(world.amy), kept(world.amy, b"text", "other.txt")
    plan(world.amy, room, "Our menu", minutes=60 * 24 * 30, files=[OutgoingFile(file)])
    clock.move_to(NOON + timedelta(days=29))
    assert purge_old_files() == 1
    with platform_scope("test"):
        assert [each.pk for each in MediaFile.objects.all()] == [file.pk] != [other.pk]
    plan(world.amy, room, "", minutes=60 * 24 * 31, files=[OutgoingFile(file)])
    with platform_scope("test"):
        ScheduledMessage.objects.update(state="cancelled")
    assert purge_old_files() == 1
    with pytest.raises(UnableToSchedule, match="Attach it again"):
        plan(world.amy, room, "", minutes=60 * 24 * 31, files=[OutgoingFile(file)])


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


PICTURED = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Dear {{1}}, look."}]


@both_ways
def test_a_file_for_the_header_of_a_template_is_kept_until_it_leaves_with_it(
    world: World, room: Chatroom, amy: Client, clock: Clock, headers: dict[str, str]
) -> None:
    world.lotus.file_days = 7
    world.lotus.save()
    with scope(world.lotus.pk):
        chosen = str(make_template(world.shop, components=PICTURED).pk)
    url = f"/w/lotus-flowers/rooms/{room.pk}/schedule/"
    fields = {"what": "template", "template": chosen, "filled": chosen, "time": "2026-12-20T09:00", "zone": "UTC"}
    upload = SimpleUploadedFile("roses.png", picture())
    shown = Page(amy.post(f"{url}outlook/", {**fields, "show": "yes", "header_file": upload}, headers=headers))
    kept_id = shown.one("input", name="header_file_id")["value"]
    assert "roses.png" in shown.one("img", "template-picture")["src"]
    fields["header_file_id"] = kept_id
    refused = Page(amy.post(f"{url}messages/", {**fields, "value.body.1": ""}, headers=headers))
    assert (refused.status, refused.one("p", "template-chosen-file").text) == (422, "roses.png")
    fields["value.body.1"] = "Bo"
    assert amy.post(f"{url}messages/", fields, headers=headers).status_code == (200 if headers else 303)
    with platform_scope("test"):
        row = ScheduledMessage.objects.get()
    changing = Page(amy.get(f"{url}?change={row.pk}", headers=headers))
    assert changing.one("input", name="header_file_id")["value"] == kept_id
    later = {**fields, "time": "2026-12-20T09:05"}
    assert amy.post(f"{url}messages/{row.pk}/", later, headers=headers).status_code == (200 if headers else 303)
    clock.move_to(NOON + timedelta(days=20))
    assert purge_old_files() == 0
    with platform_scope("test"):
        let_go(world.amy, MediaFile.objects.get(pk=kept_id))
    clock.move_to(datetime(2026, 12, 20, 9, 6, tzinfo=UTC))
    assert send_due() == 1
    assert sent(room) == [("template", "Dear Bo, look.", True)]


def test_a_file_that_the_header_cannot_have_is_refused_and_one_that_was_deleted_is_told(
    world: World, room: Chatroom, amy: Client, clock: Clock
) -> None:
    with scope(world.lotus.pk):
        template = make_template(world.shop, components=PICTURED)
    file, text, theirs = kept(world.amy), kept(world.amy, b"Roses 12\n", "prices.txt"), kept(world.sam)
    chosen = str(template.pk)
    fields = {"what": "template", "template": chosen, "value.body.1": "Bo", "time": "2026-11-24T09:00", "zone": "UTC"}
    url = f"/w/lotus-flowers/rooms/{room.pk}/schedule/messages/"
    for each, words in ((text, "prices.txt"), (theirs, "no longer in our store")):
        page = Page(amy.post(url, {**fields, "header_file_id": str(each.pk)}, headers=HTMX))
        assert (page.status, words in page.html) == (422, True)
    assert amy.post(url, {**fields, "header_file_id": str(file.pk)}, headers=HTMX).status_code == 200
    discard_file(file=file)
    with platform_scope("test"):
        row = ScheduledMessage.objects.get()
    page = Page(amy.get(f"/w/lotus-flowers/rooms/{room.pk}/schedule/?change={row.pk}"))
    assert "menu.png was deleted meanwhile." in page.text
    clock.move_to(datetime(2026, 11, 24, 9, 1, tzinfo=UTC))
    assert send_due() == 1
    with platform_scope("test"):
        assert ScheduledMessage.objects.get().reason_text == "menu.png was deleted meanwhile."
    assert sent(room) == []
