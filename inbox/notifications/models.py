"""What members were told, how they want to be told, and the devices that are reached while no page is open."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.chatrooms.models import Chatroom, Message
from inbox.lib import clock
from inbox.lib.crypto import EncryptedField
from inbox.notes.models import NoteMention
from inbox.workspaces.models import Membership, TenantModel

from .policy import Event, Quiet, Tone, Ways


class Kind(models.TextChoices):
    MESSAGE = Event.MESSAGE.value, _("A customer writes in a chat of mine")
    UNASSIGNED = Event.UNASSIGNED.value, _("A customer writes and nobody has the chat")
    ASSIGNED = Event.ASSIGNED.value, _("A chat is given to me")
    MENTION = Event.MENTION.value, _("A colleague mentions me in a note")
    SEND_FAILED = Event.SEND_FAILED.value, _("A message of mine was not sent")
    HELD_OFFERED = Event.HELD_OFFERED.value, _("An answer I held is ready to be sent")
    HELD_EXPIRED = Event.HELD_EXPIRED.value, _("An answer I held was not sent in time")
    SCHEDULED_MISSED = Event.SCHEDULED_MISSED.value, _("A scheduled message of mine was not sent")


class Sound(models.TextChoices):
    SOFT = Tone.SOFT.value, _("Soft")
    BELL = Tone.BELL.value, _("Bell")
    KNOCK = Tone.KNOCK.value, _("Knock")
    RISE = Tone.RISE.value, _("Rising")


class Notification(TenantModel):
    """What a member is told. One subject has one row: when it happens again, the row is new and unread again.

    `key` names the subject, `mark` which of its states the member was told of. What a customer wrote counts as read as
    soon as the member has seen the chat. `push_at` and `mail_at` are set as long as it has to go out that way; `tries`
    counts pushes that failed. `is_listed` is whether the member wants to see it on the page.
    """

    member = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.CharField(max_length=60)
    mark = models.CharField(max_length=40)
    chatroom = models.ForeignKey(
        Chatroom, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message = models.ForeignKey(
        Message, db_constraint=False, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    mention = models.ForeignKey(
        NoteMention, db_constraint=False, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    count = models.PositiveIntegerField(default=1)
    is_listed = models.BooleanField(default=True)
    happened_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)
    push_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "key"], name="told_once_of_a_subject")]
        indexes = [
            models.Index(fields=["member", "-happened_at", "-id"], name="notifications_of_member"),
            models.Index(fields=["member"], name="notifications_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["workspace", "key"], name="notifications_of_subject", condition=Q(read_at=None)),
            models.Index(fields=["mention"], name="notifications_of_mention", condition=Q(mention__isnull=False)),
            models.Index(fields=["push_at"], name="notifications_to_push", condition=Q(push_at__isnull=False)),
            models.Index(fields=["mail_at"], name="notifications_to_mail", condition=Q(mail_at__isnull=False)),
            models.Index(fields=["happened_at"], name="notifications_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for member {self.member_id}"

    @property
    def topic(self) -> str:
        """Name the subject without a word about it, in 32 characters: the next notice of it replaces the last one."""
        return hashlib.sha256(f"{self.member_id} {self.key}".encode()).hexdigest()[:32]


class Preference(TenantModel):
    """How a member wants to be told of one kind, where that is not as `policy.DEFAULTS` has it."""

    member = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    in_page = models.BooleanField()
    sound = models.BooleanField()
    desktop = models.BooleanField()
    push = models.BooleanField()
    email = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "kind"], name="one_preference_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} for member {self.member_id}"

    @property
    def ways(self) -> Ways:
        return Ways(self.in_page, self.sound, self.desktop, self.push, self.email)


class Habits(TenantModel):
    """A member's language, hours and sound. `quiet_days` are digits of `isoweekday`; `mailed_at` is of the last e-mail."""

    member = models.OneToOneField(Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    quiet_from = models.TimeField(_("from"), null=True, blank=True)
    quiet_until = models.TimeField(_("until"), null=True, blank=True)
    quiet_days = models.CharField(max_length=7, blank=True, default="")
    paused_until = models.DateTimeField(null=True)
    tone = models.CharField(_("sound"), max_length=10, choices=Sound.choices, default=Sound.SOFT)
    repeats = models.BooleanField(_("repeat the sound"), default=False)
    shows_words = models.BooleanField(_("show names and words on my devices"), default=False)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "habits"

    def __str__(self) -> str:
        return f"habits of member {self.member_id}"

    @property
    def quiet(self) -> Quiet:
        days = frozenset(int(day) for day in self.quiet_days)
        return Quiet(self.zone, self.quiet_from, self.quiet_until, days, self.paused_until)


class Standing(models.TextChoices):
    TOLD = "told"
    LOST = "lost"
    REMOVED = "removed"


class Device(TenantModel):
    """A browser that takes pushes for a member, as long as they are signed in there.

    `secrets` holds the push service's address, the browser's two keys and the session; `digest` is of the address. Of
    one whose push service says that it is gone the row stays until its page has registered it anew. Of one that its
    member has removed nothing stays but the digest, so that its page does not do that.
    """

    member = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    digest = models.CharField(max_length=64)
    secrets = EncryptedField()
    name = models.CharField(max_length=80)
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.TOLD)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    pushed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "digest"], name="one_device_per_address")]

    def __str__(self) -> str:
        return f"device {self.pk} of member {self.member_id}"


class ChangeReader(TenantModel):
    """Up to which change of the workspace members were told."""

    workspace = models.OneToOneField("workspaces.Workspace", on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.seq)


class PushKey(models.Model):
    """The one key pair by which push services know this installation. It is the platform's, made when first needed."""

    number = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    secrets = EncryptedField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"push key of {self.created_at:%Y-%m-%d}"
