"""What leaves and what the vendor reports of it, told to `pricing`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from channels_adapters.types import Person, StatusChanged
from inbox.connections.models import Connection
from inbox.pricing import actions as pricing

from ..models import Direction, Message, MessageState

# A report, and the message of ours that it is about.
Report = tuple[Connection, StatusChanged, Message]


def note_sends(*, workspace_id: int, sends: Iterable[tuple[Message, Person | None]]) -> None:
    """Tell what the vendor has taken; once more is once. Needs connection and chatroom loaded."""
    sent = [
        pricing.Sent(
            connection=message.connection,
            message_id=message.pk,
            chatroom_id=message.chatroom_id,
            at=message.accepted_at or message.sent_at,
            recipient=recipient,
            template_category=template_category(message),
            last_inbound_at=message.chatroom.last_inbound_at,
        )
        for message, recipient in sends
        if message.state != MessageState.FAILED
    ]
    pricing.note_sent(workspace_id=workspace_id, sent=sent)


def note_costs(*, workspace_id: int, reports: Sequence[Report], unheard: Collection[int]) -> None:
    """Tell what the vendor reports of messages, all reports being applied; of those `unheard` so far, that they left."""
    reports = [report for report in reports if report[2].direction == Direction.OUTBOUND]
    latest = {message.pk: (connection, status, message) for connection, status, message in reports}
    sends = []
    for connection, status, message in latest.values():
        if message.pk in unheard and message.state not in (MessageState.SENDING, MessageState.UNKNOWN):
            message.connection = connection
            sends.append((message, status.recipient))
    note_sends(workspace_id=workspace_id, sends=sends)
    pricing.note_statuses(
        workspace_id=workspace_id,
        reports=[
            pricing.Reported(
                connection=connection,
                status=status,
                message_id=message.pk,
                chatroom_id=message.chatroom_id,
                at=message.accepted_at or message.sent_at,
                has_failed=message.state == MessageState.FAILED,
            )
            for connection, status, message in reports
        ],
    )


def absorb_costs(*, echo: Message, message: Message) -> None:
    """Give a message what was charged for its echo, which goes: the vendor counted one message."""
    pricing.move_charge(
        workspace_id=message.workspace_id, source_id=echo.pk, target_id=message.pk, chatroom_id=message.chatroom_id
    )


def template_category(message: Message) -> str:
    """Return what the message's template is for; "" if it is none."""
    template = message.details.get("template")
    return str(template.get("category") or "utility").lower() if isinstance(template, dict) else ""
