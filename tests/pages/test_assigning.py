"""The page about who gets chats: people, teams, rules; and giving a chat to a team."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inbox.chatrooms.models import AssignmentRule, Chatroom
from inbox.workspaces.actions import create_team
from inbox.workspaces.models import Membership, Team
from inbox.workspaces.tenancy import platform_scope, scope
from tests.chatrooms.presence import online, rule
from tests.world import World, reload, room_with

HTMX = {"HX-Request": "true"}
PAGE = "/w/lotus-flowers/assigning/"
RULES = f"{PAGE}rules/"


def team_of(world: World, name: str = "Sales", *members: Membership) -> Team:
    with scope(world.lotus.pk):
        return create_team(
            actor=world.olivia, workspace_id=world.lotus.pk, name=name, members=[member.pk for member in members]
        )


def rules_of(world: World) -> list[tuple[object, ...]]:
    with scope(world.lotus.pk):
        values = ("connection", "mode", "team", "capacity", "reroute_minutes", "only_assignee_replies")
        return list(AssignmentRule.objects.order_by("pk").values_list(*values))


def places(world: World) -> dict[str, list[int]]:
    with scope(world.lotus.pk):
        return {team.name: sorted(team.places.values_list("member", flat=True)) for team in Team.objects.all()}


def test_everybody_sees_who_is_here_and_admins_alone_change_teams_and_rules(
    world: World, amy: Client, olivia: Client
) -> None:
    team = team_of(world, "Sales", world.amy)
    online(world.amy, world.ben, world.sam)
    assert amy.post("/w/lotus-flowers/availability/", {"away": "yes"}).status_code == 303
    page = amy.get(PAGE).content.decode()
    for state, label in (("away", "Away"), ("online", "Online"), ("offline", "Offline")):
        assert page.count(f'data-state="{state}">{label}<') == 1
    assert "You are away" in page
    assert "Sam Stranger" not in page
    assert RULES not in page
    assert "New team" not in page
    assert "You are away: come back" in amy.get("/w/lotus-flowers/").content.decode()
    amy.post("/w/lotus-flowers/availability/", {})
    assert reload(world.amy).away_since is None

    for url in (RULES, f"{PAGE}teams/creation/", f"{PAGE}teams/{team.pk}/", f"{PAGE}teams/{team.pk}/deletion/"):
        assert amy.post(url, {"name": "Mine", "mode": "turn"}).status_code == 403
    assert (rules_of(world), places(world)) == ([], {"Sales": [world.amy.pk]})
    assert RULES in olivia.get(PAGE).content.decode()


def test_admins_make_teams_of_the_workspaces_own_members(world: World, olivia: Client) -> None:
    url = f"{PAGE}teams/creation/"
    members = [world.amy.pk, world.ben.pk, world.sam.pk, 2**62, "x", "9" * 30]
    assert olivia.post(url, {"name": " Sales  team ", "member": members}).status_code == 303
    assert places(world) == {"Sales team": sorted([world.amy.pk, world.ben.pk])}
    for name, words in (("SALES TEAM", "There is a team called"), ("\x00 ", "Type the name"), ("x" * 61, "too long")):
        refused = olivia.post(url, {"name": name, "member": [world.ben.pk]})
        page = refused.content.decode()
        assert refused.status_code == 422
        assert words in page
        assert f'value="{world.ben.pk}" checked' in page
    with scope(world.lotus.pk):
        team = Team.objects.get()
    assert olivia.post(f"{PAGE}teams/{team.pk}/", {"name": "<b>客服</b>", "member": [world.ben.pk]}).status_code == 303
    assert places(world) == {"<b>客服</b>": [world.ben.pk]}
    assert "&lt;b&gt;客服&lt;/b&gt;" in olivia.get(PAGE).content.decode()
    assert olivia.post(f"{PAGE}teams/{team.pk}/deletion/").status_code == 303
    assert places(world) == {}


def test_admins_set_the_workspaces_rule_and_a_connections_own(world: World, olivia: Client) -> None:
    team = team_of(world)
    full = {"mode": "least_busy", "team": team.pk, "capacity": "5", "reroute_minutes": "10"}
    assert olivia.post(RULES, full | {"only_assignee_replies": "yes"}).status_code == 303
    assert olivia.post(RULES, {"mode": "turn", "connection": world.shop.pk}).status_code == 303
    assert rules_of(world) == [
        (None, "least_busy", team.pk, 5, 10, True),
        (world.shop.pk, "turn", None, None, None, False),
    ]
    for wrong, field in (
        ({"mode": "everybody"}, "mode"),
        ({"capacity": "0"}, "capacity"),
        ({"capacity": "-1"}, "capacity"),
        ({"capacity": "³"}, "capacity"),
        ({"capacity": "9" * 40}, "capacity"),
        ({"reroute_minutes": "1"}, "reroute_minutes"),
        ({"reroute_minutes": "<b>"}, "reroute_minutes"),
    ):
        refused = olivia.post(RULES, full | wrong)
        assert refused.status_code == 422, wrong
        (form, *_others) = refused.context["page"].rules
        assert (form.wrong, bool(form.error)) == (field, True)
        assert getattr(form, field, None) == wrong[field] or field == "mode"
    assert olivia.post(RULES, {"connection": world.shop.pk, "drop": "yes"}).status_code == 303
    assert [each[0] for each in rules_of(world)] == [None]


def test_nothing_of_another_workspace_can_be_named(
    world: World, amy: Client, olivia: Client, room: Chatroom, stranger: Client
) -> None:
    ours = team_of(world)
    with scope(world.bakery.pk):
        theirs = create_team(actor=world.sam, workspace_id=world.bakery.pk, name="Bakers")
    for fields in ({"mode": "turn", "team": theirs.pk}, {"mode": "turn", "connection": world.oven.pk}):
        assert olivia.post(RULES, fields).status_code == 404
    assert olivia.post(RULES, {"mode": "turn", "team": "x"}).status_code == 404
    for url in (f"{PAGE}teams/{theirs.pk}/", f"{PAGE}teams/{theirs.pk}/deletion/"):
        assert olivia.post(url, {"name": "Ours"}).status_code == 404
    given = amy.post(f"/w/lotus-flowers/rooms/{room.pk}/assignment/", {"member": f"team-{theirs.pk}", "expected": ""})
    assert given.status_code == 409
    assert reload(room).team_id is None
    writing = reverse("chatrooms:writing", args=["other-bakery", room.pk])
    assert stranger.post(writing).status_code == 404
    with platform_scope("test"):
        assert Team.objects.filter(pk__in=[ours.pk, theirs.pk], name__in=["Sales", "Bakers"]).count() == 2


def test_a_chat_is_given_to_a_team_and_taken_over_with_the_name_of_who_had_it(
    world: World, amy: Client, room: Chatroom
) -> None:
    team = team_of(world, "Sales <team>")
    url = f"/w/lotus-flowers/rooms/{room.pk}/"
    assert f'<option value="team-{team.pk}">Sales &lt;team&gt;</option>' in amy.get(url).content.decode()
    assert amy.post(f"{url}assignment/", {"member": f"team-{team.pk}", "expected": ""}, headers=HTMX).status_code == 200
    assert (reload(room).team_id, reload(room).assignee_id) == (team.pk, None)
    listed = amy.get("/w/lotus-flowers/", {"team": team.pk, "assignee": "none"}).content.decode()
    assert f'id="room-{room.pk}-row"' in listed
    assert "Sales &lt;team&gt;" in listed
    other = team_of(world, "Other")
    assert f'id="room-{room.pk}-row"' not in amy.get("/w/lotus-flowers/", {"team": other.pk}).content.decode()
    for wrong in (2**60, "x"):
        assert "and so left out: Team" in amy.get("/w/lotus-flowers/", {"team": wrong}).content.decode()
    page = amy.get(url).content.decode()
    assert "Amy Agent gave this chat to the team Sales &lt;team&gt;" in page
    assert 'title="Team">Sales &lt;team&gt;</span>' in page
    amy.post(f"{url}assignment/", {"member": world.ben.pk, "expected": ""})
    assert "Take over from Ben Agent" in amy.get(url).content.decode()
    rule(world, only_assignee_replies=True)
    refused = amy.post(f"{url}assignment/", {"take": world.ben.pk}, headers=HTMX)
    assert refused.status_code == 409
    assert "Only Ben Agent or an admin may hand this chat over." in refused.content.decode()
    sent = amy.post(f"{url}messages/", {"text": "My <words>"}, headers=HTMX)
    assert sent.status_code == 422
    assert "My &lt;words&gt;" in sent.content.decode()
    assert "Ask them, or an admin" in sent.content.decode()


def test_the_page_costs_the_same_for_few_and_for_many(world: World, olivia: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert olivia.get(PAGE).status_code == 200
        return len(captured)

    team_of(world, "First", world.amy)
    few = cost()
    for number in range(5):
        team_of(world, f"Team {number}", world.amy, world.ben)
        room_with(world, phone=f"8529000000{number}")
    rule(world)
    rule(world, connection=world.shop)
    assert cost() == few
