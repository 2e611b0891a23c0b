"""What can go wrong between us and a vendor, and what to do about it."""

from __future__ import annotations

from enum import StrEnum

FIRST_WAIT = 2.0  # seconds, when the vendor names no time
LONGEST_WAIT = 3600.0  # no wait grows beyond this; one the vendor itself named is kept


class Remedy(StrEnum):
    RETRY = "retry"  # the vendor refused for now; the same request may be sent again later
    GIVE_UP = "give_up"  # this message will never go out as it is
    OPERATOR = "operator"  # a person must mend the connection first


class WebhookRejected(Exception):
    """The request does not prove that it comes from the vendor. The text is for our log only."""


class HandshakeRejected(WebhookRejected):
    """The subscription handshake carries a wrong token or is not a handshake."""


class SendError(Exception):
    """The vendor answered, and the answer is no: the message was certainly not accepted.

    code: the vendor's, as text. public_text: one sentence an agent understands. retry_after: seconds to wait before
    the next attempt, as the vendor said or as its documentation advises; None where neither does. growth: each
    further wait is this many times longer. max_attempts: attempts worth making in all; None leaves it to the caller.
    detail: the vendor's own words, for the log. stale_token: a fresh access token may be all that is missing.
    shut_out: the vendor refuses the account or its credentials as such, whatever is asked. closes_window: the time to
    answer, or the number of answers, is used up until the customer writes again. stale_template: what we know of the
    template is out of date. stale_media: the vendor does not know the file's id or address, or keeps it no longer:
    upload it, or ask where it is, again. held_elsewhere: another of the business's apps has control of the thread.
    """

    def __init__(
        self,
        code: str,
        *,
        remedy: Remedy,
        public_text: str,
        retry_after: float | None = None,
        growth: float = 2.0,
        max_attempts: int | None = None,
        detail: str = "",
        stale_token: bool = False,
        shut_out: bool = False,
        closes_window: bool = False,
        stale_template: bool = False,
        stale_media: bool = False,
        held_elsewhere: bool = False,
    ) -> None:
        super().__init__(f"{code}: {detail or public_text}")
        self.code = code
        self.remedy = remedy
        self.public_text = public_text
        self.retry_after = retry_after
        self.growth = growth
        self.max_attempts = max_attempts
        self.detail = detail
        self.stale_token = stale_token
        self.shut_out = shut_out
        self.closes_window = closes_window
        self.stale_template = stale_template
        self.stale_media = stale_media
        self.held_elsewhere = held_elsewhere

    @property
    def retryable(self) -> bool:
        return self.remedy is Remedy.RETRY

    def wait_after(self, attempts: int) -> float:
        """Return the seconds to wait once this many attempts (1 or more) were refused. Add jitter yourself."""
        first = FIRST_WAIT if self.retry_after is None else self.retry_after
        # The exponent is capped because a float overflows long before an attempt counter does.
        return min(first * self.growth ** min(max(attempts, 1) - 1, 30), max(LONGEST_WAIT, first))


class TransportError(Exception):
    """No usable answer came back."""


class NotSent(TransportError):
    """The request never left: safe to send again."""


class OutcomeUnknown(TransportError):
    """The request left and no answer tells whether it was accepted: never send it again blindly."""


class AnswerTooLong(OutcomeUnknown):
    """The answer has more bytes than whoever asked can use."""
