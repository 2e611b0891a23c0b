"""The Schedule panel of the function menu and the workspace's list: fragments for htmx, pages of their own otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inbox.chatrooms.access import get_chatroom
from inbox.chatrooms.actions import AnsweredMeanwhile
from inbox.chatrooms.chosen_files import chosen_in
from inbox.chatrooms.header_files import header_file_in
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.presenters.templates import values_in
from inbox.chatrooms.replies import client_id_from, seen_in
from inbox.chatrooms.selectors import Position
from inbox.lib import clock
from inbox.lib.forms import number_in
from inbox.lib.http import own_referer
from inbox.media.actions import FileRefused
from inbox.media.uploads import members_with_files
from inbox.message_templates.components import HEADER_FILE
from inbox.message_templates.selectors import chosen_sendable
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, forms, pages, policy
from .actions import Order, UnableToSchedule
from .forms import Typed
from .models import ScheduledMessage, ScheduleState


@members_only()
@require_GET
def all_scheduled(request: MemberRequest) -> HttpResponse:
    """List the workspace's messages: mine or everybody's, in one state."""
    whose = "all" if request.GET.get("whose") == "all" else "mine"
    state = request.GET.get("state", "")
    page = pages.schedule_page(
        request.membership,
        whose=whose,
        state=state if state in ScheduleState.values else ScheduleState.WAITING.value,
        after=Position.parse(request.GET.get("after", "")),
    )
    return render(request, "scheduling/all.html", {"page": page, "workspace": request.workspace})


@members_only()
@require_GET
def panel(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show the form and the chat's messages; with `change`, the form of that one."""
    room = get_chatroom(request.membership, room_id)
    changing = None
    if "change" in request.GET:
        changing = _row_of(request, room, request.GET["change"])
        changing = changing if actions.is_changeable(changing) else None
    return _panel(request, room, changing=changing)


