"""How a workspace's chats find somebody who looks after them."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.models import Membership, Team, TenantModel

from ..assignment_policy import LEAST_REROUTE_MINUTES, Mode

MOST_CAPACITY = 1000


class AssignmentMode(models.TextChoices):
    """See `assignment_policy`."""

    OFF = Mode.OFF.value, _("Nobody: agents take chats themselves")
    ROUND_ROBIN = Mode.ROUND_ROBIN.value, _("Everybody in turn")
    LEAST_BUSY = Mode.LEAST_BUSY.value, _("Whoever has the fewest open chats")


class AssignmentRule(TenantModel):
    """How chats are given to agents: a workspace's rule, or the one that a connection has instead of it.

    `capacity` is how many open chats one agent gets: of the connection by its rule, of all by the workspace's. Both
    hold. `changed_at` is since when nobody can have been offline for longer than this rule knows.
    """

    connection = models.ForeignKey(
        Connection,
        db_constraint=False,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("connection"),
    )
    mode = models.CharField(_("who gets a chat"), max_length=12, choices=AssignmentMode.choices, default="off")
    team = models.ForeignKey(
        Team,
        db_constraint=False,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("team"),
    )
    capacity = models.PositiveSmallIntegerField(
        _("open chats of one agent at most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    reroute_minutes = models.PositiveSmallIntegerField(
        _("minutes after which the chats of somebody offline go to others"),
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_REROUTE_MINUTES)],
    )
    only_assignee_replies = models.BooleanField(_("only the assignee may reply"), default=False)
    changed_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], name="one_rule_of_a_workspace", condition=Q(connection__isnull=True)
            ),
            models.UniqueConstraint(fields=["workspace", "connection"], name="one_rule_of_a_connection"),
        ]
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")

    def __str__(self) -> str:
        return str(AssignmentMode(self.mode).label)


class AgentTurn(TenantModel):
    """When a member was last given a chat, and last seen online: whose turn it is, and who has gone."""

    member = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    assigned_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "member"], name="one_turn_of_a_member")]

    def __str__(self) -> str:
        return f"member {self.member_id}"
