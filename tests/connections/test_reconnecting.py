"""Credentials that die: sending waits, receiving goes on, and what waited leaves once the account is reconnected."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from inbox.chatrooms.actions import dispatch_due
from inbox.chatrooms.models import Chatroom, Message, MessageState
from inbox.connections import actions
from inbox.connections.models import Connection, ConnectionState
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, receive, reload, text_message, webhook, write

from .conftest import ACCOUNTS
from .vendor import Asked, Vendor

Connect = Callable[..., Connection]

EXPIRED = (401, {"error": {"code": 190, "message": "Error validating access token", "type": "OAuthException"}})


def _meta_text(kind: str, account_id: str, text: str) -> dict[str, Any]:
    now = int(time.time() * 1000)
    message = {"mid": f"m_{kind}_{text}", "text": text}
    item = {"sender": {"id": "700001"}, "recipient": {"id": account_id}, "timestamp": now, "message": message}
    return {"object": kind, "entry": [{"id": account_id, "time": now, "messaging": [item]}]}


def written(connection: Connection, text: str) -> object:
    """A webhook in which a customer writes this."""
    match connection.channel:
        case "whatsapp":
            return webhook(connection, messages=[text_message(text)])
        case "wechat":
            now = int(time.time())
            fields = {"ToUserName": connection.account_id, "FromUserName": "openid-1", "CreateTime": now}
            fields |= {"MsgType": "text", "Content": text, "MsgId": abs(hash(text))}
            return f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</xml>".encode()
    return _meta_text("page" if connection.channel == "messenger" else "instagram", connection.account_id, text)


def accepting(channel: str) -> dict[str, Any]:
    """Answers of a vendor that takes every message, as well as every question about health."""
    numbers = iter(range(1_000_000))

    def accept(asked: Asked) -> object:
        number = next(numbers)
        recipient = json.loads(asked.body).get("recipient", {})
        return {
            "messages": [{"id": f"wamid.{number}"}],
            "message_id": f"m_{number}",
            "recipient_id": recipient.get("id", "") if isinstance(recipient, dict) else "",
        }

    own = {"POST messages": accept, "POST send": {"errcode": 0, "errmsg": "ok"}}
    return ACCOUNTS[channel].answers | own


def refusing(channel: str) -> dict[str, Any]:
    dead = {"errcode": 40125, "errmsg": "invalid appsecret"}
    refused = dict.fromkeys(ACCOUNTS[channel].answers, EXPIRED) | {"POST messages": EXPIRED}
    return refused | {"stable_token": dead, "token": dead}


def sent(vendor: Vendor) -> list[str]:
    """The bodies of messages that the vendor was handed."""
    return [asked.body for asked in vendor.asked if asked.path.endswith(("/messages", "/custom/send"))]


def room_of(connection: Connection) -> Chatroom:
    with scope(connection.workspace_id):
        return Chatroom.objects.select_related("connection", "customer", "workspace").get(connection=connection)


def fate(message: Message) -> str:
    return reload(message).state


@pytest.mark.parametrize("channel", [*ACCOUNTS])
def test_dead_credentials_pause_what_leaves_and_nothing_that_arrives(
    channel: str, world: World, connect: Connect, scripted: Vendor
) -> None:
    connection = connect(channel)
    receive(connection.app, written(connection, "first"))
    scripted.answers = refusing(channel)
    first = write(world.amy, room_of(connection), "while it is dead")
    dispatch_due()
    stopped = reload(connection)
    assert (fate(first), stopped.state) == (MessageState.QUEUED, ConnectionState.NEEDS_ATTENTION)
    assert stopped.attention
    second = write(world.amy, room_of(connection), "and another")
    tried = len(sent(scripted))
    dispatch_due()
    assert len(sent(scripted)) == tried, "nothing is tried while it needs attention"

    receive(connection.app, written(connection, "second"))
    texts = [message.text for message in messages_of(room_of(connection))]
    assert {"first", "second"} <= set(texts)

    scripted.answers = accepting(channel)
    with scope(connection.workspace_id):
        secret = next(f.name for f in connection.adapter.capabilities.account_credentials if f.secret)
        now = Connection.objects.get(pk=connection.pk)
        actions.renew_credentials(actor=world.olivia, connection=now, credentials={secret: "EAAnew-and-working"})
    dispatch_due()
    assert [fate(message) for message in (first, second)] == [MessageState.SENT] * 2
    bodies = sent(scripted)[tried:]
    assert ["while it is dead" in bodies[0], "and another" in bodies[1]] == [True, True], "in order"


@pytest.mark.parametrize("channel", [*ACCOUNTS])
def test_what_waits_leaves_when_a_check_finds_the_credentials_well_again(
    channel: str, world: World, connect: Connect, scripted: Vendor
) -> None:
    connection = connect(channel)
    receive(connection.app, written(connection, "hello"))
    scripted.answers = refusing(channel)
    message = write(world.amy, room_of(connection), "waits")
    dispatch_due()
    actions.check_connection(connection_id=connection.pk)
    assert reload(connection).state == ConnectionState.NEEDS_ATTENTION
    scripted.answers = accepting(channel)
    assert actions.check_connection(connection_id=connection.pk)
    assert reload(connection).state == ConnectionState.ACTIVE
    dispatch_due()
    assert fate(message) == MessageState.SENT
