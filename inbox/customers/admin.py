"""What workspaces want to know of their customers, in the admin: admins define fields; staff look on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from inbox.workspaces.admin_site import TenantAdmin, admin_membership

from . import actions
from .field_pages import draft_of
from .models import CustomerField


class CustomerFieldForm(forms.ModelForm[CustomerField]):
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        help_text=gettext_lazy("One on each line."),
        widget=UnfoldAdminTextareaWidget(),
        required=False,
    )
    key = forms.CharField(
        label=gettext_lazy("Key"),
        help_text=gettext_lazy("Left empty, it is made of the name."),
        widget=UnfoldAdminTextInputWidget(),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)
        self.fields["key"].disabled = self.instance.pk is not None

    def clean_choices(self) -> list[str]:
        text: str = self.cleaned_data["choices"]
        return text.splitlines()


@admin.register(CustomerField)
class CustomerFieldAdmin(TenantAdmin):
    form = CustomerFieldForm
    list_display = ("label", "key", "type", "is_required", "is_hidden", "position")
    list_filter = ("type", "is_hidden")
    search_fields = ("label", "key")
    fields = ("label", "key", "type", "is_required", "pattern", "help_text", "choices", "position", "is_hidden")
    ordering = ("position", "pk")

    def save_model(self, request: HttpRequest, obj: CustomerField, form: forms.ModelForm[Any], change: bool) -> None:
        membership = admin_membership(request)
        if membership is None and not change:
            return
        workspace_id = obj.workspace_id if membership is None else membership.workspace_id
        standing = CustomerField.objects.get(pk=obj.pk) if change else None
        try:
            obj.pk = actions.define_field(
                actor=membership, workspace_id=workspace_id, draft=draft_of(obj), field=standing
            ).pk
        except actions.FieldRefused as refusal:
            self.refuse(request, refusal)
