"""What an error code of a vendor means for us: each channel has a table of these, and a verdict for codes outside it."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Remedy, SendError


@dataclass(frozen=True, slots=True)
class Verdict:
    """See SendError for the fields."""

    remedy: Remedy
    public_text: str
    wait: float | None = None
    growth: float = 2.0
    max_attempts: int | None = None
    stale_token: bool = False
    shut_out: bool = False
    closes_window: bool = False
    stale_template: bool = False
    stale_media: bool = False
    held_elsewhere: bool = False

    def error(self, code: str, *, retry_after: float | None = None, detail: str = "") -> SendError:
        """Return the SendError of this verdict; a time that the vendor names is not ours to stretch."""
        named = retry_after is not None
        return SendError(
            code or "unknown",
            remedy=self.remedy,
            public_text=self.public_text,
            retry_after=retry_after if named else self.wait,
            growth=1.0 if named else self.growth,
            max_attempts=self.max_attempts,
            detail=detail,
            stale_token=self.stale_token,
            shut_out=self.shut_out,
            closes_window=self.closes_window,
            stale_template=self.stale_template,
            stale_media=self.stale_media,
            held_elsewhere=self.held_elsewhere,
        )


def retry(
    public_text: str, *, wait: float | None = None, growth: float = 2.0, max_attempts: int | None = None
) -> Verdict:
    return Verdict(Remedy.RETRY, public_text, wait, growth, max_attempts)


def give_up(public_text: str, *, closes_window: bool = False, stale_template: bool = False) -> Verdict:
    return Verdict(Remedy.GIVE_UP, public_text, closes_window=closes_window, stale_template=stale_template)


def operator(public_text: str, *, stale_token: bool = False, shut_out: bool = False) -> Verdict:
    return Verdict(Remedy.OPERATOR, public_text, stale_token=stale_token, shut_out=shut_out)
