"""Files in the chat page without any script: shown in every state, chosen, sent, refused, asked for again, listed."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind, MessageKind
from inbox.chatrooms.models import Attachment, AttachmentState, Chatroom, Direction, Message
from inbox.connections.models import Connection
from inbox.customers.actions import merge_customers
from inbox.lib import clock
from inbox.media.actions import make_previews, prepare_file, store_file
from inbox.media.models import MediaFile
from inbox.workspaces.models import Workspace
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.world import World, messages_of, reload

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Page
from .test_query_counts import COSTS, statements_of

DETAILS = {"attachments": [{"kind": "image"}]}
AT_META = {"external_id": "1234", "filename": "", "mime_type": "image/jpeg"}
JPEG, PNG, TIFF, OGG = (
    samples.picture("JPEG", size=(640, 480)),
    samples.picture("PNG"),
    samples.picture("TIFF"),
    samples.sound("ogg", "libopus"),
)

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


@pytest.fixture
def chat(world: World) -> Chatroom:
    room = room_on(world, ChannelKind.WHATSAPP)
    put(room, text="Do you have roses?")
    return room


def stored(workspace: Workspace, content: bytes = JPEG, name: str = "roses.jpg") -> MediaFile:
    return store_file(workspace_id=workspace.pk, content=content, filename=name)


def known(workspace: Workspace, name: str = "roses.jpg", kind: str = "image") -> MediaFile:
    """A file as far as its row goes: what nobody opens needs no bytes."""
    with scope(workspace.pk):
        return MediaFile.objects.create(
            workspace=workspace, sha256="0" * 64, size=3000, mime_type="image/jpeg", filename=name, kind=kind
        )


def with_previews(file: MediaFile) -> MediaFile:
    assert make_previews(workspace_id=file.workspace_id, file_id=file.pk)
    return reload(file)


def attach(room: Chatroom, kind: MessageKind = MessageKind.IMAGE, *, by_us: bool = False, **facts: Any) -> Attachment:
    direction = Direction.OUTBOUND if by_us else Direction.INBOUND
    details = DETAILS | ({"echo": True} if facts.pop("in_their_app", False) else {})
    message = put(room, kind, details=details, direction=direction)
    facts.setdefault("state", AttachmentState.READY)
    with scope(room.workspace_id):
        return Attachment.objects.create(
            workspace_id=room.workspace_id, message=message, kind=facts.pop("kind", kind.value), **facts
        )


def shown(browser: Client, room: Chatroom, attachment: Attachment) -> Page:
    """The file alone, as it stands in its chat."""
    page = get(browser, room_url(room))
    start = page.html.index(f'<div id="file-{attachment.pk}"')
    part = page.html[start : page.html.index("</li>", start)]
    response = browser.get(room_url(room, "file", attachment.pk), headers=HTMX)
    alone = Page(response)
    assert alone.html.strip() in part, "both renderings are one"
    return alone


# --- shown ----------------------------------------------------------------------------------------------------------


def test_a_picture_shows_at_once_and_small_as_soon_as_that_is_made(world: World, amy: Client, chat: Chatroom) -> None:
    file = stored(world.lotus)
    attachment = attach(chat, file=file)
    fresh = shown(amy, chat, attachment)
    assert fresh.one("img")["src"] == file.url("lotus-flowers")
    assert fresh.one("div", id=f"file-{attachment.pk}")["hx-get"] == room_url(chat, "file", attachment.pk)

    with_previews(file)
    page = shown(amy, chat, attachment)
    picture, link = page.one("img"), page.one("a", "file-picture")
    assert picture["src"] == file.thumbnail_url("lotus-flowers")
    assert (picture["width"], picture["height"]) == ("320", "240")
    assert (link["href"], link["data-lightbox"]) == (file.url("lotus-flowers"), "image")
    assert "hx-get" not in page.one("div", id=f"file-{attachment.pk}")
    for address in (picture["src"], link["href"], link["data-download"]):
        assert amy.get(address).status_code == 200


def test_sounds_and_documents(world: World, amy: Client, chat: Chatroom) -> None:
    voice = attach(chat, MessageKind.VOICE, file=with_previews(stored(world.lotus, OGG, "voice.ogg")))
    page = shown(amy, chat, voice)
    assert amy.get(page.one("audio")["src"]).status_code == 200
    assert len(re.findall(r"M[\d.]+ [\d.]+v[\d.]+", page.html)) == 64
    assert "OGG · 0:01" in page.text

    name = "價目表 <2026>.pdf"
    file = stored(world.lotus, b"%PDF-1.4\n%%EOF\n", name)
    document = attach(chat, MessageKind.DOCUMENT, file=file)
    page = shown(amy, chat, document)
    assert page.one("a", "file-document")["href"] == f"{file.url('lotus-flowers')}?download=1"
    assert escape(file.filename) in page.html
    assert "PDF" in page.text


WAITING, FAILED = AttachmentState.WAITING, AttachmentState.FAILED
IN_THEIR_APP = {"by_us": True, "in_their_app": True, "reference": AT_META}


@pytest.mark.parametrize(
    ("kind", "facts", "words", "can_ask"),
    [
        (MessageKind.IMAGE, {"state": WAITING, "reference": AT_META}, "Picture is on its way…", False),
        (MessageKind.VOICE, {"state": WAITING, "reference": AT_META}, "Voice message is on its way…", False),
        (MessageKind.VIDEO, {"state": FAILED, "reference": AT_META, "problem": "It is <gone>."}, "It is <gone>.", True),
        (MessageKind.IMAGE, {"state": FAILED}, "The channel did not say where this file is.", False),
        (MessageKind.DOCUMENT, {}, "This file is no longer kept.", False),
        (
            MessageKind.IMAGE,
            {"by_us": True, "state": WAITING, "recipe": "x"},
            "converted and brought to WhatsApp",
            False,
        ),
        (MessageKind.IMAGE, {"by_us": True, "state": WAITING}, "brought to WhatsApp", False),
        (MessageKind.IMAGE, {**IN_THEIR_APP, "state": WAITING}, "Picture is on its way…", False),
        (MessageKind.IMAGE, {**IN_THEIR_APP, "state": FAILED, "problem": "It is gone."}, "It is gone.", True),
        (MessageKind.IMAGE, {"by_us": True}, "This file is no longer kept.", False),
        (MessageKind.IMAGE, {"by_us": True, "state": FAILED}, "This file is no longer kept.", False),
    ],
)
def test_what_is_not_here_says_why(
    amy: Client, chat: Chatroom, kind: MessageKind, facts: dict[str, Any], words: str, can_ask: bool
) -> None:
    attachment = attach(chat, kind, **facts)
    page = shown(amy, chat, attachment)
    assert words in page.text
    assert page.all("img") == page.all("audio") == page.all("video") == []
    buttons = [button["formaction"] for button in page.all("button")]
    assert buttons == ([room_url(chat, "file_fetch", attachment.pk)] if can_ask else [])


def test_our_picture_tells_what_was_made_of_it(world: World, amy: Client, chat: Chatroom) -> None:
    original = stored(world.lotus, TIFF, "scan.tif")
    recipe = "image/jpeg;max=5242880"
    assert prepare_file(workspace_id=world.lotus.pk, file_id=original.pk, recipe=recipe)
    with scope(world.lotus.pk):
        made = MediaFile.objects.get(made_from=original, recipe=recipe)
    attachment = attach(chat, by_us=True, file=with_previews(original), sent_file=made, recipe=recipe)
    page = shown(amy, chat, attachment)
    assert page.one("p", "file-note").text.startswith("Sent as JPEG, ")
    assert page.one("a", "file-picture")["href"] == reverse("media:preview", args=["lotus-flowers", original.pk])
    downloads = [link["href"] for link in page.all("a") if link.text == "Original"]
    assert downloads == [f"{original.url('lotus-flowers')}?download=1"]
    saved = amy.get(downloads[0])
    assert b"".join(saved.streaming_content) == TIFF  # type: ignore[attr-defined]
    assert saved["Content-Disposition"] == 'attachment; filename="scan.tif"'


def test_a_file_that_was_named_as_another_type_says_so(world: World, amy: Client, chat: Chatroom) -> None:
    words = "It was named menu.jpg, but it is PDF."
    theirs = attach(chat, MessageKind.DOCUMENT, file=stored(world.lotus, samples.PDF, "menu.jpg"))
    page = shown(amy, chat, theirs)
    assert (page.one("p", "file-note").text, page.one("span", "file-name").text) == (words, "menu.pdf")
    chip = upload(amy, chat, samples.PDF, "menu.jpg")
    assert chip.one("p", "composer-file-note").text == words
    assert upload(amy, chat, samples.PDF, "menu.pdf").all("p", "composer-file-note") == []


def test_messages_from_before_files_were_kept_stay_cards(amy: Client, chat: Chatroom) -> None:
    put(chat, MessageKind.DOCUMENT, details={"attachments": [{"kind": "document", "filename": "old.pdf"}]})
    page = get(amy, room_url(chat))
    assert page.one("p", "part-title").text == "old.pdf"
    assert page.all("div", "file") == []


def test_files_cost_one_query_however_many(world: World, amy: Client, chat: Chatroom) -> None:
    room = partial(amy.get, room_url(chat))
    assert len(statements_of(room)) == COSTS["room as a page"]
    for _number in range(3):
        attach(chat, file=known(world.lotus))
        assert len(statements_of(room)) == COSTS["room as a page"] + 1


# --- asked for again ------------------------------------------------------------------------------------------------


def test_a_file_is_asked_for_again(amy: Client, chat: Chatroom) -> None:
    attachment = attach(chat, state=FAILED, reference=AT_META, problem="It is gone.")
    url = room_url(chat, "file_fetch", attachment.pk)
    assert amy.post(url, headers=HTMX).status_code == 204
    assert reload(attachment).state == AttachmentState.WAITING
    assert amy.post(url, headers=HTMX).status_code == 409


@pytest.mark.parametrize("name", ["file", "file_fetch"])
def test_a_file_of_another_chat_or_of_strangers_is_not_found(
    world: World, amy: Client, stranger: Client, chat: Chatroom, foreign_room: Chatroom, name: str
) -> None:
    ours = attach(chat, state=FAILED, reference=AT_META)
    theirs = attach(foreign_room, state=FAILED, reference=AT_META)
    other = room_on(world, ChannelKind.INSTAGRAM)
    method = "post" if name == "file_fetch" else "get"

    def status(browser: Client, url: str) -> int:
        return int(getattr(browser, method)(url, headers=HTMX).status_code)

    assert status(amy, room_url(other, name, ours.pk)) == 404
    assert status(amy, room_url(chat, name, theirs.pk)) == 404
    assert status(stranger, room_url(chat, name, ours.pk)) == 404
    assert status(stranger, room_url(foreign_room, name, ours.pk, slug="other-bakery")) == 404
    assert status(amy, room_url(chat, name, ours.pk)) in (200, 204)


def close_window(room: Chatroom) -> None:
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))


# --- chosen ---------------------------------------------------------------------------------------------------------


def upload(browser: Client, room: Chatroom, content: bytes, name: str, **more: str) -> Page:
    data = {"file": SimpleUploadedFile(name, content, "application/octet-stream"), **more}
    return Page(browser.post(room_url(room, "files"), data, headers=HTMX))


def test_a_chosen_file_becomes_an_id(world: World, amy: Client, chat: Chatroom) -> None:
    page = upload(amy, chat, PNG, "roses.jpg")
    assert page.status == 200
    with scope(world.lotus.pk):
        file = MediaFile.objects.get()
    assert page.one("input", name="file")["value"] == str(file.pk)
    assert page.one("p", "composer-file-name").text == "roses.png"
    assert file.created_by == world.amy
    again = get(amy, room_url(chat, "chosen_files"), htmx=True, file=str(file.pk))
    assert again.html == page.html
    assert get(amy, room_url(chat, "chosen_files"), htmx=True, file="999999").html.strip() == ""


def test_what_will_be_made_of_it_is_said_and_begun(world: World, amy: Client, chat: Chatroom) -> None:
    page = upload(amy, chat, TIFF, "scan.tif")
    assert "It will be sent as JPEG; this channel does not take TIF." in page.text
    assert page.one("progress")["value"] == "0"
    with scope(world.lotus.pk):
        file = MediaFile.objects.get()
    url = page.one("li", "composer-file")["hx-get"]
    assert prepare_file(workspace_id=world.lotus.pk, file_id=file.pk, recipe="image/jpeg;max=5242880")
    with_previews(file)
    ready = Page(amy.get(url, headers=HTMX))
    assert "Ready: JPEG, " in ready.text
    assert ready.all("progress") == []
    assert "hx-get" not in ready.one("li", "composer-file")


def test_a_sound_can_be_a_voice_message(amy: Client, chat: Chatroom) -> None:
    page = upload(amy, chat, OGG, "voice.ogg", send_as="voice")
    value = page.one("input", name="file")["value"]
    assert value.endswith(".voice")
    assert page.one("li", "composer-file")["data-kind"] == "voice"
    (other,) = page.all("button", name="chosen")
    sound = Page(amy.post(room_url(chat, "files"), {"chosen": other["value"]}, headers=HTMX))
    assert sound.one("input", name="file")["value"] == value.removesuffix(".voice")
    assert sound.one("li", "composer-file")["data-kind"] == "audio"
    close_window(chat)  # an answer with it can still be held
    assert amy.post(room_url(chat, "files"), {"chosen": other["value"]}, headers=HTMX).status_code == 200
    deleted = amy.post(room_url(chat, "files"), {"chosen": "999999.voice"}, headers=HTMX)
    assert deleted.status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.jpg", "is empty: it has 0 bytes."),
        (samples.picture("JPEG")[:200], "broken.jpg", ""),
        (b"MZ" + bytes(200), "setup.exe", "This channel does not take"),
    ],
)
def test_a_refused_file_says_why_and_is_not_kept(
    world: World, amy: Client, chat: Chatroom, content: bytes, name: str, words: str
) -> None:
    page = upload(amy, chat, content, name)
    assert page.status == 422
    assert page.all("input", name="file") == []
    problem = page.one("p", "composer-file-problem").text
    assert words in problem
    assert len(problem) > 10
    with scope(world.lotus.pk):
        assert not MediaFile.objects.exists()


def test_no_file_is_taken_for_nothing(world: World, amy: Client, chat: Chatroom) -> None:
    """It may be held while the window is closed, unless no message of the customer would open it."""
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=chat.connection_id).update(window_hours=0)
    page = upload(amy, chat, JPEG, "roses.jpg")
    assert page.status == 422
    assert page.one("p", "composer-file-problem").text.startswith(
        "Files cannot be sent now. The time to answer is over"
    )
    with scope(world.lotus.pk):
        assert not MediaFile.objects.exists()
        Connection.objects.filter(pk=chat.connection_id).update(window_hours=None)
    close_window(chat)
    assert upload(amy, chat, JPEG, "roses.jpg").status == 200


# --- sent -----------------------------------------------------------------------------------------------------------


def send(browser: Client, room: Chatroom, text: str, *, headers: dict[str, str] | None = None, **more: Any) -> Page:
    form = {"text": text, "client_id": str(uuid.uuid4()), **more}
    return Page(browser.post(room_url(room, "messages"), form, headers=headers or {}))


def answers(room: Chatroom) -> list[Message]:
    return [message for message in messages_of(room) if message.direction == "outbound"]


def test_files_and_text_are_sent(world: World, amy: Client, chat: Chatroom) -> None:
    files = [known(world.lotus), known(world.lotus, "red.jpg")]
    assert send(amy, chat, "Which one?", file=[str(file.pk) for file in files]).status == 303
    assert [(each.kind, each.text) for each in answers(chat)] == [("text", "Which one?"), ("image", ""), ("image", "")]
    with scope(world.lotus.pk):
        assert [each.file for each in Attachment.objects.order_by("pk")] == files
    page = get(amy, room_url(chat))
    assert [part.text for part in page.all("p", "file-note")] == ["Is being brought to WhatsApp…"] * 2


def test_without_a_script_files_come_with_the_form(world: World, amy: Client, chat: Chatroom) -> None:
    form = get(amy, room_url(chat)).one("form", id="composer")
    assert form["enctype"] == "multipart/form-data"
    uploads = [SimpleUploadedFile("roses.jpg", JPEG), SimpleUploadedFile("empty.jpg", b"")]
    refused = send(amy, chat, "These", upload=uploads)
    assert refused.status == 422
    assert "empty.jpg" in refused.one("p", id="composer-error").text
    kept = refused.one("input", name="file")
    assert (refused.form["text"], "checked" in kept, answers(chat)) == ("These", True, [])
    assert send(amy, chat, "These", file=kept["value"]).status == 303
    assert [(each.kind, each.text) for each in answers(chat)] == [("image", "These")]


@both_ways
@pytest.mark.parametrize("forged", ["foreign", "0", "x", "99999999999999999999", "999999999.voice"])
def test_a_file_that_is_not_ours_keeps_text_and_other_files(
    world: World, amy: Client, chat: Chatroom, headers: dict[str, str], forged: str
) -> None:
    ours, theirs = known(world.lotus), known(world.bakery, "bread.png")
    value = str(theirs.pk) if forged == "foreign" else forged
    page = send(amy, chat, "Look", headers=headers, file=[str(ours.pk), value])
    assert page.status == 422
    assert "One of the files is no longer there." in page.one("p", id="composer-error").text
    assert [element["value"] for element in page.all("input", name="file")] == [str(ours.pk)]
    assert page.form["text"] == "Look"
    assert answers(chat) == []
    assert "bread" not in page.html
    assert amy.get(reverse("media:file", args=["lotus-flowers", theirs.pk, "bread.png"])).status_code == 404


def test_a_file_that_is_gone_is_told_where_the_answer_is_held(amy: Client, chat: Chatroom) -> None:
    close_window(chat)
    form = {"text": "Look", "file": "999999", "client_id": str(uuid.uuid4())}
    for more, target in (({}, None), ({"hold": "yes"}, "#hold")):
        answer = amy.post(room_url(chat, "hold"), {**form, **more}, headers=HTMX)
        assert (answer.status_code, answer.headers.get("HX-Retarget")) == (422, target), "where there is a place for it"
        assert "One of the files is no longer there." in Page(answer).one("p", "form-error").text


@both_ways
def test_a_refused_message_comes_back_with_its_files(
    world: World, amy: Client, chat: Chatroom, headers: dict[str, str]
) -> None:
    files = [known(world.lotus) for _number in range(11)]
    page = send(amy, chat, "All of them", headers=headers, file=[str(file.pk) for file in files])
    assert page.status == 422
    assert "at most 10" in page.one("p", id="composer-error").text
    assert [element["value"] for element in page.all("input", name="file")] == [str(file.pk) for file in files]
    assert page.form["text"] == "All of them"


# --- the gallery, and what can be sent --------------------------------------------------------------------------------


def test_the_gallery_lists_the_files_of_its_chat(
    world: World, amy: Client, stranger: Client, chat: Chatroom, foreign_room: Chatroom
) -> None:
    first, second = (attach(chat, file=known(world.lotus)) for _number in range(2))
    attach(chat, MessageKind.DOCUMENT, file=known(world.lotus, "prices.pdf", "document"))
    attach(chat, state=WAITING, reference=AT_META)
    attach(foreign_room, file=known(world.bakery, "bread.png"))
    removed = attach(chat, file=known(world.lotus, "removed.png"))
    with scope(world.lotus.pk):
        Message.objects.filter(pk=removed.message_id).update(removed_at=clock.now())
    url = room_url(chat, "gallery")
    assert url in [link["href"] for link in get(amy, room_url(chat)).all("a", "rail-item")]

    page = get(amy, url, htmx=True)
    assert [link["data-jump"] for link in page.all("a", "gallery-jump")] == [
        f"message-{attachment.message_id}" for attachment in (second, first)
    ]
    documents = get(amy, url, show="documents")
    assert documents.is_whole
    assert [element.text for element in documents.all("span", "file-name")] == ["prices.pdf"]
    assert stranger.get(url).status_code == 404
    address, _hash, anchor = page.all("a", "gallery-jump")[1]["href"].partition("#")
    assert get(amy, address).messages[-1] == first.message_id
    assert anchor == f"message-{first.message_id}"


def test_a_long_gallery_has_pages(world: World, amy: Client, chat: Chatroom) -> None:
    file = known(world.lotus)
    attachments = [attach(chat, file=file) for _number in range(33)]
    page = get(amy, room_url(chat, "gallery"))
    older = get(amy, page.one("li", "gallery-older") and page.all("a", "button")[0]["href"])
    costs = [
        len(statements_of(partial(amy.get, url)))
        for url in (room_url(chat, "gallery"), page.all("a", "button")[0]["href"])
    ]
    assert costs[0] == costs[1], "thirty files cost what three do"
    jumps = [link["data-jump"] for each in (page, older) for link in each.all("a", "gallery-jump")]
    assert jumps == [f"message-{attachment.message_id}" for attachment in reversed(attachments)]
    assert older.all("li", "gallery-older") == []


def test_the_gallery_of_a_customer_has_all_their_chats(
    world: World, amy: Client, chat: Chatroom, foreign_room: Chatroom
) -> None:
    elsewhere, merged, other = (
        room_on(world, kind) for kind in (ChannelKind.WECHAT, ChannelKind.INSTAGRAM, ChannelKind.MESSENGER)
    )
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=elsewhere.pk).update(customer=chat.customer)
        merge_customers(actor=world.amy, keep=chat.customer, merge=merged.customer)
    mine = [attach(room, file=known(world.lotus)) for room in (chat, elsewhere, merged)]
    attach(other, file=known(world.lotus))
    attach(foreign_room, file=known(world.bakery))

    for room in (chat, elsewhere, merged):
        page = get(amy, room_url(room, "gallery"), htmx=True, of="customer")
        assert [link["data-jump"] for link in page.all("a", "gallery-jump")] == [
            f"message-{attachment.message_id}" for attachment in reversed(mine)
        ]
        assert {link["href"].partition("?")[0] for link in page.all("a", "gallery-jump")} == {
            room_url(each, "history") for each in (chat, elsewhere, merged)
        }
        assert [link.text for link in page.all("a", "segment") if "aria-current" in link] == [
            "All chats of this customer",
            "Pictures and videos",
        ]
    with scope(world.lotus.pk):
        Attachment.objects.all().delete()
    pages = [
        attach(room, MessageKind.DOCUMENT, file=known(world.lotus, "a.pdf", "document")) for room in [chat, merged] * 16
    ]
    page = get(amy, room_url(chat, "gallery"), of="customer", show="documents")
    older = get(amy, page.one("li", "gallery-older") and page.all("a", "button")[0]["href"])
    jumps = [link["data-jump"] for each in (page, older) for link in each.all("a") if "data-jump" in link]
    assert jumps == [f"message-{attachment.message_id}" for attachment in reversed(pages)]
    assert "WhatsApp · " in page.text
    assert "Instagram · " in older.text


@pytest.mark.parametrize("channel", ChannelKind)
def test_the_help_lists_what_the_channel_takes(world: World, amy: Client, channel: ChannelKind) -> None:
    room = room_on(world, channel)
    (button,) = get(amy, room_url(room)).all("button", value="file_rules")
    page = get(amy, button["hx-get"])
    capabilities = adapter_for(channel).capabilities
    assert len(page.all("tr")) == len(capabilities.media) + 1
    assert f"What {capabilities.label} takes" in page.text
    inside = {"whatsapp": "H.264 and AAC inside", "wechat": "MP3 or AMR inside, up to 60 seconds"}.get(
        channel, "inside"
    )
    assert (inside in page.text) == (channel in ("whatsapp", "wechat"))
    if capabilities.reply_policy.messages:
        assert f"allows {capabilities.reply_policy.messages} until" in page.text
