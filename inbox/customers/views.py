"""The Customer panel of the function menu: a fragment for htmx, a page of its own otherwise."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from channels_adapters.types import IdentityKind
from inbox.connections.models import Channel
from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest, members_only

from . import access


@members_only()
@require_GET
def panel(request: MemberRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request.membership, customer_id)
    labels = {
        IdentityKind.PHONE: _("Phone"),
        IdentityKind.USERNAME: _("Username"),
        IdentityKind.BSUID: _("User id"),
        IdentityKind.PARENT_BSUID: _("Parent user id"),
    }
    identities = list(customer.identities.all())
    back_url = own_referer(request)
    if back_url in ("", request.build_absolute_uri()):  # the page leads back to itself after a change of language
        back_url = reverse("chatrooms:inbox", args=[request.workspace.slug])
    context = {
        "workspace": request.workspace,
        "customer": str(customer),
        "channel_label": ", ".join(sorted({str(Channel(identity.channel).label) for identity in identities})),
        "identities": [(labels[IdentityKind(identity.kind)], str(identity)) for identity in identities],
        "since": customer.created_at,
        "back_url": back_url,
    }
    return render(request, "customers/_panel.html" if request.htmx else "customers/panel.html", context)
