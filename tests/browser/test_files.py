"""Files with the page's script: chosen, dropped, pasted, recorded, kept with the draft; and what a customer sends."""

from __future__ import annotations

import base64
import re

from playwright.sync_api import Locator, Page, expect

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Attachment, Chatroom
from inbox.media.actions import make_previews, store_file
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.pages.conftest import room_on, room_url
from tests.pages.test_files import attach
from tests.processes import until
from tests.world import reload, room_with, rooms_of

from .conftest import Stage
from .test_conversation import LIVE, message, open_inbox

TIFF = {"name": "scan.tif", "mimeType": "image/tiff", "buffer": samples.picture("TIFF", size=(400, 300))}
DROP = """([name, type, content, event, to]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name, { type }));
  const how = { bubbles: true, cancelable: true };
  const news = event === "drop" ? new DragEvent("drop", { ...how, dataTransfer: data })
    : new ClipboardEvent("paste", { ...how, clipboardData: data });
  document.querySelector(to).dispatchEvent(news);
}"""


DRAFT = (
    "const key = Object.keys(sessionStorage).find((name) => name.startsWith(`draft:`) && name.endsWith(`:${room}`));"
)
SAVED = f"(room) => {{ {DRAFT} return JSON.parse(sessionStorage[key]).isSaved }}"
# As if the server had taken it after it made the page that is loaded next.
SAVED_MEANWHILE = f"""(room) => {{
  {DRAFT} const draft = JSON.parse(sessionStorage[key]);
  sessionStorage[key] = JSON.stringify({{ ...draft, text: "These came today", version: draft.version + 1 }});
}}"""


def chips(page: Page) -> Locator:
    return page.locator(".composer-file[data-value]")


def written_to(stage: Stage) -> Chatroom:
    """The chat of a customer who wrote from the phone, where one may answer."""
    stage.simulator.inbound(stage.world.shop.account_id, "85290000001", "Do you have roses?")
    until(lambda: rooms_of(stage.world.shop))
    return rooms_of(stage.world.shop)[0]


