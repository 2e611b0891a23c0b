"""Labels, and who has which. A label belongs to a person: merged customers show theirs together."""

from __future__ import annotations

import unicodedata

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel


class Colour(models.TextChoices):
    """The names of colours in static/css/labels.css, which knows what they are by day and by night."""

    TEAL = "teal", _("Teal")
    BLUE = "blue", _("Blue")
    PURPLE = "purple", _("Purple")
    PINK = "pink", _("Pink")
    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")
    BROWN = "brown", _("Brown")
    GREY = "grey", _("Grey")


class Label(TenantModel):
    """A word for customers. `key` is what makes two names the same one.

    A deleted one is shown nowhere from then on; a worker takes it from its customers and then drops the row.
    """

    name = models.CharField(_("name"), max_length=50)
    key = models.TextField(editable=False)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.TEAL)
    position = models.PositiveIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"], name="one_label_per_name", condition=Q(deleted_at__isnull=True)
            )
        ]
        verbose_name = _("label")
        verbose_name_plural = _("labels")

    def __str__(self) -> str:
        return self.name


class CustomerLabel(TenantModel):
    """A customer has a label; `by` is who put it on."""

    customer = models.ForeignKey(
        Customer, db_constraint=False, on_delete=models.CASCADE, related_name="labels", db_index=False
    )
    label = models.ForeignKey(Label, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False)
    by = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "label"], name="label_once_per_customer")]
        indexes = [models.Index(fields=["workspace", "label", "customer"], name="customers_of_label")]

    def __str__(self) -> str:
        return f"label {self.label_id} of customer {self.customer_id}"


def key_of(name: str) -> str:
    """Return what names are compared by: "VIP", "vip" and full-width "ＶＩＰ" are one."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
