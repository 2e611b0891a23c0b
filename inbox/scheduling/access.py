"""The only door from an untrusted id to a scheduled message: missing and foreign are both 404."""

from __future__ import annotations

from django.http import Http404

from inbox.workspaces.models import Membership

from . import selectors
from .models import ScheduledMessage


def get_scheduled(membership: Membership, row_id: int) -> ScheduledMessage:
    """Raises Http404."""
    row = selectors.one(membership, row_id)
    if row is None:
        raise Http404("no such scheduled message")
    return row
