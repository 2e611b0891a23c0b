"""What the templates of labels are rendered with where no database is needed."""

from __future__ import annotations

from typing import Any

from inbox.labels.models import Colour, Label
from inbox.labels.pages import CustomerLabels, LabelLine, LabelPage, NewLabel
from inbox.labels.selectors import LabelDot

DOTS = tuple(LabelDot(number, f'<b>"Label {number}</b>', colour) for number, colour in enumerate(Colour.values, 1))
PANEL = CustomerLabels(
    url="/w/lotus/labels/customers/7/",
    choice_url="/w/lotus/labels/customers/7/choice/",
    all_url="/w/lotus/labels/",
    customer_name="Ann <i>Lee</i>",
    labels=DOTS,
    offered=DOTS[:2],
    name_length=50,
    typed='"><script>',
    error="This name is too long.",
)
LINE = LabelLine(
    label=DOTS[0],
    people=2,
    typed='"><b>',
    typed_colour="red",
    error="There is a <b>label</b> already.",
    change_url="/w/lotus/labels/1/change/",
    deletion_url="/w/lotus/labels/1/deletion/",
)
ALL = LabelPage(
    lines=(LINE,),
    new=NewLabel('"><i>', "blue", "Type the name of a label."),
    creation_url="/w/lotus/labels/creation/",
    colours=tuple((value, str(name)) for value, name in Colour.choices),
    name_length=50,
    may_manage=True,
)
NEWS = {"labels": [Label(pk=1, name='"><b>', colour="red")], "gone": 2}

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "labels/_colours.html": ({"colours": ALL.colours, "chosen": "red"}, ""),
    "labels/_customer.html": ({"panel": PANEL}, "customer-labels"),
    "labels/_dots.html": ({"labels": DOTS}, ""),
    "labels/_line.html": ({"page": ALL, "line": LINE}, ""),
}
PAGES: dict[str, dict[str, Any]] = {
    "labels/all.html": {"page": ALL, "back_url": "/w/lotus/"},
    "labels/customer.html": {"panel": PANEL, "back_url": "/w/lotus/customers/7/"},
}
