"""Chats in which things were said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from inbox.chatrooms.models import Attachment, Chatroom, Direction, Message
from inbox.customers.models import CustomerValue
from inbox.media.models import FileKind, MediaFile
from inbox.notes.models import CustomerNote
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.pages.reading import Page
from tests.world import World, room_with

HTMX = {"HX-Request": "true"}
SEARCH = "/w/lotus-flowers/search/"
BEGAN_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def room(world: World) -> Chatroom:
    return room_with(world, "Good morning", phone="85290000001", name="Chan Tai Man")


def say(
    room: Chatroom, *texts: str, author: Membership | None = None, at: datetime = BEGAN_AT, filename: str = ""
) -> list[Message]:
    """Put messages into a chat, a minute after each other; with `filename`, each with a file of that name."""
    with scope(room.workspace_id):
        said = [
            Message.objects.create(
                workspace_id=room.workspace_id,
                chatroom=room,
                connection_id=room.connection_id,
                direction=Direction.OUTBOUND if author else Direction.INBOUND,
                author=author,
                text=text,
                sent_at=at + timedelta(minutes=number),
            )
            for number, text in enumerate(texts)
        ]
        for message in said if filename else ():
            file = MediaFile.objects.create(
                workspace_id=room.workspace_id,
                sha256="0" * 64,
                size=1,
                mime_type="application/pdf",
                kind=FileKind.DOCUMENT,
                filename=filename,
            )
            Attachment.objects.create(workspace_id=room.workspace_id, message=message, kind="document", file=file)
    return said


def note(author: Membership, room: Chatroom, text: str, at: datetime = BEGAN_AT) -> CustomerNote:
    with scope(room.workspace_id):
        return CustomerNote.objects.create(
            workspace_id=room.workspace_id, customer=room.customer, author=author, text=text, created_at=at
        )


def know(room: Chatroom, key: str, value: str) -> None:
    """Store what is known of a chat's customer."""
    with scope(room.workspace_id):
        CustomerValue.objects.create(workspace_id=room.workspace_id, customer_id=room.customer_id, key=key, value=value)


def found_ids(workspace_id: int, *words: str, newest: int | None) -> list[int]:
    """What the database's function answers: from the newest messages, or from the index with `newest` None."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM search_messages(%s, %s, '{}', NULL, NULL, 100, %s)", [workspace_id, list(words), newest]
        )
        return [pk for (pk,) in cursor.fetchall()]


def search(browser: Client, text: str, *, htmx: bool = True, **more: str) -> Page:
    return Page(browser.get(SEARCH, {"q": text, **more}, headers=HTMX if htmx else {}))


def lines(page: Page, kind: str) -> list[str]:
    """What the hits of one kind say, from the top."""
    return [
        element.text
        for element in page.all("span", "hit-words")
        if any(ancestor.attributes.get("data-found") == kind for ancestor in element.ancestors)
    ]


def names(page: Page, kind: str) -> list[str]:
    """Whom the hits of one kind are about, from the top."""
    return [
        element.text
        for element in page.all("span", "hit-name")
        if any(ancestor.attributes.get("data-found") == kind for ancestor in element.ancestors)
    ]
