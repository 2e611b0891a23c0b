"""Connect accounts, and replace what they are connected with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.lib.crypto import Secrets, UnreadableSecret
from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Role, Workspace
from inbox.workspaces.tenancy import platform_scope, scope

from ..health import UNREADABLE
from ..models import Channel, Connection, ConnectionState, VendorApp
from ._state import CHECK


class ConnectionRefused(Exception):
    """The account cannot be connected; the message says why."""


def register_app(*, channel: Channel, name: str, credentials: Mapping[str, str]) -> VendorApp:
    """Register a vendor app; its `webhook_url` is what the vendor's console asks for."""
    return VendorApp.objects.create(channel=channel, name=name, credentials=Secrets(credentials))


def rotate_app_secret(*, actor: Membership | None, app: VendorApp, **secrets: str) -> VendorApp:
    """Replace secrets, by field name; webhooks signed with the ones before are still accepted where the channel can.

    Raises ConnectionRefused. `actor` None stands for the platform's staff; a member may only if no other workspace
    uses the app.
    """
    known = {field.name for field in app.adapter.capabilities.app_credentials}
    with platform_scope("an app may serve several workspaces"):
        present = VendorApp.objects.select_for_update().defer("credentials").get(pk=app.pk).readable_credentials
        _require_own(actor, app)
        before = {f"previous_{name}": present.get(name, "") for name in secrets if f"previous_{name}" in known}
        app.credentials = Secrets({**present, **secrets, **before})
        app.save(update_fields=["credentials"])
        for workspace_id in _workspaces_of(app):
            audit.record(workspace_id=workspace_id, actor=actor, verb="app.secret_rotated", subject=app)
    return app


def reveal_tokens(*, actor: Membership | None, app: VendorApp) -> dict[str, str]:
    """Return, by label, the phrases of ours that the vendor's console asks for. Raises ConnectionRefused."""
    with platform_scope("an app may serve several workspaces"):
        _require_own(actor, app)
        present = app.readable_credentials
        if not present:
            raise ConnectionRefused(_(UNREADABLE))
        for workspace_id in _workspaces_of(app):
            audit.record(workspace_id=workspace_id, actor=actor, verb="app.tokens_shown", subject=app)
    fields = app.adapter.capabilities.app_credentials
    return {_(field.label): present.get(field.name, "") for field in fields if field.chosen_here}


def _require_own(actor: Membership | None, app: VendorApp) -> None:
    if actor is not None and not (actor.may(Role.ADMIN) and serves_only(app=app, workspace_id=actor.workspace_id)):
        refusal = _("This %(app)s serves other workspaces too; only our staff may do this.")
        raise ConnectionRefused(refusal % {"app": _(app.adapter.capabilities.app_label)})


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
    address: str,
    credentials: Mapping[str, str],
    account_id: str = "",
    portfolio_id: str = "",
) -> Connection:
    """Connect a workspace's account; the credentials name it. Raises ConnectionRefused."""
    capabilities = app.adapter.capabilities
    missing = [
        field.label for field in capabilities.account_credentials if field.required and not credentials.get(field.name)
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
                account_id=account_id or credentials[capabilities.account_id_field],
                business_id=credentials.get(capabilities.business_id_field, ""),
                portfolio_id=portfolio_id,
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
    """Store new credentials and let sending go on, unless it was paused by hand; what is queued leaves with the sweep.

    What is known of the old ones is forgotten, and the new ones are checked.
    """
    connection.credentials = Secrets(
        {**_readable_credentials(connection), **{name: value for name, value in credentials.items() if value}}
    )
    if connection.state != ConnectionState.PAUSED:
        connection.state = ConnectionState.ACTIVE
    connection.business_id = connection.credentials.get(connection.adapter.capabilities.business_id_field, "")
    connection.attention = connection.attention_code = connection.attention_check = ""
    connection.credentials_at = clock.now()
    connection.token_expires_at = connection.checked_at = None
    connection.findings = []
    connection.save(
        update_fields=[
            "credentials",
            "business_id",
            "state",
            "attention",
            "attention_code",
            "attention_check",
            "credentials_at",
            "token_expires_at",
            "checked_at",
            "findings",
        ]
    )
    audit.record(workspace_id=connection.workspace_id, actor=actor, verb="connection.renewed", subject=connection)
    enqueue_on_commit(CHECK, connection_id=connection.pk)
    return connection


def _readable_credentials(connection: Connection) -> dict[str, str]:
    """Return the present credentials, or what is known without them when no key decrypts them."""
    capabilities = connection.adapter.capabilities
    try:
        return connection.credentials
    except UnreadableSecret:
        known = {
            capabilities.account_id_field: connection.account_id,
            capabilities.business_id_field: connection.business_id,
        }
        return {name: value for name, value in known.items() if name and value}


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
