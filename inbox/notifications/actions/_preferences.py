"""How members want to be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from inbox.workspaces.models import Membership

from ..models import Habits, Preference
from ..policy import Ways


def save_preferences(
    *,
    member: Membership,
    ways: Mapping[str, Ways],
    language: str,
    zone: str,
    quiet_from: time | None,
    quiet_until: time | None,
    shows_words: bool,
) -> None:
    """Store how a member is told of each kind, and their language and hours."""
    Habits.objects.update_or_create(
        workspace_id=member.workspace_id,
        member=member,
        defaults={
            "language": language,
            "zone": zone,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "shows_words": shows_words,
        },
    )
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


def introduce(*, member: Membership, language: str, zone: str) -> None:
    """Remember the language and the zone of a member's browser, as long as they said nothing themselves."""
    known = {"language": language, "zone": zone}
    Habits.objects.get_or_create(workspace_id=member.workspace_id, member=member, defaults=known)
