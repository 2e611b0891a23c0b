"""What may be done to chats, as forms say it: read from `do` and its target, done, and named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inbox.labels.models import Label
from inbox.labels.selectors import label_of
from inbox.lib.forms import number_in
from inbox.workspaces.access import MemberRequest
from inbox.workspaces.models import Membership, Team

from . import actions
from .actions import Outcome, Shown, What
from .assignment import team_of
from .models import RoomStatus

_STATUSES = {"close": RoomStatus.CLOSED, "reopen": RoomStatus.OPEN, "archive": RoomStatus.ARCHIVED}
# What stands in a form for whom chats are given to, or which label is meant.
NOBODY, NO_TEAM, TEAM, OFF = "nobody", "no-team", "team-", "off-"


@dataclass(frozen=True)
class Deed:
    """One thing that is done to chats. `field` is its form field: "close", "assign:team-7", "label:off-3"."""

    do: str
    what: What
    field: str
    member: Membership | None = None
    team: Team | None = None
    label: Label | None = None

    @property
    def name(self) -> str:
        """Whom or what it is done with, "" where there is nobody."""
        return str(self.member or self.team or self.label or "")

    def done_to(self, actor: Membership, room_ids: Sequence[int], shown: Mapping[int, Shown]) -> Outcome:
        """Do it to chats, as far as they are as they were `shown`. Call it inside the workspace's scope. Raises
        TooManyRooms."""
        if self.do in _STATUSES:
            written = {pk: each.inbound_count for pk, each in shown.items() if each.inbound_count is not None}
            return actions.set_status_of(actor=actor, room_ids=room_ids, status=_STATUSES[self.do], written=written)
        if self.what is What.SEEN:
            return actions.mark_all(member=actor, room_ids=room_ids, is_read=self.do == "read")
        if self.label is not None:
            change = actions.label_all if self.do == "label" else actions.unlabel_all
            return change(actor=actor, room_ids=room_ids, label=self.label)
        expected = {pk: each.owners for pk, each in shown.items()}
        if self.do in ("team", NO_TEAM):
            return actions.give_all_to_team(actor=actor, room_ids=room_ids, team=self.team, expected=expected)
        return actions.assign_all(actor=actor, room_ids=room_ids, assignee=self.member, expected=expected)


def deed_of(request: MemberRequest) -> Deed:
    """Read what a form asks for: `do` with its target behind a colon, or in the field `member` or `label`.

    Raises LookupError for what there is not, or not any more."""
    do, _colon, target = request.POST.get("do", "").partition(":")
    if do in _STATUSES:
        return Deed(do, What.STATUS, do)
    if do in ("read", "unread"):
        return Deed(do, What.SEEN, do)
    if do == "label":
        return _labelling(request, target or request.POST.get("label", ""))
    if do == "take":
        return Deed("assign", What.OWNERS, do, member=request.membership)
    if do == "unassign":
        return Deed(do, What.OWNERS, do)
    if do == "assign":
        return giving(request, target or request.POST.get("member", ""))
    raise LookupError(do)


def giving(request: MemberRequest, target: str) -> Deed:
    """Return the deed that gives chats to a member, to a team ("team-7"), to "nobody" or to "no-team".

    Raises LookupError."""
    field = f"assign:{target}"
    if target == NOBODY:
        return Deed("unassign", What.OWNERS, field)
    if target == NO_TEAM:
        return Deed(NO_TEAM, What.OWNERS, field)
    if target.startswith(TEAM):
        team = team_of(request.workspace.pk, number_in(target.removeprefix(TEAM)) or 0)
        if team is not None:
            return Deed("team", What.OWNERS, field, team=team)
    for member in request.members:
        if str(member.pk) == target:
            return Deed("assign", What.OWNERS, field, member=member)
    raise LookupError(target)


def _labelling(request: MemberRequest, target: str) -> Deed:
    label = label_of(request.workspace.pk, number_in(target.removeprefix(OFF)) or 0)
    if label is None:
        raise LookupError(target)
    return Deed("unlabel" if target.startswith(OFF) else "label", What.LABEL, f"label:{target}", label=label)
