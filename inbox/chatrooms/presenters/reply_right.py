"""Who may answer, where only a chat's assignee may: said before one writes, and once more to whoever sent all the same."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from inbox.workspaces.models import Membership, Role

from ..models import Chatroom


@dataclass(frozen=True)
class ReplyRight:
    """`chatrooms/_reply_right.html`. The page's script follows the assignee: `nobody` is what holds where there is none,
    `other`, with `{name}`, where it is somebody else."""

    words: str  # what holds now; empty for the assignee
    nobody: str
    other: str


def reply_right(room: Chatroom, member: Membership) -> ReplyRight | None:
    """Needs the annotation `only_assignee_replies`; None where everybody may answer."""
    if not room.only_assignee_replies:  # type: ignore[attr-defined]
        return None
    return ReplyRight(
        words="" if room.assignee_id == member.pk else why_not_yours(member, room.assignee),
        nobody=why_not_yours(member, None),
        other=why_not_yours(member, "{name}"),
    )


def why_not_yours(member: Membership, assignee: Membership | str | None) -> str:
    """Say why somebody who is not the assignee may not answer, and what to do."""
    if assignee is None:
        return _("Only its assignee may reply in a chat here. Take this one first.")
    if member.may(Role.ADMIN):
        words = _("Only %(assignee)s may reply in this chat. Take it over first.")
    else:
        words = _("Only %(assignee)s may reply in this chat. Ask them, or an admin, to hand it over.")
    return words % {"assignee": assignee}
