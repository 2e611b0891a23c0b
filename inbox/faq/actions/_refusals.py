from __future__ import annotations

from collections.abc import Mapping


class FaqRefused(Exception):
    """It cannot be like that. `errors` are sentences by field; those under "" are about the whole."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)
