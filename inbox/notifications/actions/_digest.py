"""E-mails of what members were told and have not read: one for all of it, and not more often than every half hour.

A member's mail leaves inside their own transaction: a mail server that refuses it leaves everything as it was, to be
tried again after a pause, and of two workers one waits for nothing. Whoever cannot be mailed now is put off, so that
nobody waits behind them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Min, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.lib import clock
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from .. import words
from ..models import Habits, Notification
from ..selectors import to_tell

logger = logging.getLogger(__name__)

# What is read within this time is not mailed, and who was mailed is left alone for that.
WAIT = timedelta(minutes=5)
BETWEEN = timedelta(minutes=30)
# How many members one run looks after, and how much one mail tells of.
MOST_MEMBERS = 200
MOST_LINES = 20


def mail_due() -> int:
    """Mail every member who has not read what they want to be mailed about; return how many mails left."""
    now = clock.now()
    sent = 0
    for workspace_id, member_id in _members_with_mail(now):
        try:
            sent += _mail(workspace_id, member_id, now)
        except OSError as error:  # smtplib's are too
            logger.warning("member %s was not mailed: %s", member_id, type(error).__name__)
            _put_off(workspace_id, member_id, now + BETWEEN)
        except Exception:
            logger.exception("member %s was not mailed", member_id)
            _put_off(workspace_id, member_id, now + BETWEEN)
    return sent


def _members_with_mail(now: datetime) -> list[tuple[int, int]]:
    """Return who is to be mailed, those first who have waited longest."""
    with platform_scope("members who are to be mailed"):
        due = Notification.objects.filter(mail_at__lte=now - WAIT)
        resting = Habits.objects.filter(mailed_at__gt=now - BETWEEN).values("member")
        members = due.exclude(member__in=resting).values("workspace_id", "member_id")
        rows = members.annotate(since=Min("mail_at")).order_by("since", "member_id")
        return list(rows.values_list("workspace_id", "member_id")[:MOST_MEMBERS])


def _put_off(workspace_id: int, member_id: int, until: datetime) -> None:
    """Let a member not be mailed before a moment."""
    mail_at = until - WAIT
    with scope(workspace_id):
        due = Notification.objects.filter(workspace_id=workspace_id, member=member_id, mail_at__lt=mail_at)
        due.update(mail_at=mail_at)


def _mail(workspace_id: int, member_id: int, now: datetime) -> bool:
    """Write one mail, unless somebody else is, it is night there, or it is all read. Return whether it left."""
    with scope(workspace_id):
        Habits.objects.bulk_create([Habits(workspace_id=workspace_id, member_id=member_id)], ignore_conflicts=True)
        rows = Habits.objects.filter(workspace_id=workspace_id, member=member_id)
        rested = rows.filter(Q(mailed_at__isnull=True) | Q(mailed_at__lte=now - BETWEEN))
        habits = rested.select_for_update(no_key=True, skip_locked=True).first()
        if habits is None:
            return False
        if quiet_until := habits.quiet.until(now):
            _put_off(workspace_id, member_id, quiet_until)
            return False
        due = Notification.objects.filter(workspace_id=workspace_id, member=member_id, mail_at__isnull=False)
        member = Membership.objects.select_related("user", "workspace").get(workspace_id=workspace_id, pk=member_id)
        unread = (
            to_tell(workspace_id, due.order_by("-happened_at", "-pk"))
            if member.is_active and member.user.is_active
            else []
        )
        due.update(mail_at=None)
        if not unread:
            return False
        habits.mailed_at = now
        habits.save(update_fields=["mailed_at"])
        with translation.override(habits.language):
            _message(member, unread).send()
    return True


def _message(member: Membership, unread: Sequence[Notification]) -> EmailMultiAlternatives:
    workspace = member.workspace
    context = {
        "name": member.user.get_short_name(),
        "workspace": workspace.name,
        "lines": [
            {
                "headline": words.headline(each),
                "text": words.text(each),
                "url": settings.SITE_URL + reverse("notifications:opening", args=[workspace.slug, each.pk]),
            }
            for each in unread[:MOST_LINES]
        ],
        "more": max(len(unread) - MOST_LINES, 0),
        "url": settings.SITE_URL + reverse("notifications:centre", args=[workspace.slug]),
        "preferences_url": settings.SITE_URL + reverse("notifications:preferences", args=[workspace.slug]),
        "language": translation.get_language(),
        "is_rtl": translation.get_language_bidi(),
    }
    count = len(unread)
    subject = ngettext(
        "%(count)s unread notification in %(workspace)s", "%(count)s unread notifications in %(workspace)s", count
    )
    if count == 1:
        subject = _("%(headline)s · %(workspace)s")
    names = {"count": count, "workspace": workspace.name, "headline": words.headline(unread[0])}
    message = EmailMultiAlternatives(
        " ".join((subject % names).split()),
        render_to_string("notifications/email/digest.txt", context),
        to=[member.user.email],
    )
    message.attach_alternative(render_to_string("notifications/email/digest.html", context), "text/html")
    return message
