"""Raw webhooks, exactly as they came. They belong to the platform: one body may hold events of several workspaces."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.connections.models import VendorApp
from inbox.lib import clock


class EventState(models.TextChoices):
    PENDING = "pending", _("pending")
    DONE = "done", _("done")
    UNROUTED = "unrouted", _("unrouted")  # names an account that no workspace has connected
    PARKED = "parked", _("parked")  # could not be processed; see `error`


class WebhookEvent(models.Model):
    """One POST of a vendor. `fingerprint` is the SHA-256 of the body: a redelivery is the same event."""

    app = models.ForeignKey(VendorApp, on_delete=models.PROTECT, related_name="+", verbose_name=_("app"))
    fingerprint = models.BinaryField(max_length=32)
    body = models.BinaryField()
    state = models.CharField(_("state"), max_length=10, choices=EventState.choices, default=EventState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    received_at = models.DateTimeField(_("received"), default=clock.now)
    processed_at = models.DateTimeField(_("processed"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "fingerprint"], name="one_event_per_delivery")]
        indexes = [
            models.Index(fields=["id"], name="events_pending", condition=Q(state="pending")),
            models.Index(fields=["received_at"], name="events_by_age"),
        ]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return f"{self.pk} ({EventState(self.state).label})"
