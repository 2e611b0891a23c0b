"""What members who do not see all chats are told of a change: of the chats they see, and that one has left them.

Each has a group of their own. Everybody else of them learns from one empty frame that nothing was missed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from inbox.realtime import publish
from inbox.workspaces.visibility import some_reaches

from .. import presenters, selectors
from ..frames import inbox_frame
from ..models import Chatroom
from ..window import Window


@dataclass(frozen=True)
class Told:
    """Frames for groups, and the chats that members have lost sight of, by member."""

    frames: list[tuple[str, str]]
    gone: Mapping[int, frozenset[int]]


def tell_limited(
    *, workspace_id: int, seq: int, rooms: Sequence[Chatroom], lines: Collection[int], windows: Mapping[int, Window]
) -> Told:
    """Render what each of them sees of the changed rooms; `lines` are the ids of the messages that changed.

    A fixed number of queries; what several see is rendered once."""
    reaches = some_reaches(workspace_id, {room.customer.head_id for room in rooms})
    had = selectors.owners_before(workspace_id, lines) if lines else []
    seen = {reach: frozenset(room.pk for room in rooms if reach.sees(room)) for reach in reaches}
    gone = {reach: frozenset(pk for pk, owners in had if reach.holds(*owners)) - seen[reach] for reach in reaches}
    concerned = {
        publish.own_group(reach.member_id, code): (code, seen[reach], gone[reach])
        for reach in reaches
        if seen[reach] or gone[reach]
        for code, _name in settings.LANGUAGES
    }
    listening = publish.audience(concerned)
    rendered: dict[tuple[str, frozenset[int], frozenset[int]], str] = {}
    for code, shown, left in {what for group, what in concerned.items() if group in listening}:
        with translation.override(code):
            rows = [
                presenters.room_row(room, windows[room.pk], slug=room.workspace.slug)
                for room in rooms
                if room.pk in shown
            ]
            rendered[code, shown, left] = inbox_frame(rows, seq=seq, gone=left)
    frames = [(group, rendered[what]) for group, what in concerned.items() if group in listening]
    frames.append((publish.limited_group(workspace_id), inbox_frame([], seq=seq)))
    return Told(frames, {reach.member_id: gone[reach] for reach in reaches})
