"""Connections as a workspace's admins set them up, and what is known of them. Secrets never come out again."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from channels_adapters.registry import adapter_for, kinds
from channels_adapters.types import ChannelKind
from inbox.workspaces.admin_site import PlatformAdmin, ReadOnlyTenantAdmin, TenantAdmin, admin_membership
from inbox.workspaces.models import Membership

from . import actions
from .forms import NEW, ConnectionForm, VendorAppForm, app_fields, replaceable, reply_rules
from .models import ApiCall, Channel, Connection, ConnectionNotice, VendorApp
from .phrases import translated_or_quoted
from .presenters import breakable, health_lines, shown_time


@admin.register(Connection)
class ConnectionAdmin(TenantAdmin):
    form = ConnectionForm
    list_display = (
        "name",
        "channel",
        "address",
        "state",
        "heard_at",
        "signature_failures",
    )
    readonly_fields = ("webhook_address", "health")
    actions = ("pause", "resume")
    actions_detail = ("doctor", "calls", "notices")
    change_form_before_template = "admin/connections/connection/costs.html"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if _chosen_channel(request) is not None or not self.has_add_permission(request):
            response: HttpResponse = super().add_view(request, form_url, extra_context)
            return response
        context = {
            **self.admin_site.each_context(request),
            "title": _("Which channel?"),
            "opts": self.opts,
            "channels": [(kind.value, adapter_for(kind).capabilities.label, _asked_for(kind)) for kind in kinds()],
        }
        return TemplateResponse(request, "admin/connections/connection/choose_channel.html", context)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        # Without credentials: no list needs them, and the page must open when no key decrypts them any more.
        return super().get_queryset(request).select_related("app").defer("credentials", "app__credentials")

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        # The fieldsets also name inputs that are no columns, which Django would look for among the model's fields.
        form = super().get_form(request, obj, change=change, **{**kwargs, "fields": ConnectionForm.Meta.fields})
        membership = admin_membership(request)
        form.capabilities = adapter_for(_kind(request, obj)).capabilities
        if isinstance(obj, Connection):
            form.may_rotate = _may_rotate(membership, obj)
        elif membership is not None:
            own = Connection.objects.filter(workspace_id=membership.workspace_id)
            channel = form.capabilities.kind.value
            apps = VendorApp.objects.filter(channel=channel, pk__in=own.values("app"))
            form.own_apps = apps.defer("credentials").order_by("name")
        return form

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        capabilities = adapter_for(_kind(request, obj)).capabilities
        account = [field.name for field in capabilities.account_credentials if obj is None or field.secret]
        if obj is not None:
            sections: list[Any] = [
                (None, {"fields": ["name", "address", "portfolio_id", "health", "webhook_address"]}),
                (
                    _("When customers may be answered (empty: as the channel says)"),
                    {"fields": reply_rules(capabilities)},
                ),
                (_("New credentials (leave empty to keep the present ones)"), {"fields": account}),
            ]
            if isinstance(obj, Connection) and _may_rotate(admin_membership(request), obj):
                secrets = [NEW + field.name for field in replaceable(capabilities)]
                sections.append((_("New app secret (the present one stays valid)"), {"fields": secrets}))
            return sections
        app = ["vendor_app", *(field.name for field in app_fields(capabilities))]
        signs = _("%(app)s: what signs the webhooks") % {"app": _(capabilities.app_label)}
        return [
            (capabilities.label, {"fields": ["name", "address", *account, "portfolio_id"]}),
            (signs, {"fields": app}),
        ]

    @admin.display(description=gettext_lazy("webhook address"))
    def webhook_address(self, connection: Connection) -> str:
        address = connection.app.webhook_url
        return format_html('<span title="{}">{}</span>', address, breakable(address))

    @admin.display(description=gettext_lazy("last webhook"), ordering="last_webhook_at")
    def heard_at(self, connection: Connection) -> str:
        return shown_time(connection.last_webhook_at) if connection.last_webhook_at else ""

    @admin.display(description=gettext_lazy("bad signatures"))
    def signature_failures(self, connection: Connection) -> int:
        return connection.app.signature_failures

    @admin.display(description=gettext_lazy("health"))
    def health(self, connection: Connection) -> str:
        return format_html_join("", "<p>{}</p>", ((line,) for line in health_lines(connection)))

    def save_model(self, request: HttpRequest, obj: Connection, form: ConnectionForm, change: bool) -> None:
        membership = admin_membership(request)
        account = form.credentials(form.capabilities.account_credentials)
        if change:
            obj.save(update_fields=[*ConnectionForm.Meta.fields])
            if account:
                actions.renew_credentials(actor=membership, connection=obj, credentials=account)
            if secrets := form.new_app_secrets():
                self._rotate(request, obj, secrets)
            return
        assert membership is not None  # noqa: S101 - only members may add, see TenantAdmin
        try:
            with transaction.atomic():
                app = form.cleaned_data["vendor_app"] or actions.register_app(
                    channel=Channel(form.capabilities.kind.value),
                    name=obj.name,
                    credentials=form.credentials(form.capabilities.app_credentials),
                )
                connection = actions.connect_account(
                    actor=membership,
                    workspace=membership.workspace,
                    app=app,
                    name=obj.name,
                    address=obj.address,
                    portfolio_id=obj.portfolio_id,
                    credentials=account,
                )
        except actions.ConnectionRefused as refusal:
            self.refuse(request, refusal)
        else:
            obj.pk = connection.pk

    def response_add(self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None) -> Any:
        """Go on with the doctor, who says what else there is to do."""
        if obj.pk is None:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, _("%s is connected. Now check that everything works.") % obj)
        return HttpResponseRedirect(reverse("connection_doctor", args=[obj.pk]))

    def _rotate(self, request: HttpRequest, connection: Connection, secrets: dict[str, str]) -> None:
        try:
            actions.rotate_app_secret(actor=admin_membership(request), app=connection.app, **secrets)
        except actions.ConnectionRefused as refusal:
            self.refuse(request, refusal)

    @action(description=gettext_lazy("Set-up doctor"), url_path="to-doctor", icon="stethoscope")  # type: ignore[untyped-decorator]
    def doctor(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("connection_doctor", args=[object_id]))

    @action(description=gettext_lazy("API calls"), url_path="to-calls", icon="list_alt")  # type: ignore[untyped-decorator]
    def calls(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:connections_apicall_changelist')}?connection={int(object_id)}")

    @action(description=gettext_lazy("Notices"), url_path="to-notices", icon="notifications")  # type: ignore[untyped-decorator]
    def notices(self, request: HttpRequest, object_id: int) -> HttpResponse:
        address = reverse("admin:connections_connectionnotice_changelist")
        return HttpResponseRedirect(f"{address}?connection={int(object_id)}")

    @admin.action(description=gettext_lazy("Pause sending"))
    def pause(self, request: HttpRequest, queryset: models.QuerySet[Connection]) -> None:
        for connection in queryset:
            actions.set_paused(actor=admin_membership(request), connection=connection, paused=True)

    @admin.action(description=gettext_lazy("Resume sending"))
    def resume(self, request: HttpRequest, queryset: models.QuerySet[Connection]) -> None:
        for connection in queryset:
            actions.set_paused(actor=admin_membership(request), connection=connection, paused=False)


def _chosen_channel(request: HttpRequest) -> ChannelKind | None:
    """Return the channel that the address of an "add" page names, if there is such a one."""
    return next((kind for kind in kinds() if kind.value == request.GET.get("channel")), None)


def _asked_for(kind: ChannelKind) -> str:
    """Name what one must have at hand to connect an account."""
    return ", ".join(_(field.label) for field in adapter_for(kind).capabilities.account_credentials if field.required)


def _kind(request: HttpRequest, obj: models.Model | None) -> ChannelKind:
    if isinstance(obj, Connection):
        return ChannelKind(obj.channel)
    return _chosen_channel(request) or kinds()[0]


def _may_rotate(membership: Membership | None, connection: Connection) -> bool:
    """Only staff may change an app that several workspaces use."""
    return membership is None or actions.serves_only(app=connection.app, workspace_id=membership.workspace_id)


class ConnectionFilter(admin.SimpleListFilter):
    """By connection, without reading any credentials."""

    title = gettext_lazy("connection")
    parameter_name = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Connection.objects.order_by("name", "pk")
        membership = admin_membership(request)
        if membership is not None:
            rows = rows.filter(workspace_id=membership.workspace_id)
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(connection_id=int(value)) if value.isdecimal() and len(value) < 19 else queryset


class OutcomeFilter(admin.SimpleListFilter):
    title = gettext_lazy("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("well", _("Accepted")), ("refused", _("Refused")), ("unanswered", _("No answer"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        refused = Q(status__gte=400) | ~Q(code="")
        match self.value():
            case "well":
                return queryset.filter(status__isnull=False).exclude(refused)
            case "refused":
                return queryset.filter(refused)
            case "unanswered":
                return queryset.filter(status=None)
        return queryset


class OfConnectionAdmin(ReadOnlyTenantAdmin):
    """Base of lists of what happened to connections: newest first, nothing to change."""

    ordering = ("-at", "-pk")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("connection").defer("connection__credentials")

    @admin.display(description=gettext_lazy("at"), ordering="at")
    def time(self, row: ApiCall | ConnectionNotice) -> str:
        return shown_time(row.at)


@admin.register(ApiCall)
class ApiCallAdmin(OfConnectionAdmin):
    list_display = ("time", "connection", "call", "outcome", "milliseconds")
    list_filter = (ConnectionFilter, OutcomeFilter)
    fields = ("time", "connection", "address", "outcome", "milliseconds", "sent", "answered")

    @admin.display(description=gettext_lazy("call"))
    def call(self, call: ApiCall) -> str:
        path = call.url.partition("?")[0].partition("/")[2]
        return f"{call.method} /{path if len(path) <= 60 else '…' + path[-59:]}"

    @admin.display(description=gettext_lazy("outcome"))
    def outcome(self, call: ApiCall) -> str:
        return " · ".join(filter(None, (str(call.status or ""), call.code, call.error)))

    @admin.display(description=gettext_lazy("address"))
    def address(self, call: ApiCall) -> str:
        return breakable(f"{call.method} {call.url}")

    @admin.display(description=gettext_lazy("request"))
    def sent(self, call: ApiCall) -> str:
        return breakable(call.request_body)

    @admin.display(description=gettext_lazy("answer"))
    def answered(self, call: ApiCall) -> str:
        return breakable(call.response_body)


@admin.register(ConnectionNotice)
class ConnectionNoticeAdmin(OfConnectionAdmin):
    list_display = ("time", "connection", "topic", "meaning", "effect")
    list_filter = (ConnectionFilter, "stops_sending")
    fields = ("time", "connection", "topic", "meaning", "effect", "details")

    @admin.display(description=gettext_lazy("what it means"))
    def meaning(self, notice: ConnectionNotice) -> str:
        return translated_or_quoted(notice.words)

    @admin.display(description=gettext_lazy("effect"))
    def effect(self, notice: ConnectionNotice) -> str:
        return _("Sending was stopped") if notice.stops_sending else ""

    @admin.display(description=gettext_lazy("what the channel sent"))
    def details(self, notice: ConnectionNotice) -> str:
        return breakable(json.dumps(notice.raw, ensure_ascii=False))


@admin.register(VendorApp)
class VendorAppAdmin(PlatformAdmin):
    form = VendorAppForm
    list_display = ("name", "channel", "webhook_address", "signature_failures", "last_signature_failure_at")
    readonly_fields = ("webhook_address", "verified_at", "signature_failures", "last_signature_failure_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # an app is registered with its first connection

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        queryset: models.QuerySet[Any] = super().get_queryset(request)
        return queryset.defer("credentials")  # as those of connections

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(request, obj, change=change, **{**kwargs, "fields": VendorAppForm.Meta.fields})

    @admin.display(description=gettext_lazy("webhook address"))
    def webhook_address(self, app: VendorApp) -> str:
        return app.webhook_url

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        inputs = [field.name for field in VendorAppForm(instance=obj).app_fields()] if obj else []
        return [(None, {"fields": ["name", *inputs, *self.readonly_fields]})]

    def save_model(self, request: HttpRequest, obj: VendorApp, form: VendorAppForm, change: bool) -> None:
        obj.save(update_fields=["name"])
        changed = {
            name: value for name, value in form.new_secrets().items() if obj.readable_credentials.get(name) != value
        }
        if changed:
            actions.rotate_app_secret(actor=None, app=obj, **changed)
