"""The outermost shape of a Messenger or Instagram webhook."""

from __future__ import annotations

from inbox.devstack.simulator.accounts import Account
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.updates import Update


def entries(account: Account, updates: list[Update], *, batched: bool, now: float) -> list[JsonObject]:
    """Wrap an account's updates; `batched` makes several entries with several items each."""
    size = 2 if batched else len(updates)
    groups = [updates[index : index + size] for index in range(0, len(updates), size)]
    return [_entry(account, group, now) for group in groups]


def _entry(account: Account, updates: list[Update], now: float) -> JsonObject:
    entry: JsonObject = {"id": account.id, "time": int(now * 1000)}
    for update in updates:
        entry.setdefault(_place(update), []).append(update.value)
    return entry


def _place(update: Update) -> str:
    """Return where an item stands: what another app answers is on standby, comments are changes."""
    if "field" in update.value:
        return "changes"
    return "standby" if update.topic == "standby" else "messaging"
