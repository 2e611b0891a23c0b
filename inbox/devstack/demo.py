"""The demo workspace: named people, two WhatsApp numbers and conversations as a flower shop has them.

`seed` may run any number of times. Everything enters through the product's own doors: customers write through stored
webhooks, agents answer through `send_message`, so that a seed that works proves that the doors do.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from allauth.account.models import EmailAddress
from django.conf import settings

from inbox.chatrooms import actions as chatrooms
from inbox.chatrooms.models import Chatroom, Direction, Message, MessageState, OutboxEntry
from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection, VendorApp
from inbox.lib import clock
from inbox.webhooks.actions import process_pending
from inbox.webhooks.models import WebhookEvent
from inbox.workspaces.actions import create_workspace
from inbox.workspaces.models import Membership, Role, User, Workspace
from inbox.workspaces.tenancy import platform_scope, scope

from .logins import LOGINS, PASSWORD
from .simulator.client import SimulatorClient

WABA_ID = "200000000000001"


@dataclass(frozen=True)
class Number:
    account_id: str
    name: str
    phone: str

    @property
    def access_token(self) -> str:
        return f"demo-token-{self.account_id}"


SHOP = Number("100000000000001", "Flower shop", "85221110001")
WEDDINGS = Number("100000000000002", "Weddings", "85221110002")
NUMBERS = (SHOP, WEDDINGS)
APP_SECRET = "demo-app-secret"

# (number, phone, name, minutes ago of the first line, lines of (who, text)); "" is the customer.
CONVERSATIONS: tuple[tuple[Number, str, str, int, tuple[tuple[str, str], ...]], ...] = (
    (
        SHOP,
        "85291234501",
        "Chan Tai Man",
        50,
        (
            ("", "Hi! Do you still have the pink peonies from your window?"),
            ("ken@lotus.example", "Good morning! Yes, three bunches are left. Shall I keep one for you?"),
            ("", "Yes please 🙏 I can come by after work, around 6:30."),
            ("ken@lotus.example", "Kept under your name until closing at 8. See you later!"),
            ("", "Great. Could you add a small card? It should say: “Happy birthday, Mum”."),
        ),
    ),
    (
        SHOP,
        "85291234502",
        "陳美玲",
        35,
        (
            ("", "你好，請問星期六可以送花到九龍塘嗎？"),
            ("priya@lotus.example", "可以的！星期六上午或下午都有時段，您想要幾點？"),
            ("", "下午三點左右，一束向日葵 🌻"),
        ),
    ),
    (SHOP, "85291234503", "Fatima Al-Sayed", 22, (("", "مرحبا، هل توصلون الزهور يوم الجمعة؟"), ("", "ورد أبيض فقط"))),
    (
        WEDDINGS,
        "447700900123",
        "Oliver Smith",
        180,
        (
            ("", "Hello, we are getting married on 14 March and would love to talk about table flowers."),
            ("mei@lotus.example", "Congratulations! How many tables, and do you have colours in mind?"),
            ("", "12 round tables. White and dusty blue, nothing that smells too strong — my mother has asthma."),
            ("mei@lotus.example", "Understood. I will put together two ideas with prices and send them today."),
        ),
    ),
    (
        WEDDINGS,
        "85291234504",
        "Wong Ka Yan, Bridal Dreams Wedding Planning (Hong Kong) Limited",
        90,
        (("", "Following up on the quotation for the Peninsula: the couple would like to see it by Friday."),),
    ),
    (SHOP, "6591234567", "Tan Wei Ling", 8, (("", "🌹🌹🌹"), ("", "How much for 99 roses?"))),
    (
        SHOP,
        "85291234505",
        "Leung Siu Fan",
        1500,
        (
            ("", "My orchid is dropping its buds. What am I doing wrong?"),
            ("priya@lotus.example", "Most likely a draught or too much water. Can you send us a photo?"),
            ("", "I moved it away from the air conditioner. It looks happier already. Thank you!"),
        ),
    ),
)
ASSIGNED = {
    "85291234501": "ken@lotus.example",
    "85291234502": "priya@lotus.example",
    "447700900123": "mei@lotus.example",
}
CLOSED = {"85291234505"}


def seed() -> bool:
    """Create the demo workspace unless it is there. Return whether anything was created."""
    if Workspace.objects.filter(slug="lotus-flowers").exists():
        return False
    mei, ken, priya = (_person(email, what.split(",")[0]) for email, _password, what in LOGINS[:3])
    User.objects.create_superuser(email=LOGINS[3][0], password=PASSWORD, name="Platform staff")
    workspace = create_workspace(owner=mei, name="Lotus Flowers")
    with scope(workspace.pk):
        for user in (ken, priya):
            Membership.objects.create(workspace=workspace, user=user, role=Role.AGENT)
    app = register_app(
        channel=Channel.WHATSAPP,
        name="Demo Meta app",
        credentials={"app_secret": APP_SECRET, "verify_token": "demo-verify-token"},
    )
    for number in NUMBERS:
        connect_account(
            actor=None,
            workspace=workspace,
            app=app,
            name=number.name,
            account_id=number.account_id,
            address=f"+{number.phone}",
            credentials={
                "phone_number_id": number.account_id,
                "waba_id": WABA_ID,
                "access_token": number.access_token,
            },
        )
    _converse(workspace, app)
    return True


def _person(email: str, name: str) -> User:
    user = User.objects.create_user(email=email, password=PASSWORD, name=name)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _converse(workspace: Workspace, app: VendorApp) -> None:
    now = clock.now()
    with scope(workspace.pk):
        members = {m.user.email: m for m in Membership.objects.filter(workspace=workspace).select_related("user")}
        connections = {c.account_id: c for c in Connection.objects.filter(workspace=workspace)}
    for number, phone, name, minutes_ago, lines in CONVERSATIONS:
        start = now - timedelta(minutes=minutes_ago)
        spacing = timedelta(minutes=min(4.0, minutes_ago / (len(lines) + 1)))
        for position, (author, text) in enumerate(lines):
            at = start + spacing * position
            if author:
                _answer(members[author], connections[number.account_id], phone, text, at)
            else:
                _customer_writes(app, number, phone, name, text, at)
        _look_after(workspace, members, connections[number.account_id], phone)


def _customer_writes(app: VendorApp, number: Number, phone: str, name: str, text: str, at: datetime) -> None:
    wamid = "wamid." + uuid5(NAMESPACE_URL, f"{phone}/{at.isoformat()}").hex
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.phone, "phone_number_id": number.account_id},
        "contacts": [{"profile": {"name": name}, "wa_id": phone}],
        "messages": [
            {"from": phone, "id": wamid, "timestamp": str(int(at.timestamp())), "type": "text", "text": {"body": text}}
        ],
    }
    entry = {"id": WABA_ID, "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    with platform_scope("demo data"):
        WebhookEvent.objects.create(app=app, body=body, fingerprint=hashlib.sha256(body).digest(), received_at=at)
    process_pending()


def _answer(member: Membership, connection: Connection, phone: str, text: str, at: datetime) -> None:
    """Let an agent answer at a time in the past. The vendor's part is history too: delivered and read."""
    room = _room(connection, phone)
    with scope(connection.workspace_id):
        message = chatrooms.send_message(
            actor=member,
            chatroom=room,
            text=text,
            client_id=uuid5(NAMESPACE_URL, f"{phone}/{member.pk}/{at.isoformat()}"),
        )
        OutboxEntry.objects.filter(message=message).delete()
        Message.objects.filter(pk=message.pk).update(
            state=MessageState.READ, sent_at=at, created_at=at, delivered_at=at, read_at=at
        )
        Chatroom.objects.filter(pk=room.pk).update(last_message_at=at)


