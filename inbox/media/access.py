"""The only door from an untrusted id to a file: missing and foreign are both 404."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from inbox.workspaces.models import Membership

from .models import MediaFile


def get_file(membership: Membership, file_id: int) -> MediaFile:
    """Raises Http404."""
    return get_object_or_404(MediaFile, workspace_id=membership.workspace_id, pk=file_id)
