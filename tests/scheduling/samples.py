"""What the templates of scheduling are tried with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inbox.chatrooms.presenters.chosen_files import refused_file
from inbox.chatrooms.presenters.templates import VariableInput
from inbox.message_templates.previews import preview_of
from inbox.scheduling.forms import Outlook, PresetChoice, ScheduleForm, TemplateChoice
from inbox.scheduling.pages import Filter, ScheduledLine, ScheduledList, SchedulePage, SchedulePanel

OUTLOOK = Outlook(
    "It will not be <b>sent</b>.",
    "The first one is meant.",
    is_bad=True,
    cost="about <b>US$0.05</b>",
    warning="The budget is <b>used up</b>.",
    preview=preview_of([{"type": "BODY", "text": "Hello <b>{{1}}</b>"}]),
)
FORM = ScheduleForm(
    url="/w/lotus/rooms/7/schedule/messages/3/",
    check_url="/w/lotus/rooms/7/schedule/outlook/",
    client_id="00000000-0000-0000-0000-000000000011",
    caution="The customer is <b>blocked</b>.",
    seen_inbound=2,
    is_template=False,
    text="</textarea>typed",
    options=('"><b>Yes</b>', ""),
    option_limit=20,
    files=(refused_file("9", "<b>menu</b>.pdf", "Too large."),),
    wall_time="2027-03-28T02:30",
    zone="Europe/Berlin",
    is_zone_chosen=False,
    customer_zone="Asia/Hong_Kong",
    zones=("Asia/Hong_Kong", "Europe/Berlin", "UTC"),
    presets=(PresetChoice("tomorrow", "Tomorrow, 9:00"),),
    cancel_if_customer_writes=True,
    errors={
        "time": "Clocks never show this time.",
        "zone": "No such zone.",
        "text": "Too long.",
        "split": "Send it in parts?",
        "template": "Not filled in.",
        "options": "Two buttons say the same.",
        "files": "<b>menu</b>.pdf is empty.",
        "": "Something else.",
    },
    instead="2027-03-28T03:00",
    outlook=OUTLOOK,
    asks_to_split=True,
    templates=(TemplateChoice("4", "order_ready (en)", is_current=True),),
    search='"><b>ready',
    is_cut=True,
    values=(VariableInput("value.body.1", "<b>1</b>", '"><i>', "10 am", "Fill this in.", "image/*"),),
    filled_for="4",
    header_file_id="9",
    header_file_name="<b>menu</b>.png",
    changing_id="3",
    problem="Something else.",
    stop_url="/w/lotus/rooms/7/schedule/",
)
LINE = ScheduledLine(
    dom_id="scheduled-3",
    text="<b>Ready</b>",
    at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    when="Mon 23 Nov 2026, 09:00",
    zone="UTC",
    state="missed",
    state_label="Too late",
    why="It could not be sent in time.",
    by="Amy Agent",
    cancels_itself=True,
    options=("<b>Yes</b>",),
    files=("<b>menu</b>.pdf",),
    template="order_ready",
    is_template=False,
    change_url="/w/lotus/rooms/7/schedule/?change=3",
    cancel_url="/w/lotus/scheduled/3/cancellation/",
    send_url="/w/lotus/scheduled/3/sending/",
    room_url="/w/lotus/rooms/7/",
    customer_name="Chan <i>Tai</i> Man",
    channel="whatsapp",
    seen_id=9,
    question="<b>Ben</b> answered 4 s ago.",
)
LIST = ScheduledList(
    url="/w/lotus/rooms/7/schedule/list/", all_url="/w/lotus/scheduled/", lines=(LINE,), refusal="Sent already."
)
PANEL = SchedulePanel(form=FORM, list=LIST)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "scheduling/_form.html": ({"schedule": FORM}, "schedule-form"),
    "scheduling/_line.html": ({"line": LINE, "target": "#schedule-list"}, "scheduled-3"),
    "scheduling/_list.html": ({"list": LIST}, "schedule-list"),
    "scheduling/_outlook.html": ({"outlook": OUTLOOK}, "schedule-outlook"),
    "scheduling/_panel.html": ({"panel": PANEL}, "schedule-panel"),
}
PAGE: dict[str, Any] = {"panel": PANEL, "name": "Chan <i>Tai</i> Man", "back_url": "/w/lotus/rooms/7/"}
ALL: dict[str, Any] = {
    "page": SchedulePage(
        whose=(Filter("Mine", "?whose=mine", is_current=True),),
        states=(Filter("Waiting", "?state=waiting", is_current=False),),
        lines=(LINE,),
        more_url="?after=x",
        back_url="/w/lotus/",
    )
}
