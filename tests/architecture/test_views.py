"""Every address declares who may enter it. A view without a policy is a door without a lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils.module_loading import import_string

from inbox.workspaces.access import members_only, public
from inbox.workspaces.models import Role

# Somebody else's views. The admin has its own gate, which tests/workspaces/test_admin.py tries.
THIRD_PARTY = ("accounts/", "admin/", "i18n/")
WORKSPACE = "w/<slug:slug>/"
POLICIES = {"public", "signed in", *(f"members:{role}" for role in Role)}

View = Callable[..., Any]


def views(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, View]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def undeclared(patterns: Iterable[URLPattern | URLResolver]) -> list[str]:
    """Name the addresses whose view says nothing, or too little for where it stands."""
    problems = []
    for route, view in views(patterns):
        if route.startswith(THIRD_PARTY):
            continue
        policy = getattr(view, "access_policy", None)
        if policy not in POLICIES:
            problems.append(f"{route} declares no policy ({policy})")
        elif route.startswith("w/") and not policy.startswith("members:"):
            problems.append(f"{route} is inside a workspace but {policy}")
    return problems


def test_every_view_declares_its_policy() -> None:
    assert undeclared(get_resolver().url_patterns) == []


def test_every_third_party_prefix_is_still_needed() -> None:
    routes = [route for route, _view in views(get_resolver().url_patterns)]
    assert [prefix for prefix in THIRD_PARTY if not any(route.startswith(prefix) for route in routes)] == []


def test_a_workspace_is_always_named_by_its_slug() -> None:
    routes = [route for route, _view in views(get_resolver().url_patterns) if route.startswith("w/")]
    assert len(routes) > 10
    assert [route for route in routes if not route.startswith(WORKSPACE)] == []


def test_views_reached_without_an_address_declare_theirs_too() -> None:
    assert import_string(settings.CSRF_FAILURE_VIEW).access_policy == "public"


def test_the_walker_finds_what_it_is_for() -> None:
    def naked(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @public
    def open_to_all(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @members_only(Role.ADMIN)
    def guarded(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert undeclared([path("a/", naked), path("b/", open_to_all)]) == ["a/ declares no policy (None)"]
    assert undeclared([path("w/<slug:slug>/b/", open_to_all), path("w/<slug:slug>/c/", guarded)]) == [
        "w/<slug:slug>/b/ is inside a workspace but public"
    ]
