"""The door, knocked at over real HTTP in a real web process: what the vendor is answered, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import httpx
import pytest
import redis
from django.conf import settings
from django.urls import reverse

from inbox.connections.actions import rotate_app_secret
from inbox.connections.models import VendorApp
from inbox.devstack.processes import free_port
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.webhooks.tasks import process_webhook_events
from inbox.workspaces.tenancy import platform_scope
from tests.processes import DatabaseRoad, WebProcess, at_once, until
from tests.world import APP_SECRET, World, reload, signed, text_message, webhook

pytestmark = pytest.mark.django_db(transaction=True)


class Door:
    """The address of one app's webhooks, as its vendor uses it."""

    def __init__(self, web: WebProcess, app: VendorApp) -> None:
        self.http = httpx.Client(base_url=web.url, timeout=15, trust_env=False)
        self.path = f"/webhooks/{app.key}/"

    def post(self, body: bytes, secret: str = APP_SECRET, **headers: str) -> httpx.Response:
        return self.http.post(self.path, content=body, headers=signed(body, secret) | headers)

    def get(self, path: str = "", **query: str) -> httpx.Response:
        return self.http.get(path or self.path, params={f"hub.{name}": value for name, value in query.items()})


@pytest.fixture
def door(world: World, web: WebProcess) -> Iterator[Door]:
    door = Door(web, world.app)
    yield door
    door.http.close()


@pytest.fixture
def body(world: World) -> bytes:
    # With spaces and an escape that our own JSON encoder would not write.
    return json.dumps(webhook(world.shop, messages=[text_message("Gr\u00fc\u00dfe  \U0001f337")]), indent=2).encode()


def stored() -> list[WebhookEvent]:
    with platform_scope("test"):
        return list(WebhookEvent.objects.order_by("pk"))


def test_the_handshake_returns_the_challenge_to_whoever_knows_the_token(door: Door) -> None:
    answer = door.get(mode="subscribe", verify_token="verify-me", challenge="1158201444")
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_handshake_with_a_wrong_token_learns_nothing(door: Door) -> None:
    refused = [
        door.get(mode="subscribe", verify_token="guess", challenge="1"),
        door.get(mode="subscribe", challenge="1"),
        door.get(mode="unsubscribe", verify_token="verify-me", challenge="1"),
        door.get(),
    ]
    assert [(answer.status_code, answer.content) for answer in refused] == [(403, b"")] * 4


@pytest.mark.parametrize("path", ["/webhooks/nobody-knows-this-app/", "/webhooks/", "/webhooks/%00/", "/webhooks/%FF/"])
def test_an_unknown_address_is_not_found(door: Door, path: str) -> None:
    assert door.get(path, mode="subscribe", verify_token="verify-me", challenge="1").status_code == 404
    assert door.http.post(path, content=b"{}", headers=signed(b"{}")).status_code == 404
    assert stored() == []


