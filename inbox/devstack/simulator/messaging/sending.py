"""Judging what a page or an Instagram account sends: messages, and the small actions beside them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from inbox.devstack.simulator.accounts import InstagramAccount, MetaAccount, scopes_of
from inbox.devstack.simulator.composing import react
from inbox.devstack.simulator.faults import Fault
from inbox.devstack.simulator.http import JsonObject, Request, Response, json_response
from inbox.devstack.simulator.instagram.rules import RULES as INSTAGRAM
from inbox.devstack.simulator.messenger.rules import RULES as MESSENGER
from inbox.devstack.simulator.meta import json_in
from inbox.devstack.simulator.pacing import after_accept, before_accept
from inbox.devstack.simulator.people import Person
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.updates import Outcome
from inbox.devstack.simulator.world import DAY, Message

from .content import Content, read_content, text_in
from .emoji import EMOJI
from .errors import CONTROLLED, TROUBLE, refusal
from .ids import new_mid
from .receipts import echo, report_received
from .rules import Rules

REMOVED_TAGS = ("CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "ACCOUNT_UPDATE")
ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")


@dataclass(frozen=True)
class Order:
    """A request to send that is well formed and allowed now."""

    person: Person
    content: Content
    reply_to: str
    tag: str


def rules_of(account: MetaAccount) -> Rules:
    return INSTAGRAM if isinstance(account, InstagramAccount) else MESSENGER


async def answer(sim: Simulator, request: Request, account: MetaAccount) -> Response:
    """Answer a call of the Send API."""
    body = json_in(request)
    if not rules_of(account).send_scopes & set(scopes_of(account)):
        raise refusal(200, f"Requires {' or '.join(sorted(rules_of(account).send_scopes))} permission to send messages")
    text = text_in(body)
    if "sender_action" in body:
        return _act(sim, account, body)
    stopped = await _stopped(sim, request, account, text)
    if stopped is not None:
        return stopped
    if not sim.number_rate.allow(account.id, sim.world.settings.send_limit, sim.now()):
        raise refusal(613)
    order = _read_order(sim, account, body)
    message = _accept(sim, account, order)
    reply = json_response({"recipient_id": sim.world.people.id_at(account, order.person), "message_id": message.id})

    def report() -> list[asyncio.Future[Outcome]]:
        return _tell(sim, account, order, message)

    first = sim.world.settings.echo_before_answer
    return await after_accept(sim, request, account.id, text, reply, report, first=first)


async def take_control(sim: Simulator, request: Request, account: MetaAccount) -> Response:
    """Give the chat with the recipient to the business's app, whichever has it."""
    stopped = await _stopped(sim, request, account, "")
    if stopped is not None:
        return stopped
    person = _recipient(sim, account, json_in(request))
    sim.world.bots.discard((account.id, person.id))
    action = {"account": account.id, "person": person.id, "action": "take_thread_control", "at": sim.now()}
    sim.world.actions.append(action)
    return json_response({"success": True})


async def _stopped(sim: Simulator, request: Request, account: MetaAccount, text: str) -> Response | None:
    """Apply the faults that keep a call from being looked at."""
    fault = await before_accept(sim, request, account.id, text)
    if isinstance(fault, Fault):
        code = TROUBLE if fault.code is None else fault.code
        raise refusal(code, subcode=fault.subcode, status=fault.http_status or 500, retry_after=fault.retry_after)
    return fault


# --- messages -------------------------------------------------------------------------------------


def _read_order(sim: Simulator, account: MetaAccount, body: JsonObject) -> Order:
    rules = rules_of(account)
    person = _recipient(sim, account, body)
    if (account.id, person.id) in sim.world.bots:
        words = "Message failed to send because another app is controlling this thread now."
        raise refusal(10, words, subcode=CONTROLLED, status=400)
    content = read_content(sim, account, rules, body.get("message"))
    tag = _tag(body)
    window = sim.world.windows.last((account.id, person.id))
    until = 0.0 if window is None else window.opened_at + (7 * DAY if tag else DAY)
    if sim.now() >= until:
        raise refusal(10, "This message is sent outside of allowed window.", subcode=rules.window_subcode, status=400)
    reply_to = body.get("reply_to")
    quoted = reply_to.get("mid") if isinstance(reply_to, dict) else None
    if reply_to is not None and (not isinstance(quoted, str) or not quoted):
        raise refusal(100, "The parameter reply_to[mid] is required.")
    return Order(person, content, quoted or "", tag)


def _recipient(sim: Simulator, account: MetaAccount, body: JsonObject) -> Person:
    recipient = body.get("recipient")
    scoped_id = recipient.get("id") if isinstance(recipient, dict) else None
    if not isinstance(scoped_id, str) or not scoped_id:
        raise refusal(100, "The parameter recipient is required.")
    person = sim.world.people.by_scoped_id(account.id, scoped_id)
    if person is None:
        raise refusal(100, "No matching user found", subcode=2018001)
    return person


