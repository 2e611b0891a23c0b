"""The workspace's labels themselves: their names, colours and end. Open pages hear of each change."""

from __future__ import annotations

from collections import Counter

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.realtime import publish
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import Colour, Label, key_of
from ..selectors import MOST_LABELS, labels_of, people_with

NAME_LENGTH = 50
_LARGEST_POSITION = 10_000
PURGED_AT_ONCE = 5000

_TAKE_BATCH = """
DELETE FROM labels_customerlabel WHERE id IN (
    SELECT id FROM labels_customerlabel WHERE workspace_id = %s AND label_id = %s LIMIT %s
)
"""


class LabelRefused(Exception):
    """The label cannot be like that; the message says why."""


def create_label(*, actor: Membership, name: str, colour: str = "") -> Label:
    """Create a label, of the colour that is used least unless one is given. Raises LabelRefused."""
    label, is_new = _get_or_create(actor, name, colour)
    if not is_new:
        raise LabelRefused(_taken(label.name))
    return label


def ensure_label(*, actor: Membership, name: str) -> Label:
    """Return the label of this name, created where there is none. Raises LabelRefused."""
    return _get_or_create(actor, name, "")[0]


def change_label(
    *, actor: Membership | None, workspace_id: int, label: Label, name: str, colour: str, position: int | None = None
) -> Label:
    """Call a label by another name, or give it another colour or place. Raises LabelRefused."""
    name, colour = _clean_name(name), _clean_colour(colour)
    current = Label.objects.select_for_update(no_key=True).get(workspace_id=workspace_id, pk=label.pk)
    position = current.position if position is None else min(position, _LARGEST_POSITION)
    if (current.name, current.colour, current.position) == (name, colour, position):
        return current
    facts = {"before": current.name, "name": name, "colour": colour}
    current.name, current.key, current.colour, current.position = name, key_of(name), colour, position
    try:
        with transaction.atomic():
            current.save(update_fields=["name", "key", "colour", "position"])
    except IntegrityError:
        raise LabelRefused(_taken(name)) from None
    audit.record(workspace_id=workspace_id, actor=actor, verb="label.changed", subject=current, **facts)
    _tell_pages(workspace_id)
    return current


def delete_label(*, actor: Membership | None, workspace_id: int, label: Label) -> int:
    """Delete a label everywhere at once and return how many people had it; a worker tidies up after it."""
    people = people_with(label)
    deleted = Label.objects.filter(workspace_id=workspace_id, pk=label.pk, deleted_at__isnull=True)
    if not deleted.update(deleted_at=clock.now()):
        return 0
    audit.record(
        workspace_id=workspace_id, actor=actor, verb="label.deleted", subject=label, name=label.name, people=people
    )
    enqueue_on_commit("inbox.labels.tasks.purge_deleted_labels")
    _tell_pages(workspace_id, gone=label.pk)
    return people


def purge_deleted_labels() -> int:
    """Take deleted labels from their customers, one batch a transaction, and drop them; return how many were taken."""
    with platform_scope("purging deleted labels"):
        deleted = list(Label.objects.filter(deleted_at__isnull=False).values_list("workspace_id", "pk"))
    taken = 0
    for workspace_id, label_id in deleted:
        while batch := _take_batch(workspace_id, label_id):
            taken += batch
        with scope(workspace_id):
            Label.objects.filter(workspace_id=workspace_id, pk=label_id).delete()
    return taken


def _take_batch(workspace_id: int, label_id: int) -> int:
    with scope(workspace_id), connection.cursor() as cursor:
        cursor.execute(_TAKE_BATCH, [workspace_id, label_id, PURGED_AT_ONCE])
        taken: int = cursor.rowcount
        return taken


def _get_or_create(actor: Membership, name: str, colour: str) -> tuple[Label, bool]:
    """Return the label of a name, and whether it is new: of two who create it at once one does."""
    workspace_id, name = actor.workspace_id, _clean_name(name)
    standing = labels_of(workspace_id)
    key = key_of(name)
    found = next((label for label in standing if label.key == key), None)
    if found is not None:
        return found, False
    if len(standing) >= MOST_LABELS:
        raise LabelRefused(
            _("There are %(count)s labels already, which is the most. Delete one first.") % {"count": MOST_LABELS}
        )
    position = Label.objects.filter(workspace_id=workspace_id).aggregate(last=Max("position"))["last"]
    label = Label(
        workspace_id=workspace_id,
        name=name,
        key=key,
        colour=_clean_colour(colour) if colour else _least_used(standing),
        position=0 if position is None else min(position + 1, _LARGEST_POSITION),
    )
    try:
        with transaction.atomic():
            label.save()
    except IntegrityError:  # somebody else was faster
        return Label.objects.get(workspace_id=workspace_id, key=key, deleted_at__isnull=True), False
    audit.record(workspace_id=workspace_id, actor=actor, verb="label.created", subject=label, name=name)
    _tell_pages(workspace_id)
    return label, True


def _least_used(labels: list[Label]) -> str:
    used = Counter(label.colour for label in labels)
    return min(Colour.values, key=lambda colour: used[colour])


def _clean_name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise LabelRefused(_("Type the name of a label."))
    if len(name) > NAME_LENGTH:
        raise LabelRefused(_("This name is too long: at most %(count)s characters fit.") % {"count": NAME_LENGTH})
    return name


def _clean_colour(colour: str) -> str:
    if colour not in Colour.values:
        raise LabelRefused(_("Choose one of the colours."))
    return colour


def _taken(name: str) -> str:
    return _("There is a label called “%(name)s” already.") % {"name": name}


def _tell_pages(workspace_id: int, *, gone: int = 0) -> None:
    """Let open pages repaint every dot and chip by one frame, however many customers have the label."""
    transaction.on_commit(lambda: _publish(workspace_id, gone), robust=True)


def _publish(workspace_id: int, gone: int) -> None:
    groups = publish.audience(publish.list_groups(workspace_id))
    if not groups:
        return
    with scope(workspace_id):
        html = render_to_string("frames/labels/news.html", {"labels": labels_of(workspace_id), "gone": gone})
    publish.send_html((group, html) for group in sorted(groups))
