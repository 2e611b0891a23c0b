"""Billing conversations, charges and their monthly totals; rates of the platform and of workspaces; budgets.

Chatrooms and messages are referred to by name: they belong to the slice above.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from inbox.connections.models import Channel, Connection
from inbox.lib import clock
from inbox.workspaces.models import TenantModel

from . import conversations, estimating
from .estimating import DOLLARS, NOTHING


class Category(models.TextChoices):
    SERVICE = estimating.Category.SERVICE.value, _("Service")
    MARKETING = estimating.Category.MARKETING.value, _("Marketing")
    UTILITY = estimating.Category.UTILITY.value, _("Utility")
    AUTHENTICATION = estimating.Category.AUTHENTICATION.value, _("Authentication")
    REFERRAL = estimating.Category.REFERRAL.value, _("Referral")


class RateCategory(models.TextChoices):
    """What a rate may be for: the paid categories, and the vendor's finer ones."""

    MARKETING = "marketing", _("Marketing")
    MARKETING_LITE = "marketing_lite", _("Marketing, lite")
    UTILITY = "utility", _("Utility")
    AUTHENTICATION = "authentication", _("Authentication")
    AUTHENTICATION_INTERNATIONAL = "authentication_international", _("Authentication, international")
    SERVICE = "service", _("Service")


class OpenedBy(models.TextChoices):
    CUSTOMER = conversations.OpenedBy.CUSTOMER.value, _("the customer")
    BUSINESS = conversations.OpenedBy.BUSINESS.value, _("the business")


class BillingConversation(TenantModel):
    """24 hours of messages with a customer, see `conversations`. `external_id` is the vendor's, where it gives one.

    A room has one at a time: the database refuses the second of two that workers begin at once.
    """

    chatroom = models.ForeignKey(
        "chatrooms.Chatroom", db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    opened_by = models.CharField(_("opened by"), max_length=10, choices=OpenedBy.choices)
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    opened_at = models.DateTimeField(_("opened"))
    expires_at = models.DateTimeField(_("valid until"))
    is_entry_point = models.BooleanField(_("through an ad"), default=False)
    external_id = models.CharField(_("the channel's number"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("billing conversation")
        verbose_name_plural = _("billing conversations")
        indexes = [models.Index(fields=["chatroom", "-expires_at"], name="conversations_of_room")]
        constraints = [
            ExclusionConstraint(
                name="one_conversation_at_a_time",
                expressions=[
                    ("chatroom", RangeOperators.EQUAL),
                    (
                        Func(
                            F("opened_at"),
                            F("expires_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{Category(self.category).label} · {self.opened_at:%Y-%m-%d %H:%M}"


class Charge(TenantModel):
    """What one message of ours cost. Estimated when a template leaves, confirmed when the vendor says how it counted it.

    `category`, `type` and `model` are the vendor's words; `amount` is what our rates make of them, 0 where we know no
    rate (`is_priced` False) until one covers it. `conversation_id` is the vendor's.
    """

    message = models.OneToOneField(
        "chatrooms.Message", db_constraint=False, on_delete=models.CASCADE, related_name="charge"
    )
    chatroom = models.ForeignKey(
        "chatrooms.Chatroom", db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        Connection,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("connection"),
    )
    at = models.DateTimeField(_("at"))
    country = models.CharField(_("country"), max_length=2, blank=True)
    category = models.CharField(_("category"), max_length=40)
    type = models.CharField(_("the channel's kind"), max_length=40)
    model = models.CharField(_("the channel's price list"), max_length=10)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=6, default=NOTHING)
    currency = models.CharField(_("currency"), max_length=3, default=DOLLARS)
    is_priced = models.BooleanField(_("has a rate"), default=True)
    is_confirmed = models.BooleanField(_("confirmed by the channel"), default=False)
    conversation_id = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["chatroom", "at"], name="charges_of_room"),
            models.Index(
                fields=["connection", "conversation_id"],
                name="charges_of_conversation",
                condition=~Q(conversation_id=""),
            ),
            models.Index(fields=["workspace", "message"], name="charges_without_price", condition=Q(is_priced=False)),
        ]
        verbose_name = _("charge")
        verbose_name_plural = _("charges")

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"


class MonthlyTotal(TenantModel):
    """What a connection's messages of one category and currency cost in a calendar month (UTC), kept with the charges."""

    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    month = models.DateField()
    category = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    messages = models.IntegerField(default=0)
    paid_messages = models.IntegerField(default=0)
    unpriced_messages = models.IntegerField(default=0)
    amount = models.DecimalField(max_digits=16, decimal_places=6, default=NOTHING)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "connection", "month", "category", "currency"], name="one_total_per_category"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.category} {self.currency} {self.amount}"


class Budget(TenantModel):
    """The most that a connection's messages may cost in a calendar month. 0: nothing that is paid for is sent."""

    connection = models.ForeignKey(
        Connection, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default=DOLLARS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "connection"], name="one_budget_per_connection")]
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"


class RateFields(models.Model):
    """A price of the vendor's, see `estimating.Rate`. `note` says where it is from."""

    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    country = models.CharField(
        _("country"), max_length=2, help_text=_("Two letters, for example HK. * is every country without a rate.")
    )
    category = models.CharField(_("category"), max_length=40, choices=RateCategory.choices)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=6)
    currency = models.CharField(_("currency"), max_length=3, default=DOLLARS)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("last day"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=120, blank=True)
    changed_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{RateCategory(self.category).label} {self.country}: {self.currency} {self.amount}"


class PlatformRate(RateFields):
    """A rate for every workspace that has none of its own."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "country", "category", "valid_from"], name="one_platform_rate_per_start"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="platform_rates_are_not_negative"),
        ]
        verbose_name = _("platform rate")
        verbose_name_plural = _("platform rates")


class WorkspaceRate(RateFields, TenantModel):
    """A rate of a workspace's own, for example what its reseller charges."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "channel", "country", "category", "valid_from"],
                name="one_workspace_rate_per_start",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="workspace_rates_are_not_negative"),
        ]
        verbose_name = _("own rate")
        verbose_name_plural = _("own rates")
