"""Notes about customers. They stand with a person: merged customers show theirs together."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel


class CustomerNote(TenantModel):
    """What a member wrote about a customer.

    `version` counts its texts: who saves says which one they saw, so that two editors never overwrite each other
    unseen. `changed_at` moves with everything, also with pinning.
    """

    customer = models.ForeignKey(
        Customer,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="notes",
        db_index=False,
        verbose_name=_("customer"),
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
    version = models.PositiveIntegerField(default=1)
    pinned_at = models.DateTimeField(_("pinned"), null=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True)
    edited_by = models.ForeignKey(
        Membership,
        db_constraint=False,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("edited by"),
    )
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "client_id"], name="one_note_per_client_id")]
        indexes = [
            models.Index(fields=["customer", "id"], name="notes_of_customer"),
            models.Index(fields=["customer", "pinned_at"], name="notes_pinned", condition=Q(pinned_at__isnull=False)),
        ]
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class NoteMention(TenantModel):
    """A note names a member. It is stored once, when the member is first named in it."""

    note = models.ForeignKey(
        CustomerNote, db_constraint=False, on_delete=models.CASCADE, related_name="mentions", db_index=False
    )
    member = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "member"], name="mentioned_once_per_note")]
        indexes = [models.Index(fields=["member", "-id"], name="mentions_of_member")]

    def __str__(self) -> str:
        return f"member {self.member_id} in note {self.note_id}"
