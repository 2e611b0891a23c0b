"""The refusal of a message before anything is sent."""

from __future__ import annotations

from channels_adapters.errors import Remedy, SendError


def refusal(code: str, public_text: str) -> SendError:
    return SendError(code, remedy=Remedy.GIVE_UP, public_text=public_text)
