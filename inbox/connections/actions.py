"""What can be done to connections. Called by the admin, by seeds and by delivery when a vendor refuses us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.lib.crypto import Secrets, UnreadableSecret
from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Role, Workspace
from inbox.workspaces.tenancy import platform_scope, scope

from .models import Channel, Connection, ConnectionState, VendorApp

_NOTED_EVERY = timedelta(seconds=5)


class ConnectionRefused(Exception):
    """The account cannot be connected; the message says why."""


def register_app(*, channel: Channel, name: str, credentials: Mapping[str, str]) -> VendorApp:
    """Register a vendor app; its `webhook_url` is what the vendor's console asks for."""
    return VendorApp.objects.create(channel=channel, name=name, credentials=Secrets(credentials))


def rotate_app_secret(*, actor: Membership | None, app: VendorApp, app_secret: str) -> VendorApp:
    """Replace the secret; webhooks signed with the one before are still accepted. Raises ConnectionRefused.

    `actor` None stands for the platform's staff; a member may only if no other workspace uses the app.
    """
    with platform_scope("an app may serve several workspaces"):
        app.refresh_from_db(fields=["credentials"], from_queryset=VendorApp.objects.select_for_update())
        if actor is not None and not (actor.may(Role.ADMIN) and serves_only(app=app, workspace_id=actor.workspace_id)):
            raise ConnectionRefused(_("This Meta app serves other workspaces too; only our staff may change it."))
        app.credentials = Secrets(
            {**app.credentials, "app_secret": app_secret, "previous_app_secret": app.credentials.get("app_secret", "")}
        )
        app.save(update_fields=["credentials"])
        for workspace_id in _workspaces_of(app):
            audit.record(workspace_id=workspace_id, actor=actor, verb="app.secret_rotated", subject=app)
    return app


def serves_only(*, app: VendorApp, workspace_id: int) -> bool:
    """Say whether the app has connections of this workspace and of no other."""
    with platform_scope("an app may serve several workspaces"):
        return _workspaces_of(app) == {workspace_id}


def _workspaces_of(app: VendorApp) -> set[int]:
    return set(app.connections.values_list("workspace_id", flat=True))


def connect_account(
    *,
    actor: Membership | None,
    workspace: Workspace,
    app: VendorApp,
    name: str,
    account_id: str,
    address: str,
    credentials: Mapping[str, str],
) -> Connection:
    """Connect a workspace's account. Raises ConnectionRefused."""
    missing = [
        field.label
        for field in app.adapter.capabilities.account_credentials
        if field.required and not credentials.get(field.name)
    ]
    if missing:
        raise ConnectionRefused(_("Fill in: %(fields)s.") % {"fields": ", ".join(missing)})
    try:
        with transaction.atomic(), scope(workspace.pk):
            connection = Connection.objects.create(
                workspace=workspace,
                app=app,
                channel=app.channel,
                name=name,
                account_id=account_id,
                address=address,
                credentials=Secrets(credentials),
            )
            audit.record(
                workspace_id=workspace.pk, actor=actor, verb="connection.created", subject=connection, name=name
            )
    except IntegrityError as error:
        raise ConnectionRefused(_("This account is already connected.")) from error
    return connection


def renew_credentials(
    *, actor: Membership | None, connection: Connection, credentials: Mapping[str, str]
) -> Connection:
    """Store new credentials and let sending go on, unless it was paused by hand; what is queued leaves with the sweep."""
    connection.credentials = Secrets(
        {**connection.credentials, **{name: value for name, value in credentials.items() if value}}
    )
    if connection.state != ConnectionState.PAUSED:
        connection.state = ConnectionState.ACTIVE
    connection.attention = ""
    connection.save(update_fields=["credentials", "state", "attention"])
    audit.record(workspace_id=connection.workspace_id, actor=actor, verb="connection.renewed", subject=connection)
    return connection


@dataclass(frozen=True)
class Reencrypted:
    """How many rows were written again, and the names of those that no key decrypts."""

    written: int
    unreadable: list[str]


def reencrypt_credentials() -> Reencrypted:
    """Write every app's and connection's credentials again with the newest key. For the platform's staff."""
    written, unreadable = 0, []
    models: tuple[type[VendorApp] | type[Connection], ...] = (VendorApp, Connection)
    for model in models:
        with platform_scope("all credentials get a new key"):
            rows = list(model.objects.order_by("pk").values_list("pk", "name"))
        for pk, name in rows:
            with platform_scope("all credentials get a new key"):
                # One by one: reading a row decrypts it, and one that cannot be read must not hold up the others.
                try:
                    row = model.objects.select_for_update().only("credentials").get(pk=pk)
                except UnreadableSecret:
                    unreadable.append(f"{model.__name__} {pk} ({name})")
                else:
                    row.save(update_fields=["credentials"])
                    written += 1
    return Reencrypted(written, unreadable)


def require_attention(*, connection: Connection, reason: str) -> None:
    """Stop sending until an admin has looked; call it inside the workspace's scope."""
    changed = Connection.objects.filter(pk=connection.pk, state=ConnectionState.ACTIVE).update(
        state=ConnectionState.NEEDS_ATTENTION, attention=reason
    )
    if changed:
        audit.record(
            workspace_id=connection.workspace_id,
            actor=None,
            verb="connection.needs_attention",
            subject=connection,
            reason=reason,
        )


def note_webhooks(*, connections: Iterable[Connection]) -> None:
    """Remember, to a few seconds, when their last webhook arrived; call it inside their workspace's scope.

    Not each time: the row stays locked until the caller's commit, and all workers of a busy number would queue for it.
    """
    now = clock.now()
    stale = {c.pk for c in connections if c.last_webhook_at is None or now - c.last_webhook_at > _NOTED_EVERY}
    if stale:
        Connection.objects.filter(pk__in=sorted(stale)).update(last_webhook_at=now)


def set_paused(*, actor: Membership | None, connection: Connection, paused: bool) -> Connection:
    """Stop or resume sending by hand; queued messages wait meanwhile."""
    connection.state = ConnectionState.PAUSED if paused else ConnectionState.ACTIVE
    connection.attention = ""
    connection.save(update_fields=["state", "attention"])
    verb = "connection.paused" if paused else "connection.resumed"
    audit.record(workspace_id=connection.workspace_id, actor=actor, verb=verb, subject=connection)
    return connection
