"""Every verb of connections. Called by the admin, by seeds, by the workers, and by delivery when a vendor refuses us."""

from ._accounts import (
    ConnectionRefused,
    Reencrypted,
    connect_account,
    reencrypt_credentials,
    register_app,
    renew_credentials,
    reveal_tokens,
    rotate_app_secret,
    serves_only,
)
from ._health import check_connection, check_due_connections, examine, subscribe_again
from ._notices import note_notices, purge_notices
from ._renewal import renew_token, renew_tokens
from ._state import note_webhooks, recover, require_attention, set_paused

__all__ = [
    "ConnectionRefused",
    "Reencrypted",
    "check_connection",
    "check_due_connections",
    "connect_account",
    "examine",
    "note_notices",
    "note_webhooks",
    "purge_notices",
    "recover",
    "reencrypt_credentials",
    "register_app",
    "renew_credentials",
    "renew_token",
    "renew_tokens",
    "require_attention",
    "reveal_tokens",
    "rotate_app_secret",
    "serves_only",
    "set_paused",
    "subscribe_again",
]