def choose(page: Page, *files: dict[str, object]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(list(files))  # type: ignore[arg-type]


def bring(page: Page, event: str, name: str, content: bytes, to: str = "#composer-text") -> None:
    page.evaluate(DROP, [name, "image/png", base64.b64encode(content).decode(), event, to])


def test_an_agent_sends_files(stage: Stage) -> None:
    room = written_to(stage)
    other = room_with(stage.world, "Tulips?", phone="85290000009", name="Somebody Else")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    plan = amy.locator(".composer-plan")

    choose(amy, TIFF)
    expect(chips(amy).first).to_contain_text("It will be sent as JPEG")
    expect(chips(amy).first).to_contain_text("Ready: JPEG")
    amy.fill("#composer-text", "These came")
    expect(plan).to_be_hidden()  # a caption
    bring(amy, "drop", "red.png", samples.picture("PNG"))
    bring(amy, "paste", "image.png", samples.picture("PNG"))
    expect(chips(amy)).to_have_count(3)
    expect(plan).to_have_text("Will be sent as 4 messages: the text first, then each attachment.")
    chips(amy).nth(1).get_by_role("button", name="Remove this file").click()

    # Another chat, and back; then the page anew: nothing is lost.
    amy.locator(f"#room-{other.pk}-row a").click()
    expect(amy.locator("#room")).to_have_attribute("data-room", str(other.pk))
    expect(chips(amy)).to_have_count(0)
    amy.locator(f"#room-{room.pk}-row a").click()
    expect(chips(amy)).to_have_count(2)
    until(lambda: amy.evaluate(SAVED, room.pk))
    amy.evaluate(SAVED_MEANWHILE, room.pk)
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(chips(amy)).to_have_count(2)
    expect(amy.locator("#composer-text")).to_have_value("These came today")
    chips(amy).nth(1).get_by_role("button", name="Remove this file").click()

    amy.press("#composer-text", "Enter")
    expect(message(amy, "These came today").locator(".file-picture img")).to_be_visible()
    expect(message(amy, "These came today").locator(".file-note")).to_contain_text("Sent as JPEG")
    expect(amy.locator(".composer-file")).to_have_count(0)
    phone = stage.phone()
    expect(phone.get_by_text("These came today").first).to_be_visible()
    expect(phone.locator(".picture img").first).to_be_visible()
    sent = stage.simulator.sent(stage.world.shop.account_id)
    assert [(each.kind, each.text) for each in sent] == [("image", "These came today")]

    amy.locator(".file-picture").click()
    expect(amy.locator("#lightbox img")).to_be_visible()
    amy.keyboard.press("Escape")
    expect(amy.locator("#lightbox")).to_be_hidden()
    until(lambda: amy.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft'))") == [])


def test_what_a_customer_sends_fills_in_live_and_is_answered_with_a_voice_message(stage: Stage) -> None:
    room = written_to(stage)
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    content = base64.b64encode(samples.picture("JPEG", size=(800, 600))).decode()
    stage.simulator.inbound(
        stage.world.shop.account_id, "85290000001", kind="image", mime_type="image/jpeg", content_base64=content
    )
    picture = amy.locator(".message .file-picture img")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 320)

    amy.locator('[data-function="files"]').click()
    expect(amy.locator(".gallery-picture img")).to_be_visible()
    with scope(room.workspace_id):
        attachment = Attachment.objects.select_related("file").get()
    amy.locator(".gallery-picture").click()
    expect(amy.locator("#lightbox img")).to_be_visible()
    assert attachment.file is not None
    original = f"{attachment.file.url('lotus-flowers')}?download=1"
    expect(amy.locator(".lightbox-download")).to_have_attribute("href", original)
    expect(amy.locator(".lightbox-forward")).to_have_attribute("href", re.compile(f"/files/{attachment.file_id}/"))
    amy.keyboard.press("Escape")
    amy.get_by_role("link", name="Show the message").click()
    expect(amy.locator(f"#message-{attachment.message_id}")).to_be_in_viewport()

    amy.get_by_role("button", name="Record a voice message").click()
    amy.get_by_role("button", name="Discard").click()
    expect(amy.locator(".composer-recording")).to_be_hidden()
    amy.get_by_role("button", name="Record a voice message").click()
    expect(amy.locator("[data-recorded]")).to_have_text(re.compile("0:(0[1-9]|[1-5][0-9])"))
    amy.get_by_role("button", name="Stop and attach").click()
    expect(chips(amy)).to_have_attribute("data-kind", "voice")
    amy.fill("#composer-text", "Listen to this")
    expect(amy.locator(".composer-plan")).to_have_text("The text goes first, then the file: 2 messages on WhatsApp.")
    amy.fill("#composer-text", "")
    expect(amy.locator(".composer-plan")).to_be_hidden()
    amy.get_by_role("button", name="Send", exact=True).click()
    expect(amy.locator('.message [data-kind="voice"] .file-note')).to_contain_text("Sent as")
    expect(stage.phone().locator("audio").first).to_be_attached()

    # A location comes to the files, is kept with the draft, and goes after the text.
    amy.get_by_role("button", name="Send a location").click()
    amy.get_by_label("Name of the place").fill("Lotus Flowers")
    expect(amy.get_by_label("Position")).to_be_visible()
    amy.get_by_label("Position").fill("114.1582, 22.2819")
    amy.get_by_label("Position").press("Enter")
    expect(amy.locator("#card-position-error")).to_contain_text("The latitude, which comes first")
    expect(amy.get_by_label("Position")).to_be_focused()
    expect(amy.get_by_label("Name of the place")).to_have_value("Lotus Flowers")
    amy.get_by_label("Position").fill("https://www.google.com/maps/@22.2819,114.1582,17z")
    amy.get_by_role("button", name="Add to the answer").click()
    expect(chips(amy)).to_have_attribute("data-kind", "location")
    expect(amy.locator("#card-form")).to_have_count(0)
    amy.fill("#composer-text", "We are here")
    until(lambda: amy.evaluate(SAVED, room.pk))
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(amy.locator(".composer-plan")).to_have_text(
        "The text goes first, then the location: 2 messages on WhatsApp."
    )
    amy.press("#composer-text", "Enter")
    expect(amy.locator('.message [data-part="location"]')).to_contain_text("Lotus Flowers")
    expect(chips(amy)).to_have_count(0)
    expect(stage.phone().locator(".place")).to_contain_text("22.2819, 114.1582")
    stage.forgive("422")  # the browser mentions the 422
    sent = [each.kind for each in stage.simulator.sent(stage.world.shop.account_id)]
    assert sent == ["voice", "text", "location"]


def test_a_channel_that_counts_messages_counts_files(stage: Stage) -> None:
    room = room_on(stage.world, ChannelKind.WECHAT)
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, room_url(room))
    plan = amy.locator(".composer-plan")
    choose(amy, *[{**TIFF, "name": f"{number}.tif"} for number in range(2)])
    expect(plan).to_have_text(
        "Will be sent as 2 messages, one for each attachment. They count: WeChat allows 5 until the customer writes again."
    )
    amy.fill("#composer-text", "Roses. " * 20)
    expect(plan).to_contain_text("Will be sent as 3 messages: the text first, then each attachment.")
    for number in (1, 0):
        chips(amy).nth(number).get_by_role("button", name="Remove this file").click()
    expect(plan).to_be_hidden()
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=None)
    amy.reload()
    amy.wait_for_selector(LIVE)
    choose(amy, {**TIFF, "name": "later.tif"})  # what cannot be sent now is held, with its files
    amy.fill("#composer-text", "As promised")
    amy.get_by_role("button", name="Hold the answer").click()
    amy.get_by_role("button", name="Hold it").click()
    expect(amy.locator(".held-file")).to_contain_text("later.tif")
    expect(amy.locator(".held textarea")).to_have_value("As promised")
    expect(chips(amy)).to_have_count(0)


