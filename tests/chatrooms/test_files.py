"""Files, through the front door and back: the real product, the real converter and the simulated vendors."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.core.cache import cache
from PIL import Image
from pytest_django import Settings

from channels_adapters.types import MessageKind
from inbox.chatrooms.actions import (
    OutgoingFile,
    UnableToSend,
    dispatch_due,
    fetch_again,
    purge_old_files,
    retry_message,
    send_message,
    settle_attachment,
    wake_attachments,
)
from inbox.chatrooms.actions._attachments import AHEAD, MOST_ATTEMPTS
from inbox.chatrooms.chosen_files import let_go
from inbox.chatrooms.models import Attachment, AttachmentState, Message, VendorCopy
from inbox.connections.failures import Action, explain, explain_fetch
from inbox.devstack.flower_shop import INSTA, OFFICIAL, PAGE, SHOP
from inbox.lib import clock
from inbox.media import storage
from inbox.media.actions import discard_file, store_file
from inbox.media.models import MediaFile
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.processes import at_once
from tests.world import messages_of, news_from, reload, write

from .conversation import room_of
from .lines import ADA, Line

pytestmark = pytest.mark.django_db(transaction=True)

on_whatsapp = pytest.mark.parametrize("line", [SHOP], indirect=True, ids=["whatsapp"])


def picture(format: str = "PNG", color: str = "red", size: tuple[int, int] = (40, 30)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, color).save(made, format)
    return made.getvalue()


def stored(line: Line, content: bytes, name: str) -> OutgoingFile:
    return OutgoingFile(store_file(workspace_id=line.world.lotus.pk, content=content, filename=name))


def content_of(file: MediaFile) -> bytes:
    with storage.opened(file.workspace_id, file.sha256) as stream:
        return bytes(stream.read())


def attachments_of(line: Line) -> list[Attachment]:
    with scope(line.world.lotus.pk):
        rows = Attachment.objects.select_related("file", "sent_file", "message")
        return list(rows.filter(message__connection=line.connection).order_by("pk"))


def carry(line: Line) -> list[bool]:
    """Do what the media worker would, for every file whose time has come."""
    return [
        settle_attachment(workspace_id=attachment.workspace_id, attachment_id=attachment.pk)
        for attachment in attachments_of(line)
        if attachment.state == AttachmentState.WAITING
    ]


def due_now(line: Line) -> None:
    with scope(line.world.lotus.pk):
        Attachment.objects.filter(state=AttachmentState.WAITING).update(due_at=clock.now())


def send(line: Line, text: str, *files: OutgoingFile, **more: Any) -> Message:
    return write(line.world.amy, room_of(line.connection), text, files=files, **more)


def test_an_agent_sends_a_picture(line: Line) -> None:
    line.says("Do you have roses?")
    message = send(line, "These came today", stored(line, picture(), "roses.png"))
    dispatch_due()
    has_captions = bool(line.connection.adapter.capabilities.caption_limit)
    assert len(line.vendor.sent(line.account.account_id)) == (0 if has_captions else 1), "the picture waits"
    assert carry(line) == [True]
    dispatch_due()
    news_from(line.vendor)
    sent = line.vendor.sent(line.account.account_id)
    assert [each.kind for each in sent] == (["image"] if has_captions else ["text", "image"])
    assert sent[0].text == "These came today"
    last = messages_of(room_of(line.connection))[-1]
    assert (last.kind, last.state in ("sent", "delivered", "read")) == (MessageKind.IMAGE, True)
    assert reload(message).failure_text == ""


def test_a_customer_sends_a_picture(line: Line) -> None:
    content = picture("JPEG", "blue")
    line.says("Like this one", kind="image", mime_type="image/jpeg", content_base64=base64.b64encode(content).decode())
    [waiting] = attachments_of(line)
    assert (waiting.state, waiting.file) == (AttachmentState.WAITING, None)
    assert carry(line) == [True]
    [attachment] = attachments_of(line)
    assert attachment.state == AttachmentState.READY
    assert attachment.file is not None
    assert content_of(attachment.file) == content
    assert (attachment.file.mime_type, attachment.file.width) == ("image/jpeg", 40)
    assert carry(line) == []


@pytest.mark.parametrize("line", [OFFICIAL], indirect=True, ids=["wechat"])
def test_a_video_takes_its_small_picture_along(line: Line) -> None:
    line.says("Hello")
    film = stored(line, samples.film("matroska"), "film.mkv")
    messages = [send(line, "", film) for _ in range(2)]
    assert carry(line) == [True, True], [each.problem for each in attachments_of(line)]
    with scope(line.world.lotus.pk):
        copies = {copy.kind: copy for copy in VendorCopy.objects.select_related("file")}
        assert set(copies) == {"video", "thumb"}, "each is brought once"
        thumb = copies["thumb"].file
        assert (thumb.mime_type, thumb.size <= 64 * 1024) == ("image/jpeg", True)
        copies["thumb"].external_id = "gone"
        copies["thumb"].save()
        for attachment in attachments_of(line):
            attachment.reference["thumb_id"] = "gone"
            attachment.save()
    dispatch_due()
    assert reload(messages[0]).state == "queued", "the vendor has lost the small picture"
    assert carry(line) == [True]
    while dispatch_due():
        pass
    assert line.vendor.sent(OFFICIAL.account_id)[0].kind == "video"
    assert reload(messages[0]).state in ("sent", "delivered", "read")


@on_whatsapp
def test_what_the_channel_refuses_is_converted(line: Line) -> None:
    line.says("Hello")
    send(line, "", stored(line, picture("TIFF"), "scan.tif"))
    assert carry(line) == [True]
    [attachment] = attachments_of(line)
    assert attachment.sent_file is not None
    assert attachment.sent_file.mime_type in ("image/jpeg", "image/png")
    dispatch_due()
    [sent] = line.vendor.sent(SHOP.account_id)
    assert sent.kind == "image"


@on_whatsapp
def test_messages_behind_a_file_wait_for_it(line: Line) -> None:
    line.says("Hello")
    send(line, "", stored(line, picture(), "first.png"))
    send(line, "and then this")
    dispatch_due()
    assert line.vendor.sent(SHOP.account_id) == []
    carry(line)
    while dispatch_due():
        pass
    assert [each.kind for each in line.vendor.sent(SHOP.account_id)] == ["image", "text"]


@on_whatsapp
def test_several_files_are_several_messages(line: Line) -> None:
    line.says("Hello")
    files = [stored(line, picture(color=color), f"{color}.png") for color in ("red", "green")]
    send(line, "Which one?", *files)
    assert carry(line) == [True, True]
    while dispatch_due():
        pass
    sent = line.vendor.sent(SHOP.account_id)
    assert [(each.kind, each.text) for each in sent] == [("text", "Which one?"), ("image", ""), ("image", "")]


# For how many days a vendor keeps what we brought.
KEPT_DAYS = {SHOP.channel: 30, PAGE.channel: 90, INSTA.channel: 90, OFFICIAL.channel: 3}


def test_a_file_is_brought_once_until_its_id_ends_and_again_when_it_is_lost(line: Line) -> None:
    line.says("Hello")
    file = stored(line, picture(), "menu.png")

    def known() -> VendorCopy:
        with scope(line.world.lotus.pk):
            return VendorCopy.objects.get()

    def change(**values: Any) -> None:
        with scope(line.world.lotus.pk):
            VendorCopy.objects.update(**values)

    def sent_as() -> str:
        """Send it to one more customer; return the id it goes by."""
        message = send(line, "", file)
        assert carry(line) == [True]
        dispatch_due()
        assert reload(message).state in ("sent", "delivered", "read")
        media = attachments_of(line)[-1].media
        assert media.url == "", "no address of ours"
        return media.external_id

    first = sent_as()
    assert known().external_id == first != ""
    days = (known().expires_at or clock.now()) - clock.now()
    assert timedelta(0) < timedelta(days=KEPT_DAYS[line.account.channel]) - days < timedelta(minutes=1)
    change(expires_at=clock.now() + AHEAD + timedelta(minutes=1))
    assert sent_as() == first, "as long as it is kept there"
    change(expires_at=clock.now() + AHEAD - timedelta(minutes=1))
    second = sent_as()
    assert known().external_id == second != first, "before it ends"

    message = send(line, "", file)
    carry(line)
    with scope(line.world.lotus.pk):
        attachment = attachments_of(line)[-1]
        attachment.reference["external_id"] = "1111"
        attachment.save()
    change(external_id="1111")  # the vendor has lost it
    dispatch_due()
    assert reload(message).state == "queued"
    assert carry(line) == [True]
    dispatch_due()
    assert reload(message).state in ("sent", "delivered", "read")
    assert known().external_id == attachments_of(line)[-1].media.external_id not in (first, second, "1111")
    assert [each.kind for each in line.vendor.sent(line.account.account_id)] == ["image"] * 4


@on_whatsapp
def test_a_file_goes_by_its_right_name_whatever_it_was_called(line: Line) -> None:
    line.says("Hello")
    send(line, "", stored(line, samples.PDF, "menu.jpg"))
    send(line, "", stored(line, picture("JPEG"), "roses.png"))
    assert carry(line) == [True, True]
    while dispatch_due():
        pass
    paper, photo = line.vendor.sent(SHOP.account_id)
    types = [httpx.get(line.vendor.base_url + each.details["url"]).headers["content-type"] for each in (paper, photo)]
    assert (paper.details["filename"], types) == ("menu.pdf", ["application/pdf", "image/jpeg"])


@on_whatsapp
def test_what_arrives_is_measured_compared_and_asked_for_again(
    line: Line, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    content = picture("JPEG")
    digest = hashlib.sha256(content).digest()

    def arrives(told: str = "") -> Attachment:
        facts = {"mime_type": "image/jpeg", "content_base64": base64.b64encode(content).decode()}
        line.says("", kind="image", **facts, **({"sha256": told} if told else {}))
        carry(line)
        return attachments_of(line)[-1]

    for told, is_other in ((digest.hex(), False), (base64.b64encode(digest).decode(), False), ("0" * 64, True)):
        caplog.clear()
        assert arrives(told).state == AttachmentState.READY, "a difference is worth a look, not the customer's file"
        assert ("does not have the hash" in caplog.text) == is_other

    line.vendor.faults(file_fail={"http_status": 503, "remaining": 1})
    assert arrives().state == AttachmentState.WAITING
    due_now(line)
    assert carry(line) == [True]

    settings.MEDIA_MAX_BYTES = len(content) - 1
    refused = arrives()
    assert (refused.state, refused.problem_code, refused.file) == (AttachmentState.FAILED, "file_too_large", None)
    assert "larger than may be received" in explain_fetch("whatsapp", refused.problem_code, "").words


@on_whatsapp
def test_a_vendor_that_cannot_take_the_file_now_is_asked_again(line: Line) -> None:
    line.says("Hello")
    message = send(line, "", stored(line, picture(), "menu.png"))
    line.vendor.faults(file_fail={"http_status": 503, "remaining": 1})
    assert carry(line) == [False]
    [attachment] = attachments_of(line)
    assert attachment.state == AttachmentState.WAITING
    assert attachment.due_at > clock.now()
    assert carry(line) == [False], "not before its time"
    due_now(line)
    assert carry(line) == [True]
    dispatch_due()
    assert reload(message).state in ("sent", "delivered", "read")


@on_whatsapp
def test_a_file_that_cannot_be_made_fails_alone(line: Line) -> None:
    line.says("Hello")
    file = stored(line, picture("TIFF"), "scan.tif")
    message = send(line, "Your scan", file)
    after = send(line, "A word behind it")
    storage.delete(file.file.workspace_id, file.file.sha256)
    assert carry(line) == [False]
    failed = reload(message)
    assert (failed.state, failed.text) == ("failed", "Your scan")
    assert explain("whatsapp", failed.failure_code, "UNEXPLAINED").action is Action.CHANGE_FILE
    dispatch_due()
    assert reload(after).state in ("sent", "delivered", "read")
    assert stored(line, picture("TIFF"), "scan.tif").file.sha256 == file.file.sha256, "now the store has it again"
    with scope(line.world.lotus.pk):
        retry_message(actor=line.world.amy, message=failed)
    assert carry(line) == [True]
    dispatch_due()
    assert reload(message).state in ("sent", "delivered", "read")


def test_a_file_that_is_gone_is_said_to_be(line: Line) -> None:
    line.vendor.faults(file_gone=True)
    line.says("", kind="image")
    for _ in range(8):
        due_now(line)
        carry(line)
    [attachment] = attachments_of(line)
    assert attachment.state == AttachmentState.FAILED
    assert attachment.problem.endswith(".")
    assert explain_fetch(line.connection.channel, attachment.problem_code, "").action is Action.ASK_AGAIN
    line.vendor.faults(file_gone=False)
    with scope(line.world.lotus.pk):
        fetch_again(actor=line.world.amy, attachment=attachment)
    assert carry(line) == [True]
    [attachment] = attachments_of(line)
    assert (attachment.state, attachment.problem) == (AttachmentState.READY, "")
    with scope(line.world.lotus.pk), pytest.raises(UnableToSend):
        fetch_again(actor=line.world.amy, attachment=attachment)


@on_whatsapp
def test_a_redelivered_picture_is_one_file(line: Line) -> None:
    line.vendor.faults(duplicate_webhooks={"n": 3})
    line.says("", kind="image")
    line.vendor.settle()
    process_pending()
    assert len(attachments_of(line)) == 1


@on_whatsapp
def test_a_dead_workers_file_is_found_by_the_sweep(line: Line) -> None:
    line.says("", kind="image")
    [attachment] = attachments_of(line)
    assert wake_attachments() == 1
    carry(line)
    assert wake_attachments() == 0
    with scope(line.world.lotus.pk):
        Attachment.objects.filter(pk=attachment.pk).update(state=AttachmentState.WAITING, due_at=clock.now())
    assert wake_attachments() == 1


@on_whatsapp
def test_sending_the_same_form_twice_is_one_message(line: Line) -> None:
    line.says("Hello")
    file = stored(line, picture(), "menu.png")
    first = send(line, "Menu", file)
    again = write(line.world.amy, room_of(line.connection), "Menu", files=[file], client_id=first.client_id)
    assert again.pk == first.pk
    other = stored(line, picture(color="green"), "menu.png")
    with pytest.raises(UnableToSend):
        write(line.world.amy, room_of(line.connection), "Menu", files=[other], client_id=first.client_id)


@on_whatsapp
def test_a_paused_connection_keeps_its_files_waiting(line: Line) -> None:
    line.says("Hello")
    send(line, "", stored(line, picture(), "menu.png"))
    line.vendor.faults(expired_token=True)
    assert carry(line) == [False]
    [attachment] = attachments_of(line)
    assert attachment.state == AttachmentState.WAITING
    assert reload(line.connection).state == "needs_attention"
    due_now(line)
    assert carry(line) == [False]
    assert attachments_of(line)[0].attempt_count == 0, "nothing was tried while the connection is paused"


@on_whatsapp
def test_another_workspace_has_none_of_it(line: Line) -> None:
    line.says("", kind="image")
    carry(line)
    with scope(line.world.bakery.pk):
        assert not Attachment.objects.exists()
        assert not MediaFile.objects.exists()


def test_what_arrives_is_fetched_while_nothing_may_be_sent(line: Line) -> None:
    line.says("", kind="image")
    with scope(line.world.lotus.pk):
        type(line.connection).objects.filter(pk=line.connection.pk).update(state="paused")
    assert carry(line) == [True]


@on_whatsapp
def test_a_file_that_kills_its_worker_each_time_fails_in_the_end(line: Line) -> None:
    line.says("Hello")
    message = send(line, "", stored(line, picture(), "menu.png"))
    behind = send(line, "And this")
    with scope(line.world.lotus.pk):
        Attachment.objects.update(attempt_count=MOST_ATTEMPTS)  # claimed so often, and nobody reported
    assert carry(line) == [False]
    failed = reload(message)
    assert (failed.state, failed.failure_code) == ("failed", "file_failed")
    dispatch_due()
    assert reload(behind).state in ("sent", "delivered", "read")


@on_whatsapp
def test_what_nobody_expected_is_tried_again_and_then_said(line: Line, settings: Settings, tmp_path: Path) -> None:
    line.says("Hello")
    message = send(line, "", stored(line, picture("TIFF"), "scan.tif"))
    (tmp_path / "file").write_text("in the way")
    kept_in = settings.STORAGES
    settings.STORAGES = {**kept_in, "media": {**kept_in["media"], "OPTIONS": {"location": str(tmp_path / "file")}}}
    for attempt in range(MOST_ATTEMPTS):
        assert carry(line) == [False]
        assert (reload(message).state == "failed") is (attempt == MOST_ATTEMPTS - 1)
        due_now(line)
    assert reload(message).failure_code == "file_failed"


def test_a_scanner_that_is_down_delays_and_loses_nothing(line: Line, settings: Settings) -> None:
    line.says("", kind="image")
    settings.CLAMAV_ADDRESS = "127.0.0.1:9"
    assert carry(line) == [False]
    assert attachments_of(line)[0].state == AttachmentState.WAITING
    settings.CLAMAV_ADDRESS = ""
    due_now(line)
    assert carry(line) == [True]


@on_whatsapp
def test_a_file_that_was_purged_before_it_left_is_never_taken_for_the_customers(line: Line) -> None:
    line.says("Hello")
    file = stored(line, picture(), "menu.png")
    message = send(line, "", file)
    discard_file(file=file.file)
    assert carry(line) == [False]
    failed = reload(message)
    assert (failed.state, failed.failure_code) == ("failed", "no_file")
    with scope(line.world.lotus.pk):
        retry_message(actor=line.world.amy, message=failed)
    assert carry(line) == [False]
    assert reload(message).failure_code == "no_file"


@on_whatsapp
def test_a_file_is_sent_or_let_go_but_never_both(line: Line) -> None:
    """One tab sends it while another one takes it out of its form."""
    line.says("Hello")
    room = room_of(line.connection)

    def send_it(file: MediaFile) -> bool:
        with scope(room.workspace_id):
            try:
                send_message(
                    actor=line.world.amy, chatroom=room, text="", client_id=uuid4(), files=[OutgoingFile(file)]
                )
            except UnableToSend:
                return False
        return True

    def discard_it(file: MediaFile) -> None:
        with scope(room.workspace_id):
            let_go(line.world.amy, file)

    for number in range(12):
        content = picture(size=(20 + number, 20))
        file = store_file(workspace_id=room.workspace_id, content=content, filename="a.png", created_by=line.world.amy)
        was_sent, _nothing = at_once(partial(send_it, file), partial(discard_it, file))
        with scope(room.workspace_id):
            is_there = MediaFile.objects.filter(pk=file.pk).exists()
            assert Attachment.objects.filter(file=file.pk).exists() == was_sent == is_there


@on_whatsapp
def test_what_will_still_leave_is_not_purged(line: Line) -> None:
    line.says("Hello")
    queued, sent = (stored(line, picture(color=color), "a.png") for color in ("red", "green"))
    send(line, "", sent)
    carry(line)
    dispatch_due()
    send(line, "", queued)
    lotus = line.world.lotus
    lotus.file_days = 1
    lotus.save()
    with scope(lotus.pk):
        MediaFile.objects.update(created_at=clock.now() - timedelta(days=3))
    assert purge_old_files() == 1
    with scope(lotus.pk):
        assert [file.pk for file in MediaFile.objects.filter(made_from=None)] == [queued.file.pk]


@pytest.mark.parametrize("line", [INSTA], indirect=True, ids=["instagram"])
@pytest.mark.parametrize("is_fetched", [True, False])
def test_a_removed_message_takes_its_file_along(line: Line, is_fetched: bool) -> None:
    target = line.says("", kind="image")
    if is_fetched:
        carry(line)
    line.vendor.inbound(line.account.account_id, ADA, kind="unsend", target=target)
    process_pending()
    assert carry(line) == attachments_of(line) == []
    with scope(line.world.lotus.pk):
        assert not MediaFile.objects.exists()


@on_whatsapp
def test_a_file_that_is_being_made_by_somebody_else_is_waited_for(line: Line) -> None:
    line.says("Hello")
    file = stored(line, picture("TIFF"), "scan.tif")
    send(line, "", file)
    [attachment] = attachments_of(line)
    cache.add(f"media-claim:{file.file.pk}:{attachment.recipe}", 1, 60)
    assert carry(line) == [False]
    [attachment] = attachments_of(line)
    assert (attachment.state, attachment.attempt_count) == (AttachmentState.WAITING, 0)
    cache.clear()
    due_now(line)
    assert carry(line) == [True]
