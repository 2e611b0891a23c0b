"""Files that go to another chat, and files that go nowhere: chosen, searched for, refused, let go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Chatroom
from inbox.customers.actions import merge_customers
from inbox.lib import clock
from inbox.media.models import MediaFile
from inbox.message_templates.models import MessageTemplate
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces import searching
from inbox.workspaces.tenancy import scope
from tests.workspaces.conftest import plan_message
from tests.world import World, messages_of

from .conftest import HTMX, crowd, get, room_on, room_url
from .reading import Page
from .test_files import attach, both_ways, close_window, known


@pytest.fixture
def chat(world: World) -> Chatroom:
    return room_on(world, ChannelKind.WHATSAPP)


@pytest.fixture
def file(world: World, chat: Chatroom) -> MediaFile:
    """A picture of the chat, small already."""
    found = known(world.lotus)
    with scope(world.lotus.pk):
        MediaFile.objects.filter(pk=found.pk).update(previews_at=clock.now())
    attach(chat, file=found)
    return found


def forward_url(file: MediaFile, name: str = "forward", slug: str = "lotus-flowers") -> str:
    return reverse(f"chatrooms:{name}", args=[slug, file.pk])


def offered(page: Page) -> list[str]:
    return [link["href"] for link in page.all("a", "forward-chat")]


@both_ways
def test_a_file_waits_in_the_composer_of_the_chosen_chat(
    world: World, amy: Client, chat: Chatroom, file: MediaFile, headers: dict[str, str]
) -> None:
    other = room_on(world, ChannelKind.INSTAGRAM, name="Wong Siu Ming")
    (link,) = get(amy, room_url(chat)).all("a", "file-forward")
    assert link["href"] == forward_url(file)
    page = Page(amy.get(link["href"], headers=headers))
    assert offered(page) == [f"{room_url(room)}?file={file.pk}" for room in (other, chat)]

    there = Page(amy.get(offered(page)[0], headers=headers))
    chips = there.all("li", "composer-file")
    assert [chip["data-value"] for chip in chips if "data-value" in chip] == [str(file.pk)]
    assert there.one("input", name="file")["value"] == str(file.pk)
    assert messages_of(other) == []
    form = there.form | {"text": "", "file": str(file.pk)}
    assert amy.post(room_url(other, "messages"), form).status_code == 303
    assert [message.kind for message in messages_of(other)] == ["image"]


def test_chats_that_take_no_file_now_say_why(world: World, amy: Client, chat: Chatroom) -> None:
    menu = known(world.lotus, "menu.pdf", "document")
    with scope(world.lotus.pk):
        MediaFile.objects.filter(pk=menu.pk).update(mime_type="application/pdf")
    open_one, closed = room_on(world, ChannelKind.INSTAGRAM), chat
    room_on(world, ChannelKind.WECHAT)
    close_window(closed)
    page = get(amy, forward_url(menu))
    assert offered(page) == [f"{room_url(open_one)}?file={menu.pk}"]
    reasons = [part.text for part in page.all("span", "forward-problem")]
    assert len(reasons) == 2
    assert "This channel takes no documents" in reasons[0]
    assert reasons[1].startswith("The time to answer is over: WhatsApp takes only templates")


def test_the_chats_have_pages_and_are_found_by_name_and_number(
    world: World, amy: Client, chat: Chatroom, file: MediaFile, foreign_room: Chatroom
) -> None:
    rooms = sorted(crowd(world, 24), key=lambda room: (room.last_message_at, room.pk), reverse=True)
    assert rooms[0] == chat
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk__in=[room.pk for room in rooms[::3]]).update(status="closed")
    page = get(amy, forward_url(file))
    older = get(amy, page.all("a", "button")[-1]["href"])
    listed = [each["data-room"] for part in (page, older) for each in part.all("li", "forward-choice")]
    assert listed == [str(room.pk) for room in rooms]
    assert older.all("li", "gallery-older") == []

    elsewhere = room_on(world, ChannelKind.INSTAGRAM, name="Wong Siu Ming")
    with scope(world.lotus.pk):
        merge_customers(actor=world.amy, keep=rooms[1].customer, merge=elsewhere.customer)
    for search, found in (
        ("chan TAI", [chat]),
        ("+852 7000 0005", [rooms[-6]]),
        ("85270000023", [elsewhere, rooms[1]]),  # who was merged comes along
        ("nobody", []),
        ("Bread", []),
        ("x\x00y", []),
        ("ch\x00an\x00", [chat]),
    ):
        page = get(amy, forward_url(file), htmx=True, search=search)
        assert [each["data-room"] for each in page.all("li", "forward-choice")] == [str(room.pk) for room in found]
    assert offered(get(amy, forward_url(file), search="\x00")) == offered(get(amy, forward_url(file)))


@pytest.mark.parametrize("where", ["forwarding", "merging"])
def test_a_search_for_a_customer_ends_in_time_and_is_counted_like_every_search(
    world: World, amy: Client, chat: Chatroom, file: MediaFile, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, name = forward_url(file), "search"
    if where == "merging":
        address, name = reverse("customers:candidates", args=["lotus-flowers", chat.customer_id]), "q"

    def slowly(go: Callable[..., Any], sql: str, *more: Any) -> Any:
        if "given_name" in sql and "LIKE" in sql:
            go("SELECT pg_sleep(5)", (), *more[1:])
        return go(sql, *more)

    monkeypatch.setattr(searching, "SECONDS", 0.2)
    with connection.execute_wrapper(slowly):
        page = get(amy, address, htmx=True, **{name: "chan"})
    assert "That is too much to look through." in page.text
    assert page.one("input", type="search")["value"] == "chan"
    monkeypatch.setattr(searching, "MOST", searching.RateLimitItemPerSecond(2, 60))
    given = [amy.get(address, {name: "chan"}).status_code for _ in range(3)]
    assert given == [200, 200, 429]
    assert amy.get(address).status_code == 200, "without a search nothing is counted"


def test_foreign_files_and_chats_are_not_found(
    world: World, amy: Client, stranger: Client, chat: Chatroom, file: MediaFile, foreign_room: Chatroom
) -> None:
    theirs = known(world.bakery, "bread.png")
    for browser, address in (
        (amy, forward_url(theirs)),
        (stranger, forward_url(file)),
        (stranger, forward_url(file, slug="other-bakery")),
        (amy, f"{room_url(chat)}?file={theirs.pk}"),
        (amy, f"{room_url(chat)}?file=x"),
        (amy, f"{room_url(foreign_room)}?file={file.pk}"),
    ):
        assert browser.get(address).status_code == 404
        assert browser.get(address, headers=HTMX).status_code == 404
    for browser, slug, target in ((amy, "lotus-flowers", theirs), (stranger, "other-bakery", file)):
        assert browser.post(forward_url(target, "file_discard", slug)).status_code == 404


# --- taken out ------------------------------------------------------------------------------------------------------


def in_message(world: World, chat: Chatroom, file: MediaFile) -> None:
    attach(chat, file=file, by_us=True)


def as_sent(world: World, chat: Chatroom, file: MediaFile) -> None:
    attach(chat, sent_file=file, by_us=True)


def for_later(world: World, chat: Chatroom, file: MediaFile) -> None:
    row = plan_message(world.amy, chat, "Reminder")
    stored = [{"id": file.pk, "send_as": "file", "name": file.filename}]
    ScheduledMessage.objects.filter(pk=row.pk).update(files=stored)


def as_sample(world: World, chat: Chatroom, file: MediaFile) -> None:
    MessageTemplate.objects.create(
        workspace=world.lotus, business_id="1", name="a", language="en", status="DRAFT", order={"sample": file.pk}
    )


def of_ben(world: World, chat: Chatroom, file: MediaFile) -> None:
    MediaFile.objects.filter(pk=file.pk).update(created_by=world.ben)


def nowhere(world: World, chat: Chatroom, file: MediaFile) -> None:
    pass


@pytest.mark.parametrize(
    ("use", "stays"),
    [(nowhere, False), (in_message, True), (as_sent, True), (for_later, True), (as_sample, True), (of_ben, True)],
)
def test_a_file_that_was_taken_out_is_let_go_unless_it_is_used(
    world: World, amy: Client, chat: Chatroom, use: Callable[[World, Chatroom, MediaFile], None], stays: bool
) -> None:
    file, another = known(world.lotus), known(world.lotus)
    with scope(world.lotus.pk):
        MediaFile.objects.update(created_by=world.amy)
        use(world, chat, file)
    chip = get(amy, room_url(chat, "chosen_files"), htmx=True, file=str(file.pk))
    url = chip.one("button", id=f"composer-file-{file.pk}-remove")["data-discard-url"]
    assert amy.post(url).status_code == 204
    assert amy.get(url).status_code == 405
    with scope(world.lotus.pk):
        assert MediaFile.objects.filter(pk=file.pk).exists() == stays
        assert MediaFile.objects.filter(pk=another.pk).exists()
    assert amy.post(url).status_code == (204 if stays else 404)