def test_a_picture_is_copied_and_handed_on_to_a_chat_with_a_draft(stage: Stage) -> None:
    room = written_to(stage)
    other = room_with(stage.world, "Tulips?", phone="85290000009", name="Somebody Else")
    file = store_file(
        workspace_id=room.workspace_id, content=samples.picture("PNG", size=(800, 600)), filename="roses.png"
    )
    make_previews(workspace_id=room.workspace_id, file_id=file.pk)
    until(lambda: reload(file).previews_at)  # the worker may have been first
    for _number in range(2):
        attach(room, file=file)
    amy = stage.agent(stage.world.amy)
    amy.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_inbox(amy, f"/w/lotus-flowers/rooms/{other.pk}/")
    amy.fill("#composer-text", "Like these?")
    amy.locator(f"#room-{room.pk}-row a").click()

    expect(amy.locator(".message .file-picture img").last).to_have_js_property("naturalWidth", 320)
    amy.locator(".message .file-picture").first.click()
    expect(amy.locator(".lightbox-place")).to_have_text("1 of 2")
    amy.keyboard.press("ArrowRight")
    expect(amy.locator(".lightbox-place")).to_have_text("2 of 2")
    amy.get_by_role("button", name="Copy the picture").click()
    expect(amy.locator(".lightbox-said")).to_have_text("Copied")
    read = "async () => (await navigator.clipboard.read())[0].types"
    assert amy.evaluate(read) == ["image/png"]
    amy.locator("#lightbox").get_by_role("link", name="Forward").click()
    with amy.expect_response(re.compile("search=somebody")):
        amy.fill("#forward-search", "somebody")
    expect(amy.locator(".forward-choice")).to_have_count(1)
    amy.locator(".forward-chat").click()
    expect(amy.locator("#room")).to_have_attribute("data-room", str(other.pk))
    expect(chips(amy)).to_have_count(1)
    expect(amy.locator("#composer-text")).to_have_value("Like these?")
    expect(amy).to_have_url(re.compile(f"/rooms/{other.pk}/$"))

    # Without the panel's script the address names the file: it is in the draft once, and gone when it is taken out.
    amy.goto(f"/w/lotus-flowers/rooms/{other.pk}/?file={file.pk}")
    amy.wait_for_selector(LIVE)
    expect(chips(amy)).to_have_count(1)
    expect(amy.locator("#composer-text")).to_have_value("Like these?")
    expect(amy).to_have_url(re.compile(f"/rooms/{other.pk}/$"))
    with amy.expect_response("**/discarding/") as discarded:
        chips(amy).get_by_role("button", name="Remove this file").click()
    assert discarded.value.status == 204
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(amy.locator("#composer-text")).to_have_value("Like these?")
    expect(chips(amy)).to_have_count(0)
