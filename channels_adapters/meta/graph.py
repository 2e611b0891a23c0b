"""The error format of Meta's Graph API, read for the `result_of` of every Meta adapter.

`read_error` says what an answer's body complains about; each channel keeps its own table of what the codes mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from channels_adapters.reading import identifier_of, object_of, text_of

DEFAULT_BASE_URL = "https://graph.facebook.com"
DEFAULT_VERSION = "v25.0"

# Graph quotes a token that it cannot read ("Malformed access token EAA…"): EAA… and IG… user or system tokens,
# "<app id>|<secret>" app tokens, and any other run too long for a word or an id.
_TOKEN = re.compile(r"\b(?:EAA|IG[A-Z]{2})[A-Za-z0-9_-]{8,}|\b\d{5,}\|[\w-]+|[\w|.\-]{60,}")


@dataclass(frozen=True, slots=True)
class GraphError:
    """`code` and `details` are what Meta tells us to build on; `title` will go away."""

    code: str
    subcode: str = ""
    title: str = ""
    details: str = ""
    transient: bool = False
    trace_id: str = ""

    def describe(self) -> str:
        """Return one line for the log, free of tokens."""
        words = self.details if self.title in self.details else f"{self.title} {self.details}"
        marks = [f"subcode {self.subcode}" if self.subcode else "", f"trace {self.trace_id}" if self.trace_id else ""]
        return redacted(" · ".join(part for part in (words.strip(), *marks) if part))


def read_error(answer: Any) -> GraphError | None:
    """Return the error that a decoded answer holds; None when it holds none with a code."""
    error = object_of(object_of(answer).get("error"))
    code = identifier_of(error.get("code"))
    if not code:
        return None
    data = error.get("error_data")
    details = text_of(object_of(data).get("details")) or text_of(data)  # template calls put a text here
    return GraphError(
        code=code,
        subcode=identifier_of(error.get("error_subcode")),
        title=text_of(error.get("message")),
        details=details or text_of(error.get("error_user_msg")),
        transient=error.get("is_transient") is True,
        trace_id=identifier_of(error.get("fbtrace_id")),
    )


def redacted(text: str) -> str:
    return _TOKEN.sub("[redacted]", text)
