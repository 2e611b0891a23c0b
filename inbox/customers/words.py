"""What happened to a customer, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from .fields import OWN, own_fields
from .models import CustomerEvent

LONGEST = 80


def event_words(event: CustomerEvent) -> str:
    """Say what happened; who did it is shown beside it."""
    facts: Mapping[str, Any] = event.facts
    if event.event == "field_changed":
        return _change_words(facts)
    names = {key: _cut(facts.get(key)) for key in ("before", "name", "other", "words")}
    if event.event == "renamed" and not names["name"]:
        return _("Name: “%(before)s” was taken back") % names
    sentences = {
        "renamed": _("Name: “%(before)s” → “%(name)s”"),
        "merged": _("“%(other)s” was merged into this customer"),
        "unmerged": _("Separated from “%(other)s” again"),
        "blocked": _("Blocked"),
        "unblocked": _("Unblocked"),
        "stop_noted": _("Wants no more messages"),
        "stop_lifted": _("Takes messages again"),
        "stop_said": _("Wrote “%(words)s”: wants no more messages"),
        "start_said": _("Wrote “%(words)s”: takes messages again"),
    }
    words = sentences.get(event.event, "")
    return words % names if words else event.event


def _change_words(facts: Mapping[str, Any]) -> str:
    key = str(facts.get("key", ""))
    label = next((field.label for field in own_fields() if field.key == key), "") if key in OWN else facts.get("label")
    names = {"label": _cut(label), "before": _cut(facts.get("before")), "after": _cut(facts.get("after"))}
    if not names["before"]:
        return _("%(label)s: “%(after)s”") % names
    if not names["after"]:
        return _("%(label)s: “%(before)s” was removed") % names
    return _("%(label)s: “%(before)s” → “%(after)s”") % names


def _cut(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
