"""The reply window live: it closes while the page is open, the text stays, and the customer opens it again."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from channels_adapters.types import ChannelKind, MessageKind
from inbox.chatrooms.models import Attachment, Chatroom, Direction, MessageState, OutboxEntry
from inbox.lib import clock
from inbox.media.actions import store_file
from inbox.message_templates.models import MessageTemplate
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.pages.conftest import put, room_on, room_url
from tests.pages.test_template_picker import BUSINESS, PICTURED, picture, template
from tests.world import messages_of, receive

from .conftest import Stage
from .test_conversation import LIVE, message, open_inbox, row

DAY = timedelta(hours=24)
PATIENCE = 15_000  # milliseconds, for what goes through the worker or waits for the clock


def bar(page: Page) -> Locator:
    return page.locator("#room .window")


def ring(page: Page) -> Locator:
    return row(page).locator(".row-window")


def send_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send", exact=True)


def closing_in(room: Chatroom, left: timedelta) -> None:
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - DAY + left)


def say(phone: Page, text: str) -> None:
    phone.get_by_role("textbox", name="Message").fill(text)
    phone.keyboard.press("Enter")


def test_a_window_closes_under_the_agents_hands_and_the_held_answer_goes_out(travelling_stage: Stage) -> None:
    """From free text to template mode, to an answer that waits behind a template, and back, on one open page."""
    stage, phone = travelling_stage, travelling_stage.phone()
    amy = stage.agent(stage.world.amy)
    open_inbox(amy)
    say(phone, "Do you have peonies?")
    row(amy).locator("a").click()
    expect(message(amy, "Do you have peonies?")).to_be_visible()
    expect(bar(amy)).to_have_attribute("data-mode", "free")
    expect(bar(amy)).to_contain_text("closes in 23 h 59 min")
    expect(ring(amy)).to_have_attribute("title", "closes in 23 h 59 min")

    with scope(stage.world.lotus.pk):
        room = Chatroom.objects.get(connection=stage.world.shop)
    body = {"text": "Dear {{1}}, reply to read our answer.", "example": {"body_text": [["Ada"]]}}
    asking = {"category": "UTILITY", "language": "en", "components": [{"type": "BODY", **body}]}
    stage.simulator.put_template(BUSINESS, name="we_have_an_answer", status="APPROVED", **asking)
    template(stage.world, "we_have_an_answer", **asking, defaults={"body.1": "{name}"}, is_fallback=True)
    closes_at = room.last_inbound_at + DAY
    amy.wait_for_selector(LIVE)  # daphne would refuse a socket whose opening takes a day
    # Two lists stand open beside it, one that the chat will leave and one that it will enter, by time alone.
    leaving, entering = amy.context.new_page(), amy.context.new_page()
    open_inbox(leaving, "/w/lotus-flowers/?window=open")
    open_inbox(entering, "/w/lotus-flowers/?waiting=1-2")
    expect(row(leaving)).to_be_visible()
    expect(leaving.locator("#count-tab-all")).to_have_text("1")
    expect(entering.locator("#count-tab-all")).to_have_text("0")
    expect(row(entering)).to_have_count(0)
    stage.travel(closes_at - timedelta(seconds=30))
    expect(bar(amy)).to_contain_text("closes in less than a minute")
    expect(bar(amy)).to_have_attribute("data-urgency", "soon")
    amy.fill("#composer-text", "Yes, three bunches")
    stage.travel(closes_at - timedelta(seconds=1))
    expect(bar(amy)).to_have_attribute("data-mode", "template", timeout=PATIENCE)
    expect(bar(amy)).to_contain_text("WhatsApp takes only templates until the customer writes again")
    expect(amy.locator("#announcer")).to_contain_text("only templates")
    expect(ring(amy)).to_have_attribute("data-urgency", "over")
    expect(amy.locator("#composer")).to_have_attribute("data-mode", "template")
    expect(amy.locator("#composer-text")).to_have_value("Yes, three bunches")
    expect(amy.locator("#composer-text")).to_be_focused()
    expect(send_button(amy)).to_be_disabled()
    expect(row(leaving)).to_have_count(0, timeout=PATIENCE)
    stage.travel(closes_at + timedelta(minutes=1, seconds=5))
    expect(row(entering)).to_be_visible()
    for page, number in ((leaving, "0"), (entering, "1")):
        expect(page.locator("#count-tab-all")).to_have_text(number, timeout=PATIENCE)
        page.close()
    amy.keyboard.type(".")
    amy.keyboard.press("Enter")
    expect(amy.locator("#composer-text")).to_have_value("Yes, three bunches.")
    assert len(messages_of(room)) == 1

    amy.get_by_role("button", name="Hold the answer").click()
    greeting = amy.locator("#hold").get_by_label("Text 1")
    expect(greeting).to_have_value("Chan Tai Man")
    greeting.fill("Mr Chan")
    expect(amy.locator("#hold-preview")).to_contain_text("Dear Mr Chan, reply to read our answer.")
    amy.keyboard.press("Enter")
    expect(message(amy, "Dear Mr Chan, reply to read our answer.")).to_be_visible(timeout=PATIENCE)
    expect(amy.locator("#hold")).to_have_count(0)
    expect(amy.locator(".held textarea")).to_have_value("Yes, three bunches.", timeout=PATIENCE)
    expect(amy.locator("#composer-text")).to_have_value("")
    expect(amy.locator("#composer-text")).to_be_focused()
    expect(phone.get_by_text("Dear Mr Chan, reply to read our answer.").first).to_be_visible(timeout=PATIENCE)

    say(phone, "Are you there?")
    expect(message(amy, "Are you there?")).to_be_visible(timeout=PATIENCE)
    expect(message(amy, "Yes, three bunches.")).to_be_visible(timeout=PATIENCE)
    expect(phone.get_by_text("Yes, three bunches.").first).to_be_visible(timeout=PATIENCE)
    expect(amy.locator(".held")).to_have_count(0, timeout=PATIENCE)
    expect(bar(amy)).to_have_attribute("data-mode", "free")
    expect(amy.locator("#composer")).to_have_attribute("data-mode", "free")
    expect(ring(amy)).to_have_attribute("data-urgency", "long")
    expect(send_button(amy)).to_be_enabled()
    amy.fill("#composer-text", "Shall we keep them?")
    amy.press("#composer-text", "Enter")
    expect(phone.get_by_text("Shall we keep them?").first).to_be_visible()

    plain = stage.agent(stage.world.ben, java_script_enabled=False, viewport={"width": 390, "height": 844})
    plain.goto(room_url(room))
    plain.locator(".functions-links summary").click()
    for name in ("Customer", "Schedule", "Costs", "Message templates", "Held answers"):
        expect(plain.locator(".functions-links").get_by_role("link", name=name)).to_be_visible()
    plain.locator(".functions-links").get_by_role("link", name="Schedule").click()
    expect(plain.locator("#schedule-form")).to_be_visible()


def test_a_refused_message_makes_the_bar_look_again(stage: Stage) -> None:
    room = room_on(stage.world, ChannelKind.WHATSAPP)
    put(room, text="Hello?")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, room_url(room))
    expect(bar(amy)).to_have_attribute("data-mode", "free")
    closing_in(room, timedelta(hours=-1))  # the page does not know
    amy.fill("#composer-text", "Good morning")
    amy.press("#composer-text", "Enter")
    expect(amy.locator("#composer-error")).to_contain_text("only templates")
    expect(bar(amy)).to_have_attribute("data-mode", "template")
    expect(send_button(amy)).to_be_disabled()
    expect(amy.locator("#composer-text")).to_have_value("Good morning")
    stage.forgive("422")  # the browser mentions the 422


def test_what_failed_is_held_whole_and_what_waits_is_given_up(stage: Stage) -> None:
    world, room = stage.world, room_on(stage.world, ChannelKind.WHATSAPP)
    closing_in(room, timedelta(hours=-1))
    asked = put(room, text="Which ones?")
    file = store_file(workspace_id=world.lotus.pk, content=samples.picture("PNG"), filename="roses.png")
    failed = {"state": MessageState.FAILED, "failure_code": "window_closed", "direction": Direction.OUTBOUND}
    facts = {"attachments": [{"kind": "image"}]}
    late = put(room, MessageKind.IMAGE, "These", details=facts, reply_to=asked, author=world.amy, **failed)
    facts = {"template": {"name": "ready", "language": "en", "category": "UTILITY", "components": []}}
    waits = put(
        room,
        MessageKind.TEMPLATE,
        "Your roses are ready.",
        details=facts,
        state=MessageState.QUEUED,
        failure_code="template_in_review",
        direction=Direction.OUTBOUND,
    )
    with scope(world.lotus.pk):
        Attachment.objects.create(workspace=world.lotus, message=late, kind="image", state="ready", file=file)
        due_at = clock.now() + timedelta(hours=1)
        OutboxEntry.objects.create(
            workspace=world.lotus, message=waits, chatroom=room, connection=room.connection, due_at=due_at
        )
    amy = stage.agent(world.amy)
    open_inbox(amy, room_url(room))
    amy.fill("#composer-text", "Or tulips.")
    amy.locator(f"#message-{late.pk}").get_by_role("button", name="Hold the answer").click()
    expect(amy.locator("#composer-text")).to_have_value("These\n\nOr tulips.")
    expect(amy.locator("#composer .composer-file-name")).to_have_text("roses.png")
    expect(amy.locator(".composer-quote")).to_contain_text("Which ones?")
    amy.locator("#hold").get_by_role("button", name="Hold it").click()
    held = amy.locator(".held-answer")
    expect(held.locator("textarea")).to_have_value("These\n\nOr tulips.")
    expect(held).to_contain_text("roses.png")
    expect(held.locator(".quote")).to_contain_text("Which ones?")
    expect(amy.locator("#composer .composer-file")).to_have_count(0)
    expect(amy.locator(".composer-quote")).to_be_hidden()
    expect(amy.locator("#composer-text")).to_have_value("")

    waiting = amy.locator(f"#message-{waits.pk}")
    waiting.get_by_role("button", name="Cancel it").click()
    expect(amy.locator("#thread")).to_contain_text("Amy Agent cancelled the template “ready”, which had not left")
    expect(waiting).to_be_hidden()


def test_a_template_is_chosen_filled_in_and_sent_while_the_text_waits(stage: Stage) -> None:
    room = room_on(stage.world, ChannelKind.WHATSAPP)
    put(room, text="Hello?")
    closing_in(room, timedelta(hours=-1))
    template(stage.world, defaults={"body.1": "{name}"})
    template(stage.world, "thanks", components=[{"type": "BODY", "text": "Thank you"}])
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, room_url(room))
    amy.fill("#composer-text", "We open at ten.")
    picker = amy.locator("#template-picker")
    amy.get_by_role("button", name="Choose a template").click()
    expect(picker.get_by_role("searchbox")).to_be_focused()
    expect(picker.locator(".template-choice")).to_have_count(2)
    amy.keyboard.type("ready")
    expect(picker.locator(".template-choice")).to_have_count(1)
    amy.keyboard.press("Escape")
    expect(picker).to_have_count(0)
    expect(amy.locator("#composer-text")).to_be_focused()

    amy.get_by_role("button", name="Choose a template").click()
    picker.get_by_role("link", name="pick_up").click()
    expect(picker.get_by_label("Header: 1")).to_be_focused()
    expect(picker.get_by_label("Text 1")).to_have_value("Chan Tai Man")
    picker.get_by_label("Header: 1").fill("77")
    picker.get_by_label("Text 2").press_sequentially("roses")
    expect(amy.locator("#template-preview")).to_contain_text("Dear Chan Tai Man, your roses are ready.")
    expect(picker.get_by_label("Text 2")).to_be_focused()
    picker.get_by_role("button", name="Send this template").click()
    expect(picker.locator("[aria-invalid]")).to_be_focused()
    expect(picker.locator(".field-error")).to_have_text("Fill this in.")
    picker.get_by_label("End of the address").fill("shop")
    amy.keyboard.press("Enter")
    expect(message(amy, "Dear Chan Tai Man, your roses are ready.")).to_be_visible()
    expect(picker).to_have_count(0)
    expect(amy.locator("#composer-text")).to_have_value("We open at ten.")
    stage.forgive("422")  # the browser mentions the 422


def test_a_template_with_a_picture_is_sent_while_one_may_write_freely(stage: Stage) -> None:
    room = room_on(stage.world, ChannelKind.WHATSAPP)
    put(room, text="Hello?")
    template(stage.world, "look", components=PICTURED)
    template(stage.world, "thanks", language="zh_HK", components=[{"type": "BODY", "text": "多謝"}])
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, room_url(room))
    amy.fill("#composer-text", "We open at ten.")
    picker = amy.locator("#template-picker")
    amy.get_by_role("button", name="Choose a template").click()
    expect(picker.locator(".template-choice strong")).to_have_text(["look", "thanks"])
    picker.get_by_label("Language", exact=True).select_option("zh_HK")
    expect(picker.locator(".template-choice strong")).to_have_text(["thanks"])
    picker.get_by_label("Language", exact=True).select_option("")
    picker.get_by_role("link", name="look").click()
    picker.get_by_label("Text 1").press_sequentially("Bo")
    upload = picture()
    picker.get_by_label("or choose a file").set_input_files(
        {"name": upload.name, "mimeType": "image/png", "buffer": upload.read()}
    )
    expect(picker.locator(".template-picture")).to_be_visible()
    expect(amy.locator("#template-preview")).to_contain_text("Dear Bo, look.")
    assert len(messages_of(room)) == 1
    picker.get_by_role("button", name="Send this template").click()
    expect(message(amy, "Dear Bo, look.")).to_be_visible()
    expect(picker).to_have_count(0)
    expect(amy.locator("#composer-text")).to_have_value("We open at ten.")
    expect(amy.locator("#composer-text")).to_be_focused()


def test_a_template_that_is_paused_leaves_the_open_form_at_once(stage: Stage) -> None:
    room = room_on(stage.world, ChannelKind.WHATSAPP)
    put(room, text="Hello?")
    closing_in(room, timedelta(hours=-1))
    chosen = template(stage.world)
    thanks = template(stage.world, "thanks", components=[{"type": "BODY", "text": "Thank you"}])
    known = {"language": "en", "category": "UTILITY", "components": thanks.components}
    for each in (chosen, thanks):  # what the vendor says when it is asked
        stage.simulator.put_template(BUSINESS, name=each.name, status="APPROVED", **known)
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, room_url(room))
    picker = amy.locator("#template-picker")
    amy.get_by_role("button", name="Choose a template").click()
    picker.get_by_role("link", name="pick_up").click()
    expect(picker.get_by_label("Header: 1")).to_be_focused()

    def pause(paused: MessageTemplate) -> None:
        stage.simulator.put_template(BUSINESS, name=paused.name, status="PAUSED", **known)
        news = {"event": "PAUSED", "message_template_name": paused.name, "message_template_language": paused.language}
        change = {
            "field": "message_template_status_update",
            "value": {**news, "message_template_id": 1, "reason": "NONE"},
        }
        entry = {"id": paused.business_id, "time": int(clock.now().timestamp()), "changes": [change]}
        receive(stage.world.app, {"object": "whatsapp_business_account", "entry": [entry]})

    pause(chosen)
    expect(picker.get_by_role("alert")).to_contain_text("can no longer be sent")
    expect(picker.locator(".template-choice strong")).to_have_text(["thanks"])
    pause(thanks)
    expect(picker.locator(".template-choice")).to_have_count(0)
    expect(picker.get_by_role("alert")).to_contain_text("can no longer be sent")
    stage.forgive("422")  # the browser mentions the 422
