"""Templates of a business account as the vendor last described them, what changed about them, and when they were read."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.models import TenantModel

from .components import is_supported
from .searching import searched_text

APPROVED = "APPROVED"
DELETED = "DELETED"
IN_REVIEW = "PENDING"
DRAFT = "DRAFT"  # ours: the vendor has not taken it yet


class OrderState(models.TextChoices):
    NONE = "", _("Nothing to do")
    WAITING = "waiting", _("Is being submitted")
    SENDING = "sending", _("Is being submitted")
    REFUSED = "refused", _("Was refused")
    UNKNOWN = "unknown", _("Was perhaps submitted")


class MessageTemplate(TenantModel):
    """One template in one language, of the business account that `Connection.business_id` names.

    `status`, `category`, `quality` and `rejection_reason` are the vendor's words; only APPROVED may be sent.
    `next_category` is what the vendor announced to make of the category. `defaults` are texts by variable key (see
    `filling`). A template that the vendor no longer lists stays, with `deleted_at`.

    `order` is what a member asked the vendor for: {"verb": create, edit or delete, "category", "components"}; a worker
    carries it out, and it stays for correction if the vendor refuses, which `order_problem` explains.

    `search_text` is what is searched, and `is_fillable` says that we can fill in and show every part; `save` keeps both.
    """

    business_id = models.CharField(_("business account id"), max_length=80)
    name = models.CharField(_("name"), max_length=512)
    language = models.CharField(_("language"), max_length=20)
    external_id = models.CharField(max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=40)
    category = models.CharField(_("category"), max_length=40, blank=True)
    next_category = models.CharField(_("category announced"), max_length=40, blank=True)
    quality = models.CharField(_("quality"), max_length=20, blank=True)
    rejection_reason = models.CharField(_("reason"), max_length=300, blank=True)
    parameter_format = models.CharField(max_length=20, default="POSITIONAL")
    components = models.JSONField(default=list)
    defaults = models.JSONField(default=dict, blank=True)
    order = models.JSONField(default=dict)
    order_state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.NONE, blank=True)
    order_problem = models.CharField(max_length=500, blank=True)
    ordered_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(_("read"), default=clock.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True)
    search_text = models.TextField(blank=True, editable=False)
    is_fillable = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "business_id", "name", "language"], name="one_row_per_template_and_language"
            )
        ]
        indexes = [
            models.Index(
                fields=["ordered_at"],
                name="template_orders",
                condition=models.Q(order_state__in=["waiting", "sending"]),
            )
        ]
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = searched_text(self.name, self.language, self.components)
        self.is_fillable = is_supported(self.components)
        super().save(*args, **kwargs)

    @property
    def is_approved(self) -> bool:
        return self.status == APPROVED and self.deleted_at is None


class FallbackTemplate(TenantModel):
    """The template that a number sends by itself once the time to answer is over. It may have become unsendable since."""

    connection = models.ForeignKey(
        Connection,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("connection"),
    )
    template = models.ForeignKey(
        MessageTemplate,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="fallback_for",
        verbose_name=_("message template"),
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "connection"], name="one_fallback_per_connection")]
        verbose_name = _("fallback template")
        verbose_name_plural = _("fallback templates")

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.template_id}"


class TemplateChange(TenantModel):
    """One value of a template that became another: its status, category, quality, or texts."""

    class Field(models.TextChoices):
        STATUS = "status", _("Status")
        CATEGORY = "category", _("Category")
        NEXT_CATEGORY = "next_category", _("Category announced")
        QUALITY = "quality", _("Quality")
        COMPONENTS = "components", _("Texts")

    template = models.ForeignKey(
        MessageTemplate,
        db_constraint=False,
        on_delete=models.CASCADE,
        related_name="changes",
        verbose_name=_("message template"),
    )
    at = models.DateTimeField(_("at"), default=clock.now)
    field = models.CharField(_("what"), max_length=20, choices=Field.choices)
    before = models.CharField(_("before"), max_length=40, blank=True)
    after = models.CharField(_("after"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("template change")
        verbose_name_plural = _("template changes")

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class TemplateSync(TenantModel):
    """When a business account's templates were last read, and tried to.

    `asked_at` is set while somebody waits for a fresh reading; `problem` says why the last try failed.
    """

    business_id = models.CharField(_("business account id"), max_length=80)
    asked_at = models.DateTimeField(_("asked"), null=True)
    tried_at = models.DateTimeField(_("tried"), null=True)
    synced_at = models.DateTimeField(_("read"), null=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "business_id"], name="one_template_sync_per_business_account")
        ]
        verbose_name = _("template synchronisation")
        verbose_name_plural = _("template synchronisations")

    def __str__(self) -> str:
        return self.business_id
