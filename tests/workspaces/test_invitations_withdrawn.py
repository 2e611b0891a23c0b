"""Invitations that must not work any more, and mail that does not leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from inbox.workspaces import actions
from inbox.workspaces.actions import InvitationRefused, MembershipRefused
from inbox.workspaces.models import AuditEntry, Invitation, Membership, Role, User
from inbox.workspaces.tenancy import scope
from tests.world import PASSWORD, World

Commits = Callable[..., AbstractContextManager[list[Callable[[], object]]]]
ClientOf = Callable[[Membership], Client]


class BrokenMail(BaseEmailBackend):
    def send_messages(self, email_messages: object) -> int:
        raise ConnectionRefusedError("mail.example does not answer")


@pytest.fixture
def ben(world: World) -> Membership:
    """An admin, who invites people."""
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role=Role.ADMIN)
        return Membership.objects.select_related("user", "workspace").get(pk=world.ben.pk)


@pytest.fixture
def nora(world: World) -> User:
    return User.objects.create_user("nora@example.com", PASSWORD, name="Nora New")


@pytest.fixture
def invitation(world: World, ben: Membership, django_capture_on_commit_callbacks: Commits) -> Invitation:
    with django_capture_on_commit_callbacks(execute=True), scope(world.lotus.pk):
        return actions.invite_member(actor=ben, email="nora@example.com", role=Role.AGENT)


def mailed_token() -> str:
    return re.findall(r"/workspaces/invitations/(\S+)/", str(mail.outbox[-1].body))[0]


def verbs(world: World) -> list[str]:
    with scope(world.lotus.pk):
        return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def test_an_inviter_who_may_not_invite_any_more_lets_nobody_in(
    world: World, invitation: Invitation, ben: Membership, nora: User
) -> None:
    for change in ({"is_active": False}, {"role": Role.AGENT}):
        with scope(world.lotus.pk):
            Membership.objects.filter(pk=ben.pk).update(**{"is_active": True, "role": Role.ADMIN, **change})
        with pytest.raises(InvitationRefused, match="Who invited you"):
            actions.accept_invitation(user=nora, token=mailed_token())
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=ben.pk).update(role=Role.ADMIN)
    User.objects.filter(pk=ben.user_id).update(is_active=False)
    with pytest.raises(InvitationRefused, match="Who invited you"):
        actions.accept_invitation(user=nora, token=mailed_token())
    User.objects.filter(pk=ben.user_id).update(is_active=True)
    assert actions.accept_invitation(user=nora, token=mailed_token())


def inside(browser: Client, slug: str) -> Client:
    browser.get(reverse("enter_admin", args=[slug]))
    return browser


def press(browser: Client, action: str, invitation: Invitation) -> str:
    data = {"action": action, "_selected_action": [invitation.pk]}
    page = browser.post(reverse("admin:workspaces_invitation_changelist"), data, follow=True)
    return page.content.decode()


def test_an_admin_revokes_an_invitation(world: World, invitation: Invitation, nora: User, client_of: ClientOf) -> None:
    page = press(inside(client_of(world.olivia), world.lotus.slug), "revoke", invitation)
    assert "The invitation of nora@example.com was revoked." in page
    with pytest.raises(InvitationRefused, match="not valid any more"):
        actions.accept_invitation(user=nora, token=mailed_token())
    assert verbs(world)[-1] == "member.uninvited"


def test_sending_again_makes_a_new_link_and_ends_the_old_one(
    world: World,
    invitation: Invitation,
    nora: User,
    client_of: ClientOf,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    old = mailed_token()
    with django_capture_on_commit_callbacks(execute=True):
        page = press(inside(client_of(world.olivia), world.lotus.slug), "send_again", invitation)
    assert "A new link was sent to nora@example.com." in page
    assert mailed_token() != old
    assert verbs(world)[-1] == "member.invited_again"
    with pytest.raises(InvitationRefused):
        actions.accept_invitation(user=nora, token=old)
    assert actions.accept_invitation(user=nora, token=mailed_token())
    assert "is not open any more" in press(inside(client_of(world.olivia), world.lotus.slug), "revoke", invitation)


def test_an_invitation_is_dealt_with_by_those_who_could_have_sent_it(world: World, invitation: Invitation) -> None:
    with scope(world.lotus.pk):
        for actor in (world.amy, world.sam):
            for action in (actions.revoke_invitation, actions.resend_invitation):
                with pytest.raises(MembershipRefused):
                    action(actor=actor, invitation=invitation)
        assert actions.revoke_invitation(actor=None, invitation=invitation).revoked_at


def test_mail_that_does_not_leave_is_no_error_page(
    world: World,
    client_of: ClientOf,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.BrokenMail"
    browser = inside(client_of(world.olivia), world.lotus.slug)
    data = {"email": "nora@example.com", "role": "agent"}
    with django_capture_on_commit_callbacks(execute=True):
        page = browser.post(reverse("admin:workspaces_invitation_add"), data, follow=True)
    assert page.status_code == 200
    with scope(world.lotus.pk):
        invitation = Invitation.objects.get()
    assert f"invitation {invitation.pk} was not mailed: ConnectionRefusedError" in caplog.text


def test_two_businesses_of_one_name_at_the_same_moment_both_get_an_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_slug = actions._free_slug
    answers = iter([world.lotus.slug, world.lotus.slug])  # free when we looked, taken when we write
    monkeypatch.setattr(actions, "_free_slug", lambda name: next(answers, None) or free_slug(name))
    second = actions.create_workspace(owner=world.sam.user, name="Lotus Flowers")
    assert second.slug == "lotus-flowers-2"
