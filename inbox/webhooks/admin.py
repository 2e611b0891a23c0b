"""Raw webhooks for the platform's staff: look at what came, replay what was parked."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from inbox.workspaces.admin_site import PlatformAdmin

from . import actions
from .models import WebhookEvent


@admin.register(WebhookEvent)
class WebhookEventAdmin(PlatformAdmin):
    list_display = ("id", "app", "state", "attempts", "received_at", "processed_at", "error")
    list_filter = ("state", "app")
    list_select_related = ("app",)
    fields = ("app", "state", "attempts", "error", "received_at", "processed_at", "readable_body")
    readonly_fields = fields
    actions = ("replay",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=gettext_lazy("body"))
    def readable_body(self, event: WebhookEvent) -> str:
        return bytes(event.body).decode("utf-8", "replace")

    @admin.action(description=gettext_lazy("Process again"))
    def replay(self, request: HttpRequest, queryset: models.QuerySet[WebhookEvent]) -> None:
        count = actions.replay(event_ids=list(queryset.values_list("pk", flat=True)))
        words = ngettext(
            "%(count)s webhook waits to be processed again.", "%(count)s webhooks wait to be processed again.", count
        )
        messages.info(request, words % {"count": count})
