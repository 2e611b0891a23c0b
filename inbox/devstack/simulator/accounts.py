"""The businesses' accounts at the vendors: one class per channel, and how a description becomes one."""

from __future__ import annotations

import base64
import binascii
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar

from .http import JsonObject, Refused

MAX_TEXT = 2_000

WHATSAPP_SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")
PAGE_SCOPES = ("pages_messaging", "pages_manage_metadata", "pages_read_engagement")
INSTAGRAM_SCOPES = ("instagram_business_basic", "instagram_business_manage_messages")
LINKED_SCOPES = ("instagram_basic", "instagram_manage_messages", *PAGE_SCOPES)
MODES = ("plain", "compatible", "secure")


def digits_of(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


@dataclass(kw_only=True)
class Account:
    """A business's account and where its webhooks go. An empty `webhook_url` means nowhere.

    The phone page puts accounts of the same `business` side by side."""

    channel: ClassVar[str]

    id: str
    name: str
    webhook_url: str = ""
    business: str = ""

    @property
    def display(self) -> str:
        """What customers see beside the name."""
        return self.name

    @property
    def subscription(self) -> str:
        """The id of what an app subscribes to in order to get this account's webhooks; empty: nothing needs it."""
        return ""

    def check(self) -> None:
        """Raises Refused, in words, for values that this vendor does not have."""


@dataclass(kw_only=True)
class MetaAccount(Account):
    """`scopes` are what its token may do; `token_expires_at` 0 is a token that does not run out."""

    access_token: str = field(repr=False)
    app_secret: str = field(repr=False)
    earlier_tokens: list[str] = field(default_factory=list, repr=False)
    scopes: list[str] = field(default_factory=list)
    token_expires_at: float = 0.0

    @property
    def subscription(self) -> str:
        return self.id


@dataclass(kw_only=True)
class Number(MetaAccount):
    """A WhatsApp phone number."""

    channel: ClassVar[str] = "whatsapp"

    waba_id: str
    display_phone_number: str
    quality: str = "GREEN"

    @property
    def digits(self) -> str:
        return digits_of(self.display_phone_number)

    @property
    def display(self) -> str:
        return self.display_phone_number

    @property
    def subscription(self) -> str:
        return self.waba_id


@dataclass(kw_only=True)
class Page(MetaAccount):
    """A Facebook page, for Messenger."""

    channel: ClassVar[str] = "messenger"


@dataclass(kw_only=True)
class InstagramAccount(MetaAccount):
    """An Instagram professional account: linked to a page, or with Instagram Login when `page_id` is empty."""

    channel: ClassVar[str] = "instagram"

    username: str
    page_id: str = ""

    @property
    def display(self) -> str:
        return f"@{self.username}"

    @property
    def subscription(self) -> str:
        return self.page_id or self.id


@dataclass(kw_only=True)
class OfficialAccount(Account):
    """A WeChat Official Account; its id is the original id, gh_….

    `verified`: may write customer messages. `ip_allowed`: the business's server is on the list. Accounts with the same
    `open_platform` share the union ids of their followers."""

    channel: ClassVar[str] = "wechat"

    app_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(default="", repr=False)
    mode: str = "plain"
    verified: bool = True
    ip_allowed: bool = True
    open_platform: str = ""

    def check(self) -> None:
        if self.mode not in MODES:
            raise Refused(f"mode must be one of {', '.join(MODES)}.")
        if self.mode != "plain" and not _is_aes_key(self.aes_key):
            raise Refused("A compatible or secure account needs an aes_key of 43 characters.")


CLASSES: dict[str, type[Account]] = {kind.channel: kind for kind in (Number, Page, InstagramAccount, OfficialAccount)}


def read_account(account_id: str, document: JsonObject, known: Account | None) -> Account:
    """Make an account of a description; what it leaves out stays as it is known. Raises Refused, in words."""
    channel = document.get("channel", known.channel if known else None)
    kind = CLASSES.get(channel) if isinstance(channel, str) else None
    if kind is None:
        raise Refused(f"channel must be one of {', '.join(CLASSES)}.")
    if not account_id.isascii() or not account_id.replace("_", "").replace("-", "").isalnum():
        raise Refused("The id of an account consists of letters, digits, - and _.")
    before = {item.name: getattr(known, item.name) for item in fields(known)} if isinstance(known, kind) else {}
    names = [item.name for item in fields(kind) if item.name != "id"]
    unknown = set(document) - {*names, "channel"}
    if unknown:
        raise Refused(f"A {channel} account has no {', '.join(sorted(unknown))}. It has: {', '.join(names)}.")
    values = before | {name: value for name, value in document.items() if name != "channel" and value is not None}
    missing = [name for name in _required(kind) if not values.get(name)]
    if missing:
        raise Refused(f"A {channel} account needs {', '.join(missing)}.")
    for item in fields(kind):
        if item.name in values:
            _check(item.name, str(item.type), values[item.name])
    account = kind(**values | {"id": account_id})
    account.check()
    return account


def scopes_of(account: MetaAccount) -> list[str]:
    """Return what the account's token may do: everything, unless it was described otherwise."""
    if account.scopes:
        return account.scopes
    if isinstance(account, Number):
        return list(WHATSAPP_SCOPES)
    if isinstance(account, InstagramAccount):
        return list(LINKED_SCOPES if account.page_id else INSTAGRAM_SCOPES)
    return list(PAGE_SCOPES)


def describe(account: Account) -> JsonObject:
    """Return what may be shown of an account: everything but its secrets."""
    shown = {item.name: getattr(account, item.name) for item in fields(account) if item.repr}
    return {"channel": account.channel, "display": account.display} | shown


def _required(kind: type[Account]) -> list[str]:
    return [
        item.name
        for item in fields(kind)
        if item.name != "id" and item.default is MISSING and item.default_factory is MISSING
    ]


def _check(name: str, kind: str, value: Any) -> None:
    if kind == "str" and (not isinstance(value, str) or len(value) > MAX_TEXT):
        raise Refused(f"{name} must be a text of at most {MAX_TEXT} characters.")
    if kind == "bool" and not isinstance(value, bool):
        raise Refused(f"{name} must be true or false.")
    if kind == "float" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise Refused(f"{name} must be a number.")
    if kind == "list[str]" and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise Refused(f"{name} must be a list of texts.")


def _is_aes_key(text: str) -> bool:
    try:
        return len(text) == 43 and len(base64.b64decode(text + "=", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
