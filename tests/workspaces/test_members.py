"""Inviting people, joining, changing roles, leaving. Whoever may not is told so, and nothing happens."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from inbox.lib import clock
from inbox.workspaces.actions import (
    INVITATION_LIFETIME,
    InvitationRefused,
    MembershipRefused,
    accept_invitation,
    change_member,
    invite_member,
)
from inbox.workspaces.models import AuditEntry, Invitation, Membership, Role, User
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import PASSWORD, World

ClientOf = Callable[[Membership], Client]
Commits = Callable[..., AbstractContextManager[list[Callable[[], object]]]]

NEW = "nora@example.com"


@pytest.fixture
def invite(world: World, django_capture_on_commit_callbacks: Commits) -> Callable[..., str]:
    """Return a function that invites somebody to Lotus Flowers and returns the token of the mailed link."""

    def do(email: str = NEW, role: Role = Role.AGENT, actor: Membership | None = None) -> str:
        with django_capture_on_commit_callbacks(execute=True), scope(world.lotus.pk):
            invite_member(actor=actor or world.olivia, email=email, role=role)
        (token,) = re.findall(r"/workspaces/invitations/(\S+)/", mail.outbox[-1].body)
        return str(token)

    return do


@pytest.fixture
def admin(world: World) -> Membership:
    """Ben, promoted."""
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role=Role.ADMIN)
        return Membership.objects.select_related("user", "workspace").get(pk=world.ben.pk)


def new_person(email: str = NEW) -> User:
    return User.objects.create_user(email, PASSWORD, name="Nora New")


def verbs(world: World) -> list[str]:
    with scope(world.lotus.pk):
        return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def member_of(world: World, user: User) -> Membership | None:
    with scope(world.lotus.pk):
        return Membership.objects.filter(user=user).first()


# --- inviting -------------------------------------------------------------------------------------------------------


def test_an_invitation_is_mailed_in_words(world: World, invite: Callable[..., str], settings) -> None:  # type: ignore[no-untyped-def]
    token = invite("Nora@Example.com")
    (message,) = mail.outbox
    assert message.to == [NEW]
    assert message.subject == "Olivia Owner invites you to Lotus Flowers"
    assert f"{settings.SITE_URL}{reverse('workspaces:invitation', args=[token])}" in message.body
    assert "Olivia Owner invites you" in message.body
    assert verbs(world)[-1] == "member.invited"


def test_no_mail_leaves_when_the_invitation_is_rolled_back(world: World, invite: Callable[..., str]) -> None:
    with scope(world.lotus.pk):
        invite_member(actor=world.olivia, email=NEW, role=Role.AGENT)
    assert mail.outbox == [], "the mail waits for the commit"


def test_only_a_digest_of_the_link_is_kept(world: World, invite: Callable[..., str]) -> None:
    token = invite()
    with platform_scope("test"), connection.cursor() as cursor:
        cursor.execute("SELECT i::text FROM workspaces_invitation i UNION SELECT a::text FROM workspaces_auditentry a")
        rows = "\n".join(row for (row,) in cursor.fetchall())
    assert NEW in rows
    assert token not in rows
    assert hashlib.sha256(token.encode()).hexdigest() in rows


@pytest.mark.parametrize(("role", "allowed"), [(Role.AGENT, True), (Role.ADMIN, True), (Role.OWNER, False)])
def test_an_admin_invites_up_to_the_own_role(
    world: World, invite: Callable[..., str], admin: Membership, role: Role, allowed: bool
) -> None:
    if allowed:
        invite(role=role, actor=admin)
        assert len(mail.outbox) == 1
    else:
        with pytest.raises(MembershipRefused):
            invite(role=role, actor=admin)
        assert mail.outbox == []


@pytest.mark.parametrize("role", Role)
def test_an_agent_invites_nobody(world: World, invite: Callable[..., str], role: Role) -> None:
    with pytest.raises(MembershipRefused):
        invite(role=role, actor=world.amy)
    with scope(world.lotus.pk):
        assert not Invitation.objects.exists()


# --- joining --------------------------------------------------------------------------------------------------------


def test_the_link_is_accepted_by_pressing_a_button(
    world: World, invite: Callable[..., str], client_of: ClientOf
) -> None:
    url = reverse("workspaces:invitation", args=[invite(role=Role.ADMIN)])
    nora = new_person()
    browser = Client()
    assert browser.get(url)["Location"].startswith(reverse("account_login"))
    browser.force_login(nora, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "You are invited" in browser.get(url).content.decode()
    assert member_of(world, nora) is None, "a link preview must not accept"

    assert browser.post(url)["Location"] == "/w/lotus-flowers/"
    membership = member_of(world, nora)
    assert membership
    assert (membership.role, membership.is_active) == (Role.ADMIN, True)
    assert browser.get("/w/lotus-flowers/").status_code == 200
    assert browser.get("/w/other-bakery/").status_code == 404
    assert verbs(world)[-1] == "member.joined"


def test_an_invitation_works_once(world: World, invite: Callable[..., str]) -> None:
    token, nora = invite(), new_person()
    membership = accept_invitation(user=nora, token=token)
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=membership.pk).update(is_active=False)
    with pytest.raises(InvitationRefused, match="not valid any more"):
        accept_invitation(user=nora, token=token)
    again = member_of(world, nora)
    assert again
    assert not again.is_active, "an old link does not bring back who was sent away"


def test_an_expired_invitation_is_refused(world: World, invite: Callable[..., str], time_machine) -> None:  # type: ignore[no-untyped-def]
    token, nora = invite(), new_person()
    time_machine.move_to(clock.now() + INVITATION_LIFETIME - timedelta(minutes=1))
    assert accept_invitation(user=nora, token=token)
    late, lara = invite("lara@example.com"), new_person("lara@example.com")
    time_machine.move_to(clock.now() + INVITATION_LIFETIME + timedelta(minutes=1))
    with pytest.raises(InvitationRefused, match="expired"):
        accept_invitation(user=lara, token=late)
    assert member_of(world, lara) is None


def test_an_invitation_is_for_one_address(world: World, invite: Callable[..., str], client_of: ClientOf) -> None:
    token = invite()
    with pytest.raises(InvitationRefused, match=f"is for {NEW}"):
        accept_invitation(user=world.sam.user, token=token)
    assert member_of(world, world.sam.user) is None
    response = client_of(world.sam).post(reverse("workspaces:invitation", args=[token]))
    assert response.status_code == 422
    assert f"This invitation is for {NEW}" in response.content.decode()
    assert accept_invitation(user=new_person(), token=token), "it still works for whom it is for"


@pytest.mark.parametrize("token", ["made-up", "0" * 64, "x' OR '1'='1"])
def test_a_made_up_link_is_refused(world: World, client_of: ClientOf, token: str) -> None:
    response = client_of(world.sam).post(reverse("workspaces:invitation", args=[token]))
    assert response.status_code == 422
    assert "not valid any more" in response.content.decode()


def test_the_stored_digest_is_no_key(world: World, invite: Callable[..., str]) -> None:
    invite()
    with scope(world.lotus.pk):
        digest = Invitation.objects.get().token_digest
    with pytest.raises(InvitationRefused):
        accept_invitation(user=new_person(), token=digest)


def test_an_invitation_brings_a_former_member_back(world: World, invite: Callable[..., str]) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(is_active=False)
    membership = accept_invitation(user=world.amy.user, token=invite("amy@example.com", role=Role.ADMIN))
    assert (membership.pk, membership.role, membership.is_active) == (world.amy.pk, Role.ADMIN, True)


def test_an_invitation_does_not_lower_a_role(world: World, invite: Callable[..., str]) -> None:
    """The only owner, invited as an agent by mistake, must stay one: else nobody could undo it."""
    accept_invitation(user=world.olivia.user, token=invite("olivia@example.com"))
    membership = member_of(world, world.olivia.user)
    assert membership
    assert membership.role == Role.OWNER


# --- changing -------------------------------------------------------------------------------------------------------


def change(actor: Membership | None, member: Membership, role: Role, *, is_active: bool = True) -> Membership:
    with scope(member.workspace_id):
        fresh = Membership.objects.get(pk=member.pk)
        return change_member(actor=actor, member=fresh, role=role, is_active=is_active)


def test_an_owner_changes_roles(world: World) -> None:
    for role in Role:
        assert change(world.olivia, world.amy, role).role == role
    assert verbs(world)[-3:] == ["member.changed"] * 3


def test_the_last_owner_stays(world: World) -> None:
    for actor in (world.olivia, None):
        with pytest.raises(MembershipRefused, match="at least one active owner"):
            change(actor, world.olivia, Role.ADMIN)
        with pytest.raises(MembershipRefused, match="at least one active owner"):
            change(actor, world.olivia, Role.OWNER, is_active=False)
    membership = member_of(world, world.olivia.user)
    assert membership
    assert (membership.role, membership.is_active) == (Role.OWNER, True)


def test_one_of_two_owners_may_go(world: World) -> None:
    change(world.olivia, world.amy, Role.OWNER)
    assert not change(world.olivia, world.olivia, Role.OWNER, is_active=False).is_active
    with pytest.raises(MembershipRefused, match="at least one active owner"):
        change(None, world.amy, Role.AGENT)


def test_a_deactivated_owner_does_not_count(world: World) -> None:
    change(world.olivia, world.amy, Role.OWNER)
    change(world.olivia, world.amy, Role.OWNER, is_active=False)
    with pytest.raises(MembershipRefused, match="at least one active owner"):
        change(world.olivia, world.olivia, Role.AGENT)


def test_an_agent_changes_nobody(world: World) -> None:
    for member in (world.olivia, world.ben, world.amy):
        with pytest.raises(MembershipRefused):
            change(world.amy, member, Role(member.role), is_active=False)
    with pytest.raises(MembershipRefused):
        change(world.amy, world.amy, Role.OWNER)
    with scope(world.lotus.pk):
        assert Membership.objects.filter(is_active=True).count() == 3


def test_an_admin_neither_touches_owners_nor_makes_them(world: World, admin: Membership) -> None:
    with pytest.raises(MembershipRefused):
        change(admin, world.olivia, Role.AGENT)
    with pytest.raises(MembershipRefused):
        change(admin, world.amy, Role.OWNER)
    with pytest.raises(MembershipRefused):
        change(admin, admin, Role.OWNER)
    assert change(admin, world.amy, Role.ADMIN).role == Role.ADMIN
    assert not change(admin, world.amy, Role.AGENT, is_active=False).is_active


def test_a_deactivated_admin_may_nothing(world: World, admin: Membership, invite: Callable[..., str]) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=admin.pk).update(is_active=False)
        admin.refresh_from_db()
    with pytest.raises(MembershipRefused):
        change(admin, world.amy, Role.AGENT, is_active=False)
    with pytest.raises(MembershipRefused):
        invite(actor=admin)


def test_deactivation_shuts_the_door_and_comes_undone(world: World, client_of: ClientOf) -> None:
    browser = client_of(world.amy)
    assert browser.get("/w/lotus-flowers/").status_code == 200
    change(world.olivia, world.amy, Role.AGENT, is_active=False)
    assert browser.get("/w/lotus-flowers/").status_code == 404
    change(world.olivia, world.amy, Role.AGENT)
    assert browser.get("/w/lotus-flowers/").status_code == 200


def test_nobody_changes_members_of_another_workspace(world: World) -> None:
    """The stranger is an owner, but not here."""
    assert member_of(world, world.amy.user)
    with pytest.raises(MembershipRefused):
        change(world.sam, world.amy, Role.AGENT, is_active=False)
    membership = member_of(world, world.amy.user)
    assert membership
    assert membership.is_active
