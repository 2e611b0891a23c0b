"""The page about who gets chats, as its template sees it: people, teams, rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.connections.models import Connection
from inbox.realtime import presence
from inbox.workspaces.actions import TEAM_NAME_LENGTH
from inbox.workspaces.models import Membership, Role, Team, TeamMember

from . import presenters
from .actions import RuleWish
from .assignment import online_in, teams_of
from .models import AssignmentMode, AssignmentRule, RoomStatus
from .selectors import rooms_seen


@dataclass(frozen=True)
class Person:
    """A member: whether they are here, and how much they have to do, of what the viewer sees."""

    name: str
    initials: str
    state: str  # online, away, offline
    state_label: str
    teams: str
    chats: int


@dataclass(frozen=True)
class Place:
    """A member as a team's form offers them."""

    member_id: int
    name: str
    is_in: bool


@dataclass(frozen=True)
class TeamForm:
    """A team, or with no `name` a new one. `typed` is what was refused with `error`, else its name."""

    key: str  # of its inputs' ids
    name: str
    typed: str
    places: tuple[Place, ...]
    url: str
    deletion_url: str
    error: str = ""

    @property
    def members(self) -> str:
        return ", ".join(place.name for place in self.places if place.is_in)


@dataclass(frozen=True)
class RuleForm:
    """The workspace's rule, or that of a connection: its own if it `is_own`."""

    key: str  # of its inputs' ids: 0 for the workspace's
    connection: str  # its id, "" for the workspace
    title: str
    is_own: bool
    modes: tuple[tuple[str, str, bool], ...]
    teams: tuple[tuple[str, str, bool], ...]
    capacity: str
    reroute_minutes: str
    only_assignee_replies: bool
    error: str = ""
    wrong: str = ""  # the field that the error is about


@dataclass(frozen=True)
class AssignmentPage:
    """`chatrooms/assigning.html`."""

    may_manage: bool
    is_away: bool
    availability_url: str
    people: tuple[Person, ...]
    teams: tuple[TeamForm, ...]
    new_team: TeamForm
    rules: tuple[RuleForm, ...]
    rules_url: str
    name_length: int


@dataclass(frozen=True)
class Refused:
    """What was typed and refused: for a team (None: a new one), or for a rule by its connection."""

    error: str
    team: int | None = None
    name: str = ""
    members: frozenset[int] = field(default_factory=frozenset)
    rule: str | None = None
    wish: RuleWish = field(default_factory=RuleWish)
    wrong: str = ""


def assignment_page(
    member: Membership, members: Sequence[Membership], *, refused: Refused | None = None
) -> AssignmentPage:
    """Put the page together: five queries, for teams and who is in them, chats, rules and connections."""
    workspace_id, slug = member.workspace_id, member.workspace.slug
    teams = teams_of(workspace_id)
    places = TeamMember.objects.filter(workspace_id=workspace_id).values_list("team_id", "member_id")
    inside: dict[int, set[int]] = {team.pk: set() for team in teams}
    for team_id, member_id in places:
        inside[team_id].add(member_id)
    rules = {rule.connection_id: rule for rule in AssignmentRule.objects.filter(workspace_id=workspace_id)}
    connections = Connection.objects.filter(workspace_id=workspace_id).defer("credentials").order_by("name", "pk")
    return AssignmentPage(
        may_manage=member.may(Role.ADMIN),
        is_away=member.away_since is not None,
        availability_url=reverse("chatrooms:availability", args=[slug]),
        people=tuple(_people(member, members, teams, inside)),
        teams=tuple(_team_form(team, inside[team.pk], members, slug, refused) for team in teams),
        new_team=_team_form(None, set(), members, slug, refused),
        rules=tuple(_rule_forms(rules, list(connections), teams, refused)),
        rules_url=reverse("chatrooms:rule_saving", args=[slug]),
        name_length=TEAM_NAME_LENGTH,
    )


def _people(
    viewer: Membership, members: Sequence[Membership], teams: Sequence[Team], inside: Mapping[int, set[int]]
) -> Iterator[Person]:
    online = presence.present(online_in(viewer.workspace_id)) or set()
    rooms = rooms_seen(viewer).filter(status=RoomStatus.OPEN, assignee__in=members)
    chats = dict(rooms.values_list("assignee_id").annotate(Count("pk")).order_by())
    labels = {"online": _("Online"), "away": _("Away"), "offline": _("Offline")}
    for each in members:
        state = "offline" if each.pk not in online else "away" if each.away_since else "online"
        yield Person(
            name=str(each),
            initials=presenters.initials(str(each)),
            state=state,
            state_label=labels[state],
            teams=", ".join(team.name for team in teams if each.pk in inside[team.pk]),
            chats=chats.get(each.pk, 0),
        )


def _team_form(
    team: Team | None, inside: set[int], members: Sequence[Membership], slug: str, refused: Refused | None
) -> TeamForm:
    pk = team.pk if team else None
    is_refused = refused is not None and refused.rule is None and refused.team == pk
    chosen = refused.members if refused and is_refused else inside
    name = team.name if team else ""
    return TeamForm(
        key=str(pk or "new"),
        name=name,
        typed=refused.name if refused and is_refused else name,
        places=tuple(Place(each.pk, str(each), each.pk in chosen) for each in members),
        url=reverse("chatrooms:team_change", args=[slug, pk])
        if pk
        else reverse("chatrooms:team_creation", args=[slug]),
        deletion_url=reverse("chatrooms:team_deletion", args=[slug, pk]) if pk else "",
        error=refused.error if refused and is_refused else "",
    )


def _rule_forms(
    rules: Mapping[int | None, AssignmentRule],
    connections: Sequence[Connection],
    teams: Sequence[Team],
    refused: Refused | None,
) -> Iterator[RuleForm]:
    yield _rule_form(None, rules.get(None), teams, refused)
    for connection in connections:
        yield _rule_form(connection, rules.get(connection.pk), teams, refused)


def _rule_form(
    connection: Connection | None, rule: AssignmentRule | None, teams: Sequence[Team], refused: Refused | None
) -> RuleForm:
    key = str(connection.pk) if connection else ""
    is_refused = refused is not None and refused.rule == key
    wish = refused.wish if refused and is_refused else _wish(rule)
    chosen = wish.team.pk if wish.team else None
    return RuleForm(
        key=key or "0",
        connection=key,
        title=str(connection) if connection else _("All connections"),
        is_own=rule is not None or is_refused,
        modes=tuple((value, str(label), value == wish.mode) for value, label in AssignmentMode.choices),
        teams=(("", _("Everybody"), chosen is None), *((str(team.pk), team.name, team.pk == chosen) for team in teams)),
        capacity=wish.capacity,
        reroute_minutes=wish.reroute_minutes,
        only_assignee_replies=wish.only_assignee_replies,
        error=refused.error if refused and is_refused else "",
        wrong=refused.wrong if refused and is_refused else "",
    )


def _wish(rule: AssignmentRule | None) -> RuleWish:
    """Return a rule as its form shows it."""
    if rule is None:
        return RuleWish()
    return RuleWish(
        mode=rule.mode,
        team=Team(pk=rule.team_id) if rule.team_id else None,
        capacity=str(rule.capacity or ""),
        reroute_minutes=str(rule.reroute_minutes or ""),
        only_assignee_replies=rule.only_assignee_replies,
    )
