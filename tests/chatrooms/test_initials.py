"""What stands in an avatar."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from inbox.chatrooms.actions import save_view
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.presenters import initials
from inbox.labels.actions import create_label, set_customer_labels
from inbox.workspaces.actions import create_team
from inbox.workspaces.models import Membership, User
from inbox.workspaces.tenancy import platform_scope, scope
from tests.pages.reading import Page
from tests.world import World, room_with


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Chan Tai Man", "CM"),
        ("amy", "A"),
        ("陳大文", "陳"),
        ("+852 6123 4567", "67"),
        ("+85261234567", "67"),
        ("(212) 555-0142", "42"),
        ("7", "7"),
        ("2 Sisters", "2S"),
        ("", ""),
        (" ", ""),
        ("🌷", "🌷"),
        ("🇭🇰🇯🇵 Tours", "🇭🇰"),
        ("👩‍👩‍👧‍👦🌷", "👩‍👩‍👧‍👦"),
        ("👍🏽 Team", "👍🏽"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
        ("❤️‍🔥", "❤️‍🔥"),
        ("1️⃣ First", "1️⃣F"),
        ("Amy 🌷", "A"),
        ("e\u0301tienne o\u0308", "ÉÖ"),
        ("नीलम", "नी"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_who_and_what_is_named_by_emoji_alone_is_shown(world: World, client_of: Callable[[Membership], Client]) -> None:
    room = room_with(world, "Hello", name="🇭🇰")
    with platform_scope("test"):
        User.objects.filter(pk=world.ben.user_id).update(name="👩‍👩‍👧‍👦")
    with scope(world.lotus.pk):
        label = create_label(actor=world.amy, name="🌷🌷")
        set_customer_labels(actor=world.amy, customers=[room.customer], add=[label])
        create_team(actor=None, workspace_id=world.lotus.pk, name="🏳️‍🌈", members=[world.amy.pk])
        save_view(actor=world.amy, name="👍🏽", wanted=RoomFilter(unread=True), is_shared=False)
        Chatroom.objects.filter(pk=room.pk).update(assignee=world.ben)
    page = Page(client_of(world.amy).get(f"/w/lotus-flowers/rooms/{room.pk}/"))
    row = [each.text for each in page.all("span", "avatar") if each.inside(f"room-{room.pk}-row")]
    assert row == ["🇭🇰"]
    assert page.one("span", "row-assignee").text == "assigned to 👩‍👩‍👧‍👦👩‍👩‍👧‍👦"
    for name in ("🌷🌷", "🏳️‍🌈", "👍🏽"):
        assert name in page.text
