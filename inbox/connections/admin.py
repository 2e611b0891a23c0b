"""Connections as a workspace's admins set them up. Secrets go in and never come out again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind, CredentialField
from inbox.workspaces.admin_site import PlatformAdmin, TenantAdmin, admin_membership

from . import actions
from .models import Channel, Connection, ConnectionState, VendorApp

_CAPABILITIES = adapter_for(ChannelKind.WHATSAPP).capabilities


def _input(field: CredentialField, *, required: bool) -> forms.CharField:
    """A field that is filled in and never shown again."""
    widget = forms.PasswordInput({"autocomplete": "new-password"}) if field.secret else forms.TextInput()
    return forms.CharField(label=field.label, help_text=field.help_text, required=required, widget=widget)


class ConnectionForm(forms.ModelForm[Connection]):
    """Name, address and the adapter's credential fields; on a change, empty secrets stay as they are."""

    class Meta:
        model = Connection
        fields = ("name", "address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        for field in _CAPABILITIES.account_credentials:
            if is_new or field.secret:
                self.fields[field.name] = _input(field, required=is_new and field.required)
        if is_new:
            for field in _CAPABILITIES.app_credentials:
                if not field.name.startswith("previous_"):
                    self.fields[field.name] = _input(field, required=field.required)

    def credentials(self, fields: tuple[CredentialField, ...]) -> dict[str, str]:
        names = [field.name for field in fields]
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}


@admin.register(Connection)
class ConnectionAdmin(TenantAdmin):
    form = ConnectionForm
    list_display = ("name", "channel", "address", "state", "last_webhook_at", "signature_failures")
    list_select_related = ("app",)
    readonly_fields = ("webhook_address", "health")
    actions = ("pause", "resume")

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        # The fieldsets also name inputs that are no columns, which Django would look for among the model's fields.
        return super().get_form(request, obj, change=change, **{**kwargs, "fields": ConnectionForm.Meta.fields})

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        account = [field.name for field in _CAPABILITIES.account_credentials if obj is None or field.secret]
        if obj is not None:
            return [
                (None, {"fields": ["name", "address", "health", "webhook_address"]}),
                (_("New credentials (leave empty to keep the present ones)"), {"fields": account}),
            ]
        app = [field.name for field in _CAPABILITIES.app_credentials if not field.name.startswith("previous_")]
        return [
            (None, {"fields": ["name", "address", *account]}),
            (_("Your Meta app, which signs the webhooks"), {"fields": app}),
        ]

    @admin.display(description=_("webhook address"))
    def webhook_address(self, connection: Connection) -> str:
        return connection.app.webhook_url

    @admin.display(description=_("bad signatures"))
    def signature_failures(self, connection: Connection) -> int:
        return connection.app.signature_failures

    @admin.display(description=_("health"))
    def health(self, connection: Connection) -> str:
        lines = [str(ConnectionState(connection.state).label), connection.attention]
        if connection.last_webhook_at:
            lines.append(_("Last webhook: %s") % connection.last_webhook_at.strftime("%Y-%m-%d %H:%M:%S UTC"))
        else:
            lines.append(_("No webhook has arrived yet."))
        if connection.app.last_signature_failure_at:
            lines.append(
                _("%(count)s webhooks had a wrong signature, the last at %(at)s. Check the app secret.")
                % {
                    "count": connection.app.signature_failures,
                    "at": connection.app.last_signature_failure_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
                }
            )
        return format_html("{}", " · ".join(line for line in lines if line))

    def save_model(self, request: HttpRequest, obj: Connection, form: ConnectionForm, change: bool) -> None:
        account = form.credentials(_CAPABILITIES.account_credentials)
        if change:
            obj.save(update_fields=["name", "address"])
            if account:
                actions.renew_credentials(actor=admin_membership(request), connection=obj, credentials=account)
            return
        membership = admin_membership(request)
        assert membership is not None  # noqa: S101 - only members may add, see TenantAdmin
        try:
            with transaction.atomic():
                app = actions.register_app(
                    channel=Channel.WHATSAPP, name=obj.name, credentials=form.credentials(_CAPABILITIES.app_credentials)
                )
                connection = actions.connect_account(
                    actor=membership,
                    workspace=membership.workspace,
                    app=app,
                    name=obj.name,
                    account_id=account["phone_number_id"],
                    address=obj.address,
                    credentials=account,
                )
        except actions.ConnectionRefused as refusal:
            self.refuse(request, refusal)
        else:
            obj.pk = connection.pk
            messages.info(request, _("Give this address to Meta: %s") % app.webhook_url)

    @admin.action(description=_("Pause sending"))
    def pause(self, request: HttpRequest, queryset: models.QuerySet[Connection]) -> None:
        for connection in queryset:
            actions.set_paused(actor=admin_membership(request), connection=connection, paused=True)

    @admin.action(description=_("Resume sending"))
    def resume(self, request: HttpRequest, queryset: models.QuerySet[Connection]) -> None:
        for connection in queryset:
            actions.set_paused(actor=admin_membership(request), connection=connection, paused=False)


class VendorAppForm(forms.ModelForm[VendorApp]):
    app_secret = _input(_CAPABILITIES.app_credentials[0], required=False)

    class Meta:
        model = VendorApp
        fields = ("name",)


@admin.register(VendorApp)
class VendorAppAdmin(PlatformAdmin):
    form = VendorAppForm
    list_display = ("name", "channel", "webhook_url", "signature_failures", "last_signature_failure_at")
    fields = ("name", "app_secret", "webhook_url", "signature_failures", "last_signature_failure_at")
    readonly_fields = ("webhook_url", "signature_failures", "last_signature_failure_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # an app is registered with its first connection

    def save_model(self, request: HttpRequest, obj: VendorApp, form: VendorAppForm, change: bool) -> None:
        obj.save(update_fields=["name"])
        if form.cleaned_data["app_secret"]:
            actions.rotate_app_secret(app=obj, app_secret=form.cleaned_data["app_secret"])
