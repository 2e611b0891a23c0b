"""Events as adapters make them, handed to the chat directly: for what is the same whatever the channel."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
from django.conf import settings as django_settings

from channels_adapters.calls import Account
from channels_adapters.types import (
    ChannelKind,
    Content,
    DeliveryStatus,
    Event,
    Identity,
    IdentityKind,
    MessageEchoed,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    OutboundMessage,
    Person,
    ReactionChanged,
    ThreadReceipt,
)
from inbox.chatrooms.actions import Received, receive_events, record_changes
from inbox.chatrooms.actions._outcomes import Sending
from inbox.chatrooms.models import Chatroom, DeliveryAttempt, Message, MessageState, OutboxEntry
from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection, VendorApp
from inbox.workspaces.models import Workspace
from inbox.workspaces.tenancy import scope
from tests.world import APP_SECRET, World

# The time these conversations begin: an hour ago, so that agents may still answer.
NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)

_CREDENTIALS = {
    ChannelKind.MESSENGER: {"page_id": "300000000000001", "access_token": "page-token"},
    ChannelKind.INSTAGRAM: {
        "login": "page",
        "instagram_id": "17840000000000001",
        "page_id": "300000000000001",
        "access_token": "page-token",
    },
    ChannelKind.WECHAT: {"original_id": "gh_0000000001", "appid": "wx0000000001", "app_secret": "the-secret"},
}
_IDENTITIES = {
    ChannelKind.WHATSAPP: Identity(IdentityKind.PHONE, "85290000001"),
    ChannelKind.MESSENGER: Identity(IdentityKind.PSID, "4400000000000001"),
    ChannelKind.INSTAGRAM: Identity(IdentityKind.IGSID, "5500000000000001"),
    ChannelKind.WECHAT: Identity(IdentityKind.OPENID, "oAAAAAAAAAAAAAAAAAAAAAAAAAA1"),
}


def connect(
    world: World,
    kind: ChannelKind,
    *,
    workspace: Workspace | None = None,
    number: int = 1,
    app: VendorApp | None = None,
) -> Connection:
    """Connect an account of a channel to Lotus Flowers, or to another workspace; with an app of its own if none is given."""
    credentials = dict(_CREDENTIALS[kind])
    app = app or register_app(
        channel=Channel(kind.value), name=kind.value, credentials={"app_secret": APP_SECRET, "verify_token": "v"}
    )
    id_field = app.adapter.capabilities.account_id_field
    credentials[id_field] = credentials[id_field][:-1] + str(number)
    return connect_account(
        actor=None,
        workspace=workspace or world.lotus,
        app=app,
        name=f"{kind.value} {number}",
        account_id=credentials[id_field],
        address="Lotus Flowers",
        credentials=credentials,
    )


def customer_of(connection: Connection, name: str = "Ada Lee") -> Person:
    return Person((_IDENTITIES[ChannelKind(connection.channel)],), name)


def arrive(connection: Connection, *events: Event) -> Received:
    """Let events arrive in one batch, as the webhook worker does."""
    with scope(connection.workspace_id):
        received = receive_events(workspace_id=connection.workspace_id, events=[(connection, e) for e in events])
        record_changes(workspace_id=connection.workspace_id, messages=received.changed)
    return received


def said(
    connection: Connection, text: str = "Hello", *, mid: str = "m_1", after: float = 0, **more: Any
) -> MessageReceived:
    return MessageReceived(
        account_id=connection.account_id,
        external_id=mid,
        sender=customer_of(connection),
        sent_at=NOON + timedelta(seconds=after),
        content=more.pop("content", Content(MessageKind.TEXT, text)),
        **more,
    )


def echoed(connection: Connection, text: str, *, mid: str, after: float = 0, **more: Any) -> MessageEchoed:
    at = NOON + timedelta(seconds=after)
    return MessageEchoed(
        connection.account_id, mid, customer_of(connection), at, Content(MessageKind.TEXT, text), **more
    )


def edited(
    connection: Connection, target: str, text: str, *, edit_id: str = "edit_1", after: float = 60, **more: Any
) -> MessageEdited:
    content = Content(MessageKind.TEXT, text)
    at = NOON + timedelta(seconds=after)
    return MessageEdited(connection.account_id, edit_id, target, customer_of(connection), at, content, **more)


def unsent(connection: Connection, target: str, *, after: float = 120, **more: Any) -> MessageRevoked:
    at = NOON + timedelta(seconds=after)
    return MessageRevoked(connection.account_id, f"unsent_{target}", target, customer_of(connection), at, **more)


def reacted(connection: Connection, target: str, emoji: str, *, after: float = 30, **more: Any) -> ReactionChanged:
    at = NOON + timedelta(seconds=after)
    return ReactionChanged(
        connection.account_id, f"r_{target}_{emoji}_{after}", target, customer_of(connection), at, emoji, **more
    )


def receipt(
    connection: Connection, status: DeliveryStatus, *, up_to: datetime | None = None, up_to_id: str = "", **more: Any
) -> ThreadReceipt:
    at = up_to or NOON
    return ThreadReceipt(connection.account_id, customer_of(connection), status, at, up_to, up_to_id, **more)


def room_of(connection: Connection) -> Chatroom:
    with scope(connection.workspace_id):
        return Chatroom.objects.select_related("connection", "customer", "workspace").get(connection=connection)


def message_with(connection: Connection, external_id: str) -> Message:
    with scope(connection.workspace_id):
        return Message.objects.get(connection=connection, external_id=external_id)


def claimed(world: World, message: Message, *, attempt: int = 1) -> Sending:
    """The message as a dispatcher holds it while its request is on the way."""
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENDING, attempt_count=attempt)
        entry = OutboxEntry.objects.select_related("message__connection").get(message=message)
        row = DeliveryAttempt.objects.create(workspace_id=world.lotus.pk, message=entry.message, number=attempt)
    outbound = OutboundMessage(Person(()), message.text, f"{message.client_id}:{attempt}")
    account = Account(str(message.connection_id), entry.message.connection.adapter, {})
    return Sending(entry, row, outbound, account, refusals_before=0)


def asked_for(task: str) -> list[dict[str, object]]:
    """The arguments of the waiting calls of a task."""
    queue = redis.Redis.from_url(django_settings.REDIS_URL)
    entries = [json.loads(entry) for name in ("slow", "outbound", "inbound") for entry in queue.lrange(name, 0, -1)]
    bodies = [json.loads(base64.b64decode(entry["body"])) for entry in entries if entry["headers"]["task"] == task]
    return [body[1] for body in bodies]
