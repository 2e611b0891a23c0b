"""Lists that people give a name: kept, changed, shared and dropped."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Role

from ..filters import RoomFilter
from ..models import SavedView

MOST_VIEWS = 30
_LONGEST_NAME = SavedView._meta.get_field("name").max_length or 0


class UnableToSaveView(Exception):
    """Says why, in words for the person."""


def save_view(*, actor: Membership, name: str, wanted: RoomFilter, is_shared: bool) -> SavedView:
    """Keep a filter under a name. Saving the same once more gives the first one. Raises UnableToSaveView."""
    views = SavedView.objects.filter(workspace_id=actor.workspace_id, owner=actor)
    view = SavedView(workspace_id=actor.workspace_id, owner=actor, name=_clean(name), is_shared=is_shared)
    view.query = _stored(wanted)
    if twin := views.filter(name=view.name, query=view.query, is_shared=is_shared).first():
        return twin
    if views.count() >= MOST_VIEWS:
        raise UnableToSaveView(_("You have %(most)s lists already. Delete one first.") % {"most": MOST_VIEWS})
    _save(view)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="view.saved", subject=view, name=view.name)
    return view


def change_view(
    *, actor: Membership, view: SavedView, name: str, is_shared: bool, wanted: RoomFilter | None = None
) -> SavedView:
    """Rename a list, share it or keep it to oneself, and change what it shows if `wanted`. Raises UnableToSaveView."""
    view.name, view.is_shared = _clean(name), is_shared
    if wanted is not None:
        view.query = _stored(wanted)
    _save(view)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="view.changed", subject=view, name=view.name)
    return view


def delete_view(*, actor: Membership, view: SavedView) -> None:
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="view.deleted", subject=view, name=view.name)
    view.delete()


def may_change_view(member: Membership, view: SavedView) -> bool:
    """Owners change their own lists; administrators change shared ones too."""
    return view.owner_id == member.pk or (view.is_shared and member.may(Role.ADMIN))


def _clean(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise UnableToSaveView(_("Give the list a name."))
    if len(name) > _LONGEST_NAME:
        raise UnableToSaveView(_("The name may have %(most)s characters.") % {"most": _LONGEST_NAME})
    return name


def _stored(wanted: RoomFilter) -> str:
    longest = SavedView._meta.get_field("query").max_length or 0
    if len(wanted.query) > longest:
        raise UnableToSaveView(_("This filter is too long to be kept. Choose fewer connections or labels."))
    return wanted.query


def _save(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise UnableToSaveView(_("There is a list with this name already.")) from error
