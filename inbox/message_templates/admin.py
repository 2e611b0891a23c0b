"""Templates and their history as the platform's staff and a workspace's admins see them. Read only: see `views`."""

from __future__ import annotations

from django.contrib import admin

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin

from .models import MessageTemplate, TemplateChange, TemplateSync


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyTenantAdmin):
    list_display = ("name", "language", "status", "category", "quality", "is_fallback", "synced_at")
    list_filter = ("status", "category", "language")
    search_fields = ("name",)


@admin.register(TemplateChange)
class TemplateChangeAdmin(ReadOnlyTenantAdmin):
    list_display = ("template", "at", "field", "before", "after", "reason")
    list_select_related = ("template",)


@admin.register(TemplateSync)
class TemplateSyncAdmin(ReadOnlyTenantAdmin):
    list_display = ("business_id", "synced_at", "tried_at", "problem")
