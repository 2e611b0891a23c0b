"""How figures are shown: small tables, the median with its range, and one verdict a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """What several rounds gave."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(tuple(values))

    @property
    def median(self) -> float:
        return median(self.values)

    def show(self, digits: int = 0) -> str:
        """Return `1234 (1100–1300)`, or the number alone when it is the only one."""
        middle = f"{self.median:.{digits}f}"
        if len(self.values) == 1:
            return middle
        return f"{middle} ({min(self.values):.{digits}f}–{max(self.values):.{digits}f})"


@dataclass(frozen=True)
class Verdict:
    """Whether a measurement met its target."""

    what: str
    measured: str
    target: str
    passed: bool

    def __str__(self) -> str:
        return f"{'PASS' if self.passed else 'MISS'}  {self.what}: {self.measured}, target {self.target}"


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns, the first to the left, numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        print("  " + "   ".join(cells).rstrip(), flush=True)
