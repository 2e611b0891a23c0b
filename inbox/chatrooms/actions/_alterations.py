"""What changes a message after it was written: edits, removals and reactions, by the customer or in the vendor's app.

One that comes before its message is parked, and applied when the message arrives or by a sweep. The vendor's times
decide, so the order of arrival does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from channels_adapters.types import MessageEdited, MessageKind, MessageRevoked, ReactionChanged
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import Chatroom, Direction, Message, MessageVersion, ParkedAlteration
from ._attach import forget_files
from ._changes import record_changes
from ._rooms import Opening, note_openings
from ._times import plausible

Alteration = MessageEdited | MessageRevoked | ReactionChanged

# Long after a message could still arrive that an alteration is about.
PARKED_FOR = timedelta(days=1)

_FIELDS = ["text", "details", "edited_at", "removed_at", "reactions", "reacted_at"]


@dataclass(frozen=True)
class _Facts:
    """An alteration without its message: `kind` is edit, removal or reaction; `side` is customer, business, or "" if
    only the message tells."""

    kind: str
    side: str
    text: str | None = None  # of an edit; None where the vendor did not tell the new words
    emoji: str = ""


@dataclass(frozen=True)
class Altered:
    """The messages that changed, and those that quote them if their words did; and when customers reacted to which chat
    (room id, time), whatever has become of their message."""

    messages: Sequence[Message] = ()
    reactions: Sequence[tuple[int, datetime]] = ()


def apply_alterations(
    *, workspace_id: int, alterations: Sequence[tuple[Connection, Alteration]], arrived: Sequence[Message]
) -> Altered:
    """Change the messages that these, and those parked for the ones that just `arrived`, are about.

    Call it inside the workspace's scope, with the messages locked.
    """
    parked = _parked_for(arrived)
    if not (alterations or parked):
        return Altered()
    news = [_unsaved(workspace_id, connection, event) for connection, event in alterations]
    targets = _targets(workspace_id, (*parked, *news))
    versions: list[MessageVersion] = []
    changed: dict[int, Message] = {}
    reactions: list[tuple[int, datetime]] = []
    waiting: list[ParkedAlteration] = []
    for alteration in sorted((*parked, *news), key=lambda row: row.at):
        message = targets.get((alteration.connection_id, alteration.target_id))
        if message is None:
            waiting.append(alteration)
            continue
        facts = _Facts(**alteration.facts)
        if facts.kind == "reaction" and facts.emoji and facts.side != "business":
            reactions.append((message.chatroom_id, alteration.at))
        if _apply(facts, alteration, message, versions):
            changed[message.pk] = message
    MessageVersion.objects.bulk_create(versions, ignore_conflicts=True)
    removed = [pk for pk, message in changed.items() if message.removed_at]
    if removed:
        MessageVersion.objects.filter(workspace_id=workspace_id, message_id__in=removed).delete()
        forget_files(workspace_id, removed)
    Message.objects.bulk_update(changed.values(), _FIELDS)
    ParkedAlteration.objects.filter(pk__in=[row.pk for row in parked]).delete()
    # In one order, whoever stores them: two workers with the same events must not wait for each other.
    waiting.sort(key=lambda row: (row.connection_id, row.target_id, row.external_id))
    ParkedAlteration.objects.bulk_create(waiting, ignore_conflicts=True)
    return Altered([*changed.values(), *_quoting(workspace_id, changed)], reactions)


def settle_parked_alterations() -> int:
    """Apply what was parked while its message was being stored; forget what nothing came for. Return how many changed."""
    now = clock.now()
    with platform_scope("settling parked alterations"):
        ParkedAlteration.objects.filter(created_at__lt=now - PARKED_FOR).delete()
        known = Message.objects.filter(connection=OuterRef("connection"), external_id=OuterRef("target_id"))
        waiting = ParkedAlteration.objects.filter(Exists(known), created_at__lt=now - timedelta(seconds=5))
        by_workspace: dict[int, set[tuple[int, str]]] = {}
        for workspace_id, connection_id, target_id in waiting.values_list("workspace_id", "connection_id", "target_id")[
            :500
        ]:
            by_workspace.setdefault(workspace_id, set()).add((connection_id, target_id))
    return sum(_settle(workspace_id, keys) for workspace_id, keys in sorted(by_workspace.items()))


def _settle(workspace_id: int, keys: set[tuple[int, str]]) -> int:
    with scope(workspace_id):
        messages = Message.objects.filter(
            workspace_id=workspace_id,
            connection_id__in={connection_id for connection_id, _target_id in keys},
            external_id__in={target_id for _connection_id, target_id in keys},
        ).order_by("pk")
        rooms = Chatroom.objects.filter(pk__in=messages.order_by().values("chatroom")).order_by("pk")
        locked = list(rooms.select_related("connection").select_for_update(of=("self",), no_key=True))
        arrived = list(messages.select_for_update(no_key=True))
        altered = apply_alterations(workspace_id=workspace_id, alterations=[], arrived=arrived)
        note_openings(openings_by(altered.reactions, {room.pk: (room, room.connection) for room in locked}))
        record_changes(workspace_id=workspace_id, messages=[(m.chatroom_id, m.pk) for m in altered.messages])
    return len(altered.messages)


def openings_by(
    reactions: Sequence[tuple[int, datetime]], rooms: Mapping[int, tuple[Chatroom, Connection]]
) -> list[Opening]:
    """Return what these reactions open, where the channel counts them, in locked rooms."""
    return [
        Opening(rooms[room_id][0], "reaction_opened_at", at)
        for room_id, at in reactions
        if room_id in rooms and rooms[room_id][1].reply_policy.opened_by_reactions
    ]


def _targets(workspace_id: int, alterations: Sequence[ParkedAlteration]) -> dict[tuple[int, str], Message]:
    messages = Message.objects.filter(
        workspace_id=workspace_id,
        connection_id__in={alteration.connection_id for alteration in alterations},
        external_id__in={alteration.target_id for alteration in alterations},
    ).prefetch_related("versions")
    return {(message.connection_id, message.external_id or ""): message for message in messages}


def _quoting(workspace_id: int, changed: dict[int, Message]) -> list[Message]:
    """Return the messages whose quotes show words that are no longer so."""
    reworded = [pk for pk, message in changed.items() if message.edited_at or message.removed_at]
    if not reworded:
        return []
    return list(Message.objects.filter(workspace_id=workspace_id, reply_to__in=reworded).exclude(pk__in=changed))


def _parked_for(arrived: Sequence[Message]) -> list[ParkedAlteration]:
    keys = {(message.connection_id, message.external_id) for message in arrived}
    if not keys:
        return []
    rows = ParkedAlteration.objects.filter(
        connection_id__in={connection_id for connection_id, _external_id in keys},
        target_id__in={external_id for _connection_id, external_id in keys},
    )
    return [row for row in rows if (row.connection_id, row.target_id) in keys]


def _unsaved(workspace_id: int, connection: Connection, event: Alteration) -> ParkedAlteration:
    side = "business" if event.by_business else "customer" if event.sender.identities else ""
    if isinstance(event, MessageEdited):
        told = event.content.kind is not MessageKind.UNSUPPORTED
        facts = _Facts("edit", side, text=event.content.text if told else None)
    elif isinstance(event, MessageRevoked):
        facts = _Facts("removal", side)
    else:
        facts = _Facts("reaction", side, emoji=event.emoji)
    return ParkedAlteration(
        workspace_id=workspace_id,
        connection=connection,
        target_id=event.target_id,
        external_id=event.external_id,
        facts=asdict(facts),
        at=plausible(event.sent_at),
    )


def _apply(facts: _Facts, alteration: ParkedAlteration, message: Message, versions: list[MessageVersion]) -> bool:
    """Change the message in memory; return whether anything changed. A removed message stays as it is."""
    if message.removed_at:
        return False
    author = "business" if message.direction == Direction.OUTBOUND else "customer"
    if facts.kind == "reaction":
        return set_reaction(message, facts.side or "customer", facts.emoji, alteration.at)
    if facts.side not in ("", author):
        return False  # nobody can change the other side's words
    if facts.kind == "removal":
        _remove(message, alteration.at)
        return True
    return _edit(message, facts.text, alteration, versions)


def set_reaction(message: Message, side: str, emoji: str, at: datetime) -> bool:
    """Change a side's reaction in memory, unless a later one is known; return whether anything changed."""
    known = message.reacted_at.get(side)
    if known is not None and datetime.fromisoformat(known) > at:
        return False
    message.reacted_at = {**message.reacted_at, side: at.isoformat()}
    others = {name: value for name, value in message.reactions.items() if name != side}
    message.reactions = {**others, side: emoji} if emoji else others
    return True


def _remove(message: Message, at: datetime) -> None:
    message.text, message.reactions = "", {}
    message.details = {"echo": True} if message.details.get("echo") else {}  # who wrote it stays
    message.removed_at = at


def _edit(message: Message, text: str | None, alteration: ParkedAlteration, versions: list[MessageVersion]) -> bool:
    known = {version.edit_id for version in (*message.versions.all(), *(v for v in versions if v.message is message))}
    if alteration.external_id in known:
        return False  # a redelivery
    version = MessageVersion(
        workspace_id=message.workspace_id,
        message=message,
        text=message.text,
        edit_id=alteration.external_id,
        written_at=message.edited_at or message.sent_at,
    )
    versions.append(version)
    if message.edited_at and alteration.at < message.edited_at:  # a late one: its words were replaced already
        version.text, version.written_at = text or "", alteration.at
        return True
    message.edited_at = alteration.at
    if text is not None:
        message.text = text
    return True
