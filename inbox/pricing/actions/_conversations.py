"""Billing conversations in the database: the open one of each room, and what the policy makes of it."""

from __future__ import annotations

from collections.abc import Iterable

from ..conversations import Conversation
from ..models import BillingConversation

_FIELDS = ("opened_by", "category", "opened_at", "expires_at", "is_entry_point", "external_id")


class Book:
    """The newest conversation of each room that a batch is about; `write` stores what changed.

    Where another worker began the room's conversation meanwhile, that one stays and ours is dropped.
    """

    def __init__(self, workspace_id: int, room_ids: Iterable[int]) -> None:
        self._workspace_id = workspace_id
        newest = (
            BillingConversation.objects.filter(workspace_id=workspace_id, chatroom_id__in=set(room_ids))
            .order_by("chatroom_id", "-expires_at", "-pk")
            .distinct("chatroom_id")
        )
        self._rows = {row.chatroom_id: row for row in newest}
        self._new: list[BillingConversation] = []
        self._changed: dict[int, BillingConversation] = {}

    def current(self, room_id: int) -> Conversation | None:
        row = self._rows.get(room_id)
        return Conversation(**{name: getattr(row, name) for name in _FIELDS}) if row is not None else None

    def open(self, room_id: int, conversation: Conversation) -> None:
        row = BillingConversation(workspace_id=self._workspace_id, chatroom_id=room_id)
        self._new.append(row)
        self._rows[room_id] = _filled(row, conversation)

    def replace(self, room_id: int, conversation: Conversation) -> None:
        """Put the conversation in the place of the current one."""
        row = _filled(self._rows[room_id], conversation)
        if row.pk is not None:
            self._changed[row.pk] = row

    def write(self) -> None:
        if self._new:
            BillingConversation.objects.bulk_create(self._new, ignore_conflicts=True)
        if self._changed:
            rows = [row for _pk, row in sorted(self._changed.items())]
            BillingConversation.objects.bulk_update(rows, list(_FIELDS))


def _filled(row: BillingConversation, conversation: Conversation) -> BillingConversation:
    for name in _FIELDS:
        setattr(row, name, getattr(conversation, name))
    return row
