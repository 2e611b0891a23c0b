"""What the templates of costs are given, with words that must stay words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from inbox.pricing.pages import (
    BudgetForm,
    ConnectionCosts,
    CostRow,
    CostsPage,
    MonthLink,
    RateRow,
    RoomCosts,
)
from inbox.pricing.rate_files import RowProblem

MONTH = date(2026, 11, 1)
ROWS = (CostRow("Utility", 1200, 40, 0, "US$0.80"), CostRow("<b>Marketing</b>", 3, 3, 2, "US$0.07"))
BUDGET = BudgetForm(
    url="/w/lotus/costs/budgets/3/",
    field_id="budget-3",
    value="<i>fifty</i>",
    words="The budget is nearly used up.",
    percent=85,
    level="near",
    caution=True,
    error="Type an amount.",
)
COSTS = CostsPage(
    month=MONTH,
    months=(MonthLink(MONTH, "/w/lotus/costs/?month=2026-11", True),),
    total="US$0.87",
    connections=(ConnectionCosts("<b>Shop</b>", "whatsapp", "WhatsApp", ROWS, "US$0.87", BUDGET),),
    export_url="/w/lotus/costs/export/?month=2026-11",
    rates=(RateRow("", "Utility", "US$0.020", MONTH, MONTH, "example", True),),
    more_rates=7,
    rates_url="/w/lotus/costs/rates/",
    problems=(RowProblem(3, "“<script>” is no country."), RowProblem(0, "The file is empty.")),
    imported=2,
)
ROOM = RoomCosts(
    rows=ROWS,
    total="US$0.87",
    conversation="Opened by the customer · Service",
    until=datetime(2026, 11, 22, 12, tzinfo=UTC),
    ad="The customer came through an ad.",
    budget="The budget of this month is used up.",
    budget_level="used",
)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "pricing/_room.html": ({"costs": ROOM}, "room-costs"),
    "pricing/_rows.html": ({"rows": ROWS, "total": "US$0.87"}, ""),
}
PAGE: dict[str, Any] = {"page": COSTS}
ROOM_PAGE: dict[str, Any] = {"costs": ROOM, "back_url": "/w/lotus/rooms/7/"}
