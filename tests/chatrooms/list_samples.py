"""A list as its templates get it, with names that try to break out."""

from __future__ import annotations

from typing import Any

from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.list_pages import Chip, Choice, Field, ListPage, NamedList, Option
from inbox.chatrooms.presenters import RoomRow

VIEW = NamedList(
    key="view-5",
    name="</a><b>Late",
    url="/w/lotus/?view=5",
    is_shared=True,
    is_current=True,
    change_url="/w/lotus/views/5/",
    deletion_url="/w/lotus/views/5/deletion/",
)


def listed(rows: list[RoomRow]) -> ListPage:
    return ListPage(
        seq=41,
        wanted=RoomFilter(assignee="11", unread=True),
        query="assignee=11&unread=1&view=5",
        member_id=11,
        connection_ids="3 4",
        asks_server=True,
        rows=rows,
        seen_counts={"7": 1},
        older_url="/w/lotus/?before=x",
        tabs=(Choice("tab-all", "All", "/w/lotus/?unread=1", True),),
        statuses=(Choice("open", "Open", "/w/lotus/?unread=1", True),),
        fields=(
            Field("assignee", "Assigned to", (Option("11", "<i>Amy", True), Option("", "Anyone", False))),
            Field("label", "Label", (Option("1", "<b>VIP", True),), is_many=True),
            Field("channel", "Channel", (), is_many=True),
        ),
        chips=(Chip("<b>VIP", "/w/lotus/?unread=1"),),
        clear_url="/w/lotus/",
        ignored=("Label", "Connection"),
        views=(VIEW,),
        members=((11, "<i>Amy"),),
        labels=((1, "<b>VIP"),),
        current_view=VIEW,
        url="/w/lotus/",
        counts_url="/w/lotus/counts/?unread=1",
        rows_url="/w/lotus/rows/?unread=1",
        views_url="/w/lotus/views/",
        bulk_url="/w/lotus/bulk/",
    )


LISTED = {"listed": listed([])}
DONE = {"text": "2 chats <closed>.", "undo": "signed", "undo_url": "/w/lotus/bulk/undoing/"}

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "chatrooms/_bulk_bar.html": (LISTED, "bulk"),
    "chatrooms/_bulk_done.html": (DONE, ""),
    "chatrooms/_filter.html": (LISTED, ""),
    "chatrooms/_row_menu.html": (LISTED, "row-menu"),
    "chatrooms/_view_counts.html": ({"counts": [("tab-all", 3)]}, "count-tab-all"),
}
PAGES: dict[str, dict[str, Any]] = {
    "chatrooms/bulk_done.html": {**DONE, "back": "/w/lotus/"},
    "chatrooms/views.html": {
        "views": [(VIEW, 3)],
        "views_url": "/w/lotus/views/",
        "saving_url": "/w/lotus/views/saving/",
        "back": "/w/lotus/",
        "query": "unread=1",
        "name": "</form>",
        "is_shared": True,
        "refusal": "Give the list a <b>name</b>.",
    },
}
