"""The steps from a new connection to a chat: what is, what is wrong, what to do. Reads only; actions mend."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_adapters.types import Capabilities, CredentialField
from inbox.chatrooms.models import Direction, Message
from inbox.connections.health import SUBSCRIPTION, UNREADABLE, Health
from inbox.connections.models import Connection, ConnectionState
from inbox.connections.phrases import translated
from inbox.connections.presenters import attention_words, expiry_line, finding_words, shown_time, signature_line
from inbox.lib import clock
from inbox.lib.crypto import UnreadableSecret
from inbox.message_templates.fallbacks import fallbacks_of
from inbox.message_templates.selectors import has_templates
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.workspaces.tenancy import platform_scope

# A check takes some seconds. After this time, nobody is working on it.
PATIENCE = timedelta(seconds=45)
RECENTLY = timedelta(hours=24)

_WORKER = gettext_lazy("Ask whoever runs this server whether a worker is running.")
_PROXY = gettext_lazy("Something else answers at this address: look at the proxy in front of this server.")
_ADVICE_ON_STATUS = {
    403: gettext_lazy("The web server knows another app secret than this page: do all processes share their settings?"),
    503: gettext_lazy("The web server does not reach its database. Try again in a moment."),
}


class StepState(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    WAITING = "waiting"


@dataclass(frozen=True)
class Step:
    """One line of the page. `remedy` names the button that may help, see `views`."""

    code: str
    title: str
    state: StepState
    words: str
    advice: str = ""
    remedy: str = ""

    @property
    def label(self) -> str:
        return {
            StepState.OK: _("All well"),
            StepState.PROBLEM: _("Problem"),
            StepState.WAITING: _("Waiting"),
        }[self.state]


def steps_of(connection: Connection) -> list[Step]:
    """Return the steps in the order in which to mend them; `connection` needs its app."""
    now = clock.now()
    return [
        _credentials(connection),
        *_findings(connection, now),
        *_token_life(connection, now),
        _address(connection),
        _verified(connection),
        _way_in(connection, now),
        _signatures(connection, now),
        _webhooks(connection),
        _sending(connection),
        *_fallback(connection),
        _test_message(connection),
    ]


def _credentials(connection: Connection) -> Step:
    title = _("Credentials are complete")
    capabilities = connection.adapter.capabilities
    try:
        missing = [*_missing(capabilities.account_credentials, connection.credentials)]
        missing += _missing(capabilities.app_credentials, connection.app.credentials)
    except UnreadableSecret:
        return Step("complete", title, StepState.PROBLEM, _(UNREADABLE))
    if missing:
        words = _("Missing: %s.") % ", ".join(missing)
        return Step("complete", title, StepState.PROBLEM, words, _("Enter them on the page of the connection."))
    return Step("complete", title, StepState.OK, _("Everything that the channel asks for is there."))


def _missing(fields: tuple[CredentialField, ...], values: dict[str, str]) -> Iterator[str]:
    return (_(field.label) for field in fields if field.required and not values.get(field.name))


def _findings(connection: Connection, now: datetime) -> Iterator[Step]:
    """What the vendor answered; while a check runs, that it does."""
    asked_at = connection.examination_asked_at
    if asked_at is not None and (connection.checked_at is None or connection.checked_at < asked_at):
        yield _unanswered(now - asked_at)
    elif connection.checked_at is None:
        words = _("Not asked yet. Press “Check everything now”.")
        yield Step("check", _("What the channel says"), StepState.WAITING, words)
    states = {Health.OK: StepState.OK, Health.MENDED: StepState.OK, Health.PROBLEM: StepState.PROBLEM}
    for row in connection.findings:
        state = states.get(row["health"], StepState.WAITING)
        remedy = SUBSCRIPTION if row["code"] == SUBSCRIPTION and state == StepState.PROBLEM else ""
        words, advice = finding_words(connection, row), translated(row["advice"])
        yield Step(row["code"], translated(row["label"]), state, words, advice, remedy)


def _unanswered(waited: timedelta) -> Step:
    title = _("What the channel says")
    if waited < PATIENCE:
        return Step("check", title, StepState.WAITING, _("Being asked at this moment."))
    words = _("No answer within %s seconds.") % int(PATIENCE.total_seconds())
    return Step("check", title, StepState.PROBLEM, words, str(_WORKER))


def _token_life(connection: Connection, now: datetime) -> Iterator[Step]:
    expires_at = connection.token_expires_at
    if expires_at is None:
        return
    title = _("The access token lasts")
    if words := expiry_line(connection):
        advice = _("Enter a new one on the page of the connection, unless it is renewed by itself until then.")
        yield Step("expiry", title, StepState.PROBLEM, f"{words} {attention_words(connection)}".strip(), advice)
    else:
        yield Step("expiry", title, StepState.OK, _("Until %s.") % expires_at.strftime("%Y-%m-%d"))


def _address(connection: Connection) -> Step:
    title = _("Our webhook address is public")
    address = connection.app.webhook_url
    if _is_public(address):
        return Step("address", title, StepState.OK, address)
    advice = _("Channels deliver to public https:// addresses only. Whoever runs this server sets SITE_URL.")
    return Step("address", title, StepState.PROBLEM, address, advice)


def _is_public(address: str) -> bool:
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:  # a name
        return parts.scheme == "https" and "." in host


def _verified(connection: Connection) -> Step:
    """Whether the channel's console has asked our address to prove that it is ours."""
    title = _("The console has verified the address")
    at = connection.app.verified_at
    if at is not None:
        return Step("verified", title, StepState.OK, _("Verified on %s.") % shown_time(at))
    if connection.last_webhook_at is not None:  # it did so before this was noted
        return Step("verified", title, StepState.OK, _("It must have: webhooks arrive."))
    advice = _("Enter the webhook address in the channel's console, and let the console verify it.")
    return Step("verified", title, StepState.WAITING, _("Not yet."), advice)


