"""What the templates of message templates are given, with words that must stay words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inbox.connections.models import Connection
from inbox.message_templates.drafts import ButtonDraft, Draft
from inbox.message_templates.fallbacks import NumberFallback
from inbox.message_templates.models import MessageTemplate, OrderState, TemplateChange, TemplateSync
from inbox.message_templates.pages import (
    AccountRows,
    FormPage,
    Line,
    NumberChoice,
    TemplateList,
    TemplatePage,
    TemplateRow,
    form_page,
)
from inbox.message_templates.previews import preview_of
from inbox.message_templates.selectors import Account

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMPONENTS: list[dict[str, Any]] = [
    {"type": "HEADER", "format": "TEXT", "text": "<b>Order</b> {{1}}"},
    {"type": "BODY", "text": "Dear {{1}}, <i>it</i> is ready."},
    {"type": "FOOTER", "text": "Lotus <script>"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": '"><b>See', "url": 'https://lotus.example/"><i>'}]},
]


def template(**fields: Any) -> MessageTemplate:
    values: dict[str, Any] = {
        "pk": 5,
        "name": "order_ready",
        "language": "en",
        "status": "REJECTED",
        "category": "UTILITY",
        "next_category": "MARKETING",
        "quality": "GREEN",
        "rejection_reason": "<b>SCAM</b>",
        "components": COMPONENTS,
        "synced_at": NOON,
    }
    return MessageTemplate(**(values | fields))


SYNC = TemplateSync(asked_at=None, synced_at=NOON, problem="It did not <b>answer</b>.")
ACCOUNT = Account("200000000000001", [Connection(pk=3, name="<b>Shop</b>")], SYNC)
REFUSED = template(order_state=OrderState.REFUSED, order_problem="Too <b>many</b> edits.")
DETAIL = TemplatePage(
    template=REFUSED,
    preview=preview_of(COMPONENTS),
    history=[TemplateChange(at=NOON, field="status", before="PENDING", after="REJECTED", reason="<b>SCAM</b>")],
    defaults=[Line("body.1", "{{1}}", '"><b>')],
    numbers=[NumberChoice("3", "<b>Shop</b>", chosen=True, other="<i>other</i> (en)")],
    reason="It cannot be sent: <b>a form</b>.",
    is_editable=False,
    is_draft=False,
    busy=False,
    refused=True,
)
DRAFT = Draft(
    name='"><b>',
    language="en",
    header_format="TEXT",
    header_text="<b>",
    body="</textarea>Dear {{1}}",
    buttons=(ButtonDraft("QUICK_REPLY", '"><b>'),),
)
FORM: FormPage = form_page(
    DRAFT, {"": "All is <b>wrong</b>.", "name": "Wrong.", "body": "Wrong.", "button.0": "Wrong.", "buttons": "Wrong."}
)

CAROUSEL: list[dict[str, Any]] = [*COMPONENTS, {"type": "CAROUSEL", "cards": [{"components": COMPONENTS}]}]
SENT = preview_of(CAROUSEL)
PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "message_templates/_preview.html": ({"preview": SENT}, ""),
    "message_templates/_preview_part.html": ({"part": preview_of(COMPONENTS)}, ""),
}
LIST: dict[str, Any] = {
    "page": TemplateList(
        [
            AccountRows(
                ACCOUNT,
                [TemplateRow(template(), ["<b>Shop</b>"]), TemplateRow(REFUSED, [])],
                [
                    NumberFallback(Connection(pk=3, name="<b>Shop</b>"), template(), "It is <b>paused</b>."),
                    NumberFallback(Connection(pk=4, name="<b>Stall</b>"), None),
                ],
                more="?search=%3Cb%3E&after=5",
            )
        ],
        search='"><b>order',
        is_rest=True,
    )
}
PAGE: dict[str, Any] = {"page": DETAIL, "problem": "It <b>failed</b>."}
FORM_PAGE: dict[str, Any] = {"page": FORM, "sound": False, "action": "/w/lotus/templates/new/3/"}
