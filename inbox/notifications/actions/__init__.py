"""Every verb of notifications. Workers find what happened and pass it on; members read it and say how they want it."""

from ._devices import (
    DeviceRefused,
    DeviceRemoved,
    DeviceUnknown,
    Subscription,
    add_device,
    drop_device,
    public_key,
    renew_device,
)
from ._digest import mail_due
from ._notify import notify_changes, purge_notifications
from ._preferences import Wishes, introduce, leave_alone, save_preferences, tell_again
from ._push import push_due
from ._read import mark_all_read, mark_read

__all__ = [
    "DeviceRefused",
    "DeviceRemoved",
    "DeviceUnknown",
    "Subscription",
    "Wishes",
    "add_device",
    "drop_device",
    "introduce",
    "leave_alone",
    "mail_due",
    "mark_all_read",
    "mark_read",
    "notify_changes",
    "public_key",
    "purge_notifications",
    "push_due",
    "renew_device",
    "save_preferences",
    "tell_again",
]
