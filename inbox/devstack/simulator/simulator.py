"""The parts of a running simulator, put together."""

from __future__ import annotations

from pathlib import Path

from .events import Events
from .faults import FaultSet
from .limits import SlidingWindow
from .media import Media
from .outbox import Outbox
from .storage import Storage
from .wechat.tokens import Tokens
from .world import World


class Simulator:
    def __init__(self, state_file: Path | None = None) -> None:
        self.base_url = ""  # known once it listens
        self.world = World()
        self.media = Media()
        self.wechat_tokens = Tokens()
        self.events = Events()
        self.faults = FaultSet(on_end=lambda: self.events.publish("switches", {}))
        self.outbox = Outbox(self.world, self.faults, self.events.publish)
        self.number_rate = SlidingWindow(1.0)
        self.pair_rate = SlidingWindow(270.0)
        self.minute_rate = SlidingWindow(60.0)
        self.storage = Storage(self.world, self.media, state_file)
        self.storage.load()

    def reset(self) -> None:
        """Forget everything, webhooks under way included."""
        self.outbox.clear()
        self.world.clear()
        self.media.clear()
        self.wechat_tokens.clear()
        self.faults.clear()
        self.forget_rates()
        self.storage.touch()
        self.events.publish("reset", {})

    def forget_rates(self) -> None:
        self.number_rate.clear()
        self.pair_rate.clear()
        self.minute_rate.clear()

    def now(self) -> float:
        return self.world.now()
