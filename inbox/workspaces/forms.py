"""Forms of the people side: sign-up asks for a name and the business, and creates the workspace."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import User


class SignupForm(forms.Form):
    """Mixed into django-allauth's sign-up form (ACCOUNT_SIGNUP_FORM_CLASS)."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    workspace_name = forms.CharField(
        label=_("Business name"),
        max_length=120,
        required=False,
        help_text=_("Leave it empty if you were invited to a workspace."),
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    field_order: list[str] = ["name", "workspace_name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        from .actions import create_workspace

        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        if self.cleaned_data["workspace_name"]:
            create_workspace(owner=user, name=self.cleaned_data["workspace_name"])


class WorkspaceForm(forms.Form):
    name = forms.CharField(label=_("Business name"), max_length=120)

    def clean_name(self) -> Any:
        return self.cleaned_data["name"].strip()
