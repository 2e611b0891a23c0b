"""Who: channels, and the ways in which vendors name people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ChannelKind(StrEnum):
    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    WECHAT = "wechat"


class IdentityKind(StrEnum):
    """The ways a vendor names a person. A person has one or more of them."""

    PHONE = "phone"  # digits only, without "+"
    BSUID = "bsuid"  # WhatsApp: business-scoped user id
    PARENT_BSUID = "parent_bsuid"
    PSID = "psid"  # Messenger: page-scoped id
    IGSID = "igsid"  # Instagram: scoped to the professional account
    OPENID = "openid"  # WeChat: scoped to the official account
    UNIONID = "unionid"  # WeChat: the same for all accounts under one Open Platform account
    USERNAME = "username"


class IdentityReach(StrEnum):
    """Among whose identities a value names one person."""

    WORKSPACE = "workspace"  # all connections of a channel, e.g. a phone number
    BUSINESS = "business"  # the connections of one business portfolio
    ACCOUNT = "account"  # one connection


IDENTITY_REACH: Mapping[IdentityKind, IdentityReach] = {
    IdentityKind.PHONE: IdentityReach.WORKSPACE,
    IdentityKind.BSUID: IdentityReach.BUSINESS,
    IdentityKind.PARENT_BSUID: IdentityReach.BUSINESS,
    IdentityKind.PSID: IdentityReach.ACCOUNT,
    IdentityKind.IGSID: IdentityReach.ACCOUNT,
    IdentityKind.OPENID: IdentityReach.ACCOUNT,
    IdentityKind.UNIONID: IdentityReach.WORKSPACE,
    IdentityKind.USERNAME: IdentityReach.WORKSPACE,
}


@dataclass(frozen=True)
class Identity:
    kind: IdentityKind
    value: str


@dataclass(frozen=True)
class Person:
    """The customer at the other end: at least one identity, best first; the name they chose, if sent."""

    identities: tuple[Identity, ...]
    name: str = ""

    def value(self, kind: IdentityKind) -> str:
        return next((i.value for i in self.identities if i.kind == kind), "")
