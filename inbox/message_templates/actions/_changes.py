"""Applying what a vendor says of templates to their rows, with a history of what became of them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.template.loader import render_to_string

from inbox.lib import clock
from inbox.realtime import publish

from ..models import MessageTemplate, TemplateChange

Field = TemplateChange.Field

_TOLD = (Field.STATUS, Field.CATEGORY, Field.NEXT_CATEGORY, Field.QUALITY)
_LONGEST_VALUE = 40
# What `apply_values` may set, with the length of each column.
VALUES = {"status": 40, "category": 40, "next_category": 40, "quality": 20, "rejection_reason": 300}


def apply_values(row: MessageTemplate, values: Mapping[str, str]) -> list[TemplateChange]:
    """Set status, category, next_category, quality and rejection_reason as far as given; return the changes, unsaved."""
    before = {field.value: getattr(row, field.value) for field in _TOLD}
    if "category" in values and values["category"][: VALUES["category"]] != row.category:
        row.next_category = ""  # what was announced has come
    for name, value in values.items():
        setattr(row, name, value[: VALUES[name]])
    reason = row.rejection_reason
    return [
        change_of(row, field, before[field.value], getattr(row, field.value), reason if field is Field.STATUS else "")
        for field in _TOLD
        if before[field.value] != getattr(row, field.value)
    ]


def change_of(row: MessageTemplate, field: Field, before: str, after: str, reason: str = "") -> TemplateChange:
    return TemplateChange(
        workspace_id=row.workspace_id,
        template=row,
        field=field,
        before=before[:_LONGEST_VALUE],
        after=after[:_LONGEST_VALUE],
        reason=reason,
    )


def announce(workspace_id: int, business_id: str) -> None:
    """Tell open pages after the commit that templates of this account have changed."""
    transaction.on_commit(lambda: _publish(workspace_id, business_id), robust=True)


def _publish(workspace_id: int, business_id: str) -> None:
    groups = publish.audience(publish.list_groups(workspace_id))
    publish.send_html((group, news_frame(business_id)) for group in groups)


def news_frame(business_id: str) -> str:
    """Return the frame that replaces the page's mark of the latest news; a picker listens for its arrival."""
    return render_to_string(
        "frames/message_templates/news.html", {"business_id": business_id, "at": clock.now().isoformat()}
    )
