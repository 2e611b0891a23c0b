"""What people do in Messenger only: stickers, places, shared links."""

from __future__ import annotations

from inbox.devstack.simulator.composing import Written
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.media import file_path
from inbox.devstack.simulator.messaging import inbound as messaging
from inbox.devstack.simulator.messaging.handovers import bot_passes, bot_takes, on_standby
from inbox.devstack.simulator.messaging.inbound import Acts, Chat, Draft, Drafts

from .rules import RULES

THUMBS_UP = 369239263222822


def write(chat: Chat) -> Written:
    act = ACTS.get(chat.kind)
    return on_standby(chat, act(chat) if act else messaging.write_message(chat, DRAFTS[chat.kind](chat)))


def _sticker(chat: Chat) -> Draft:
    file = chat.sim.media.put_sample(chat.account.id, "image/png", f"sticker-{THUMBS_UP}")
    payload = {"url": content_url(chat.sim, chat.account, file), "sticker_id": THUMBS_UP}
    types = ("image", "sticker") if chat.sim.world.settings.sticker_twice else ("sticker",)
    shown = payload | {"url": file_path(file)}
    return Draft({"attachments": [{"type": type, "payload": payload} for type in types]}, "", shown)


def _location(chat: Chat) -> Draft:
    lat, long = chat.decimal("latitude", 22.2819), chat.decimal("longitude", 114.1581)
    title = chat.text("name", "Pinned location")
    place: JsonObject = {"type": "location", "title": title, "payload": {"coordinates": {"lat": lat, "long": long}}}
    return Draft({"attachments": [place]}, "", {"latitude": lat, "longitude": long, "name": title})


def _link(chat: Chat) -> Draft:
    title, url = chat.text("title", "Peony care"), chat.text("url", "https://example.com/peonies")
    kind = chat.text("link_type", "link")
    if kind in ("post", "reel"):
        return messaging.shared(chat, kind, title, url)
    words = chat.text() or url
    fallback: JsonObject = {"type": "fallback", "title": title, "url": url}
    if not chat.flag("bare"):  # the vendor leaves the payload out at times
        fallback["payload"] = {"url": url, "title": title}
    return Draft({"text": words, "attachments": [fallback]}, words, {"title": title, "url": url, "type": "link"})


def _unsupported(chat: Chat) -> Draft:
    what = chat.text("unsupported_type", "appointment_booking")
    return Draft({"attachments": [{"type": what, "payload": {}}]}, "", {"type": what})


DRAFTS: Drafts = messaging.DRAFTS | {
    "sticker": _sticker,
    "location": _location,
    "link": _link,
    "unsupported": _unsupported,
}
ACTS: Acts = (
    messaging.ACTS
    | {"bot_takes": bot_takes, "bot_passes": bot_passes}
    | {"edit": messaging.edit(RULES), "referral": messaging.refer(RULES)}
)
KINDS = (*DRAFTS, *ACTS)
