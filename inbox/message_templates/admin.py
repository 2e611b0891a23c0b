"""Templates and their history as the platform's staff and a workspace's admins see them. Read only: see `views`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin

from . import words
from .models import FallbackTemplate, MessageTemplate, TemplateChange, TemplateSync


class CodeFilter(admin.SimpleListFilter):
    """By a code of the vendor's, in words."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        name = self.parameter_name
        codes = model_admin.get_queryset(request).order_by(name).values_list(name, flat=True).distinct()
        return [(code, self.word(code)) for code in codes if code]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset

    def word(self, code: str) -> str:
        raise NotImplementedError


class StatusFilter(CodeFilter):
    title = gettext_lazy("status")
    parameter_name = "status"

    def word(self, code: str) -> str:
        return words.status_word(code)


class CategoryFilter(CodeFilter):
    title = gettext_lazy("category")
    parameter_name = "category"

    def word(self, code: str) -> str:
        return words.category_word(code)


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyTenantAdmin):
    list_display = ("name", "language", "state", "kind", "rating", "synced_at")
    list_filter = (StatusFilter, CategoryFilter, "language")
    search_fields = ("name",)
    fields = (
        *("name", "language", "state", "why", "kind", "next_kind", "rating"),
        *("business_id", "synced_at", "deleted_at"),
    )

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, template: MessageTemplate) -> str:
        return words.status_word(template.status)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, template: MessageTemplate) -> str:
        return words.rejection_words(template.rejection_reason)

    @admin.display(description=gettext_lazy("category"), ordering="category")
    def kind(self, template: MessageTemplate) -> str:
        return words.category_word(template.category)

    @admin.display(description=gettext_lazy("category announced"))
    def next_kind(self, template: MessageTemplate) -> str:
        return words.category_word(template.next_category)

    @admin.display(description=gettext_lazy("quality"), ordering="quality")
    def rating(self, template: MessageTemplate) -> str:
        return words.quality_word(template.quality)


@admin.register(FallbackTemplate)
class FallbackTemplateAdmin(ReadOnlyTenantAdmin):
    list_display = ("connection", "template")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("connection", "template").defer("connection__credentials")


@admin.register(TemplateChange)
class TemplateChangeAdmin(ReadOnlyTenantAdmin):
    list_display = ("template", "at", "field", "was", "became", "why")
    list_select_related = ("template",)
    fields = list_display

    @admin.display(description=gettext_lazy("before"))
    def was(self, change: TemplateChange) -> str:
        return words.value_word(change.field, change.before)

    @admin.display(description=gettext_lazy("after"))
    def became(self, change: TemplateChange) -> str:
        return words.value_word(change.field, change.after)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, change: TemplateChange) -> str:
        return words.rejection_words(change.reason)


@admin.register(TemplateSync)
class TemplateSyncAdmin(ReadOnlyTenantAdmin):
    list_display = ("business_id", "synced_at", "tried_at", "problem")
