"""The people behind the phones, and the ids by which each account knows them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

import phonenumbers

from .accounts import Account
from .http import JsonObject, Refused

MAX_PEOPLE = 100_000


@dataclass
class Person:
    """One person, on all channels. `id` is the simulator's own; it is the phone number unless somebody chose another.

    `ids` holds the ids that accounts have seen; `followed` what the person did to WeChat accounts."""

    id: str
    name: str
    phone: str
    bsuid: str
    username: str = ""
    hide_phone: bool = False
    on_whatsapp: bool = True
    ids: dict[str, str] = field(default_factory=dict)
    followed: dict[str, bool] = field(default_factory=dict)

    @property
    def shows_phone(self) -> bool:
        return bool(self.phone) and not self.hide_phone

    def to_json(self) -> JsonObject:
        return {
            "id": self.id,
            "phone": self.phone,
            "name": self.name,
            "bsuid": self.bsuid,
            "username": self.username,
            "hide_phone": self.hide_phone,
            "on_whatsapp": self.on_whatsapp,
            "ids": self.ids,
            "followed": self.followed,
        }


class People:
    def __init__(self) -> None:
        self.by_id: dict[str, Person] = {}
        self._by_phone: dict[str, str] = {}
        self._by_bsuid: dict[str, str] = {}
        self._by_scoped_id: dict[tuple[str, str], str] = {}

    def put(self, person: Person) -> None:
        """Add a person or replace what is known of them. Raises Refused when somebody else has one of their ids."""
        known = self.by_id.get(person.id)
        if known is None and len(self.by_id) >= MAX_PEOPLE:
            raise Refused(f"The simulator holds at most {MAX_PEOPLE} people.")
        for owner, what in (
            (self._by_phone.get(person.phone) if person.phone else None, f"phone number {person.phone}"),
            (self._by_bsuid.get(person.bsuid), f"user id {person.bsuid}"),
            *((self._by_scoped_id.get(item), f"id {item[1]} at {item[0]}") for item in person.ids.items()),
        ):
            if owner is not None and owner != person.id:
                raise Refused(f"The {what} already belongs to {owner}.")
        if known is not None:
            self._forget(known)
        self.by_id[person.id] = person
        if person.phone:
            self._by_phone[person.phone] = person.id
        self._by_bsuid[person.bsuid] = person.id
        self._by_scoped_id |= dict.fromkeys(person.ids.items(), person.id)

    def by_phone(self, phone: str) -> Person | None:
        return self.by_id.get(self._by_phone.get(phone, ""))

    def by_bsuid(self, bsuid: str) -> Person | None:
        return self.by_id.get(self._by_bsuid.get(bsuid, ""))

    def by_scoped_id(self, account_id: str, scoped_id: str) -> Person | None:
        return self.by_id.get(self._by_scoped_id.get((account_id, scoped_id), ""))

    def id_at(self, account: Account, person: Person) -> str:
        """Return the id by which the account knows the person: always the same, and another at every account."""
        scoped_id = person.ids.get(account.id)
        if scoped_id is None:
            scoped_id = person.bsuid if account.channel == "whatsapp" else scoped_id_for(account, person.id)
            person.ids[account.id] = scoped_id
            self._by_scoped_id[account.id, scoped_id] = person.id
        return scoped_id

    def _forget(self, person: Person) -> None:
        self._by_phone.pop(person.phone, None)
        self._by_bsuid.pop(person.bsuid, None)
        for item in person.ids.items():
            self._by_scoped_id.pop(item, None)


def new_person(person_id: str, *, phone: str = "", name: str = "") -> Person:
    """Make somebody the simulator has not met. Without a name they are called by their number or id."""
    return Person(person_id, name or (f"+{phone}" if phone else person_id), phone, bsuid_for(phone or person_id))


def scoped_id_for(account: Account, person_id: str) -> str:
    """Return a page-scoped id, an Instagram-scoped id or an openid in the form of the account's vendor."""
    digest = hashlib.sha256(f"{account.channel}/{account.id}/{person_id}".encode()).digest()
    if account.channel == "wechat":
        return "o" + base64.urlsafe_b64encode(digest[:20]).decode("ascii")[:27]
    number = int.from_bytes(digest[:8], "big")
    return str(number % (9 * 10**15) + 10**15)


def looks_scoped(account: Account, text: str) -> bool:
    """Say whether a text has the form of the ids that this account's vendor gives to people."""
    if account.channel == "wechat":
        return len(text) == 28 and text.startswith("o")
    return account.channel != "whatsapp" and len(text) >= 16 and text.isascii() and text.isdigit()


def bsuid_for(phone: str) -> str:
    """Return the business-scoped user id a phone has unless it is given one: always the same."""
    number = int.from_bytes(hashlib.sha256(phone.encode()).digest()[:8], "big")
    return f"{_country_of(phone)}.{number % 10**17 + 10**16}"


def _country_of(phone: str) -> str:
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse("+" + phone))
    except phonenumbers.NumberParseException:
        region = None
    return region if region and region.isalpha() else "US"
