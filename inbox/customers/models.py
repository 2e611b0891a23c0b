"""Customers and their identities. A phone number is optional everywhere; an identity belongs to one customer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_adapters.types import Identity, IdentityKind, Person
from inbox.connections.models import Channel
from inbox.lib import clock
from inbox.workspaces.models import TenantModel


class Customer(TenantModel):
    """A person. `name` is what the vendor's profile says, until an agent writes a better one."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.name or str(_("Unnamed customer"))


class CustomerIdentity(TenantModel):
    """One name a vendor uses for a customer: a phone number, a business-scoped user id, a username."""

    customer = models.ForeignKey(
        Customer, db_constraint=False, on_delete=models.CASCADE, related_name="identities", db_index=False
    )
    channel = models.CharField(max_length=20, choices=Channel.choices)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in IdentityKind])
    value = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "channel", "kind", "value"], name="identity_names_one_customer"
            )
        ]
        indexes = [models.Index(fields=["customer", "channel"], name="identities_of_customer")]
        verbose_name_plural = "customer identities"

    def __str__(self) -> str:
        return f"+{self.value}" if self.kind == IdentityKind.PHONE else self.value


def person_of(customer: Customer, channel: str) -> Person:
    """Return the customer as an adapter addresses them, the best identity first."""
    order = list(IdentityKind)
    identities = sorted(
        (Identity(IdentityKind(row.kind), row.value) for row in customer.identities.all() if row.channel == channel),
        key=lambda identity: order.index(identity.kind),
    )
    return Person(identities=tuple(identities), name=customer.name)
