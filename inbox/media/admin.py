"""Files in the admin: what is kept, and what it was found to be."""

from __future__ import annotations

from django.contrib import admin

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin

from .models import MediaFile


@admin.register(MediaFile)
class MediaFileAdmin(ReadOnlyTenantAdmin):
    list_display = ("filename", "kind", "mime_type", "size", "created_at", "recipe")
    list_filter = ("kind",)
    search_fields = ("filename", "sha256")
    fields = (*list_display, "sha256", "width", "height", "duration_ms", "details", "previews_at")
    ordering = ("-pk",)
    show_full_result_count = False
