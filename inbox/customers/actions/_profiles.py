"""Asking vendors who a customer is: name, picture and further identities, in the background and never in the way."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from channels_adapters.errors import SendError, TransportError
from channels_adapters.types import IdentityKind, Person, Profile
from inbox.connections.calls import vendor_call
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces.tenancy import scope

from ..models import Customer, CustomerIdentity, CustomerPicture, person_of
from ..pictures import Picture, PictureRefused, fetch_picture
from ._known import Holder, Known, lock_customers
from ._names import NAME_LENGTH, announce_customers, name_groups

logger = logging.getLogger(__name__)

ASKED_EVERY = timedelta(days=1)


def ask_for_profiles(workspace_id: int, found: Iterable[tuple[Connection, Person, Holder]]) -> None:
    """Let a worker look up, after the commit, who has no profile yet where the vendor offers one."""
    due = clock.now() - ASKED_EVERY
    wanted = {
        holder.customer_id: connection.pk
        for connection, person, holder in found
        if (holder.profile_checked_at is None or (not holder.profile_name and holder.profile_checked_at < due))
        and _is_offered(connection, person)
    }
    for customer_id, connection_id in wanted.items():
        enqueue_on_commit(
            "inbox.customers.tasks.fetch_profile",
            workspace_id=workspace_id,
            customer_id=customer_id,
            connection_id=connection_id,
        )


def fetch_profile(*, workspace_id: int, customer_id: int, connection_id: int) -> bool:
    """Ask the vendor once a day at most who the customer is; a failure is noted at the customer and nothing else.

    Call it outside of transactions. Returns whether a profile came back.
    """
    with scope(workspace_id):
        connection = Connection.objects.defer("credentials").filter(workspace_id=workspace_id, pk=connection_id).first()
        customer = Customer.objects.filter(workspace_id=workspace_id, pk=customer_id).first()
        if connection is None or customer is None:
            return False
        person = person_of(customer, connection)
        if not person.identities or not _is_offered(connection, person) or not _claim(customer):
            return False
    adapter = connection.adapter
    try:
        profile = vendor_call(
            connection=connection,
            describe=lambda known: [request] if (request := adapter.profile_request(person, known)) else [],
            read=adapter.profile_of,
            read_timeout=settings.VENDOR_TIMEOUT_SECONDS,
        )
    except (SendError, TransportError) as error:
        _note(customer, str(error))
        return False
    picture, problem = _picture_of(profile)
    with scope(workspace_id):
        _store(customer, connection, profile, picture)
    _note(customer, problem)
    return True


def _is_offered(connection: Connection, person: Person) -> bool:
    try:
        return connection.adapter.profile_request(person, {}) is not None
    except SendError:  # it misses the credentials only
        return True


def _claim(customer: Customer) -> bool:
    """Say whether this worker is the one to ask today."""
    now = clock.now()
    unasked = Q(profile_checked_at__isnull=True) | Q(profile_checked_at__lt=now - ASKED_EVERY)
    return Customer.objects.filter(unasked, pk=customer.pk).update(profile_checked_at=now) == 1


def _picture_of(profile: Profile) -> tuple[Picture | None, str]:
    """Return the picture if there is one, and what went wrong."""
    if not profile.picture_url:
        return None, ""
    try:
        return fetch_picture(profile.picture_url), ""
    except (PictureRefused, TransportError) as error:
        return None, f"picture: {error}"


def _store(customer: Customer, connection: Connection, profile: Profile, picture: Picture | None) -> None:
    workspace_id = customer.workspace_id
    lock_customers(workspace_id)
    known = Known(workspace_id, [(connection, profile.identities)])
    CustomerIdentity.objects.bulk_create(
        [
            known.new_row(workspace_id, customer.pk, connection, identity)
            for identity in dict.fromkeys(profile.identities)
            if known.lacks(customer.pk, connection, identity)
        ]
    )
    name = profile.name or next((i.value for i in profile.identities if i.kind == IdentityKind.USERNAME), "")
    if name:
        Customer.objects.filter(pk=customer.pk).update(profile_name=name[:NAME_LENGTH])
    changed = set(name_groups(workspace_id, {customer.pk}))
    if picture is not None:
        changed.add(customer.pk)
        CustomerPicture.objects.update_or_create(
            customer=customer,
            defaults={
                "workspace_id": workspace_id,
                "content": picture.content,
                "mime_type": picture.mime_type,
                "fetched_at": clock.now(),
            },
        )
        version = hashlib.sha256(picture.content).hexdigest()[:16]
        Customer.objects.filter(pk=customer.pk).update(picture_version=version)
    announce_customers(workspace_id, sorted(changed))


def _note(customer: Customer, problem: str) -> None:
    if problem:
        logger.info("the profile of customer %s is incomplete: %s", customer.pk, problem)
    with scope(customer.workspace_id):
        Customer.objects.filter(pk=customer.pk).update(profile_error=problem[:300])
