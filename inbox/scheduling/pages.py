"""The Schedule panel and the page of all scheduled messages, as their templates see them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from inbox.chatrooms.actions import UnableToSend, text_parts
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.selectors import Position
from inbox.chatrooms.windows import windows_of
from inbox.lib import clock
from inbox.message_templates.filling import prefilled, variables_of
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import facts_of, fallback_of, sendable
from inbox.workspaces.models import Membership

from . import policy, selectors, words
from .actions import Order, UnableToSchedule, is_cancellable, is_changeable, read_moment
from .models import ScheduledMessage, ScheduleState
from .zones import zone_of_customer


@dataclass(frozen=True)
class PresetChoice:
    key: str
    label: str


@dataclass(frozen=True)
class TemplateChoice:
    value: str
    label: str
    is_current: bool


@dataclass(frozen=True)
class ValueInput:
    """One variable of the chosen template."""

    name: str
    label: str
    value: str
    error: str


@dataclass(frozen=True)
class Outlook:
    """What will happen at the time (`scheduling/_outlook.html`); `is_bad`: it will not be sent."""

    words: str = ""
    more: str = ""
    is_bad: bool = False


@dataclass(frozen=True)
class ScheduleForm:
    """`scheduling/_form.html`. `errors` are sentences by field; `instead` is a time to take."""

    url: str
    check_url: str
    client_id: str
    text: str
    wall_time: str
    zone: str
    is_zone_chosen: bool
    customer_zone: str
    zones: tuple[str, ...]
    presets: tuple[PresetChoice, ...]
    cancel_if_customer_writes: bool
    errors: Mapping[str, str]
    instead: str
    outlook: Outlook
    asks_to_split: bool
    templates: tuple[TemplateChoice, ...]
    values: tuple[ValueInput, ...]
    changing_id: str
    problem: str  # of no field
    stop_url: str  # leads away from changing a message; empty while a new one is written


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
    template: str
    change_url: str
    cancel_url: str
    send_url: str
    room_url: str
    customer_name: str
    channel: str


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


@dataclass(frozen=True)
class Typed:
    """A form as it came in, to be judged or shown again."""

    order: Order
    client_id: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    instead: str = ""


def schedule_panel(
    member: Membership, room: Chatroom, *, typed: Typed | None = None, changing: ScheduledMessage | None = None
) -> SchedulePanel:
    """Put the panel together. `typed` is what to show again, `changing` the message whose form it is."""
    rows = selectors.of_room(room)
    return SchedulePanel(form=_form(member, room, rows, typed, changing), list=scheduled_list(member, room, rows=rows))


def scheduled_list(
    member: Membership, room: Chatroom, *, rows: Sequence[ScheduledMessage] | None = None, refusal: str = ""
) -> ScheduledList:
    slug = member.workspace.slug
    found = selectors.of_room(room) if rows is None else rows
    return ScheduledList(
        url=reverse("scheduling:list", args=[slug, room.pk]),
        all_url=reverse("scheduling:all", args=[slug]),
        lines=tuple(_line(row, slug) for row in found),
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


def outlook_of(room: Chatroom, order: Order) -> Outlook:
    """Say what would happen with an order; why it cannot be, if so; nothing while no time is given."""
    if not order.wall_time:
        return Outlook()
    try:
        moment = read_moment(order)
    except UnableToSchedule as refusal:
        return Outlook(str(refusal), is_bad=True)
    capabilities = room.connection.adapter.capabilities
    try:
        count = len(text_parts(order.text, capabilities, split_agreed=True))
    except UnableToSend:
        count = 1
    now, then = windows_of([room])[room.pk], windows_of([room], at=moment.at)[room.pk]
    step = policy.window_step(then, count=count, fallback=order.template is not None)
    template = order.template.name if order.template else ""
    sentence = words.outlook(step, then, now, moment=moment, channel=capabilities.label, fallback=template)
    return Outlook(sentence, words.twice(moment), is_bad=step is policy.Step.REFUSE)


def template_of(room: Chatroom, chosen: str) -> MessageTemplate | None:
    """Return the template that a form names by its id, if it may be sent."""
    return next((row for row in sendable(room.connection) if str(row.pk) == chosen), None)


def _form(
    member: Membership,
    room: Chatroom,
    rows: Sequence[ScheduledMessage],
    typed: Typed | None,
    changing: ScheduledMessage | None,
) -> ScheduleForm:
    slug = member.workspace.slug
    templates = sendable(room.connection) if room.connection.adapter.capabilities.has_templates else []
    customer_zone = zone_of_customer(room.customer)
    own = next((row for row in rows if row.author_id == member.pk), None)
    if typed is None and changing is not None:
        order = _order_of(changing, templates)
    elif typed is None:
        fallback = fallback_of(room.connection) if templates else None
        order = Order("", "", own.zone if own else customer_zone or "UTC", template=fallback)
    else:
        order = typed.order
    errors = typed.errors if typed else {}
    if changing is not None:
        url = reverse("scheduling:change", args=[slug, room.pk, changing.pk])
    else:
        url = reverse("scheduling:messages", args=[slug, room.pk])
    values = _values(room, order, errors) if order.template else ()
    known_zone = order.zone if order.zone in policy.zone_names() else ""
    return ScheduleForm(
        url=url,
        check_url=reverse("scheduling:outlook", args=[slug, room.pk]),
        client_id=(typed.client_id if typed else "") or str(uuid.uuid4()),
        text=order.text,
        wall_time=order.wall_time,
        zone=order.zone,
        is_zone_chosen=typed is not None or changing is not None or own is not None,
        customer_zone=customer_zone,
        zones=policy.zone_names() if known_zone or not order.zone else (order.zone, *policy.zone_names()),
        presets=tuple(
            PresetChoice(preset.value, words.preset_label(preset))
            for preset, _wall in policy.presets(known_zone or "UTC", clock.now())
        ),
        cancel_if_customer_writes=order.cancel_if_customer_writes,
        errors=errors,
        instead=typed.instead if typed else "",
        outlook=outlook_of(room, order) if not errors else Outlook(),
        asks_to_split="split" in errors or order.split_agreed,
        templates=tuple(
            TemplateChoice(str(row.pk), str(row), order.template is not None and row.pk == order.template.pk)
            for row in templates
        ),
        values=values,
        changing_id=str(changing.pk) if changing else "",
        problem=errors.get("", ""),
        stop_url=reverse("scheduling:room", args=[slug, room.pk]) if changing else "",
    )


def _order_of(row: ScheduledMessage, templates: Sequence[MessageTemplate]) -> Order:
    stored = row.fallback
    template = next(
        (each for each in templates if (each.name, each.language) == (stored.get("name"), stored.get("language"))), None
    )
    return Order(
        text=row.text,
        wall_time=row.wall_time,
        zone=row.zone,
        cancel_if_customer_writes=row.cancel_if_customer_writes,
        split_agreed=row.split_agreed,
        template=template,
        values=stored.get("values", {}),
    )


def _values(room: Chatroom, order: Order, errors: Mapping[str, str]) -> tuple[ValueInput, ...]:
    template = order.template
    assert template is not None  # noqa: S101 - asked by the caller
    usual = prefilled(template, template.defaults, facts_of(room.customer))
    return tuple(
        ValueInput(
            name=variable.key,
            label=variable.name or variable.key,
            value=order.values.get(variable.key, usual.get(variable.key, "")),
            error=errors.get(variable.key, ""),
        )
        for variable in variables_of(template.components)
    )


def _line(row: ScheduledMessage, slug: str) -> ScheduledLine:
    connection = row.chatroom.connection
    unwanted = row.state == ScheduleState.WAITING and selectors.is_unwanted(row)
    state = ScheduleState.CANCELLED if unwanted else ScheduleState(row.state)
    here = [slug, row.pk]
    panel = reverse("scheduling:room", args=[slug, row.chatroom_id])
    changeable = is_changeable(row)
    return ScheduledLine(
        dom_id=f"scheduled-{row.pk}",
        text=row.text,
        at=row.due_at,
        when=format_date(datetime.fromisoformat(row.wall_time), "D j M Y, H:i"),
        zone=row.zone,
        state=state.value,
        state_label=str(state.label),
        why=_("The customer wrote first.")
        if unwanted
        else words.why(row, channel=connection.adapter.capabilities.label),
        by=str(row.author),
        cancels_itself=row.cancel_if_customer_writes,
        template=str(row.fallback.get("name", "")),
        change_url=f"{panel}?change={row.pk}" if changeable else "",
        cancel_url=reverse("scheduling:cancellation", args=here) if is_cancellable(row) else "",
        send_url=reverse("scheduling:sending", args=here) if changeable else "",
        room_url=reverse("chatrooms:room", args=[slug, row.chatroom_id]),
        customer_name=str(row.chatroom.customer),
        channel=connection.channel,
    )
