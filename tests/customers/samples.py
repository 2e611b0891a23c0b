"""What the templates of customers are rendered with where no database is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inbox.customers.pages import CandidateList, ChatLine, CustomerPanel, IdentityLine, MergedLine, MergePreview, Side

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IDENTITIES = (
    IdentityLine("Phone", "+85290000001", "WhatsApp", is_retired=False),
    IdentityLine("User id", "<b>oXyz</b>", "WeChat", is_retired=True),
)
CHATS = (
    ChatLine("/w/lotus/rooms/7/", "whatsapp", "WhatsApp", "Shop", NOON, is_open_here=True),
    ChatLine("/w/lotus/rooms/8/", "wechat", "WeChat", "<i>Shop</i>", NOON, is_open_here=False),
)
SIDE = Side("Ann <i>Lee</i>", "", IDENTITIES, CHATS, NOON, "/w/lotus/customers/7/merging/8/")
PANEL = CustomerPanel(
    name="Ann <i>Lee</i>",
    picture_url="/w/lotus/customers/7/picture/?v=1",
    name_url="/w/lotus/customers/7/name/",
    typed='"><script>',
    error="This name is too long.",
    refusal="These two were separated already.",
    profile_name="<b>Ann</b>",
    identities=IDENTITIES,
    channel_label="WeChat, WhatsApp",
    chats=CHATS,
    merged=(
        MergedLine(
            "<b>Bob</b>", ("+85290000002", "bob"), "Amy Agent", NOON, "/w/lotus/customers/7/merges/1/separation/"
        ),
        MergedLine("Cat", (), "", NOON, "/w/lotus/customers/7/merges/2/separation/"),
    ),
    alike=(SIDE,),
    candidates_url="/w/lotus/customers/7/merging/",
    since=NOON,
)
CANDIDATES = CandidateList("Ann", "/w/lotus/customers/7/merging/", "/w/lotus/customers/7/", '"><b>', (SIDE,))
PREVIEW = MergePreview(
    keep=SIDE,
    merge=SIDE,
    merge_url="/w/lotus/customers/7/merging/8/confirmation/",
    swap_url="/w/lotus/customers/8/merging/7/",
    panel_url="/w/lotus/customers/7/",
    candidates_url="/w/lotus/customers/7/merging/",
    refusal="These two are one customer already.",
)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "customers/_candidates.html": ({"candidates": CANDIDATES}, "customer-merge"),
    "customers/_chats.html": ({"chats": CHATS}, ""),
    "customers/_found.html": ({"side": SIDE}, ""),
    "customers/_identities.html": ({"identities": IDENTITIES}, ""),
    "customers/_merge.html": ({"preview": PREVIEW}, "customer-merge"),
    "customers/_panel.html": ({"panel": PANEL}, "customer-panel"),
    "customers/_picture.html": ({"url": PANEL.picture_url}, ""),
    "customers/_side.html": ({"side": SIDE, "title": "Stays:"}, ""),
}
PAGE: dict[str, Any] = {"partial": "customers/_panel.html", "panel": PANEL, "back_url": "/w/lotus/"}
