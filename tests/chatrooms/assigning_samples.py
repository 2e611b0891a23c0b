"""What the page about who gets chats is rendered with where no database is needed."""

from __future__ import annotations

from typing import Any

from inbox.chatrooms.assignment_pages import AssignmentPage, Person, Place, RuleForm, TeamForm

PLACES = (Place(11, '"><b>Amy', is_in=True), Place(12, "Ben Agent", is_in=False))
TEAM = TeamForm(
    key="3",
    name="<b>Sales</b>",
    typed='"><script>',
    places=PLACES,
    url="/w/lotus/assigning/teams/3/",
    deletion_url="/w/lotus/assigning/teams/3/deletion/",
    error="There is a <b>team</b> already.",
)
NEW = TeamForm(key="new", name="", typed="", places=PLACES, url="/w/lotus/assigning/teams/creation/", deletion_url="")
RULE = RuleForm(
    key="5",
    connection="5",
    title='"><b>Shop',
    is_own=True,
    modes=(("off", "<i>Nobody</i>", False), ("turn", "In turn", True)),
    teams=(("", "Everybody", True), ("3", "<b>Sales</b>", False)),
    capacity='"><script>',
    reroute_minutes="1",
    only_assignee_replies=True,
    error="Type a <b>number</b>.",
    wrong="capacity",
)
PAGE = AssignmentPage(
    may_manage=True,
    is_away=True,
    availability_url="/w/lotus/availability/",
    people=(Person("<b>Amy</b>", "AA", "online", "Online", "<i>Sales</i>", 3),),
    teams=(TEAM,),
    new_team=NEW,
    rules=(RULE,),
    rules_url="/w/lotus/assigning/rules/",
    name_length=60,
)
PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "chatrooms/_team.html": ({"page": PAGE, "team": TEAM}, ""),
    "chatrooms/_rule.html": ({"page": PAGE, "rule": RULE}, ""),
}
PAGES: dict[str, dict[str, Any]] = {"chatrooms/assigning.html": {"page": PAGE, "back_url": "/w/lotus/"}}
