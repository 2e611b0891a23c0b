"""Rules of assignment in the admin: a workspace's admins change them there too; staff look on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from inbox.workspaces.admin_site import TenantAdmin, admin_membership

from . import actions
from .actions import RuleRefused, RuleWish
from .models import AssignmentRule


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(TenantAdmin):
    """A connection's rule is begun on the page about who gets chats, and changed here or there."""

    list_display = ("connection", "mode", "team", "capacity", "reroute_minutes", "only_assignee_replies")
    list_select_related = ("connection", "team")
    fields = ("connection", "mode", "team", "capacity", "reroute_minutes", "only_assignee_replies")
    readonly_fields = ("connection",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[AssignmentRule]:
        return super().get_queryset(request).defer("connection__credentials")

    def save_model(self, request: HttpRequest, obj: AssignmentRule, form: forms.ModelForm[Any], change: bool) -> None:
        wish = RuleWish(
            mode=obj.mode,
            team=obj.team,
            capacity=str(obj.capacity or ""),
            reroute_minutes=str(obj.reroute_minutes or ""),
            only_assignee_replies=obj.only_assignee_replies,
        )
        try:
            actions.set_rule(
                actor=admin_membership(request), workspace_id=obj.workspace_id, connection=obj.connection, wish=wish
            )
        except RuleRefused as refusal:
            self.refuse(request, refusal)
