"""What the search templates are given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inbox.search.folding import Piece
from inbox.search.pages import Choice, Found, Hit, SearchPage
from inbox.search.queries import Query

HIT = Hit(
    dom_id="message-hit-9",
    url="/w/lotus/rooms/7/?at=9#message-9",
    panel_url="",
    name=(Piece("<i>Tai</i>"),),
    initials="T",
    channel="whatsapp",
    by="Amy Agent",
    words=(Piece("Two <b>red</b> "), Piece("peonies", is_hit=True)),
    at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    icon="document",
)
FOUND = Found("messages", "Messages", "50+", (HIT,), "/w/lotus/search/?section=messages", "/w/lotus/search/?before=x")
SEARCHED = SearchPage(
    query=Query('"peony"'),
    url="/w/lotus/search/",
    back_url="/w/lotus/search/?q=peony",
    sections=(FOUND,),
    is_empty=False,
    remarks=("That is <b>short</b>.",),
    people=(Choice("", "Anybody", is_current=True),),
    channels=(Choice("", "All channels", is_current=True),),
    connections=(Choice("", "All connections", is_current=True), Choice("3", "<b>Shop</b>", is_current=False)),
    zone="Asia/Hong_Kong",
    is_filtered=True,
)
PAGE: dict[str, Any] = {"page": SEARCHED}
PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "search/_filters.html": (PAGE, ""),
    "search/_hit.html": ({"hit": HIT}, "message-hit-9"),
    "search/_hits.html": ({"section": FOUND}, None),
    "search/_pieces.html": ({"pieces": HIT.words}, ""),
    "search/_results.html": (PAGE, "search-found"),
}
