"""The only door from an untrusted id to a note, and who may change one."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404

from inbox.customers.selectors import Group
from inbox.workspaces.models import Membership, Role

from . import selectors
from .models import CustomerNote


def get_note(membership: Membership, group: Group, note_id: int) -> CustomerNote:
    """Raises Http404, also when the note is on somebody else."""
    note = selectors.note_of(membership, group, note_id)
    if note is None:
        raise Http404("no such note")
    return note


def may_change(membership: Membership, note: CustomerNote) -> bool:
    """Whoever wrote a note may edit and delete it, and every admin."""
    return note.author_id == membership.pk or membership.may(Role.ADMIN)


def require_change(membership: Membership, note: CustomerNote) -> None:
    """Raises PermissionDenied."""
    if not may_change(membership, note):
        raise PermissionDenied
