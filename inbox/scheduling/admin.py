"""Scheduled messages for a workspace's admins to look at; agents change them in the chat."""

from __future__ import annotations

from django.contrib import admin

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin

from .models import ScheduledMessage


@admin.register(ScheduledMessage)
class ScheduledMessageAdmin(ReadOnlyTenantAdmin):
    list_display = ("due_at", "state", "reason", "author", "chatroom", "cancel_if_customer_writes")
    list_filter = ("state",)
    list_select_related = ("author__user", "chatroom__customer", "chatroom__connection")
