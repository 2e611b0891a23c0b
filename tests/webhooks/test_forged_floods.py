"""A flood of forged webhooks must not become a flood of statements; and the door's connection is the product's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from inbox.connections.actions import rotate_app_secret
from inbox.settings import _database
from inbox.webhooks import door as door_module
from inbox.webhooks.door import WebhookDoor, connection_parameters
from inbox.workspaces.tenancy import PLATFORM_SETTING
from tests.world import World, reload, signed


def test_the_doors_connection_takes_everything_that_libpq_was_told() -> None:
    url = "postgresql://me:pw@db.example:5433/inbox?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20work_mem%3D8MB"
    parameters = connection_parameters(_database(url))
    assert (parameters["sslmode"], parameters["sslrootcert"]) == ("verify-full", "/ca.pem")
    assert parameters["options"] == f"-c work_mem=8MB -c {PLATFORM_SETTING}=on"
    assert (parameters["dbname"], parameters["host"], parameters["port"]) == ("inbox", "db.example", "5433")
    assert "pool" not in parameters
    make_conninfo(**{name: value for name, value in parameters.items() if name != "autocommit"})  # libpq knows them all


async def knock(door: WebhookDoor, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bool]:
    """Return the answer's status, and whether the body was asked for."""
    asked: list[bool] = []
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        asked.append(True)
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": raw}
    await door(scope, receive, send)
    return sent[0]["status"], bool(asked)


@pytest.mark.django_db(transaction=True)
def test_a_flood_of_forgeries_is_one_look_and_few_statements_and_every_one_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "wake_worker", lambda: None)
    path, forged = f"/webhooks/{world.app.key}/", signed(b"{}", "not-the-secret")
    door = WebhookDoor()
    looks: list[str] = []
    updates: list[tuple[Any, ...]] = []
    look, execute = door._app, door._execute

    async def looked(key: str, *, fresh: bool = False) -> Any:
        looks.extend([key] if fresh else [])
        return await look(key, fresh=fresh)

    async def executed(statement: str, values: tuple[Any, ...]) -> None:
        updates.append(values)
        await execute(statement, values)

    monkeypatch.setattr(door, "_app", looked)
    monkeypatch.setattr(door._failures, "_execute", executed)

    async def flood() -> None:
        try:
            together = [knock(door, path, b"{}", forged) for _ in range(20)]
            assert await asyncio.gather(*together) == [(403, True)] * 20
            for _ in range(30):
                assert await knock(door, path, b"{}", forged) == (403, True)
            assert await knock(door, path, b"{}", signed(b"{}")) == (200, True)
            assert await knock(door, "/webhooks/nobody/", b"{}", forged) == (404, False)
            assert len(looks) == 1
            await asyncio.sleep(1.5)
            assert len(updates) <= 2
            # Once the second is over, a rotated secret is found again.
            await asyncio.to_thread(rotated)
            assert await knock(door, path, b"[]", signed(b"[]", "second-secret")) == (200, True)
            assert len(looks) == 2
        finally:
            assert door._pool is not None
            await door._pool.close()

    def rotated() -> None:
        from django.db import connections

        rotate_app_secret(actor=None, app=world.app, app_secret="second-secret")
        connections.close_all()

    asyncio.run(flood())
    assert reload(world.app).signature_failures == 50
