"""Who looks at a chat and who writes in it, told to those who have it open; and who is online, told to the worker.

Signals, not state: they have no row, and what is lost is told again with the next one.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from inbox.realtime import presence, publish
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope

from ..assignment import online_in
from ..models import Chatroom
from ..presenters.words import initials
from ._waking import wake_assignment

# A page tells again sooner, as long as its person goes on writing; see static/js/presence.js.
WRITING_SECONDS = 6.0


def come_online(*, workspace_id: int, member_id: int, token: str) -> None:
    """Note that a page of a member has opened: chats may be waiting for them."""
    presence.enter(online_in(workspace_id), member_id, token)
    with scope(workspace_id):
        wake_assignment(workspace_id)


def stay_online(*, workspace_id: int, member_id: int, token: str) -> None:
    presence.enter(online_in(workspace_id), member_id, token)


def go_offline(*, workspace_id: int, member_id: int, token: str) -> None:
    presence.leave(online_in(workspace_id), member_id, token)


def open_chat(*, workspace_id: int, room_id: int, member_id: int, token: str) -> None:
    """Note that a member looks at a chat, and tell everybody who does."""
    presence.enter(_viewing(workspace_id, room_id), member_id, token)
    _tell(workspace_id, room_id)


def keep_chat_open(*, workspace_id: int, room_id: int, member_id: int, token: str) -> None:
    if presence.enter(_viewing(workspace_id, room_id), member_id, token):
        _tell(workspace_id, room_id)


def leave_chat(*, workspace_id: int, room_id: int, member_id: int, token: str) -> None:
    presence.leave(_viewing(workspace_id, room_id), member_id, token)
    presence.leave(_writing(workspace_id, room_id), member_id, "")
    _tell(workspace_id, room_id)


def note_writing(*, member: Membership, chatroom: Chatroom) -> None:
    """Show colleagues who have the chat open that a member writes in it."""
    presence.enter(_writing(member.workspace_id, chatroom.pk), member.pk, "", seconds=WRITING_SECONDS)
    _tell(member.workspace_id, chatroom.pk)


def stop_writing(*, member: Membership, room_id: int) -> None:
    """Note that a member has sent what they wrote. Call it when that is committed."""
    if presence.leave(_writing(member.workspace_id, room_id), member.pk, ""):
        _tell(member.workspace_id, room_id)


def _viewing(workspace_id: int, room_id: int) -> str:
    return f"w{workspace_id}.room{room_id}"


def _writing(workspace_id: int, room_id: int) -> str:
    return f"w{workspace_id}.room{room_id}.writing"


def _tell(workspace_id: int, room_id: int) -> None:
    groups = publish.audience(publish.room_group(workspace_id, room_id, code) for code, _name in settings.LANGUAGES)
    viewing = presence.present(_viewing(workspace_id, room_id))
    writing = presence.present(_writing(workspace_id, room_id))
    if not groups or viewing is None or writing is None:
        return
    with scope(workspace_id):
        members = Membership.objects.filter(workspace_id=workspace_id, pk__in=viewing | writing)
        people: list[dict[str, Any]] = [
            {"id": member.pk, "name": str(member), "initials": initials(str(member)), "writes": member.pk in writing}
            for member in members.select_related("user").order_by("user__name", "pk")
        ]
    publish.send_signal(sorted(groups), {"type": "presence", "room": room_id, "people": people})
