"""Categories: their names, their order, and their end, after which their entries stand under none."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..models import FaqCategory, FaqEntry
from ..searching import key_of
from ..selectors import categories_of
from ._refusals import FaqRefused

CATEGORY_LENGTH = 60
MOST_CATEGORIES = 100


def create_category(*, actor: Membership, name: str) -> FaqCategory:
    """Create a category, the last one in order. Raises FaqRefused. Call it inside the workspace's scope, as all these."""
    name = _clean(name)
    standing = categories_of(actor.workspace_id)
    if len(standing) >= MOST_CATEGORIES:
        words = _("There are %(count)s categories already, which is the most. Delete one first.")
        raise FaqRefused({"name": words % {"count": MOST_CATEGORIES}})
    last = max((each.position for each in standing), default=-1)
    category = FaqCategory(workspace_id=actor.workspace_id, name=name, key=key_of(name), position=last + 1)
    _save(category)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="faq_category.created", subject=category, name=name)
    return category


def rename_category(*, actor: Membership | None, category: FaqCategory, name: str) -> None:
    """Raises FaqRefused."""
    name = _clean(name)
    before = FaqCategory.objects.get(workspace_id=category.workspace_id, pk=category.pk).name
    category.name, category.key = name, key_of(name)
    _save(category)
    audit.record(
        workspace_id=category.workspace_id,
        actor=actor,
        verb="faq_category.renamed",
        subject=category,
        before=before,
        name=name,
    )


def move_category(*, actor: Membership, category: FaqCategory, by: int) -> None:
    """Let a category change places with the one before it (-1) or after it (1)."""
    rows = FaqCategory.objects.filter(workspace_id=actor.workspace_id).order_by("position", "pk")
    standing = list(rows.select_for_update())
    place = next((place for place, each in enumerate(standing) if each.pk == category.pk), None)
    if place is None or not 0 <= place + by < len(standing):
        return
    standing.insert(place + by, standing.pop(place))
    for position, each in enumerate(standing):
        each.position = position
    FaqCategory.objects.bulk_update(standing, ["position"])
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="faq_category.moved", subject=category)


def delete_category(*, actor: Membership | None, category: FaqCategory) -> None:
    """Delete a category; its entries stay, under none."""
    own = FaqEntry.objects.filter(workspace_id=category.workspace_id, category=category)
    count = own.update(category=None)
    audit.record(
        workspace_id=category.workspace_id,
        actor=actor,
        verb="faq_category.deleted",
        subject=category,
        name=category.name,
        entries=count,
    )
    category.delete()


def _save(category: FaqCategory) -> None:
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError:
        words = _("There is a category called “%(name)s” already.")
        raise FaqRefused({"name": words % {"name": category.name}}) from None


def _clean(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not key_of(name):
        raise FaqRefused({"name": _("Type the name of a category.")})
    if len(name) > CATEGORY_LENGTH:
        words = _("This name is too long: at most %(count)s characters fit.")
        raise FaqRefused({"name": words % {"count": CATEGORY_LENGTH}})
    return name
