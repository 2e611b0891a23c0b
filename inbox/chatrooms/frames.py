"""HTML frames, the form in which state travels to open pages: over the socket, and in the answer to a catch-up."""

from __future__ import annotations

from collections.abc import Collection

from django.template.loader import render_to_string

from .presenters import MessageView, RoomRow, RoomState, WindowBar


def inbox_frame(rows: list[RoomRow], *, seq: int, gone: Collection[int] = ()) -> str:
    """Rows of the list, the ids of chats that leave it, and the sequence number up to which this is true."""
    return render_to_string("frames/chatrooms/inbox.html", {"rows": rows, "seq": seq, "gone": sorted(gone)})


def room_frame(room_id: int, messages: list[MessageView], state: RoomState, window: WindowBar, *, seq: int) -> str:
    """Messages of one room, its state and its reply window. A page that has seen a later `seq` of them keeps what it has."""
    context = {"room_id": room_id, "messages": messages, "state": state, "window": window, "seq": seq}
    return render_to_string("frames/chatrooms/room.html", context)
