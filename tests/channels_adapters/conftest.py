"""At the end of a run: how many payload cases each channel holds."""

from __future__ import annotations

import pytest

from .payload_cases import payload_cases


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = ", ".join(f"{kind} {count}" for kind, count in payload_cases().items())
    terminalreporter.write_line(f"payload cases: {counts}")
