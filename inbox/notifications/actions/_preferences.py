"""How members want to be told, and when not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time

from django.db import transaction

from inbox.lib import clock
from inbox.realtime import publish
from inbox.workspaces.models import Membership

from ..models import Habits, Notification, Preference
from ..policy import Pause, Ways, pause_until


@dataclass(frozen=True)
class Wishes:
    """A member's language, hours and sound, as they stand in their form."""

    language: str
    zone: str
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_days: str = ""
    tone: str = "soft"
    repeats: bool = False
    shows_words: bool = False


def save_preferences(*, member: Membership, ways: Mapping[str, Ways], wishes: Wishes) -> None:
    """Store how a member is told of each kind, and their language, hours and sound. What waits to be mailed heeds them."""
    Habits.objects.update_or_create(workspace_id=member.workspace_id, member=member, defaults=asdict(wishes))
    Preference.objects.bulk_create(
        [
            Preference(
                workspace_id=member.workspace_id,
                member=member,
                kind=kind,
                in_page=each.in_page,
                sound=each.sound,
                desktop=each.desktop,
                push=each.push,
                email=each.email,
            )
            for kind, each in ways.items()
        ],
        update_conflicts=True,
        unique_fields=["member", "kind"],
        update_fields=["in_page", "sound", "desktop", "push", "email"],
    )
    _mail_anew(member)


def leave_alone(*, member: Membership, pause: Pause, zone: str) -> datetime:
    """Tell a member nothing aloud for a while; return until when. The list goes on."""
    until = pause_until(pause, zone, clock.now())
    _pause(member, until)
    return until


def tell_again(*, member: Membership) -> None:
    """End a member's pause. What they wanted mailed meanwhile waits no longer."""
    _pause(member, None)


def _pause(member: Membership, until: datetime | None) -> None:
    Habits.objects.update_or_create(workspace_id=member.workspace_id, member=member, defaults={"paused_until": until})
    _mail_anew(member)
    group = publish.member_group(member.pk)
    transaction.on_commit(lambda: publish.send_signal([group], {"type": "notifications"}), robust=True)


def _mail_anew(member: Membership) -> None:
    """Let what was put off until the end of a member's quiet be mailed now: where it goes on, it is put off again."""
    now = clock.now()
    waiting = Notification.objects.filter(workspace_id=member.workspace_id, member=member, mail_at__gt=now)
    waiting.update(mail_at=now)


def introduce(*, member: Membership, language: str, zone: str) -> None:
    """Remember the language and the zone of a member's browser, as long as they said nothing themselves."""
    known = {"language": language, "zone": zone}
    Habits.objects.get_or_create(workspace_id=member.workspace_id, member=member, defaults=known)
