"""Another app of the business's, a bot, answers in a chat for a while: what customers write then comes on standby."""

from __future__ import annotations

from inbox.devstack.simulator.composing import Written
from inbox.devstack.simulator.http import JsonObject

from .inbound import Chat, item
from .receipts import APP_ID

BOT_APP_ID = 2600000000000008
TOPIC = "messaging_handovers"


def bot_takes(chat: Chat) -> Written:
    """The bot takes the chat from the business's app."""
    chat.sim.world.bots.add(chat.key)
    return _told(chat, "take_thread_control", {"previous_owner_app_id": str(APP_ID), "new_owner_app_id": BOT_APP_ID})


def bot_passes(chat: Chat) -> Written:
    """The bot passes the chat to the business's app."""
    chat.sim.world.bots.discard(chat.key)
    owners: JsonObject = {"previous_owner_app_id": str(BOT_APP_ID), "new_owner_app_id": str(APP_ID)}
    return _told(chat, "pass_thread_control", owners | {"metadata": "over to you"})


def on_standby(chat: Chat, written: Written) -> Written:
    """Mark what a customer did while the bot has the chat: postbacks lose their payload."""
    if chat.key in chat.sim.world.bots:
        for update in written.updates:
            if update.kind == "inbound" and update.topic != TOPIC:
                update.topic = "standby"
                update.value.get("postback", {}).pop("payload", None)
    return written


def _told(chat: Chat, name: str, owners: JsonObject) -> Written:
    return Written("", None, [chat.update(item(chat, **{name: owners}), topic=TOPIC)])
