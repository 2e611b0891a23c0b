"""Answers held back: written while the reply window is closed, they leave when the customer writes again."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.media.models import MediaFile
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import Chatroom, HeldAnswer, HeldState, Message, MessageState, OutboxEntry
from ..presenters.windows import window_words
from ..selectors import HELD_SHOWN
from ..window import Alternative, Reason
from ..windows import window_for
from ._assign import post_system_message
from ._changes import record_changes
from ._composition import (
    Outgoing,
    UnableToSend,
    clean_options,
    clean_text,
    files_among,
    has_words,
    parts_of,
    require_files,
)
from ._drafts import Composed, clear_draft
from ._outgoing import Draft, Part, locked_room, queue_messages, write
from ._reply_right import require_reply_right, require_unanswered
from ._send import require_open_window
from ._send_template import send_template
from ._stored_files import is_there, key_of, restored_files, stored_files

logger = logging.getLogger(__name__)

# A customer who has not answered for so long would wonder what the answer is about.
KEPT_FOR = timedelta(days=7)
MOST_HELD = 10

_RELEASE = "inbox.chatrooms.tasks.release_held_answers"

# What the customer may still get by itself, or once somebody says so.
OPEN = [HeldState.WAITING, HeldState.OFFERED]
# How many chats one sweep looks after.
MOST_ROOMS = 500


def hold_answer(
    *,
    actor: Membership,
    chatroom: Chatroom,
    answer: Composed,
    client_id: uuid.UUID,
    template: FilledTemplate | None = None,
    header_file: MediaFile | None = None,
    leaves_by_itself: bool = True,
    split_agreed: bool = False,
    seen_id: int | None = None,
) -> HeldAnswer:
    """Keep an answer until the customer writes, and send the template that asks them to, if one is given.

    Holding the same client_id again returns the first. `seen_id` is as in `send_message`, for the template. Call it
    inside the workspace's scope. Raises UnableToSend, also if the window is open: the customer may have written while
    the agent did.
    """
    capabilities = chatroom.connection.adapter.capabilities
    parts_of(
        answer.text,
        capabilities,
        client_id=client_id,
        options=answer.options,
        files=answer.files,
        split_agreed=split_agreed,
    )
    facts = answer.facts() | {
        "text": clean_text(answer.text),
        "options": clean_options(answer.options, capabilities),
    }
    chatroom = locked_room(chatroom.pk)
    twin = HeldAnswer.objects.filter(workspace_id=actor.workspace_id, client_id=client_id).first()
    if twin is not None:
        if twin.chatroom_id != chatroom.pk or any(getattr(twin, name) != each for name, each in facts.items()):
            raise UnableToSend(_("This form was already used for another answer. Reload the page and try again."))
        return twin
    require_reply_right(actor=actor, chatroom=chatroom)
    window = window_for(chatroom)
    if window.allows(is_template=False, by_person=True):
        raise UnableToSend(_("The customer has written meanwhile: you can send your answer now."))
    if window.reason is Reason.BLOCKED:
        raise UnableToSend(window_words(window, channel=capabilities.label))
    if Alternative.HOLD not in window.alternatives:
        raise UnableToSend(_("No message of the customer would let it leave, as this connection is set up."))
    if HeldAnswer.objects.filter(chatroom=chatroom, state__in=HELD_SHOWN).count() >= MOST_HELD:
        raise UnableToSend(_("Too many answers are held for this customer already. Cancel one first."))
    require_files(chatroom.workspace_id, files_among(answer.files))
    if template is not None:
        send_template(
            actor=actor,
            chatroom=chatroom,
            template=template,
            client_id=uuid.uuid5(client_id, "template"),
            header_file=header_file,
            seen_id=seen_id,
        )
    held = HeldAnswer.objects.create(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        author=actor,
        **facts,
        leaves_by_itself=leaves_by_itself,
        inbound_before=chatroom.inbound_count,
        client_id=client_id,
        expires_at=clock.now() + KEPT_FOR,
    )
    clear_draft(author_id=actor.pk, chatroom=chatroom)
    audit.record(workspace_id=chatroom.workspace_id, actor=actor, verb="answer.held", subject=held)
    record_changes(workspace_id=chatroom.workspace_id, rooms=[chatroom.pk])
    return held


def edit_held_answer(
    *,
    actor: Membership,
    held: HeldAnswer,
    text: str,
    options: Sequence[str] | None = None,
    dropped: Collection[str] = (),
    keeps_quote: bool = True,
) -> HeldAnswer:
    """Change the words of an answer that has not left, and those to tap (None: as they are); let go of files by their
    keys, and of its quote. Raises UnableToSend."""
    current = _locked(held)
    require_reply_right(actor=actor, chatroom=current.chatroom)
    current.text = clean_text(text)
    if options is not None:
        current.options = clean_options(options, current.chatroom.connection.adapter.capabilities)
    if not keeps_quote:
        current.reply_to = None
    current.files = [stored for stored in current.files if key_of(stored) not in dropped]
    known = stored_files([current])
    there = [stored for stored in current.files if is_there(stored, known)]
    if there or has_words(text) or current.options or not current.files:  # of a deleted file alone nothing can be said
        _parts(current, restored_files(there, known))
    current.save(update_fields=["text", "options", "files", "reply_to"])
    return _noted(actor, current, "answer.edited")


def cancel_held_answer(*, actor: Membership, held: HeldAnswer) -> HeldAnswer:
    """Give up an answer that has not left. Raises UnableToSend."""
    current = _locked(held)
    current.state = HeldState.CANCELLED
    current.save(update_fields=["state"])
    return _noted(actor, current, "answer.cancelled")


def send_held_answer(*, actor: Membership, held: HeldAnswer, seen_id: int | None = None) -> HeldAnswer:
    """Send an answer now, in its author's name while they are a member; `seen_id` is as in `send_message`. Raises
    UnableToSend, also while the window is closed."""
    current = _locked(held)
    require_reply_right(actor=actor, chatroom=current.chatroom)
    require_unanswered(actor=actor, chatroom=current.chatroom, seen_id=seen_id)
    author = current.author if current.author.is_active else actor
    write(actor=actor, draft=_draft(current, author), verb="message.written")
    _settle(current, HeldState.SENT)
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
            chatroom=room,
            state=HeldState.WAITING,
            inbound_before__lt=room.inbound_count,
            expires_at__gt=clock.now(),
        )
        if not _is_open(room):  # what they wrote was under way for a day, or the vendor says otherwise
            waiting.update(inbound_before=room.inbound_count)
            return 0
        answers = list(
            waiting.select_related("author__user", "author__workspace", "chatroom", "reply_to").order_by("pk")
        )
        for held in answers:
            held.chatroom = room
            _release(held)
        record_changes(workspace_id=workspace_id, rooms=[room.pk] if answers else [])
    return len(answers)


def sweep_held_answers() -> int:
    """Let go of expired answers, and release those whose wake-up was lost. Return how many expired."""
    now = clock.now()
    with platform_scope("sweeping held answers"):
        expired = _rooms_of(HeldAnswer.objects.filter(state__in=OPEN, expires_at__lt=now))
        forgotten = _rooms_of(
            HeldAnswer.objects.filter(
                state=HeldState.WAITING, inbound_before__lt=F("chatroom__inbound_count"), expires_at__gt=now
            )
        )
    count = _in_each(expired, _expire)
    _in_each(forgotten, release_held_answers)
    return count


def _in_each(rooms: Iterable[tuple[int, int]], act: Callable[..., int]) -> int:
    """Act chat by chat, and return the sum; one that fails is logged and holds up no other."""
    count = 0
    for workspace_id, room_id in rooms:
        try:
            count += act(workspace_id=workspace_id, chatroom_id=room_id)
        except Exception:
            logger.exception("the held answers of chat %s could not be looked after", room_id)
    return count


def _rooms_of(answers: QuerySet[HeldAnswer]) -> list[tuple[int, int]]:
    """Return workspaces and chats of answers."""
    return sorted(set(answers.values_list("workspace_id", "chatroom_id")[:MOST_ROOMS]))


def _expire(*, workspace_id: int, chatroom_id: int) -> int:
    """Let go of a room's expired answers, and tell the chat. Return how many."""
    with scope(workspace_id):
        room = locked_room(chatroom_id)
        answers = HeldAnswer.objects.filter(chatroom=room, state__in=OPEN, expires_at__lt=clock.now())
        expired = list(answers.select_related("author__user").order_by("pk"))
        for held in expired:
            held.chatroom = room
            _settle(held, HeldState.EXPIRED, held.reason)
            post_system_message(chatroom=room, event="answer_expired", author=str(held.author))
    return len(expired)


