"""What can be done to workspaces and their members. Views, the admin and commands call these and nothing else."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.realtime import publish

from . import audit
from .models import Invitation, Membership, Role, Team, TeamMember, User, Visibility, Workspace
from .tenancy import platform_scope, scope
from .visibility import limited

logger = logging.getLogger(__name__)

INVITATION_LIFETIME = timedelta(days=7)
RESERVED_SLUGS = {"admin", "api", "new", "static", "www"}
_MOST_SLUG_RACES = 5
TEAM_NAME_LENGTH = 60
MOST_TEAMS = 100
WORKSPACE_SETTINGS = ("reports_reads", "shows_typing", "undo_seconds", "file_days")


class InvitationRefused(Exception):
    """The invitation cannot be accepted; the message says why."""


class TeamRefused(Exception):
    """The team cannot be like that; the message says why."""


class MembershipRefused(Exception):
    """The change would leave the workspace without an owner, or the actor may not make it."""


def create_workspace(*, owner: User, name: str) -> Workspace:
    """Create a workspace with its first member, the owner."""
    with transaction.atomic():
        workspace = _new_workspace(name)
        with scope(workspace.pk):
            membership = Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
            audit.record(workspace_id=workspace.pk, actor=membership, verb="workspace.created", subject=workspace)
    return workspace


def change_settings(*, actor: Membership | None, workspace: Workspace, changed: Sequence[str]) -> Workspace:
    """Save the named fields of a workspace: its name, and `WORKSPACE_SETTINGS`. `actor` None: the platform's staff."""
    fields = [name for name in ("name", *WORKSPACE_SETTINGS) if name in changed]
    with scope(workspace.pk):
        workspace.save(update_fields=fields)
        values = {name: getattr(workspace, name) for name in fields}
        audit.record(workspace_id=workspace.pk, actor=actor, verb="workspace.changed", subject=workspace, **values)
    return workspace


def invite_member(*, actor: Membership, email: str, role: Role) -> Invitation:
    """Invite an email address; the link goes out by email and works once, for seven days."""
    if not _may_invite(actor, role):
        raise MembershipRefused(_("You may not invite someone with this role."))
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        workspace_id=actor.workspace_id,
        email=email.lower(),
        role=role,
        token_digest=_digest(token),
        invited_by=actor,
        expires_at=clock.now() + INVITATION_LIFETIME,
    )
    audit.record(
        workspace_id=actor.workspace_id, actor=actor, verb="member.invited", subject=invitation, email=email, role=role
    )
    _mail_invitation(actor, invitation, token)
    return invitation


def resend_invitation(*, actor: Membership, invitation: Invitation) -> Invitation:
    """Mail a new link, good for another seven days; the one before works no more. Raises MembershipRefused."""
    _check_open_invitation(actor, invitation)
    token = secrets.token_urlsafe(32)
    invitation.token_digest, invitation.invited_by = _digest(token), actor
    invitation.expires_at = clock.now() + INVITATION_LIFETIME
    invitation.save(update_fields=["token_digest", "invited_by", "expires_at"])
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="member.invited_again", subject=invitation)
    _mail_invitation(actor, invitation, token)
    return invitation


def revoke_invitation(*, actor: Membership | None, invitation: Invitation) -> Invitation:
    """Make the link worthless. `actor` None stands for the platform's staff. Raises MembershipRefused."""
    _check_open_invitation(actor, invitation)
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    audit.record(workspace_id=invitation.workspace_id, actor=actor, verb="member.uninvited", subject=invitation)
    return invitation


def accept_invitation(*, user: User, token: str) -> Membership:
    """Make the user a member; one who was sent away comes back. Raises InvitationRefused."""
    with platform_scope("an invitation names its workspace"):
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("workspace", "invited_by__user")
            .filter(token_digest=_digest(token))
            .first()
        )
        if invitation is None or invitation.accepted_at or invitation.revoked_at:
            raise InvitationRefused(_("This invitation is not valid any more. Ask for a new one."))
        if not _may_invite(invitation.invited_by, Role(invitation.role)):
            raise InvitationRefused(_("Who invited you may not do that any more. Ask for a new invitation."))
        if invitation.expires_at < clock.now():
            raise InvitationRefused(_("This invitation has expired. Ask for a new one."))
        if invitation.email != user.email.lower():
            raise InvitationRefused(
                _("This invitation is for %(email)s. Sign in with that address.") % {"email": invitation.email}
            )
        with scope(invitation.workspace_id):
            membership, _created = Membership.objects.get_or_create(
                workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
            )
            if not membership.may(Role(invitation.role)):  # an invitation never takes a role away
                membership.role, membership.is_active = invitation.role, True
                membership.save(update_fields=["role", "is_active"])
            invitation.accepted_at = clock.now()
            invitation.save(update_fields=["accepted_at"])
            audit.record(
                workspace_id=invitation.workspace_id, actor=membership, verb="member.joined", subject=membership
            )
    return membership


