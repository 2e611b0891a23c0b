"""What leaves, and what does not: notes beside answers, a queue that is seen from every chat, recordings, the meter."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Page, Route, expect

from channels_adapters.registry import adapter_for
from channels_adapters.splitting import length_of, split_text
from channels_adapters.types import ChannelKind, TextUnit
from inbox.chatrooms.actions._composition import clean_text
from inbox.chatrooms.models import Chatroom
from inbox.lib import clock
from inbox.notes.models import CustomerNote
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.processes import until
from tests.world import messages_of, reload, room_with, rooms_of

from .conftest import BROKEN_LINES, Stage
from .test_conversation import LIVE, answer, leaves_composing_alone, message, open_inbox, row
from .test_files import TIFF, bring, choose

TEXT, NOTE = "#composer-text", "#composer-note-text"
FILL_THE_STORAGE = """() => {
  for (const storage of [localStorage, sessionStorage])
    for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2))
      for (let number = 0; number < 20; number += 1)
        try { storage.setItem(`filling-${size}-${number}`, "x".repeat(size)); } catch { break; }
}"""
# Messages to other chats that were refused too, and notices enough to push any other out.
REFUSE_MORE = """(member) => {
  const key = `unsent:${member}`;
  const kept = JSON.parse(localStorage.getItem(key));
  const more = ["One", "Two", "Three"].map((id, at) => ({ ...kept[0], id, room: `${at + 900000}`, title: id }));
  localStorage.setItem(key, JSON.stringify([...kept, ...more]));
}"""
NOTICES_OF_OTHERS = """() => {
  const notices = document.getElementById("notices");
  for (const kind of ["busy", "failed", "gone"])
    notices.append(document.getElementById(`notice-${kind}`).content.firstElementChild.cloneNode(true));
}"""
MICROPHONE = """
  window.tracks = [];
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    if (window.isRefused) throw new DOMException("Permission denied", "NotAllowedError");
    const stream = await real(wish);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
