"""What the templates of customers are rendered with where no database is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inbox.chatrooms.timeline import Timeline, TimelineLine
from inbox.customers.actions import FieldDraft
from inbox.customers.field_pages import FieldForm, FieldRow, FieldsPage, WordsForm
from inbox.customers.pages import (
    CandidateList,
    ChatLine,
    Contact,
    CustomerPanel,
    FieldLine,
    IdentityLine,
    MergedLine,
    MergePreview,
    Side,
)

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
FIELD = FieldLine(
    key="company",
    label="<i>Company</i>",
    type="text",
    value="<b>Lotus</b>",
    link="",
    typed='"><script>',
    seen="<b>Lotus</b>",
    choices=(),
    input_type="text",
    help_text="Two <letters>",
    is_required=True,
    url="/w/lotus/customers/7/fields/company/",
    error="This is too long.",
    theirs="<b>Other</b>",
)
CHOICE = FieldLine(
    key="size",
    label="Size",
    type="choice",
    value="",
    link="",
    typed="",
    seen="",
    choices=(("<b>small</b>", "<b>small</b>"),),
    input_type="text",
    help_text="",
    is_required=True,
    url="/w/lotus/customers/7/fields/size/",
)
SITE = FieldLine(
    key="site",
    label="Site",
    type="url",
    value="https://example.com/?a=1&b=2",
    link="https://example.com/?a=1&b=2",
    typed="https://example.com/?a=1&b=2",
    seen="https://example.com/?a=1&b=2",
    choices=(),
    input_type="url",
    help_text="",
    is_required=False,
    url="/w/lotus/customers/7/fields/site/",
)
CONTACT = Contact(
    is_blocked=True,
    blocked_at=NOON,
    blocking_url="/w/lotus/customers/7/blocking/",
    is_opted_out=True,
    opted_out_at=NOON,
    opt_out_url="/w/lotus/customers/7/opt-out/",
)
PANEL = CustomerPanel(
    url="/w/lotus/customers/7/",
    revision="7 3",
    name="Ann <i>Lee</i>",
    picture_url="/w/lotus/customers/7/picture/?v=1",
    name_url="/w/lotus/customers/7/name/",
    typed='"><script>',
    error="This name is too long.",
    refusal="These two were separated already.",
    profile_name="<b>Ann</b>",
    contact=CONTACT,
    fields=(FIELD, CHOICE, SITE),
    fields_url="/w/lotus/customers/fields/",
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
    labels_url="/w/lotus/labels/customers/7/",
    timeline_url="/w/lotus/timelines/7/",
    since=NOON,
    zone="Europe/London",
    time_there="12:00",
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
DRAFT = FieldDraft("<b>Size</b>", "choice", "size", choices="small\n<i>large</i>", help_text='">', position=1)
FIELD_FORM = FieldForm(
    "field-7", "/w/lotus/customers/fields/7/change/", DRAFT, is_new=False, part="choices", error="Write 2 choices."
)
TIMELINE = Timeline(
    customer_name="Ann <i>Lee</i>",
    url="/w/lotus/timelines/7/",
    lines=(
        TimelineLine(NOON, "Company: “<b>a</b>” → “b”", "Amy <i>Agent</i>", ""),
        TimelineLine(NOON, "The chat began", "", "WhatsApp · <b>Shop</b>"),
    ),
    newest_url="/w/lotus/timelines/7/",
    older_url="/w/lotus/timelines/7/?before=x",
)
TYPES = (("text", "Text"), ("choice", "Choice"))
FIELDS = FieldsPage(
    rows=(FieldRow("<b>Size</b>", "size", "Choice", is_required=True, is_hidden=True, form=FIELD_FORM),),
    new=FieldForm("field-new", "/w/lotus/customers/fields/creation/", FieldDraft("")),
    words=WordsForm("/w/lotus/customers/fields/words/", "<b>STOP</b>", "START", "“x” cannot mean both."),
    may_manage=True,
    types=TYPES,
)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "chatrooms/_timeline.html": ({"timeline": TIMELINE}, "customer-timeline"),
    "customers/_candidates.html": ({"candidates": CANDIDATES}, "customer-merge"),
    "customers/_chats.html": ({"chats": CHATS}, ""),
    "customers/_contact.html": ({"contact": CONTACT}, "customer-contact"),
    "customers/_field.html": ({"line": FIELD}, "customer-field-company"),
    "customers/_field_form.html": ({"box": FIELD_FORM, "types": TYPES}, "field-7"),
    "customers/_found.html": ({"side": SIDE}, ""),
    "customers/_head.html": ({"panel": PANEL}, "customer-head"),
    "customers/_identities.html": ({"identities": IDENTITIES}, ""),
    "customers/_merge.html": ({"preview": PREVIEW}, "customer-merge"),
    "customers/_panel.html": ({"panel": PANEL}, "customer-panel"),
    "customers/_picture.html": ({"url": PANEL.picture_url}, ""),
    "customers/_side.html": ({"side": SIDE, "title": "Stays:"}, ""),
}
PAGE: dict[str, Any] = {"partial": "customers/_panel.html", "panel": PANEL, "back_url": "/w/lotus/"}
TIMELINE_PAGE: dict[str, Any] = {"timeline": TIMELINE, "back_url": "/w/lotus/customers/7/"}
FIELDS_PAGE: dict[str, Any] = {"page": FIELDS, "back_url": "/w/lotus/"}
