"""What the templates of kept answers are rendered with where no database is needed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from inbox.chatrooms.presenters.answers import AnswerCard, AnswerChoices, AnswerFile, AnswerPanel, Choice
from inbox.faq.pages import CategoryLine, EntryForm, EntryLine, FaqPage, StoredText, TextTab, TypedName
from inbox.lib import clock

CARD = AnswerCard(
    dom_id="faq-5",
    title='Refund <b>"policy"</b>',
    text="Dear <i>{name}</i>,\n  within 14 days.",
    language="en",
    language_name="English",
    category="<b>Money</b>",
    is_own=True,
    files=(AnswerFile("<map>.png", "12"), AnswerFile("list.pdf", "13")),
    unknown="Not known of this customer: {name}",
    gap="{name}",
    version=3,
    client_id="00000000-0000-0000-0000-000000000012",
    insertion_url="/w/lotus/rooms/7/faq/5/insertion/?language=en",
    sending_url="/w/lotus/rooms/7/faq/5/sending/",
    seen_id=9,
    asks_again=True,
    error="This answer was <b>changed</b>.",
)
PANEL = AnswerPanel(
    url="/w/lotus/rooms/7/faq/",
    room_url="/w/lotus/rooms/7/",
    mode="free",
    all_url="/w/lotus/faq/",
    new_url="/w/lotus/faq/new/",
    cards=(CARD,),
    is_cut=True,
    search='"><script>',
    language="en",
    category="3",
    languages=(Choice("en", "English", True), Choice("zh_HK", "繁體中文（香港）", False)),
    categories=(Choice("3", "<b>Money</b>", True),),
    why_not="The time to answer is over.",
    notice="Sent: <b>Hours</b>",
    error="One of the files is no longer there.",
)
CATEGORY = CategoryLine(
    category_id=3,
    name="<b>Money</b>",
    typed='"><i>',
    error="Type the name of a category.",
    list_url="/w/lotus/faq/?category=3",
    change_url="/w/lotus/faq/categories/3/change/",
    move_url="/w/lotus/faq/categories/3/move/",
    deletion_url="/w/lotus/faq/categories/3/deletion/",
    is_first=True,
    is_last=False,
)
ALL = FaqPage(
    url="/w/lotus/faq/",
    new_url="/w/lotus/faq/new/",
    creation_url="/w/lotus/faq/categories/creation/",
    lines=(
        EntryLine(
            title="<b>Refund</b>",
            body="<i>Within 14 days</i>",
            languages=("en", "zh_HK"),
            category="<b>Money</b>",
            files=("<map>.png",),
            uses=2,
            last_used_at=clock.now(),
            is_own=True,
            change_url="/w/lotus/faq/5/",
        ),
    ),
    is_cut=True,
    search='"><i>',
    category_id=3,
    categories=(CATEGORY,),
    new=TypedName('"><i>', "Type the name of a category."),
    name_length=60,
    may_manage=True,
)
FORM = EntryForm(
    url="/w/lotus/faq/5/change/",
    all_url="/w/lotus/faq/",
    deletion_url="/w/lotus/faq/5/deletion/",
    tabs=(
        TextTab("en", "English", '"><b>', "</textarea><b>", True, "Type a title.", "Write it.", "Dear <b>Alex</b>"),
        TextTab("zh_HK", "繁體中文（香港）", "退款", "十四天內", False, "", "", ""),
    ),
    more_languages=(("de", "Deutsch"),),
    categories=((3, "<b>Money</b>"),),
    category_id=3,
    files=(SimpleNamespace(pk=12, filename="<map>.png"),),  # type: ignore[arg-type]
    is_shared=True,
    may_share=True,
    version=3,
    title_length=120,
    body_length=4096,
    variables=("{name}",),
    errors=("Somebody <b>changed</b> it.",),
    theirs=(StoredText("en", "English", '"><b>', "<i>Theirs</i>"),),
)

PARTIALS: dict[str, tuple[dict[str, Any], str | None]] = {
    "faq/_answer.html": ({"panel": PANEL, "card": CARD}, "faq-5"),
    "faq/_category.html": ({"page": ALL, "line": CATEGORY}, ""),
    "faq/_choices.html": ({"choices": AnswerChoices((CARD,), has_templates=True)}, "faq-choices"),
    "faq/_panel.html": ({"panel": PANEL}, "faq-panel"),
}
PAGES: dict[str, dict[str, Any]] = {
    "faq/all.html": {"page": ALL},
    "faq/entry.html": {"entry": FORM},
    "faq/panel.html": {"panel": PANEL},
}
