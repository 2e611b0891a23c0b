"""`manage.py check --deploy` refuses what is only fine on one's own machine, and is silent about the rest."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings
from psycopg import sql

from inbox.checks import database_role, production_settings

GOOD = {
    "SECRET_KEY": "a-long-and-random-key-of-this-installation-0123456789",
    "CREDENTIAL_KEYS": ["c29tZS1vdGhlci1rZXktb2YtMzItYnl0ZXMtbG9uZyE="],
    "SITE_URL": "https://inbox.example.com",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
}
DEVELOPMENT_KEY = "ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtbG8="


def found(**changes: object) -> list[str]:
    with override_settings(**{**GOOD, **changes}):
        return [str(problem.id) for problem in production_settings(None)]


def test_good_settings_are_silent() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"SECRET_KEY": "development-only-secret-key-of-fifty-characters-or-so!"}, "inbox.E001"),
        ({"CREDENTIAL_KEYS": [DEVELOPMENT_KEY]}, "inbox.E002"),
        ({"CREDENTIAL_KEYS": [*GOOD["CREDENTIAL_KEYS"], DEVELOPMENT_KEY]}, "inbox.E002"),
        ({"INSTALLED_APPS": [*settings.INSTALLED_APPS, "inbox.devstack"]}, "inbox.E003"),
        ({"SITE_URL": "http://inbox.example.com"}, "inbox.E004"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "inbox.E005"),
    ],
)
def test_what_is_dangerous_is_refused(changes: dict[str, object], problem: str) -> None:
    assert found(**changes) == [problem]


def test_everything_wrong_is_told_at_once() -> None:
    changes = {
        "SECRET_KEY": "development-only",
        "CREDENTIAL_KEYS": [DEVELOPMENT_KEY],
        "INSTALLED_APPS": [*settings.INSTALLED_APPS, "inbox.devstack"],
        "SITE_URL": "http://localhost",
        "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
    }
    assert found(**changes) == [f"inbox.E00{number}" for number in range(1, 6)]


def test_the_defaults_of_development_would_be_refused() -> None:
    """The checks know the defaults by heart; a changed default must not slip by."""
    defaults = {name: getattr(settings, name) for name in ("SECRET_KEY", "CREDENTIAL_KEYS", "SITE_URL")}
    assert {"inbox.E001", "inbox.E002", "inbox.E004"} <= set(found(**defaults))


def test_the_checks_are_registered_for_deployment_only() -> None:
    with override_settings(**{**GOOD, "SECRET_KEY": "development-only"}):
        problems = {problem.id for problem in run_checks(include_deployment_checks=True)}
        everyday = {problem.id for problem in run_checks()}
    assert "inbox.E001" in problems
    assert "inbox.E001" not in everyday


@pytest.mark.django_db
def test_the_role_of_these_tests_is_bound_by_row_level_security() -> None:
    assert database_role(None, databases=["default"]) == []


def test_without_a_database_nothing_is_asked() -> None:
    assert database_role(None) == []


@pytest.mark.django_db
@pytest.mark.parametrize("power", ["SUPERUSER", "BYPASSRLS"])
def test_an_exempt_role_is_refused(power: str) -> None:
    """Ask as another role for the length of a savepoint; only the server's superuser can make one."""
    from django.db import connection, transaction

    role = sql.Identifier(f"exempt_{power.lower()}_{os.getpid()}")  # roles are the whole server's
    try:
        server = psycopg.connect(**{**connection.get_connection_params(), "user": "postgres"}, autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("needs the embedded PostgreSQL, whose superuser may sign in")
    with server:
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
        server.execute(sql.SQL("CREATE ROLE {} " + power).format(role))
        member = sql.Identifier(connection.settings_dict["USER"])
        server.execute(sql.SQL("GRANT {} TO {}").format(role, member))
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
                assert [problem.id for problem in database_role(None, databases=["default"])] == ["inbox.E006"]
                transaction.set_rollback(True)
        finally:
            server.execute(sql.SQL("DROP ROLE {}").format(role))
