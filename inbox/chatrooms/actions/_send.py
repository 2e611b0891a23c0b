"""Writing to a customer, and what an agent may do when a send went wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from .. import delivery
from ..models import Chatroom, Message, MessageState, OutboxEntry
from ..presenters.windows import refusal_words, window_words
from ..windows import window_for
from ._attach import wait_again
from ._changes import record_changes
from ._composition import MOST_PARTS, Outgoing, UnableToSend, WindowClosed, files_among, parts_of, require_files
from ._drafts import Composed, clear_draft
from ._outgoing import DISPATCH, Draft, Part, client_id_of_part, locked_room, write
from ._presence import stop_writing
from ._reply_right import require_reply_right, require_unanswered
from ._statuses import MESSAGE_FIELDS


def send_message(
    *,
    actor: Membership,
    chatroom: Chatroom,
    text: str,
    client_id: uuid.UUID,
    reply_to: Message | None = None,
    options: Sequence[str] = (),
    files: Sequence[Outgoing] = (),
    split_agreed: bool = False,
    seen_id: int | None = None,
    waited: timedelta = timedelta(),
    undo_for: timedelta | None = None,
    draft_version: int | None = None,
) -> Message:
    """Store a message and put it in the outbox; return it, or its first part if the channel needs several.

    `options` are the titles of answers the customer may tap. Sending the same client_id again returns the first
    message. `seen_id` is the newest message the sender saw; without it nobody is asked about a colleague's answer.
    `waited` is how long it lay in the browser for want of a connection.
    `undo_for` is for what was written in the composer: its draft goes, as far as the composer knew it
    (`draft_version`), and for so long it can be taken back. Call it inside the workspace's scope. Raises UnableToSend.
    """
    capabilities = chatroom.connection.adapter.capabilities
    parts = parts_of(text, capabilities, client_id=client_id, options=options, files=files, split_agreed=split_agreed)
    chatroom = locked_room(chatroom.pk)
    if twin := sent_before(actor=actor, chatroom=chatroom, parts=parts, client_id=client_id):
        return twin
    require_reply_right(actor=actor, chatroom=chatroom)
    require_unanswered(actor=actor, chatroom=chatroom, seen_id=seen_id, waited=waited)
    require_open_window(chatroom, is_template=False)
    require_files(actor.workspace_id, files_among(files))
    draft = Draft(chatroom, actor.pk, parts, client_id, reply_to)
    if undo_for is not None:
        clear_draft(author_id=actor.pk, chatroom=chatroom, known_version=draft_version)
        transaction.on_commit(lambda: stop_writing(member=actor, room_id=chatroom.pk), robust=True)
    if undo_for:
        form = Composed(text, reply_to, options, files).facts()
        draft = replace(draft, undo_until=clock.now() + undo_for, form=form)
    return write(actor=actor, draft=draft, verb="message.written")[0]


def has_sent(*, chatroom: Chatroom, client_id: uuid.UUID) -> bool:
    """Whether a form was sent before. It is locked out meanwhile: this holds for the rest of the transaction."""
    locked_room(chatroom.pk)
    return Message.objects.filter(workspace_id=chatroom.workspace_id, client_id=client_id).exists()


def retry_message(*, actor: Membership, message: Message, seen_id: int | None = None) -> Message:
    """Send a failed or unconfirmed message again, as a new attempt; `seen_id` as in `send_message`. Raises UnableToSend."""
    message = _locked(message)
    if message.state not in delivery.RETRYABLE or OutboxEntry.objects.filter(message=message).exists():
        raise UnableToSend(_("This message is already on its way."))
    require_reply_right(actor=actor, chatroom=message.chatroom)
    known = max(seen_id, message.pk) if seen_id is not None else None  # it is no news itself
    require_unanswered(actor=actor, chatroom=message.chatroom, seen_id=known)
    message.state, message.failure_code, message.failure_text = MessageState.QUEUED, "", ""
    message.external_id = message.accepted_at = message.delivered_at = message.read_at = None
    message.save(update_fields=[*MESSAGE_FIELDS])
    for attachment in message.attachments.all():
        wait_again(attachment)
    OutboxEntry.objects.create(
        workspace_id=message.workspace_id,
        message=message,
        chatroom_id=message.chatroom_id,
        connection_id=message.connection_id,
    )
    audit.record(workspace_id=message.workspace_id, actor=actor, verb="message.retried", subject=message)
    record_changes(workspace_id=message.workspace_id, messages=[(message.chatroom_id, message.pk)])
    enqueue_on_commit(DISPATCH)
    return message


def confirm_arrival(*, actor: Membership, message: Message) -> Message:
    """Settle an unconfirmed message by the agent's word: the customer has it. Raises UnableToSend."""
    message = _locked(message)
    if message.state != MessageState.UNKNOWN:
        raise UnableToSend(_("This message is already settled."))
    message.state, message.accepted_at = MessageState.SENT, clock.now()
    message.save(update_fields=["state", "accepted_at"])
    OutboxEntry.objects.filter(message=message).delete()
    audit.record(workspace_id=message.workspace_id, actor=actor, verb="message.confirmed", subject=message)
    record_changes(workspace_id=message.workspace_id, messages=[(message.chatroom_id, message.pk)])
    return message


def require_open_window(chatroom: Chatroom, *, is_template: bool) -> None:
    """Refuse what the dispatcher would not let leave now. Raises WindowClosed.

    A message that is queued now may still meet a closed window: the dispatcher asks again."""
    window = window_for(chatroom)
    if not window.allows(is_template=is_template, by_person=True):
        words = window_words if is_template else refusal_words
        raise WindowClosed(words(window, channel=chatroom.connection.adapter.capabilities.label))


def sent_before(
    *, actor: Membership, chatroom: Chatroom, parts: Sequence[Part], client_id: uuid.UUID
) -> Message | None:
    """Return the message that a repeated client_id stands for. Raises UnableToSend if it says something else."""
    twin = Message.objects.filter(workspace_id=actor.workspace_id, client_id=client_id).first()
    if twin is None or twin.state == MessageState.TAKEN_BACK:
        return twin
    if twin.chatroom_id != chatroom.pk:
        raise UnableToSend(_("This message was already sent in another chat. Reload the page and try again."))
    known = Message.objects.filter(
        workspace_id=twin.workspace_id,
        client_id__in=[client_id_of_part(client_id, number) for number in range(1, MOST_PARTS + 1)],
        author=actor,
    ).order_by("sent_at")
    if [_said(each.text, each.details) for each in known] != [_said(part.text, part.details) for part in parts]:
        raise UnableToSend(_("Your first version was already sent. Send this text as a message of its own?"))
    return twin


def _said(text: str, details: Mapping[str, Any]) -> tuple[object, ...]:
    template = details.get("template", {})
    return (
        text,
        [option["title"] for option in details.get("options", ())],
        details.get("attachments", []),
        [template.get(name) for name in ("name", "language", "components")],
        [details.get(name) for name in ("latitude", "longitude", "name", "address", "contacts")],
    )


def _locked(message: Message) -> Message:
    """Lock room, then message: the order every writer takes."""
    locked_room(message.chatroom_id)
    return Message.objects.select_for_update(no_key=True).get(pk=message.pk)
