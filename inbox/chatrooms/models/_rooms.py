"""Chats, and what each member has seen of them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from inbox.connections.models import Connection
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.models import Membership, Team, TenantModel

# When a chat in which nothing waits for us has waited since, where chats are ordered by that: it comes last.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class RoomStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    ARCHIVED = "archived", _("Archived")


def waiting_order() -> Case:
    """Return what chats are ordered by to have the longest waiting one first, as its index has it.

    A CASE: row-level security keeps a comparison with COALESCE, which it takes to be leaky, out of the index."""
    never = Value(NEVER, output_field=models.DateTimeField())
    return Case(When(waiting_since__isnull=True, then=never), default=F("waiting_since"))


class Chatroom(TenantModel):
    """The lifelong thread of one customer on one connection.

    `last_message` and its time are the newest by (sent_at, id), not the last to arrive. `inbound_count` only grows;
    what a member has not read is the difference to their ReadMarker. `waiting_since` is the time of the first message of
    the customer that came after all of ours, None when nothing waits for an answer. `unclaimed_since` is since when the
    chat is to be given to somebody, by the workspace's rule; `team` is whose members it may go to, None for anybody's.
    `bot_since` is since when another app answers here, None while we do; `control_told_at` is the time of the newest
    word about that, so that older ones that come late change nothing.
    """

    customer = models.ForeignKey(Customer, db_constraint=False, on_delete=models.PROTECT, related_name="chatrooms")
    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.PROTECT, related_name="chatrooms", db_index=False
    )
    status = models.CharField(max_length=10, choices=RoomStatus.choices, default=RoomStatus.OPEN)
    assignee = models.ForeignKey(
        Membership,
        db_constraint=False,
        on_delete=models.SET_NULL,
        null=True,
        related_name="assigned_chatrooms",
        db_index=False,
    )
    team = models.ForeignKey(
        Team, db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    last_message = models.ForeignKey(
        "Message", db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    last_message_at = models.DateTimeField(default=clock.now)
    last_inbound_at = models.DateTimeField(null=True)
    inbound_count = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True)
    unclaimed_since = models.DateTimeField(null=True)
    # What else decides when we may write, see `window`: the customer's newest reaction where that counts, their newest
    # act that is no message, and when the vendor last said that the time or the number of answers is used up.
    reaction_opened_at = models.DateTimeField(null=True)
    act_opened_at = models.DateTimeField(null=True)
    window_refused_at = models.DateTimeField(null=True)
    bot_since = models.DateTimeField(null=True)
    control_told_at = models.DateTimeField(null=True)
    # The newest customer message the vendor was told we have read.
    reported_read_id = models.CharField(max_length=255, blank=True)
    # The customer's receipts for all of our messages up to a time of the vendor, on channels that report like that.
    delivered_up_to = models.DateTimeField(null=True)
    read_up_to = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "customer"], name="one_room_per_customer")]
        indexes = [
            models.Index(fields=["workspace", "status", "-last_message_at", "-id"], name="rooms_all"),
            models.Index(fields=["workspace", "status", "assignee", "-last_message_at", "-id"], name="rooms_assigned"),
            models.Index(fields=["workspace", "status", "-created_at", "-id"], name="rooms_created"),
            models.Index(F("workspace"), F("status"), waiting_order(), F("id"), name="rooms_waiting"),
            models.Index(
                fields=["workspace", "status", "team", "-last_message_at", "-id"],
                name="rooms_of_team",
                condition=Q(team__isnull=False),
            ),
            models.Index(
                fields=["workspace", "status", "-last_message_at", "-id"],
                name="rooms_of_bot",
                condition=Q(bot_since__isnull=False),
            ),
            models.Index(
                fields=["workspace", "unclaimed_since", "id"],
                name="rooms_unclaimed",
                condition=Q(status="open", assignee__isnull=True, unclaimed_since__isnull=False),
            ),
        ]
        verbose_name = _("chat")
        verbose_name_plural = _("chats")

    def __str__(self) -> str:
        return f"{self.customer} · {self.connection}"


class ReadMarker(TenantModel):
    """How many of a room's inbound messages a member has seen."""

    member = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="read_markers", db_index=False
    )
    seen_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chatroom", "member"], name="one_read_marker")]

    def __str__(self) -> str:
        return f"member {self.member_id} saw {self.seen_count}"
