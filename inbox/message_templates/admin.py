"""Templates and their history as the platform's staff and a workspace's admins see them. Read only: see `views`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin

from .models import FallbackTemplate, MessageTemplate, TemplateChange, TemplateSync


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyTenantAdmin):
    list_display = ("name", "language", "status", "category", "quality", "synced_at")
    list_filter = ("status", "category", "language")
    search_fields = ("name",)


@admin.register(FallbackTemplate)
class FallbackTemplateAdmin(ReadOnlyTenantAdmin):
    list_display = ("connection", "template")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("connection", "template").defer("connection__credentials")


@admin.register(TemplateChange)
class TemplateChangeAdmin(ReadOnlyTenantAdmin):
    list_display = ("template", "at", "field", "before", "after", "reason")
    list_select_related = ("template",)


@admin.register(TemplateSync)
class TemplateSyncAdmin(ReadOnlyTenantAdmin):
    list_display = ("business_id", "synced_at", "tried_at", "problem")
