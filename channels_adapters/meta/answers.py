"""Answers of the Graph API, decoded, with what they refuse: each channel judges the refusal by a table of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels_adapters.reading import Unreadable, decode, retry_after_of
from channels_adapters.types import HttpResponse

from .graph import read_error

NO_CODE = "http_"  # begins the code of a refusal without one of the vendor's own


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is known of a refusal; the HTTP status is missing where it came in a webhook."""

    code: str
    subcode: str = ""
    status: int | None = None
    transient: bool = False
    retry_after: float | None = None
    detail: str = ""


def read_response(response: HttpResponse) -> tuple[Any, Refusal | None]:
    """Return the decoded answer, None for what is no JSON, and the refusal that it is, if it is one."""
    try:
        answer = decode(response.body)
    except Unreadable:
        answer = None
    status, retry_after = response.status, retry_after_of(response.headers)
    if error := read_error(answer):
        refusal = Refusal(error.code, error.subcode, status, error.transient, retry_after, error.describe())
        return answer, refusal
    if 300 <= status < 500:
        return answer, Refusal(f"{NO_CODE}{status}", status=status, retry_after=retry_after, detail=f"HTTP {status}")
    return answer, None  # with 5xx a proxy may speak for a vendor that did take the message