def _way_in(connection: Connection, now: datetime) -> Step:
    """What became of the webhook that we delivered to ourselves."""
    title = _("The way in works")
    tried = connection.way_in
    if not tried:
        asked_at = connection.examination_asked_at
        if asked_at is not None and now - asked_at >= PATIENCE:
            return Step("way_in", title, StepState.PROBLEM, _("It was not tried."))
        return Step("way_in", title, StepState.WAITING, _("Not tried yet."))
    if tried["status"] is None:
        words = _("Our own address did not answer us: %s") % tried["error"]
        if connection.last_webhook_at is not None and now - connection.last_webhook_at < RECENTLY:
            advice = _("The channel does get through. Only this server does not reach itself by its public address.")
            return Step("way_in", title, StepState.OK, words, advice)
        advice = _(
            "The address must reach this server from outside. In some networks a server cannot reach itself by its "
            "public address: then the last webhook, below, tells whether the channel gets through."
        )
        return Step("way_in", title, StepState.PROBLEM, words, advice)
    if tried["status"] != 200:
        words = _("Our own address answered with %s instead of 200.") % tried["status"]
        return Step("way_in", title, StepState.PROBLEM, words, str(_ADVICE_ON_STATUS.get(tried["status"], _PROXY)))
    event = own_webhook(connection)
    if event is None:
        return Step(
            "way_in", title, StepState.PROBLEM, _("A signed webhook was accepted, but not stored."), str(_PROXY)
        )
    if event.state == EventState.DONE:
        return Step("way_in", title, StepState.OK, _("A signed webhook of ours was stored and processed."))
    if event.state != EventState.PENDING:
        return Step("way_in", title, StepState.PROBLEM, event.error[:300])
    if now - (connection.examination_asked_at or event.received_at) < PATIENCE:
        return Step("way_in", title, StepState.WAITING, _("A signed webhook of ours was stored."))
    words = _("A signed webhook of ours was stored, but not processed.")
    return Step("way_in", title, StepState.PROBLEM, words, str(_WORKER))


