"""Scheduled messages for a workspace's admins to look at; agents change them in the chat."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from inbox.workspaces.admin_site import ReadOnlyTenantAdmin

from . import words
from .models import ScheduledMessage


@admin.register(ScheduledMessage)
class ScheduledMessageAdmin(ReadOnlyTenantAdmin):
    list_display = ("due_at", "state", "why", "author", "chatroom", "cancel_if_customer_writes")
    list_filter = ("state",)
    list_select_related = ("author__user", "chatroom__customer", "chatroom__connection")
    fields = (
        *("due_at", "zone", "state", "why", "author", "chatroom", "text", "is_template", "cancel_if_customer_writes"),
        *("changed_by", "settled_at", "created_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledMessage]:
        rows: QuerySet[ScheduledMessage] = super().get_queryset(request)
        return rows.select_related("chatroom__connection").defer("chatroom__connection__credentials")

    @admin.display(description=gettext_lazy("reason"))
    def why(self, row: ScheduledMessage) -> str:
        return words.why(row, channel=row.chatroom.connection.adapter.capabilities.label)
