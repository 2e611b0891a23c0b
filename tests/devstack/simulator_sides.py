"""Our side of the accounts at the simulator: what the adapters need to know of each, and a way to call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from channels_adapters.base import Adapter
from channels_adapters.registry import adapter_for
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import (
    ChannelKind,
    Event,
    HttpRequest,
    HttpResponse,
    IdentityKind,
    OutboundMessage,
    WebhookRequest,
)
from inbox.devstack.simulator.client import SimulatorClient

from .conftest import AES_KEY, INSTA, NUMBER, OFFICIAL, PAGE, SECRET, TOKEN, WABA, Business, put_other_accounts

T = TypeVar("T")
APP_ID = "wx49f0ab532d5d035a"


@dataclass(frozen=True)
class Side:
    """Our side of one account: the adapter and what it needs to know."""

    kind: ChannelKind
    account: str
    identity: IdentityKind
    credentials: Mapping[str, str]
    secrets: Mapping[str, str]

    @property
    def adapter(self) -> Adapter:
        return adapter_for(self.kind)

    def call(self, request: HttpRequest | None, read: Callable[[HttpResponse], T]) -> T:
        assert request is not None

        async def execute() -> HttpResponse:
            async with AsyncTransport() as transport:
                return await transport.execute(request)

        return read(asyncio.run(execute()))

    def send(self, message: OutboundMessage) -> str:
        external_id = ""
        for request in self.adapter.requests_for(message, self.credentials):
            external_id = self.call(request, self.adapter.result_of).external_id
        return external_id

    def events(self, business: Business) -> list[Event]:
        """Verify and parse everything that has arrived."""
        events: list[Event] = []
        for post in business.received:
            headers = {"x-hub-signature-256": post.signature} if post.signature else {}
            self.adapter.verify(WebhookRequest("POST", post.query, headers, post.body), self.secrets)
            events += self.adapter.parse(post.body, self.secrets)
        business.forget()
        return events


META = {"app_secret": SECRET, "verify_token": "verify-me"}
WECHAT = {"token": "wechat-token", "appid": APP_ID, "encoding_aes_key": AES_KEY, "encryption": "plaintext"}
SIDES = {
    "whatsapp": Side(
        ChannelKind.WHATSAPP,
        NUMBER,
        IdentityKind.BSUID,
        {"phone_number_id": NUMBER, "waba_id": WABA, "access_token": TOKEN},
        META,
    ),
    "messenger": Side(
        ChannelKind.MESSENGER, PAGE, IdentityKind.PSID, {"page_id": PAGE, "access_token": "page-token"}, META
    ),
    "instagram": Side(
        ChannelKind.INSTAGRAM,
        INSTA,
        IdentityKind.IGSID,
        {"login": "instagram", "instagram_id": INSTA, "access_token": "insta-token"},
        META,
    ),
    "instagram through its page": Side(
        ChannelKind.INSTAGRAM,
        INSTA,
        IdentityKind.IGSID,
        {"login": "page", "instagram_id": INSTA, "page_id": PAGE, "access_token": "page-token"},
        META,
    ),
    "wechat": Side(
        ChannelKind.WECHAT,
        OFFICIAL,
        IdentityKind.OPENID,
        {"original_id": OFFICIAL, "appid": APP_ID, "app_secret": "wechat-secret"},
        WECHAT,
    ),
    "wechat in secure mode": Side(
        ChannelKind.WECHAT,
        OFFICIAL,
        IdentityKind.OPENID,
        {"original_id": OFFICIAL, "appid": APP_ID, "app_secret": "wechat-secret"},
        WECHAT | {"encryption": "secure"},
    ),
}


def side_of(name: str, control: SimulatorClient, business: Business) -> Side:
    """Put the accounts there and return our side of one, with a token where those run out."""
    put_other_accounts(control, business, mode="secure" if "secure" in name else "compatible")
    if "page" in name:
        control.put_account(INSTA, "instagram", page_id=PAGE, access_token="page-token")
    side = SIDES[name]
    side = replace(side, credentials={**side.credentials, "base_url": control.base_url})
    token = side.adapter.token_request(side.credentials)
    if token is not None:
        value = side.call(token, side.adapter.token_of).value
        side = replace(side, credentials={**side.credentials, "access_token": value})
    return side
