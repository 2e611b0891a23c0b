"""Connections as a workspace's admins set them up. Secrets go in and never come out again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind, CredentialField
from inbox.workspaces.admin_site import PlatformAdmin, TenantAdmin, admin_membership
from inbox.workspaces.models import Membership

from . import actions
from .models import Channel, Connection, ConnectionState, VendorApp

_CAPABILITIES = adapter_for(ChannelKind.WHATSAPP).capabilities
# What a new app is registered with; the app secret is the first.
_NEW_APP = tuple(field for field in _CAPABILITIES.app_credentials if not field.name.startswith("previous_"))


def _input(field: CredentialField, *, required: bool) -> forms.CharField:
    """A field that is filled in and never shown again."""
    secret = UnfoldAdminPasswordWidget({"autocomplete": "new-password"})
    widget = secret if field.secret else UnfoldAdminTextInputWidget()
    return forms.CharField(label=field.label, help_text=field.help_text, required=required, widget=widget)


class ConnectionForm(forms.ModelForm[Connection]):
    """Name, address and the adapter's credential fields; on a change, empty secrets stay as they are.

    The admin fills in, for each person: `own_apps`, which a new connection may share, and `may_rotate`.
    """

    own_apps: models.QuerySet[VendorApp] = VendorApp.objects.none()
    may_rotate = False

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
            self.fields["vendor_app"] = forms.ModelChoiceField(
                self.own_apps,
                label=_("Meta app"),
                required=False,
                empty_label=_("A new one"),
                widget=UnfoldAdminSelectWidget(),
            )
            for field in _NEW_APP:
                self.fields[field.name] = _input(field, required=False)
        elif self.may_rotate:
            self.fields["new_app_secret"] = _input(_NEW_APP[0], required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for what signs the webhooks, unless the app is one we know."""
        super().clean()
        if "vendor_app" in self.fields and self.cleaned_data.get("vendor_app") is None:
            for field in _NEW_APP:
                if field.required and not self.cleaned_data.get(field.name):
                    self.add_error(field.name, self.fields[field.name].error_messages["required"])
        return self.cleaned_data

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
        form = super().get_form(request, obj, change=change, **{**kwargs, "fields": ConnectionForm.Meta.fields})
        membership = admin_membership(request)
        if isinstance(obj, Connection):
            form.may_rotate = _may_rotate(membership, obj)
        elif membership is not None:
            own = Connection.objects.filter(workspace_id=membership.workspace_id)
            form.own_apps = VendorApp.objects.filter(channel=Channel.WHATSAPP, pk__in=own.values("app")).order_by(
                "name"
            )
        return form

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        account = [field.name for field in _CAPABILITIES.account_credentials if obj is None or field.secret]
        if obj is not None:
            sections: list[Any] = [
                (None, {"fields": ["name", "address", "health", "webhook_address"]}),
                (_("New credentials (leave empty to keep the present ones)"), {"fields": account}),
            ]
            if isinstance(obj, Connection) and _may_rotate(admin_membership(request), obj):
                sections.append((_("New app secret (the present one stays valid)"), {"fields": ["new_app_secret"]}))
            return sections
        app = ["vendor_app", *(field.name for field in _NEW_APP)]
        return [
            (None, {"fields": ["name", "address", *account]}),
            (_("Your Meta app, which signs the webhooks"), {"fields": app}),
        ]

    @admin.display(description=gettext_lazy("webhook address"))
    def webhook_address(self, connection: Connection) -> str:
        return connection.app.webhook_url

    @admin.display(description=gettext_lazy("bad signatures"))
    def signature_failures(self, connection: Connection) -> int:
        return connection.app.signature_failures

    @admin.display(description=gettext_lazy("health"))
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
        membership = admin_membership(request)
        if change:
            obj.save(update_fields=["name", "address"])
            if account:
                actions.renew_credentials(actor=membership, connection=obj, credentials=account)
            if form.cleaned_data.get("new_app_secret"):
                self._rotate(request, obj, form.cleaned_data["new_app_secret"])
            return
        assert membership is not None  # noqa: S101 - only members may add, see TenantAdmin
        try:
            with transaction.atomic():
                app = form.cleaned_data["vendor_app"] or actions.register_app(
                    channel=Channel.WHATSAPP, name=obj.name, credentials=form.credentials(_NEW_APP)
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

    def _rotate(self, request: HttpRequest, connection: Connection, app_secret: str) -> None:
        try:
            actions.rotate_app_secret(actor=admin_membership(request), app=connection.app, app_secret=app_secret)
        except actions.ConnectionRefused as refusal:
            self.refuse(request, refusal)

    @admin.action(description=gettext_lazy("Pause sending"))
    def pause(self, request: HttpRequest, queryset: models.QuerySet[Connection]) -> None:
        for connection in queryset:
            actions.set_paused(actor=admin_membership(request), connection=connection, paused=True)

    @admin.action(description=gettext_lazy("Resume sending"))
    def resume(self, request: HttpRequest, queryset: models.QuerySet[Connection]) -> None:
        for connection in queryset:
            actions.set_paused(actor=admin_membership(request), connection=connection, paused=False)


def _may_rotate(membership: Membership | None, connection: Connection) -> bool:
    """Only staff may change an app that several workspaces use."""
    return membership is None or actions.serves_only(app=connection.app, workspace_id=membership.workspace_id)


class VendorAppForm(forms.ModelForm[VendorApp]):
    app_secret = _input(_NEW_APP[0], required=False)

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
            actions.rotate_app_secret(actor=None, app=obj, app_secret=form.cleaned_data["app_secret"])
