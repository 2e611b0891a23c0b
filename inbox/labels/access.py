"""The only door from an untrusted id to a label: missing, deleted and foreign are all 404."""

from __future__ import annotations

from django.http import Http404

from inbox.workspaces.models import Membership

from . import selectors
from .models import Label


def get_label(membership: Membership, label_id: int) -> Label:
    """Raises Http404."""
    label = selectors.label_of(membership.workspace_id, label_id)
    if label is None:
        raise Http404("no such label")
    return label
