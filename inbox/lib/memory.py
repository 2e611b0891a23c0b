"""Python's garbage collector, told what a server process is like: much that stays, little that forms cycles."""

from __future__ import annotations

import gc


def settle() -> None:
    """Call it once a process has loaded what it keeps: the collector will not walk all that again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
