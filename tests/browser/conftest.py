"""A real browser on the real product: web, worker and vendor simulator as processes, Chromium through Playwright.

Without a Chromium these tests are skipped, loudly; with REQUIRE_BROWSER=1 (as in CI) they fail instead.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect, sync_playwright

from inbox.celery import app as celery
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.workspaces.models import Membership
from tests.processes import START_SECONDS, WebProcess, WorkerProcess, until
from tests.travelling import Clock
from tests.world import APP_SECRET, World, build_world

from .rest import rest_afterwards

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# The same engine without the windows around it, which cost a third of the work. It shows no notifications.
LIGHT_CHROMIUM = shutil.which("chromium-headless-shell") or CHROMIUM
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a microphone that beeps
    "--use-fake-ui-for-media-stream",  # and is allowed
)
REDIS_DATABASES = 16
PATIENCE_MS = 15_000
SCRIPT = "script: "
BROKEN_LINES = (  # how the browser and htmx mention what did not arrive
    r"^(Failed to load resource: (net::|.* status of 5)|WebSocket connection to |\[object Event\]"
    r"|htmx:(afterRequest|sendError), |Response Status Error Code 5)"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and os.environ.get("REQUIRE_BROWSER") != "1":
                item.add_marker(pytest.mark.skip(reason="NO CHROMIUM ON THIS MACHINE: browser tests were not run"))


@pytest.fixture(scope="package")
def engine() -> Iterator[BrowserType]:
    assert CHROMIUM, "REQUIRE_BROWSER is set, but there is no Chromium on the path"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's synchronous API runs an event loop in this thread, which Django would mistake for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE_MS)
        yield playwright.chromium


@pytest.fixture(scope="package")
def chromium(engine: BrowserType) -> Iterator[Browser]:
    with engine.launch(executable_path=LIGHT_CHROMIUM, args=list(ARGUMENTS)) as browser:
        yield browser


@pytest.fixture
def whole_chromium(engine: BrowserType) -> Iterator[Browser]:
    with engine.launch(executable_path=CHROMIUM, args=list(ARGUMENTS)) as browser:
        yield browser


@dataclass
class Stage:
    """The running product, and whoever sits before a screen."""

    world: World
    web: WebProcess
    simulator: SimulatorClient
    chromium: Browser
    clock: Clock | None
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open_context(self, **options: object) -> BrowserContext:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = self.chromium.new_context(**options)  # type: ignore[arg-type]
        if self.clock is not None:
            context.clock.install(time=self.clock.now())
        context.on("page", self._watch)
        self.contexts.append(context)
        return context

    def travel(self, to: datetime) -> None:
        """Set the clock of a travelling stage forward: that of the processes and of every page."""
        assert self.clock is not None, "this stage goes by the real time"
        by = to - self.clock.now()
        self.clock.forward(by)
        for context in self.contexts:
            context.clock.fast_forward(by // timedelta(milliseconds=1))

    def agent(self, member: Membership | None, **options: object) -> Page:
        """Open a browser of its own, signed in as the member."""
        context = self.open_context(base_url=self.web.url, **options)
        if member is not None:
            client = Client()
            client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
            cookie = client.cookies["sessionid"]
            context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": self.web.url}])
        return context.new_page()

    def phone(self, person: str = "85290000001") -> Page:
        """Open the phone page of a customer."""
        page = self.open_context().new_page()
        page.goto(f"{self.simulator.base_url}/phone/?account={self.world.shop.account_id}&person={person}")
        return page

    def forgive(self, pattern: str) -> None:
        """Take these lines of the browsers' consoles for no complaint; an error of a script is always one."""
        self.complaints[:] = [
            each for each in self.complaints if each.startswith(SCRIPT) or not re.search(pattern, each)
        ]

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"{SCRIPT}{error}"))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.set_default_timeout(PATIENCE_MS)


@pytest.fixture(scope="package")
def product(django_db_setup: None, simulator: SimulatorProcess) -> Iterator[WebProcess]:
    """The web with a worker, which take seconds to start. Each test leaves them with nothing to do."""
    with WorkerProcess(VENDOR_API_URL=simulator.base_url), WebProcess(VENDOR_API_URL=simulator.base_url) as web:
        until(lambda: celery.control.ping(timeout=1, limit=1), within=START_SECONDS)
        yield web


@pytest.fixture
def stage(
    transactional_db: None, product: WebProcess, simulator: SimulatorProcess, chromium: Browser
) -> Iterator[Stage]:
    if not product.is_alive():  # the test before failed between its end and its new start
        product.start()
    with simulator.client() as vendor, rest_afterwards(vendor), raised(product, vendor, chromium) as stage:
        yield stage


@pytest.fixture
def travelling_stage(transactional_db: None, chromium: Browser, tmp_path: Path) -> Iterator[Stage]:
    """A stage whose clock can be set forward, with processes and a Redis database of its own."""
    clock = Clock(tmp_path / "clock")
    server, _slash, ours = settings.REDIS_URL.rpartition("/")
    redis_url = f"{server}/{REDIS_DATABASES - int(ours)}"
    with redis.Redis.from_url(redis_url) as database:
        database.flushdb()
    with SimulatorProcess(launcher=clock.launcher) as simulator, simulator.client() as vendor:
        environ = {"REDIS_URL": redis_url, "CHANNEL_PREFIX": f"travelling-{ours}", "VENDOR_API_URL": simulator.base_url}
        with (
            WorkerProcess(clock=clock, **environ),
            WebProcess(clock=clock, **environ) as web,
            raised(web, vendor, chromium, clock) as stage,
        ):
            yield stage


@contextmanager
def raised(web: WebProcess, vendor: SimulatorClient, chromium: Browser, clock: Clock | None = None) -> Iterator[Stage]:
    """Put the world's numbers and one customer on the phone network."""
    world = build_world()
    vendor.reset()
    for connection in (world.shop, world.events, world.oven):
        vendor.put_number(
            connection.account_id,
            waba_id="200000000000001",
            display_phone_number=connection.address.removeprefix("+"),
            name=connection.name,
            access_token=f"token-{connection.account_id}",
            app_secret=APP_SECRET,
            webhook_url=web.webhook_url(world.app),
        )
    vendor.put_person("85290000001", "Chan Tai Man")
    stage = Stage(world, web, vendor, chromium, clock)
    yield stage
    for context in stage.contexts:
        context.close()
    assert stage.complaints == [], "the browser's console complained"