def _check_open_invitation(actor: Membership | None, invitation: Invitation) -> None:
    """Raise MembershipRefused unless the invitation is open and the actor may deal with it; lock it."""
    invitation.refresh_from_db(from_queryset=Invitation.objects.select_for_update())
    if invitation.accepted_at or invitation.revoked_at:
        raise MembershipRefused(_("The invitation of %(email)s is not open any more.") % {"email": invitation.email})
    if actor is not None and not (
        actor.workspace_id == invitation.workspace_id and _may_invite(actor, Role(invitation.role))
    ):
        raise MembershipRefused(_("You may not invite someone with this role."))


def _may_invite(inviter: Membership, role: Role) -> bool:
    return inviter.user.is_active and inviter.may(Role.ADMIN) and Role(inviter.role).includes(role)


def _mail_invitation(inviter: Membership, invitation: Invitation, token: str) -> None:
    link = settings.SITE_URL + reverse("workspaces:invitation", args=[token])
    context = {"invitation": invitation, "inviter": inviter.user, "workspace": inviter.workspace, "link": link}
    body = render_to_string("workspaces/email/invitation.txt", context)
    subject = _("%(inviter)s invites you to %(workspace)s") % {"inviter": inviter.user, "workspace": inviter.workspace}

    def send() -> None:
        try:
            send_mail(subject, body, None, [invitation.email])
        except OSError as error:  # smtplib's are too; whoever invited sees that nobody comes, and sends it again
            logger.warning("invitation %s was not mailed: %s", invitation.pk, type(error).__name__)

    transaction.on_commit(send, robust=True)


def change_member(
    *,
    actor: Membership | None,
    member: Membership,
    role: Role,
    is_active: bool,
    visibility: Visibility | None = None,
) -> Membership:
    """Change a member's role, what they see (None: as before), or deactivate them: their open sockets close.

    Raises MembershipRefused. `actor` None stands for the platform's staff.
    """
    if actor is not None and actor.workspace_id != member.workspace_id:
        raise MembershipRefused(_("You may not change this member."))
    if actor is not None and not (actor.may(Role.ADMIN) and Role(actor.role).includes(Role(member.role))):
        raise MembershipRefused(_("You may not change this member."))
    if actor is not None and not Role(actor.role).includes(role):
        raise MembershipRefused(_("You may not give a role above your own."))
    with scope(member.workspace_id):
        owners = list(
            Membership.objects.select_for_update().filter(
                workspace_id=member.workspace_id, role=Role.OWNER, is_active=True
            )
        )
        if [owner.pk for owner in owners] == [member.pk] and not (is_active and role == Role.OWNER):
            raise MembershipRefused(_("A workspace needs at least one active owner."))
        before = (member.visibility, member.may(Role.ADMIN))
        member.role, member.is_active, member.visibility = role, is_active, visibility or member.visibility
        member.save(update_fields=["role", "is_active", "visibility"])
        audit.record(
            workspace_id=member.workspace_id,
            actor=actor,
            verb="member.changed",
            subject=member,
            role=role,
            is_active=is_active,
            visibility=member.visibility,
        )
        group = publish.member_group(member.pk)
        if not is_active:
            transaction.on_commit(lambda: publish.revoke(group))
            _free_chats(member.workspace_id)
        elif before != (member.visibility, member.may(Role.ADMIN)):
            transaction.on_commit(lambda: publish.renew([group]))
        _doubt_lists(member.workspace_id, "assignee", member.pk)
    return member


def set_user_active(*, user: User, is_active: bool) -> User:
    """Let a person in, or shut them out of every workspace; their open sockets close. For the platform's staff."""
    with platform_scope("a person's own memberships"):
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        for membership in Membership.objects.filter(user=user):
            verb = "user.activated" if is_active else "user.deactivated"
            audit.record(workspace_id=membership.workspace_id, actor=None, verb=verb, subject=user)
            if not is_active:
                transaction.on_commit(partial(publish.revoke, publish.member_group(membership.pk)))
                _free_chats(membership.workspace_id)
            _doubt_lists(membership.workspace_id, "assignee", membership.pk)
    return user


def close_signed_out_sockets(*, user: User) -> None:
    """Close the sockets of sessions that have ended; those of the person's other sessions stay."""
    with platform_scope("a person's own memberships"):
        groups = [publish.member_group(pk) for pk in Membership.objects.filter(user=user).values_list("pk", flat=True)]
        transaction.on_commit(lambda: publish.recheck(groups))


def renew_pages(*, workspace_id: int, members: Collection[int]) -> None:
    """Let the pages of those of these members who do not see all chats load anew: what they see is another."""
    some = limited(workspace_id).filter(pk__in=members).values_list("pk", flat=True) if members else ()
    if groups := [publish.member_group(pk) for pk in some]:
        transaction.on_commit(lambda: publish.renew(groups), robust=True)


