"""The adapter under test: the hooks that each channel fills in, and the samples that all tests are made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from channels_adapters.base import Adapter
from channels_adapters.types import (
    Event,
    HttpRequest,
    HttpResponse,
    MediaReference,
    MediaUpload,
    MessageKind,
    OutboundMessage,
    OutboundReaction,
    Person,
    TemplateMessage,
    WebhookRequest,
)

from .checks import assert_storable, outcome_of

SECRET, OLD_SECRET, FOREIGN_SECRET = "current-app-secret-0001", "previous-app-secret-0002", "foreign-app-secret-0003"
VERIFY_TOKEN = "verify-token-0004"

FILES = frozenset(
    {
        MessageKind.IMAGE,
        MessageKind.VIDEO,
        MessageKind.AUDIO,
        MessageKind.VOICE,
        MessageKind.DOCUMENT,
        MessageKind.STICKER,
    }
)


def json_of(body: bytes) -> Any:
    """Return the JSON value in a body, None for anything else."""
    try:
        return json.loads(body)
    except ValueError:
        return None


class Subject:
    # --- hooks ------------------------------------------------------------------------------------

    adapter: Adapter
    payloads: Path  # the channel's folder of webhook bodies
    credentials: Mapping[str, str]  # complete, with recognisable values; `access_token` too where it is fetched
    error_codes: Iterable[str]  # every code in the adapter's table
    recipient: Person  # somebody the channel can reach
    unreadable: frozenset[str] = frozenset()  # names of the bodies that are Malformed on purpose
    files = FILES  # the kinds that go out as a file; a sticker may have a name instead
    sent_file: MediaReference  # a file that a customer sent, at the simulator's address where there is one
    signs_body = True  # False: the vendor signs something that stands beside the body

    def keyed(self, secret: str, previous: str = "") -> Mapping[str, str]:
        """Return complete app credentials in which `secret` is what signs webhooks, and `previous` what did before."""
        raise NotImplementedError

    def signed(self, body: bytes, secrets: Mapping[str, str], *, method: str = "POST") -> WebhookRequest:
        """Return the webhook as the vendor sends it, signed with the current secret of these app credentials.

        Where the vendor encrypts, the request's body is another one than `body`."""
        raise NotImplementedError

    def forgeries(self, body: bytes) -> Mapping[str, WebhookRequest]:
        """Return requests that `secrets` must refuse, by the reason: no signature, malformed, another scheme, …"""
        raise NotImplementedError

    def handshake_request(self, secrets: Mapping[str, str], challenge: str) -> WebhookRequest:
        """Return the handshake as the vendor asks for it where these app credentials are configured."""
        raise NotImplementedError

    def wrong_handshakes(self) -> Mapping[str, WebhookRequest]:
        """Return handshakes that `secrets` must refuse, by the reason."""
        raise NotImplementedError

    def means_nothing(self, body: bytes) -> bool:
        """Tell whether a body legitimately holds no event."""
        raise NotImplementedError

    def refusal(self, code: str) -> HttpResponse:
        """Return the vendor's answer that refuses a message with this code."""
        raise NotImplementedError

    def acceptance(self, external_id: str) -> HttpResponse:
        """Return the vendor's answer that accepts a message; it names the id where the vendor names messages."""
        raise NotImplementedError

    def complaint(self, words: str) -> HttpResponse:
        """Return the vendor's answer that refuses a token and quotes these words."""
        raise NotImplementedError

    def stored(self, external_id: str) -> HttpResponse:
        """Return the vendor's answer to an upload."""
        raise NotImplementedError

    def lost_file(self) -> HttpResponse:
        """Return the vendor's answer to a download of what it does not keep any more."""
        raise NotImplementedError

    def unknown_file(self) -> HttpResponse:
        """Return the vendor's answer to a message with a file whose id it does not know any more."""
        raise NotImplementedError

    def bodies(self) -> Mapping[str, bytes]:
        """Return the webhook bodies by name, readable with `secrets`."""
        return {path.stem: path.read_bytes() for path in sorted(self.payloads.glob("*.json"))}

    # --- samples ----------------------------------------------------------------------------------

    @property
    def secrets(self) -> Mapping[str, str]:
        return self.keyed(SECRET, OLD_SECRET)

    def a_body(self) -> bytes:
        return next(iter(self.bodies().values()))

    def json_bodies(self) -> dict[str, Any]:
        decoded = {name: json_of(body) for name, body in self.bodies().items()}
        return {name: payload for name, payload in decoded.items() if payload is not None}

    def secret_values(self) -> list[str]:
        """Return every value that nobody may ever see: those of the app and of the account."""
        capabilities = self.adapter.capabilities
        named = [
            *((self.secrets, field) for field in capabilities.app_credentials),
            *((self.credentials, field) for field in capabilities.account_credentials),
        ]
        values = [mapping.get(field.name, "") for mapping, field in named if field.secret]
        return [value for value in (*values, self.credentials.get("access_token", "")) if value]

    def parsed(self, body: bytes) -> list[Event]:
        events = self.adapter.parse(body, self.secrets)
        assert events or self.means_nothing(body)
        assert_storable(events)
        return events

    def message(self, kind: MessageKind = MessageKind.TEXT, **changes: Any) -> OutboundMessage:
        """Return a message of this kind that a channel which sends the kind can carry."""
        message = OutboundMessage(self.recipient, "", "correlation-id-55", kind=kind)
        if kind in self.files:
            rule = self.adapter.capabilities.media.get(kind)
            mime_type = rule.mime_types[0] if rule else "application/octet-stream"
            message = replace(
                message,
                media=MediaReference(
                    kind, "media-id-44", mime_type, filename="file-name-33.bin", thumb_id="media-id-of-the-thumb-45"
                ),
            )
        elif kind is MessageKind.LOCATION:
            place = {"latitude": 51.5, "longitude": -0.125, "name": "The shop", "address": "1 Example Street"}
            message = replace(message, details=place)
        elif kind is MessageKind.CONTACTS:
            contact = {
                "name": "Bo Example",
                "phones": [{"phone": "+44 7700 900456"}],
                "emails": [{"email": "bo@example.com"}],
            }
            message = replace(message, details={"contacts": [contact]})
        elif kind is MessageKind.LINK:
            page = {"url": "https://shop.example/7", "title": "Number 7", "text": "Blue", "image_url": ""}
            message = replace(message, details=page)
        elif kind is MessageKind.TEMPLATE:
            message = replace(message, template=TemplateMessage("order_ready", "en_GB"))
        else:
            message = replace(message, text="Hello")
        return replace(message, **changes)

    def a_file(self, kind: MessageKind, **changes: Any) -> MediaUpload:
        """Return a file of this kind that the channel takes, if it takes any."""
        rule = self.adapter.capabilities.media.get(kind)
        mime_type = rule.mime_types[0] if rule and "*" not in rule.mime_types[0] else "application/pdf"
        return replace(MediaUpload(kind, mime_type, "file-name-33.bin", b"content-of-the-file-44"), **changes)

    def requests(
        self, *, credentials: Mapping[str, str] | None = None, kind: MessageKind = MessageKind.TEXT, **changes: Any
    ) -> list[HttpRequest]:
        return self.adapter.requests_for(self.message(kind, **changes), credentials or self.credentials)

    def descriptions(self) -> Mapping[str, Callable[[Mapping[str, str]], Any]]:
        """Return, by name, everything that describes requests for given account credentials."""
        adapter, person = self.adapter, self.recipient
        sends: dict[str, Callable[[Mapping[str, str]], Any]] = {
            f"send {kind}": lambda known, kind=kind: adapter.requests_for(self.message(kind), known)  # type: ignore[misc]
            for kind in MessageKind
        }
        uploads: dict[str, Callable[[Mapping[str, str]], Any]] = {
            f"upload {kind}": lambda known, kind=kind: adapter.upload_request(self.a_file(kind), known)  # type: ignore[misc]
            for kind in FILES
        }
        templates = adapter.templates
        if templates is not None:
            picture = self.a_file(MessageKind.IMAGE)
            session = HttpResponse(200, {}, b'{"id":"upload:c2Vzc2lvbg==?sig=signature-of-the-session"}')
            uploads |= {
                "sample": lambda known: templates.sample_request(picture, known),
                "sample's second step": lambda known: templates.sample_step(session, picture, known),
            }
        return {
            **sends,
            **uploads,
            "download": lambda known: adapter.download_request(self.sent_file, known),
            "reaction": lambda known: adapter.reaction_request(OutboundReaction(person, "target-id-99", "👍"), known),
            "mark read": lambda known: adapter.mark_read_request(person, "read-id-88", known),
            "typing": lambda known: adapter.typing_request(person, "read-id-88", known),
            "profile": lambda known: adapter.profile_request(person, known),
            "token": lambda known: adapter.token_request(known),
            "renewal": lambda known: adapter.renewal_request(known),
            "subscribe": lambda known: adapter.subscribe_request(known),
            "health": lambda known: [check.request for check in adapter.health_checks(known, self.secrets)],
        }

    def every_request(self) -> dict[str, HttpRequest]:
        """Return each request that the adapter ever describes, by what it is for."""
        found: dict[str, HttpRequest] = {}
        for name, describe in self.descriptions().items():
            outcome = outcome_of(describe, self.credentials)
            requests = outcome if isinstance(outcome, list) else [outcome]
            found |= {f"{name} {i}": request for i, request in enumerate(requests) if isinstance(request, HttpRequest)}
        return found
