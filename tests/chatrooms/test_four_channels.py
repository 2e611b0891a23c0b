"""One conversation on each channel, through the front door and back: the real product and the simulated vendors."""

from __future__ import annotations

import httpx
import pytest

from channels_adapters.types import DeliveryStatus
from inbox.chatrooms.access import get_chatroom
from inbox.chatrooms.actions import (
    dispatch_due,
    mark_room_read,
    react,
    report_read_to_vendor,
    send_reaction,
    show_typing,
)
from inbox.chatrooms.models import Chatroom, Direction, Message
from inbox.connections.actions import renew_credentials
from inbox.connections.models import ConnectionState
from inbox.webhooks.actions import process_pending
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.workspaces.tenancy import platform_scope, scope
from tests.customers.conftest import queued
from tests.world import (
    messages_of,
    reload,
    write,
)

from .conversation import room_of
from .lines import ADA, Line

pytestmark = pytest.mark.django_db(transaction=True)


def lines_of(room: Chatroom) -> list[tuple[str, str]]:
    return [(message.direction, message.text) for message in messages_of(room)]


def test_a_customer_writes_and_an_agent_answers(line: Line) -> None:
    line.says("Do you have peonies? 🌸")
    message = line.answer("Yes — 三束", options=["Keep one", "No, thanks"])
    [sent] = line.vendor.sent(line.account.account_id)
    assert "三束" in sent.text or "三束" in str(sent.details)
    assert "Keep one" in str(sent.details)
    assert message.state == ("delivered" if line.has(DeliveryStatus.DELIVERED) else "sent")
    # The echo of our own message is no second one.
    assert lines_of(room_of(line.connection)) == [
        (Direction.INBOUND, "Do you have peonies? 🌸"),
        (Direction.OUTBOUND, "Yes — 三束"),
    ]


def test_the_customer_looks_at_it(line: Line) -> None:
    if not line.has(DeliveryStatus.READ):
        pytest.skip("this channel has no receipts")
    line.vendor.settings(auto_read=True)
    line.says("Hello")
    assert line.answer("Good morning").state == "read"


def test_the_customer_taps_an_answer(line: Line) -> None:
    line.says("Hello")
    message = line.answer("Which?", options=["Roses", "Tulips"])
    [_roses, tulips] = message.details["options"]
    line.vendor.inbound(
        line.account.account_id,
        ADA,
        kind="choice",
        option_id=tulips["id"],
        title="Tulips",
        reply_to=message.external_id,
    )
    process_pending()
    chosen = next(m for m in messages_of(room_of(line.connection)) if m.direction == "inbound" and m.kind == "choice")
    assert (chosen.kind, chosen.text, chosen.details["id"]) == ("choice", "Tulips", tulips["id"])


def test_the_customer_sees_that_somebody_reads_and_types(line: Line) -> None:
    newest = line.says("Anybody there?")
    room = room_of(line.connection)
    capabilities = line.connection.adapter.capabilities
    assert show_typing(workspace_id=line.world.lotus.pk, chatroom_id=room.pk) is (capabilities.typing_seconds > 0)
    if capabilities.can_mark_read:
        external_id = messages_of(room)[-1].external_id or newest
        assert report_read_to_vendor(workspace_id=line.world.lotus.pk, chatroom_id=room.pk, external_id=external_id)
    told = {action.action for action in line.vendor.actions(line.account.account_id)}
    marks = line.vendor.reads(line.account.account_id)
    assert told or any(mark.typing for mark in marks)
    assert bool(marks) or "mark_seen" in told or not capabilities.can_mark_read


def test_a_workspace_may_keep_reading_to_itself(line: Line, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    line.says("Anybody there?")
    line.world.lotus.reports_reads = False
    line.world.lotus.save()
    with scope(line.world.lotus.pk):
        amy = type(line.world.amy).objects.select_related("workspace", "user").get(pk=line.world.amy.pk)
        queued("outbound")
        with django_capture_on_commit_callbacks(execute=True):
            mark_room_read(member=amy, chatroom=get_chatroom(amy, room_of(line.connection).pk), seen_count=1)
    assert queued("outbound") == []


def test_the_agents_reaction_reaches_the_customer(line: Line) -> None:
    offered = line.connection.adapter.capabilities.reactions
    if offered is None:
        pytest.skip("this channel has no reactions")
    line.says("Here is my order")
    question = messages_of(room_of(line.connection))[0]
    emoji = offered[0] if offered else "👍"
    with scope(line.world.lotus.pk):
        react(
            actor=line.world.amy, message=Message.objects.select_related("connection").get(pk=question.pk), emoji=emoji
        )
    assert send_reaction(workspace_id=line.world.lotus.pk, message_id=question.pk, emoji=emoji, before="")


def test_an_expired_token_pauses_sending_but_never_receiving(line: Line) -> None:
    line.says("Hello")
    line.vendor.faults(expired_token=True)
    message = write(line.world.amy, room_of(line.connection), "Good morning")
    dispatch_due()
    assert reload(message).state == "queued"
    assert reload(line.connection).state == ConnectionState.NEEDS_ATTENTION
    line.says("Still there?")
    assert [m.text for m in messages_of(room_of(line.connection)) if m.direction == "inbound"] == [
        "Hello",
        "Still there?",
    ]
    line.vendor.faults(expired_token=False)
    with scope(line.world.lotus.pk):
        renew_credentials(actor=line.world.olivia, connection=reload(line.connection), credentials={})
    dispatch_due()
    assert reload(message).state in ("sent", "delivered", "read")
    assert len(line.vendor.sent(line.account.account_id)) == 1


def test_every_act_of_a_customer_is_shown_or_kept_with_a_reason(line: Line) -> None:
    """Whatever the phone page offers: nothing is parked, nothing is lost without a word."""
    target = line.says("First")
    phone = {"account": line.account.account_id, "person": ADA}
    abilities = httpx.get(f"{line.vendor.base_url}/phone/thread", params=phone, trust_env=False).json()["abilities"]
    assert len(abilities) >= 12
    for kind in abilities:
        if kind == "reply":
            line.says("I mean this one", reply_to=target)
            continue
        more = {"target": target} if kind in ("reaction", "edit", "unsend") else {}
        more |= {"emoji": "👍"} if kind == "reaction" else {}
        more |= {"option_id": "1", "title": "One"} if kind == "choice" else {}
        text = "Anew" if kind in ("text", "edit", "app_message", "story_reply") else None
        assert line.vendor.inbound(line.account.account_id, ADA, text, kind=kind, **more).delivered, kind
    process_pending()
    with platform_scope("test"):
        fates = set(WebhookEvent.objects.filter(app=line.connection.app).values_list("state", "error"))
    assert {state for state, _error in fates} == {EventState.DONE}
    kinds = {message.kind for message in messages_of(room_of(line.connection))}
    assert {"image", "location"} & kinds
    assert len(kinds) >= 5


def test_a_refusal_of_the_window_is_told_in_words(line: Line) -> None:
    line.says("Hello")
    line.vendor.settings(clock_offset=8 * 24 * 3600)
    message = line.answer("A week too late")
    assert message.state == "failed"
    assert message.failure_text.endswith(".")
    assert message.failure_code not in message.failure_text
