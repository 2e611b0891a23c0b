"""What vendors told before its time."""

from __future__ import annotations

from django.db import models

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.models import TenantModel


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


class ParkedStatus(TenantModel):
    """A vendor's report about a message whose external id we do not know yet; applied when our own answer arrives."""

    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    external_id = models.CharField(max_length=255)
    status = models.CharField(max_length=12)
    at = models.DateTimeField()
    errors = models.JSONField(default=list)
    pricing = models.JSONField(default=dict)  # how the vendor counts the message, where it says
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id", "status"], name="one_parked_status")
        ]
        verbose_name_plural = "parked statuses"

    def __str__(self) -> str:
        return f"{self.external_id}: {self.status}"
