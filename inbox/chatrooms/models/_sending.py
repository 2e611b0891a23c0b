"""What is on its way out: the outbox, the tries to send, and answers that are held back."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel

from ._messages import Message
from ._rooms import Chatroom


class OutboxEntry(TenantModel):
    """A message on its way out; gone when the vendor has it or never will. Sent oldest first within a room.

    `lease_until` is the claim of one dispatcher: past it, a crash is assumed. Past `not_after` it leaves no more. One
    that is parked waits for its receipt, or for a template's review, and does not hold up those behind it. `form` is
    what a message that can be taken back was written as, see `actions.Composed`, and whether it `has_closed` its chat;
    the first of several has it.
    """

    message = models.OneToOneField(Message, db_constraint=False, on_delete=models.CASCADE, related_name="outbox_entry")
    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    not_after = models.DateTimeField(null=True)
    is_parked = models.BooleanField(default=False)
    refusals = models.PositiveSmallIntegerField(default=0)
    form = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="outbox_due"),
            models.Index(fields=["chatroom", "id"], name="outbox_order"),
            models.Index(fields=["lease_until"], name="outbox_leased", condition=Q(lease_until__isnull=False)),
        ]
        verbose_name_plural = "outbox entries"

    def __str__(self) -> str:
        return f"message {self.message_id} due {self.due_at:%H:%M:%S}"


class AttemptOutcome(models.TextChoices):
    PENDING = "pending", _("no answer yet")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    NOT_SENT = "not_sent", _("never left")
    UNKNOWN = "unknown", _("no answer")


class DeliveryAttempt(TenantModel):
    """One try to hand a message to the vendor. Written before the request leaves, so that a crash leaves a trace."""

    message = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=AttemptOutcome.choices, default=AttemptOutcome.PENDING)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="attempts_are_numbered")]

    def __str__(self) -> str:
        return f"attempt {self.number} of message {self.message_id}: {self.outcome}"


class HeldState(models.TextChoices):
    WAITING = "waiting", _("Waits for the customer")
    OFFERED = "offered", _("Ready to be sent")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class HeldAnswer(TenantModel):
    """What an agent wrote while the reply window was closed. It leaves when the customer writes, or is then offered.

    `client_id` is that of the message it becomes. It is time when the room's `inbound_count` exceeds `inbound_before`.
    `files` are what `actions.files_to_store` makes of chosen files, `options` the titles of answers to tap.
    """

    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="held_answers", db_index=False
    )
    author = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField()
    reply_to = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    options = models.JSONField(default=list)
    files = models.JSONField(default=list)
    leaves_by_itself = models.BooleanField(default=True)
    inbound_before = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=HeldState.choices, default=HeldState.WAITING)
    reason = models.CharField(max_length=300, blank=True)  # why it did not leave although it was time
    client_id = models.UUIDField(default=uuid.uuid4)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "client_id"], name="one_held_answer_per_client_id")]
        indexes = [
            models.Index(
                fields=["chatroom", "id"],
                name="held_shown",
                condition=Q(state__in=["waiting", "offered", "expired"]),
            ),
            models.Index(fields=["expires_at"], name="held_by_expiry", condition=Q(state__in=["waiting", "offered"])),
            models.Index(fields=["reply_to"], name="held_answering", condition=Q(reply_to__isnull=False)),
        ]
        verbose_name = _("held answer")
        verbose_name_plural = _("held answers")

    def __str__(self) -> str:
        return f"held answer {self.pk} ({self.state})"
