"""How a workspace gives its chats to agents: its rules, set by admins."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Team

from ..assignment_policy import LEAST_REROUTE_MINUTES
from ..models import MOST_CAPACITY, AssignmentMode, AssignmentRule
from ._waking import wake_assignment

MOST_REROUTE_MINUTES = 24 * 60


class RuleRefused(Exception):
    """The rule cannot be like that; the message says why, `field` is the one to mend."""

    def __init__(self, words: str, *, field: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class RuleWish:
    """A rule as somebody filled it in: numbers as they typed them."""

    mode: str = AssignmentMode.OFF.value
    team: Team | None = None
    capacity: str = ""
    reroute_minutes: str = ""
    only_assignee_replies: bool = False


def set_rule(
    *, actor: Membership | None, workspace_id: int, connection: Connection | None, wish: RuleWish
) -> AssignmentRule:
    """Set the workspace's rule, or a connection's own. Raises RuleRefused. `actor` None: the platform's staff."""
    if wish.mode not in AssignmentMode.values:
        raise RuleRefused(_("Choose who gets a chat."), field="mode")
    values = {
        "mode": wish.mode,
        "team": wish.team,
        "capacity": _number(wish.capacity, 1, MOST_CAPACITY, "capacity"),
        "reroute_minutes": _number(
            wish.reroute_minutes, LEAST_REROUTE_MINUTES, MOST_REROUTE_MINUTES, "reroute_minutes"
        ),
        "only_assignee_replies": wish.only_assignee_replies,
        "changed_at": clock.now(),
    }
    rule, _is_new = AssignmentRule.objects.update_or_create(
        workspace_id=workspace_id, connection=connection, defaults=values
    )
    facts = {**values, "team": str(wish.team or ""), "connection": str(connection or "")}
    del facts["changed_at"]
    audit.record(workspace_id=workspace_id, actor=actor, verb="assignment.changed", subject=rule, **facts)
    wake_assignment(workspace_id)
    return rule


def drop_rule(*, actor: Membership | None, workspace_id: int, connection: Connection) -> None:
    """Let a connection follow the workspace's rule again."""
    for rule in AssignmentRule.objects.filter(workspace_id=workspace_id, connection=connection):
        audit.record(
            workspace_id=workspace_id,
            actor=actor,
            verb="assignment.dropped",
            subject=rule,
            connection=str(connection),
        )
        rule.delete()
    wake_assignment(workspace_id)


def _number(typed: str, least: int, most: int, field: str) -> int | None:
    typed = typed.strip()
    if not typed:
        return None
    if not (typed.isdecimal() and len(typed) < 7 and least <= int(typed) <= most):
        words = _("Type a whole number from %(least)s to %(most)s, or nothing.") % {"least": least, "most": most}
        raise RuleRefused(words, field=field)
    return int(typed)
