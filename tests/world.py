"""The cast: two businesses on one Meta app, their people, and the customers who write to them.

`Lotus Flowers` is where tests happen. `Other Bakery` is always there too: whoever is in it is a stranger, and every
test of a list, a page or a socket can assert that they see nothing.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db.models import Model

from channels_adapters.meta.signing import sign
from inbox.chatrooms.actions import send_message
from inbox.chatrooms.models import Chatroom, Message
from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection, VendorApp
from inbox.devstack.flower_shop import Account
from inbox.devstack.simulator.client import SimulatorClient
from inbox.webhooks.actions import process_pending
from inbox.webhooks.models import WebhookEvent
from inbox.workspaces.actions import create_workspace
from inbox.workspaces.models import Membership, Role, User, Workspace
from inbox.workspaces.tenancy import platform_scope, scope

Row = TypeVar("Row", bound=Model)

APP_SECRET = "lotus-app-secret"
PASSWORD = "correct horse battery"


@dataclass
class World:
    app: VendorApp
    lotus: Workspace
    olivia: Membership  # owner
    amy: Membership  # agent
    ben: Membership  # agent
    shop: Connection  # Lotus Flowers' number
    events: Connection  # Lotus Flowers' second number
    bakery: Workspace
    sam: Membership  # the stranger: owner of Other Bakery
    oven: Connection  # Other Bakery's number


def build_world() -> World:
    app = register_app(
        channel=Channel.WHATSAPP,
        name="Shared Meta app",
        credentials={"app_secret": APP_SECRET, "verify_token": "verify-me"},
    )
    lotus = create_workspace(owner=_user("Olivia Owner"), name="Lotus Flowers")
    bakery = create_workspace(owner=_user("Sam Stranger"), name="Other Bakery")
    for workspace in (lotus, bakery):
        workspace.undo_seconds = 0  # whoever tests that messages leave does not wait; tests/chatrooms/test_undo.py does
        workspace.save()
    with scope(lotus.pk):
        amy = Membership.objects.create(workspace=lotus, user=_user("Amy Agent"), role=Role.AGENT)
        ben = Membership.objects.create(workspace=lotus, user=_user("Ben Agent"), role=Role.AGENT)
        olivia = Membership.objects.select_related("user", "workspace").get(workspace=lotus, role=Role.OWNER)
    with scope(bakery.pk):
        sam = Membership.objects.select_related("user", "workspace").get(workspace=bakery, role=Role.OWNER)
    return World(
        app=app,
        lotus=lotus,
        olivia=olivia,
        amy=amy,
        ben=ben,
        shop=_number(app, lotus, "Shop", "100000000000001", "85221110001"),
        events=_number(app, lotus, "Events", "100000000000002", "85221110002"),
        bakery=bakery,
        sam=sam,
        oven=_number(app, bakery, "Oven", "100000000000003", "85221110003"),
    )


def _user(name: str) -> User:
    email = f"{name.split()[0].lower()}@example.com"
    user = User.objects.create(email=email, password=_password_hash(), name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@cache
def _password_hash() -> str:
    """Hash it once and with few rounds: the usual number takes a fifth of a second, on purpose."""
    return PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-tests", iterations=1000)


def _number(app: VendorApp, workspace: Workspace, name: str, account_id: str, phone: str) -> Connection:
    return connect_account(
        actor=None,
        workspace=workspace,
        app=app,
        name=name,
        account_id=account_id,
        address=f"+{phone}",
        credentials={
            "phone_number_id": account_id,
            "waba_id": "200000000000001",
            "access_token": f"token-{account_id}",
        },
    )


# --- what Meta sends ------------------------------------------------------------------------------------------------


def text_message(
    text: str = "Hello",
    *,
    phone: str = "85290000001",
    name: str = "Chan Tai Man",
    wamid: str = "",
    at: int | None = None,
) -> dict[str, object]:
    """One entry of `messages`, with the contact it belongs to under `_contact`."""
    return {
        "from": phone,
        "id": wamid or f"wamid.{uuid.uuid4().hex}",
        "timestamp": str(at or int(datetime.now(UTC).timestamp())),
        "type": "text",
        "text": {"body": text},
        "_contact": {"profile": {"name": name}, "wa_id": phone},
    }


def status(
    wamid: str, state: str, *, correlation: str = "", error: int | None = None, at: int | None = None
) -> dict[str, object]:
    body: dict[str, object] = {
        "id": wamid,
        "status": state,
        "timestamp": str(at or int(datetime.now(UTC).timestamp())),
        "recipient_id": "85290000001",
    }
    if correlation:
        body["biz_opaque_callback_data"] = correlation
    if error:
        body["errors"] = [{"code": error, "title": "vendor's words"}]
    return body


def webhook(
    connection: Connection, *, messages: list[dict[str, object]] = (), statuses: list[dict[str, object]] = ()
) -> dict[str, object]:  # type: ignore[assignment]
    """A whole webhook body of one change."""
    value: dict[str, object] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": connection.address, "phone_number_id": connection.account_id},
    }
    if messages:
        value["contacts"] = [message["_contact"] for message in messages if "_contact" in message]
        value["messages"] = [{k: v for k, v in message.items() if k != "_contact"} for message in messages]
    if statuses:
        value["statuses"] = list(statuses)
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "200000000000001", "changes": [{"field": "messages", "value": value}]}],
    }


def together(*payloads: dict[str, Any]) -> dict[str, object]:
    """One webhook body with the entries of several, as Meta batches them."""
    return {**payloads[0], "entry": [entry for payload in payloads for entry in payload["entry"]]}


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, secret)}


def store(app: VendorApp, payload: object) -> WebhookEvent:
    """Store a webhook as the door does, without a web process."""
    import hashlib

    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    with platform_scope("test"):
        return WebhookEvent.objects.create(app=app, body=body, fingerprint=hashlib.sha256(body).digest())


def receive(app: VendorApp, *payloads: object) -> None:
    """Store webhooks and process everything that is pending."""
    for payload in payloads:
        store(app, payload)
    process_pending()


def room_with(world: World, *texts: str, connection: Connection | None = None, **who: str) -> Chatroom:
    """A chatroom in which a customer wrote these texts, through the front door."""
    connection = connection or world.shop
    for text in texts or ("Hello",):
        receive(world.app, webhook(connection, messages=[text_message(text, **who)]))
    with scope(connection.workspace_id):
        return (
            Chatroom.objects.select_related("connection", "customer", "workspace")
            .filter(connection=connection)
            .latest("pk")
        )


def rooms_of(connection: Connection) -> list[Chatroom]:
    """The connection's rooms, the first one first."""
    with scope(connection.workspace_id):
        return list(Chatroom.objects.select_related("customer").filter(connection=connection).order_by("pk"))