def _is_open(room: Chatroom) -> bool:
    return window_for(room).allows(is_template=False, by_person=True)


def _locked(held: HeldAnswer) -> HeldAnswer:
    """Lock the room, then the answer. Raises UnableToSend if it has left, or was given up."""
    room = locked_room(held.chatroom_id)
    locked = HeldAnswer.objects.select_for_update(of=("self",), no_key=True)
    current = locked.select_related("author__user", "reply_to").get(pk=held.pk)
    if current.state not in HELD_SHOWN:
        raise UnableToSend(_("This answer is held no longer."))
    current.chatroom = room
    return current


def _release(held: HeldAnswer) -> None:
    """Send an answer, or offer it, with the reason if it was to leave by itself. Nobody has read the chat by that."""
    reason = ""
    if held.leaves_by_itself:
        try:
            if not held.author.is_active:
                raise UnableToSend(_("Its author is no longer a member."))
            queue_messages(workspace_id=held.workspace_id, drafts=[_draft(held, held.author)])
        except UnableToSend as refusal:
            reason = str(refusal)
        else:
            _settle(held, HeldState.SENT)
            audit.record(workspace_id=held.workspace_id, actor=None, verb="answer.released", subject=held)
            return
    _settle(held, HeldState.OFFERED, reason)
    post_system_message(chatroom=held.chatroom, event="answer_offered", author=str(held.author))


