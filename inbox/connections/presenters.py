"""A connection's health in words, and texts that fit a narrow page, for the admin and the doctor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.lib import clock

from .failures import explain, failure_of
from .health import Health
from .models import Connection, ConnectionState
from .phrases import translated

# Pieces of a text that has no blanks: up to a sign that ends one, or as much as fits.
_PIECE = re.compile(r".{1,24}?[/?&=,;:%\s]|.{1,24}", re.DOTALL)

EXPIRY_IS_NEAR = timedelta(days=10)

FACTS = {
    "name": gettext_lazy("Name"),
    "name_status": gettext_lazy("Name status"),
    "quality": gettext_lazy("Quality"),
    "messaging_limit": gettext_lazy("Messaging limit"),
    "throughput": gettext_lazy("Throughput"),
    "account_status": gettext_lazy("Account status"),
}


def health_lines(connection: Connection) -> list[str]:
    """Return what there is to say, one sentence a line, the worst first."""
    lines = [str(ConnectionState(connection.state).label), attention_words(connection), expiry_line(connection)]
    lines += [
        f"{translated(row['label'])}: {finding_words(connection, row)} {translated(row['advice'])}".strip()
        for row in connection.findings
        if row["health"] in (Health.PROBLEM, Health.MENDED)
    ]
    lines += [f"{label}: {connection.facts[name]}" for name, label in FACTS.items() if connection.facts.get(name)]
    if connection.checked_at:
        lines.append(_("Last check: %s") % shown_time(connection.checked_at))
    if connection.last_webhook_at:
        lines.append(_("Last webhook: %s") % shown_time(connection.last_webhook_at))
    else:
        lines.append(_("No webhook has arrived yet."))
    lines.append(signature_line(connection))
    return [line for line in lines if line]


def attention_words(connection: Connection) -> str:
    """Say why sending stopped, in the language of whoever reads it; "" where it goes on."""
    if not connection.attention:
        return ""
    if failure_of(connection.channel, connection.attention_code) is None:
        return translated(connection.attention)
    return explain(connection.channel, connection.attention_code, connection.attention).words


def finding_words(connection: Connection, finding: Mapping[str, str]) -> str:
    """Say what a health check found, in the language of whoever reads it."""
    problem = finding.get("problem", "")
    if not problem or failure_of(connection.channel, problem) is None:
        return translated(finding["words"])
    return explain(connection.channel, problem, finding["words"]).words


def signature_line(connection: Connection) -> str:
    app = connection.app
    if app.last_signature_failure_at is None:
        return ""
    return _("%(count)s webhooks had a wrong signature, the last at %(at)s. Check the app secret.") % {
        "count": app.signature_failures,
        "at": shown_time(app.last_signature_failure_at),
    }


def expiry_line(connection: Connection) -> str:
    """Say until when the token is good, once that is near."""
    expires_at = connection.token_expires_at
    if expires_at is None or expires_at - clock.now() > EXPIRY_IS_NEAR:
        return ""
    if expires_at <= clock.now():
        return _("The access token has expired.")
    return _("The access token expires on %s.") % expires_at.strftime("%Y-%m-%d")


def shown_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def breakable(text: str) -> str:
    """Return a long address or body as HTML whose lines may break within it."""
    return format_html_join("", "{}<wbr>", ((piece,) for piece in _PIECE.findall(text)))
