"""The demo workspace: named people, one flower shop on four channels, and conversations as such a shop has them.

`seed` may run any number of times. Everything enters through the product's own doors: customers write through stored
webhooks, agents answer through `send_message`, so that a seed that works proves that the doors do.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from allauth.account.models import EmailAddress
from django.conf import settings

from channels_adapters.types import DeliveryStatus, IdentityKind, StatusChanged
from inbox.chatrooms import actions as chatrooms
from inbox.chatrooms.models import Chatroom, Direction, Message, MessageState, OutboxEntry
from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection, VendorApp
from inbox.customers.actions import rename_customer
from inbox.customers.models import CustomerIdentity
from inbox.lib import clock
from inbox.message_templates.actions import resync_soon, set_fallback, sync_templates
from inbox.message_templates.selectors import fallback_of, find_sendable
from inbox.pricing import actions as pricing
from inbox.pricing.models import PlatformRate
from inbox.pricing.rate_files import EXAMPLE_RATES
from inbox.webhooks.actions import process_pending
from inbox.webhooks.models import WebhookEvent
from inbox.workspaces.actions import create_workspace
from inbox.workspaces.models import Membership, Role, User, Workspace
from inbox.workspaces.tenancy import platform_scope, scope

from .flower_shop import ACCOUNTS, BUSINESS, CONVERSATIONS, SHOP, Account, App, Conversation
from .flower_templates import FALLBACK, TEMPLATES
from .logins import LOGINS, PASSWORD
from .simulator import history
from .simulator.client import SimulatorClient

SLUG = "lotus-flowers"


def seed() -> bool:
    """Create what is missing of the demo workspace. Return whether anything was."""
    workspace = Workspace.objects.filter(slug=SLUG).first() or _workspace()
    with scope(workspace.pk):
        connected = set(Connection.objects.filter(workspace=workspace).values_list("account_id", flat=True))
    missing = [account for account in ACCOUNTS if account.account_id not in connected]
    if not PlatformRate.objects.exists():
        pricing.import_platform_rates(content=EXAMPLE_RATES.read_bytes())
    for account in missing:
        connect_account(
            actor=None,
            workspace=workspace,
            app=_app(account.app),
            name=account.name,
            account_id=account.account_id,
            address=account.address,
            credentials=account.credentials,
        )
    for conversation in CONVERSATIONS:
        if conversation.account in missing:
            _converse(workspace, conversation)
    return bool(missing)


def _workspace() -> Workspace:
    mei, ken, priya = (_person(email, what.split(",")[0]) for email, _password, what in LOGINS[:3])
    _verify(User.objects.create_superuser(email=LOGINS[3][0], password=PASSWORD, name="Platform staff"))
    workspace = create_workspace(owner=mei, name=BUSINESS)
    with scope(workspace.pk):
        for user in (ken, priya):
            Membership.objects.create(workspace=workspace, user=user, role=Role.AGENT)
    return workspace


def _person(email: str, name: str) -> User:
    return _verify(User.objects.create_user(email=email, password=PASSWORD, name=name))


def _verify(user: User) -> User:
    """Let the person sign in without a letter to answer."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _app(app: App) -> VendorApp:
    channel = Channel(app.channel.value)
    known = VendorApp.objects.filter(channel=channel, name=app.name).first()
    return known or register_app(channel=channel, name=app.name, credentials=app.credentials)


# --- conversations --------------------------------------------------------------------------------


def _converse(workspace: Workspace, conversation: Conversation) -> None:
    account = conversation.account
    with scope(workspace.pk):
        members = {m.user.email: m for m in Membership.objects.filter(workspace=workspace).select_related("user")}
        connection = Connection.objects.select_related("app").get(workspace=workspace, account_id=account.account_id)
    start = clock.now() - timedelta(minutes=conversation.minutes_ago)
    spacing = timedelta(minutes=min(4.0, conversation.minutes_ago / (len(conversation.lines) + 1)))
    for position, (author, text) in enumerate(conversation.lines):
        at = start + spacing * position
        if author:
            _answer(members[author], _room(connection, conversation), text, at)
        else:
            _customer_writes(connection.app, conversation, text, at)
    _look_after(members, _room(connection, conversation), conversation)


def _customer_writes(app: VendorApp, conversation: Conversation, text: str, at: datetime) -> None:
    account = conversation.account
    body = history.webhook_of(
        account.account_id,
        {"channel": account.channel.value, "name": account.name, **account.vendor_side},
        sender=conversation.customer,
        name=conversation.name,
        text=text,
        at=at.timestamp(),
    )
    with platform_scope("demo data"):
        WebhookEvent.objects.create(app=app, body=body, fingerprint=hashlib.sha256(body).digest(), received_at=at)
    process_pending()


def _answer(member: Membership, room: Chatroom, text: str, at: datetime) -> None:
    """Let an agent answer at a time in the past. The vendor's part is history too: read, where it tells."""
    receipts = room.connection.adapter.capabilities.receipts
    state = MessageState.READ if DeliveryStatus.READ in receipts else MessageState.SENT
    read_at = at if state == MessageState.READ else None
    with scope(room.workspace_id):
        message = chatrooms.send_message(
            actor=member,
            chatroom=room,
            text=text,
            client_id=uuid5(NAMESPACE_URL, f"{room.pk}/{member.pk}/{at.isoformat()}"),
        )
        OutboxEntry.objects.filter(message=message).delete()
        Message.objects.filter(pk=message.pk).update(
            state=state, sent_at=at, created_at=at, accepted_at=at, delivered_at=read_at, read_at=read_at
        )
        Chatroom.objects.filter(pk=room.pk).update(last_message_at=at)
        _count(room, message, at)


