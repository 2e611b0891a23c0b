"""`manage.py reencrypt_credentials`: after a new key was put in front of CREDENTIAL_KEYS, before the old one goes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox.connections.actions import reencrypt_credentials


class Command(BaseCommand):
    help = "Write all stored credentials again with the newest of CREDENTIAL_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        result = reencrypt_credentials()
        self.stdout.write(f"{result.written} rows now use the newest key.")
        if result.unreadable:
            raise CommandError(
                "No key decrypts these rows; enter their credentials anew: " + ", ".join(result.unreadable)
            )
