"""Instagram fulfils the contract of every adapter, through a page and with its own login."""

from __future__ import annotations

from collections.abc import Mapping

from channels_adapters.instagram.adapter import InstagramAdapter
from channels_adapters.meta.messaging.errors import verdicts_of
from channels_adapters.meta.signing import sign
from channels_adapters.types import Identity, IdentityKind, MessageKind, Person, WebhookRequest

from .contract import SECRET
from .contract.subject import FILES
from .messaging_cases import PAYLOADS
from .messaging_contract import MessagingContract

INSTAGRAM_SECRET = "instagram-app-secret-0005"


class TestInstagramContract(MessagingContract):
    adapter = InstagramAdapter()
    payloads = PAYLOADS / "instagram"
    credentials: Mapping[str, str] = {
        "login": "page",
        "instagram_id": "17840000000000001",
        "page_id": "600000000000001",
        "access_token": "EAAtokenOfThePage0123456789",
        "base_url": "https://graph.test",
        "api_version": "v25.0",
    }
    error_codes = list(verdicts_of("Instagram"))
    recipient = Person((Identity(IdentityKind.IGSID, "8000000000000001"),), "Ada Example")
    files = FILES - {MessageKind.STICKER}  # the one sticker goes by its name


class TestInstagramLoginContract(TestInstagramContract):
    credentials = {
        "login": "instagram",
        "instagram_id": "17840000000000001",
        "access_token": "IGAAtokenOfTheAccount0123456789",
        "base_url": "https://graph.test",
        "api_version": "v25.0",
    }

    def test_the_second_secret_of_the_app_signs_too(self) -> None:
        body = self.a_body()
        secrets = {**self.keyed(SECRET), "instagram_app_secret": INSTAGRAM_SECRET}
        header = {"x-hub-signature-256": sign(body, INSTAGRAM_SECRET)}
        self.adapter.verify(WebhookRequest("POST", {}, header, body), secrets)
