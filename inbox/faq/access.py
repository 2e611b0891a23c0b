"""The only door from an untrusted id to an entry or a category, and who may change them.

Missing, foreign and somebody else's own are all 404.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404

from inbox.workspaces.models import Membership, Role

from . import selectors
from .models import FaqCategory, FaqEntry


def get_entry(membership: Membership, entry_id: int) -> FaqEntry:
    """Raises Http404."""
    entry = selectors.entry_of(membership, entry_id)
    if entry is None:
        raise Http404("no such entry")
    return entry


def get_category(membership: Membership, category_id: int) -> FaqCategory:
    """Raises Http404."""
    category = next((each for each in selectors.categories_of(membership.workspace_id) if each.pk == category_id), None)
    if category is None:
        raise Http404("no such category")
    return category


def may_change(membership: Membership, entry: FaqEntry) -> bool:
    """Everybody changes their own entries; those of everybody are the admins' to change."""
    return entry.owner_id == membership.pk if entry.owner_id else membership.may(Role.ADMIN)


def require_change(membership: Membership, entry: FaqEntry) -> None:
    """Raises PermissionDenied."""
    if not may_change(membership, entry):
        raise PermissionDenied