def _draft(held: HeldAnswer, author: Membership) -> Draft:
    """Return the answer as a message that may leave now. Raises UnableToSend."""
    parts = _parts(held, restored_files(held.files, stored_files([held])))
    if Message.objects.filter(workspace_id=held.workspace_id, client_id=held.client_id).exists():
        raise UnableToSend(_("This answer was already sent."))
    require_open_window(held.chatroom, is_template=False)
    _require_room_for(len(parts), held.chatroom)
    return Draft(held.chatroom, author.pk, parts, held.client_id, held.reply_to)


def _parts(held: HeldAnswer, files: Sequence[Outgoing]) -> list[Part]:
    """Return the messages that it makes: how many was agreed to when it was held. Raises UnableToSend."""
    capabilities = held.chatroom.connection.adapter.capabilities
    return parts_of(
        held.text, capabilities, client_id=held.client_id, options=held.options, files=files, split_agreed=True
    )


def _require_room_for(count: int, chatroom: Chatroom) -> None:
    """Refuse an answer of which only some messages could leave, where they count. Raises UnableToSend."""
    remaining = window_for(chatroom).remaining
    if remaining is None:
        return
    queued = OutboxEntry.objects.filter(chatroom=chatroom, message__state=MessageState.QUEUED).count()
    left = max(remaining - queued, 0)
    if count > left:
        names = {"count": count, "channel": chatroom.connection.adapter.capabilities.label, "left": left}
        raise UnableToSend(
            _("It needs %(count)s messages; %(channel)s has %(left)s left until the customer writes again.") % names
        )


def _settle(held: HeldAnswer, state: HeldState, reason: str = "") -> None:
    held.state, held.reason = state, reason[:300]
    held.save(update_fields=["state", "reason"])


def _noted(actor: Membership, held: HeldAnswer, verb: str) -> HeldAnswer:
    audit.record(workspace_id=held.workspace_id, actor=actor, verb=verb, subject=held)
    record_changes(workspace_id=held.workspace_id, rooms=[held.chatroom_id])
    return held
