"""The form of a connection, built from what its channel's adapter asks for. Secrets go in and never come out again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from channels_adapters.types import Capabilities, CredentialField

from .models import REPLY_RULES, Connection, VendorApp

NEW = "new_"


def app_fields(capabilities: Capabilities) -> list[CredentialField]:
    """Return what a new app is registered with, beyond what the account's own fields ask for."""
    asked = {field.name for field in capabilities.account_credentials}
    return [
        field
        for field in capabilities.app_credentials
        if not field.name.startswith("previous_") and field.name not in asked
    ]


def replaceable(capabilities: Capabilities) -> list[CredentialField]:
    """Return the app's secrets that have a twin for the one before, so that they can be replaced without a gap."""
    names = {field.name for field in capabilities.app_credentials}
    return [field for field in capabilities.app_credentials if f"previous_{field.name}" in names]


def credential_input(field: CredentialField, *, required: bool) -> forms.Field:
    """Return an input for a credential; what is secret is never shown again."""
    labels: dict[str, Any] = {
        "label": _(field.label),
        "help_text": _(field.help_text) if field.help_text else "",
        "required": required,
    }
    if field.choices:
        choices = [(value, _(label)) for value, label in field.choices]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **labels)
    secret = UnfoldAdminPasswordWidget({"autocomplete": "new-password"})
    return forms.CharField(widget=secret if field.secret else UnfoldAdminTextInputWidget(), **labels)


def reply_rules(capabilities: Capabilities) -> list[str]:
    """Return the fields in which a connection of this channel may have rules of its own of when it may write."""
    policy = capabilities.reply_policy
    of_the_channel: dict[str, object] = {
        "window_hours": policy.window,
        "reminder_days": policy.person_until,
        "message_quota": policy.messages,
        "activity_minutes": policy.activity_window,
        "activity_quota": policy.activity_messages,
    }
    return [name for name in REPLY_RULES if of_the_channel[name] is not None]


class ConnectionForm(forms.ModelForm[Connection]):
    """Name, address and the adapter's credential fields; on a change, empty inputs leave what is stored.

    The admin fills in, for each person: `capabilities` of the channel, `own_apps`, which a new connection may share,
    and `may_rotate`.
    """

    capabilities: Capabilities
    own_apps: models.QuerySet[VendorApp] = VendorApp.objects.none()
    may_rotate = False

    class Meta:
        model = Connection
        fields = ("name", "address", "portfolio_id", *REPLY_RULES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        for name in REPLY_RULES:
            if is_new or name not in reply_rules(self.capabilities):
                del self.fields[name]
        for field in self.capabilities.account_credentials:
            if is_new or field.secret:
                self.fields[field.name] = credential_input(field, required=is_new and field.required)
        if is_new:
            self.fields["vendor_app"] = forms.ModelChoiceField(
                self.own_apps,
                label=_(self.capabilities.app_label),
                required=False,
                empty_label=_("A new one"),
                widget=UnfoldAdminSelectWidget(),
            )
            for field in app_fields(self.capabilities):
                self.fields[field.name] = credential_input(field, required=False)
        elif self.may_rotate:
            for field in replaceable(self.capabilities):
                self.fields[NEW + field.name] = credential_input(field, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for what signs the webhooks, unless the app is one we know."""
        super().clean()
        if "vendor_app" in self.fields and self.cleaned_data.get("vendor_app") is None:
            for field in app_fields(self.capabilities):
                if field.required and not self.cleaned_data.get(field.name):
                    self.add_error(field.name, self.fields[field.name].error_messages["required"])
        return self.cleaned_data

    def credentials(self, fields: Iterable[CredentialField]) -> dict[str, str]:
        names = [field.name for field in fields]
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    def new_app_secrets(self) -> dict[str, str]:
        names = [field.name for field in replaceable(self.capabilities)]
        return {name: self.cleaned_data[NEW + name] for name in names if self.cleaned_data.get(NEW + name)}


class VendorAppForm(forms.ModelForm[VendorApp]):
    """An app's name, and new values for its credentials; empty ones leave what is stored."""

    class Meta:
        model = VendorApp
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.app_fields():
            self.fields[field.name] = credential_input(field, required=False)
            if not field.secret:
                self.fields[field.name].initial = self.instance.readable_credentials.get(field.name, "")

    def app_fields(self) -> list[CredentialField]:
        fields = self.instance.adapter.capabilities.app_credentials
        return [field for field in fields if not field.name.startswith("previous_")]

    def new_secrets(self) -> dict[str, str]:
        names = [field.name for field in self.app_fields()]
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}
