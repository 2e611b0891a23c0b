"""Answers that are kept for questions to come: an entry says the same in each of its languages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel

from .searching import key_of


class FaqCategory(TenantModel):
    """A heading that entries stand under. `key` is what makes two names the same one."""

    name = models.CharField(_("name"), max_length=60)
    key = models.TextField(editable=False)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("FAQ category")
        verbose_name_plural = _("FAQ categories")
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_faq_category_per_name")]

    def __str__(self) -> str:
        return self.name


class FaqEntry(TenantModel):
    """An answer. Without an owner it is everybody's; with one, nobody else sees it.

    `files` holds, in their order, the id and name of each file that goes with it. `version` counts what was saved: who
    saves says which one they saw. `uses` counts how often it was put into a message or sent.
    """

    category = models.ForeignKey(
        FaqCategory,
        db_constraint=False,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_index=False,
        verbose_name=_("category"),
    )
    owner = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    files = models.JSONField(default=list, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("FAQ entry")
        verbose_name_plural = _("FAQ entries")
        indexes = [models.Index(fields=["workspace", "-uses"], name="faq_entries_by_use")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class FaqText(TenantModel):
    """What an entry says in one language. `title_key` and `search_text` are what searches look at."""

    entry = models.ForeignKey(
        FaqEntry, db_constraint=False, on_delete=models.CASCADE, related_name="texts", db_index=False
    )
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    title_key = models.TextField(editable=False)
    search_text = models.TextField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "entry", "language"], name="one_faq_text_per_language")
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def written(cls, *, entry: FaqEntry, language: str, title: str, body: str) -> FaqText:
        """Return a text, not stored yet, with what searches look at."""
        title_key = key_of(title)
        return cls(
            workspace_id=entry.workspace_id,
            entry=entry,
            language=language,
            title=title,
            body=body,
            title_key=title_key,
            search_text=f"{title_key}\n{key_of(body)}",
        )
