"""The verdicts that the error tables of Meta's channels share, in words that name the channel."""

from __future__ import annotations

from dataclasses import dataclass

from channels_adapters.verdicts import Verdict, give_up, operator, retry

from .answers import NO_CODE, Refusal


@dataclass(frozen=True, slots=True)
class SharedVerdicts:
    expired: Verdict
    forbidden: Verdict
    trouble: Verdict
    too_many: Verdict
    unreachable: Verdict
    refused: Verdict

    def of_unknown(self, refusal: Refusal) -> Verdict:
        """Judge a code outside the channel's table, by the HTTP status it came with."""
        status = refusal.status or 0
        if refusal.transient or status >= 500 or status == 408:
            return self.trouble
        if status == 401:
            return self.expired
        if status == 429:
            return self.too_many
        if status == 403 and refusal.code.startswith(NO_CODE):  # a code of its own is about the one message
            return self.forbidden
        return self.unreachable if 300 <= status < 400 else self.refused


def shared_verdicts(label: str, *, attempts: int | None = None) -> SharedVerdicts:
    """Return them for a channel; `attempts` are those worth making while the vendor has trouble."""
    return SharedVerdicts(
        expired=operator(f"The {label} connection has expired. An administrator must reconnect it.", shut_out=True),
        forbidden=operator(f"The {label} connection lacks a permission. An administrator must reconnect it."),
        trouble=retry(f"{label} has a problem at the moment; we keep trying.", wait=5, max_attempts=attempts),
        too_many=retry(f"Too many requests to {label}; the message is queued.", wait=60),
        unreachable=operator(f"{label} is not reachable at the configured address. An administrator must check it."),
        refused=give_up(f"{label} refused the message."),
    )
