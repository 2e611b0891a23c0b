"""What scripts build by WCAG 2.2 AA as axe judges it, light and dark, and no wider than a phone: the inbox in every state."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from channels_adapters.types import MessageKind
from inbox.chatrooms.models import Attachment
from inbox.media.actions import make_previews, store_file
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.pages.test_files import attach
from tests.processes import until
from tests.workspaces.conftest import House, furnish
from tests.world import reload, room_with

from .accessibility import problems
from .conftest import Stage
from .test_conversation import open_inbox, row

SLUG = "/w/lotus-flowers"
STILL = {"reduced_motion": "reduce", "color_scheme": "light"}


def furnished(stage: Stage) -> House:
    """Lotus Flowers, where everything has happened once and there is a picture."""
    house = furnish(stage.world, stage.world.olivia, stage.world.shop, phone="85290000001", name="Chan Tai Man")
    with scope(stage.world.lotus.pk):
        Attachment.objects.all().delete()  # of no bytes
    file = store_file(
        workspace_id=stage.world.lotus.pk, content=samples.picture("PNG", size=(300, 200)), filename="Roses.png"
    )
    make_previews(workspace_id=file.workspace_id, file_id=file.pk)
    until(lambda: reload(file).previews_at)  # the worker may have been first
    attach(house.room, MessageKind.IMAGE, file=file)
    room_with(stage.world, "你好 " * 60, phone="85290000002", name="Somebody with a very long name " * 4)
    return house


def visit(page: Page, *paths: str) -> list[str]:
    found = []
    for path in paths:
        answer = page.goto(path)
        if answer is None or answer.status != 200:
            found.append(f"{path}: {answer}")
        found += problems(page, path)
    return found


def test_pages_are_accessible_with_what_their_scripts_build(stage: Stage) -> None:
    house = furnished(stage)
    owner = stage.agent(stage.world.olivia, **STILL)
    paths = (
        "/faq/new/",
        "/search/?q=chan",
        f"/timelines/{house.room.customer_id}/",
        f"/rooms/{house.room.pk}/schedule/",
        f"/rooms/{house.room.pk}/files/all/",
        "/notifications/preferences/",
    )
    found = visit(owner, *(f"{SLUG}{path}" for path in paths))
    assert not found, "\n".join(found)


def test_the_inbox_is_accessible_in_every_state(stage: Stage) -> None:
    house = furnished(stage)
    found: list[str] = []
    stranger = stage.agent(stage.world.sam, **STILL)
    open_inbox(stranger, "/w/other-bakery/")
    found += problems(stranger, "empty inbox")

    page = stage.agent(stage.world.olivia, **STILL)
    open_inbox(page, f"{SLUG}/")
    found += problems(page, "inbox")
    open_inbox(page, f"{SLUG}/rooms/{house.room.pk}/")
    expect(page.locator("#function-customer .functions-wait")).to_have_count(0)
    expect(page.locator("#customer-panel [hx-trigger=load]")).to_have_count(0)
    found += problems(page, "chat")
    for function in page.locator("[data-function]:not([data-function=customer])").all():
        key = function.get_attribute("data-function")
        function.click()
        expect(page.locator(f"#function-{key} .functions-wait")).to_have_count(0)
        found += problems(page, f"chat with {key}", "#functions")

    page.set_input_files(
        "#composer-upload", [{"name": "a.png", "mimeType": "image/png", "buffer": samples.picture("PNG")}]
    )
    expect(page.locator(".composer-file[data-value]")).to_have_count(1)
    page.fill("#composer-text", "Here it is")
    found += problems(page, "composer with a file", "#composer")
    page.locator("[data-emoji-open]").click()
    found += problems(page, "emoji", "#composer")
    page.keyboard.press("Escape")
    page.locator(".composer-choose").click()
    expect(page.locator("#template-picker")).to_be_visible()
    found += problems(page, "template picker", "#composer-templates")
    page.keyboard.press("Escape")
    page.locator("#thread [data-lightbox]").click()
    found += problems(page, "lightbox", "#lightbox")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    found += problems(page, "palette", "#palette")
    page.keyboard.press("Escape")
    page.locator("#thread").focus()
    page.keyboard.press("?")
    found += problems(page, "keys", "#shortcut-sheet")
    page.keyboard.press("Escape")
    for summary in page.locator("#rooms details[data-menu] > summary").all():
        summary.click()
        found += problems(page, f"menu {summary.get_attribute('title')}", "details[data-menu][open]")
        page.keyboard.press("Escape")
    row(page).click(button="right")
    page.get_by_role("menuitem", name="Assign to…").click()
    found += problems(page, "menu of a chat", "#row-menu")
    assert not found, "\n".join(found)
