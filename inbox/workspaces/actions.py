"""What can be done to workspaces and their members. Views, the admin and commands call these and nothing else."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.realtime import publish

from . import audit
from .models import Invitation, Membership, Role, User, Workspace
from .tenancy import platform_scope, scope

INVITATION_LIFETIME = timedelta(days=7)
RESERVED_SLUGS = {"admin", "api", "new", "static", "www"}


class InvitationRefused(Exception):
    """The invitation cannot be accepted; the message says why."""


class MembershipRefused(Exception):
    """The change would leave the workspace without an owner, or the actor may not make it."""


def create_workspace(*, owner: User, name: str) -> Workspace:
    """Create a workspace with its first member, the owner."""
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name, slug=_free_slug(name))
        with scope(workspace.pk):
            membership = Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
            audit.record(workspace_id=workspace.pk, actor=membership, verb="workspace.created", subject=workspace)
    return workspace


def invite_member(*, actor: Membership, email: str, role: Role) -> Invitation:
    """Invite an email address; the link goes out by email and works once, for seven days."""
    if not actor.may(Role.ADMIN) or not Role(actor.role).includes(role):
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
    link = settings.SITE_URL + reverse("workspaces:invitation", args=[token])
    context = {"invitation": invitation, "inviter": actor.user, "workspace": actor.workspace, "link": link}
    body = render_to_string("workspaces/email/invitation.txt", context)
    subject = _("%(inviter)s invites you to %(workspace)s") % {"inviter": actor.user, "workspace": actor.workspace}
    transaction.on_commit(lambda: send_mail(subject, body, None, [invitation.email]))
    return invitation


def accept_invitation(*, user: User, token: str) -> Membership:
    """Make the user a member. Raises InvitationRefused."""
    with platform_scope("an invitation names its workspace"):
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("workspace")
            .filter(token_digest=_digest(token))
            .first()
        )
        if invitation is None or invitation.accepted_at:
            raise InvitationRefused(_("This invitation is not valid any more. Ask for a new one."))
        if invitation.expires_at < clock.now():
            raise InvitationRefused(_("This invitation has expired. Ask for a new one."))
        if invitation.email != user.email.lower():
            raise InvitationRefused(
                _("This invitation is for %(email)s. Sign in with that address.") % {"email": invitation.email}
            )
        with scope(invitation.workspace_id):
            membership, _created = Membership.objects.update_or_create(
                workspace=invitation.workspace, user=user, defaults={"role": invitation.role, "is_active": True}
            )
            invitation.accepted_at = clock.now()
            invitation.save(update_fields=["accepted_at"])
            audit.record(
                workspace_id=invitation.workspace_id, actor=membership, verb="member.joined", subject=membership
            )
    return membership


def change_member(*, actor: Membership | None, member: Membership, role: Role, is_active: bool) -> Membership:
    """Change a member's role or deactivate them; their open sockets close. Raises MembershipRefused.

    `actor` None stands for the platform's staff.
    """
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
        member.role, member.is_active = role, is_active
        member.save(update_fields=["role", "is_active"])
        audit.record(
            workspace_id=member.workspace_id,
            actor=actor,
            verb="member.changed",
            subject=member,
            role=role,
            is_active=is_active,
        )
        if not is_active:
            group = publish.member_group(member.pk)
            transaction.on_commit(lambda: publish.revoke(group))
    return member


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
