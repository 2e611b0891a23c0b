"""Rates, charges and conversations in the admin: the platform's rates for its staff, the rest for a workspace's admins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from inbox.lib import clock
from inbox.workspaces.admin_site import PlatformAdmin, ReadOnlyTenantAdmin, TenantAdmin, admin_membership

from . import actions
from .countries import ANYWHERE, CODES
from .models import BillingConversation, Charge, PlatformRate, WorkspaceRate
from .rate_files import MOST_BYTES, RatesRefused, RowProblem
from .words import category_label

_RATE_LIST = ("country", "category", "amount", "currency", "channel", "valid_from", "valid_until", "note")


class RateForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country != ANYWHERE and country not in CODES:
            raise forms.ValidationError(_("Two letters of a country, for example HK, or *."))
        return country

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if len(currency) != 3 or not currency.isalpha() or not currency.isascii():
            raise forms.ValidationError(_("Three letters of a currency, for example USD."))
        return currency

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day is before the first."))
        return data


class RatesForm(forms.Form):
    """The file to import; its input is the theme's, whose script expects no other."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=UnfoldAdminFileFieldWidget({"accept": ".csv,text/csv"})
    )


@admin.register(PlatformRate)
class PlatformRateAdmin(PlatformAdmin):
    """What the vendor charges, for every workspace without rates of its own."""

    form = RateForm
    list_display = _RATE_LIST
    list_filter = ("category", "channel")
    search_fields = ("country", "note")
    fields = ("channel", "country", "category", "amount", "currency", "valid_from", "valid_until", "note")
    ordering = ("country", "category", "-valid_from")
    actions_list = ("from_file",)

    def get_urls(self) -> list[URLPattern]:
        own = path("import/", self.admin_site.admin_view(self.import_view), name="pricing_import")
        return [own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: PlatformRate, form: Any, change: bool) -> None:
        actions.save_platform_rate(rate=obj)

    @action(description=gettext_lazy("Import from CSV"), url_path="to-import", icon="upload")  # type: ignore[untyped-decorator]
    def from_file(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:pricing_import"))

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file of rates, all or none, and name every row that cannot be read."""
        if not self.has_add_permission(request):
            return HttpResponse(status=403)
        problems: list[RowProblem] = []
        if request.method == "POST":
            file = request.FILES.get("file")
            try:
                content = file.read(MOST_BYTES + 1) if file is not None else b""
                count = actions.import_platform_rates(content=content)
            except RatesRefused as refusal:
                problems = refusal.problems
            else:
                words = ngettext("%(count)s rate was imported.", "%(count)s rates were imported.", count)
                messages.success(request, words % {"count": count})
                return HttpResponseRedirect(reverse("admin:pricing_platformrate_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import rates"),
            "opts": self.opts,
            "problems": problems,
            "rates": RatesForm(auto_id="%s"),
        }
        template = "admin/pricing/platformrate/import.html"
        return TemplateResponse(request, template, context, status=422 if problems else 200)


@admin.register(WorkspaceRate)
class WorkspaceRateAdmin(TenantAdmin):
    form = RateForm
    list_display = _RATE_LIST
    list_filter = ("category",)
    fields = ("channel", "country", "category", "amount", "currency", "valid_from", "valid_until", "note")
    ordering = ("country", "category", "-valid_from")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": clock.now().date(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: WorkspaceRate, form: Any, change: bool) -> None:
        membership = admin_membership(request)
        if self._is_there(obj, membership.workspace_id if membership else obj.workspace_id):
            self.refuse(request, ValueError(_("There is a rate with the same country, category and first day.")))
            return
        actions.save_rate(actor=membership, rate=obj)

    def _is_there(self, rate: WorkspaceRate, workspace_id: int) -> bool:
        same = WorkspaceRate.objects.filter(
            workspace_id=workspace_id,
            channel=rate.channel,
            country=rate.country,
            category=rate.category,
            valid_from=rate.valid_from,
        )
        return same.exclude(pk=rate.pk).exists()


@admin.register(Charge)
class ChargeAdmin(ReadOnlyTenantAdmin):
    list_display = ("at", "connection", "country", "what", "type", "amount", "currency", "is_confirmed")
    list_filter = ("is_confirmed",)
    fields = (*list_display, "model", "is_priced")
    ordering = ("-pk",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("connection").defer("connection__credentials")

    @admin.display(description=gettext_lazy("category"), ordering="category")
    def what(self, charge: Charge) -> str:
        return category_label(charge.category)


@admin.register(BillingConversation)
class BillingConversationAdmin(ReadOnlyTenantAdmin):
    list_display = ("opened_at", "expires_at", "opened_by", "category", "is_entry_point")
    list_filter = ("opened_by", "category")
    fields = (*list_display, "external_id")
    ordering = ("-pk",)
    show_full_result_count = False
