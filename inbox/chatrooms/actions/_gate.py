"""The one gate for whatever is sent: its time, the reply window, the template, and the budget of what costs money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from channels_adapters.errors import Remedy, SendError
from channels_adapters.types import IdentityKind, MessageKind, Person
from inbox.message_templates.selectors import Standing, TemplateKey, standings
from inbox.pricing.gate import Asked, over_budget

from .. import delivery
from ..models import Message, OutboxEntry
from ..presenters.windows import window_words
from ..window import Mode, Reason, Window
from ..windows import windows_of
from ._costs import template_category

# The codes of our own refusals.
WINDOW_CLOSED = "window_closed"
OVER_BUDGET = "over_budget"
TOO_LATE = "too_late"
TEMPLATE_UNUSABLE = "template_unusable"
BLOCKED = "blocked"
OPTED_OUT = "opted_out"
# Of a message that waits, and is not refused yet.
TEMPLATE_IN_REVIEW = delivery.TEMPLATE_IN_REVIEW


def windows_for(entries: Sequence[OutboxEntry]) -> dict[int, Window]:
    """Return the window of each entry's room. Needs the message's connection and the room loaded."""
    for entry in entries:
        entry.chatroom.connection = entry.message.connection
    return windows_of([entry.chatroom for entry in entries])


def refusals(
    entries: Sequence[OutboxEntry], people: Mapping[int, Person], windows: Mapping[int, Window], now: datetime
) -> dict[int, SendError]:
    """Return why messages may not leave now, by their ids; `template_in_review` alone means that they wait.

    `people` are their recipients, by the entries' ids."""
    found: dict[int, SendError] = {}
    paid: list[Asked] = []
    unsendable = standings({_template_of(entry.message) for entry in entries if _is_template(entry.message)})
    for entry in entries:
        message, window = entry.message, windows[entry.chatroom_id]
        is_template = _is_template(message)
        if entry.not_after is not None and entry.not_after < now:
            words = _("It could not leave in time. Send it again, if it is still right.")
            found[message.pk] = SendError(TOO_LATE, remedy=Remedy.GIVE_UP, public_text=words)
        elif not window.allows(is_template=is_template, by_person=message.author_id is not None):
            words = window_words(window, channel=message.connection.adapter.capabilities.label)
            code = _code(window, is_template=is_template)
            found[message.pk] = SendError(code, remedy=Remedy.GIVE_UP, public_text=words)
        elif entry.not_after is not None and not window.takes_unasked:  # it was scheduled
            words = _("The customer wants no more messages: what was scheduled is not sent.")
            found[message.pk] = SendError(OPTED_OUT, remedy=Remedy.GIVE_UP, public_text=words)
        elif is_template and (standing := unsendable.get(_template_of(message))):
            found[message.pk] = _template_refusal(message, standing)
        elif is_template:
            paid.append(_asked(message, people[entry.pk], window))
    for message_id in over_budget(paid, now=now):
        words = _("The budget of this connection for this month does not cover it. An administrator can raise it.")
        found[message_id] = SendError(OVER_BUDGET, remedy=Remedy.GIVE_UP, public_text=words)
    return found


def _code(window: Window, *, is_template: bool) -> str:
    if window.reason is Reason.BLOCKED:
        return BLOCKED
    if window.reason is Reason.OPTED_OUT or (is_template and not window.takes_unasked):
        return OPTED_OUT
    return WINDOW_CLOSED


def _is_template(message: Message) -> bool:
    return message.kind == MessageKind.TEMPLATE


def _template_of(message: Message) -> TemplateKey:
    template = message.details.get("template", {})
    return message.workspace_id, message.connection.business_id, template.get("name", ""), template.get("language", "")


def _template_refusal(message: Message, standing: Standing) -> SendError:
    name = {"name": message.details["template"]["name"]}
    if standing is Standing.IN_REVIEW:
        words = _("The template “%(name)s” is in review. The message leaves when it is approved.") % name
        return SendError(TEMPLATE_IN_REVIEW, remedy=Remedy.RETRY, public_text=words)
    words = _("The template “%(name)s” can no longer be sent.") % name
    return SendError(TEMPLATE_UNUSABLE, remedy=Remedy.GIVE_UP, public_text=words)


def _asked(message: Message, person: Person, window: Window) -> Asked:
    return Asked(
        message_id=message.pk,
        chatroom_id=message.chatroom_id,
        connection=message.connection,
        phone=person.value(IdentityKind.PHONE),
        category=template_category(message),
        in_window=window.mode is Mode.FREE,
    )
