"""The vendor reports how it counted our messages: charges are confirmed, or taken back if nothing arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from channels_adapters.types import DeliveryStatus, StatusChanged
from inbox.connections.models import Connection

from ..conversations import as_reported
from ..estimating import NOTHING, Category
from ..models import Charge
from ..settling import PER_MESSAGE, UNDELIVERED, settles, verdict_of
from ._amounts import set_amounts
from ._conversations import Book
from ._sends import country_to
from ._totals import Share, add_to_totals, share_of

_FIELDS = ("country", "category", "type", "model", "amount", "currency", "is_priced", "is_confirmed", "conversation_id")


@dataclass(frozen=True)
class Reported:
    """A report about a message of ours, which left at `at`: a report may be days younger, and its time anything.

    `has_failed`: the message is failed now, all reports considered.
    """

    connection: Connection
    status: StatusChanged
    message_id: int
    chatroom_id: int
    at: datetime
    has_failed: bool = False

    @property
    def matters(self) -> bool:
        failed = self.status.status is DeliveryStatus.FAILED and self.has_failed
        return bool(failed or self.status.pricing or self.status.conversation)


def note_statuses(*, workspace_id: int, reports: Sequence[Reported]) -> None:
    """Apply a batch of reports; nothing is asked of the database for those that say nothing of prices.

    Call it in the workspace's scope, the messages being locked: that is what makes each message one charge.
    """
    reports = [report for report in reports if report.matters]
    if not reports:
        return
    _note_conversations(workspace_id, reports)
    rows = Charge.objects.filter(workspace_id=workspace_id, message_id__in={report.message_id for report in reports})
    charges = {charge.message_id: charge for charge in rows.order_by("message_id").select_for_update(no_key=True)}
    before = {charge.message_id: share_of(charge) for charge in charges.values()}
    priced: dict[int, Reported] = {}
    changed: dict[int, Charge] = {}
    for report in reports:
        charge = charges.get(report.message_id)
        outcome = settles(
            type_now=charge.type if charge else None,
            is_confirmed=charge.is_confirmed if charge else False,
            status=report.status.status,
            has_pricing=bool(report.status.pricing),
        )
        if outcome is None:
            continue
        if charge is None:
            charge = charges[report.message_id] = _draft(workspace_id, report)
        if outcome == UNDELIVERED:
            charge.type, charge.amount, charge.is_priced, charge.is_confirmed = UNDELIVERED, NOTHING, True, True
            priced.pop(report.message_id, None)
        else:
            _confirm(charge, report)
            priced[report.message_id] = report
        changed[report.message_id] = charge
    _price(workspace_id, [(charges[message_id], report) for message_id, report in priced.items()])
    _store(workspace_id, changed, before)


def _draft(workspace_id: int, report: Reported) -> Charge:
    return Charge(
        workspace_id=workspace_id,
        message_id=report.message_id,
        chatroom_id=report.chatroom_id,
        connection_id=report.connection.pk,
        at=report.at,
        model=PER_MESSAGE,
    )


def _confirm(charge: Charge, report: Reported) -> None:
    verdict = verdict_of(report.status.pricing or {})
    charge.type, charge.model = verdict.type, verdict.model
    charge.category = verdict.category or charge.category or Category.SERVICE
    charge.country = country_to(report.status.recipient) or charge.country
    charge.conversation_id = str((report.status.conversation or {}).get("id") or "")[:255]
    charge.is_confirmed = True


def _price(workspace_id: int, priced: Sequence[tuple[Charge, Reported]]) -> None:
    """Set the amounts of charges whose count is known."""
    paid = []
    for charge, report in priced:
        charge.amount, charge.is_priced = NOTHING, True
        if verdict_of(report.status.pricing or {}).is_paid:
            paid.append(charge)
    set_amounts(workspace_id, paid, {report.connection.pk: report.connection.channel for _charge, report in priced})


def _store(workspace_id: int, changed: Mapping[int, Charge], before: Mapping[int, Share]) -> None:
    rows = [charge for _message_id, charge in sorted(changed.items())]
    known = [charge for charge in rows if charge.pk is not None]
    Charge.objects.bulk_create([charge for charge in rows if charge.pk is None])
    if known:
        Charge.objects.bulk_update(known, list(_FIELDS))
    removed = [before[charge.message_id] for charge in known]
    add_to_totals(workspace_id=workspace_id, added=map(share_of, rows), removed=removed)


def _note_conversations(workspace_id: int, reports: Sequence[Reported]) -> None:
    """Let the vendor's words update the conversations that they are about."""
    telling = [report for report in reports if _names_conversation(report)]
    if not telling:
        return
    book = Book(workspace_id, (report.chatroom_id for report in telling))
    for report in sorted(telling, key=lambda report: report.at):
        current = book.current(report.chatroom_id)
        found = as_reported(
            current,
            at=report.at,
            conversation=report.status.conversation or {},
            pricing=report.status.pricing or {},
        )
        if found is not None and current is not None and current.is_open_at(report.at):
            book.replace(report.chatroom_id, found)
        elif found is not None:
            book.open(report.chatroom_id, found)
    book.write()


def _names_conversation(report: Reported) -> bool:
    return bool(report.status.conversation) or (report.status.pricing or {}).get("type") == "free_entry_point"


def move_charge(*, workspace_id: int, source_id: int, target_id: int, chatroom_id: int) -> None:
    """Give a message the charge of another row that turned out to be the same message; of two, one was too many.

    Call it in the workspace's scope, the source being about to go.
    """
    rows = Charge.objects.filter(workspace_id=workspace_id, message_id__in=(source_id, target_id))
    charges = sorted(
        rows.order_by("message_id").select_for_update(no_key=True),
        key=lambda charge: (charge.is_confirmed, charge.message_id == target_id),
    )
    if not charges:
        return
    *doubles, kept = charges
    for double in doubles:
        double.delete()
    add_to_totals(workspace_id=workspace_id, added=(), removed=map(share_of, doubles))
    Charge.objects.filter(pk=kept.pk).update(message_id=target_id, chatroom_id=chatroom_id)
