"""Write the documentation's page about files anew, after the rules of a channel have changed."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from inbox.devstack.media_rules import page


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        (settings.BASE_DIR / "docs" / "media-rules.md").write_text(page())
