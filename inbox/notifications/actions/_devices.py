"""The browsers that take pushes, and the key by which their push services know us."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from inbox.lib import clock, web_push
from inbox.lib.crypto import Secrets
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope

from ..models import Device, PushKey, Standing

MOST_DEVICES = 20
LONGEST_ADDRESS = 1000


class DeviceRefused(Exception):
    """This browser cannot be told; the message says why."""


class DeviceUnknown(Exception):
    """Nothing is known of this device, or its address is dead: its page has to register it anew."""


class DeviceRemoved(Exception):
    """Its member has removed this device."""


@dataclass(frozen=True, repr=False)
class Subscription:
    """What a browser gives away of itself: where its push service is told, and the keys that only it can read."""

    endpoint: str
    p256dh: str
    auth: str


def add_device(*, member: Membership, subscription: Subscription, session_key: str, name: str, was: str = "") -> Device:
    """Push to a browser from now on, for as long as its session lasts. The same browser is one device: `was` is the
    address under which it was known before.

    Raises DeviceRefused. Only the push services of `settings.PUSH_SERVICES` are ever spoken to.
    """
    _check(subscription)
    device, _is_new = Device.objects.update_or_create(
        workspace_id=member.workspace_id,
        member=member,
        digest=_digest(subscription.endpoint),
        defaults={
            "secrets": _secrets(subscription, session_key),
            "name": name[:80],
            "standing": Standing.TOLD,
            "created_at": clock.now(),
        },
    )
    devices = Device.objects.filter(workspace_id=member.workspace_id, member=member)
    devices.filter(digest=_digest(was)).exclude(pk=device.pk).delete()
    for some in (devices.filter(standing=Standing.REMOVED), devices.exclude(standing=Standing.REMOVED)):
        newest = some.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MOST_DEVICES]
        some.exclude(pk__in=list(newest)).delete()
    return device


def renew_device(*, member: Membership, was: str, subscription: Subscription, session_key: str) -> None:
    """Let the device that is known under the address `was` go on: under the session in which the member has signed in
    there again, and under another address if its browser has changed it.

    Raises DeviceUnknown, DeviceRemoved, DeviceRefused.
    """
    devices = Device.objects.filter(workspace_id=member.workspace_id, member=member)
    device = devices.select_for_update(no_key=True).filter(digest=_digest(was)).first()
    if device is None:
        raise DeviceUnknown
    if device.standing == Standing.REMOVED:
        raise DeviceRemoved
    if subscription.endpoint == was:
        if device.standing == Standing.LOST:
            raise DeviceUnknown
        device.secrets = Secrets({**device.secrets, "session": session_key})
    else:
        _check(subscription)
        devices.filter(digest=_digest(subscription.endpoint)).delete()
        device.digest = _digest(subscription.endpoint)
        device.secrets = _secrets(subscription, session_key)
        device.standing = Standing.TOLD
    device.created_at = clock.now()
    device.save(update_fields=["digest", "secrets", "standing", "created_at"])


def _check(subscription: Subscription) -> None:
    """Raises DeviceRefused."""
    endpoint = subscription.endpoint
    if len(endpoint) > LONGEST_ADDRESS or not _is_push_service(endpoint):
        raise DeviceRefused(_("This browser’s push service is not known here."))
    try:
        web_push.Receiver.of(endpoint, subscription.p256dh, subscription.auth)
    except web_push.InvalidKeys as error:
        raise DeviceRefused(_("This browser gave no usable keys.")) from error


def _secrets(subscription: Subscription, session_key: str) -> Secrets:
    return Secrets(**asdict(subscription), session=session_key)


def drop_device(*, member: Membership, device: Device) -> None:
    """Tell a device nothing any more, and remember no more of it than that."""
    devices = Device.objects.filter(workspace_id=member.workspace_id, member=member, pk=device.pk)
    devices.update(standing=Standing.REMOVED, secrets=Secrets(), created_at=clock.now())


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
