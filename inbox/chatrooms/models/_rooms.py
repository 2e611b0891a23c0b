"""Chats, and what each member has seen of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.connections.models import Connection
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel


class RoomStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Chatroom(TenantModel):
    """The lifelong thread of one customer on one connection.

    `last_message` and its time are the newest by (sent_at, id), not the last to arrive. `inbound_count` only grows;
    what a member has not read is the difference to their ReadMarker.
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
    last_message = models.ForeignKey(
        "Message", db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    last_message_at = models.DateTimeField(default=clock.now)
    last_inbound_at = models.DateTimeField(null=True)
    inbound_count = models.PositiveIntegerField(default=0)
    # What else decides when we may write, see `window`: the customer's newest reaction where that counts, their newest
    # act that is no message, and when the vendor last said that the time or the number of answers is used up.
    reaction_opened_at = models.DateTimeField(null=True)
    act_opened_at = models.DateTimeField(null=True)
    window_refused_at = models.DateTimeField(null=True)
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
        ]

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
