"""The contract of a channel adapter. A new channel is one folder that fulfils it, and a row in `registry`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from .errors import SendError
from .types import (
    Capabilities,
    DownloadedMedia,
    Event,
    HealthCheck,
    HttpRequest,
    HttpResponse,
    JsonObject,
    MediaReference,
    MediaUpload,
    OutboundMessage,
    OutboundReaction,
    Person,
    Profile,
    SendResult,
    TemplateDraft,
    TemplatePage,
    Token,
    UploadedMedia,
    VendorError,
    VendorTemplate,
    WebhookRequest,
)


class TemplateCalls(Protocol):
    """The calls that manage an account's message templates. All raise SendError(OPERATOR) when credentials are missing."""

    def list_request(self, credentials: Mapping[str, str], after: str = "") -> HttpRequest:
        """Describe the reading of one page of the templates; `after` is what the page before named."""

    def page_of(self, response: HttpResponse) -> TemplatePage:
        """Read the answer to `list_request`. Raises SendError or OutcomeUnknown."""

    def create_request(self, draft: TemplateDraft, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the submission of a new template for approval."""

    def edit_request(self, external_id: str, draft: TemplateDraft, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the submission of other texts for a template; its name and language stay. Raises SendError."""

    def delete_request(self, external_id: str, name: str, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the removal of a template in one language. Raises SendError."""

    def check(self, response: HttpResponse) -> VendorTemplate:
        """Read the answer to a submission or removal, which tells some of the template: its id, status and category.

        Raises SendError, whose `detail` then holds the vendor's words for the author, or OutcomeUnknown."""

    def sample_request(self, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the beginning of the upload of a header's sample file. `credentials` hold the app's `app_id` too.

        Raises SendError."""

    def sample_step(
        self, response: HttpResponse, upload: MediaUpload, credentials: Mapping[str, str]
    ) -> HttpRequest | str:
        """Read the answer to `sample_request`, or to what this described before: the next request, or at the end the
        handle that stands in `example.header_handle`. Raises SendError or OutcomeUnknown."""


class Adapter(Protocol):
    """Stateless; safe to share between threads.

    `secrets` mappings hold the values of `capabilities.app_credentials` by field name, `credentials` mappings those of
    `capabilities.account_credentials`, and `base_url`, which replaces the root of the vendor's API when it is not
    empty (a setting, so that a simulator can stand in); Meta's channels also read `api_version`. Where `token_request`
    describes a request, `credentials` hold its token as `access_token`.
    """

    capabilities: Capabilities
    templates: TemplateCalls | None  # None unless `capabilities.has_templates`

    # --- what arrives -----------------------------------------------------------------------------

    def handshake(self, request: WebhookRequest, secrets: Mapping[str, str]) -> str:
        """Return the body that proves to the vendor that we own the endpoint.

        Raises HandshakeRejected."""

    def verify(self, request: WebhookRequest, secrets: Mapping[str, str]) -> None:
        """Check the signature against each secret (current, then previous).

        Raises WebhookRejected when none fits, whatever the method."""

    def parse(self, body: bytes, secrets: Mapping[str, str]) -> list[Event]:
        """Return every event in the body, in order; `secrets` decrypt it where the vendor encrypts.

        Total: never raises on content. What is not understood becomes Unsupported with its raw part, an unreadable body
        Malformed. Every text in an event and all of its JSON can be stored by PostgreSQL (`reading.storable`)."""

    # --- messages ---------------------------------------------------------------------------------

    def requests_for(self, message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
        """Describe the requests that send the message.

        Raises SendError: GIVE_UP when the channel cannot carry it, OPERATOR when credentials are missing."""

    def result_of(self, response: HttpResponse) -> SendResult:
        """Read the answer to one of `requests_for`.

        Raises SendError when the vendor refused, OutcomeUnknown when the answer does not tell."""

    def explain(self, error: VendorError) -> SendError:
        """Translate an error that arrived in a webhook into the same taxonomy as `result_of`."""

    # --- files ------------------------------------------------------------------------------------

    def upload_request(self, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the storing of a file at the vendor, which then is sent by its id.

        Raises SendError: GIVE_UP when the channel cannot carry it, OPERATOR when credentials are missing."""

    def upload_of(self, response: HttpResponse) -> UploadedMedia:
        """Read the answer to `upload_request`. Raises SendError or OutcomeUnknown."""

    def download_request(self, media: MediaReference, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the first request for a customer's file.

        Raises SendError: GIVE_UP when it cannot be fetched, also where its address is none of the vendor's."""

    def download_of(self, response: HttpResponse, credentials: Mapping[str, str]) -> DownloadedMedia | HttpRequest:
        """Read the answer to `download_request`: the file, or a further request where the vendor tells its address.

        Raises SendError, with `stale_media` where the file is gone or its address has expired, or OutcomeUnknown."""

    # --- courtesies and look-ups ------------------------------------------------------------------

    def reaction_request(self, reaction: OutboundReaction, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the setting or taking back of a reaction. Raises SendError as `requests_for` does."""

    def mark_read_request(self, sender: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the request that shows the customer that their message, and all before it, was read.

        Raises SendError as `requests_for` does."""

    def typing_request(self, recipient: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the request that shows the customer that somebody is typing; `external_id` is their last message.

        Raises SendError as `requests_for` does."""

    def control_request(self, recipient: Person, credentials: Mapping[str, str]) -> HttpRequest:
        """Describe the request that takes a customer's thread from another app, so that we may answer. It may be repeated.

        Raises SendError as `requests_for` does."""

    def profile_request(self, person: Person, credentials: Mapping[str, str]) -> HttpRequest | None:
        """Describe the look-up of a customer's name and picture; None where the vendor offers none."""

    def profile_of(self, response: HttpResponse) -> Profile:
        """Read the answer to `profile_request`. Raises SendError or OutcomeUnknown."""

    def check(self, response: HttpResponse) -> JsonObject:
        """Return the answer to any call that is no message. Raises SendError or OutcomeUnknown."""

    # --- the connection itself --------------------------------------------------------------------

    def token_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        """Describe the fetching of a short-lived access token; None where `credentials` hold a lasting one."""

    def renewal_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        """Describe the prolonging of a lasting token before it runs out; None where it does not, or cannot be."""

    def token_of(self, response: HttpResponse) -> Token:
        """Read the answer to `token_request` or `renewal_request`. Raises SendError or OutcomeUnknown."""

    def health_checks(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> Sequence[HealthCheck]:
        """Describe the questions that tell whether the connection works, in the order in which to mend them.

        Raises SendError(OPERATOR) when credentials are missing."""

    def subscribe_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        """Describe the request that makes the vendor deliver this account's webhooks; None where a console does it."""

    def probe(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> WebhookRequest:
        """Return a signed webhook for this account that means nothing: delivered to our own address, it shows that the
        way in works."""