def _count(room: Chatroom, message: Message, at: datetime) -> None:
    """Let the vendor have counted the answer, where it bills for messages: answers are free."""
    if not room.connection.adapter.capabilities.bills_messages:
        return
    free = {"pricing_model": "PMP", "type": "free_customer_service", "category": "service", "billable": False}
    report = StatusChanged(room.connection.account_id, "", DeliveryStatus.READ, at, pricing=free)
    pricing.note_sent(
        workspace_id=room.workspace_id, sent=[pricing.Sent(room.connection, message.pk, room.pk, at, None)]
    )
    pricing.note_statuses(
        workspace_id=room.workspace_id,
        reports=[pricing.Reported(room.connection, report, message.pk, room.pk, at)],
    )


def _look_after(members: dict[str, Membership], room: Chatroom, conversation: Conversation) -> None:
    priya = members[LOGINS[2][0]]
    with scope(room.workspace_id):
        if not room.customer.name:  # the vendor's webhooks tell none
            rename_customer(actor=priya, customer=room.customer, name=conversation.name)
        if conversation.assignee:
            assignee = members[conversation.assignee]
            chatrooms.assign_chatroom(actor=assignee, chatroom=room, assignee=assignee, expected_id=None)
        if conversation.is_closed:
            chatrooms.close_chatroom(actor=priya, chatroom=room)


def _room(connection: Connection, conversation: Conversation) -> Chatroom:
    with scope(connection.workspace_id):
        return Chatroom.objects.select_related("connection", "customer").get(
            connection=connection,
            customer__identities__kind=conversation.account.identity.value,
            customer__identities__value=conversation.customer,
        )


# --- the vendors' side ----------------------------------------------------------------------------


def introduce(simulator: SimulatorClient) -> None:
    """Tell the vendor simulator who has which account, and let its phones remember what their owners wrote.

    Each of those messages travels to the inbox once more, as a vendor's redelivery would: nothing becomes two.
    """
    for account in ACCOUNTS:
        _introduce(simulator, account, VendorApp.objects.get(channel=account.channel.value, name=account.app.name))
    _introduce_templates(simulator)
    known = {(place, name) for person in simulator.people() for place, name in person["ids"].items()}
    remembered = {message["id"] for message in simulator.inbound_log()}
    for account in ACCOUNTS:
        for message, customer, name in _written_to(account):
            if message.external_id in remembered:
                continue
            if (account.account_id, customer) not in known:
                ids = {} if account.identity is IdentityKind.PHONE else {"ids": {account.account_id: customer}}
                simulator.put_person(customer, name, **ids)
            at = int(message.sent_at.timestamp())
            simulator.inbound(account.account_id, customer, message.text, wait=0, id=message.external_id, timestamp=at)


def _introduce_templates(simulator: SimulatorClient) -> None:
    """Let the vendor have approved the shop's templates; what became of those it knows stays."""
    waba_id = SHOP.credentials["waba_id"]
    known = {(template["name"], template["language"]) for template in simulator.templates(waba_id)}
    for template in TEMPLATES:
        if (template["name"], template["language"]) not in known:
            simulator.put_template(waba_id, **template)
    if settings.VENDOR_API_URL.rstrip("/") == simulator.base_url:
        _read_templates()


def _read_templates() -> None:
    """Read the templates now, and choose the one that is sent when the time to answer is over, if none is."""
    with platform_scope("the demo's templates"):
        connection = Connection.objects.get(account_id=SHOP.account_id, workspace__slug=SLUG)
    with scope(connection.workspace_id):
        resync_soon(connection)  # in case they were read just now, before the vendor knew them
    sync_templates(connection_id=connection.pk)
    with scope(connection.workspace_id):
        name, language = FALLBACK
        template = find_sendable(connection, name, language)
        if template is not None and fallback_of(connection) is None:
            set_fallback(actor=None, template=template, connections=[connection])


def _introduce(simulator: SimulatorClient, account: Account, app: VendorApp) -> None:
    with platform_scope("the demo's accounts"):
        connection = Connection.objects.get(app=app, account_id=account.account_id)
    # Ours may have been prolonged since.
    token = connection.credentials.get("access_token")
    simulator.put_account(
        account.account_id,
        account.channel.value,
        name=account.name,
        business=BUSINESS,
        webhook_url=app.webhook_url,
        **account.vendor_side | ({"access_token": token} if token else {}),
    )


def _written_to(account: Account) -> list[tuple[Message, str, str]]:
    """Return the texts that customers wrote to an account, the first one first, with who they are at the vendor."""
    with platform_scope("what the demo's customers wrote"):
        texts = Message.objects.filter(
            connection__app__name=account.app.name,
            connection__account_id=account.account_id,
            direction=Direction.INBOUND,
            kind="text",
            removed_at=None,
        ).exclude(text="")
        messages = list(texts.select_related("chatroom__customer").order_by("sent_at", "pk"))
        identities: dict[int, Any] = dict(
            CustomerIdentity.objects.filter(
                customer__in={message.chatroom.customer_id for message in messages},
                kind=account.identity.value,
                retired_at=None,
            ).values_list("customer_id", "value")
        )
        people = [(message, message.chatroom.customer) for message in messages]
        return [(message, identities[who.pk], who.name) for message, who in people if who.pk in identities]
