"""The XML of a WeChat webhook, encrypted as the account's mode asks, with its signature in the address."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from inbox.devstack.simulator.accounts import OfficialAccount
from inbox.devstack.simulator.updates import Post, RawBody

from .crypto import encrypt, signature


def pack(account: OfficialAccount, value: Mapping[str, Any] | RawBody, *, forged: bool, now: float) -> Post:
    """Write the webhook of one message or event. A forged one is signed with another token."""
    raw = value if isinstance(value, RawBody) else RawBody(xml_of(value), "text/xml", encrypt=True)
    openid = "" if isinstance(value, RawBody) else str(value.get("FromUserName", ""))
    token = account.token + ("-forged" if forged else "")
    timestamp, nonce = str(int(now)), str(secrets.randbelow(10**10))
    query = {"signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "openid": openid}
    body = raw.body
    if raw.encrypt and account.mode != "plain":
        sealed = encrypt(raw.body, account.aes_key, raw.app_id or account.app_id)
        query |= {"encrypt_type": "aes", "msg_signature": signature(token, timestamp, nonce, sealed)}
        body = _sealed_body(account, raw.body, sealed)
    joint = "&" if "?" in account.webhook_url else "?"
    headers = {"content-type": raw.content_type, "user-agent": "Mozilla/4.0"}
    return Post(f"{account.webhook_url}{joint}{urlencode(query)}", headers, body)


def xml_of(value: Mapping[str, Any]) -> bytes:
    """Write fields as the vendor does: texts in CDATA, numbers bare, objects nested."""
    return f"<xml>{_fields(value)}</xml>".encode("utf-8", "replace")


def _sealed_body(account: OfficialAccount, plain: bytes, sealed: str) -> bytes:
    part = f"<Encrypt><![CDATA[{sealed}]]></Encrypt>"
    if account.mode == "compatible":
        # The plain fields stand beside the encrypted copy of them.
        head, _, _ = plain.rpartition(b"</xml>")
        return head + part.encode("ascii") + b"</xml>"
    return f"<xml><ToUserName><![CDATA[{account.id}]]></ToUserName>{part}</xml>".encode()


def _fields(value: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_content(content)}</{name}>" for name, content in value.items())


def _content(content: Any) -> str:
    if isinstance(content, Mapping):
        return _fields(content)
    if isinstance(content, int | float):
        return str(content)
    text = str(content)
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
