"""Templates: partials render alone, frames are the same for every viewer, pages work without scripts and in Chinese."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import SafeString

from channels_adapters.types import ChannelKind, TextMarks
from inbox.chatrooms.draft_views import UndoTime
from inbox.chatrooms.frames import inbox_frame, room_frame
from inbox.chatrooms.pages import Function, NoteBox, RoomPage
from inbox.chatrooms.presenters import (
    AskChoice,
    Card,
    ComposerView,
    Fact,
    HeldFile,
    HeldView,
    HoldForm,
    Link,
    MessageView,
    OptionInput,
    Quote,
    Reaction,
    ReactionChoice,
    ReactionPicker,
    ReplyRight,
    RoomRow,
    RoomState,
    TemplateForm,
    TemplatePicker,
    WindowBar,
    WindowRing,
    Words,
    cards,
)
from inbox.chatrooms.presenters.composer import CardLink
from inbox.chatrooms.presenters.failures import FailureView, NextStep
from inbox.chatrooms.presenters.messages import Undo
from inbox.chatrooms.presenters.templates import LanguageChoice, TemplateChoice, VariableInput, Withheld
from inbox.chatrooms.presenters.unsent import Unsent
from inbox.labels.selectors import LabelDot
from inbox.workspaces.models import Workspace
from tests.chatrooms import assigning_samples as assigning
from tests.chatrooms import file_samples as files
from tests.chatrooms import list_samples as lists
from tests.customers import samples as customers
from tests.faq import samples as faq
from tests.labels import samples as labels
from tests.message_templates import samples as message_templates
from tests.notes import samples as notes
from tests.notifications import samples as notifications
from tests.pricing import samples as pricing
from tests.scheduling import samples as scheduling
from tests.search import samples as search

from .markup import Element, every, roots
from .sources import ROOT

TEMPLATES = ROOT / "templates"
NOON = datetime(2026, 11, 22, 12, 0, 0, 17, tzinfo=UTC)
QUOTE = Quote(dom_id="message-8", author="Chan Tai Man", text="Do you have <b>peonies</b>?")
BROADCAST = (
    "chatrooms/_card.html",
    "chatrooms/_control.html",
    "chatrooms/_failure_notes.html",
    "chatrooms/_file.html",
    "chatrooms/_message.html",
    "chatrooms/_note_count.html",
    "chatrooms/_room_name.html",
    "chatrooms/_room_row.html",
    "chatrooms/_room_state.html",
    "chatrooms/_window.html",
    "labels/_dots.html",
    "labels/_header.html",
    "message_templates/_preview.html",
    "message_templates/_preview_part.html",
)
FRAMES = tuple(sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.glob("frames/**/*.html")))


def names(pattern: str = "**/*.*") -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.glob(pattern) if path.is_file())


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


def row(**changes: Any) -> RoomRow:
    sample = RoomRow(
        dom_id="room-7-row",
        room_id=7,
        url="/w/lotus/rooms/7/",
        name="Chan <i>Tai</i> Man",
        initials="CM",
        channel="whatsapp",
        channel_label="WhatsApp",
        connection_name="Shop",
        preview="Hello & goodbye",
        preview_by="Amy",
        preview_state="failed",
        last_at=NOON,
        inbound_count=3,
        assignee_id=11,
        assignee_name="Amy Agent",
        assignee_initials="AA",
        status="open",
        connection_id=3,
        waiting_since=NOON,
        created_at=NOON,
        labels=tuple(LabelDot(number, f"<b>Label {number}</b>", "teal") for number in range(5)),
        window=WindowRing(mode="free", mode_after="template", urgency="long", words="<b>Write</b>", closes_at=NOON),
        has_bot=True,
        has_failed=True,
    )
    return replace(sample, **changes)


CARD = Card(
    icon="link",
    label="Shared <b>a link</b>",
    title="<script>title</script>",
    text="</div>text",
    facts=(Fact("Phone", "+852 1234", "tel:+8521234"), Fact("<i>Kind</i>", "<i>value</i>")),
    links=(Link("Open example.com", "https://example.com/?a=1&b=2"),),
    note="Stories disappear <after> 24 hours.",
)


UNSENT = Unsent(9, '"><b>Tomorrow', 8, ('"><b>Yes',), ("12.voice",))
FAILURE = FailureView(
    words="The <b>number</b> is not on WhatsApp.",
    whose="Only the customer can change this.",
    advice="Reach the <i>customer</i> another way.",
    code="<131026>",
    steps=(
        NextStep("Check the <b>number</b>", "external", "https://x.example/?a=1&b=2", "page"),
        NextStep("Choose a template", "template", "/w/lotus/rooms/7/templates/", "panel"),
        NextStep("Hold the answer", "schedule", "/w/lotus/rooms/7/held/new/", "panel", UNSENT),
        NextStep("Open the set-up doctor", "settings", "/w/lotus/admin/?next=/admin/", "admins"),
        NextStep("Take <b>over</b>", "take", "/w/lotus/rooms/7/control/", ""),
    ),
)


def message(**changes: Any) -> MessageView:
    sample = MessageView(
        dom_id="message-9",
        message_id=9,
        room_id=7,
        direction="outbound",
        kind="text",
        words=(Words('Yes, <script>alert("three")</script> bunches: '), Words("x.example", "https://x.example/")),
        removed="",
        is_forwarded=True,
        cards=(CARD,),
        files=(),
        template=None,
        options=("<b>Yes</b>", "No"),
        part="1 of 2",
        author="Amy Agent",
        sent_at=NOON,
        state="unknown",
        state_label="Not confirmed",
        failure=FAILURE,
        quote=QUOTE,
        can_quote=True,
        can_react=True,
        own_reaction='"><i>',
        reactions=(Reaction("👍", "Customer reacted with 👍"), Reaction("<i>", "We reacted with <i>")),
        versions_url="/w/lotus/rooms/7/messages/9/versions/",
        can_retry=True,
        retry_url="/w/lotus/rooms/7/messages/9/retry/",
        confirm_url="/w/lotus/rooms/7/messages/9/confirmation/",
        withdraw_url="/w/lotus/rooms/7/messages/9/withdrawal/",
    )
    return replace(sample, **changes)


def state(**changes: Any) -> RoomState:
    sample = RoomState(
        dom_id="room-7-state",
        room_id=7,
        customer_name='<b>"Ada"',
        status="open",
        inbound_count=3,
        assignee_id=11,
        assignee_name="Amy Agent",
        assignee_initials="AA",
        team_name='"><b>Sales',
        assignment_url="/w/lotus/rooms/7/assignment/",
        closure_url="/w/lotus/rooms/7/closure/",
        reopening_url="/w/lotus/rooms/7/reopening/",
        archiving_url="/w/lotus/rooms/7/archiving/",
        form_id="room-7-form",
        control_url="/w/lotus/rooms/7/control/",
        labels=labels.DOTS,
        note_count=3,
        notes_version="3 2026",
    )
    return replace(sample, **changes)


WINDOW = WindowBar(
    dom_id="room-7-window",
    room_id=7,
    url="/w/lotus/rooms/7/window/",
    mode="free",
    alternatives="",
    urgency="soon",
    words="You can <b>write</b> freely.",
    closes_at=NOON,
    remaining="2 of 5 messages left",
)


MESSAGES = [
    message(),
    message(
        dom_id="message-1",
        direction="inbound",
        author="",
        state="",
        failure=None,
        can_retry=False,
        confirm_url="",
        quote=None,
    ),
    message(dom_id="message-2", direction="system", words=(Words("Amy Agent took this chat"),), cards=()),
    message(dom_id="message-3", direction="system", words=(Words("The customer came from an advertisement"),)),
    message(dom_id="message-4", kind="location", words=(), cards=(CARD, CARD)),
    message(dom_id="message-7", kind="image", cards=(), files=files.FILES),
    message(dom_id="message-8", kind="template", words=(), template=message_templates.SENT),
    message(dom_id="message-5", kind="unsupported", quote=replace(QUOTE, dom_id="")),
    message(dom_id="message-30", undo=Undo("/w/lotus/rooms/7/messages/9/undo/", 11, 5), state="queued"),
    message(dom_id="message-31", is_taken_back=True),
    message(dom_id="message-6", removed="Message removed by the customer", words=(), cards=(), versions_url=""),
    *(
        message(dom_id=f"message-{number}", state=name, failure=None, can_retry=False)
        for number, name in enumerate(("queued", "sending", "sent", "delivered", "read", "failed"), 20)
    ),
]
COMPOSER = ComposerView(
    send_url="/w/lotus/rooms/7/messages/",
    client_id="00000000-0000-0000-0000-000000000010",
    channel_label="WhatsApp",
    text_limit=4096,
    text_unit="characters",
    quota=5,
    typing_url="/w/lotus/rooms/7/typing/",
    typing_seconds=20,
    option_inputs=(OptionInput(1, '"><b>Yes</b>', is_extra=False), OptionInput(2, "", is_extra=True)),
    option_title_limit=20,
    option_text_limit=1024,
    mode="free",
    alternatives="",
    is_writable=True,
    window_id="room-7-window",
    templates_url="/w/lotus/rooms/7/templates/",
    hold_url="/w/lotus/rooms/7/held/new/",
    leaving_url="/w/lotus/rooms/7/draft/leaving/",
    files_url="/w/lotus/rooms/7/files/",
    chosen_url="/w/lotus/rooms/7/files/chosen/",
    file_rules_url="/w/lotus/rooms/7/files/rules/",
    cards=(CardLink("/w/lotus/rooms/7/location/", "location", "Send a location", "The text first: {count} messages."),),
    max_bytes=1000,
    captioned="document image video",
    caption_limit=1024,
    marks=TextMarks("*", "_", "~", "```"),
    draft_url="/w/lotus/rooms/7/draft/",
    draft_version=3,
    draft_by="00000000-0000-0000-0000-000000000010",
    files=files.CHOSEN,
    text="</textarea>draft",
    error="This message is too long.",
    asks_again=True,
    message_count=3,
    reply_to=QUOTE,
    reply_to_id="8",
)
VERSIONS = [SimpleNamespace(text="<b>Before</b>", written_at=NOON), SimpleNamespace(text="", written_at=NOON)]
PICKER = ReactionPicker(
    url="/w/lotus/rooms/7/messages/9/reaction/",
    form_id="room-7-form",
    choices=(ReactionChoice("👍"), ReactionChoice('"><i>', is_current=True)),
    quote=QUOTE,
)
HELD = [
    HeldView(
        dom_id="held-3",
        url="/w/lotus/rooms/7/held/3/",
        author='<b>"Amy"',
        text="</textarea>Tomorrow",
        quote=QUOTE,
        options=('"><b>Yes', "No"),
        option_limit=20,
        files=(
            HeldFile("5", '<b>"roses".jpg', "image", "/w/lotus/media/5/roses.jpg"),
            HeldFile("6", "<i>", "failed", "", is_gone=True),
            HeldFile("location?position=1%2C+2", "<i>Shop", "location", ""),
        ),
        state="waiting",
        state_label="Waits for the customer",
        leaves_by_itself=True,
        reason="<i>",
        expires_at=NOON,
        seen_id=9,
        question="<b>Ben</b> answered 4 s ago.",
    )
]
PAGE = RoomPage(
    room_id=7,
    seq=41,
    customer_name="Chan Tai Man",
    initials="CM",
    channel="whatsapp",
    channel_label="WhatsApp",
    connection_name="Shop",
    attention="The token has expired.",
    state=state(),
    window=WINDOW,
    messages=MESSAGES,
    older_url="/w/lotus/rooms/7/history/?before=x",
    newer_url="/w/lotus/rooms/7/history/?after=x",
    newest_url="/w/lotus/rooms/7/",
    at=9,
    socket_url="/ws/w/lotus/rooms/7/",
    read_url="/w/lotus/rooms/7/reading/",
    row_url="/w/lotus/rooms/7/row/",
    functions=(
        Function("customer", "Customer", "customer", "/w/lotus/customers/7/"),
        Function("notes", "Notes", "notes", "/w/lotus/notes/7/"),
        Function("schedule", "Schedule", "schedule", "/w/lotus/rooms/7/schedule/"),
    ),
    back_url="/w/lotus/",
    unread=2,
    members=[(11, "Amy Agent"), (12, "Ben Agent")],
    teams=[(3, "<b>Sales</b>")],
    writing_url="/w/lotus/rooms/7/writing/",
    picker=PICKER,
    held_url="/w/lotus/rooms/7/held/",
    known_id=9,
    composer=COMPOSER,
    note=NoteBox("/w/lotus/notes/7/adding/", "0c1d", ("<b>Ben", '"Cat')),
)
TEMPLATE_FORM = TemplateForm(
    template_id=5,
    name="pick_up",
    language="en",
    category="UTILITY",
    inputs=(VariableInput("value.body.1", "<b>Text 1</b>", '"><i>', "10 am", "Fill this in."),),
    preview={
        "header": {"format": "TEXT", "text": "<b>Roses</b>", "media": "", "location": {}},
        "body": "Your <i>roses</i> are ready.",
        "footer": "Lotus",
        "buttons": [{"type": "URL", "text": "Map", "url": "https://x.example/", "phone": "", "code": ""}] * 4,
    },
    error="This template was paused.",
    client_id="00000000-0000-0000-0000-000000000011",
    version="0123456789abcdef",
    cost="About <b>US$0.02</b>",
    warning="The budget is <i>nearly</i> used up.",
    send_url="/w/lotus/rooms/7/template_messages/",
)
HOLD = HoldForm(
    url="/w/lotus/rooms/7/held/new/",
    room_url="/w/lotus/rooms/7/",
    client_id="00000000-0000-0000-0000-000000000012",
    text="</textarea>Tomorrow",
    quote=QUOTE,
    reply_to_id="8",
    options=('"><b>Yes', "No"),
    option_limit=20,
    files=files.CHOSEN,
    asks_to_split=True,
    split_agreed=True,
    leaves_by_itself=False,
    templates=(AskChoice("5", "<b>pick_up</b> (en)", is_current=True),),
    search='"><b>pick',
    is_cut=True,
    template=TEMPLATE_FORM,
    caution="This number has <b>none</b>.",
    error="Write a <b>message</b> first.",
)
TEMPLATES_LIST = TemplatePicker(
    url="/w/lotus/rooms/7/templates/",
    room_url="/w/lotus/rooms/7/",
    business_id="200000000000001",
    search='"><b>',
    notice="Choose another one.",
    choices=(TemplateChoice("pick_up", "en", "Your <i>roses</i>", "/w/lotus/rooms/7/templates/?template=5"),),
    languages=(
        LanguageChoice("en", "<b>English", is_chosen=True),
        LanguageChoice("zh_HK", "繁體中文", is_chosen=False),
    ),
    withheld=(Withheld("<b>booking", "en", "It has a <i>form</i>."),),
    withheld_count=1,
    is_cut=True,
)
TEMPLATE_CHOSEN = replace(TEMPLATES_LIST, choices=(), chosen=TEMPLATE_FORM)
WORKSPACE = SimpleNamespace(name="Lotus", slug="lotus")
INBOX: dict[str, Any] = {
    "workspace": WORKSPACE,
    "membership": SimpleNamespace(pk=11, role="owner", user=SimpleNamespace(name="Amy", email="amy@example.com")),
    "listed": lists.listed(
        [
            row(unread=2),
            row(dom_id="room-8-row", room_id=8, assignee_id=None, status="archived", waiting_since=None, labels=()),
        ]
    ),
    "cursor": 41,
    "since_url": "/w/lotus/since/",
    "socket_url": "/ws/w/lotus/inbox/",
    "page": PAGE,
}
ICONS = set(re.findall(r'id="([\w-]+)"', source("_icons.html")))

# What a partial is rendered with, and the id its root promises ("" for none; None for several roots).
PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "chatrooms/_card.html": ({"card": CARD}, ""),
    "chatrooms/_control.html": ({"state": state()}, "room-7-control"),
    "chatrooms/_reply_right.html": (
        {"right": ReplyRight("Only <b>Amy</b> may.", "Nobody", '"><b>{name}')},
        "reply-right",
    ),
    "chatrooms/_composer.html": ({"composer": COMPOSER}, "composer"),
    "chatrooms/_composer_attachments.html": ({"composer": COMPOSER}, ""),
    "chatrooms/_composer_kept.html": ({}, ""),
    "chatrooms/_composer_tools.html": ({"composer": COMPOSER}, ""),
    "chatrooms/_emoji_picker.html": ({}, "emoji-picker"),
    "chatrooms/_composer_note.html": ({"note": PAGE.note}, "composer-note"),
    "chatrooms/_seen.html": ({"seen_id": 9, "asks_again": True}, ""),
    "chatrooms/_composer_options.html": ({"composer": COMPOSER}, ""),
    "chatrooms/_held.html": ({"held": HELD}, ""),
    "chatrooms/_hold.html": ({"hold": HOLD, "is_page": True}, "hold"),
    "chatrooms/_failure_notes.html": ({"failure": FAILURE}, ""),
    "chatrooms/_function_menu.html": ({"page": PAGE}, "functions"),
    "chatrooms/_history.html": ({"page": PAGE}, None),
    "chatrooms/_message.html": ({"message": message()}, "message-9"),
    "chatrooms/_messages.html": ({"page": PAGE}, "thread"),
    "chatrooms/_notice.html": ({"text": "Ben was faster."}, ""),
    "chatrooms/_reactions.html": ({"picker": PICKER}, ""),
    "chatrooms/_retry_question.html": ({"text": "<b>Ben answered", "again_url": "/w/lotus/x/", "seen_id": 9}, ""),
    "chatrooms/_room.html": ({"page": PAGE}, "room"),
    "chatrooms/_room_header.html": ({"page": PAGE}, ""),
    "chatrooms/_room_list.html": (INBOX, "rooms"),
    "chatrooms/_room_row.html": ({"row": row()}, "room-7-row"),
    "chatrooms/_room_rows.html": ({"rows": [row(), row(dom_id="room-8-row")], "older_url": "/w/lotus/?before=x"}, None),
    "chatrooms/_room_name.html": ({"state": state()}, "room-7-name"),
    "chatrooms/_room_state.html": ({"state": state()}, "room-7-state"),
    "chatrooms/_template_picker.html": ({"picker": TEMPLATE_CHOSEN}, "template-picker"),
    "chatrooms/_window.html": ({"window": WINDOW}, "room-7-window"),
    "chatrooms/_versions.html": ({"versions": VERSIONS}, ""),
    **files.PARTIALS,
    **lists.PARTIALS,
    **assigning.PARTIALS,
    **customers.PARTIALS,
    **labels.PARTIALS,
    **faq.PARTIALS,
    **notes.PARTIALS,
    **notifications.PARTIALS,
    "chatrooms/_note_count.html": ({"state": state()}, "room-7-notes"),
    "labels/_header.html": ({"state": state()}, "room-7-labels"),
    **message_templates.PARTIALS,
    **pricing.PARTIALS,
    **scheduling.PARTIALS,
    **search.PARTIALS,
    "chatrooms/_palette.html": ({"workspace": WORKSPACE}, "palette-and-keys"),
    "search/_box.html": ({"workspace": WORKSPACE}, "search-panel"),
}


def render(name: str, context: dict[str, Any]) -> str:
    return render_to_string(name, context, RequestFactory().get("/w/lotus/rooms/7/"))


def fresh_form() -> Any:
    from inbox.workspaces.forms import WorkspaceForm

    return WorkspaceForm({"name": ""})


PAGES: dict[str, dict[str, Any]] = {
    "chatrooms/inbox.html": INBOX,
    "chatrooms/conflict.html": {
        "text": "Ben was faster.",
        "back": "/w/lotus/",
        "again_url": "/w/lotus/x/",
        "seen_id": 9,
    },
    "chatrooms/templates.html": {"picker": TEMPLATES_LIST},
    "chatrooms/held.html": {
        "held": HELD,
        "workspace": WORKSPACE,
        "room": SimpleNamespace(pk=7),
        "refusal": "It has <b>left</b>.",
        "left_over": "</textarea>",
    },
    "chatrooms/hold.html": {"hold": HOLD, "workspace": WORKSPACE},
    "chatrooms/undo_time.html": {"form": UndoTime(workspace=Workspace(undo_seconds=5)), "workspace": WORKSPACE},
    "chatrooms/versions.html": {"versions": VERSIONS, "message": None, "back_url": "/w/lotus/rooms/7/"},
    **files.PAGES,
    **lists.PAGES,
    **assigning.PAGES,
    **{
        name: {**page, "workspace": WORKSPACE}
        for name, page in {**labels.PAGES, **notes.PAGES, **faq.PAGES, **notifications.PAGES}.items()
    },
    "customers/panel.html": {**customers.PAGE, "workspace": WORKSPACE},
    "customers/fields.html": {**customers.FIELDS_PAGE, "workspace": WORKSPACE},
    "chatrooms/timeline.html": {**customers.TIMELINE_PAGE, "workspace": WORKSPACE},
    "message_templates/list.html": {**message_templates.LIST, "workspace": WORKSPACE},
    "message_templates/detail.html": {**message_templates.PAGE, "workspace": WORKSPACE},
    "message_templates/form.html": {**message_templates.FORM_PAGE, "workspace": WORKSPACE},
    "pricing/costs.html": {**pricing.PAGE, "workspace": WORKSPACE},
    "pricing/room.html": pricing.ROOM_PAGE,
    "scheduling/panel.html": {**scheduling.PAGE, "workspace": WORKSPACE},
    "scheduling/all.html": {**scheduling.ALL, "workspace": WORKSPACE},
    "search/page.html": {**search.PAGE, "workspace": WORKSPACE},
    "workspaces/home.html": {
        "memberships": [SimpleNamespace(workspace=WORKSPACE, get_role_display="Agent")],
        "form": SimpleNamespace(),
    },
    "workspaces/forbidden.html": {"role": "Admin"},
    "workspaces/signed_out.html": {"text": "</textarea>kept", "next": "/w/lotus/?a=b&c=d", "stale": True},
    "workspaces/invitation.html": {"problem": ""},
    "offline.html": {},
    "403.html": {},
    "404.html": {},
    "500.html": {},
    "account/logout.html": {},
    "account/verification_sent.html": {},
    "account/password_reset_done.html": {},
    "account/password_reset_from_key.html": {"token_fail": False, "action_url": "/x/", "form": SimpleNamespace()},
}


def test_every_partial_of_a_page_is_listed_here() -> None:
    assert set(names("*/_*.html")) == set(PARTIALS)


@pytest.mark.parametrize("name", PARTIALS)
def test_a_partial_renders_alone_with_the_root_it_promises(name: str) -> None:
    context, promised = PARTIALS[name]
    found = roots(render(name, context))
    if promised is None:
        assert {root.tag for root in found} == {"li"}
    else:
        assert [root.attributes.get("id", "") for root in found] == [promised]


@pytest.mark.parametrize("name", [name for name in names() if Path(name).name.startswith("_")])
def test_a_partial_never_extends(name: str) -> None:
    assert "{% extends" not in source(name)


@pytest.mark.parametrize("view", MESSAGES, ids=lambda view: f"{view.direction} {view.kind} {view.state}")
def test_every_kind_of_message_is_one_list_item_that_cannot_break_out(view: MessageView) -> None:
    html = render_to_string("chatrooms/_message.html", {"message": view})
    (item,) = roots(html)
    assert (item.tag, item.attributes["id"]) == ("li", view.dom_id)
    assert item.attributes["data-sent-at"] == "2026-11-22T12:00:00.000017+00:00"
    assert "<script>" not in html


def test_a_room_without_a_chat_still_is_the_room() -> None:
    (room,) = roots(render("chatrooms/_room.html", {"page": None}))
    assert room.attributes["id"] == "room"
    assert "data-room" not in room.attributes


# --- frames: one rendering for everybody ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*BROADCAST, *FRAMES])
def test_what_is_broadcast_knows_no_viewer(name: str) -> None:
    text = source(name)
    assert not re.search(r"\b(request|user|membership|perms|csrf_token|messages\.)\b", re.sub(r"{#.*?#}", "", text))
    for included in re.findall(r'{% include "([^"]+)"', text):
        assert included in BROADCAST
    assert len(re.findall(r"{% include ", text)) == len(re.findall(r"{% include [^%]* only %}", text))


def test_frames_name_the_place_of_each_part_and_the_change_they_were_made_for() -> None:
    top = roots(
        inbox_frame([row(), row(dom_id="room-8-row")], seq=42) + room_frame(7, MESSAGES, state(), WINDOW, seq=42)
    )
    assert [(root.tag, root.attributes["hx-swap-oob"], root.attributes.get("data-seq")) for root in top] == [
        ("ol", "afterbegin:#room-list", "42"),
        ("i", "true", "42"),
        ("ol", "beforeend:#room-7-messages", "42"),
        ("h2", "true", None),
        ("div", "true", "42"),
        ("div", "true", "42"),
        ("div", "true", "42"),
        ("ul", "true", None),
        ("span", "true", None),
    ]
    assert [child.attributes["id"] for child in top[0].children] == ["room-7-row", "room-8-row"]
    assert top[1].attributes["id"] == "cursor"
    assert [root.attributes["id"] for root in top[3:]] == [
        "room-7-name",
        "room-7-state",
        "room-7-control",
        "room-7-window",
        "room-7-labels",
        "room-7-notes",
    ]


def test_the_places_frames_name_are_in_the_page() -> None:
    ids = {element.attributes.get("id") for element in every(render("chatrooms/inbox.html", INBOX))}
    assert {"room-list", "cursor", "room-7-messages", "room-7-state", "room-7-window", "room-7-form", "notices"} <= ids


def test_a_row_of_a_frame_equals_the_row_of_a_page_but_for_what_is_the_viewers_own() -> None:
    page = render_to_string("chatrooms/_room_row.html", {"row": row(unread=0)})
    frame = inbox_frame([row()], seq=1)
    assert page.replace(' data-unread="0"', "").replace(">0</span>", "></span>").strip() in frame


# --- the policy of the browser, and browsers without scripts --------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_no_template_has_inline_style_or_script(name: str) -> None:
    text = re.sub(r"{#.*?#}", "", source(name))
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|\shx-on|javascript:|hx-vals=['\"]js", text)
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert "src=" in attributes


@pytest.fixture(scope="module", params=[*PAGES, *PARTIALS])
def html(request: pytest.FixtureRequest) -> str:
    name = request.param
    context = dict(PAGES[name] if name in PAGES else PARTIALS[name][0])
    if "form" in context:
        context["form"] = fresh_form()
    return render(name, context)


def test_everything_that_htmx_does_works_without_it(html: str) -> None:
    for element in every(html):
        if address := element.attributes.get("hx-post"):
            assert plain_post(element) == address
        if (address := element.attributes.get("hx-get")) and element.tag == "a":
            assert element.attributes["href"] == address
        elif address and element.tag == "form":
            assert (element.attributes["method"], element.attributes["action"]) == ("get", address)
        elif address and element.tag == "button":  # the message box is kept, and the place is shown
            assert (plain_post(element), element.attributes["name"]) == (COMPOSER.leaving_url, "to")
        elif address:
            assert any(child.attributes.get("href") == address for child in element.walk())


def plain_post(element: Element) -> str:
    """Return where the element posts to when there is no script."""
    if element.tag == "form":
        assert element.attributes["method"] == "post"
        return element.attributes["action"]
    assert element.tag == "button"
    assert element.attributes["type"] == "submit"
    assert element.attributes["form"]
    return element.attributes["formaction"]


def test_every_posting_form_carries_the_token_and_its_buttons_find_it(html: str) -> None:
    forms = [element for element in every(html) if element.tag == "form"]
    for form in forms:
        if form.attributes["method"] == "get" and form.attributes.get("role") == "search":
            continue
        assert form.attributes["method"] == "post"
        assert form.attributes["action"]
        tokens = [each for each in form.walk() if each.attributes.get("name") == "csrfmiddlewaretoken"]
        assert [token.attributes["value"] != "" for token in tokens] == [True]


def test_buttons_of_frames_find_their_forms_in_the_page() -> None:
    elements = every(render("chatrooms/inbox.html", INBOX))
    ids = [element.attributes["id"] for element in elements if element.attributes.get("id")]
    assert sorted(ids) == sorted(set(ids))
    assert {element.attributes["form"] for element in elements if "form" in element.attributes} <= set(ids)


def test_pages_have_names_for_what_has_no_text(html: str) -> None:
    for element in every(html):
        if element.tag == "svg" and "id" not in element.attributes:
            assert element.attributes.get("aria-hidden") == "true" or element.attributes.get("aria-label")
        if element.tag == "use":
            assert element.attributes["href"][1:] in ICONS


def test_every_kind_of_file_every_card_and_every_channel_has_an_icon() -> None:
    files = {kind.value for kind in cards.FILES}
    named = set(re.findall(r'icon="(\w+)"', Path(cards.__file__).read_text()))
    assert {"location", "order"} <= named
    assert {f"icon-{name}" for name in files | named | set(ChannelKind)} <= ICONS


def test_the_invitation_is_plain_text_with_the_link() -> None:
    context = {
        "inviter": "Olivia",
        "workspace": "Lotus & Sons",
        "link": "https://example.com/workspaces/invitations/x/",
        "invitation": SimpleNamespace(expires_at=NOON),
    }
    text = render_to_string("workspaces/email/invitation.txt", context)
    assert "\nhttps://example.com/workspaces/invitations/x/\n" in text
    assert "Lotus & Sons" in text
    assert "2026-11-22 12:00 UTC" in text


def test_the_error_page_needs_nothing() -> None:
    assert "<h1>" in get_template("500.html").render()


# --- languages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_the_inbox_speaks_the_readers_language(language: str) -> None:
    with translation.override(language):
        html = render("chatrooms/inbox.html", INBOX)
    assert f'<html lang="{language}"' in html
    assert not re.search(r">\s*(Take|Close|Send|Older messages|Send again|Assign)\s*<", html)


def test_customers_texts_stay_texts() -> None:
    html = render("chatrooms/inbox.html", INBOX)
    assert not isinstance(row().name, SafeString)
    for dangerous in ("<i>Tai</i>", "<script>alert", "</textarea>draft", "<b>peonies</b>", "<b>Yes</b>", "</div>text"):
        assert dangerous not in html
