"""Lists that people give a name: kept, changed, shared and dropped."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from inbox.lib import rows
from inbox.realtime import publish
from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Role

from ..filters import RoomFilter
from ..models import SavedView

MOST_VIEWS = 30
_LONGEST_NAME = SavedView._meta.get_field("name").max_length or 0


class UnableToSaveView(Exception):
    """Says why, in words for the person."""


def save_view(*, actor: Membership, name: str, wanted: RoomFilter, is_shared: bool) -> SavedView:
    """Keep a filter under a name, behind the owner's others. Saving the same once more gives the first one.

    Raises UnableToSaveView."""
    views = SavedView.objects.filter(workspace_id=actor.workspace_id, owner=actor)
    view = SavedView(workspace_id=actor.workspace_id, owner=actor, name=_clean(name), is_shared=is_shared)
    view.query = _stored(wanted)
    if twin := views.filter(name=view.name, query=view.query, is_shared=is_shared).first():
        return twin
    if views.count() >= MOST_VIEWS:
        raise UnableToSaveView(_("You have %(most)s lists already. Delete one first.") % {"most": MOST_VIEWS})
    view.position = (views.aggregate(last=Max("position"))["last"] or 0) + 1
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
    _doubt_lists(view.workspace_id, view.pk)
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="view.changed", subject=view, name=view.name)
    return view


def move_view(*, view: SavedView, is_up: bool) -> None:
    """Let a list and the one before or behind it change places among their owner's."""
    same = SavedView.objects.filter(workspace_id=view.workspace_id, owner=view.owner_id)
    own = sorted(
        same.select_for_update(no_key=True).order_by("pk"), key=lambda each: (each.position, each.name, each.pk)
    )
    if view not in own:  # it has just been deleted
        return
    place = own.index(view)
    other = min(max(place + (-1 if is_up else 1), 0), len(own) - 1)
    own[place], own[other] = own[other], own[place]
    for number, each in enumerate(own, start=1):
        each.position = number
    rows.update(own, ["position"])


def delete_view(*, actor: Membership, view: SavedView) -> None:
    audit.record(workspace_id=actor.workspace_id, actor=actor, verb="view.deleted", subject=view, name=view.name)
    _doubt_lists(view.workspace_id, view.pk)
    view.delete()


def _doubt_lists(workspace_id: int, view_id: int) -> None:
    """The list may be open somewhere, and is gone now, or back."""
    transaction.on_commit(lambda: publish.doubt(workspace_id, "view", view_id), robust=True)


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
