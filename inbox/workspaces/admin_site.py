"""The Django admin, for two kinds of people: a workspace's owner or admins, and the platform's staff.

A member enters from their workspace (`/w/<slug>/admin/`), which the session remembers; every admin view then runs in
that workspace's scope, so PostgreSQL itself shows nothing else. Staff (superusers) work across workspaces.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from .access import active_membership
from .models import Membership, Role, Workspace
from .tenancy import platform_scope, scope

SESSION_KEY = "admin_workspace"


class WorkspaceAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    site_title = site_header = "Switchboard"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return is_staff(request) or admin_membership(request) is not None

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Send people to the one way to sign in, which limits guesses and wants a confirmed address."""
        if request.user.is_authenticated:
            raise PermissionDenied  # signed in, but not one who may enter: admin_view redirects those here
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """Run every admin view inside the scope of whoever asks."""
        inner = super().admin_view(view, cacheable)

        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = _membership(request)
            request.admin_membership = membership  # type: ignore[attr-defined]
            if membership is not None:
                with scope(membership.workspace_id):
                    return _rendered(inner(request, *args, **kwargs))
            if is_staff(request):
                reason = f"staff, user {request.user.pk}, in the admin: {request.method} {request.path}"
                with platform_scope(reason, level=logging.INFO):
                    return _rendered(inner(request, *args, **kwargs))
            return _rendered(inner(request, *args, **kwargs))

        return scoped


def is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def admin_membership(request: HttpRequest) -> Membership | None:
    """Return the membership that lets this person into their workspace's admin."""
    return getattr(request, "admin_membership", None)


def _membership(request: HttpRequest) -> Membership | None:
    workspace_id = request.session.get(SESSION_KEY)
    if not workspace_id or not request.user.is_authenticated or request.user.is_superuser:
        return None
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        return None
    with transaction.atomic(), scope(workspace.pk):
        membership = active_membership(user_id=request.user.pk, workspace=workspace)
    if membership is None or not membership.may(Role.ADMIN):
        return None
    membership.workspace = workspace
    return membership


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Admin pages render lazily; their queries must run before the scope ends."""
    render = getattr(response, "render", None)
    if render is not None:
        render()
    return response


class TenantAdmin(ModelAdmin):  # type: ignore[misc]
    """Base of every admin of tenant rows: a workspace's admins see and do what is theirs, and delete nothing."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_staff(request) or admin_membership(request) is not None

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin_membership(request) is not None

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)
        membership = admin_membership(request)
        return rows.filter(workspace_id=membership.workspace_id) if membership else rows

    def refuse(self, request: HttpRequest, reason: Exception) -> None:
        """Say why the action did not do what a form asked for; call it in `save_model`."""
        messages.error(request, str(reason))
        request.admin_refused = True  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None) -> Any:
        if _is_refused(request):
            return HttpResponseRedirect(request.get_full_path())
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: models.Model) -> Any:
        if _is_refused(request):
            return HttpResponseRedirect(request.get_full_path())
        return super().response_change(request, obj)

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        return None if _is_refused(request) else super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        return None if _is_refused(request) else super().log_change(request, obj, message)


def _is_refused(request: HttpRequest) -> bool:
    return getattr(request, "admin_refused", False)


class ReadOnlyTenantAdmin(TenantAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class PlatformAdmin(ModelAdmin):  # type: ignore[misc]
    """Base of admins of platform rows: staff only."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return is_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return is_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
