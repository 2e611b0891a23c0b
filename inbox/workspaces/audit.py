"""The audit log: one call, inside the transaction of the action it records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from inbox.lib import rows

from .models import AuditEntry, Membership


def record(*, workspace_id: int, actor: Membership | None, verb: str, subject: models.Model, **facts: Any) -> None:
    """Note that the actor (None: the system) did `verb` to `subject`. Facts must be JSON and hold no secrets."""
    AuditEntry.objects.create(
        workspace_id=workspace_id,
        actor=actor,
        verb=verb,
        subject=_name(subject),
        facts=facts,
    )


def record_all(
    *,
    workspace_id: int,
    verb: str,
    subjects: Iterable[tuple[models.Model, Mapping[str, Any]]],
    actor: Membership | None = None,
) -> None:
    """Note in one statement that the actor (None: the system) did `verb` to each subject, with the facts of each."""
    rows.insert(
        [
            AuditEntry(workspace_id=workspace_id, actor=actor, verb=verb, subject=_name(subject), facts=dict(facts))
            for subject, facts in subjects
        ]
    )


def _name(subject: models.Model) -> str:
    return f"{subject._meta.label_lower}:{subject.pk}"
