"""The one gate for whatever is sent: the reply window, and the budget of what costs money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from channels_adapters.errors import Remedy, SendError
from channels_adapters.types import IdentityKind, MessageKind, Person
from inbox.pricing.gate import Asked, over_budget

from ..models import Message, OutboxEntry
from ..presenters.windows import window_words
from ..window import Mode, Window
from ..windows import windows_of

# The codes of our own refusals.
WINDOW_CLOSED = "window_closed"
OVER_BUDGET = "over_budget"


def windows_for(entries: Sequence[OutboxEntry]) -> dict[int, Window]:
    """Return the window of each entry's room. Needs the message's connection and the room loaded."""
    for entry in entries:
        entry.chatroom.connection = entry.message.connection
    return windows_of([entry.chatroom for entry in entries])


def refusals(
    entries: Sequence[OutboxEntry], people: Mapping[int, Person], windows: Mapping[int, Window], now: datetime
) -> dict[int, SendError]:
    """Return why messages may not leave now, by their ids. `people` are their recipients, by the entries' ids."""
    found: dict[int, SendError] = {}
    paid: list[Asked] = []
    for entry in entries:
        message, window = entry.message, windows[entry.chatroom_id]
        is_template = message.kind == MessageKind.TEMPLATE
        if not window.allows(is_template=is_template, by_person=message.author_id is not None):
            words = window_words(window, channel=message.connection.adapter.capabilities.label)
            found[message.pk] = SendError(WINDOW_CLOSED, remedy=Remedy.GIVE_UP, public_text=words)
        elif is_template:
            paid.append(_asked(message, people[entry.pk], window))
    for message_id in over_budget(paid, now=now):
        words = _("The budget of this connection is used up for this month. An administrator can raise it.")
        found[message_id] = SendError(OVER_BUDGET, remedy=Remedy.GIVE_UP, public_text=words)
    return found


def _asked(message: Message, person: Person, window: Window) -> Asked:
    return Asked(
        message_id=message.pk,
        chatroom_id=message.chatroom_id,
        connection=message.connection,
        phone=person.value(IdentityKind.PHONE),
        category=message.details.get("template", {}).get("category", ""),
        in_window=window.mode is Mode.FREE,
    )