def test_a_signed_webhook_is_stored_as_the_bytes_it_came_in_and_only_once(door: Door, body: bytes) -> None:
    answers = [door.post(body) for _ in range(3)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    (event,) = stored()
    assert bytes(event.body) == body
    assert event.state == EventState.PENDING


def test_a_stored_webhook_wakes_a_worker_and_a_refused_one_does_not(door: Door, body: bytes) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        assert door.post(body, secret="not-the-secret").status_code == 403
        assert door.post(body).status_code == 200
        until(lambda: broker.llen("inbound"))
        assert b"process_webhook_events" in broker.lindex("inbound", 0)
        assert broker.llen("inbound") == 1


def test_simultaneous_redeliveries_are_one_event(door: Door, body: bytes) -> None:
    statuses = at_once(*[lambda: door.post(body).status_code] * 8)
    assert statuses == [200] * 8
    assert len(stored()) == 1


def test_a_wrong_signature_is_refused_without_a_word_and_shows_in_the_connections_health(
    door: Door, body: bytes, world: World, client_of
) -> None:
    genuine = signed(body)["X-Hub-Signature-256"]
    forgeries = [
        door.post(body, secret="not-the-secret"),
        door.post(body.replace(b"Gr", b"gr"), **{"X-Hub-Signature-256": genuine}),
        door.http.post(door.path, content=body),
        door.post(body, **{"X-Hub-Signature-256": genuine.removeprefix("sha256=")}),
        door.post(body, **{"X-Hub-Signature-256": "sha256="}),
        door.post(b"", secret="not-the-secret"),
    ]
    assert [(answer.status_code, answer.content) for answer in forgeries] == [(403, b"")] * 6
    assert stored() == []

    until(lambda: reload(world.app).signature_failures == 6)  # they are written down once a second
    assert reload(world.app).last_signature_failure_at is not None
    browser = client_of(world.olivia)
    browser.get(reverse("enter_admin", args=[world.lotus.slug]))
    page = browser.get(reverse("admin:connections_connection_change", args=[world.shop.pk]))
    assert "6 webhooks had a wrong signature" in page.content.decode()


def test_a_rotated_secret_is_known_at_once_and_the_one_before_stays_good(door: Door, body: bytes, world: World) -> None:
    assert door.post(body).status_code == 200  # from here on the web process knows the app by heart
    rotate_app_secret(actor=None, app=world.app, app_secret="second-secret")
    assert door.post(body + b" ", secret="second-secret").status_code == 200
    assert door.post(body + b"  ", secret=APP_SECRET).status_code == 200
    assert len(stored()) == 3

    rotate_app_secret(actor=None, app=world.app, app_secret="third-secret")
    assert door.post(body + b"   ", secret="third-secret").status_code == 200
    assert door.post(body + b"    ", secret="second-secret").status_code == 200
    assert door.post(body + b"     ", secret=APP_SECRET).status_code == 403
    assert len(stored()) == 5
    until(lambda: reload(world.app).signature_failures == 1)


def test_a_body_of_more_than_four_megabytes_is_too_large(door: Door) -> None:
    limit = 4 * 1024 * 1024
    assert door.post(b"x" * (limit + 1)).status_code == 413
    assert stored() == []
    assert door.post(b" " * limit).status_code == 200
    assert len(bytes(stored()[0].body)) == limit


def test_what_cannot_be_read_is_kept_and_parked_with_the_reason_in_words(door: Door, body: bytes) -> None:
    assert door.post(b'{"object": "whatsapp_business_account", "entry": [').status_code == 200
    assert door.post(b"[1, 2, 3]").status_code == 200
    assert door.post(b"").status_code == 200
    assert door.post(body).status_code == 200
    process_webhook_events()
    *unreadable, good = stored()
    assert [event.state for event in unreadable] == [EventState.PARKED] * 3
    assert all(event.error for event in unreadable)
    assert unreadable[1].error == "not a webhook: no list of entries"
    assert good.state == EventState.DONE


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed_even_when_signed(door: Door, body: bytes, method: str) -> None:
    assert door.http.request(method, door.path, content=body, headers=signed(body)).status_code == 405
    assert stored() == []


def test_a_database_that_is_down_is_answered_with_503_until_it_is_back(world: World, body: bytes) -> None:
    with ExitStack() as cleanup:
        road = cleanup.enter_context(DatabaseRoad())
        web = cleanup.enter_context(WebProcess(DATABASE_URL=road.url))
        door = Door(web, world.app)
        cleanup.callback(door.http.close)
        assert door.post(body).status_code == 200

        road.close()
        during = at_once(*[partial(door.post, body + b" " * number) for number in (1, 2, 3)])
        assert [(answer.status_code, answer.content) for answer in during] == [(503, b"")] * 3
        assert len(stored()) == 1

        road.open()
        # The vendor delivers again what was answered with anything but 200.
        for number in (1, 2, 3):
            until(lambda number=number: door.post(body + b" " * number).status_code == 200)
        assert len(stored()) == 4


def test_a_broker_that_is_down_delays_a_webhook_until_the_sweep_and_loses_nothing(world: World, body: bytes) -> None:
    with WebProcess(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0") as web:
        door = Door(web, world.app)
        assert door.post(body).status_code == 200
        assert door.post(body).status_code == 200
        door.http.close()
    assert [event.state for event in stored()] == [EventState.PENDING]
    assert process_webhook_events() == 1
    assert [event.state for event in stored()] == [EventState.DONE]
