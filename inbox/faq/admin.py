"""Everybody's answers in the admin: categories are named, ordered and deleted; entries are looked at and deleted.

What members keep for themselves is not shown to anybody else. Texts are written on the page of answers.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin, TenantAdmin, admin_membership

from . import actions
from .languages import name_of, own_language
from .models import FaqCategory, FaqEntry
from .selectors import text_of


@admin.register(FaqCategory)
class FaqCategoryAdmin(TenantAdmin):
    list_display = ("name", "position")
    fields = ("name",)
    ordering = ("position", "pk")
    actions = ("delete_categories",)

    def save_model(self, request: HttpRequest, obj: FaqCategory, form: forms.ModelForm[Any], change: bool) -> None:
        membership = admin_membership(request)
        try:
            if change:
                actions.rename_category(actor=membership, category=obj, name=obj.name)
            elif membership is not None:
                obj.pk = actions.create_category(actor=membership, name=obj.name).pk
        except actions.FaqRefused as refusal:
            self.refuse(request, refusal)

    @admin.action(description=gettext_lazy("Delete; their answers stay, under none"))
    def delete_categories(self, request: HttpRequest, categories: models.QuerySet[FaqCategory]) -> None:
        for category in categories:
            actions.delete_category(actor=admin_membership(request), category=category)


@admin.register(FaqEntry)
class FaqEntryAdmin(ReadOnlyTenantAdmin):
    list_display = fields = ("title", "category", "languages", "uses", "last_used_at")
    list_select_related = ("category",)
    list_filter = ("category",)
    search_fields = ("texts__search_text",)
    ordering = ("-uses", "pk")
    actions = ("delete_entries",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[FaqEntry]:
        return super().get_queryset(request).filter(owner__isnull=True).prefetch_related("texts")

    @admin.display(description=gettext_lazy("title"))
    def title(self, entry: FaqEntry) -> str:
        return text_of(entry, [own_language()]).title

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, entry: FaqEntry) -> str:
        return ", ".join(sorted(name_of(text.language) for text in entry.texts.all()))

    @admin.action(description=gettext_lazy("Delete"), permissions=["delete_entries"])
    def delete_entries(self, request: HttpRequest, entries: models.QuerySet[FaqEntry]) -> None:
        chosen = list(entries)
        for entry in chosen:
            actions.delete_entry(actor=admin_membership(request), entry=entry)
        words = ngettext("%(count)s answer was deleted.", "%(count)s answers were deleted.", len(chosen))
        messages.success(request, words % {"count": len(chosen)})

    def has_delete_entries_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)
