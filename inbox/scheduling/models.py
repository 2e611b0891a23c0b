"""Messages that wait for their time."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.chatrooms.models import Chatroom, Message
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel


class ScheduleState(models.TextChoices):
    """Only WAITING becomes something by itself. MISSED is a question to people: send it now, or not at all?"""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    NOT_SENT = "not_sent", _("Not sent")
    MISSED = "missed", _("Too late")


class ScheduledMessage(TenantModel):
    """A message that a member wrote for later.

    `due_at` is the moment, `wall_time` and `zone` the words it was given in. `seen_inbound` is how many messages of the
    customer there were when somebody last looked it over: more mean that the customer wrote first. `options` are the
    titles of answers to tap, `files` what `files_to_store` makes of chosen files. `template` is a template's name,
    language and values, with the `file` for its header if one was chosen, or empty: the message itself where `is_template` (`text` is then how it read when it was
    written), else what to send instead when only templates may be sent.

    `reason` says why it was not sent or was cancelled: a window's mode and reason (`template.window_over`),
    `own_words`, which stand in `reason_text`, `customer_wrote` or `by_member`.
    """

    chatroom = models.ForeignKey(
        Chatroom,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="scheduled",
        db_index=False,
        verbose_name=_("chat"),
    )
    author = models.ForeignKey(
        Membership,
        db_constraint=False,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("author"),
    )
    client_id = models.UUIDField(default=uuid.uuid4)
    text = models.TextField(_("text"))
    split_agreed = models.BooleanField(default=False)
    options = models.JSONField(default=list)
    files = models.JSONField(default=list)
    template = models.JSONField(default=dict)
    is_template = models.BooleanField(_("is a template"), default=False)
    due_at = models.DateTimeField(_("due"))
    zone = models.CharField(_("time zone"), max_length=64)
    wall_time = models.CharField(max_length=19)
    cancel_if_customer_writes = models.BooleanField(_("cancelled if the customer writes"), default=False)
    seen_inbound = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=10, choices=ScheduleState.choices, default=ScheduleState.WAITING)
    reason = models.CharField(max_length=40, blank=True)
    reason_text = models.CharField(max_length=300, blank=True)
    message = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # Who changed, cancelled or sent it last; nobody where it took its course.
    changed_by = models.ForeignKey(
        Membership,
        db_constraint=False,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("changed by"),
    )
    settled_at = models.DateTimeField(_("settled"), null=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "client_id"], name="one_schedule_per_client_id")]
        indexes = [
            models.Index(fields=["due_at", "id"], name="scheduled_due", condition=Q(state="waiting")),
            models.Index(fields=["workspace", "due_at", "id"], name="scheduled_all"),
            models.Index(fields=["chatroom", "due_at", "id"], name="scheduled_of_room"),
        ]
        verbose_name = _("scheduled message")
        verbose_name_plural = _("scheduled messages")

    def __str__(self) -> str:
        return f"{ScheduleState(self.state).label} · {self.due_at:%Y-%m-%d %H:%M:%S}"
