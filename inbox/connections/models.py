"""Vendor apps (one webhook address each), connections (one account of one workspace each) and what is known of them.

Credentials are encrypted in their columns and hidden in every repr.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from channels_adapters.base import Adapter
from channels_adapters.registry import adapter_for
from channels_adapters.types import AfterWindow, ChannelKind, ReplyPolicy
from inbox.lib import clock
from inbox.lib.crypto import EncryptedField, Secrets, UnreadableSecret
from inbox.workspaces.models import TenantModel


def _label(kind: ChannelKind) -> str:
    return adapter_for(kind).capabilities.label


class Channel(models.TextChoices):
    """The channels, named as their adapters name them. Values are `channels_adapters.types.ChannelKind`."""

    WHATSAPP = ChannelKind.WHATSAPP.value, _label(ChannelKind.WHATSAPP)
    MESSENGER = ChannelKind.MESSENGER.value, _label(ChannelKind.MESSENGER)
    INSTAGRAM = ChannelKind.INSTAGRAM.value, _label(ChannelKind.INSTAGRAM)
    WECHAT = ChannelKind.WECHAT.value, _label(ChannelKind.WECHAT)


def new_app_key() -> str:
    return secrets.token_urlsafe(18)


class VendorApp(models.Model):
    """An app registered with a vendor: the sender of webhooks to one address of ours.

    One app may serve connections of many workspaces, so it belongs to the platform. `key` is the unguessable part of
    the webhook address; `verified_at` is when the vendor's console last made sure that the address is ours.
    `credentials` holds the adapter's `app_credentials`.
    """

    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(max_length=40, unique=True, default=new_app_key, editable=False)
    credentials = EncryptedField(default=Secrets, editable=False)
    verified_at = models.DateTimeField(_("address verified"), null=True, editable=False)
    signature_failures = models.PositiveIntegerField(_("bad signatures"), default=0, editable=False)
    last_signature_failure_at = models.DateTimeField(_("last bad signature"), null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("vendor app")
        verbose_name_plural = _("vendor apps")

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> Adapter:
        return adapter_for(ChannelKind(self.channel))

    @property
    def readable_credentials(self) -> Secrets:
        """What is stored; nothing when no key decrypts it."""
        try:
            return self.credentials
        except UnreadableSecret:
            return Secrets()

    @property
    def webhook_url(self) -> str:
        return f"{settings.SITE_URL}/webhooks/{self.key}/"


class ConnectionState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")


# Fields in which a connection has rules of its own of when a business may write, see `Connection.reply_policy`.
REPLY_RULES = ("window_hours", "reminder_days", "message_quota", "activity_minutes", "activity_quota")


class Connection(TenantModel):
    """A workspace's account on a channel. `account_id` is the vendor's id of it, `business_id` that of the business
    account it belongs to, where the channel has such; both are copies of credentials.

    Anything but ACTIVE stops sending; receiving never stops. `attention_check` names the health check that ends
    NEEDS_ATTENTION by going well again; empty where a person has to say so. `attention` is in English; readers get the
    words of `attention_code`, where `failures` knows it.

    `facts` are what the vendor last said of the account (see AccountNotice), `findings` the results of the last health
    checks and `way_in` what became of our own webhook to ourselves; see `health`.
    """

    app = models.ForeignKey(VendorApp, on_delete=models.PROTECT, related_name="connections")
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, editable=False)
    name = models.CharField(_("name"), max_length=120)
    account_id = models.CharField(_("account id"), max_length=80, editable=False)
    business_id = models.CharField(_("business account id"), max_length=80, blank=True, editable=False)
    portfolio_id = models.CharField(
        _("business portfolio"),
        max_length=80,
        blank=True,
        help_text=_("Connections of one portfolio recognise the same customers. Empty: the business account."),
    )
    address = models.CharField(
        _("address"), max_length=80, help_text=_("What customers see: the phone number or the account's name.")
    )
    credentials = EncryptedField(default=Secrets, editable=False)
    credentials_at = models.DateTimeField(default=clock.now, editable=False)
    token_expires_at = models.DateTimeField(_("token expires"), null=True, editable=False)
    state = models.CharField(_("state"), max_length=20, choices=ConnectionState.choices, default=ConnectionState.ACTIVE)
    attention = models.CharField(_("needs attention because"), max_length=300, blank=True, editable=False)
    attention_code = models.CharField(max_length=40, blank=True, editable=False)
    attention_check = models.CharField(max_length=40, blank=True, editable=False)
    facts = models.JSONField(default=dict, editable=False)
    findings = models.JSONField(default=list, editable=False)
    way_in = models.JSONField(default=dict, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    examination_asked_at = models.DateTimeField(null=True, editable=False)
    window_hours = models.PositiveSmallIntegerField(
        _("hours to answer"), null=True, blank=True, help_text=_("After the customer's last message. Empty: the usual.")
    )
    reminder_days = models.PositiveSmallIntegerField(
        _("days for reminders by a person"),
        null=True,
        blank=True,
        help_text=_("After the customer's last message, where the channel allows it. 0: none. Empty: the usual."),
    )
    message_quota = models.PositiveSmallIntegerField(
        _("messages per message of the customer"),
        null=True,
        blank=True,
        help_text=_("Where the channel counts them. Empty: the usual."),
    )
    activity_minutes = models.PositiveSmallIntegerField(
        _("minutes to answer a comment or a click"),
        null=True,
        blank=True,
        help_text=_(
            "After following, using the menu or scanning a code, where the channel counts that. Empty: the usual."
        ),
    )
    activity_quota = models.PositiveSmallIntegerField(
        _("messages after a comment or a click"),
        null=True,
        blank=True,
        help_text=_(
            "After following, using the menu or scanning a code, where the channel counts that. Empty: the usual."
        ),
    )
    last_webhook_at = models.DateTimeField(_("last webhook"), null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "account_id"], name="one_connection_per_account")]
        indexes = [
            models.Index(fields=["app", "business_id"], name="connections_of_business"),
            models.Index(F("checked_at").asc(nulls_first=True), name="connections_by_check"),
        ]
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self) -> str:
        return self.name

    @property
    def reply_policy(self) -> ReplyPolicy:
        """The channel's rules of when a business may write, with this connection's settings."""
        policy = self.adapter.capabilities.reply_policy
        if self.window_hours is not None:
            policy = replace(policy, window=timedelta(hours=self.window_hours))
        if self.reminder_days is not None and policy.person_until is not None:
            after = AfterWindow.PERSON if self.reminder_days else AfterWindow.NOTHING
            policy = replace(policy, after=after, person_until=timedelta(days=self.reminder_days or 1))
        if self.message_quota is not None and policy.messages is not None:
            policy = replace(policy, messages=self.message_quota)
        if self.activity_minutes is not None and policy.activity_window is not None:
            policy = replace(policy, activity_window=timedelta(minutes=self.activity_minutes))
        if self.activity_quota is not None and policy.activity_messages is not None:
            policy = replace(policy, activity_messages=self.activity_quota)
        return policy

    @property
    def adapter(self) -> Adapter:
        return adapter_for(ChannelKind(self.channel))

    @property
    def vendor_credentials(self) -> Secrets:
        """Credentials as the adapter wants them; `base_url` stands in for the vendor's own address if it is set."""
        return Secrets(
            {
                **self.credentials,
                "base_url": settings.VENDOR_API_URL,
                "api_version": settings.GRAPH_API_VERSION,
            }
        )


