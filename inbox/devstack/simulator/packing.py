"""From updates to the bytes that a vendor would send: the envelope, the signature and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from .accounts import Account, InstagramAccount, MetaAccount, Number, OfficialAccount
from .http import JsonObject
from .messaging import envelope as messaging
from .meta import sign, vendor_bytes
from .updates import Post, RawBody, Update
from .wechat import envelope as wechat
from .whatsapp import envelope as whatsapp

FORGED = "-forged"


def pack(updates: Sequence[tuple[Account, Update]], *, batched: bool, forged: bool, now: float) -> Post:
    """Put updates, all of one vendor's accounts, into one POST to the first account's address."""
    account, first = updates[0]
    if isinstance(account, OfficialAccount):
        return wechat.pack(account, first.value, forged=forged, now=now)
    assert isinstance(account, MetaAccount)
    if isinstance(first.value, RawBody):
        body, content_type = first.value.body, first.value.content_type
    else:
        body, content_type = vendor_bytes(_envelope(updates, batched=batched, now=now)), "application/json"
    # A forger has another secret.
    signature = sign(body, account.app_secret + (FORGED if forged else ""))
    headers = {"content-type": content_type, "x-hub-signature-256": signature, "user-agent": "facebookexternalua"}
    return Post(account.webhook_url, headers, body)


def may_share(account: Account) -> bool:
    """Say whether this vendor puts several updates into one POST."""
    return not isinstance(account, OfficialAccount)


def is_accepted(account: Account, status: int, body: bytes) -> bool:
    """Say whether the vendor is content with this answer."""
    return status == 200 and (not isinstance(account, OfficialAccount) or body.strip() in (b"", b"success"))


def _envelope(updates: Sequence[tuple[Account, Update]], *, batched: bool, now: float) -> JsonObject:
    entries: list[JsonObject] = []
    for account, group in _by_account(updates):
        if isinstance(account, Number):
            entries += whatsapp.entries(account, group, batched=batched)
        else:
            entries += messaging.entries(account, group, batched=batched, now=now)
    return {"object": object_of(updates[0][0]), "entry": entries}


def object_of(account: Account) -> str:
    """Return what Meta calls the kind of thing that webhooks are about."""
    if isinstance(account, Number):
        return "whatsapp_business_account"
    return "instagram" if isinstance(account, InstagramAccount) else "page"


def _by_account(updates: Sequence[tuple[Account, Update]]) -> list[tuple[Account, list[Update]]]:
    groups: list[tuple[Account, list[Update]]] = []
    for account, update in updates:
        if not groups or groups[-1][0] is not account:
            groups.append((account, []))
        groups[-1][1].append(update)
    return groups
