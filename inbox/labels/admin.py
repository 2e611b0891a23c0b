"""Labels in the admin: a workspace's admins name, colour, order and delete them; staff look on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from inbox.workspaces.admin_site import TenantAdmin, admin_membership

from . import actions
from .models import Label
from .selectors import people_with


@admin.register(Label)
class LabelAdmin(TenantAdmin):
    list_display = ("name", "colour", "position", "people")
    list_filter = ("colour",)
    search_fields = ("name",)
    fields = ("name", "colour", "position")
    ordering = ("position", "pk")
    actions = ("delete_labels",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Label]:
        return super().get_queryset(request).filter(deleted_at__isnull=True)

    @admin.display(description=gettext_lazy("customers"))
    def people(self, label: Label) -> int:
        return people_with(label)

    def save_model(self, request: HttpRequest, obj: Label, form: forms.ModelForm[Any], change: bool) -> None:
        membership = admin_membership(request)
        try:
            if change:
                actions.change_label(
                    actor=membership,
                    workspace_id=obj.workspace_id,
                    label=obj,
                    name=obj.name,
                    colour=obj.colour,
                    position=obj.position,
                )
            elif membership is not None:
                obj.pk = actions.create_label(actor=membership, name=obj.name, colour=obj.colour).pk
        except actions.LabelRefused as refusal:
            self.refuse(request, refusal)

    @admin.action(description=gettext_lazy("Delete, and take from all customers"))
    def delete_labels(self, request: HttpRequest, labels: models.QuerySet[Label]) -> None:
        for label in labels:
            people = actions.delete_label(actor=admin_membership(request), workspace_id=label.workspace_id, label=label)
            words = ngettext(
                "“%(name)s” was deleted and taken from %(count)s customer.",
                "“%(name)s” was deleted and taken from %(count)s customers.",
                people,
            )
            messages.success(request, words % {"name": label.name, "count": people})
