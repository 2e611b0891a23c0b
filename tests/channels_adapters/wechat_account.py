"""The official account that the WeChat tests share, and the vendor's voice: plain and encrypted webhooks, signed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from channels_adapters.types import Identity, IdentityKind, Person, WebhookRequest
from channels_adapters.wechat.crypto import encrypt, key_of, sign

from .contract import OLD_SECRET, SECRET

PAYLOADS = Path(__file__).parent / "payloads" / "wechat"

ORIGINAL_ID, APPID, OPENID = "gh_700000000001", "wx0000000000000001", "oTest-openid-of-Ada-00000001"
KEY, OLD_KEY = "SwitchboardTestsKey0000000000000000000000ab", "SwitchboardTestsOldKey000000000000000000000"
ACCESS_TOKEN = "80_accessTokenOfTheTests-0123456789-abcdefghijklmnopqrstuvwxyz_0123456789"
APP_SECRET = "0123456789abcdef0123456789abcdef"
ACCOUNT = {"original_id": ORIGINAL_ID, "appid": APPID, "app_secret": APP_SECRET}
CREDENTIALS = {**ACCOUNT, "access_token": ACCESS_TOKEN, "base_url": "https://weixin.test"}
ADA = Person((Identity(IdentityKind.UNIONID, "union-of-Ada"), Identity(IdentityKind.OPENID, OPENID)))
TIMESTAMP, NONCE = "1780000000", "486452656"

# Bodies that no event can be made of.
UNREADABLE = frozenset(
    {
        "entity_bomb.xml",
        "external_entity.xml",
        "undeclared_entity.xml",
        "secure_foreign_appid.xml",
        "secure_foreign_key.xml",
        "secure_not_base64.xml",
        "secure_padded_to_16.xml",
        "secure_wrong_length.xml",
    }
)


def keyed(token: str = SECRET, previous: str = OLD_SECRET, **more: str) -> dict[str, str]:
    keys = {"encoding_aes_key": KEY, "previous_encoding_aes_key": OLD_KEY}
    return {"token": token, "previous_token": previous, "appid": APPID, "encryption": "plaintext", **keys, **more}


def bodies() -> dict[str, bytes]:
    """Return the payloads by file name: some are there as XML and as JSON."""
    return {path.name: path.read_bytes() for path in sorted(PAYLOADS.iterdir())}


def query_of(token: str, encrypted: str | None = None) -> dict[str, str]:
    query = {"signature": sign(token, TIMESTAMP, NONCE), "timestamp": TIMESTAMP, "nonce": NONCE, "openid": OPENID}
    if encrypted is None:
        return query
    signature = sign(token, TIMESTAMP, NONCE, encrypted)
    return {**query, "encrypt_type": "aes", "msg_signature": signature}


def plain_webhook(body: bytes, secrets: Mapping[str, str], *, method: str = "POST") -> WebhookRequest:
    return WebhookRequest(method, query_of(secrets["token"]), {}, body)


def secure_webhook(body: bytes, secrets: Mapping[str, str], *, method: str = "POST") -> WebhookRequest:
    encrypted = encrypted_text(body)
    envelope = f"<xml><ToUserName>{ORIGINAL_ID}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return WebhookRequest(method, query_of(secrets["token"], encrypted), {}, envelope.encode())


def encrypted_text(body: bytes, *, key: str = KEY, appid: str = APPID) -> str:
    usable = key_of(key)
    assert usable
    return encrypt(body, usable, appid)
