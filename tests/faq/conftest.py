"""A chat, browsers, and entries that say something."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from inbox.chatrooms.models import Chatroom
from inbox.faq.actions import EntryDraft, create_entry
from inbox.faq.models import FaqCategory, FaqEntry
from inbox.faq.selectors import entry_of
from inbox.media.actions import store_file
from inbox.media.models import MediaFile
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.world import World, room_with


@pytest.fixture
def amy(world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.amy)


@pytest.fixture
def olivia(world: World, client_of: Callable[[Membership], Client]) -> Client:
    """The owner's browser."""
    return client_of(world.olivia)


@pytest.fixture
def stranger(world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.sam)


@pytest.fixture
def room(world: World) -> Chatroom:
    return room_with(world, "Do you have roses?")


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
