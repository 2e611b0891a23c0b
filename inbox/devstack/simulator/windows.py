"""How long, and how often, a business may write to a person after what that person last did. Time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

MAX_WINDOWS = 200_000

ChatKey = tuple[str, str]


@dataclass(slots=True)
class Window:
    """`left` is how many messages may still go out, of `limit`; None for any number."""

    opened_at: float
    closes_at: float
    left: int | None = None
    limit: int | None = None

    def is_open(self, now: float) -> bool:
        return now < self.closes_at and self.left != 0


class Windows:
    """A chat has one window from the person's last message, and perhaps a short one from what else they did."""

    def __init__(self) -> None:
        self._messages: OrderedDict[ChatKey, Window] = OrderedDict()
        self._acts: OrderedDict[ChatKey, Window] = OrderedDict()

    def wrote(self, key: ChatKey, at: float, seconds: float, left: int | None = None) -> None:
        """Note that the person wrote at that time; an older message changes nothing."""
        known = self._messages.get(key)
        if known is None or at >= known.opened_at:
            _put(self._messages, key, Window(at, at + seconds, left, left))

    def acted(self, key: ChatKey, at: float, seconds: float, left: int) -> None:
        """Note that the person did something that allows a few messages for a moment."""
        _put(self._acts, key, Window(at, at + seconds, left, left))

    def close(self, key: ChatKey) -> None:
        self._messages.pop(key, None)
        self._acts.pop(key, None)

    def last(self, key: ChatKey) -> Window | None:
        """Return the window of the person's last message, open or not."""
        return self._messages.get(key)

    def open_ones(self, key: ChatKey, now: float) -> list[Window]:
        """Return the windows that are open, the one that closes first before the other."""
        both = (self._acts.get(key), self._messages.get(key)) if self._acts else (self._messages.get(key),)
        found = [window for window in both if window is not None and window.is_open(now)]
        return sorted(found, key=lambda window: window.closes_at) if len(found) > 1 else found

    def in_time(self, key: ChatKey, now: float) -> bool:
        """Say whether a window's time is not over yet, whatever is left of its messages."""
        return any(window and now < window.closes_at for window in (self._acts.get(key), self._messages.get(key)))

    def restore(self, key: ChatKey, window: Window) -> None:
        _put(self._messages, key, window)

    def rows(self) -> Iterator[tuple[str, str, float, float, int | None, int | None]]:
        """Yield the windows of messages, the latest last, for `storage`."""
        for (account_id, person), window in self._messages.items():
            yield account_id, person, window.opened_at, window.closes_at, window.left, window.limit


def _put(windows: OrderedDict[ChatKey, Window], key: ChatKey, window: Window) -> None:
    windows[key] = window
    windows.move_to_end(key)
    if len(windows) > MAX_WINDOWS:
        windows.popitem(last=False)