class ApiCall(TenantModel):
    """One request to a vendor, redacted, kept for some days so that people can see what was said.

    `status` is None when no answer came; `error` then is the name of what happened instead. `code` is the vendor's.
    """

    connection = models.ForeignKey(
        Connection,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="api_calls",
        db_index=False,
        verbose_name=_("connection"),
    )
    at = models.DateTimeField(_("at"))
    method = models.CharField(_("method"), max_length=10)
    url = models.CharField(_("address"), max_length=500)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    error = models.CharField(_("error"), max_length=40, blank=True)
    code = models.CharField(_("code"), max_length=40, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    request_body = models.TextField(_("request"), blank=True)
    response_body = models.TextField(_("answer"), blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["connection", "-at"], name="calls_of_connection"),
            models.Index(fields=["at"], name="calls_by_age"),
        ]
        verbose_name = _("API call")
        verbose_name_plural = _("API calls")

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class ConnectionNotice(TenantModel):
    """What a vendor told us about an account, in its own words (`raw`) and in ours (`words`)."""

    connection = models.ForeignKey(
        Connection,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="notices",
        db_index=False,
        verbose_name=_("connection"),
    )
    at = models.DateTimeField(_("at"), default=clock.now)
    topic = models.CharField(_("topic"), max_length=80)
    words = models.CharField(_("what it means"), max_length=500, blank=True)
    stops_sending = models.BooleanField(_("stops sending"), default=False)
    raw = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["connection", "-at"], name="notices_of_connection"),
            models.Index(fields=["at"], name="notices_by_age"),
        ]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return self.topic