@members_only()
@require_GET
def room_list(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show the chat's messages alone, as they are now."""
    room = get_chatroom(request.membership, room_id)
    if not request.htmx:
        return redirect("scheduling:room", request.workspace.slug, room_id)
    return _list(request, room)


@members_with_files()
@require_POST
def outlook(request: MemberRequest, room_id: int) -> HttpResponse:
    """Say what would happen with what is typed; with `preset`, fill in its time first."""
    room = get_chatroom(request.membership, room_id)
    typed = _typed(request, room)
    is_preset = request.POST.get("preset", "") in list(policy.Preset)
    wants_form = is_preset or "show" in request.POST
    if request.htmx and not wants_form:
        found = forms.outlook_of(room, typed.order, slug=request.workspace.slug)
        return render(request, "scheduling/_outlook.html", {"outlook": found})
    changing = request.POST.get("changing", "")
    return _panel(request, room, typed=typed, changing=_row_of(request, room, changing) if changing else None)


@members_with_files()
@require_POST
def messages(request: MemberRequest, room_id: int) -> HttpResponse:
    """Schedule a message. A refused one comes back in the form, with the reason; so does one whose template is searched."""
    room = get_chatroom(request.membership, room_id)
    typed = _typed(request, room)
    if typed.is_searching:
        return _panel(request, room, typed=typed)
    try:
        _require_files(typed)
        actions.schedule(
            actor=request.membership, chatroom=room, order=typed.order, client_id=client_id_from(typed.client_id)
        )
    except UnableToSchedule as refusal:
        return _panel(request, room, typed=_refused(typed, refusal), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to_panel(request, room)


@members_with_files()
@require_POST
def change(request: MemberRequest, room_id: int, row_id: int) -> HttpResponse:
    """Change a message that was not sent yet."""
    room = get_chatroom(request.membership, room_id)
    row = _row_of(request, room, str(row_id))
    typed = _typed(request, room)
    if typed.is_searching:
        return _panel(request, room, typed=typed, changing=row)
    try:
        _require_files(typed)
        actions.change(actor=request.membership, row=row, order=typed.order)
    except UnableToSchedule as refusal:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _panel(request, room, typed=_refused(typed, refusal), changing=row, status=status)
    return _to_panel(request, room)


@members_only()
@require_POST
def cancellation(request: MemberRequest, row_id: int) -> HttpResponse:
    row = access.get_scheduled(request.membership, row_id)
    try:
        actions.cancel(actor=request.membership, row=row)
    except UnableToSchedule as refusal:
        return _conflict(request, row, str(refusal))
    return _done(request, row)


@members_only()
@require_POST
def sending(request: MemberRequest, row_id: int) -> HttpResponse:
    """Send a message at once; 409 asks about a colleague's answer."""
    row = access.get_scheduled(request.membership, row_id)
    try:
        actions.send_now(actor=request.membership, row=row, seen_id=seen_in(request))
    except AnsweredMeanwhile as asked:
        return _ask(request, row, asked)
    except UnableToSchedule as refusal:
        return _conflict(request, row, str(refusal))
    return _done(request, row)


def _row_of(request: MemberRequest, room: Chatroom, row_id: str) -> ScheduledMessage:
    """Raises Http404, also when the message is of another chat."""
    row = access.get_scheduled(request.membership, number_in(row_id) or 0)
    if row.chatroom_id != room.pk:
        raise Http404("no such scheduled message")
    return row


def _typed(request: MemberRequest, room: Chatroom) -> Typed:
    """Read the form; a preset replaces the time, and values of another template count for nothing."""
    fields = request.POST
    wall_time, zone = fields.get("instead") or fields.get("time", ""), fields.get("zone", "")
    preset = fields.get("preset", "")
    if preset in list(policy.Preset):
        try:
            wall = policy.preset_of(policy.Preset(preset), zone, clock.now())
        except policy.NoSuchZone:
            wall = None  # the form says so, about the zone
        wall_time = wall.isoformat(timespec="minutes") if wall else wall_time
    chosen = fields.get("template", "")
    is_filled_for_it = fields.get("filled", chosen) == chosen  # else what is filled in is another template's
    files = chosen_in(request.membership, fields.getlist("file"), request.FILES.getlist("upload"))
    errors = {"files": " ".join(files.problems)} if files.problems else {}
    header_file = None
    if chosen and is_filled_for_it:
        try:
            header_file = header_file_in(request)
        except FileRefused as refusal:
            errors[HEADER_FILE] = str(refusal)
    order = Order(
        text=fields.get("text", ""),
        wall_time=wall_time,
        zone=zone,
        cancel_if_customer_writes=fields.get("cancel") == "yes",
        split_agreed=fields.get("split") == "yes",
        options=fields.getlist("answer"),
        files=files.files,
        is_template=fields.get("what") == "template",
        template=chosen_sendable(room.connection, chosen) if chosen else None,
        names_template=bool(chosen),
        values=values_in(fields) if is_filled_for_it else {},
        header_file=header_file,
        seen_inbound=number_in(fields.get("seen", "")),
    )
    search = fields.get("template_search", "")
    return Typed(
        order=order,
        client_id=fields.get("client_id", ""),
        errors=errors,
        search=search,
        is_searching=search != fields.get("template_searched", ""),
    )


def _require_files(typed: Typed) -> None:
    """Raises UnableToSchedule if a file was refused: the others are kept, and it is looked at again."""
    for field, words in typed.errors.items():
        raise UnableToSchedule(words, field=field)


def _refused(typed: Typed, refusal: UnableToSchedule) -> Typed:
    errors = {**typed.errors, **refusal.errors, refusal.field: str(refusal)}
    return replace(typed, errors=errors, instead=refusal.instead)


def _panel(
    request: MemberRequest,
    room: Chatroom,
    *,
    typed: Typed | None = None,
    changing: ScheduledMessage | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    found = pages.schedule_panel(request.membership, room, typed=typed, changing=changing)
    return _render(request, room, "scheduling/_panel.html", {"panel": found}, status)


def _list(
    request: MemberRequest,
    room: Chatroom,
    *,
    refusal: str = "",
    asked: pages.Asked | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    found = pages.scheduled_list(request.membership, room, refusal=refusal, asked=asked)
    return render(request, "scheduling/_list.html", {"list": found}, status=status)


def _render(
    request: MemberRequest, room: Chatroom, partial: str, context: Mapping[str, object], status: int
) -> HttpResponse:
    """Answer with a fragment, or with a page around it that leads back to the chat."""
    if request.htmx:
        return render(request, partial, dict(context), status=status)
    back_url = reverse("chatrooms:room", args=[request.workspace.slug, room.pk])
    whole = {**context, "workspace": request.workspace, "name": str(room.customer), "back_url": back_url}
    return render(request, "scheduling/panel.html", whole, status=status)


def _to_panel(request: MemberRequest, room: Chatroom) -> HttpResponse:
    if request.htmx:
        return _panel(request, room)
    response = redirect("scheduling:room", request.workspace.slug, room.pk)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _done(request: MemberRequest, row: ScheduledMessage) -> HttpResponse:
    if request.htmx:
        return _list(request, row.chatroom)
    response = redirect(_back(request, row))
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _conflict(request: MemberRequest, row: ScheduledMessage, words: str) -> HttpResponse:
    """Say why it could not be done, where it was asked for."""
    if request.htmx:
        return _list(request, row.chatroom, refusal=words, status=HTTPStatus.CONFLICT)
    context = {"text": words, "back": _back(request, row)}
    return render(request, "chatrooms/conflict.html", context, status=HTTPStatus.CONFLICT)


def _ask(request: MemberRequest, row: ScheduledMessage, asked: AnsweredMeanwhile) -> HttpResponse:
    """Ask, where it was to be sent, whether to send it anyway."""
    if request.htmx:
        question = pages.Asked(row.pk, str(asked), asked.answer.pk)
        return _list(request, row.chatroom, asked=question, status=HTTPStatus.CONFLICT)
    context = {
        "text": str(asked),
        "back": _back(request, row),
        "again_url": reverse("scheduling:sending", args=[request.workspace.slug, row.pk]),
        "seen_id": asked.answer.pk,
    }
    return render(request, "chatrooms/conflict.html", context, status=HTTPStatus.CONFLICT)


def _back(request: MemberRequest, row: ScheduledMessage) -> str:
    panel_url = reverse("scheduling:room", args=[request.workspace.slug, row.chatroom_id])
    return own_referer(request) or panel_url