def _look_after(workspace: Workspace, members: dict[str, Membership], connection: Connection, phone: str) -> None:
    room = _room(connection, phone)
    with scope(workspace.pk):
        if phone in ASSIGNED:
            member = members[ASSIGNED[phone]]
            chatrooms.assign_chatroom(actor=member, chatroom=room, assignee=member, expected_id=None)
        if phone in CLOSED:
            chatrooms.close_chatroom(actor=members["priya@lotus.example"], chatroom=room)


def _room(connection: Connection, phone: str) -> Chatroom:
    with scope(connection.workspace_id):
        return Chatroom.objects.select_related("connection").get(
            connection=connection, customer__identities__kind="phone", customer__identities__value=phone
        )


def introduce(simulator: SimulatorClient) -> None:
    """Tell the vendor simulator who has which number, and let its phones remember what their owners wrote.

    Each of those messages travels to the inbox once more, as a vendor's redelivery would: nothing becomes two.
    """
    app = VendorApp.objects.get(name="Demo Meta app")
    for number in NUMBERS:
        simulator.put_number(
            number.account_id,
            waba_id=WABA_ID,
            display_phone_number=number.phone,
            name=number.name,
            access_token=number.access_token,
            app_secret=APP_SECRET,
            webhook_url=f"{settings.SITE_URL}/webhooks/{app.key}/",
        )
    with platform_scope("what the demo's customers wrote"):
        written = list(
            Message.objects.filter(
                connection__app=app, direction=Direction.INBOUND, chatroom__customer__identities__kind="phone"
            )
            .order_by("sent_at", "pk")
            .values_list(
                "connection__account_id",
                "chatroom__customer__identities__value",
                "chatroom__customer__name",
                "external_id",
                "text",
                "sent_at",
            )
        )
    remembered = {message["wamid"] for message in simulator.inbound_log()}
    for account_id, phone, name, wamid, text, at in written:
        if wamid not in remembered:
            simulator.put_person(phone, name)
            simulator.inbound(account_id, phone, text, wait=0, wamid=wamid, timestamp=int(at.timestamp()))
