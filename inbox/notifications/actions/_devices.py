"""The browsers that take pushes, and the key by which their push services know us."""

from __future__ import annotations

import hashlib

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from inbox.lib import clock, web_push
from inbox.lib.crypto import Secrets
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope

from ..models import Device, PushKey

MOST_DEVICES = 20
LONGEST_ADDRESS = 1000


class DeviceRefused(Exception):
    """This browser cannot be told; the message says why."""


def add_device(*, member: Membership, endpoint: str, p256dh: str, auth: str, session_key: str, name: str) -> Device:
    """Push to a browser from now on, for as long as its session lasts. The same browser is one device.

    Raises DeviceRefused. Only the push services of `settings.PUSH_SERVICES` are ever spoken to.
    """
    if len(endpoint) > LONGEST_ADDRESS or not _is_push_service(endpoint):
        raise DeviceRefused(_("This browser’s push service is not known here."))
    try:
        web_push.Receiver.of(endpoint, p256dh, auth)
    except web_push.InvalidKeys as error:
        raise DeviceRefused(_("This browser gave no usable keys.")) from error
    device, _is_new = Device.objects.update_or_create(
        workspace_id=member.workspace_id,
        member=member,
        digest=_digest(endpoint),
        defaults={
            "secrets": Secrets(endpoint=endpoint, p256dh=p256dh, auth=auth, session=session_key),
            "name": name[:80],
            "created_at": clock.now(),
        },
    )
    devices = Device.objects.filter(workspace_id=member.workspace_id, member=member)
    devices.exclude(
        pk__in=list(devices.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MOST_DEVICES])
    ).delete()
    return device


def renew_device(*, member: Membership, endpoint: str, session_key: str) -> None:
    """Let a device that is known go on under a new session: the member has signed in there again."""
    devices = Device.objects.filter(workspace_id=member.workspace_id, member=member, digest=_digest(endpoint))
    for device in devices:
        device.secrets = Secrets({**device.secrets, "session": session_key})
        device.created_at = clock.now()
        device.save(update_fields=["secrets", "created_at"])


def drop_device(*, member: Membership, device: Device) -> None:
    Device.objects.filter(workspace_id=member.workspace_id, member=member, pk=device.pk).delete()


def public_key() -> str:
    """Return the key that a browser asks its push service to expect."""
    return web_push.public_key(private_key())


def private_key() -> str:
    """Return our private key, made when it is first asked for."""
    with platform_scope("the push key of the installation"):
        known = PushKey.objects.first()
        if known is None:
            PushKey.objects.bulk_create([PushKey(secrets=Secrets(private=web_push.new_key()))], ignore_conflicts=True)
            known = PushKey.objects.get()
    return known.secrets["private"]


def _digest(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _is_push_service(endpoint: str) -> bool:
    """Whether an address is one of the known services, or of one named `*.` and its domain."""
    if not (endpoint.isascii() and endpoint.isprintable()) or " " in endpoint:
        return False
    try:
        url = httpx.URL(endpoint)
        address, host = url.netloc.decode(), url.host
    except (httpx.InvalidURL, UnicodeError):  # the second of a host that stands for no name
        return False
    # As the browser writes it: whoever it names besides, or a port that goes without saying, stands before the path.
    if host.startswith(".") or not endpoint.startswith(f"{url.scheme}://{address}/"):
        return False
    known = {f"{url.scheme}://{address}", f"{url.scheme}://*.{address.partition('.')[2]}"}
    return not known.isdisjoint(settings.PUSH_SERVICES)
