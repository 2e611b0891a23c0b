"""The vendor's errors: numbers, words and HTTP statuses, as an answer and inside a `failed` status."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.meta import GraphError

HELP_URL = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


@dataclass(frozen=True)
class Kind:
    status: int
    title: str
    details: str = ""


KINDS: dict[int, Kind] = {
    0: Kind(401, "AuthException", "We were unable to authenticate the app user."),
    1: Kind(400, "API Unknown", "Invalid request or possible server error."),
    2: Kind(503, "Service temporarily unavailable", "Temporary due to downtime or due to being overloaded."),
    4: Kind(429, "Application request limit reached", "The app has reached its API call rate limit."),
    10: Kind(403, "Application does not have permission for this action"),
    100: Kind(400, "Invalid parameter"),
    190: Kind(401, "Error validating access token: Session has expired."),
    368: Kind(403, "Temporarily blocked for policies violations"),
    80007: Kind(429, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: Kind(
        429,
        "Rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number in a short"
        " period of time",
    ),
    131000: Kind(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: Kind(403, "Access denied", "Permission is either not granted or has been removed."),
    131008: Kind(400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: Kind(400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: Kind(500, "Service unavailable", "A service is temporarily unavailable."),
    131021: Kind(400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: Kind(400, "Message undeliverable", "Message Undeliverable."),
    131031: Kind(403, "Account has been locked"),
    131047: Kind(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131048: Kind(429, "Spam rate limit hit", "There are restrictions on how many messages can be sent."),
    131051: Kind(400, "Unsupported message type", "Message type is currently not supported."),
    131053: Kind(
        400,
        "Media upload error",
        "Unable to upload the media used in the message: its type or size is not supported, or not what it was declared.",
    ),
    131056: Kind(
        429,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number to the same phone"
        " number in a short period of time.",
    ),
    132000: Kind(400, "Number of parameters does not match the expected number of params"),
    132001: Kind(404, "Template name does not exist in the translation"),
    132005: Kind(400, "Translated text too long"),
    132012: Kind(400, "Parameter format does not match format in the created template"),
    132015: Kind(400, "Template is paused due to low quality so it cannot be sent in a template message."),
    132016: Kind(400, "Template is disabled"),
    133004: Kind(503, "Server temporarily unavailable"),
    133010: Kind(400, "Account not registered"),
}
TRANSIENT = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131056, 133004})


def refusal(
    code: int,
    message: str | None = None,
    *,
    details: str | None = None,
    status: int | None = None,
    retry_after: int | None = None,
) -> GraphError:
    """Make a refusal. `message` replaces the title, `details` the usual explanation."""
    kind = KINDS.get(code, Kind(400, "Unknown error"))
    # The vendor sends no details with a message that already names the parameter.
    details = details if details is not None else ("" if message else kind.details)
    return GraphError(
        code,
        message or f"(#{code}) {kind.title}",
        status or kind.status,
        data={"messaging_product": "whatsapp", "details": details} if details else None,
        transient=code in TRANSIENT,
        retry_after=retry_after,
    )


def status_error(code: int) -> JsonObject:
    """Return the error as it stands inside a `failed` status."""
    kind = KINDS[code]
    return {
        "code": code,
        "title": kind.title,
        "message": kind.title,
        "error_data": {"details": kind.details},
        "href": HELP_URL,
    }
