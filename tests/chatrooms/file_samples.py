"""What the templates of files are rendered with where no database is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from inbox.chatrooms.presenters import ChosenFile, FileView
from inbox.chatrooms.presenters.card_forms import CardForm, CardInput, OwnNumber
from inbox.chatrooms.presenters.chosen_files import OtherWay
from inbox.chatrooms.presenters.file_rules import FileRule, FileRules
from inbox.chatrooms.presenters.files import Preview
from inbox.chatrooms.presenters.forwarding import ForwardChoice, Forwarding
from inbox.chatrooms.presenters.gallery import Gallery, GalleryFile, GalleryTab

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOWN = Preview(
    url="/w/lotus/media/5/roses.jpg",
    picture_url="/w/lotus/media/5/thumbnail/",
    width=320,
    height=200,
    wave="M1.5 10v12",
)
FILE = FileView(
    dom_id="file-5",
    kind="image",
    icon="image",
    label="Image",
    state="ready",
    name='<script>"roses".jpg',
    facts="JPEG · 1.2 MB",
    preview=SHOWN,
    is_animated=False,
    download_url="/w/lotus/media/5/roses.jpg?download=1",
    forward_url="/w/lotus/files/5/forwarding/",
    transcript="",
    note="Sent as JPEG, 3.1 MB → 1.2 MB",
    problem="",
    channel_label="WhatsApp",
    fetch_again_url="",
    form_id="room-7-form",
    check_url="/w/lotus/rooms/7/files/5/",
    is_converted=True,
)
MISSING = replace(
    FILE,
    dom_id="file-6",
    state="failed",
    preview=Preview(),
    download_url="",
    forward_url="",
    note="",
    problem="The channel has <b>deleted</b> it.",
    fetch_again_url="/w/lotus/rooms/7/files/6/fetching/",
    check_url="",
)
FILES = (
    FILE,
    MISSING,
    *(
        replace(FILE, dom_id=f"file-{number}", kind=kind, icon=kind, transcript="</p>Hello")
        for number, kind in enumerate(("video", "audio", "voice", "sticker"), 10)
    ),
    replace(FILE, dom_id="file-20", kind="document", icon="document", preview=Preview(), problem="No longer kept."),
    replace(MISSING, dom_id="file-21", state="waiting", problem="", note="Picture is on its way…", fetch_again_url=""),
)
CARD_FORM = CardForm(
    url="/w/lotus/rooms/7/contact/",
    room_url="/w/lotus/rooms/7/",
    title="Send a contact",
    inputs=(
        CardInput("position", "Position", "text", True, "Latitude and longitude", "", ""),
        CardInput("phone", "Phone number", "tel", True, "", '"><b>123', "Write a phone number."),
    ),
    own_numbers=(OwnNumber("+85221110001", "<b>Shop"),),
    problem="",
)
CHOSEN = (
    ChosenFile(
        dom_id="composer-card-1",
        value="location?position=1%2C+2&name=%22%3E",
        kind="location",
        icon="location",
        name='"><b>Shop',
        facts="1, 2",
    ),
    ChosenFile(
        dom_id="composer-file-12",
        value="12.voice",
        kind="voice",
        icon="voice",
        name="<b>note</b>.webm",
        facts="WEBM · 0:12",
        preview=SHOWN,
        note="It will be sent as a voice message.",
        percent=40,
        url="/w/lotus/rooms/7/files/chosen/?file=12.voice",
        files_url="/w/lotus/rooms/7/files/",
        discard_url="/w/lotus/files/12/discarding/",
        form_id="room-7-form",
        other_ways=(OtherWay("12", "Send as audio"),),
    ),
    ChosenFile("composer-file-x", "", "", "warning", "<i>.exe", problem="This channel does <b>not</b> take it."),
)
GALLERY = Gallery(
    show="pictures",
    of="customer",
    places=(
        GalleryTab("This chat", "/w/lotus/rooms/7/files/all/?of=chat", is_current=False),
        GalleryTab("All chats", "/w/lotus/rooms/7/files/all/?of=customer", is_current=True),
    ),
    tabs=(
        GalleryTab("Pictures", "/w/lotus/rooms/7/files/all/?show=pictures", is_current=True),
        GalleryTab("Documents", "/w/lotus/rooms/7/files/all/?show=documents", is_current=False),
    ),
    files=tuple(
        GalleryFile(
            view, "<b>Ada</b>", "WhatsApp · <b>", NOON, "message-9", "/w/lotus/rooms/7/history/?before=x#message-9"
        )
        for view in FILES
    ),
    older_url="/w/lotus/rooms/7/files/all/?show=pictures&before=5",
    room_url="/w/lotus/rooms/7/",
)
RULES = FileRules(
    channel_label="WhatsApp",
    rules=(FileRule("Image", "image", "JPEG, PNG", "5.0 MB", "up to 60 seconds", has_caption=True),),
    quota=5,
    room_url="/w/lotus/rooms/7/",
)

CHOICE = ForwardChoice(
    room_id=8,
    name="<b>Ada</b>",
    initials="A",
    channel="whatsapp",
    where="WhatsApp · <b>Shop",
    last_at=NOON,
    url="/w/lotus/rooms/8/?file=5",
    room_url="/w/lotus/rooms/8/",
    problem="",
)
FORWARD = Forwarding(
    name="</span>roses.jpg",
    facts="JPEG · 1.2 MB",
    picture_url="/w/lotus/media/5/thumbnail/",
    url="/w/lotus/files/5/forwarding/",
    search='"><b>',
    choices=(CHOICE, replace(CHOICE, problem="The time to answer is <b>over</b>.")),
    older_url="/w/lotus/files/5/forwarding/?search=&before=x",
    back_url="/w/lotus/",
)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "chatrooms/_card_form.html": ({"card": CARD_FORM}, "card-form"),
    "chatrooms/_composer_file.html": ({"file": CHOSEN[1]}, "composer-file-12"),
    "chatrooms/_composer_files.html": ({"files": CHOSEN}, None),
    "chatrooms/_file.html": ({"file": FILE}, "file-5"),
    "chatrooms/_file_forward.html": ({"forward": FORWARD}, "file-forward"),
    "chatrooms/_file_gallery.html": ({"gallery": GALLERY}, "file-gallery"),
    "chatrooms/_file_lightbox.html": ({}, "lightbox"),
    "chatrooms/_file_rules.html": ({"rules": RULES}, "file-rules"),
}
PAGES: dict[str, dict[str, Any]] = {
    "chatrooms/card_form.html": {"card": replace(CARD_FORM, problem="<b>WeChat</b> takes no locations.")},
    "chatrooms/file_forward.html": {"forward": FORWARD},
    "chatrooms/file_gallery.html": {"gallery": replace(GALLERY, show="documents")},
    "chatrooms/file_rules.html": {"rules": RULES},
}
