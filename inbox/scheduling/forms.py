"""The form in which a message is scheduled: what is in it, and what would happen with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import OptionLimits
from inbox.chatrooms.actions import UnableToSend, parts_of, restored_files, stored_files
from inbox.chatrooms.chosen_files import chosen_view
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.presenters.chosen_files import ChosenFile
from inbox.chatrooms.presenters.templates import VariableInput, preview_with_file, variable_inputs
from inbox.chatrooms.window import Mode
from inbox.chatrooms.windows import windows_of
from inbox.connections.models import Connection
from inbox.customers.models import Customer
from inbox.customers.zones import zone_of_customer
from inbox.lib import clock
from inbox.lib.zones import zone_names
from inbox.message_templates.previews import preview_of
from inbox.message_templates.selectors import (
    facts_of,
    fallback_of,
    find_sendable,
    sendable,
    values_for,
)
from inbox.pricing.selectors import send_note, warning_for
from inbox.workspaces.models import Membership

from . import policy, words
from .actions import Order, UnableToSchedule, read_moment
from .models import ScheduledMessage
from .stored_templates import TemplateRefused, gone, header_file, header_files


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
class Outlook:
    """What will happen at the time, and the chosen template (`scheduling/_outlook.html`). `is_bad`: it will not be sent."""

    words: str = ""
    more: str = ""
    is_bad: bool = False
    cost: str = ""  # of a template, where the channel bills
    warning: str = ""  # that the budget may not cover it
    preview: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ScheduleForm:
    """`scheduling/_form.html`. `errors` are sentences by field; `instead` is a time to take."""

    url: str
    check_url: str
    client_id: str
    caution: str  # that nothing will be sent, whenever it is
    seen_inbound: int  # how many messages of the customer there were when it was opened
    is_template: bool
    text: str
    options: tuple[str, ...]  # one for each the channel takes; none where it has no such thing
    option_limit: int
    files: tuple[ChosenFile, ...]
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
    search: str  # what they were narrowed down to
    is_cut: bool  # there are more
    values: tuple[VariableInput, ...]
    filled_for: str  # the id of the template that they are of
    header_file_id: str  # of the file chosen for its header
    header_file_name: str
    changing_id: str
    problem: str  # of no field
    stop_url: str  # leads away from changing a message; empty while a new one is written

    @property
    def has_options(self) -> bool:
        return any(self.options)

    @property
    def takes_header_file(self) -> bool:
        return any(value.accept for value in self.values)


@dataclass(frozen=True)
class Typed:
    """A form as it came in, to be judged or shown again."""

    order: Order
    client_id: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    instead: str = ""
    search: str = ""  # for a template
    is_searching: bool = False  # and for another one than before: nothing is scheduled yet


def schedule_form(
    member: Membership,
    room: Chatroom,
    rows: Sequence[ScheduledMessage],
    *,
    typed: Typed | None,
    changing: ScheduledMessage | None,
) -> ScheduleForm:
    """Put the form together. `rows` are the chat's messages, `typed` is what to show again, `changing` whose form it is."""
    slug = member.workspace.slug
    limits = room.connection.adapter.capabilities.options
    search = typed.search if typed else ""
    listing = sendable(room.connection, search)
    customer_zone = zone_of_customer(room.customer)
    own = next((row for row in rows if row.author_id == member.pk), None)
    is_zone_chosen = typed is not None or changing is not None or own is not None
    if typed is None and changing is not None:
        typed = _stored(changing, room.connection)
    elif typed is None:
        fallback = fallback_of(room.connection) if listing.templates else None
        typed = Typed(Order("", "", own.zone if own else customer_zone or "UTC", template=fallback))
    order, errors = typed.order, typed.errors
    # The chosen one stays in the list, whatever is searched.
    offered = [row for row in [order.template] if row and row not in listing.templates] + listing.templates
    values = _values(room, order)
    if changing is not None:
        url = reverse("scheduling:change", args=[slug, room.pk, changing.pk])
    else:
        url = reverse("scheduling:messages", args=[slug, room.pk])
    known_zone = order.zone if order.zone in zone_names() else ""
    return ScheduleForm(
        url=url,
        check_url=reverse("scheduling:outlook", args=[slug, room.pk]),
        client_id=typed.client_id or str(uuid.uuid4()),
        caution=_caution(room.customer),
        seen_inbound=room.inbound_count if order.seen_inbound is None else order.seen_inbound,
        is_template=order.is_template,
        text=order.text,
        options=_option_inputs(order.options, limits),
        option_limit=limits.title if limits else 0,
        files=tuple(chosen_view(room, each, slug=slug) for each in order.files),
        wall_time=order.wall_time,
        zone=order.zone,
        is_zone_chosen=is_zone_chosen,
        customer_zone=customer_zone,
        zones=zone_names() if known_zone or not order.zone else (order.zone, *zone_names()),
        presets=tuple(
            PresetChoice(preset.value, words.preset_label(preset))
            for preset, _wall in policy.presets(known_zone or "UTC", clock.now())
        ),
        cancel_if_customer_writes=order.cancel_if_customer_writes,
        errors=errors,
        instead=typed.instead,
        outlook=Outlook(preview=_preview(order, values, slug)) if errors else _outlook(room, order, values, slug),
        asks_to_split="split" in errors or order.split_agreed,
        templates=tuple(
            TemplateChoice(str(row.pk), str(row), order.template is not None and row.pk == order.template.pk)
            for row in offered
        ),
        search=search,
        is_cut=listing.is_cut,
        values=variable_inputs(order.template, values, errors, takes_file=True) if order.template else (),
        filled_for=str(order.template.pk) if order.template else "",
        header_file_id=str(order.header_file.pk) if order.header_file else "",
        header_file_name=order.header_file.filename if order.header_file else "",
        changing_id=str(changing.pk) if changing else "",
        problem=errors.get("", ""),
        stop_url=reverse("scheduling:room", args=[slug, room.pk]) if changing else "",
    )