def own_webhook(connection: Connection) -> WebhookEvent | None:
    """Return the webhook that we delivered to ourselves, if the door has stored it."""
    fingerprint = bytes.fromhex(connection.way_in.get("fingerprint", ""))
    with platform_scope("the doctor looks for the webhook that it sent"):
        return WebhookEvent.objects.filter(app_id=connection.app_id, fingerprint=fingerprint).defer("body").first()


def _signatures(connection: Connection, now: datetime) -> Step:
    title = _("Signatures fit")
    last = connection.app.last_signature_failure_at
    if last is None or now - last > RECENTLY:
        return Step("signatures", title, StepState.OK, _("No wrong signature within a day."))
    advice = _("Copy the app secret from the channel's console once more, and enter it on the page of the connection.")
    return Step("signatures", title, StepState.PROBLEM, signature_line(connection), advice)


def _webhooks(connection: Connection) -> Step:
    title = _("The channel delivers")
    if connection.last_webhook_at is not None:
        return Step("webhooks", title, StepState.OK, _("Last webhook: %s") % shown_time(connection.last_webhook_at))
    advice = _("Write to this account. If nothing arrives, compare the address in the channel's console with ours.")
    return Step("webhooks", title, StepState.WAITING, _("No webhook has arrived yet."), advice)


def _sending(connection: Connection) -> Step:
    title = _("Messages go out")
    if connection.state == ConnectionState.ACTIVE:
        return Step("sending", title, StepState.OK, _("Nothing holds them up."))
    words = attention_words(connection) or str(ConnectionState(connection.state).label)
    advice = _("What is queued leaves once this is mended.")
    return Step("sending", title, StepState.PROBLEM, words, advice)


def _fallback(connection: Connection) -> Iterator[Step]:
    """What the number sends by itself once the time to answer is over, where there are templates."""
    if not has_templates(connection):
        return
    title = _("A template goes once the time to answer is over")
    own = fallbacks_of(connection.workspace_id, [connection])[connection.pk]
    advice = _("Choose one of the approved templates, under Message templates: on its page stand the numbers.")
    if own.template is None:
        words = _("This number has none of its own yet: held answers and scheduled messages begin without one.")
        yield Step("fallback", title, StepState.WAITING, words, advice)
    elif own.problem:
        names = {"template": own.template, "problem": own.problem}
        words = _("%(template)s cannot be sent now. %(problem)s") % names
        yield Step("fallback", title, StepState.PROBLEM, words, advice)
    else:
        yield Step("fallback", title, StepState.OK, str(own.template))


def _test_message(connection: Connection) -> Step:
    """Whether a customer's message has come through since the examination was asked for."""
    title = _("A test message arrives")
    since = connection.examination_asked_at
    if since is None:
        words = _("Press “Check everything now”, then write to this account.")
        return Step("message", title, StepState.WAITING, words)
    arrived = Message.objects.filter(
        chatroom__connection=connection,
        # The vendor's clock, which may be a little behind: only there to keep the search small.
        chatroom__last_inbound_at__gte=since - timedelta(minutes=5),
        direction=Direction.INBOUND,
        created_at__gte=since,
    )
    if arrived.exists():
        return Step("message", title, StepState.OK, _("A customer's message has arrived since you asked."))
    words = _("Write to %(address)s in %(channel)s now. This turns green when the message arrives.") % {
        "address": connection.address,
        "channel": connection.adapter.capabilities.label,
    }
    return Step("message", title, StepState.WAITING, words)


def app_fields_to_enter(capabilities: Capabilities) -> list[str]:
    """Return the labels of what the channel's console asks for besides the address."""
    return [_(field.label) for field in capabilities.app_credentials if field.chosen_here]
