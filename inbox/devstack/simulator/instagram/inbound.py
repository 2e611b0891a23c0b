"""What people do on Instagram only: stories, shared posts, hearts, pictures to be seen once."""

from __future__ import annotations

from inbox.devstack.simulator.composing import Written
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.media import File, file_path, new_id
from inbox.devstack.simulator.messaging import inbound as messaging
from inbox.devstack.simulator.messaging.handovers import bot_passes, bot_takes, on_standby
from inbox.devstack.simulator.messaging.inbound import Acts, Chat, Draft, Drafts

from .rules import RULES

SHARES = {"post": "ig_post", "reel": "ig_reel"}


def write(chat: Chat) -> Written:
    act = ACTS.get(chat.kind)
    return on_standby(chat, act(chat) if act else messaging.write_message(chat, DRAFTS[chat.kind](chat)))


def _story_reply(chat: Chat) -> Draft:
    words, story = chat.text("text", "How lovely!"), _story(chat)
    part: JsonObject = {"text": words, "reply_to": {"story": {"id": story.id, "url": _url(chat, story)}}}
    return Draft(part, words, {"story": {"url": file_path(story)}}, "text")


def _story_mention(chat: Chat) -> Draft:
    story = _story(chat)
    part: JsonObject = {"attachments": [{"type": "story_mention", "payload": {"url": _url(chat, story)}}]}
    return Draft(part, "", {"url": file_path(story)})


def _link(chat: Chat) -> Draft:
    title, url = chat.text("title", "Peony care"), chat.text("url", "https://www.instagram.com/p/simulated/")
    return messaging.shared(chat, SHARES.get(chat.text("link_type"), "share"), title, url)


def _heart(chat: Chat) -> Draft:
    return Draft({"attachments": [{"type": "like_heart"}]}, "", {"heart": True}, "sticker")


def _ephemeral(chat: Chat) -> Draft:
    return Draft({"attachments": [{"type": "ephemeral"}]}, "", {"view_once": True}, "image")


def _unsupported(chat: Chat) -> Draft:
    return Draft({"is_unsupported": True}, "", {"type": chat.text("unsupported_type", "unsupported")})


def _story(chat: Chat) -> File:
    return chat.sim.media.put_sample(chat.account.id, "image/png", new_id())


def _url(chat: Chat, story: File) -> str:
    return content_url(chat.sim, chat.account, story)


DRAFTS: Drafts = messaging.DRAFTS | {
    "link": _link,
    "story_reply": _story_reply,
    "story_mention": _story_mention,
    "like_heart": _heart,
    "ephemeral": _ephemeral,
    "unsupported": _unsupported,
}
ACTS: Acts = (
    messaging.ACTS
    | {"bot_takes": bot_takes, "bot_passes": bot_passes}
    | {"edit": messaging.edit(RULES), "referral": messaging.refer(RULES)}
)
KINDS = (*DRAFTS, *ACTS)
