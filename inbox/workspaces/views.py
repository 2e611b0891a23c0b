"""The way in: home, a new workspace, an invitation, the health check, and the page for a stale form."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from inbox.lib.http import own_referer, own_text

from . import actions
from .access import MemberRequest, SignedInRequest, members_only, public, signed_in
from .admin_site import SESSION_KEY
from .forms import WorkspaceForm
from .models import Membership, Role, User
from .tenancy import platform_scope


@signed_in
@require_GET
def home(request: SignedInRequest) -> HttpResponseBase:
    """Go to the person's workspace; let them choose or create one if there are several, or they ask to (`choose`)."""
    memberships = _memberships(request.user)
    if len(memberships) == 1 and "choose" not in request.GET:
        return redirect("chatrooms:inbox", memberships[0].workspace.slug)
    return render(request, "workspaces/home.html", {"memberships": memberships, "form": WorkspaceForm()})


@signed_in
@require_http_methods(["POST"])
def new_workspace(request: SignedInRequest) -> HttpResponseBase:
    form = WorkspaceForm(request.POST)
    if not form.is_valid():
        return render(
            request, "workspaces/home.html", {"memberships": _memberships(request.user), "form": form}, status=422
        )
    workspace = actions.create_workspace(owner=request.user, name=form.cleaned_data["name"])
    return redirect("chatrooms:inbox", workspace.slug)


@signed_in
@require_http_methods(["GET", "POST"])
def invitation(request: SignedInRequest, token: str) -> HttpResponseBase:
    """Show an invitation; accept it on POST, so that a link preview cannot."""
    if request.method == "GET":
        return render(request, "workspaces/invitation.html", {"problem": ""})
    try:
        membership = actions.accept_invitation(user=request.user, token=token)
    except actions.InvitationRefused as refusal:
        return render(request, "workspaces/invitation.html", {"problem": str(refusal)}, status=422)
    return redirect("chatrooms:inbox", membership.workspace.slug)


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when pages can reach the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in words that the form was stale, and give the typed text back if it was typed on our own page."""
    context = {"text": own_text(request), "next": own_referer(request), "stale": True}
    return render(request, "workspaces/signed_out.html", context, status=403)


@members_only(Role.ADMIN)
@require_GET
def enter_admin(request: MemberRequest) -> HttpResponseBase:
    """Remember the workspace and go to its Django admin: to its page `next`, if that is one."""
    request.session[SESSION_KEY] = request.workspace.pk
    index, page = reverse("admin:index"), request.GET.get("next", "")
    return redirect(page if page.startswith(index) else index)


def _memberships(user: User) -> list[Membership]:
    with platform_scope("a person's own memberships"):
        return list(
            Membership.objects.filter(user=user, is_active=True).select_related("workspace").order_by("workspace__name")
        )
