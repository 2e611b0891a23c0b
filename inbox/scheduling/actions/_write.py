"""What people do with messages that wait: write them, change them, cancel them, send them at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from inbox.chatrooms.actions import (
    AnsweredMeanwhile,
    Outgoing,
    SplitNeedsConsent,
    UnableToSend,
    clean_options,
    files_among,
    files_to_store,
    locked_room,
    parts_of,
    require_files,
    require_reply_right,
    restored_files,
    send_message,
    send_template,
    stored_files,
    template_part,
    with_header_file,
)
from inbox.chatrooms.models import Chatroom, Message
from inbox.lib import clock
from inbox.media.models import MediaFile
from inbox.message_templates.models import MessageTemplate
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from .. import policy, words
from ..models import ScheduledMessage, ScheduleState
from ..stored_templates import TemplateRefused, filled, header_file, header_files, restored, to_store

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

    `options` are the titles of answers to tap. `template` is the message itself where `is_template`, else what to send
    instead when only templates may be sent; None although the form `names_template` means that it cannot be sent.
    `header_file` was chosen for the template's header. `seen_inbound` is how many messages of the customer there were
    when the form was opened, None: all there are.
    """

    text: str
    wall_time: str
    zone: str
    cancel_if_customer_writes: bool = False
    split_agreed: bool = False
    options: Sequence[str] = ()
    files: Sequence[Outgoing] = ()
    is_template: bool = False
    template: MessageTemplate | None = None
    names_template: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    header_file: MediaFile | None = None
    seen_inbound: int | None = None


def schedule(*, actor: Membership, chatroom: Chatroom, order: Order, client_id: uuid.UUID) -> ScheduledMessage:
    """Store a message for later; the same client_id again returns the first one. Raises UnableToSchedule."""
    values = _values(order, chatroom)
    if not ScheduledMessage.objects.filter(workspace_id=actor.workspace_id, client_id=client_id).exists():
        _require_reply_right(actor, chatroom)
    row, is_new = ScheduledMessage.objects.get_or_create(
        workspace_id=actor.workspace_id,
        client_id=client_id,
        defaults={
            "chatroom": chatroom,
            "author": actor,
            "seen_inbound": _seen(order, chatroom),
            **values,
        },
    )
    if not is_new:
        if row.chatroom_id != chatroom.pk or any(getattr(row, name) != each for name, each in values.items()):
            raise UnableToSchedule(_("This form was already used for another message. Reload the page and try again."))
        return row
    audit.record(
        workspace_id=actor.workspace_id, actor=actor, verb="scheduled.written", subject=row, due=row.due_at.isoformat()
    )
    return row


