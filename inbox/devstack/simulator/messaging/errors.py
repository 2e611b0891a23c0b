"""The errors of Messenger and Instagram: code, subcode, words and HTTP status."""

from __future__ import annotations

from inbox.devstack.simulator.meta import GraphError

TROUBLE = 2
CONTROLLED = 2018300  # the subcode of a send while another app has control of the chat
WORDS: dict[int, tuple[int, str]] = {
    1: (500, "An unknown error has occurred."),
    2: (503, "Service temporarily unavailable"),
    4: (400, "Application request limit reached"),
    10: (403, "Application does not have permission for this action"),
    100: (400, "Invalid parameter"),
    190: (401, "Error validating access token: Session has expired."),
    200: (403, "Permissions error"),
    230: (400, "User consent is required to access user profile"),
    368: (403, "The action attempted has been deemed abusive or is otherwise disallowed"),
    551: (400, "This person isn't available right now."),
    613: (400, "Calls to this api have exceeded the rate limit."),
    1200: (503, "Temporary send message failure. Please try again later."),
}
TRANSIENT = frozenset({1, 2, 4, 613, 1200})


def refusal(
    code: int,
    words: str = "",
    *,
    subcode: int | None = None,
    status: int | None = None,
    retry_after: int | None = None,
) -> GraphError:
    """Make a refusal; `words` replace the usual ones."""
    usual_status, usual_words = WORDS.get(code, (400, "Unknown error"))
    return GraphError(
        code,
        f"(#{code}) {words or usual_words}",
        status or usual_status,
        subcode,
        transient=code in TRANSIENT,
        retry_after=retry_after,
    )