"""
COUNTED = """async (cases) => {
  const { cleaned, countMessages, lengthOf } = await import(
    document.querySelector("script[src*='js/inbox']").src.replace("js/inbox", "js/splitting"));
  return cases.map(([text, limit, unit]) => [lengthOf(cleaned(text), unit), countMessages(cleaned(text), limit, unit)]);
}"""


def mode(page: Page, name: str) -> None:
    page.locator(".composer-mode", has_text=name).click()


def sent_texts(stage: Stage) -> list[str]:
    return [each.text for each in stage.simulator.sent()]


def notes_of(stage: Stage) -> list[tuple[str, list[int]]]:
    with scope(stage.world.lotus.pk):
        rows = CustomerNote.objects.prefetch_related("mentions").order_by("pk")
        return [(row.text, [mention.member_id for mention in row.mentions.all()]) for row in rows]


def two_chats(stage: Stage) -> tuple[Chatroom, Chatroom]:
    """One with Chan Tai Man, and a newer one with Wong Siu Ming."""
    stage.simulator.inbound(stage.world.shop.account_id, "85290000001", "Hello?")
    until(lambda: rooms_of(stage.world.shop))
    first = rooms_of(stage.world.shop)[0]
    return first, room_with(stage.world, "Roses?", phone="85290000009", name="Wong Siu Ming")


def test_a_note_is_written_in_the_place_of_an_answer_and_never_leaves(stage: Stage) -> None:
    world = stage.world
    room = two_chats(stage)[0]
    path = f"/w/lotus-flowers/rooms/{room.pk}/"
    amy = stage.agent(world.amy)
    open_inbox(amy, path)
    amy.locator(TEXT).press_sequentially("What does it cost @be")
    expect(amy.locator(".note-option")).to_have_text("Ben Agent")
    expect(amy.locator(".note-option")).not_to_have_attribute("aria-selected", "true")  # Enter would still answer
    amy.keyboard.press("ArrowDown")
    assert leaves_composing_alone(amy.locator(TEXT))
    amy.keyboard.press("Enter")
    expect(amy.locator(NOTE)).to_have_value("What does it cost @Ben Agent ")
    expect(amy.locator(NOTE)).to_be_focused()
    expect(amy.get_by_text("Note: only your team sees it")).to_be_visible()
    expect(amy.locator(TEXT)).to_be_hidden()
    expect(amy.locator(TEXT)).to_have_value("")
    amy.keyboard.type("now?")
    assert leaves_composing_alone(amy.locator(NOTE))
    amy.keyboard.press("Enter")
    expect(amy.locator(".composer-note-said")).to_have_text("Note saved. The customer gets nothing.")
    expect(amy.locator(NOTE)).to_have_value("")
    assert notes_of(stage) == [("What does it cost @Ben Agent now?", [world.ben.pk])]
    expect(amy.locator(f"#room-{room.pk}-notes")).to_contain_text("1")

    amy.keyboard.type("A second note")
    mode(amy, "To the customer")
    expect(amy.locator(TEXT)).to_be_focused()
    amy.keyboard.type("It costs ten")
    mode(amy, "Note to the team")
    expect(amy.locator(NOTE)).to_have_value("A second note")
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(amy.locator(TEXT)).to_have_value("It costs ten")
    expect(amy.locator(".composer-note-begun")).to_be_visible()
    assert leaves_composing_alone(amy.locator(TEXT))
    amy.press(TEXT, "Enter")
    expect(message(amy, "It costs ten")).to_be_visible()
    amy.locator("#thread").focus()
    mode(amy, "Note to the team")
    expect(amy.locator(NOTE)).to_have_value("A second note")
    amy.route("**/notes/**", lambda route: route.abort())
    amy.press(NOTE, "Enter")
    expect(amy.locator("[data-note-problem]")).to_contain_text("The server cannot be reached.")
    expect(amy.locator(NOTE)).to_have_value("A second note")
    bring(amy, "paste", "image.png", samples.picture("PNG"), to=NOTE)
    expect(amy.locator("[data-note-problem]")).to_contain_text("A note takes no files.")
    expect(amy.locator(".composer-file")).to_have_count(0)

    # A slow line: what is typed behind a note that is on its way, in a chat that is left meanwhile, is the next note.
    amy.unroute("**/notes/**")
    held: list[Route] = []
    amy.route("**/notes/**", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    with amy.expect_request(lambda request: request.method == "POST" and "/notes/" in request.url):
        amy.press(NOTE, "Enter")
    amy.keyboard.type(" and a third")
    row(amy, "Wong Siu Ming").locator(".row-link").click()
    expect(amy.locator("#room")).not_to_have_attribute("data-room", str(room.pk))
    with amy.expect_response(lambda answer: answer.request.method == "POST" and "/notes/" in answer.url):
        held[0].continue_()
    row(amy, "Chan Tai Man").locator(".row-link").click()
    expect(amy.locator("#room")).to_have_attribute("data-room", str(room.pk))
    mode(amy, "Note to the team")
    expect(amy.locator(NOTE)).to_have_value(" and a third")
    stage.forgive(BROKEN_LINES)  # the browser mentions the request that failed

    plain = stage.agent(world.amy, java_script_enabled=False)
    plain.goto(path)
    expect(plain.locator(NOTE)).to_be_hidden()
    mode(plain, "Note to the team")
    expect(plain.locator(TEXT)).to_be_hidden()
    plain.fill(NOTE, "Without a script")
    plain.get_by_role("button", name="Save note").click()
    expect(plain.locator(".note-text").first).to_have_text("Without a script")
    texts = [text for text, _members in notes_of(stage)]
    assert texts == ["What does it cost @Ben Agent now?", "A second note", "Without a script"]
    assert [each.text for each in messages_of(room) if each.direction == "outbound"] == ["It costs ten"]
    until(lambda: sent_texts(stage) == ["It costs ten"])


def test_a_message_refused_while_another_chat_is_open_is_not_silent(stage: Stage) -> None:
    first, second = two_chats(stage)
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{first.pk}/")
    amy.route("**/messages/", lambda route: route.abort())
    answer(amy, "For the first")
    expect(amy.locator(".composer-queue")).to_contain_text("For the first")
    row(amy, "Wong Siu Ming").locator(".row-link").click()
    expect(amy.locator("#room")).to_have_attribute("data-room", str(second.pk))
    expect(row(amy).locator(".row-unsent")).to_have_text("Waiting to be sent")
    expect(row(amy, "Wong Siu Ming").locator(".row-unsent")).to_be_hidden()
    with scope(first.workspace_id):
        Chatroom.objects.filter(pk=first.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    amy.unroute("**/messages/")
    amy.evaluate("dispatchEvent(new Event('online'))")
    notice = amy.locator(".notice[data-unsent]")
    expect(notice).to_contain_text("Your message to Chan Tai Man was not sent: ")
    expect(notice).to_contain_text("For the first")
    expect(row(amy).locator(".row-unsent")).to_have_text("Not sent")
    amy.evaluate(REFUSE_MORE, amy.locator("#main").get_attribute("data-member"))
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(notice).to_have_count(1)
    expect(notice.locator("[data-count-words]")).to_have_text("4 messages were not sent")
    expect(notice.locator("li")).to_have_count(4)
    amy.evaluate(NOTICES_OF_OTHERS)
    expect(amy.locator(".notice")).to_have_count(3)
    expect(notice).to_have_count(0)
    amy.reload()
    amy.wait_for_selector(LIVE)
    notice.locator("li", has_text="to Chan Tai Man").get_by_role("link", name="Open the chat").click()
    expect(amy.locator(TEXT)).to_have_value("For the first")
    expect(amy.locator(".composer-returned")).to_contain_text("It was not sent")
    expect(notice.locator("li")).to_have_count(3)
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
    expect(row(amy).locator(".row-unsent")).to_be_hidden()

    row(amy, "Wong Siu Ming").locator(".row-link").click()
    expect(amy.locator("#room")).to_have_attribute("data-room", str(second.pk))
    amy.evaluate(FILL_THE_STORAGE)
    amy.route("**/messages/", lambda route: route.abort())
    answer(amy, "No room for this")
    expect(amy.get_by_text("this browser has no room left to keep it until then")).to_be_visible()
    expect(amy.locator(TEXT)).to_have_value("No room for this")
    amy.unroute("**/messages/")
    amy.press(TEXT, "Enter")
    expect(message(amy, "No room for this")).to_be_visible()
    expect(amy.locator(TEXT)).to_have_value("")
    stage.forgive(f"{BROKEN_LINES}|422")  # the browser mentions each request that failed, and the refusal


def test_a_recording_is_neither_lost_nor_goes_on_when_its_chat_is_left(stage: Stage) -> None:
    first = two_chats(stage)[0]
    amy = stage.agent(stage.world.amy)
    amy.add_init_script(MICROPHONE)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{first.pk}/")
    amy.fill(TEXT, "Listen to this")
    record = amy.get_by_role("button", name="Record a voice message")
    amy.evaluate("window.isRefused = true")
    record.click()
    expect(amy.locator(".composer-said")).to_contain_text("The microphone cannot be used.")
    expect(amy.locator(TEXT)).to_have_value("Listen to this")
    amy.evaluate("window.isRefused = false")

    chips = amy.locator(".composer-file[data-value]")
    for is_broken in (False, True):
        if is_broken:
            amy.route("**/files/", lambda route: route.abort())
        record.click()
        expect(amy.locator("[data-recorded]")).to_have_text(re.compile("0:(0[1-9]|[1-5][0-9])"))
        row(amy, "Wong Siu Ming").locator(".row-link").click()
        until(lambda: amy.evaluate("tracks.length && tracks.every(({ readyState }) => readyState === 'ended')"))
        expect(amy.locator(".composer-recording")).to_be_hidden()
        if is_broken:
            expect(amy.get_by_text("A file did not reach the chat that you left.")).to_be_visible()
            amy.unroute("**/files/")
        row(amy).locator(".row-link").click()
        if is_broken:
            amy.get_by_role("button", name="Try again").click()
        expect(chips).to_have_count(1 + is_broken)
        expect(chips.last).to_have_attribute("data-kind", "voice")
        expect(amy.locator(TEXT)).to_have_value("Listen to this")

    record.click()
    expect(amy.locator(".composer-recording")).to_be_visible()
    with amy.expect_event("dialog") as asked:
        amy.once("dialog", lambda dialog: dialog.dismiss())
        amy.evaluate("void setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    amy.get_by_role("button", name="Discard").click()
    stage.forgive(BROKEN_LINES)  # the browser mentions the request that failed


def test_sending_and_closing_is_one_message_and_a_closed_chat(stage: Stage) -> None:
    room = two_chats(stage)[0]
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    state = amy.locator(".room-state")
    amy.fill(TEXT, "Until tomorrow")
    amy.get_by_role("button", name="Send and close the chat").dblclick()
    expect(state).to_have_attribute("data-status", "closed")
    expect(amy.locator(TEXT)).to_have_value("")
    expect(amy.locator(TEXT)).to_be_focused()
    notice = amy.locator(".notice", has_text="The chat is closed.")
    expect(notice).to_have_count(1)
    notice.get_by_role("button", name="Undo").click()
    expect(amy.locator("#notices")).to_contain_text("1 chat is as before.")
    expect(state).to_have_attribute("data-status", "open")
    amy.fill(TEXT, "Good night")
    amy.press(TEXT, "Control+Shift+Enter")
    expect(state).to_have_attribute("data-status", "closed")
    expect(amy.locator(TEXT)).to_have_value("")
    state.get_by_role("button", name="Reopen").click()
    expect(state).to_have_attribute("data-status", "open")
    uploads: list[Route] = []
    amy.route("**/files/", lambda route: uploads.append(route))
    choose(amy, TIFF)
    amy.fill(TEXT, "With a picture")
    amy.get_by_role("button", name="Send and close the chat").click()
    expect(amy.locator(".composer-said")).to_have_text("The message is sent as soon as its files are here.")
    until(lambda: amy.evaluate("1") and uploads)
    uploads[0].continue_()
    expect(state).to_have_attribute("data-status", "closed")
    assert reload(room).status == "closed"
    sent = [each.text for each in messages_of(room) if each.direction == "outbound"]
    assert sent == ["Until tomorrow", "Good night", "With a picture"]


def test_the_meter_counts_as_the_server_cuts(stage: Stage) -> None:
    family, flag, tone = "👨‍👩‍👧‍👦", "🇭🇰", "👍🏽"
    limits = [(each.text_limit, each.text_unit) for each in (adapter_for(kind).capabilities for kind in ChannelKind)]
    assert {unit for _limit, unit in limits} == set(TextUnit)
    cases = [
        (text, limit, unit)
        for limit, unit in [*limits, *((small, unit) for small in (40, 41, 57) for unit in TextUnit)]
        for edge in (limit - 1, limit // 2, limit // 3)
        for text in (
            "a" * edge,
            "a" * (limit + 1),
            ("a" * edge + "😀") * 3,
            ("a" * edge + family) * 3,
            ("a" * (edge - 4) + "e\u0301") * 4,
            "x" + flag * limit,
            (tone + family) * (limit // 8),
            "玫瑰很好。" * (limit // 4),
            "好" * edge + "ค่ะ" * 30,
            "Roses are red. " * (limit // 9),
            ("A line of words\r\n" * 5 + "\r\n") * (limit // 40),
            "\u3000\x85 \x1f" + "word\u00a0word " * (limit // 6) + "\ufeff \n",
            "\u0301" * (limit * 2),
            "a" * edge + " " * limit + "b" * edge,
        )
    ]
    amy = stage.agent(stage.world.amy)
    open_inbox(amy)
    counted = amy.evaluate(COUNTED, [[text, limit, unit.value] for text, limit, unit in cases])
    expected = []
    for raw, limit, unit in cases:
        text = clean_text(raw)
        expected.append([length_of(text, unit), len(split_text(text, limit, unit))])
    wrong = [
        (case[0][:30], len(case[0]), *case[1:], there, here)
        for case, there, here in zip(cases, counted, expected, strict=True)
        if there != here
    ]
    assert wrong == []
