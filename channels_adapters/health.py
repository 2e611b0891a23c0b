"""What every health check does with an answer that tells nothing: it becomes a finding too."""

from __future__ import annotations

from collections.abc import Callable

from .errors import Remedy, SendError, TransportError
from .types import Finding, HttpResponse

LATER = "Check again in a few minutes."


def finding_reader(
    label: str, find: Callable[[HttpResponse], Finding], advise: Callable[[SendError], str]
) -> Callable[[HttpResponse], Finding]:
    """Return a reader of answers that never raises. `advise` says what to do about a refusal that waiting will not mend."""

    def read(response: HttpResponse) -> Finding:
        try:
            return find(response)
        except TransportError:
            return Finding(False, f"{label} gave no usable answer.", LATER)
        except SendError as refusal:
            # The words of one that gives up are about a message, the others' about the connection.
            gave_up = refusal.remedy is Remedy.GIVE_UP
            words = f"{label} refused the question." if gave_up else refusal.public_text
            return Finding(False, words, LATER if refusal.retryable else advise(refusal))

    return read
