"""The choice of reactions: once in the page, for whichever message one reacts to. Messages and frames stay small."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from ..models import Chatroom, Message
from .details import text_of
from .messages import Quote, can_react_to, quote_of

ANY_EMOJI = ("👍", "❤️", "😂", "😮", "😢", "🙏")  # what is offered where the vendor takes all


@dataclass(frozen=True)
class ReactionChoice:
    """One emoji of the picker; choosing the present one takes it back."""

    emoji: str
    is_current: bool = False


@dataclass(frozen=True)
class ReactionPicker:
    """What one may react with (`chatrooms/_reactions.html`)."""

    url: str  # of the message that was chosen; the page's script puts another message's id in the place of 0
    form_id: str
    choices: tuple[ReactionChoice, ...]
    quote: Quote | None = None  # the message that was chosen, without a script


def reaction_picker(room: Chatroom, *, slug: str, message: Message | None = None) -> ReactionPicker | None:
    """Return the picker of a room, for one of its messages if one was chosen; None where the channel has no reactions.

    Needs connection loaded; of a message author.user and chatroom.customer.
    """
    capabilities = room.connection.adapter.capabilities
    if capabilities.reactions is None:
        return None
    if message is not None and not can_react_to(message, capabilities):
        message = None
    offered = capabilities.reactions or ANY_EMOJI
    current = text_of(message.reactions.get("business")) if message else ""
    if current and current not in offered:
        offered = (*offered, current)
    return ReactionPicker(
        url=reverse("chatrooms:message_reaction", args=[slug, room.pk, message.pk if message else 0]),
        form_id=f"room-{room.pk}-form",
        choices=tuple(ReactionChoice(emoji, is_current=emoji == current) for emoji in offered),
        quote=quote_of(message, capabilities=capabilities) if message else None,
    )
