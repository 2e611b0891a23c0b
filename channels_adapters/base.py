"""The contract of a channel adapter. A new channel is one folder that fulfils it, and a row in `registry`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from .errors import SendError
from .types import (
    Capabilities,
    Event,
    HttpRequest,
    HttpResponse,
    OutboundMessage,
    SendResult,
    VendorError,
    WebhookRequest,
)


class Adapter(Protocol):
    """Stateless; safe to share between threads.

    `credentials` mappings hold the values of `capabilities.account_credentials` by field name, and
    `base_url`, the root of the vendor's API (a setting, so that a simulator can stand in); Meta's
    channels also read `api_version`.
    """

    capabilities: Capabilities

    def handshake(self, request: WebhookRequest, verify_token: str) -> str:
        """Return the body that proves to the vendor that we own the endpoint.

        Raises HandshakeRejected."""

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        """Check the signature over the raw body against each secret (current first, then previous).

        Raises WebhookRejected when none fits, whatever the method."""

    def parse(self, body: bytes) -> list[Event]:
        """Return every event in the body, in order. Total: never raises on content.

        What is not understood becomes Unsupported with its raw part, an unreadable body Malformed. Every
        text in an event and all of its JSON can be stored by PostgreSQL (`reading.storable`)."""

    def requests_for(self, message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
        """Describe the requests that send the message.

        Raises SendError: GIVE_UP when the channel cannot carry it, OPERATOR when credentials are missing."""

    def mark_read_request(self, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the request that shows the customer that the message was read.

        Raises SendError(OPERATOR) when credentials are missing."""

    def result_of(self, response: HttpResponse) -> SendResult:
        """Read the answer to one of `requests_for`.

        Raises SendError when the vendor refused, OutcomeUnknown when the answer does not tell."""

    def explain(self, error: VendorError) -> SendError:
        """Translate an error that arrived in a webhook into the same taxonomy as `result_of`."""
