"""Keeps accounts, people and recent chats in a JSON file, so that a restart does not empty the phones.

Written a moment after a change, whole and atomically. Logs, faults, settings, uploads, webhooks that were still waiting
and which chats a bot has are not kept.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from .accounts import CLASSES
from .http import JsonObject
from .media import Media
from .people import Person
from .templates import Template
from .windows import Window
from .world import Message, World

KEPT_CHATS = 300
KEPT_MESSAGES = 100
KEPT_WINDOWS = 20_000


class Storage:
    def __init__(self, world: World, media: Media, path: Path | None) -> None:
        self._world = world
        self._media = media
        self._path = path
        self._timer: asyncio.TimerHandle | None = None
        self._pause = 0.5

    def touch(self) -> None:
        """Save soon. Needs a running event loop."""
        if self._path is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self.save)

    def save(self) -> None:
        if self._path is None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        started = time.perf_counter()
        temporary = self._path.with_name(self._path.name + ".new")
        with temporary.open("w", encoding="ascii") as file:
            json.dump(_document(self._world, self._media), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        # A large state takes long to write: keep the share of time spent on it small.
        self._pause = max(0.5, 20 * (time.perf_counter() - started))

    def load(self) -> None:
        """Fill the world from the file, if there is one; a file that cannot be read is set aside."""
        if self._path is None or not self._path.exists():
            return
        try:
            _restore(self._world, self._media, json.loads(self._path.read_text("ascii")))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            aside = self._path.with_name(self._path.name + ".unreadable")
            self._path.replace(aside)
            self._world.clear()
            self._media.clear()
            print(f"The state file could not be read ({error}); it is now {aside}.", file=sys.stderr)


def _document(world: World, media: Media) -> JsonObject:
    chats = list(itertools.islice(reversed(world.chats.values()), KEPT_CHATS))[::-1]
    return {
        "version": 2,
        "accounts": [{"channel": account.channel} | asdict(account) for account in world.accounts.values()],
        "people": [asdict(person) for person in world.people.by_id.values()],
        "subscribed": world.subscribed,
        "templates": [asdict(template) for template in world.templates.values()],
        "windows": list(world.windows.rows())[-KEPT_WINDOWS:],
        "files": list(media.samples()),
        "messages": [asdict(message) for chat in chats for message in list(chat)[-KEPT_MESSAGES:]],
    }


def _restore(world: World, media: Media, document: JsonObject) -> None:
    if document["version"] != 2:
        raise ValueError("unknown version")
    for account in document["accounts"]:
        world.put_account(CLASSES[account.pop("channel")](**account))
    for person in document["people"]:
        world.people.put(Person(**person))
    world.subscribed.update(document["subscribed"])
    for template in document.get("templates", []):
        world.templates[template["id"]] = Template(**template)
    for account_id, person_id, *window in document["windows"]:
        world.windows.restore((account_id, person_id), Window(*window))
    for file in document["files"]:
        media.put_sample(*file)
    for message in document["messages"]:
        world.add_message(Message(**message))
