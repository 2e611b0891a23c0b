"""The only door from an untrusted id to a notification or a device: each member has their own, admins too."""

from __future__ import annotations

from django.http import Http404

from inbox.workspaces.models import Membership

from . import selectors
from .models import Device, Notification


def get_notification(membership: Membership, notification_id: int) -> Notification:
    """Raises Http404."""
    notification = selectors.notification_of(membership, notification_id)
    if notification is None:
        raise Http404("no such notification")
    return notification


def get_device(membership: Membership, device_id: int) -> Device:
    """Raises Http404."""
    device = selectors.device_of(membership, device_id)
    if device is None:
        raise Http404("no such device")
    return device
