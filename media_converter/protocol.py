"""What is said between the product and a process that opens a file: one job in, lines of JSON out.

In: a Job. Out: `{"percent": 40}` as often as it likes, then one of `{"probe": …}`, `{"waveform": […]}` and
`{"problem": code}`.
"""

from __future__ import annotations

from dataclasses import dataclass

# Why a file could not be opened or turned into another.
DAMAGED = "damaged"  # it ends too early, or is not what its beginning says
TOO_MANY_PIXELS = "pixels"
TOO_LONG = "long"
TOO_LARGE = "large"  # whatever the quality, it stays above the limit
NOTHING_INSIDE = "nothing"  # no sound to hear, no picture to see
OUT_OF_MEMORY = "memory"
OUT_OF_TIME = "time"
CRASHED = "crashed"
GONE = "gone"  # its bytes are not in the store any more
PROBLEMS = (
    DAMAGED,
    TOO_MANY_PIXELS,
    TOO_LONG,
    TOO_LARGE,
    NOTHING_INSIDE,
    OUT_OF_MEMORY,
    OUT_OF_TIME,
    CRASHED,
    GONE,
)

PROBE, MAKE, WAVEFORM = "probe", "make", "waveform"


class Unfit(Exception):
    """The file cannot be opened or turned into what is wanted; `problem` is one of PROBLEMS."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Job:
    """`do` is PROBE, MAKE or WAVEFORM. `mime_type` is what the first bytes say. Bytes and seconds are upper limits of the
    process itself, pixels and `media_seconds` of what it opens."""

    do: str
    source: str
    mime_type: str
    target: str = ""
    recipe: str = ""
    memory_bytes: int = 1024 * 1024 * 1024
    cpu_seconds: int = 30
    file_bytes: int = 512 * 1024 * 1024
    max_pixels: int = 50_000_000
    media_seconds: int = 7200
