"""Create the demo workspace, once."""

from typing import Any

from django.core.management.base import BaseCommand

from inbox.devstack.demo import seed


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if seed():
            self.stdout.write("The demo workspace “Lotus Flowers” was created.")
