"""Time zones, by the names of the tz database."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def zone_names() -> tuple[str, ...]:
    """Return the zones that people may choose: named after places, and UTC."""
    others = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    return (*sorted(name for name in available_timezones() if "/" in name and not name.startswith(others)), "UTC")