def change(*, actor: Membership, row: ScheduledMessage, order: Order) -> ScheduledMessage:
    """Give a message that was not sent another text or time; it waits (again). Raises UnableToSchedule.

    It stays its author's, while they are a member.
    """
    row = _locked(row, CHANGEABLE)
    _require_reply_right(actor, row.chatroom)
    before = {"text": row.text, "due": row.due_at.isoformat()}
    values = _values(order, row.chatroom) | {
        "author": row.author if row.author.is_active else actor,
        "seen_inbound": _seen(order, row.chatroom),
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


def send_now(*, actor: Membership, row: ScheduledMessage, seen_id: int | None = None) -> ScheduledMessage:
    """Send a message at once that waits or came too late, in the name of who says so. Raises UnableToSchedule, and
    AnsweredMeanwhile if a colleague's answer is newer than `seen_id`."""
    row = _locked(row, CHANGEABLE)
    try:
        message = _send(actor, row, seen_id)
    except AnsweredMeanwhile:
        raise
    except (UnableToSend, TemplateRefused) as refusal:
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


def _send(actor: Membership, row: ScheduledMessage, seen_id: int | None) -> Message:
    """Raises UnableToSend, TemplateRefused."""
    if row.is_template:
        file = header_file(row.template, header_files([row]))
        return send_template(
            actor=actor,
            chatroom=row.chatroom,
            template=restored(row.template, row.chatroom.connection, file),
            client_id=uuid.uuid4(),
            header_file=file,
            seen_id=seen_id,
        )
    return send_message(
        actor=actor,
        chatroom=row.chatroom,
        text=row.text,
        client_id=uuid.uuid4(),
        options=row.options,
        files=restored_files(row.files, stored_files([row])),
        split_agreed=row.split_agreed,
        seen_id=seen_id,
    )


def _values(order: Order, chatroom: Chatroom) -> dict[str, Any]:
    """Return an order as columns. Raises UnableToSchedule."""
    moment = read_moment(order)
    content = _template_alone(order, chatroom) if order.is_template else _own_words(order, chatroom)
    return {
        **content,
        "is_template": order.is_template,
        "due_at": moment.at,
        "zone": moment.zone,
        "wall_time": moment.wall.isoformat(timespec="minutes"),
        "cancel_if_customer_writes": order.cancel_if_customer_writes,
    }


def _seen(order: Order, chatroom: Chatroom) -> int:
    """Return how many messages of the customer were there for whoever wrote the order."""
    seen = chatroom.inbound_count if order.seen_inbound is None else order.seen_inbound
    return min(seen, chatroom.inbound_count)


def _own_words(order: Order, chatroom: Chatroom) -> dict[str, Any]:
    capabilities = chatroom.connection.adapter.capabilities
    try:
        titles = clean_options(order.options, capabilities)
    except UnableToSend as refusal:
        raise UnableToSchedule(str(refusal), field="options") from refusal
    try:
        parts_of(
            order.text,
            capabilities,
            client_id=uuid.uuid4(),
            options=titles,
            files=order.files,
            split_agreed=order.split_agreed,
        )
        require_files(chatroom.workspace_id, files_among(order.files))
    except SplitNeedsConsent as refusal:
        raise UnableToSchedule(str(refusal), field="split") from refusal
    except UnableToSend as refusal:
        raise UnableToSchedule(str(refusal), field="text") from refusal
    if order.template is None and order.names_template:
        raise _not_sendable()
    fallback = _filled(order.template, order, chatroom)[0] if order.template else {}
    return {
        "text": _clean(order.text),
        "options": titles,
        "files": files_to_store(order.files),
        "split_agreed": order.split_agreed,
        "template": fallback,
    }


def _template_alone(order: Order, chatroom: Chatroom) -> dict[str, Any]:
    if order.template is None:
        raise _not_sendable() if order.names_template else UnableToSchedule(_("Choose a template."), field="template")
    stored, text = _filled(order.template, order, chatroom)
    return {"text": text, "options": [], "files": [], "split_agreed": False, "template": stored}


def _filled(template: MessageTemplate, order: Order, chatroom: Chatroom) -> tuple[dict[str, Any], str]:
    """Return an order's template as it is stored, and what it says. Raises UnableToSchedule."""
    file = order.header_file
    try:
        part = template_part(filled(template, order.values, file))
        if file is not None:
            with_header_file(part, file, chatroom.connection.adapter.capabilities)
            require_files(chatroom.workspace_id, [file])
    except TemplateRefused as refusal:
        raise UnableToSchedule(str(refusal), field="template", errors=refusal.errors) from refusal
    except UnableToSend as refusal:
        raise UnableToSchedule(str(refusal), field="template") from refusal
    return to_store(template, order.values, file), part.text


def _not_sendable() -> UnableToSchedule:
    return UnableToSchedule(_("This template cannot be sent any more. Choose another one."), field="template")


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


def _require_reply_right(actor: Membership, chatroom: Chatroom) -> None:
    """Lock the chat, and refuse whoever may not reply in it. Raises UnableToSchedule."""
    try:
        require_reply_right(actor=actor, chatroom=locked_room(chatroom.pk))
    except UnableToSend as refusal:
        raise UnableToSchedule(str(refusal)) from refusal


def _save(row: ScheduledMessage, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
