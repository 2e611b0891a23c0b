"""Access policies: every view declares one, and a test walks the URLconf for views that do not.

A workspace's page runs inside one transaction scoped to that workspace, unless its view opens its own. What a person
may not see is 404, the same as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.middleware import HtmxDetails

from inbox.lib.http import own_referer, own_text

from .models import Membership, Role, User, Workspace
from .tenancy import EnterWorkspace

View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """A request of a known person, as `signed_in` views receive it."""

    user: User
    htmx: HtmxDetails


class MemberRequest(SignedInRequest):
    """A request of a workspace's member, as `members_only` views receive it. `members` are all active ones."""

    membership: Membership
    workspace: Workspace
    members: list[Membership]


def members_only(
    role: Role = Role.AGENT, *, in_transaction: bool | Callable[[HttpRequest], bool] = True
) -> Callable[[View], View]:
    """Policy: active members of the workspace in the URL, with at least this role.

    `in_transaction=False` is for a view that waits for others: it opens the scopes that it needs by itself. A function
    tells which requests are served in one.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return signed_out_response(request)
            is_inside = in_transaction(request) if callable(in_transaction) else in_transaction
            with transaction.atomic():
                member_request = _enter(request, slug)
                if not member_request.membership.may(role):
                    return render(request, "workspaces/forbidden.html", {"role": role.label}, status=403)
                response = view(member_request, *args, **kwargs) if is_inside else None
            if response is None:
                response = view(member_request, *args, **kwargs)
            # Customers' words stay out of caches, and a fragment is never shown where a page is wanted.
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_store=True)
            patch_vary_headers(response, ["HX-Request"])
            return response

        return declare(wrapper, f"members:{role}")

    return decorate


def signed_in(view: View) -> View:
    """Policy: anyone who is signed in, member of a workspace or not."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return signed_out_response(request)
        return view(request, *args, **kwargs)

    return declare(wrapper, "signed in")


def public(view: View) -> View:
    """Policy: everyone."""
    return declare(view, "public")


def declare(view: View, policy: str) -> View:
    view.access_policy = policy  # type: ignore[attr-defined]
    return view


def signed_out_response(request: HttpRequest) -> HttpResponseBase:
    """Ask for a login without losing what was typed: a form's text comes back on the page that asks."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    return render(
        request,
        "workspaces/signed_out.html",
        {"text": own_text(request), "next": own_referer(request)},
        status=401,
    )


def _enter(request: HttpRequest, slug: str) -> MemberRequest:
    workspace = Workspace.objects.filter(slug=slug).annotate(entered=EnterWorkspace("pk")).first()
    if workspace is None:
        raise Http404("no such workspace")
    members = list(
        Membership.objects.filter(workspace=workspace, is_active=True, user__is_active=True)
        .select_related("user")
        .order_by("user__name")
    )
    membership = next((member for member in members if member.user_id == request.user.pk), None)
    if membership is None:
        raise Http404("no such workspace")
    for member in members:
        member.workspace = workspace
    member_request = cast("MemberRequest", request)
    member_request.workspace = workspace
    member_request.membership = membership
    member_request.members = members
    return member_request


def user_of_session(session_key: str | None) -> User | None:
    """Return who is signed in with this session now, read afresh: for sockets, which outlive requests."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) else None


def active_membership(*, user_id: int, workspace: Workspace) -> Membership | None:
    """Return the user's membership; call it inside the workspace's scope."""
    return (
        Membership.objects.filter(workspace=workspace, user_id=user_id, is_active=True, user__is_active=True)
        .select_related("user")
        .first()
    )
