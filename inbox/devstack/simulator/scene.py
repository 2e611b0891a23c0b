"""Setting the scene through the control API: the businesses' accounts and the people."""

from __future__ import annotations

from dataclasses import replace

from .accounts import Account, Number, describe, digits_of, read_account
from .http import JsonObject, Refused, Response, json_response
from .loopback import require_loopback
from .people import Person, looks_scoped, new_person
from .simulator import Simulator

MAX_TEXT = 2_000


def put_account(sim: Simulator, account_id: str, document: JsonObject) -> Response:
    """Create an account or change it. One that is given a webhook URL is subscribed, as after its set-up."""
    account = read_account(account_id, document, sim.world.accounts.get(account_id))
    if document.get("webhook_url"):
        require_loopback(account.webhook_url)
        if account.subscription:
            sim.world.subscribed[account.subscription] = ["*"]
    sim.world.put_account(account)
    sim.storage.touch()
    sim.events.publish("people", {})
    return json_response(describe(account))


def numbers(sim: Simulator) -> list[JsonObject]:
    """Return the WhatsApp numbers, described as WhatsApp calls things."""
    names = ("waba_id", "display_phone_number", "name", "webhook_url")
    found = (account for account in sim.world.accounts.values() if isinstance(account, Number))
    return [{"phone_number_id": item.id} | {name: getattr(item, name) for name in names} for item in found]


def account_of(sim: Simulator, document: JsonObject) -> Account:
    account_id = str(document.get("account", ""))
    account = sim.world.accounts.get(account_id)
    if account is None:
        raise Refused(f"There is no account “{account_id}”. PUT /control/accounts/<id> first.", 404)
    return account


def put_person(sim: Simulator, name: str, document: JsonObject) -> Person:
    """Create or change a person, by phone number or by an id of one's own; what is left out stays as it is."""
    known = _find(sim, name)
    if known is None:
        digits = _phone_of(name)
        if not digits and not (name.isascii() and name.replace("_", "").replace("-", "").isalnum()):
            raise Refused("A person's id is a phone number with the country code, or letters, digits, - and _.")
        known = new_person(digits or name, phone=digits)
    ids = document.get("ids", {})
    if not isinstance(ids, dict) or not all(isinstance(value, str) and value for value in ids.values()):
        raise Refused("ids must map the id of an account to the person's id there.")
    person = replace(
        known,
        name=_text(document, "name", known.name) or known.name,
        phone=digits_of(_text(document, "phone", known.phone)),
        bsuid=_text(document, "bsuid", known.bsuid) or known.bsuid,
        username=_text(document, "username", known.username),
        hide_phone=_flag(document, "hide_phone", known.hide_phone),
        on_whatsapp=_flag(document, "on_whatsapp", known.on_whatsapp),
        ids=known.ids | ids,
    )
    for account_id, scoped_id in list(person.ids.items()):
        if scoped_id == known.bsuid != person.bsuid:
            person.ids[account_id] = person.bsuid
    sim.world.people.put(person)
    sim.storage.touch()
    sim.events.publish("people", {})
    return person


def person_of(sim: Simulator, account: Account, document: JsonObject) -> Person:
    """Return who acts: named by id, by phone number or by their id at this account. A stranger is created."""
    name = _text(document, "person", "")
    if not name:
        raise Refused("“person” must be the id or the phone number of the person who writes.")
    known = _find(sim, name) or sim.world.people.by_scoped_id(account.id, name)
    if known is not None:
        return known
    if looks_scoped(account, name):
        return put_person(sim, name, {"ids": {account.id: name}})
    return put_person(sim, name, {})


def _find(sim: Simulator, name: str) -> Person | None:
    people = sim.world.people
    return people.by_id.get(name) or people.by_phone(_phone_of(name))


def _phone_of(name: str) -> str:
    digits = digits_of(name)
    return digits if 7 <= len(digits) <= 15 and not name.strip("+0123456789 -()") else ""


def _text(document: JsonObject, name: str, default: str) -> str:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise Refused(f"{name} must be a text of at most {MAX_TEXT} characters.")
    return value


def _flag(document: JsonObject, name: str, default: bool) -> bool:
    value = document.get(name, default)
    if not isinstance(value, bool):
        raise Refused(f"{name} must be true or false.")
    return value
