"""Lists of chats that somebody has given a name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.lib import clock
from inbox.workspaces.models import Membership, TenantModel


class SavedView(TenantModel):
    """A filter of the list under a name. `query` is what `filters.RoomFilter.query` wrote.

    Its owner sees it, and everybody once it is shared; the assignee "me" is whoever looks. `position` is its place among
    the owner's.
    """

    owner = models.ForeignKey(
        Membership, db_constraint=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "owner", "name"], name="one_view_per_name")]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")

    def __str__(self) -> str:
        return self.name
