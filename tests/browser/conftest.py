"""A real browser on the real product: web, worker and vendor simulator as processes, Chromium through Playwright.

Without a Chromium these tests are skipped, loudly; with REQUIRE_BROWSER=1 (as in CI) they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.workspaces.models import Membership
from tests.processes import WebProcess, WorkerProcess
from tests.world import APP_SECRET, World, build_world

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a microphone that beeps
    "--use-fake-ui-for-media-stream",  # and is allowed
)
LOADING_ABORTED = "net::ERR_ABORTED"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None and os.environ.get("REQUIRE_BROWSER") != "1":
                item.add_marker(pytest.mark.skip(reason="NO CHROMIUM ON THIS MACHINE: browser tests were not run"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "REQUIRE_BROWSER is set, but there is no Chromium on the path"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's synchronous API runs an event loop in this thread, which Django would mistake for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Stage:
    """The running product, and whoever sits before a screen."""

    world: World
    web: WebProcess
    simulator: SimulatorClient
    open_context: Callable[..., BrowserContext]
    complaints: list[str] = field(default_factory=list)

    def agent(self, member: Membership | None, **options: object) -> Page:
        """Open a browser of its own, signed in as the member."""
        context = self.open_context(base_url=self.web.url, **options)
        if member is not None:
            client = Client()
            client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
            cookie = client.cookies["sessionid"]
            context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self.web.url}])
        return self._watched(context.new_page())

    def phone(self, person: str = "85290000001") -> Page:
        """Open the phone page of a customer."""
        page = self._watched(self.open_context().new_page())
        page.goto(f"{self.simulator.base_url}/phone/?account={self.world.shop.account_id}&person={person}")
        return page

    def _watched(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.set_default_timeout(15_000)
        return page


@pytest.fixture
def stage(transactional_db: None, chromium: Browser) -> Iterator[Stage]:
    world = build_world()
    with ExitStack() as running:
        simulator = running.enter_context(running.enter_context(SimulatorProcess()).client())
        web = running.enter_context(WebProcess(VENDOR_API_URL=simulator.base_url))
        running.enter_context(WorkerProcess(VENDOR_API_URL=simulator.base_url))
        for connection in (world.shop, world.events, world.oven):
            simulator.put_number(
                connection.account_id,
                waba_id="200000000000001",
                display_phone_number=connection.address.removeprefix("+"),
                name=connection.name,
                access_token=f"token-{connection.account_id}",
                app_secret=APP_SECRET,
                webhook_url=web.webhook_url(world.app),
            )
        simulator.put_person("85290000001", "Chan Tai Man")
        contexts: list[BrowserContext] = []

        def open_context(**options: object) -> BrowserContext:
            options.setdefault("viewport", {"width": 1440, "height": 900})
            contexts.append(chromium.new_context(**options))  # type: ignore[arg-type]
            return contexts[-1]

        stage = Stage(world, web, simulator, open_context)
        yield stage
        for context in contexts:
            context.close()
        assert stage.complaints == [], "the browser's console complained"
