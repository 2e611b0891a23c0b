"""The doctor's page. Entered through the admin site, so it runs in the scope of whoever asks."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inbox.connections import actions
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.webhooks.actions import replay
from inbox.workspaces.admin_site import admin_membership

from .steps import StepState, app_fields_to_enter, own_webhook, steps_of

# How long the page looks for news by itself after a check was asked for.
WATCHED = timedelta(minutes=10)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def doctor(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the steps; `do` says which button was pressed: examine, subscription or tokens."""
    connection = _connection(request, pk)
    actor = admin_membership(request)
    tokens: dict[str, str] = {}
    match request.POST.get("do"):
        case "examine":
            if earlier := own_webhook(connection):
                # The next one is the same delivery to the door, so let the earlier one be processed once more.
                replay(event_ids=[earlier.pk])
            actions.examine(actor=actor, connection=connection)
            return HttpResponseRedirect(request.path)
        case "subscription":
            actions.subscribe_again(actor=actor, connection=connection)
            return HttpResponseRedirect(request.path)
        case "tokens":
            try:
                tokens = actions.reveal_tokens(actor=actor, app=connection.app)
            except actions.ConnectionRefused as refusal:
                messages.error(request, str(refusal))
    steps = steps_of(connection)
    asked_at = connection.examination_asked_at
    capabilities = connection.adapter.capabilities
    context = {
        **admin.site.each_context(request),
        "title": _("Set-up doctor: %s") % connection.name,
        "opts": Connection._meta,
        "connection": connection,
        "capabilities": capabilities,
        "steps": steps,
        "problems": sum(step.state == StepState.PROBLEM for step in steps),
        "to_enter": ", ".join(app_fields_to_enter(capabilities)),
        "tokens": tokens,
        "watches": not tokens
        and asked_at is not None
        and clock.now() - asked_at < WATCHED
        and any(step.state == StepState.WAITING for step in steps),
    }
    return TemplateResponse(request, "admin/connections/connection/doctor.html", context)


def _connection(request: HttpRequest, pk: int) -> Connection:
    """Return the connection if this person's admin shows it. Raises Http404."""
    rows = Connection.objects.select_related("app").defer("credentials", "app__credentials").filter(pk=pk)
    membership = admin_membership(request)
    if membership is not None:
        rows = rows.filter(workspace_id=membership.workspace_id)
    connection = rows.first()
    if connection is None:
        raise Http404
    return connection
