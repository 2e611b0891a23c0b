"""Notes for a workspace's admins to look at; they are written, changed and deleted beside the chat."""

from __future__ import annotations

from django.contrib import admin

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin

from .models import CustomerNote


@admin.register(CustomerNote)
class CustomerNoteAdmin(ReadOnlyTenantAdmin):
    list_display = ("created_at", "customer", "author", "edited_at", "pinned_at")
    list_select_related = ("customer", "author__user")
    search_fields = ("text",)
    fields = ("created_at", "customer", "author", "text", "edited_at", "edited_by", "pinned_at")
