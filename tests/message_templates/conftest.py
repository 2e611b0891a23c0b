"""Templates as the vendor lists them, and rows of them in both businesses of the cast."""

from __future__ import annotations

from typing import Any

import pytest

from inbox.connections.models import Connection
from inbox.message_templates.models import APPROVED, MessageTemplate
from inbox.workspaces.tenancy import scope
from tests.world import World

BODY = "Dear {{1}}, your {{2}} can be collected until {{3}} today."


def body(text: str = BODY, *examples: str) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "BODY", "text": text}
    return {**part, "example": {"body_text": [list(examples)]}} if examples else part


def store(connection: Connection, name: str = "order_ready", language: str = "en", **fields: Any) -> MessageTemplate:
    """A template in the database as a sync would have left it."""
    values: dict[str, Any] = {
        "external_id": "40001",
        "status": APPROVED,
        "category": "UTILITY",
        "components": [body(BODY, "Ada", "bouquet", "19:00")],
    }
    with scope(connection.workspace_id):
        return MessageTemplate.objects.create(
            workspace_id=connection.workspace_id,
            business_id=connection.business_id,
            name=name,
            language=language,
            **(values | fields),
        )


@pytest.fixture
def template(world: World) -> MessageTemplate:
    return store(world.shop)


@pytest.fixture
def theirs(world: World) -> MessageTemplate:
    """One of the other business, which happens to share the vendor's account."""
    return store(world.oven, "bread_ready", components=[body("Their bread is ready, come and get it.")])
