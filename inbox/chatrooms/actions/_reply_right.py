"""Who may answer in a chat now: its assignee alone, where the rule says so; and nobody over a colleague's answer."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.workspaces.models import Membership

from ..assignment import rule_of
from ..models import Chatroom, Direction, Message, MessageState
from ..presenters.reply_right import why_not_yours
from ._composition import UnableToSend

# Whoever has written for longer than this after a colleague's answer knows of it.
JUST_NOW = timedelta(seconds=30)
# What has waited in a browser for longer counts as having waited so long.
LONGEST_WAIT = timedelta(days=1)


class AnsweredMeanwhile(UnableToSend):
    """A colleague has answered meanwhile, in `answer`, which the sender's page did not show."""

    def __init__(self, answer: Message, seconds: int) -> None:
        super().__init__(_question(str(answer.author or _("Somebody in the channel’s own app")), seconds))
        self.answer = answer


def _question(name: str, seconds: int) -> str:
    if hours := seconds // 3600:
        return _("%(name)s answered %(hours)s h ago. Send your message anyway?") % {"name": name, "hours": hours}
    if minutes := seconds // 60:
        words = _("%(name)s answered %(minutes)s min ago. Send your message anyway?")
        return words % {"name": name, "minutes": minutes}
    return _("%(name)s answered %(seconds)s s ago. Send your message anyway?") % {"name": name, "seconds": seconds}


def require_reply_right(*, actor: Membership, chatroom: Chatroom) -> None:
    """Refuse whoever is not the assignee, where only they may reply. Raises UnableToSend."""
    if chatroom.assignee_id == actor.pk or not rule_of(chatroom).only_assignee_replies:
        return
    raise UnableToSend(why_not_yours(actor, chatroom.assignee))


def require_unanswered(
    *, actor: Membership, chatroom: Chatroom, seen_id: int | None, waited: timedelta = timedelta()
) -> None:
    """Refuse if a colleague's answer is newer than `seen_id`, the newest message the sender saw (None: nobody is
    asked). What is sent has `waited` since it was written. Raises AnsweredMeanwhile. The chat is locked, so that of two
    who send at once one is asked."""
    if seen_id is None:
        return
    now = clock.now()
    answers = Message.objects.filter(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        direction=Direction.OUTBOUND,
        pk__gt=seen_id,
        sent_at__gte=now - JUST_NOW - min(waited, LONGEST_WAIT),
    ).exclude(Q(author=actor) | Q(state=MessageState.TAKEN_BACK))
    newest = answers.select_related("author__user").order_by("-sent_at", "-pk").first()
    if newest is not None:
        raise AnsweredMeanwhile(newest, max(int((now - newest.created_at).total_seconds()), 1))
