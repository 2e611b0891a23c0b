"""The ways the simulator can be told to misbehave, and when each applies.

A document maps fault names to options, for every account or, under `accounts`, for one:
`{"delay": {"seconds": 2, "remaining": 3}, "accounts": {"1055": {"expired_token": true}}}`.
`true` stands for the defaults, a number for the first option. See `NAMES` for the whole list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from .http import JsonObject, Refused

# Options each fault takes besides `remaining` and `match_text`; the first one may be written as a bare number.
NAMES: dict[str, tuple[str, ...]] = {
    # about a message that the business sends
    "expired_token": (),
    "hang_before_accept": ("seconds",),
    "fail": ("http_status", "code", "subcode", "retry_after"),
    "delay": ("seconds",),
    "drop_after_accept": ("seconds",),
    # about what a business hears of its own message
    "no_echo": (),
    "no_statuses": (),
    "status_delay": ("seconds",),
    "status_before_response": (),
    # about files, stored by the business or fetched by it
    "file_slow": ("seconds",),
    "file_fail": ("http_status", "code"),
    "file_expired": (),
    "file_gone": (),
    "file_refused": (),
    # about webhooks
    "duplicate_webhooks": ("n",),
    "reorder_webhooks": ("seconds",),
    "batch": ("n", "seconds"),
    "bad_signature": (),
}
DEFAULTS: dict[str, JsonObject] = {
    "hang_before_accept": {"seconds": 30.0},
    "delay": {"seconds": 1.0},
    "status_delay": {"seconds": 1.0},
    "duplicate_webhooks": {"n": 1},
    "reorder_webhooks": {"seconds": 0.3},
    "batch": {"n": 10, "seconds": 0.3},
    "file_slow": {"seconds": 1.0},
}
PER_ACCOUNT = ("accounts", "numbers")
BOUNDS: dict[str, tuple[type, float, float]] = {
    "seconds": (float, 0, 120),
    "n": (int, 1, 50),
    "http_status": (int, 400, 599),
    "code": (int, -1, 10_000_000),
    "subcode": (int, 0, 10_000_000),
    "retry_after": (int, 0, 86_400),
    "remaining": (int, 1, 1_000_000),
}


@dataclass
class Fault:
    """One switch. `remaining` None: until it is taken away; `match_text`: only where the text contains it."""

    name: str
    seconds: float = 0.0
    n: int = 0
    http_status: int | None = None
    code: int | None = None
    subcode: int | None = None
    retry_after: int | None = None
    remaining: int | None = None
    match_text: str = ""

    def to_json(self) -> JsonObject:
        empty = Fault(self.name)
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "name"}
        return {key: value for key, value in values.items() if value != getattr(empty, key)}


class FaultSet:
    """The switches now in force. `on_end` is called when one has been used up."""

    def __init__(self, on_end: Callable[[], None] = lambda: None) -> None:
        self._on_end = on_end
        self._everywhere: dict[str, Fault] = {}
        self._accounts: dict[str, dict[str, Fault]] = {}

    def replace(self, document: JsonObject) -> None:
        """Put the faults of `document` in place of all present ones.

        Raises Refused, in words, and changes nothing when the document is not understood."""
        accounts = document.get("accounts") or document.get("numbers") or {}
        if not isinstance(accounts, dict):
            raise Refused("“accounts” must map the id of an account to its faults.")
        everywhere = _read({name: options for name, options in document.items() if name not in PER_ACCOUNT})
        self._accounts = {str(account_id): _read(faults) for account_id, faults in accounts.items()}
        self._everywhere = everywhere

    def clear(self) -> None:
        self._everywhere, self._accounts = {}, {}

    def take(self, name: str, account_id: str, text: str = "") -> Fault | None:
        """Return the fault if it applies here, and count this use of it."""
        for faults in (self._accounts.get(account_id), self._everywhere):
            fault = faults.get(name) if faults else None
            if faults is None or fault is None or fault.match_text not in text:
                continue
            if fault.remaining is not None:
                fault.remaining -= 1
                if fault.remaining == 0:
                    del faults[name]
                    self._on_end()
            return fault
        return None

    def to_json(self) -> JsonObject:
        document: JsonObject = {name: fault.to_json() for name, fault in self._everywhere.items()}
        accounts = {
            account_id: {name: fault.to_json() for name, fault in faults.items()}
            for account_id, faults in self._accounts.items()
            if faults
        }
        return document | ({"accounts": accounts} if accounts else {})


def _read(document: Any) -> dict[str, Fault]:
    if not isinstance(document, dict):
        raise Refused("Faults must be a JSON object of fault names and their options.")
    return {
        name: _read_fault(name, options)
        for name, options in document.items()
        if options is not None and options is not False
    }


def _read_fault(name: str, options: Any) -> Fault:
    if name not in NAMES:
        raise Refused(f"Unknown fault “{name}”. Known: {', '.join(NAMES)}.")
    if options is True:
        options = {}
    elif isinstance(options, int | float) and NAMES[name]:
        options = {NAMES[name][0]: options}
    if not isinstance(options, dict):
        raise Refused(f"The options of “{name}” must be a JSON object, true, or a number.")
    values = dict(DEFAULTS.get(name, {}))
    for key, value in options.items():
        if key not in (*NAMES[name], "remaining", "match_text"):
            known = ", ".join((*NAMES[name], "remaining", "match_text"))
            raise Refused(f"“{name}” has no option “{key}”. It takes: {known}.")
        if value is not None:
            values[key] = _checked(key, value)
    return Fault(name, **values)


def _checked(key: str, value: Any) -> Any:
    if key == "match_text":
        if not isinstance(value, str):
            raise Refused("match_text must be a text.")
        return value
    kind, low, high = BOUNDS[key]
    usable = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not usable or (kind is int and not isinstance(value, int)):
        raise Refused(f"{key} must be a {'whole ' if kind is int else ''}number from {low:g} to {high:g}.")
    return value
