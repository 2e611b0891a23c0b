"""Only actions tell browsers and workers that something happened; views only call them."""

from __future__ import annotations

import re

import pytest

from .sources import Source, calls, sources

ANNOUNCING = {
    "send_html",
    "revoke",
    "recheck",
    "renew",
    "group_send",
    "enqueue",
    "enqueue_on_commit",
    "delay",
    "delay_on_commit",
    "apply_async",
    "apply_async_on_commit",
    "send_task",
}
# Of `realtime.publish`, the names of groups and who listens may be asked by anybody.
ASKING = {"inbox_group", "limited_group", "own_group", "room_group", "own_room_group", "member_group", "audience"}
WRITING = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "delete"}

MAY_ANNOUNCE = re.compile(r"inbox/(\w+/actions(\.py|/\w+\.py)|realtime/\w+\.py|lib/background\.py)")


def announcements(source: Source) -> list[str]:
    """Name the calls that publish or enqueue, in a module that may not."""
    if MAY_ANNOUNCE.fullmatch(source.name):
        return []
    return [
        f"{source.at(call)} {owner}.{name}".replace(" .", " ")
        for call, owner, name in calls(source.tree)
        if name in ANNOUNCING or (owner == "publish" and name not in ASKING)
    ]


def writes(source: Source) -> list[str]:
    return [f"{source.at(call)} {name}" for call, _owner, name in calls(source.tree) if name in WRITING]


def test_only_actions_publish_and_enqueue() -> None:
    # The simulator plays the vendors; it is not the product.
    product = [source for source in sources("inbox") if not source.name.startswith("inbox/devstack/simulator/")]
    assert len(product) > 50
    assert [problem for source in product for problem in announcements(source)] == []


@pytest.mark.parametrize(
    "source",
    [source for source in sources("inbox") if source.name.endswith(("/views.py", "/consumers.py"))],
    ids=lambda source: source.name,
)
def test_views_and_sockets_write_nothing_themselves(source: Source) -> None:
    assert writes(source) == []


@pytest.mark.parametrize(
    "line",
    [
        "publish.send_html([])",
        "publish.something_new()",
        "send_html([])",
        "enqueue('inbox.some.task')",
        "background.enqueue_on_commit('inbox.some.task')",
        "dispatch_outbox.delay()",
        "tasks.dispatch_outbox.apply_async(countdown=3)",
        "current_app.send_task('inbox.some.task')",
        "get_channel_layer().group_send('group', {})",
    ],
)
def test_the_walker_finds_what_it_is_for(line: str) -> None:
    assert len(announcements(Source("inbox/chatrooms/views.py", line))) == 1
    assert len(announcements(Source("inbox/chatrooms/factions.py", line))) == 1
    assert announcements(Source("inbox/chatrooms/actions/_send.py", line)) == []
    assert announcements(Source("inbox/workspaces/actions.py", line)) == []


def test_asking_for_a_group_is_no_announcement() -> None:
    assert announcements(Source("inbox/chatrooms/consumers.py", "publish.inbox_group(1, 'en')")) == []
    assert writes(Source("inbox/chatrooms/views.py", "room.save()\nMessage.objects.create()")) == [
        "inbox/chatrooms/views.py:1 save",
        "inbox/chatrooms/views.py:2 create",
    ]
