"""The only door from an untrusted id to a file: missing, foreign and hidden are all 404."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from .models import MediaFile


def get_file(membership: Membership, file_id: int) -> MediaFile:
    """Return a file. Who does not see all chats gets their own, those of chats they see, and those kept to be sent.

    Raises Http404."""
    file = get_object_or_404(MediaFile, workspace_id=membership.workspace_id, pk=file_id)
    is_free = reach_of(membership).is_all or file.created_by_id == membership.pk
    if not is_free and not any(rows.exists() for rows in _places_seen(membership, file)):
        raise Http404("no such file")
    return file


def _places_seen(membership: Membership, file: MediaFile) -> Iterator[QuerySet[Any]]:
    """Give what could show the file, or the one it was made from, to the member. All of it belongs to slices above."""
    original = file.made_from_id or file.pk
    it, rooms = [{"id": original}], reach_of(membership).rooms

    def rows(app: str, model: str) -> QuerySet[Any]:
        found: QuerySet[Any] = apps.get_model(app, model)._default_manager.filter(workspace_id=membership.workspace_id)
        return found

    sent = Q(file=original) | Q(sent_file__in=[original, file.pk])
    yield rows("chatrooms", "Attachment").filter(sent, rooms("message__chatroom__"))
    yield rows("faq", "FaqEntry").filter(files__contains=it)
    yield rows("chatrooms", "HeldAnswer").filter(rooms("chatroom__"), files__contains=it)
    scheduled = Q(files__contains=it) | Q(template__file__id=original)
    yield rows("scheduling", "ScheduledMessage").filter(scheduled, rooms("chatroom__"))
    yield rows("message_templates", "MessageTemplate").filter(order__sample=original)
