"""Tenants and the people in them. A user may belong to several workspaces, with one role in each, and to its teams."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from inbox.lib import clock

MOST_UNDO_SECONDS = 30


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    AGENT = "agent", _("Agent")

    def includes(self, other: Role) -> bool:
        """An owner may do what an admin may, an admin what an agent may."""
        ladder = [Role.AGENT, Role.ADMIN, Role.OWNER]
        return ladder.index(self) >= ladder.index(other)


class Visibility(models.TextChoices):
    """Which chats an agent sees, see `visibility`. Owners and admins see all."""

    ALL = "all", _("All chats")
    OWN_AND_UNASSIGNED = "own_and_unassigned", _("Their own, their teams’ and those of nobody")
    OWN = "own", _("Their own and their teams’")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in, known by email. `is_superuser` marks the platform's own staff."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=120)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Workspace(models.Model):
    """A business: the tenant. Its slug stands in every URL."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    reports_reads = models.BooleanField(
        _("show customers that their messages were read"), default=True, help_text=_("When an agent opens the chat.")
    )
    shows_typing = models.BooleanField(_("show customers that an agent is typing"), default=True)
    undo_seconds = models.PositiveSmallIntegerField(
        _("seconds in which a message can be taken back"),
        default=5,
        validators=[MaxValueValidator(MOST_UNDO_SECONDS)],
        help_text=_("What agents write leaves so much later. 0: at once."),
    )
    file_days = models.PositiveSmallIntegerField(
        _("days for which files are kept"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Older pictures, videos, recordings and documents are deleted, the messages stay. Empty: for ever."
        ),
    )
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """Base of every row that belongs to a workspace. Its table needs `TenantTables` in a migration.

    References to other tenant tables say `db_constraint=False`: the keys that `TenantTables` adds check them already,
    together with the workspace, and a second check of the same row would only cost each insert.
    """

    # No index of its own: the key (workspace_id, id) that TenantTables adds leads with it.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", editable=False, db_index=False)

    class Meta:
        abstract = True


class Membership(TenantModel):
    """A user's place in a workspace. Deactivated, never deleted: their messages keep their author."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships", editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.AGENT)
    visibility = models.CharField(
        _("chats they see"),
        max_length=20,
        choices=Visibility.choices,
        default=Visibility.ALL,
        help_text=_(
            "Of agents. Whoever is mentioned in a note about a customer sees that customer’s chats too; owners and "
            "admins see all."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    away_since = models.DateTimeField(null=True, editable=False)  # by their own word: they get no chats
    undo_seconds = models.PositiveSmallIntegerField(null=True, editable=False)  # None: as the workspace says
    created_at = models.DateTimeField(_("joined"), default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_workspace")]
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return str(self.user)

    def may(self, role: Role) -> bool:
        return self.is_active and Role(self.role).includes(role)

    @property
    def undo_for(self) -> timedelta:
        """For how long what they sent can be taken back."""
        own = self.undo_seconds
        return timedelta(seconds=self.workspace.undo_seconds if own is None else own)


class Team(TenantModel):
    """Members who look after the same chats."""

    name = models.CharField(_("name"), max_length=60)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(F("workspace"), Lower("name"), name="one_team_per_name")]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    """A member's place in a team; somebody may be in several."""

    team = models.ForeignKey(Team, db_constraint=False, on_delete=models.CASCADE, related_name="places", db_index=False)
    member = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="team_places", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "member"], name="one_place_in_a_team")]

    def __str__(self) -> str:
        return f"member {self.member_id} of team {self.team_id}"


class Invitation(TenantModel):
    """An open door for one email address. Only a digest of the link's token is kept."""

    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.AGENT)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        Membership,
        db_constraint=False,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"), editable=False)
    accepted_at = models.DateTimeField(_("accepted on"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked on"), null=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email


class AuditEntry(TenantModel):
    """Who did what to which row. Written by actions, never changed."""

    actor = models.ForeignKey(
        Membership,
        db_constraint=False,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    verb = models.CharField(_("what was done"), max_length=60)
    subject = models.CharField(_("to what"), max_length=80)
    facts = models.JSONField(_("details"), default=dict)
    created_at = models.DateTimeField(_("at"), default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at"], name="audit_by_time")]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
