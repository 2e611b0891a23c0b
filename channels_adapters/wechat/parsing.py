"""One webhook to its event: called by the adapter's `parse`. WeChat sends one thing per body.

In secure mode only the encrypted part tells anything; in compatible mode the plain fields stand beside it, unsigned,
and are read only where no key is configured. A body that names an account and nothing else holds no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels_adapters.naming import digest_of, made_id
from channels_adapters.reading import Unreadable, identifier_of, moment_of, text_of
from channels_adapters.types import Event, Identity, IdentityKind, Malformed, MessageReceived, Person, Unsupported

from .bodies import read_fields
from .content import content_of
from .crypto import Undecryptable
from .happenings import read_happening
from .signing import decrypted, encrypted_part, has_key, is_secure


def parse(body: bytes, secrets: Mapping[str, str]) -> list[Event]:
    """Return the event in the body. Total: never raises on content."""
    account_id = ""
    try:
        fields = read_fields(body)
        account_id = identifier_of(fields.get("ToUserName"))
        encrypted = encrypted_part(fields)
        if encrypted and (has_key(secrets) or is_secure(secrets) or "MsgType" not in fields):
            fields = read_fields(decrypted(encrypted, secrets))
    except (Unreadable, Undecryptable) as error:
        return [Malformed(account_id, str(error))]
    return _events(fields)


def _events(fields: dict[str, Any]) -> list[Event]:
    account_id = identifier_of(fields.get("ToUserName"))
    if account_id and len(fields) == 1:
        return []
    kind = text_of(fields.get("MsgType")).strip().lower()
    if not kind and account_id:
        return [Unsupported(account_id, "message without type", fields)]
    if not kind:
        return [Malformed("", "not a webhook: neither an account nor a type of message")]
    sender = _sender(fields)
    if sender is None:
        return [Unsupported(account_id, f"{identifier_of(kind)} without sender", fields)]
    if kind == "event":
        return [read_happening(fields, account_id, sender)]
    return [
        MessageReceived(
            account_id=account_id,
            external_id=_external_id(fields),
            sender=sender,
            sent_at=moment_of(fields.get("CreateTime")),
            content=content_of(kind, fields),
            referral=_article(fields),
            raw=fields,
        )
    ]


def _external_id(fields: Mapping[str, Any]) -> str:
    external_id = identifier_of(fields.get("MsgId"))
    if external_id.strip("0"):
        return external_id
    # The words are shown even so; a repetition has the same fields.
    sender, time = (text_of(fields.get(name)).strip() for name in ("FromUserName", "CreateTime"))
    return made_id("message", sender, time, digest_of(fields))


def _sender(fields: Mapping[str, Any]) -> Person | None:
    openid = identifier_of(fields.get("FromUserName"))
    unionid = identifier_of(fields.get("UnionId") or fields.get("unionid"))
    known = ((IdentityKind.OPENID, openid), (IdentityKind.UNIONID, unionid))
    return Person(tuple(Identity(kind, value) for kind, value in known if value)) if openid else None


def _article(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the article under which the customer wrote, if they did."""
    article = identifier_of(fields.get("MsgDataId"))
    return {"source": "article", "ref": article} if article else None