def outlook_of(room: Chatroom, order: Order, *, slug: str) -> Outlook:
    """Say what would happen with an order; why it cannot be, if so; nothing while no time is given."""
    return _outlook(room, order, _values(room, order), slug)


def _caution(customer: Customer) -> str:
    if not (customer.is_blocked or customer.is_opted_out):
        return ""
    return words.unwanted(is_blocked=customer.is_blocked)


def _outlook(room: Chatroom, order: Order, values: Mapping[str, str], slug: str) -> Outlook:
    preview = _preview(order, values, slug)
    if not order.wall_time:
        return Outlook(preview=preview)
    if order.is_template and order.template is None:
        return Outlook(_("Choose a template."), is_bad=True)
    try:
        moment = read_moment(order)
    except UnableToSchedule as refusal:
        return Outlook(str(refusal), is_bad=True, preview=preview)
    capabilities = room.connection.adapter.capabilities
    content = policy.Content(
        _message_count(room, order), is_template=order.is_template, has_fallback=order.template is not None
    )
    now, then = windows_of([room])[room.pk], windows_of([room], at=moment.at)[room.pk]
    step = policy.window_step(then, content)
    sentence = words.outlook(
        step,
        then,
        now,
        moment=moment,
        channel=capabilities.label,
        template=order.template.name if order.template else "",
        is_template=order.is_template,
    )
    cost = warning = ""
    if step is policy.Step.SEND_TEMPLATE and order.template:
        phone, in_window = facts_of(room.customer)["phone"], then.mode is Mode.FREE
        cost = send_note(room.connection, phone, order.template.category, in_window, room_id=room.pk)
        warning = warning_for(room.connection)
    return Outlook(
        sentence,
        words.twice(moment),
        is_bad=step is policy.Step.REFUSE,
        cost=cost,
        warning=warning,
        preview=preview,
    )


def _message_count(room: Chatroom, order: Order) -> int:
    """Return how many messages the text makes; what cannot be sent yet counts as one."""
    capabilities = room.connection.adapter.capabilities
    try:
        parts = parts_of(order.text, capabilities, client_id=uuid.uuid4(), files=order.files, split_agreed=True)
    except UnableToSend:
        return 1
    return len(parts)


def _stored(row: ScheduledMessage, connection: Connection) -> Typed:
    """Return a message as its form is first shown, which says if its template is gone."""
    stored = row.template
    template = find_sendable(connection, stored["name"], stored["language"]) if stored else None
    try:
        chosen = restored_files(row.files, stored_files([row]))
    except UnableToSend as refusal:
        chosen, problem = [], {"files": str(refusal)}
    else:
        problem = {}
    try:
        for_header = header_file(stored, header_files([row]))
    except TemplateRefused as refusal:
        for_header = None
        problem |= refusal.errors
    order = Order(
        text="" if row.is_template else row.text,
        wall_time=row.wall_time,
        zone=row.zone,
        cancel_if_customer_writes=row.cancel_if_customer_writes,
        split_agreed=row.split_agreed,
        options=row.options,
        files=chosen,
        is_template=row.is_template,
        template=template,
        values=stored.get("values", {}),
        header_file=for_header,
    )
    if stored and template is None:
        problem["template"] = gone(stored["name"])
    return Typed(order, errors=problem)


def _values(room: Chatroom, order: Order) -> dict[str, str]:
    """Return what is filled in: as it was typed, or as far as it is known."""
    return values_for(order.template, room.customer) | dict(order.values) if order.template else {}


def _preview(order: Order, values: Mapping[str, str], slug: str) -> Mapping[str, Any] | None:
    if order.template is None:
        return None
    preview, file = preview_of(order.template.components, values), order.header_file
    if file is None:
        return preview
    return preview_with_file(preview, file, picture=file.url(slug) if file.is_inline else "")


def _option_inputs(titles: Sequence[str], limits: OptionLimits | None) -> tuple[str, ...]:
    """Return an input for every option the channel takes; too many that were sent stay, to be taken out again."""
    if limits is None:
        return ()
    written = [title for title in titles if title.strip()]
    return (*written, *[""] * (limits.count - len(written)))
