"""What members are writing and have not sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel

from ._messages import Message
from ._rooms import Chatroom


class AnswerDraft(TenantModel):
    """What a member is writing in a chat, on whichever device. `files` are what `actions.files_to_store` makes of them.

    `client_id` is the form's that wrote it last, None since it was emptied or given back. `version` grows with each change, also with the one that empties it: an emptied row stays, so that a device that
    comes late is told apart from one that begins.
    """

    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    author = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    text = models.TextField(blank=True)
    reply_to = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    options = models.JSONField(default=list)
    files = models.JSONField(default=list)
    is_empty = models.BooleanField(default=False)
    client_id = models.UUIDField(null=True)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chatroom", "author"], name="one_draft_in_a_chat")]
        indexes = [
            models.Index(fields=["author", "chatroom"], name="drafts_of_member", condition=Q(is_empty=False)),
            models.Index(fields=["reply_to"], name="drafts_answering", condition=Q(reply_to__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk} (version {self.version})"
