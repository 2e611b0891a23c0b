"""The files of messages, and where vendors keep those that we send."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_adapters.types import MediaReference, MessageKind
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.media.models import MediaFile
from inbox.workspaces.models import TenantModel

from ._messages import Direction, Message


class AttachmentState(models.TextChoices):
    WAITING = "waiting", _("On its way")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Attachment(TenantModel):
    """A file of a message; an outbound message has one at most.

    It waits until it was fetched from the vendor, or until it was converted and lies at the vendor. `file` is what
    arrived or what the agent gave, `sent_file` what was made of it with `recipe`. `reference` is how the vendor knows
    it: the fields of a MediaReference. Somebody tries (again) at `due_at`, which is also the end of a claim.
    """

    message = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.CASCADE, related_name="attachments", db_index=False
    )
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=AttachmentState.choices, default=AttachmentState.WAITING)
    file = models.ForeignKey(MediaFile, db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_file = models.ForeignKey(
        MediaFile, db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    recipe = models.CharField(max_length=200, blank=True)
    reference = models.JSONField(default=dict)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    problem = models.CharField(max_length=300, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="attachments_of_message")]
        indexes = [models.Index(fields=["due_at"], name="attachments_due", condition=Q(state="waiting"))]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return f"{self.kind} of message {self.message_id} ({self.state})"

    @property
    def leaves(self) -> bool:
        """Whether it is ours to bring; else it is somebody's to be fetched. Needs message loaded."""
        return self.message.direction == Direction.OUTBOUND and not self.message.details.get("echo")

    @property
    def media(self) -> MediaReference:
        """The file as the vendor knows it."""
        return MediaReference(**{**self.reference, "kind": MessageKind(self.kind)})


class VendorCopy(TenantModel):
    """A file that lies at the vendor: it is sent by this id, as often as wanted, until the vendor deletes it."""

    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    file = models.ForeignKey(MediaFile, db_constraint=False, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    external_id = models.CharField(max_length=255)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "file", "kind"], name="one_copy_at_the_vendor")]
        verbose_name_plural = "vendor copies"

    def __str__(self) -> str:
        return f"file {self.file_id} at {self.connection_id}"
