"""Accounts on every channel, and people as their vendors name them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection

from channels_adapters.types import Identity, IdentityKind, Person
from inbox.connections.models import Connection, VendorApp
from inbox.customers.actions import merge_customers, resolve_people
from inbox.customers.models import Customer, CustomerIdentity, CustomerMerge, CustomerPicture
from inbox.lib.crypto import Secrets
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import scope
from tests.world import World

# Every credential that any of the channels may ask for.
CREDENTIALS = {
    "phone_number_id": "1",
    "waba_id": "2",
    "page_id": "3",
    "instagram_id": "4",
    "login": "page",
    "access_token": "token-of-the-tests",
    "appid": "wx0123456789abcdef",
    "app_secret": "secret-of-the-tests",
    "original_id": "gh_0123456789ab",
}


def account(
    workspace: Workspace,
    channel: str,
    account_id: str,
    *,
    business_id: str = "",
    portfolio_id: str = "",
    credentials: dict[str, str] | None = None,
) -> Connection:
    """Connect an account of a channel."""
    with scope(workspace.pk):
        return Connection.objects.create(
            workspace=workspace,
            app=VendorApp.objects.create(channel=channel, name=f"App of {account_id}"),
            channel=channel,
            name=f"Account {account_id}",
            account_id=account_id,
            business_id=business_id,
            portfolio_id=portfolio_id,
            address=account_id,
            credentials=Secrets(CREDENTIALS if credentials is None else credentials),
        )


def person(name: str = "", **values: str) -> Person:
    """`person("Ann", phone="852…", bsuid="US.1")`, the best identity first."""
    return Person(tuple(Identity(IdentityKind(kind), value) for kind, value in values.items()), name)


def resolve(workspace: Workspace, *people: tuple[Connection, Person]) -> list[int | None]:
    """Return the customers of these people of one batch, in their order."""
    with scope(workspace.pk):
        found = resolve_people(workspace_id=workspace.pk, people=people)
    return [found.get((connection.pk, who)) for connection, who in people]


def customer_of(workspace: Workspace, connection: Connection, who: Person) -> Customer:
    (customer_id,) = resolve(workspace, (connection, who))
    with scope(workspace.pk):
        return Customer.objects.get(pk=customer_id)


def merge(actor: Membership, keep: Customer, other: Customer) -> CustomerMerge:
    with scope(actor.workspace_id):
        return merge_customers(actor=actor, keep=keep, merge=other)


def everything_about(world: World) -> dict[str, list[dict[str, object]]]:
    """All that is stored of Lotus Flowers' customers, but how often they changed."""
    with scope(world.lotus.pk):
        Customer.objects.update(revision=0)
        return {
            model.__name__: list(model.objects.order_by("pk").values())
            for model in (Customer, CustomerIdentity, CustomerPicture)
        }


def in_thread(work: Callable[[], object]) -> None:
    """What a thread of a test runs: work, and give the database connection back."""
    try:
        work()
    finally:
        connection.close()


def queued(queue: str = settings.CELERY_TASK_DEFAULT_QUEUE) -> list[tuple[str, dict[str, object]]]:
    """Take what the broker holds for the workers of a queue: names and arguments."""
    found = []
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        while stored := broker.rpop(queue):
            message = json.loads(stored)
            found.append((message["headers"]["task"], json.loads(base64.b64decode(message["body"]))[1]))
    return found
