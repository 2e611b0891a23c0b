"""Access policies: every view declares one, and a test walks the URLconf for views that do not.

A workspace's page runs inside one transaction scoped to that workspace, unless its view opens its own. What a person
may not see is 404, the same as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from typing import Any, cast, overload

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import cached_property
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
    """A request of a workspace's member, as `members_only` views receive it.

    `members` are all active ones, read when a view first asks for them; one that shows them says so to its policy.
    """

    membership: Membership
    workspace: Workspace
    members: Sequence[Membership]


def members_only(
    role: Role = Role.AGENT,
    *,
    in_transaction: bool | Callable[[HttpRequest], bool] = True,
    shows_members: bool = False,
) -> Callable[[View], View]:
    """Policy: active members of the workspace in the URL, with at least this role.

    `in_transaction=False` is for a view that waits for others: it opens the scopes that it needs by itself. A function
    tells which requests are served in one. With `shows_members` all are read together with the member's own row.

    A page's scripts state in `X-Person` for whom it was made. Once somebody else is signed in in its browser, they are
    told what somebody is who is signed out, and what they would have written is not written in another's name.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated or _is_of_another(request):
                return signed_out_response(request)
            is_inside = in_transaction(request) if callable(in_transaction) else in_transaction
            with transaction.atomic():
                member_request = _enter(request, slug, shows_members=shows_members)
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
    is_of_another = _is_of_another(request)
    if request.method == "GET" and not request.headers.get("HX-Request") and not is_of_another:
        return redirect_to_login(request.get_full_path())
    context = {"text": own_text(request), "next": own_referer(request), "stale": is_of_another}
    return render(request, "workspaces/signed_out.html", context, status=401)


def _is_of_another(request: HttpRequest) -> bool:
    """Whether the page that asks was made for somebody else than whoever is signed in in its browser now."""
    stated = request.headers.get("X-Person")
    return stated is not None and request.user.is_authenticated and stated != str(request.user.pk)


def _enter(request: HttpRequest, slug: str, *, shows_members: bool) -> MemberRequest:
    workspace = Workspace.objects.filter(slug=slug).annotate(entered=EnterWorkspace("pk")).first()
    if workspace is None:
        raise Http404("no such workspace")
    active = Membership.objects.filter(workspace=workspace, is_active=True, user__is_active=True)
    known = _of_workspace(workspace, active if shows_members else active.filter(user=request.user.pk))
    membership = next((member for member in known if member.user_id == request.user.pk), None)
    if membership is None:
        raise Http404("no such workspace")
    member_request = cast("MemberRequest", request)
    member_request.workspace = workspace
    member_request.membership = membership
    member_request.members = known if shows_members else _Members(workspace, active)
    return member_request


class _Members(Sequence[Membership]):
    """A workspace's members, read when somebody first looks."""

    def __init__(self, workspace: Workspace, members: QuerySet[Membership]) -> None:
        self._workspace, self._members = workspace, members

    @cached_property
    def _read(self) -> list[Membership]:
        return _of_workspace(self._workspace, self._members)

    @overload
    def __getitem__(self, index: int) -> Membership: ...
    @overload
    def __getitem__(self, index: slice) -> list[Membership]: ...
    def __getitem__(self, index: int | slice) -> Membership | list[Membership]:
        return self._read[index]

    def __len__(self) -> int:
        return len(self._read)


def _of_workspace(workspace: Workspace, members: QuerySet[Membership]) -> list[Membership]:
    found = list(members.select_related("user").order_by("user__name"))
    for member in found:
        member.workspace = workspace
    return found


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