def _tag(body: JsonObject) -> str:
    kind, tag = body.get("messaging_type", "RESPONSE"), body.get("tag", "")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
        raise refusal(100, "Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
    if kind == "MESSAGE_TAG" and not tag:
        raise refusal(100, "The parameter tag is required for messaging_type MESSAGE_TAG.")
    if tag in REMOVED_TAGS:
        raise refusal(100, f"The message tag {tag} is no longer available.")
    if tag and (tag != "HUMAN_AGENT" or kind != "MESSAGE_TAG"):
        raise refusal(100, "Param tag must be one of {HUMAN_AGENT}, with messaging_type MESSAGE_TAG.")
    return str(tag)


def _accept(sim: Simulator, account: MetaAccount, order: Order) -> Message:
    content = order.content
    message = Message(
        id=new_mid(account),
        account_id=account.id,
        person=order.person.id,
        outbound=True,
        kind=content.kind,
        text=content.text,
        at=sim.now(),
        reply_to=order.reply_to,
        details=content.details,
        correlation=content.metadata,
        status="sent",
    )
    sim.world.add_message(message)
    sim.events.publish("message", message.to_json())
    sim.storage.touch()
    sim.world.sent.append(
        {
            "id": message.id,
            "account": account.id,
            "to": sim.world.people.id_at(account, order.person),
            "kind": message.kind,
            "text": message.text,
            "correlation": content.metadata,
            "reply_to": order.reply_to,
            "details": message.details | ({"tag": order.tag} if order.tag else {}),
            "at": message.at,
        }
    )
    return message


def _tell(sim: Simulator, account: MetaAccount, order: Order, message: Message) -> list[asyncio.Future[Outcome]]:
    """Send the echo and the receipts. Returns what tells when each has reached the business."""
    updates = []
    if not sim.faults.take("no_echo", account.id, message.text):
        updates.append(echo(sim, account, order.person, message, order.content))
    delay = sim.faults.take("status_delay", account.id, message.text)
    if sim.faults.take("no_statuses", account.id, message.text):
        message.silent = True
    elif delay is None:
        updates += report_received(sim, account, order.person, message)
    else:
        release = sim.outbox.expect()

        def late() -> None:
            sim.outbox.post(report_received(sim, account, order.person, message))
            release()

        sim.outbox.later(delay.seconds, late)
    outcomes = [update.expect() for update in updates]
    sim.outbox.post(updates)
    return outcomes


# --- small actions --------------------------------------------------------------------------------


def _act(sim: Simulator, account: MetaAccount, body: JsonObject) -> Response:
    action = body["sender_action"]
    if "message" in body:
        raise refusal(100, "Cannot send a sender_action together with a message.")
    if action not in ACTIONS:
        raise refusal(100, f"Param sender_action must be one of {{{', '.join(ACTIONS)}}}")
    person = _recipient(sim, account, body)
    if action in ("react", "unreact"):
        _react(sim, account, person, body, action)
    elif action == "mark_seen":
        _mark_seen(sim, account, person)
    elif action == "typing_on":
        sim.events.publish("typing", {"account": account.id, "person": person.id})
    sim.world.actions.append({"account": account.id, "person": person.id, "action": action, "at": sim.now()})
    return json_response({"recipient_id": sim.world.people.id_at(account, person)})


def _react(sim: Simulator, account: MetaAccount, person: Person, body: JsonObject, action: str) -> None:
    payload = body.get("payload")
    mid = payload.get("message_id") if isinstance(payload, dict) else None
    message = sim.world.messages.get(str(mid))
    if not isinstance(payload, dict) or message is None or message.chat_key != (account.id, person.id):
        raise refusal(100, "The parameter payload[message_id] is not the id of a message in this conversation.")
    if action == "unreact":
        react(sim, message.id, "", by="business")
        return
    name, allowed = payload.get("reaction"), rules_of(account).reactions
    if not isinstance(name, str) or not name or (allowed and name not in allowed):
        raise refusal(100, "Param payload[reaction] is not a reaction that can be sent.")
    react(sim, message.id, EMOJI.get(name, name), by="business")


def _mark_seen(sim: Simulator, account: MetaAccount, person: Person) -> None:
    unread = [m for m in sim.world.thread(account.id, person.id) if not m.outbound and m.status != "read"]
    for message in unread:
        message.status, message.seen = "read", True
        sim.events.publish("message", message.to_json())
    last = unread[-1].id if unread else ""
    sim.world.reads.append({"account": account.id, "id": last, "typing": False, "at": sim.now()})
