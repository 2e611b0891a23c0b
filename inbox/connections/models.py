"""Vendor apps (one webhook address each) and connections (one account of one workspace each).

Credentials are encrypted in their columns and hidden in every repr.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_adapters.base import Adapter
from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind
from inbox.lib import clock
from inbox.lib.crypto import EncryptedField, Secrets
from inbox.workspaces.models import TenantModel


class Channel(models.TextChoices):
    """The channels that have an adapter. Values are `channels_adapters.types.ChannelKind`."""

    WHATSAPP = ChannelKind.WHATSAPP.value, "WhatsApp"


def new_app_key() -> str:
    return secrets.token_urlsafe(18)


class VendorApp(models.Model):
    """An app registered with a vendor: the sender of webhooks to one address of ours.

    One app may serve connections of many workspaces, so it belongs to the platform. `key` is the unguessable part of
    the webhook address. `credentials` holds the adapter's `app_credentials` (app secret, verify token).
    """

    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(max_length=40, unique=True, default=new_app_key, editable=False)
    credentials = EncryptedField(default=Secrets, editable=False)
    signature_failures = models.PositiveIntegerField(default=0, editable=False)
    last_signature_failure_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> Adapter:
        return adapter_for(ChannelKind(self.channel))

    @property
    def webhook_url(self) -> str:
        return f"{settings.SITE_URL}/webhooks/{self.key}/"


class ConnectionState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")


class Connection(TenantModel):
    """A workspace's account on a channel. `account_id` is the vendor's id of it (WhatsApp: phone number id).

    Anything but ACTIVE stops sending; receiving never stops.
    """

    app = models.ForeignKey(VendorApp, on_delete=models.PROTECT, related_name="connections")
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, editable=False)
    name = models.CharField(_("name"), max_length=120)
    account_id = models.CharField(_("account id"), max_length=80, editable=False)
    address = models.CharField(_("address"), max_length=80, help_text=_("What customers see: the phone number."))
    credentials = EncryptedField(default=Secrets, editable=False)
    state = models.CharField(_("state"), max_length=20, choices=ConnectionState.choices, default=ConnectionState.ACTIVE)
    attention = models.CharField(_("needs attention because"), max_length=300, blank=True, editable=False)
    last_webhook_at = models.DateTimeField(_("last webhook"), null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "account_id"], name="one_connection_per_account")]

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> Adapter:
        return adapter_for(ChannelKind(self.channel))

    @property
    def vendor_credentials(self) -> Secrets:
        """Credentials as the adapter wants them, with where to reach the vendor."""
        return Secrets(
            {
                **self.credentials,
                "base_url": settings.GRAPH_API_URL,
                "api_version": settings.GRAPH_API_VERSION,
            }
        )
