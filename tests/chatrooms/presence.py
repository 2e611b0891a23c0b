"""Members who are online, as an open page makes them."""

from __future__ import annotations

from typing import Any

from inbox.chatrooms.actions import RuleWish, set_rule
from inbox.chatrooms.assignment import online_in
from inbox.connections.models import Connection
from inbox.realtime import presence
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.world import World


def online(*members: Membership, tabs: int = 1) -> None:
    for member in members:
        for number in range(tabs):
            presence.enter(online_in(member.workspace_id), member.pk, f"tab-{number}")


def offline(*members: Membership, tab: int = 0) -> None:
    for member in members:
        presence.leave(online_in(member.workspace_id), member.pk, f"tab-{tab}")


def rule(world: World, mode: str = "turn", connection: Connection | None = None, **wish: Any) -> None:
    """Set the rule of Lotus Flowers, or of one of its connections."""
    with scope(world.lotus.pk):
        set_rule(
            actor=world.olivia,
            workspace_id=world.lotus.pk,
            connection=connection,
            wish=RuleWish(mode=mode, **wish),
        )