def messages_of(room: Chatroom) -> list[Message]:
    with scope(room.workspace_id):
        return list(Message.objects.filter(chatroom=room).order_by("sent_at", "pk"))


def reload(row: Row) -> Row:
    """The row as it is in the database now, whoever's it is."""
    with platform_scope("test"):
        return type(row)._base_manager.get(pk=row.pk)


def write(
    actor: Membership, room: Chatroom, text: str = "Hello", *, client_id: uuid.UUID | None = None, **more: Any
) -> Message:
    """Let a member write to a room's customer; the message waits in the outbox."""
    with scope(actor.workspace_id):
        return send_message(actor=actor, chatroom=room, text=text, client_id=client_id or uuid.uuid4(), **more)


# --- the simulated vendor -------------------------------------------------------------------------------------------


def put_on_the_phone_network(vendor: SimulatorClient, world: World, *, webhook_url: str = "") -> None:
    """Make the simulator know the world's numbers."""
    for connection in (world.shop, world.events, world.oven):
        vendor.put_number(
            connection.account_id,
            waba_id=connection.credentials["waba_id"],
            display_phone_number=connection.address,
            name=connection.name,
            access_token=connection.credentials["access_token"],
            app_secret=APP_SECRET,
            webhook_url=webhook_url,
        )


def news_from(vendor: SimulatorClient) -> None:
    """Wait until the vendor has delivered every webhook, and process them."""
    assert vendor.settle()
    process_pending()


def connect_account_of_the_shop(world: World, account: Account) -> Connection:
    """Connect one of the demo's accounts to Lotus Flowers, with an app of its own."""
    app = register_app(
        channel=Channel(account.channel.value), name=account.app.name, credentials=account.app.credentials
    )
    return connect_account(
        actor=None,
        workspace=world.lotus,
        app=app,
        name=account.name,
        account_id=account.account_id,
        address=account.address,
        credentials=account.credentials,
    )


def put_on_its_network(vendor: SimulatorClient, account: Account, *, webhook_url: str) -> None:
    """Make the simulator know one of the demo's accounts."""
    vendor.put_account(
        account.account_id, account.channel.value, name=account.name, webhook_url=webhook_url, **account.vendor_side
    )
