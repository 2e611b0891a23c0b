"""Which tests go to the same worker, because they share what takes seconds to start, or would get in each other's way.

xdist's own marks for this have no effect since pytest 9.2, which keeps the ids of tests to itself.
"""

from __future__ import annotations

from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

_TOGETHER = ("tests/devstack/test_supervisor.py", "tests/devstack/test_servers.py")
_BROWSER = [f"tests/browser/{path.name}" for path in sorted(Path(__file__).parent.glob("browser/test_*.py"))]
# Browsers wait more than they work, but three at once would be slower than two.
_BROWSERS = 2


class SharingOut(LoadScopeScheduling):
    """Tests go out one by one, except for those of one group; the largest group goes first."""

    def _split_scope(self, nodeid: str) -> str:
        module, _colons, _test = nodeid.partition("::")
        if module in _BROWSER:
            return f"browser {_BROWSER.index(module) % _BROWSERS}"
        return module if module in _TOGETHER else nodeid
