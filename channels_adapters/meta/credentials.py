"""What a Meta app needs to be entered once, whichever of the channels it serves."""

from __future__ import annotations

from channels_adapters.types import CredentialField

APP_CREDENTIALS = (
    CredentialField("app_secret", "App secret", "In the Meta app dashboard: App settings, Basic.", secret=True),
    CredentialField(
        "previous_app_secret",
        "Previous app secret",
        "While you replace the secret, signatures of the old one are accepted too.",
        secret=True,
        required=False,
    ),
    CredentialField(
        "verify_token",
        "Verify token",
        "A phrase of your own; enter the same one in the app's webhooks.",
        secret=True,
        chosen_here=True,
    ),
    CredentialField(
        "app_id",
        "App ID",
        "In the Meta app dashboard: App settings, Basic. With it the permissions of a token can be checked, and templates have pictures in their header.",
        required=False,
    ),
)
