"""Answers held back: written while the reply window is closed, they leave when the customer writes again."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import Chatroom, HeldAnswer, HeldState
from ._changes import record_changes
from ._outgoing import locked_room
from ._send import UnableToSend, send_message, text_parts
from ._send_template import send_template

# A customer who has not answered for so long would wonder what the answer is about.
KEPT_FOR = timedelta(days=7)
MOST_HELD = 10

_RELEASE = "inbox.chatrooms.tasks.release_held_answers"

OPEN = [HeldState.WAITING, HeldState.OFFERED]


def hold_answer(
    *,
    actor: Membership,
    chatroom: Chatroom,
    text: str,
    client_id: uuid.UUID,
    template: FilledTemplate | None = None,
    leaves_by_itself: bool = True,
) -> HeldAnswer:
    """Keep an answer until the customer writes, and send the template that asks them to, if one is given.

    Holding the same client_id again returns the first. Call it inside the workspace's scope. Raises UnableToSend.
    """
    text = _usable(text, chatroom)
    chatroom = locked_room(chatroom.pk)
    twin = HeldAnswer.objects.filter(workspace_id=actor.workspace_id, client_id=client_id).first()
    if twin is not None:
        return twin
    if HeldAnswer.objects.filter(chatroom=chatroom, state__in=OPEN).count() >= MOST_HELD:
        raise UnableToSend(_("Too many answers are held for this customer already. Cancel one first."))
    if template is not None:
        send_template(actor=actor, chatroom=chatroom, template=template, client_id=uuid.uuid5(client_id, "template"))
    held = HeldAnswer.objects.create(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        author=actor,
        text=text,
        leaves_by_itself=leaves_by_itself,
        inbound_before=chatroom.inbound_count,
        client_id=client_id,
        expires_at=clock.now() + KEPT_FOR,
    )
    audit.record(workspace_id=chatroom.workspace_id, actor=actor, verb="answer.held", subject=held)
    record_changes(workspace_id=chatroom.workspace_id, rooms=[chatroom.pk])
    return held


def edit_held_answer(*, actor: Membership, held: HeldAnswer, text: str) -> HeldAnswer:
    """Change the words of an answer that has not left. Raises UnableToSend."""
    current = _open(held)
    current.text = _usable(text, current.chatroom)
    current.save(update_fields=["text"])
    return _noted(actor, current, "answer.edited")


def cancel_held_answer(*, actor: Membership, held: HeldAnswer) -> HeldAnswer:
    """Give up an answer that has not left. Raises UnableToSend."""
    current = _open(held)
    current.state = HeldState.CANCELLED
    current.save(update_fields=["state"])
    return _noted(actor, current, "answer.cancelled")


def send_held_answer(*, actor: Membership, held: HeldAnswer) -> HeldAnswer:
    """Send an answer now. Raises UnableToSend, also while the window is closed."""
    current = _open(held)
    _send(current)
    return _noted(actor, current, "answer.released")


def wake_held_answers(*, workspace_id: int, room_ids: Collection[int]) -> None:
    """Ask for the release of what is held in these rooms: their customers have written. Call it inside the scope."""
    waiting = HeldAnswer.objects.filter(workspace_id=workspace_id, chatroom_id__in=room_ids, state=HeldState.WAITING)
    for room_id in sorted(set(waiting.values_list("chatroom_id", flat=True))):
        enqueue_on_commit(_RELEASE, workspace_id=workspace_id, chatroom_id=room_id)


def release_held_answers(*, workspace_id: int, chatroom_id: int) -> int:
    """Send, or offer, what was held in a room whose customer has written since. Return how many."""
    with scope(workspace_id):
        room = locked_room(chatroom_id)
        waiting = HeldAnswer.objects.filter(
            chatroom=room, state=HeldState.WAITING, inbound_before__lt=room.inbound_count
        )
        answers = list(waiting.select_related("author__user", "author__workspace", "chatroom").order_by("pk"))
        for held in answers:
            held.chatroom = room
            if held.leaves_by_itself:
                try:
                    _send(held)
                except UnableToSend as refusal:
                    _offer(held, str(refusal))
            else:
                _offer(held, "")
        record_changes(workspace_id=workspace_id, rooms=[room.pk] if answers else [])
    return len(answers)


def sweep_held_answers() -> int:
    """Let go of expired answers, and release those whose wake-up was lost. Return how many expired."""
    now = clock.now()
    with platform_scope("sweeping held answers"):
        expired = HeldAnswer.objects.filter(state__in=OPEN, expires_at__lt=now)
        rooms = list(expired.values_list("workspace_id", "chatroom_id"))
        count = expired.update(state=HeldState.EXPIRED)
        for workspace_id, room_id in sorted(set(rooms)):
            with scope(workspace_id):
                record_changes(workspace_id=workspace_id, rooms=[room_id])
        forgotten = HeldAnswer.objects.filter(
            state=HeldState.WAITING, inbound_before__lt=F("chatroom__inbound_count")
        ).values_list("workspace_id", "chatroom_id")
        due = sorted(set(forgotten[:500]))
    for workspace_id, room_id in due:
        release_held_answers(workspace_id=workspace_id, chatroom_id=room_id)
    return count


def _usable(text: str, chatroom: Chatroom) -> str:
    text_parts(text, chatroom.connection.adapter.capabilities, split_agreed=True)
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def _open(held: HeldAnswer) -> HeldAnswer:
    """Lock the room, then the answer. Raises UnableToSend if it has left, or was given up."""
    room = locked_room(held.chatroom_id)
    current = (
        HeldAnswer.objects.select_for_update(of=("self",), no_key=True).select_related("author__user").get(pk=held.pk)
    )
    if current.state not in OPEN:
        raise UnableToSend(_("This answer is held no longer."))
    current.chatroom = room
    return current


def _send(held: HeldAnswer) -> None:
    """Make a message of the answer, in its author's name. Raises UnableToSend."""
    send_message(actor=held.author, chatroom=held.chatroom, text=held.text, client_id=held.client_id, split_agreed=True)
    held.state, held.reason = HeldState.SENT, ""
    held.save(update_fields=["state", "reason"])


def _offer(held: HeldAnswer, reason: str) -> None:
    held.state, held.reason = HeldState.OFFERED, reason[:300]
    held.save(update_fields=["state", "reason"])


def _noted(actor: Membership, held: HeldAnswer, verb: str) -> HeldAnswer:
    audit.record(workspace_id=held.workspace_id, actor=actor, verb=verb, subject=held)
    record_changes(workspace_id=held.workspace_id, rooms=[held.chatroom_id])
    return held
