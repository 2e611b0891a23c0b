"""Chatrooms and messages, the outbox that carries messages out, and the log of changes that pages catch up from.

Foreign keys have no index of their own where another index leads with the column, or where nothing looks that way:
each would cost every insert, and the planner preferred some to the composite ones that the lists need.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_adapters.types import MessageKind
from inbox.connections.models import Connection
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel, Workspace

from . import delivery


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


class Message(TenantModel):
    """One message. A room shows them by (sent_at, id): the vendor's time for inbound, ours for outbound.

    `client_id` is the sender's own id: a double click is one message, and it travels to the vendor and back.
    `details` holds the facts of the kind (see channels_adapters.types.Content), `attachments`, `referral`, `forwarded`
    and, outbound, `options` and `parts`; for system messages the event and its names. `reply_to_external_id` may point
    at a message we do not have. `accepted_at` is when the vendor took an outbound message, by its own clock where it
    tells. `reactions` holds one emoji for each side, `customer` and `business`; `reacted_at` when it was set or taken
    back. Once `removed_at` is set the content is gone.
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
        ]

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


class ParkedAlteration(TenantModel):
    """An edit, a removal or a reaction that came before the message it is about; applied when that arrives.

    `facts` is what `actions._alterations` made of the event.
    """

    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    target_id = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255)
    facts = models.JSONField()
    at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "target_id", "external_id"], name="one_parked_alteration")
        ]

    def __str__(self) -> str:
        return f"{self.facts.get('kind')} of {self.target_id}"


class HeldState(models.TextChoices):
    WAITING = "waiting", _("Waits for the customer")
    OFFERED = "offered", _("Ready to be sent")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class HeldAnswer(TenantModel):
    """What an agent wrote while the reply window was closed. It leaves when the customer writes, or is then offered.

    `client_id` is that of the message it becomes. It is time when the room's `inbound_count` exceeds `inbound_before`.
    """

    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="held_answers", db_index=False
    )
    author = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField()
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
            models.Index(fields=["chatroom", "id"], name="held_open", condition=Q(state__in=["waiting", "offered"])),
            models.Index(fields=["expires_at"], name="held_by_expiry", condition=Q(state__in=["waiting", "offered"])),
        ]

    def __str__(self) -> str:
        return f"held answer {self.pk} ({self.state})"


class OutboxEntry(TenantModel):
    """A message on its way out; gone when the vendor has it or never will. Sent oldest first within a room.

    `lease_until` is the claim of one dispatcher: past it, a crash is assumed.
    """

    message = models.OneToOneField(Message, db_constraint=False, on_delete=models.CASCADE, related_name="outbox_entry")
    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True)
    refusals = models.PositiveSmallIntegerField(default=0)

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


class ParkedStatus(TenantModel):
    """A vendor's report about a message whose external id we do not know yet; applied when our own answer arrives."""

    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    external_id = models.CharField(max_length=255)
    status = models.CharField(max_length=12)
    at = models.DateTimeField()
    errors = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id", "status"], name="one_parked_status")
        ]
        verbose_name_plural = "parked statuses"

    def __str__(self) -> str:
        return f"{self.external_id}: {self.status}"


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


class ChangeCounter(TenantModel):
    """The workspace's event sequence. Taken as a transaction's last step, so its order is the order of commits."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.value)


class Change(TenantModel):
    """A chatroom, or one of its messages, changed in the transaction `seq`. Kept for a day, for pages to catch up."""

    seq = models.BigIntegerField()
    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "seq"], name="changes_since"),
            models.Index(fields=["created_at"], name="changes_by_age"),
        ]

    def __str__(self) -> str:
        return f"change {self.seq}"
