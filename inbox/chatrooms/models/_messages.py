"""Messages, what they said before they were edited, and their files."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_adapters.types import MessageKind
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel

from .. import delivery
from ._rooms import Chatroom


class Direction(models.TextChoices):
    INBOUND = "inbound", _("from the customer")
    OUTBOUND = "outbound", _("to the customer")
    SYSTEM = "system", _("internal")


class MessageState(models.TextChoices):
    """See `delivery`. Inbound and system messages are RECEIVED and stay so."""

    RECEIVED = "received", _("Received")
    QUEUED = delivery.QUEUED, _("Waiting to be sent")
    SENDING = delivery.SENDING, _("Sending")
    UNKNOWN = delivery.UNKNOWN, _("Not confirmed")
    SENT = delivery.SENT, _("Sent")
    DELIVERED = delivery.DELIVERED, _("Delivered")
    READ = delivery.READ, _("Read")
    FAILED = delivery.FAILED, _("Not sent")
    TAKEN_BACK = delivery.TAKEN_BACK, _("Taken back")


class Message(TenantModel):
    """One message. A room shows them by (sent_at, id): the vendor's time for inbound, ours for outbound.

    `client_id` is the sender's own id: a double click is one message, and it travels to the vendor and back.
    `details` holds the facts of the kind (see channels_adapters.types.Content), `attachments`, `referral`, `forwarded`
    and, outbound, `options`, `parts` and `undo` (until when it can be taken back, and the first part's `client_id`); for system messages the event and its names. `reply_to_external_id` may point
    at a message we do not have. `accepted_at` is when the vendor took an outbound message, by its own clock where it
    tells. `reactions` holds one emoji for each side, `customer` and `business`; `reacted_at` when it was set or taken
    back. Once `removed_at` is set the content is gone. `failure_code` says why it failed, or what it waits for.
    """

    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    direction = models.CharField(max_length=10, choices=Direction.choices)
    kind = models.CharField(max_length=20, default=MessageKind.TEXT.value)
    text = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    author = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    client_id = models.UUIDField(default=uuid.uuid4)
    external_id = models.CharField(max_length=255, null=True)
    reply_to = models.ForeignKey(
        "self", db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    reply_to_external_id = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.RECEIVED)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_text = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    accepted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    reactions = models.JSONField(default=dict)
    reacted_at = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "client_id"], name="one_message_per_client_id"),
            models.UniqueConstraint(
                fields=["connection", "external_id"],
                name="one_message_per_external_id",
                condition=Q(external_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["chatroom", "-sent_at", "-id"], name="messages_of_room"),
            models.Index(fields=["reply_to"], name="messages_answering", condition=Q(reply_to__isnull=False)),
            models.Index(fields=["connection", "sent_at"], name="messages_sent", condition=Q(direction="outbound")),
            models.Index(
                fields=["workspace", "chatroom", "sent_at"],
                name="messages_failed",
                condition=Q(direction="outbound", state="failed"),
            ),
        ]
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        return f"{self.direction} {self.kind} {self.pk}"


class MessageVersion(TenantModel):
    """What an edited message said from `written_at` on, until an edit."""

    message = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    text = models.TextField(blank=True)
    edit_id = models.CharField(max_length=255)  # the vendor's id of the edit
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "edit_id"], name="one_version_per_edit")]

    def __str__(self) -> str:
        return f"message {self.message_id} at {self.written_at:%H:%M:%S}"
