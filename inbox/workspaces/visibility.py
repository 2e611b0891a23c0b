"""Which chats a member may see: the one rule, which everything that reads chats asks. See docs/assignment.md.

A reach is data: whom a chat has to belong to, and about whom a note has mentioned the member. It answers as a condition
for a query, about one chat, and as facts for the functions of search. Where all chats are seen it costs nothing: no
query, no condition. Chats, customers and notes belong to the slices above; they are read by the names of their columns.

`reach_of` needs the workspace's scope; a loaded membership is asked about once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.apps import apps
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from .models import Membership, Role, TeamMember, Visibility


class Chat(Protocol):
    """A chat with its customer, as far as the rule knows them."""

    assignee_id: int | None
    team_id: int | None
    customer: Any


@dataclass(frozen=True)
class Reach:
    """What a member sees: all, or what is theirs, their `teams`', of these `customers`, and perhaps nobody's.

    `customers` holds everybody who is one person with somebody that a note mentions the member about."""

    member_id: int
    is_all: bool = False
    with_unassigned: bool = False
    teams: frozenset[int] = frozenset()
    customers: frozenset[int] = frozenset()

    def rooms(self, path: str = "") -> Q:
        """Match rows whose chat the member may see; `path` leads to it: "chatroom__"."""
        if self.is_all:
            return Q()
        chats = Q(**{f"{path}assignee": self.member_id})
        chats |= Q(**{f"{path}team__in": self.teams}) | Q(**{f"{path}customer__in": self.customers})
        if self.with_unassigned:
            nobodys = {f"{path}assignee__isnull": True, f"{path}team__isnull": True, f"{path}pk__isnull": False}
            chats |= Q(**nobodys)
        return chats

    def sees(self, chat: Chat) -> bool:
        """Answer for one chat, as `rooms` does."""
        return self.holds(chat.assignee_id, chat.team_id) or chat.customer.head_id in self.customers

    def holds(self, assignee: int | None, team: int | None) -> bool:
        """Say whether a chat that belongs to these is seen for that alone."""
        is_nobodys = assignee is None and team is None
        return self.is_all or assignee == self.member_id or team in self.teams or (self.with_unassigned and is_nobodys)

    @property
    def facts(self) -> dict[str, Any]:
        """What the functions of search take: nothing where everything is seen."""
        if self.is_all:
            return {}
        lists = {"teams": sorted(self.teams), "customers": sorted(self.customers)}
        return {"reach": {"member": self.member_id, "with_unassigned": self.with_unassigned, **lists}}

    @property
    def mark(self) -> str:
        """What a page keeps to learn, when it was away, that it must load anew; "" where everything is seen."""
        unassigned = "some" if self.with_unassigned else "own"
        return "" if self.is_all else ".".join([unassigned, *map(str, sorted(self.teams))])


def sees_all(member: Membership) -> bool:
    """Say whether a member sees all chats. Owners and admins do."""
    return member.visibility == Visibility.ALL or member.may(Role.ADMIN)


def reach_of(member: Membership) -> Reach:
    """Return what a member may see."""
    if sees_all(member):
        return Reach(member.pk, is_all=True)
    known = cast("Any", member)
    if not hasattr(known, "known_reach"):
        opened = _opened(member.workspace_id, [member.pk])
        [known.known_reach] = _reaches(member.workspace_id, [member], opened)
    return cast("Reach", known.known_reach)


def some_reaches(workspace_id: int, people: Collection[int]) -> list[Reach]:
    """Return the reach of everybody who does not see all, as far as chats of these people (ids of heads) go."""
    members = list(limited(workspace_id))
    opened = _opened(workspace_id, [member.pk for member in members], people) if members else {}
    return _reaches(workspace_id, members, opened)


def limited(workspace_id: int) -> QuerySet[Membership]:
    """Return the active members who do not see all chats."""
    agents = Membership.objects.filter(workspace_id=workspace_id, is_active=True, role=Role.AGENT)
    return agents.exclude(visibility=Visibility.ALL)


def _reaches(workspace_id: int, members: Collection[Membership], opened: Mapping[int, set[int]]) -> list[Reach]:
    places = TeamMember.objects.filter(workspace_id=workspace_id, member__in=[member.pk for member in members])
    teams = _grouped(places.values_list("member_id", "team_id"))
    return [
        Reach(
            member.pk,
            with_unassigned=member.visibility == Visibility.OWN_AND_UNASSIGNED,
            teams=frozenset(teams[member.pk]),
            customers=frozenset(opened.get(member.pk, ())),
        )
        for member in members
    ]


def _opened(
    workspace_id: int, members: Collection[int], people: Collection[int] | None = None
) -> Mapping[int, set[int]]:
    """Return, by member, everybody who is one person with a customer about whom others mention them in a note."""
    customers = apps.get_model("customers", "Customer")._default_manager.filter(workspace_id=workspace_id)
    mentions = apps.get_model("notes", "NoteMention")._default_manager.filter(workspace_id=workspace_id)
    mentions = mentions.filter(member__in=members).exclude(note__author=F("member"))
    if people is not None:
        everybody = customers.filter(Q(pk__in=people) | Q(merged_into__in=people)).values_list("pk", flat=True)
        mentions = mentions.filter(note__customer__in=list(everybody))
    head = Coalesce("note__customer__merged_into_id", "note__customer_id")
    members_of = _grouped(mentions.values_list(head, "member_id"))
    merged = _grouped(customers.filter(merged_into__in=list(members_of)).values_list("merged_into_id", "pk"))
    opened: dict[int, set[int]] = defaultdict(set)
    for person, named in members_of.items():
        for member_id in named:
            opened[member_id] |= {person, *merged[person]}
    return opened


def _grouped(pairs: Iterable[tuple[int, int]]) -> defaultdict[int, set[int]]:
    groups: defaultdict[int, set[int]] = defaultdict(set)
    for key, value in pairs:
        groups[key].add(value)
    return groups
