"""A business with one agent and one number, and what Meta sends about the customers who write to it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from channels_adapters.meta.signing import SIGNATURE_HEADER, sign
from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection, VendorApp
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.webhooks.actions import process_pending
from inbox.webhooks.models import WebhookEvent
from inbox.workspaces.actions import create_workspace
from inbox.workspaces.models import Membership, Role, User, Workspace
from inbox.workspaces.tenancy import platform_scope, scope

SECRET = "a-secret-shared-with-the-vendor"


@dataclass(frozen=True)
class Business:
    app: VendorApp
    workspace: Workspace
    agent: Membership
    number: Connection

    def session_cookie(self) -> str:
        """Sign the agent in; return the value of a Cookie header."""
        client = Client()
        client.force_login(self.agent.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def body(self, wamid: str, *, phone: int, text: str) -> bytes:
        """Return the webhook of one text message, as Meta writes it: about 500 bytes."""
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": self.number.address, "phone_number_id": self.number.account_id},
            "contacts": [{"profile": {"name": f"Customer {phone}"}, "wa_id": str(phone)}],
            "messages": [
                {
                    "from": str(phone),
                    "id": f"wamid.{wamid}",
                    "timestamp": str(int(time.time())),
                    "text": {"body": text},
                    "type": "text",
                }
            ],
        }
        change = {"id": "200000000000001", "changes": [{"value": value, "field": "messages"}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [change]}).encode()

    def request(self, body: bytes) -> bytes:
        """Return the signed HTTP request that delivers a body, ready for the wire."""
        head = (
            f"POST /webhooks/{self.app.key}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"User-Agent: facebookexternalua\r\n{SIGNATURE_HEADER}: {sign(body, SECRET)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def open_business(name: str) -> Business:
    """Create a workspace with its owner and a connected WhatsApp number."""
    slug = name.lower().replace(" ", "-")
    owner = User.objects.create_user(email=f"{slug}@example.com", name=f"Agent of {name}")
    workspace = create_workspace(owner=owner, name=name)
    app = register_app(channel=Channel.WHATSAPP, name=name, credentials={"app_secret": SECRET, "verify_token": "hello"})
    account = f"{100_000_000_000_000 + workspace.pk}"
    credentials = {"phone_number_id": account, "waba_id": "200000000000001", "access_token": "unused"}
    number = connect_account(
        actor=None,
        workspace=workspace,
        app=app,
        name="Shop",
        account_id=account,
        address="+85221110001",
        credentials=credentials,
    )
    with scope(workspace.pk):
        agent = Membership.objects.select_related("user", "workspace").get(workspace=workspace, user=owner)
    return Business(app, workspace, agent, number)


def add_number(business: Business, name: str) -> None:
    """Connect one more number of the business."""
    account = f"{200_000_000_000_000 + business.workspace.pk}"
    connect_account(
        actor=None,
        workspace=business.workspace,
        app=business.app,
        name=name,
        account_id=account,
        address=f"+8522{business.workspace.pk:07}",
        credentials={"phone_number_id": account, "waba_id": "200000000000001", "access_token": "unused"},
    )


def introduce(vendor: SimulatorClient, business: Business) -> None:
    """Put the business's number on the simulated network. Nobody is told what becomes of its messages."""
    vendor.put_number(
        business.number.account_id,
        waba_id="200000000000001",
        display_phone_number=business.number.address,
        name=business.workspace.name,
        access_token="unused",
        app_secret=SECRET,
    )


def hire(business: Business, number: int) -> list[str]:
    """Take on so many agents, and sign each one in; return the keys of their sessions."""
    people = [
        User(email=f"hired{each}.{business.workspace.slug}@example.com", name=f"Hired {each}") for each in range(number)
    ]
    users = User.objects.bulk_create(people)
    with scope(business.workspace.pk):
        Membership.objects.bulk_create(
            Membership(workspace=business.workspace, user=user, role=Role.AGENT) for user in users
        )
    store = SessionStore()
    sessions = []
    for user in users:
        facts = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        key, until = f"hired-{user.pk:026}", clock.now() + timedelta(days=1)
        sessions.append(Session(session_key=key, session_data=store.encode(facts), expire_date=until))
    return [session.session_key for session in Session.objects.bulk_create(sessions)]


def receive(business: Business, body: bytes) -> None:
    """Store a webhook as the door does, and process it."""
    with platform_scope("benchmark"):
        WebhookEvent.objects.create(app=business.app, body=body, fingerprint=hashlib.sha256(body).digest())
    process_pending()
