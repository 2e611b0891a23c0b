"""Tell the running vendor simulator about the demo's numbers and customers."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from inbox.devstack.demo import introduce
from inbox.devstack.simulator.client import SimulatorClient


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with SimulatorClient(settings.SIMULATOR_URL) as simulator:
            introduce(simulator)
