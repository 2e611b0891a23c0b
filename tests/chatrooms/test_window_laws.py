"""However vendors deliver: the reply window follows the customer's newest message, and nothing else opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels_adapters.types import (
    UNKNOWN_TIME,
    Activity,
    ChannelKind,
    Content,
    CustomerActed,
    Event,
    MessageEchoed,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    ReactionChanged,
)
from inbox.chatrooms.actions._times import CLOCK_TOLERANCE
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.window import Contact, window_of
from inbox.chatrooms.windows import windows_of
from inbox.connections.models import Connection
from inbox.workspaces.tenancy import scope
from tests.world import World

from .conversation import arrive, connect, customer_of

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# Long ago, today, and by a clock that is ahead of ours: less than we believe, and more.
TIMES = st.sampled_from([-3000, -1500, -1441, -1439, -700, -60, -10, -0.5, 0, 3, 20]) | st.floats(-2000, 4)
ACTS = [Activity.FOLLOWED, Activity.MENU, Activity.SCANNED, Activity.UNFOLLOWED]
KINDS = ["message", "message", "message", "edit", "removal", "reaction", "reaction taken back", "our reaction", "echo"]


@dataclass(frozen=True)
class Happening:
    """What happens at a vendor, and when by its clock: minutes after START, or None if it does not tell."""

    kind: str
    after: float | None
    about: int  # the place of a message that it is about, among the messages


@dataclass(frozen=True)
class Story:
    """What happens, and how it reaches us: batches of places in `happenings`, each so many seconds after the last."""

    happenings: Sequence[Happening]
    deliveries: Sequence[tuple[Sequence[int], int]]


# A reaction comes before the message it is about, and in one batch with it.
REACTED_FIRST = Story(
    [Happening("message", -60, 0), Happening("reaction", -10, 0), Happening("reaction", -5, 0)], [([1], 0), ([2, 0], 9)]
)
# An act without a time, and one by a clock that is ahead of ours, come again a while later.
TOLD_AGAIN = Story([Happening("menu", None, 0), Happening("followed", 20, 0)], [([0, 1], 0), ([1, 0], 30)])


@st.composite
def stories(draw: st.DrawFn, kind: ChannelKind) -> Story:
    kinds = st.sampled_from([*KINDS, *ACTS] if kind is ChannelKind.WECHAT else KINDS)
    happenings = draw(
        st.lists(st.builds(Happening, kinds, TIMES | st.none(), st.integers(0, 5)), min_size=1, max_size=7)
    )
    places = list(range(len(happenings)))
    again = draw(st.lists(st.sampled_from(places), max_size=3))
    order = draw(st.permutations([*places, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=2)))
    batches = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return Story(happenings, [(batch, draw(st.integers(0, 900))) for batch in batches if batch])


def events_of(story: Story, connection: Connection) -> list[Event]:
    """Return what the adapter would make of each happening. No two have the same time."""
    messages = [place for place, each in enumerate(story.happenings) if each.kind in ("message", "echo")]
    return [_event(place, each, messages, connection) for place, each in enumerate(story.happenings)]


def _event(place: int, happening: Happening, messages: Sequence[int], connection: Connection) -> Event:
    account, customer = connection.account_id, customer_of(connection)
    after = happening.after
    if "reaction" in happening.kind:
        after = min(after or 0.0, 3)  # of a reaction vendors tell the time, which is all that tells two apart
    at = UNKNOWN_TIME
    if after is not None:
        at = START + timedelta(seconds=round(after * 60), microseconds=place + 1)
    about = f"m_{messages[happening.about % len(messages)]}" if messages else "m_never"
    said = Content(MessageKind.TEXT, f"Words {place}")
    match happening.kind:
        case "message":
            return MessageReceived(account, f"m_{place}", customer, at, said)
        case "echo":
            return MessageEchoed(account, f"m_{place}", customer, at, said)
        case "edit":
            return MessageEdited(account, f"e_{place}", about, customer, at, said)
        case "removal":
            return MessageRevoked(account, f"d_{place}", about, customer, at)
        case "reaction":
            return ReactionChanged(account, f"r_{place}", about, customer, at, "👍")
        case "reaction taken back":
            return ReactionChanged(account, f"r_{place}", about, customer, at, "")
        case "our reaction":
            return ReactionChanged(account, f"r_{place}", about, customer, at, "👍", by_business=True)
    act = Activity(happening.kind)
    return CustomerActed(account, f"a_{place}", customer, at, act, opens_window=act is not Activity.UNFOLLOWED)


def contact_of(story: Story, events: Sequence[Event], connection: Connection) -> Contact:
    """Return what should be known of the chat: the model, which knows nothing of batches, orders and repetitions."""
    times: dict[int, datetime] = {}
    now = START
    for batch, pause in story.deliveries:
        now += timedelta(seconds=pause)
        for place in batch:
            told: datetime = events[place].sent_at  # type: ignore[attr-defined]
            believed = told != UNKNOWN_TIME and told <= now + CLOCK_TOLERANCE
            times.setdefault(place, told if believed else now)

    def newest(places: Sequence[int]) -> datetime | None:
        return max((times[place] for place in places), default=None)

    def those(kind: str) -> list[int]:
        return [place for place, each in enumerate(story.happenings) if each.kind == kind]

    acts = [place for act in ACTS[:3] for place in those(act)]
    openers = those("message")
    written_at, acted_at = newest(openers), newest(acts)
    if connection.reply_policy.opened_by_reactions and (openers or those("echo")):
        openers += those("reaction")
    ours = [times[place] for place in those("echo")] if connection.reply_policy.messages is not None else []
    return Contact(
        opened_at=newest(openers),
        activity_at=acted_at,
        sent=sum(1 for at in ours if written_at and at > written_at),
        sent_since_activity=sum(1 for at in ours if acted_at and at > acted_at),
    )


def deliver(story: Story, events: Sequence[Event], connection: Connection) -> datetime:
    """Let it all arrive, and return when the last of it has."""
    now = START
    for batch, pause in story.deliveries:
        now += timedelta(seconds=pause)
        with time_machine.travel(now, tick=False):
            arrive(connection, *(events[place] for place in batch))
    return now


@pytest.mark.parametrize("kind", ChannelKind)
def test_the_window_is_the_same_however_things_arrive(world: World, kind: ChannelKind) -> None:
    """A message that was removed opens it like any other: the vendor has counted it, and shows it no more."""
    connection = world.shop if kind is ChannelKind.WHATSAPP else connect(world, kind)

    @example(story=REACTED_FIRST, later=0)
    @example(story=TOLD_AGAIN, later=0)
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(story=stories(kind), later=st.integers(0, 1500))
    def holds(story: Story, later: int) -> None:
        events = events_of(story, connection)
        with transaction.atomic():
            now = deliver(story, events, connection)
            expected = contact_of(story, events, connection)
            with scope(connection.workspace_id), time_machine.travel(now, tick=False):
                room = Chatroom.objects.select_related("connection").filter(connection=connection).first()
                for moment in (now, now + later * MINUTE):
                    known = windows_of([room], at=moment)[room.pk] if room else None
                    wanted = window_of(connection.reply_policy, expected, moment)
                    assert known == wanted if room else expected == Contact()
            transaction.set_rollback(True)

    holds()
