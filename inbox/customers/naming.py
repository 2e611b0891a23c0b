"""How a vendor's name for a person is stored and matched. No queries.

An identity holds within its reach, so the same text on two pages may be two people. `scope` says where: nothing for the
whole workspace, else the id of the portfolio, business or account.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from channels_adapters.phones import canonical_phone
from channels_adapters.types import IDENTITY_REACH, Identity, IdentityKind, IdentityReach, Person
from inbox.connections.models import Channel, Connection

# A username passes from one person to another, and a vendor's account may be shared: these only hint at who it is.
HINTING = frozenset({IdentityKind.USERNAME, IdentityKind.UNIONID})
DECIDING = frozenset(IdentityKind) - HINTING

_ENDING_LENGTH = 4


class StoredName(NamedTuple):
    """What makes two identities the same."""

    channel: str
    kind: str
    scope: str
    key: str


def scopes_of(connection: Connection, kind: IdentityKind) -> tuple[str, ...]:
    """Return where identities of this kind on this connection may hold, the one to store first.

    A connection learns its portfolio only in time: what was stored before holds on."""
    match IDENTITY_REACH[kind]:
        case IdentityReach.WORKSPACE:
            return ("",)
        case IdentityReach.BUSINESS:
            ids = (connection.portfolio_id, connection.business_id, connection.account_id)
            return tuple(dict.fromkeys(each for each in ids if each))
        case IdentityReach.ACCOUNT:
            return (connection.account_id,)


def key_of(identity: Identity) -> str:
    return canonical_phone(identity.value) if identity.kind == IdentityKind.PHONE else identity.value


def stored_names(connection: Connection, identity: Identity) -> tuple[StoredName, ...]:
    """Return the forms under which an identity may be known, the one to store first."""
    key = key_of(identity)
    return tuple(
        StoredName(connection.channel, identity.kind.value, scope, key)
        for scope in scopes_of(connection, identity.kind)
    )


def deciding(person: Person) -> list[Identity]:
    return [identity for identity in person.identities if identity.kind in DECIDING]


def label_of(identities: Iterable[tuple[str, Identity]]) -> str:
    """Return what stands in for a missing name, of (channel, identity) pairs: "+85290000001", or "WeChat ab12"."""
    order = list(IdentityKind)
    best = min(identities, key=lambda pair: order.index(pair[1].kind), default=None)
    if best is None:
        return ""
    channel, identity = best
    if identity.kind == IdentityKind.PHONE:
        return f"+{identity.value}"
    return f"{Channel(channel).label} {identity.value[-_ENDING_LENGTH:]}"


def words_for(identity: Identity) -> str:
    return f"+{identity.value}" if identity.kind == IdentityKind.PHONE else identity.value
