"""Entries that say something."""

from __future__ import annotations

from inbox.faq.actions import EntryDraft, create_entry
from inbox.faq.models import FaqCategory, FaqEntry
from inbox.faq.selectors import entry_of
from inbox.media.actions import store_file
from inbox.media.models import MediaFile
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.media import samples


def entry(
    member: Membership,
    title: str,
    body: str = "We open at nine.",
    *,
    shared: bool = False,
    category: FaqCategory | None = None,
    files: tuple[MediaFile, ...] = (),
    **others: tuple[str, str],
) -> FaqEntry:
    """An entry in English, and in `others`, for everybody or the member's own."""
    with scope(member.workspace_id):
        draft = EntryDraft({"en": (title, body), **others}, is_shared=shared, category=category, files=files)
        return create_entry(actor=member, draft=draft)


def picture(member: Membership) -> MediaFile:
    return store_file(
        workspace_id=member.workspace_id, content=samples.picture("PNG"), filename="map.png", created_by=member
    )


def now(member: Membership, row: FaqEntry) -> FaqEntry:
    """The entry as the member sees it now."""
    with scope(member.workspace_id):
        found = entry_of(member, row.pk)
        assert found is not None
        return found
