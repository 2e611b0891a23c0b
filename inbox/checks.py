"""Refuse settings that are fine on one's own machine and dangerous in production (`manage.py check --deploy`)."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def production_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if settings.SECRET_KEY.startswith("development-only"):
        problems.append(Error("SECRET_KEY is the development key.", id="inbox.E001"))
    if "ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtbG8=" in settings.CREDENTIAL_KEYS:
        problems.append(Error("CREDENTIAL_KEYS holds the development key.", id="inbox.E002"))
    if apps.is_installed("inbox.devstack"):
        problems.append(
            Error(
                "The vendor simulator is installed.", hint="Remove SIMULATOR_URL from the environment.", id="inbox.E003"
            )
        )
    if not settings.SITE_URL.startswith("https://"):
        problems.append(Error("SITE_URL is not https; vendors deliver webhooks over TLS only.", id="inbox.E004"))
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        problems.append(Error("EMAIL_URL is not set, so nobody can verify an address.", id="inbox.E005"))
    return problems


@register(Tags.database, deploy=True)
def database_role(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Row-level security binds neither superusers nor BYPASSRLS roles, so the product must not be one."""
    from django.db import connection

    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        (exempt,) = cursor.fetchone()
    return [Error("The database role is exempt from row-level security.", id="inbox.E006")] if exempt else []
