"""The Schedule panel and the page of all scheduled messages, as their templates see them. The form: `forms`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.chatrooms.models import Chatroom, MessageState
from inbox.chatrooms.presenters.failures import failure_words
from inbox.chatrooms.selectors import Position
from inbox.workspaces.models import Membership

from . import selectors, words
from .actions import is_cancellable, is_changeable
from .forms import ScheduleForm, Typed, schedule_form
from .models import ScheduledMessage, ScheduleState


@dataclass(frozen=True)
class ScheduledLine:
    """One message of a list (`scheduling/_line.html`)."""

    dom_id: str
    text: str
    at: datetime
    when: str
    zone: str
    state: str
    state_label: str
    why: str
    by: str
    cancels_itself: bool
    options: tuple[str, ...]
    files: tuple[str, ...]  # their names
    template: str  # its name
    is_template: bool  # it is the message, and not what is sent instead
    change_url: str
    cancel_url: str
    send_url: str
    room_url: str
    customer_name: str
    channel: str
    seen_id: int  # the newest message of the chat
    question: str = ""  # whether to send it over a colleague's answer


@dataclass(frozen=True)
class Asked:
    """Whether to send a message over a colleague's answer, `seen_id`."""

    row_id: int
    question: str
    seen_id: int


@dataclass(frozen=True)
class SchedulePanel:
    """`scheduling/_panel.html`."""

    form: ScheduleForm
    list: ScheduledList


@dataclass(frozen=True)
class ScheduledList:
    """`scheduling/_list.html`: the messages of one chat."""

    url: str
    all_url: str
    lines: tuple[ScheduledLine, ...]
    refusal: str = ""

    @property
    def asks(self) -> bool:
        return any(line.question for line in self.lines)


@dataclass(frozen=True)
class Filter:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class SchedulePage:
    """`scheduling/all.html`."""

    whose: tuple[Filter, ...]
    states: tuple[Filter, ...]
    lines: tuple[ScheduledLine, ...]
    more_url: str
    back_url: str


def schedule_panel(
    member: Membership, room: Chatroom, *, typed: Typed | None = None, changing: ScheduledMessage | None = None
) -> SchedulePanel:
    """Put the panel together. `typed` is what to show again, `changing` the message whose form it is."""
    rows = selectors.of_room(room)
    return SchedulePanel(
        form=schedule_form(member, room, rows, typed=typed, changing=changing),
        list=scheduled_list(member, room, rows=rows),
    )


def scheduled_list(
    member: Membership,
    room: Chatroom,
    *,
    rows: Sequence[ScheduledMessage] | None = None,
    refusal: str = "",
    asked: Asked | None = None,
) -> ScheduledList:
    slug = member.workspace.slug
    found = selectors.of_room(room) if rows is None else rows
    return ScheduledList(
        url=reverse("scheduling:list", args=[slug, room.pk]),
        all_url=reverse("scheduling:all", args=[slug]),
        lines=tuple(_line(row, slug, asked if asked and asked.row_id == row.pk else None) for row in found),
        refusal=refusal,
    )


def schedule_page(member: Membership, *, whose: str, state: str, after: Position | None) -> SchedulePage:
    """Put the page of a workspace's messages together: one query."""
    slug = member.workspace.slug
    url = reverse("scheduling:all", args=[slug])
    rows = selectors.of_workspace(member, is_mine=whose == "mine", state=state, after=after)
    more = ""
    if len(rows) == selectors.ROWS_PER_PAGE:
        position = Position(rows[-1].due_at, rows[-1].pk)
        more = f"{url}?{urlencode({'whose': whose, 'state': state, 'after': str(position)})}"
    people = (("mine", _("Mine")), ("all", _("Everybody’s")))
    return SchedulePage(
        whose=tuple(Filter(label, f"{url}?whose={key}&state={state}", key == whose) for key, label in people),
        states=tuple(
            Filter(str(each.label), f"{url}?whose={whose}&state={each.value}", each.value == state)
            for each in ScheduleState
        ),
        lines=tuple(_line(row, slug) for row in rows),
        more_url=more,
        back_url=reverse("chatrooms:inbox", args=[slug]),
    )


def _line(row: ScheduledMessage, slug: str, asked: Asked | None = None) -> ScheduledLine:
    connection = row.chatroom.connection
    here = [slug, row.pk]
    panel = reverse("scheduling:room", args=[slug, row.chatroom_id])
    changeable = is_changeable(row)
    state, why = _state_of(row)
    return ScheduledLine(
        dom_id=f"scheduled-{row.pk}",
        text=row.text,
        at=row.due_at,
        when=words.written(datetime.fromisoformat(row.wall_time), with_year=True),
        zone=row.zone,
        state=state.value,
        state_label=str(state.label),
        why=why,
        by=str(row.author),
        cancels_itself=row.cancel_if_customer_writes,
        options=tuple(row.options),
        files=tuple(stored["name"] for stored in _files_of(row)),
        template=str(row.template.get("name", "")),
        is_template=row.is_template,
        change_url=f"{panel}?change={row.pk}" if changeable else "",
        cancel_url=reverse("scheduling:cancellation", args=here) if is_cancellable(row) else "",
        send_url=reverse("scheduling:sending", args=here) if changeable else "",
        room_url=reverse("chatrooms:room", args=[slug, row.chatroom_id]),
        customer_name=str(row.chatroom.customer),
        channel=connection.channel,
        seen_id=asked.seen_id if asked else row.chatroom.last_message_id or 0,
        question=asked.question if asked else "",
    )


def _files_of(row: ScheduledMessage) -> list[dict[str, Any]]:
    """Return the files that leave with it: of a template, the one for its header."""
    return [row.template["file"]] if row.is_template and "file" in row.template else row.files


def _state_of(row: ScheduledMessage) -> tuple[ScheduleState, str]:
    """Return what became of it, and why: also what has not been settled yet, and what failed on its way."""
    if row.state == ScheduleState.WAITING and selectors.is_unwanted(row):
        return ScheduleState.CANCELLED, _("The customer wrote first.")
    if row.message is not None and row.message.state == MessageState.FAILED:
        return ScheduleState.NOT_SENT, failure_words(row.message, row.chatroom.connection.adapter.capabilities)
    if row.message is not None and row.message.state == MessageState.TAKEN_BACK:
        return ScheduleState.CANCELLED, _("It was cancelled while it waited for its template.")
    if row.message is not None and row.message.state == MessageState.QUEUED:
        return ScheduleState.SENT, _("It is on its way, but has not left yet.")
    return ScheduleState(row.state), words.why(row, channel=row.chatroom.connection.adapter.capabilities.label)
