"""The workspace's log of changes, and the frames that tell open browsers about them.

A page that missed frames asks for everything after the last sequence number it saw, so the log is the truth and the
frames are only its fast copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from inbox.lib import clock
from inbox.realtime import publish
from inbox.workspaces.tenancy import platform_scope, scope

from .. import presenters, selectors
from ..frames import inbox_frame, room_frame
from ..models import Change, Chatroom
from ..windows import windows_of
from ._limited import tell_limited

KEPT_FOR = timedelta(days=1)

_RECORD = """
WITH counter AS (
    INSERT INTO chatrooms_changecounter (workspace_id, value) VALUES (%(workspace)s, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET value = chatrooms_changecounter.value + 1
    RETURNING value
), logged AS (
    INSERT INTO chatrooms_change (workspace_id, seq, chatroom_id, message_id, created_at)
    SELECT %(workspace)s, counter.value, changed.room, nullif(changed.message, 0), now()
    FROM counter, unnest(%(rooms)s::bigint[], %(messages)s::bigint[]) AS changed (room, message)
)
SELECT value FROM counter
"""


def record_changes(*, workspace_id: int, rooms: Iterable[int] = (), messages: Iterable[tuple[int, int]] = ()) -> None:
    """Log changed rooms and (room id, message id) pairs, and publish them once the transaction has committed.

    Make it the transaction's last step: it holds the workspace's counter until the commit.
    """
    changed = [(room, 0) for room in dict.fromkeys(rooms)] + list(dict.fromkeys(messages))
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "workspace": workspace_id,
                "rooms": [room for room, _message in changed],
                "messages": [message for _room, message in changed],
            },
        )
        (seq,) = cursor.fetchone()
    transaction.on_commit(lambda: _publish(workspace_id=workspace_id, seq=seq, changed=changed), robust=True)


def announce_customers(*, workspace_id: int, customer_ids: Sequence[int]) -> None:
    """Show the chats of these customers anew on open pages: something else is known of them now."""
    with scope(workspace_id):
        rooms = Chatroom.objects.filter(workspace_id=workspace_id, customer_id__in=customer_ids)
        record_changes(workspace_id=workspace_id, rooms=list(rooms.values_list("pk", flat=True)))


def purge_changes() -> int:
    """Drop log rows that no page can need any more; return how many."""
    with platform_scope("purging the change log"):
        deleted, _by_model = Change.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()
    return deleted


def _publish(*, workspace_id: int, seq: int, changed: list[tuple[int, int]]) -> None:
    """Render each change once a language that somebody is listening in, and send it."""
    languages = [code for code, _name in settings.LANGUAGES]
    room_groups = {
        publish.room_group(workspace_id, room_id, code): room_id for room_id, _message in changed for code in languages
    }
    limited = publish.limited_group(workspace_id)
    inbox_groups = [publish.inbox_group(workspace_id, code) for code in languages]
    listening = publish.audience([*inbox_groups, limited, *room_groups])
    if not listening:
        return
    # An open room is rare among a hundred that changed: the others' messages are not even read.
    open_rooms = {room_groups[group] for group in listening if group in room_groups}
    with scope(workspace_id):
        rooms = selectors.rooms_by_id(workspace_id, {room_id for room_id, _message in changed})
        message_ids = {message for room_id, message in changed if message and room_id in open_rooms}
        messages = selectors.messages_by_id(workspace_id, message_ids) if message_ids else []
        windows = windows_of(rooms)
        slug = rooms[0].workspace.slug if rooms else ""
        frames: list[tuple[str, str]] = []
        losers: list[str] = []
        for code in languages:
            with translation.override(code):
                inbox_group = publish.inbox_group(workspace_id, code)
                if inbox_group in listening:
                    rows = [presenters.room_row(room, windows[room.pk], slug=slug) for room in rooms]
                    frames.append((inbox_group, inbox_frame(rows, seq=seq)))
                for room in rooms:
                    room_group = publish.room_group(workspace_id, room.pk, code)
                    if room_group in listening:
                        capabilities = room.connection.adapter.capabilities
                        views = [
                            presenters.message_view(message, slug=slug, capabilities=capabilities)
                            for message in messages
                            if message.chatroom_id == room.pk
                        ]
                        state = presenters.room_state(room, slug=slug)
                        bar = presenters.window_bar(room, windows[room.pk], slug=slug)
                        frames.append((room_group, room_frame(room.pk, views, state, bar, seq=seq)))
        if limited in listening:
            lines = [message for _room_id, message in changed if message]
            told = tell_limited(workspace_id=workspace_id, seq=seq, rooms=rooms, lines=lines, windows=windows)
            frames += told.frames
            for member_id, gone in told.gone.items():
                losers += [publish.own_room_group(member_id, room_id) for room_id in gone & open_rooms]
    for group in losers:  # before they hear who has the chat
        publish.revoke(group)
    publish.send_html(frames)
