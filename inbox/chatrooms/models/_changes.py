"""The log of changes that pages catch up from."""

from __future__ import annotations

from django.db import models

from inbox.lib import clock
from inbox.workspaces.models import TenantModel, Workspace

from ._messages import Message
from ._rooms import Chatroom


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
