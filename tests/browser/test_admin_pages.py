"""The admin by WCAG 2.2 AA as axe judges it, light and dark, and no wider than a phone: our pages in its theme, and the theme's."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Page, expect

from inbox.chatrooms.models import Message, MessageState
from inbox.pricing.models import PlatformRate
from inbox.workspaces.models import User
from inbox.workspaces.tenancy import scope
from tests.workspaces.conftest import furnish

from .accessibility import problems
from .conftest import Stage

STILL = {"reduced_motion": "reduce", "color_scheme": "light"}
# The theme asks once, when a page is loaded.
DARK_TOO = """() => matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ({ matches }) => {
  document.documentElement.classList.toggle("dark", matches);
})"""


def test_the_admin_is_accessible_and_fits_a_phone(stage: Stage) -> None:
    world = stage.world
    house = furnish(world, world.olivia, world.shop, phone="85290000077", name="Lily Lotuscustomer")
    with scope(world.lotus.pk):
        failed = {"state": MessageState.FAILED, "failure_code": "131047", "failure_text": "Too late."}
        Message.objects.filter(pk=house.message.pk).update(**failed)
    person = User.objects.create_superuser("staff@example.com", name="Staff")
    owner = stage.agent(world.olivia, **STILL)
    staff = stage.agent(type("Staff", (), {"user": person})(), **STILL)  # type: ignore[arg-type]
    owner.goto(reverse("enter_admin", args=[world.lotus.slug]))
    connection = reverse("admin:connections_connection_changelist")
    found = visit(
        owner,
        reverse("admin:index"),
        connection,
        f"{connection}add/",
        f"{connection}add/?channel=wechat",
        f"{connection}{world.shop.pk}/change/",
        reverse("connection_doctor", args=[world.shop.pk]),
        reverse("admin:connections_apicall_changelist"),
        reverse("admin:workspaces_team_add"),
        reverse("admin:workspaces_workspace_change", args=[world.lotus.pk]),
        reverse("admin:workspaces_auditentry_changelist"),
    )
    owner.goto(reverse("connection_doctor", args=[world.shop.pk]))
    expect(owner.locator("#failures")).to_be_visible()
    rate = PlatformRate.objects.latest("pk")
    found += visit(staff, reverse("admin:pricing_import"), reverse("admin:pricing_platformrate_change", args=[rate.pk]))
    staff.goto(reverse("admin:pricing_import"))
    staff.set_input_files("#file", {"name": "rates.csv", "mimeType": "text/csv", "buffer": b"country\nnowhere"})
    with staff.expect_navigation():
        staff.locator("form[enctype] button[type=submit]").click()
    expect(staff.get_by_role("alert")).to_be_visible()
    found += judge(staff, "refused rates")
    stage.forgive("422")
    assert found == []


def visit(page: Page, *paths: str) -> list[str]:
    found = []
    for path in paths:
        page.goto(path)
        found += judge(page, path)
    return found


def judge(page: Page, name: str) -> list[str]:
    page.wait_for_selector("html:not([x-cloak])")
    page.evaluate(DARK_TOO)
    return problems(page, name)
