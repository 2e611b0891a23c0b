"""What a page missed: everything the change log holds after the page's cursor, rendered as the frames it missed.

Who does not see all chats is told of theirs, and of those that have left them: the line that says that a chat belongs
to others now keeps to whom it belonged (`had`). No line says that a note does not mention them any more, so their page
names the chats that it shows.
"""

from __future__ import annotations

from collections.abc import Collection

from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from . import presenters, selectors
from .access import visible_ids
from .frames import inbox_frame, room_frame
from .models import Change, ChangeCounter, Chatroom
from .windows import window_for, windows_of

MOST_CHANGES = 300


def current_seq(workspace_id: int) -> int:
    """Return the sequence number of the workspace's latest committed change."""
    return ChangeCounter.objects.filter(workspace_id=workspace_id).values_list("value", flat=True).first() or 0


def changes_since(
    member: Membership, cursor: int, open_room: Chatroom | None, shown: Collection[int] = ()
) -> str | None:
    """Return frames that bring a page from `cursor` to now; None if it is too far behind, or ahead of the log.

    Of chats that the member may not see those are told that the page says it has (`shown`): all of them, so that it
    does not learn which have changed.
    """
    newest = current_seq(member.workspace_id)
    gone = set(shown).difference(visible_ids(member, list(shown)))
    if cursor == newest:
        return inbox_frame([], seq=newest, gone=gone)
    changes = list(
        Change.objects.filter(workspace_id=member.workspace_id, seq__gt=cursor)
        .order_by("seq", "pk")
        .values_list("seq", "chatroom_id", "message_id")[: MOST_CHANGES + 1]
    )
    # Sequence numbers have no holes, so a log that does not start right after the cursor has lost its beginning.
    if cursor > newest or len(changes) > MOST_CHANGES or not changes or changes[0][0] != cursor + 1:
        return None
    slug = member.workspace.slug
    reach = reach_of(member)
    rooms = selectors.rooms_by_id(member.workspace_id, {room_id for _seq, room_id, _message in changes})
    hidden = {room.pk for room in rooms if not reach.sees(room)}
    rooms = [room for room in rooms if room.pk not in hidden]
    lines = {message for _seq, room_id, message in changes if room_id in hidden and message}
    had = selectors.owners_before(member.workspace_id, lines) if lines else []
    windows = windows_of(rooms)
    rows = [presenters.room_row(room, windows[room.pk], slug=slug) for room in rooms]
    gone |= {room_id for room_id, owners in had if reach.holds(*owners)}
    html = inbox_frame(rows, seq=changes[-1][0], gone=gone)
    if open_room is not None and open_room.pk not in hidden:
        # As the list read it, after the log: the caller's copy may be older than the number it would be sent under.
        open_room = next((room for room in rooms if room.pk == open_room.pk), open_room)
        capabilities = open_room.connection.adapter.capabilities
        missed = {message for _seq, room, message in changes if room == open_room.pk and message}
        views = [
            presenters.message_view(message, slug=slug, capabilities=capabilities)
            for message in selectors.messages_by_id(member.workspace_id, missed)
        ]
        window = windows.get(open_room.pk) or window_for(open_room)
        state = presenters.room_state(open_room, slug=slug)
        bar = presenters.window_bar(open_room, window, slug=slug)
        html = room_frame(open_room.pk, views, state, bar, seq=changes[-1][0]) + html
    return html