def create_team(*, actor: Membership | None, workspace_id: int, name: str, members: Collection[int] = ()) -> Team:
    """Create a team of these members. Raises TeamRefused. `actor` None: the platform's staff."""
    if Team.objects.filter(workspace_id=workspace_id).count() >= MOST_TEAMS:
        raise TeamRefused(_("There are %(count)s teams already, which is the most.") % {"count": MOST_TEAMS})
    team = Team(workspace_id=workspace_id, name=_clean_team_name(name))
    _save_team(team)
    chosen = _put_members(team, members)
    _wake_assignment(workspace_id)
    audit.record(
        workspace_id=workspace_id, actor=actor, verb="team.created", subject=team, name=team.name, members=chosen
    )
    return team


def change_team(*, actor: Membership | None, team: Team, name: str, members: Collection[int]) -> Team:
    """Give a team this name and exactly these members. Raises TeamRefused."""
    current = Team.objects.select_for_update(no_key=True).get(workspace_id=team.workspace_id, pk=team.pk)
    before, current.name = current.name, _clean_team_name(name)
    _save_team(current)
    chosen = _put_members(current, members)
    _wake_assignment(team.workspace_id)
    facts = {"before": before, "name": current.name, "members": chosen}
    audit.record(workspace_id=team.workspace_id, actor=actor, verb="team.changed", subject=current, **facts)
    return current


def delete_team(*, actor: Membership | None, team: Team) -> None:
    """Delete a team. Its chats stay with whom they have, or wait for anybody; rules that named it name none."""
    audit.record(workspace_id=team.workspace_id, actor=actor, verb="team.deleted", subject=team, name=team.name)
    renew_pages(workspace_id=team.workspace_id, members=list(team.places.values_list("member_id", flat=True)))
    _doubt_lists(team.workspace_id, "team", team.pk)
    team.delete()
    _wake_assignment(team.workspace_id)


def set_away(*, member: Membership, is_away: bool) -> Membership:
    """Note that a member is away by their own word, or back: while they are away they get no chats."""
    if (member.away_since is not None) == is_away:
        return member
    member.away_since = clock.now() if is_away else None
    member.save(update_fields=["away_since"])
    _wake_assignment(member.workspace_id)
    verb = "member.away" if is_away else "member.back"
    audit.record(workspace_id=member.workspace_id, actor=member, verb=verb, subject=member)
    return member


def choose_undo_seconds(*, member: Membership, seconds: int | None) -> Membership:
    """Let a member say for how long what they send can be taken back; with None it is as the workspace says."""
    member.undo_seconds = seconds
    member.save(update_fields=["undo_seconds"])
    return member


def _doubt_lists(workspace_id: int, part: str, pk: int) -> None:
    """Lists may be open whose filter names what is gone now, or back."""
    transaction.on_commit(lambda: publish.doubt(workspace_id, part, pk), robust=True)


def _wake_assignment(workspace_id: int) -> None:
    """Chats may be waiting for somebody who joins a team or comes back."""
    enqueue_on_commit("inbox.chatrooms.tasks.assign_chats", workspace_id=workspace_id)


def _free_chats(workspace_id: int) -> None:
    """The chats of somebody who has left are nobody's from now on."""
    enqueue_on_commit("inbox.chatrooms.tasks.free_chats", workspace_id=workspace_id)


def _put_members(team: Team, members: Collection[int]) -> list[int]:
    """Make these the team's members, as far as they are active ones of its workspace; return who they are."""
    active = Membership.objects.filter(workspace_id=team.workspace_id, pk__in=members, is_active=True)
    chosen = sorted(active.values_list("pk", flat=True))
    before = TeamMember.objects.filter(team=team).values_list("member_id", flat=True)
    renew_pages(workspace_id=team.workspace_id, members={*before}.symmetric_difference(chosen))
    TeamMember.objects.filter(team=team).exclude(member__in=chosen).delete()
    TeamMember.objects.bulk_create(
        [TeamMember(workspace_id=team.workspace_id, team=team, member_id=pk) for pk in chosen], ignore_conflicts=True
    )
    return chosen


def _save_team(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise TeamRefused(_("There is a team called “%(name)s” already.") % {"name": team.name}) from None


def _clean_team_name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise TeamRefused(_("Type the name of a team."))
    if len(name) > TEAM_NAME_LENGTH:
        raise TeamRefused(_("This name is too long: at most %(count)s characters fit.") % {"count": TEAM_NAME_LENGTH})
    return name


def _new_workspace(name: str) -> Workspace:
    """Create the row; when somebody takes the slug at the same moment, take the next one."""
    for _attempt in range(_MOST_SLUG_RACES):
        with suppress(IntegrityError), transaction.atomic():
            return Workspace.objects.create(name=name, slug=_free_slug(name))
    return Workspace.objects.create(name=name, slug=_free_slug(name))


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "workspace"
    taken = set(Workspace.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED_SLUGS
    number = 2
    slug = base
    while slug in taken:
        slug = f"{base}-{number}"
        number += 1
    return slug


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
