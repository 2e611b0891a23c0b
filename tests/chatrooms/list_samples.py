"""A list as its templates get it, with names that try to break out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.paginator import Paginator

from inbox.chatrooms.bulk_views import Question
from inbox.chatrooms.filter_words import Chip, Choice, Field, Option
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.insisting import Insisting
from inbox.chatrooms.list_pages import ListPage, NamedList
from inbox.chatrooms.presenters import RoomRow

VIEW = NamedList(
    key="view-5",
    name="</a><b>Late",
    url="/w/lotus/?view=5",
    owner="<i>Ben",
    is_shared=True,
    is_current=True,
    gone=("The label of this list was deleted.",),
    left_out="Left out: Label",
    change_url="/w/lotus/views/5/",
    deletion_url="/w/lotus/views/5/deletion/",
    move_url="/w/lotus/views/5/position/",
)


def listed(rows: list[RoomRow]) -> ListPage:
    return ListPage(
        seq=41,
        wanted=RoomFilter(assignee="11", unread=True),
        query="assignee=11&unread=1&view=5",
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        at=datetime(2026, 11, 23, tzinfo=UTC),
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
        lost="label",
        gone=("The label of this list was deleted.",),
        left_out="Left out: Connection",
        views=(VIEW,),
        more_views=2,
        counts_by_time=True,
        members=((11, "<i>Amy"),),
        teams=((3, "</option>Sales"),),
        labels=((1, "<b>VIP"),),
        current_view=VIEW,
        url="/w/lotus/",
        counts_url="/w/lotus/counts/?unread=1",
        rows_url="/w/lotus/rows/?unread=1",
        views_url="/w/lotus/views/",
        bulk_url="/w/lotus/bulk/",
    )


LISTED = {"listed": listed([])}
DONE = {
    "text": "2 chats <closed>.",
    "undo": "signed",
    "undo_url": "/w/lotus/bulk/undoing/",
    "insisting": Insisting("/w/lotus/bulk/", "assign:11", "signed"),
    "is_warning": True,
    "seen": '{"7": 1}',
}
QUESTION = {"question": Question("Close 2 <chats>?", "Close 2 <chats>", "close", "signed", "/w/lotus/bulk/")}

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "chatrooms/_bulk_bar.html": (LISTED, "bulk"),
    "chatrooms/_also_done.html": (DONE, ""),
    "chatrooms/_bulk_done.html": (DONE, ""),
    "chatrooms/_bulk_question.html": (QUESTION, ""),
    "chatrooms/_filter.html": (LISTED, ""),
    "chatrooms/_list_rows.html": (
        {"rows": [], "seq": 41, "at": datetime(2026, 11, 23, tzinfo=UTC), "lost": "label", "is_cut": True},
        "",
    ),
    "chatrooms/_row_menu.html": (LISTED, "row-menu"),
    "chatrooms/_view_counts.html": ({"counts": [("tab-all", 3)]}, "count-tab-all"),
}
PAGES: dict[str, dict[str, Any]] = {
    "chatrooms/bulk_done.html": {**DONE, "back": "/w/lotus/"},
    "chatrooms/bulk_question.html": {**QUESTION, "back": "/w/lotus/"},
    "chatrooms/views.html": {
        "views": [(VIEW, 3)],
        "views_page": Paginator([1, 2, 3], 1).page(2),
        "moved": "view-5",
        "moved_to": "up",
        "saving_url": "/w/lotus/views/saving/",
        "back": "/w/lotus/",
        "query": "unread=1",
        "name": "</form>",
        "is_shared": True,
        "refusal": "Give the list a <b>name</b>.",
    },
}
