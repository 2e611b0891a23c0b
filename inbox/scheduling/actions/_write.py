"""What people do with messages that wait: write them, change them, cancel them, send them at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from inbox.chatrooms.actions import SplitNeedsConsent, UnableToSend, send_message, text_parts
from inbox.chatrooms.models import Chatroom
from inbox.lib import clock
from inbox.message_templates.models import MessageTemplate
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from .. import policy, words
from ..fallbacks import FallbackRefused, to_store
from ..models import ScheduledMessage, ScheduleState

CHANGEABLE = (ScheduleState.WAITING, ScheduleState.MISSED, ScheduleState.NOT_SENT)
CANCELLABLE = (ScheduleState.WAITING, ScheduleState.MISSED)


class UnableToSchedule(Exception):
    """Refused, in words for an agent.

    `field` is the one to mend, `errors` are more sentences by field; `instead` is a time to offer.
    """

    def __init__(
        self, words: str, *, field: str = "", instead: str = "", errors: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(words)
        self.field, self.instead, self.errors = field, instead, dict(errors or {})


@dataclass(frozen=True)
class Order:
    """What somebody wants sent, and when, as they typed it.

    `template` is what to send instead when only templates may be sent; None although the form `names_template` means
    that it cannot be sent.
    """

    text: str
    wall_time: str
    zone: str
    cancel_if_customer_writes: bool = False
    split_agreed: bool = False
    template: MessageTemplate | None = None
    names_template: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


def schedule(*, actor: Membership, chatroom: Chatroom, order: Order, client_id: uuid.UUID) -> ScheduledMessage:
    """Store a message for later; the same client_id again returns the first one. Raises UnableToSchedule."""
    values = _values(order, chatroom)
    row, is_new = ScheduledMessage.objects.get_or_create(
        workspace_id=actor.workspace_id,
        client_id=client_id,
        defaults={
            "chatroom": chatroom,
            "author": actor,
            "seen_inbound": chatroom.inbound_count,
            **values,
        },
    )
    if not is_new:
        if row.chatroom_id != chatroom.pk or (row.text, row.due_at) != (values["text"], values["due_at"]):
            raise UnableToSchedule(_("This form was already used for another message. Reload the page and try again."))
        return row
    audit.record(
        workspace_id=actor.workspace_id, actor=actor, verb="scheduled.written", subject=row, due=row.due_at.isoformat()
    )
    return row


def change(*, actor: Membership, row: ScheduledMessage, order: Order) -> ScheduledMessage:
    """Give a message that was not sent another text or time; it waits (again). Raises UnableToSchedule."""
    row = _locked(row, CHANGEABLE)
    before = {"text": row.text, "due": row.due_at.isoformat()}
    values = _values(order, row.chatroom) | {
        # Whoever changes it has the chat before their eyes.
        "seen_inbound": row.chatroom.inbound_count,
        "state": ScheduleState.WAITING,
        "reason": "",
        "reason_text": "",
        "changed_by": actor,
        "settled_at": None,
    }
    _save(row, **values)
    audit.record(workspace_id=row.workspace_id, actor=actor, verb="scheduled.changed", subject=row, before=before)
    return row


def cancel(*, actor: Membership, row: ScheduledMessage) -> ScheduledMessage:
    """Raises UnableToSchedule, if it has been sent meanwhile."""
    row = _locked(row, CANCELLABLE)
    _save(row, state=ScheduleState.CANCELLED, reason="by_member", changed_by=actor, settled_at=clock.now())
    audit.record(workspace_id=row.workspace_id, actor=actor, verb="scheduled.cancelled", subject=row)
    return row


def send_now(*, actor: Membership, row: ScheduledMessage) -> ScheduledMessage:
    """Send a message at once that waits or came too late, in the name of who says so. Raises UnableToSchedule."""
    row = _locked(row, CHANGEABLE)
    try:
        message = send_message(
            actor=actor, chatroom=row.chatroom, text=row.text, client_id=uuid.uuid4(), split_agreed=row.split_agreed
        )
    except UnableToSend as refusal:
        raise UnableToSchedule(str(refusal)) from refusal
    _save(
        row,
        state=ScheduleState.SENT,
        message=message,
        changed_by=actor,
        settled_at=clock.now(),
        reason="",
        reason_text="",
    )
    audit.record(workspace_id=row.workspace_id, actor=actor, verb="scheduled.sent", subject=row, message=message.pk)
    return row


def is_changeable(row: ScheduledMessage) -> bool:
    """Say whether it can be changed, and sent at once."""
    return row.state in CHANGEABLE


def is_cancellable(row: ScheduledMessage) -> bool:
    return row.state in CANCELLABLE


def read_moment(order: Order) -> policy.Moment:
    """Return when the message is due. Raises UnableToSchedule."""
    try:
        return policy.moment_of(order.wall_time, order.zone, clock.now())
    except policy.NoSuchZone:
        raise UnableToSchedule(_("There is no such time zone. Choose one from the list."), field="zone") from None
    except policy.NotATime:
        raise UnableToSchedule(_("Say on which day and at what time."), field="time") from None
    except policy.NeverShown as gap:
        instead = gap.instead.isoformat(timespec="minutes")
        raise UnableToSchedule(words.gap(gap.instead, order.zone), field="time", instead=instead) from None
    except policy.InThePast:
        raise UnableToSchedule(_("This time is over. Choose a later one."), field="time") from None
    except policy.TooFarAhead:
        raise UnableToSchedule(_("At most a year ahead. Choose an earlier time."), field="time") from None


def _check_text(order: Order, chatroom: Chatroom) -> None:
    capabilities = chatroom.connection.adapter.capabilities
    try:
        text_parts(order.text, capabilities, split_agreed=order.split_agreed)
    except SplitNeedsConsent as refusal:
        raise UnableToSchedule(str(refusal), field="split") from refusal
    except UnableToSend as refusal:
        raise UnableToSchedule(str(refusal), field="text") from refusal


def _fallback(order: Order) -> dict[str, Any]:
    if order.template is None:
        if order.names_template:
            raise UnableToSchedule(_("This template cannot be sent any more. Choose another one."), field="template")
        return {}
    try:
        return to_store(order.template, order.values)
    except FallbackRefused as refusal:
        raise UnableToSchedule(str(refusal), field="template", errors=refusal.errors) from refusal


def _values(order: Order, chatroom: Chatroom) -> dict[str, Any]:
    """Return an order as columns. Raises UnableToSchedule."""
    moment = read_moment(order)
    _check_text(order, chatroom)
    return {
        "fallback": _fallback(order),
        "text": _clean(order.text),
        "split_agreed": order.split_agreed,
        "due_at": moment.at,
        "zone": moment.zone,
        "wall_time": moment.wall.isoformat(timespec="minutes"),
        "cancel_if_customer_writes": order.cancel_if_customer_writes,
    }


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def _locked(row: ScheduledMessage, allowed: tuple[ScheduleState, ...]) -> ScheduledMessage:
    """Lock the row before its chat, as whoever sends what is due does. Raises UnableToSchedule."""
    rows = ScheduledMessage.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("chatroom__connection").defer("chatroom__connection__credentials").get(pk=row.pk)
    if found.state not in allowed:
        raise UnableToSchedule(_already(ScheduleState(found.state)))
    return found


def _already(state: ScheduleState) -> str:
    texts: dict[ScheduleState, Callable[[], str]] = {
        ScheduleState.SENT: lambda: _("This message was sent already."),
        ScheduleState.CANCELLED: lambda: _("This message was cancelled already."),
    }
    return texts[state]() if state in texts else _("This message was not sent, and waits for nothing.")


def _save(row: ScheduledMessage, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
