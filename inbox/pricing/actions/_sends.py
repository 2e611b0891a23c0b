"""Our messages have left: conversations begin, and what templates will cost is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from channels_adapters.types import IdentityKind, Person
from inbox.connections.models import Connection

from ..conversations import opened_by_sending
from ..countries import UNKNOWN, country_of
from ..estimating import DOLLARS, NOTHING, EntryPoint, estimate
from ..models import Charge
from ..selectors import rates_for
from ..settling import FREE, PER_MESSAGE, REGULAR
from ._conversations import Book
from ._totals import add_to_totals, share_of


@dataclass(frozen=True)
class Sent:
    """A message that the vendor took. `template_category` is empty for anything but a template; `last_inbound_at` is
    the time of the customer's newest message."""

    connection: Connection
    message_id: int
    chatroom_id: int
    at: datetime
    recipient: Person | None
    template_category: str = ""
    last_inbound_at: datetime | None = None

    @property
    def in_window(self) -> bool:
        opened_at = self.last_inbound_at
        return opened_at is not None and self.at < opened_at + self.connection.reply_policy.window


def note_sent(*, workspace_id: int, sent: Sequence[Sent]) -> None:
    """Record a batch, on channels that bill for messages. Call it in the workspace's scope, messages being locked."""
    billed = sorted(
        (each for each in sent if each.connection.adapter.capabilities.bills_messages),
        key=lambda each: (each.at, each.message_id),
    )
    if not billed:
        return
    book = Book(workspace_id, (each.chatroom_id for each in billed))
    free: set[int] = set()
    for each in billed:
        current = book.current(each.chatroom_id)
        opened = opened_by_sending(current, at=each.at, template_category=each.template_category)
        if opened is not None:
            book.open(each.chatroom_id, opened)
        elif current is not None and current.is_entry_point:
            free.add(each.message_id)
    book.write()
    templates = [each for each in billed if each.template_category]
    if templates:
        _estimate(workspace_id, templates, free)


def _estimate(workspace_id: int, templates: Sequence[Sent], free: set[int]) -> None:
    countries = {each.message_id: country_to(each.recipient) for each in templates}
    rates = rates_for(workspace_id, {each.connection.channel for each in templates}, set(countries.values()))
    drafts = []
    for each in templates:
        found = estimate(
            rates,
            channel=each.connection.channel,
            country=countries[each.message_id],
            category=each.template_category,
            in_window=each.in_window,
            entry_point=EntryPoint.OPEN if each.message_id in free else EntryPoint.NONE,
            on=each.at.date(),
        )
        drafts.append(
            Charge(
                workspace_id=workspace_id,
                message_id=each.message_id,
                chatroom_id=each.chatroom_id,
                connection_id=each.connection.pk,
                at=each.at,
                country=found.country,
                category=found.category[:40],
                type=FREE if found.is_free else REGULAR,
                model=PER_MESSAGE,
                amount=found.amount or NOTHING,
                currency=found.currency or DOLLARS,
                is_priced=found.amount is not None,
            )
        )
    store_new(workspace_id, drafts)


def store_new(workspace_id: int, drafts: Sequence[Charge]) -> None:
    """Insert charges that are new by their message, and add them to the totals."""
    drafts = sorted(drafts, key=lambda draft: draft.message_id)
    known = set(
        Charge.objects.filter(
            workspace_id=workspace_id, message_id__in=[draft.message_id for draft in drafts]
        ).values_list("message_id", flat=True)
    )
    new = [draft for draft in drafts if draft.message_id not in known]
    Charge.objects.bulk_create(new)
    add_to_totals(workspace_id=workspace_id, added=map(share_of, new))


def country_to(person: Person | None) -> str:
    """Return the country of a customer's phone number, UNKNOWN where they have none."""
    identities = person.identities if person is not None else ()
    phone = next((each.value for each in identities if each.kind is IdentityKind.PHONE), "")
    return country_of(phone) if phone else UNKNOWN
