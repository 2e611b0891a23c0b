"""Writing to a customer, and what an agent may do when a send went wrong."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from channels_adapters.splitting import length_of, split_text
from channels_adapters.types import Capabilities, TextUnit
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from .. import delivery
from ..models import Chatroom, Message, MessageState, OutboxEntry
from ..presenters.windows import window_words
from ..windows import window_for
from ._changes import record_changes
from ._outgoing import DISPATCH, Draft, Part, client_id_of_part, locked_room, texts, write
from ._statuses import MESSAGE_FIELDS

MOST_PARTS = 10


class UnableToSend(Exception):
    """The message was refused before it was stored; the text says why, in words for an agent."""


class WindowClosed(UnableToSend):
    """The channel does not let a message of this kind leave now; the text says until when."""


class SplitNeedsConsent(UnableToSend):
    """The text needs several messages on a channel that counts them: the agent must agree first."""


def send_message(
    *,
    actor: Membership,
    chatroom: Chatroom,
    text: str,
    client_id: uuid.UUID,
    reply_to: Message | None = None,
    options: Sequence[str] = (),
    split_agreed: bool = False,
) -> Message:
    """Store a message and put it in the outbox; return it, or its first part if the channel needs several.

    `options` are the titles of answers the customer may tap. Sending the same client_id again returns the first
    message. Call it inside the workspace's scope. Raises UnableToSend.
    """
    capabilities = chatroom.connection.adapter.capabilities
    titles = clean_options(options, capabilities)
    parts = text_parts(text, capabilities, with_options=bool(titles), split_agreed=split_agreed)
    chatroom = locked_room(chatroom.pk)
    twin = Message.objects.filter(workspace_id=actor.workspace_id, client_id=client_id).first()
    if twin is not None:
        return _same_message(twin, actor, chatroom, parts, titles)
    require_open_window(chatroom, is_template=False)
    draft = Draft(chatroom, actor.pk, _with_options(texts(parts), titles, client_id), client_id, reply_to)
    return write(actor=actor, draft=draft, verb="message.written")[0]


def retry_message(*, actor: Membership, message: Message) -> Message:
    """Send a failed or unconfirmed message again, as a new attempt. Raises UnableToSend."""
    message = _locked(message)
    if message.state not in delivery.RETRYABLE or OutboxEntry.objects.filter(message=message).exists():
        raise UnableToSend(_("This message is already on its way."))
    message.state, message.failure_code, message.failure_text = MessageState.QUEUED, "", ""
    message.external_id = message.accepted_at = message.delivered_at = message.read_at = None
    message.save(update_fields=[*MESSAGE_FIELDS])
    OutboxEntry.objects.create(workspace_id=message.workspace_id, message=message, chatroom_id=message.chatroom_id)
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
        raise WindowClosed(window_words(window, channel=chatroom.connection.adapter.capabilities.label))


def text_parts(
    text: str, capabilities: Capabilities, *, with_options: bool = False, split_agreed: bool = False
) -> list[str]:
    """Return the texts of the messages that will carry a text. Raises UnableToSend.

    A long text becomes several messages; where the channel counts messages, only once the agent has agreed.
    """
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not any(unicodedata.category(character)[0] not in "CZ" for character in text):
        raise UnableToSend(_("Write a message first."))
    length = length_of(text, capabilities.text_unit)
    unit = _("bytes") if capabilities.text_unit is TextUnit.BYTES else _("characters")
    if with_options and capabilities.options and length > capabilities.options.text:
        raise UnableToSend(
            _("With buttons a message may have at most %(limit)s %(unit)s; yours has %(length)s.")
            % {"limit": capabilities.options.text, "unit": unit, "length": length}
        )
    room_for = capabilities.text_limit * MOST_PARTS
    if length > room_for:
        raise UnableToSend(
            _("This text is far too long: at most %(limit)s %(unit)s go out at once. Send it as a file instead.")
            % {"limit": room_for, "unit": unit}
        )
    parts = split_text(text, capabilities.text_limit, capabilities.text_unit)
    if len(parts) > MOST_PARTS:
        raise UnableToSend(
            _("This text would need %(count)s messages; at most %(limit)s go out at once. Send it as a file instead.")
            % {"count": len(parts), "limit": MOST_PARTS}
        )
    quota = capabilities.reply_policy.messages
    if quota is not None and len(parts) > quota:
        raise UnableToSend(
            _("This text would need %(count)s messages; %(channel)s allows %(quota)s until the customer writes again.")
            % {"count": len(parts), "channel": capabilities.label, "quota": quota}
        )
    if quota is not None and len(parts) > 1 and not split_agreed:
        raise SplitNeedsConsent(
            _(
                "This text is too long for one message. It would use %(count)s of the %(quota)s messages that"
                " %(channel)s allows until the customer writes again. Send it in parts, or shorten it."
            )
            % {"count": len(parts), "channel": capabilities.label, "quota": quota}
        )
    return parts


def clean_options(titles: Sequence[str], capabilities: Capabilities) -> list[str]:
    """Return the answers to offer, without empty ones. Raises UnableToSend."""
    cleaned = [title for raw in titles if (title := " ".join(raw.replace("\x00", "").split()))]
    if not cleaned:
        return []
    limits = capabilities.options
    if limits is None:
        raise UnableToSend(_("%(channel)s has no buttons.") % {"channel": capabilities.label})
    if len(cleaned) > limits.count:
        raise UnableToSend(_("At most %(limit)s buttons fit under a message.") % {"limit": limits.count})
    too_long = next((title for title in cleaned if len(title) > limits.title), None)
    if too_long is not None:
        raise UnableToSend(
            _("The button “%(title)s” is too long: at most %(limit)s characters.")
            % {"title": too_long, "limit": limits.title}
        )
    if len({title.casefold() for title in cleaned}) < len(cleaned):
        raise UnableToSend(_("Two buttons say the same."))
    return cleaned


def _with_options(parts: list[Part], titles: Sequence[str], client_id: uuid.UUID) -> list[Part]:
    """Put the answers to tap under the last part."""
    if not titles:
        return parts
    ids = (f"{client_id.hex[:12]}.{number}" for number in range(1, len(titles) + 1))
    options = [{"id": key, "title": title} for key, title in zip(ids, titles, strict=True)]
    return [*parts[:-1], replace(parts[-1], details={**parts[-1].details, "options": options})]


def _same_message(
    twin: Message, actor: Membership, chatroom: Chatroom, parts: Sequence[str], titles: Sequence[str]
) -> Message:
    """Return the message a repeated client_id stands for. Raises UnableToSend if it says something else."""
    if twin.chatroom_id != chatroom.pk:
        raise UnableToSend(_("This message was already sent in another chat. Reload the page and try again."))
    known = Message.objects.filter(
        workspace_id=twin.workspace_id,
        client_id__in=[client_id_of_part(twin.client_id, number) for number in range(1, MOST_PARTS + 1)],
        author=actor,
    ).order_by("sent_at")
    offered = [option["title"] for message in known for option in message.details.get("options", ())]
    if [message.text for message in known] != list(parts) or offered != list(titles):
        raise UnableToSend(_("Your first version was already sent. Send this text as a message of its own?"))
    return twin


def _locked(message: Message) -> Message:
    """Lock room, then message: the order every writer takes."""
    locked_room(message.chatroom_id)
    return Message.objects.select_for_update(no_key=True).get(pk=message.pk)
