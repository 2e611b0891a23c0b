"""Customers and their identities. A phone number is optional everywhere.

Merging moves nothing: a merged customer keeps its identities and chats and points at the head of its group, so that
taking a merge back is exact. See docs/customers.md.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_adapters.types import Identity, IdentityKind, Person
from inbox.connections.models import Channel, Connection
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel

from .fields import FieldType
from .naming import DECIDING, scopes_of


class Customer(TenantModel):
    """A person. `name` is what is shown: of their group, the name an agent gave, else one that a vendor told.

    `given_name` and `profile_name` are this customer's own. `label` stands in for a missing name: a phone number, or
    "WeChat ab12". `merged_into` is the head of the group, never a merged one. Like the name, `is_blocked` and
    `is_opted_out` are the whole group's; what follows from them is in docs/customers.md. `revision` moves with
    everything that panels show.
    """

    name = models.CharField(gettext_lazy("name"), max_length=200, blank=True)
    given_name = models.CharField(max_length=200, blank=True)
    profile_name = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=255, blank=True)
    merged_into = models.ForeignKey(
        "self", db_constraint=False, on_delete=models.SET_NULL, null=True, related_name="merged_customers"
    )
    profile_checked_at = models.DateTimeField(null=True)
    profile_error = models.CharField(max_length=300, blank=True)
    picture_version = models.CharField(max_length=16, blank=True)
    blocked_at = models.DateTimeField(null=True)
    is_blocked = models.BooleanField(default=False)
    opted_out_at = models.DateTimeField(null=True)
    is_opted_out = models.BooleanField(default=False)
    # When the customer, or an agent for them, last said whether they want our messages.
    wish_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            # Lists of chats by their window ask for these, among the customers of all workspaces.
            models.Index(fields=["workspace", "id"], name="blocked_customers", condition=models.Q(is_blocked=True)),
        ]
        verbose_name = gettext_lazy("customer")
        verbose_name_plural = gettext_lazy("customers")

    def __str__(self) -> str:
        if self.name:
            return self.name
        channel, _space, ending = self.label.rpartition(" ")
        if channel:
            return _("%(channel)s user %(ending)s") % {"channel": channel, "ending": ending}
        return ending or _("Unnamed customer")

    @property
    def head_id(self) -> int:
        return self.merged_into_id or self.pk

    def picture_url(self, slug: str) -> str:
        """Return the address of the profile picture, "" when there is none. It changes with the picture."""
        if not self.picture_version:
            return ""
        return f"{reverse('customers:picture', args=[slug, self.pk])}?v={self.picture_version}"


class CustomerIdentity(TenantModel):
    """One name a vendor uses for a customer: a phone number, a business-scoped user id, a username.

    `scope` is where it holds (see `naming`), `key` the form it is matched by and `value` the vendor's latest spelling.
    A retired one is an alias of old: it was replaced, and nothing is sent to it any more.
    """

    customer = models.ForeignKey(
        Customer, db_constraint=False, on_delete=models.CASCADE, related_name="identities", db_index=False
    )
    channel = models.CharField(max_length=20, choices=Channel.choices)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in IdentityKind])
    scope = models.CharField(max_length=80, blank=True)
    key = models.CharField(max_length=255)
    value = models.CharField(max_length=255)
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            # Of what decides who somebody is, one customer holds each; an old number may belong to somebody else now.
            models.UniqueConstraint(
                fields=["workspace", "channel", "scope", "kind", "key"],
                name="identity_names_one_customer",
                condition=Q(kind__in=sorted(DECIDING), retired_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["customer", "channel", "scope", "kind", "key"], name="identity_once_per_customer"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "key"], name="identities_by_key")]
        verbose_name_plural = "customer identities"

    def __str__(self) -> str:
        return f"+{self.value}" if self.kind == IdentityKind.PHONE else self.value

    @property
    def identity(self) -> Identity:
        return Identity(IdentityKind(self.kind), self.value)


class CustomerMerge(TenantModel):
    """Two customers were found to be one person. It stands until it is undone; `by` None is the system.

    The standing merges of a group are a tree: who comes along when one is undone is read from it.
    """

    kept = models.ForeignKey(Customer, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False)
    merged = models.ForeignKey(
        Customer, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], name="merged_into_one_customer", condition=Q(undone_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class CustomerPicture(TenantModel):
    """The profile picture, as the vendor gave it: its own address dies within days."""

    customer = models.OneToOneField(Customer, db_constraint=False, on_delete=models.CASCADE, related_name="+")
    content = models.BinaryField()
    mime_type = models.CharField(max_length=20)
    fetched_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.mime_type} of customer {self.customer_id}"


class CustomerField(TenantModel):
    """Something a workspace wants to know of its customers. A hidden one keeps its values and is not shown."""

    key = models.CharField(gettext_lazy("key"), max_length=40)
    label = models.CharField(gettext_lazy("name"), max_length=60)
    type = models.CharField(gettext_lazy("type"), max_length=10, choices=FieldType.choices, default=FieldType.TEXT)
    is_required = models.BooleanField(gettext_lazy("required"), default=False)
    pattern = models.CharField(gettext_lazy("pattern"), max_length=100, blank=True)
    help_text = models.CharField(gettext_lazy("help"), max_length=200, blank=True)
    choices = models.JSONField(gettext_lazy("choices"), default=list, blank=True)
    position = models.PositiveIntegerField(gettext_lazy("position"), default=0)
    is_hidden = models.BooleanField(gettext_lazy("hidden"), default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_customer_field_per_key")]
        verbose_name = gettext_lazy("customer field")
        verbose_name_plural = gettext_lazy("customer fields")

    def __str__(self) -> str:
        return self.label


class CustomerValue(TenantModel):
    """What is known of a customer under a key: of a CustomerField, or one of `fields.OWN`. In its stored form."""

    customer = models.ForeignKey(
        Customer, db_constraint=False, on_delete=models.CASCADE, related_name="values", db_index=False
    )
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="one_value_per_key")]

    def __str__(self) -> str:
        return f"{self.key} of customer {self.customer_id}"


class CustomerEvent(TenantModel):
    """Something that happened to a customer, for their timeline; `by` None is the system, or the customer.

    `facts` are names and values as they were then, to be worded by `words`.
    """

    customer = models.ForeignKey(
        Customer, db_constraint=False, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    event = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)
    by = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="events_of_customer")]

    def __str__(self) -> str:
        return f"{self.event} of customer {self.customer_id}"


class ContactRules(TenantModel):
    """By which words a workspace's customers say that they want no more messages, and that they do again; one a line.

    A workspace without a row has those of `wishes`."""

    stop_words = models.TextField()
    start_words = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="one_set_of_contact_rules")]
        verbose_name = verbose_name_plural = gettext_lazy("contact rules")

    def __str__(self) -> str:
        return f"contact rules of workspace {self.workspace_id}"


def person_of(customer: Customer, connection: Connection) -> Person:
    """Return the customer as this connection's adapter addresses them, the best identity first.

    Retired identities are used only where there is no other."""
    order = list(IdentityKind)
    usable = sorted(
        (
            row
            for row in customer.identities.all()
            if row.channel == connection.channel and row.scope in scopes_of(connection, IdentityKind(row.kind))
        ),
        key=lambda row: (order.index(IdentityKind(row.kind)), -row.pk),
    )
    current = [row for row in usable if row.retired_at is None]
    return Person(tuple(dict.fromkeys(row.identity for row in current or usable)), customer.name)
