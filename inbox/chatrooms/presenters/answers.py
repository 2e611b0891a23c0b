"""Kept answers in the panel and in the list above the composer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.faq.languages import name_of
from inbox.faq.models import FaqCategory
from inbox.message_templates.selectors import has_templates

from ..answers import Answer, Answers
from ..models import Chatroom
from ..window import Window
from .windows import why_not_writable


@dataclass(frozen=True)
class AnswerFile:
    name: str
    value: str  # as the composer's form sends it


@dataclass(frozen=True)
class AnswerCard:
    """`faq/_answer.html` and `faq/_choices.html`. `client_id` makes a double press one message."""

    dom_id: str
    title: str
    text: str
    language: str
    language_name: str
    category: str
    is_own: bool
    files: tuple[AnswerFile, ...]
    unknown: str  # the variables that nothing is known for, as words
    gap: str  # the first of them, as it stands in the text
    version: int
    client_id: str
    insertion_url: str
    sending_url: str
    seen_id: int  # the newest message of the chat
    error: str = ""
    asks_again: bool = False  # whether a colleague's answer was in the way

    @property
    def file_values(self) -> str:
        return " ".join(file.value for file in self.files)


@dataclass(frozen=True)
class RefusedAnswer:
    """Why an entry was not sent. `seen_id` is the colleague's answer that was in the way, 0 for any other reason."""

    entry_id: int
    words: str
    seen_id: int = 0


@dataclass(frozen=True)
class Choice:
    """One of the filters' values."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class AnswerPanel:
    """`faq/_panel.html`. `notice` says what was done, `why_not` why nothing may be sent now."""

    url: str
    room_url: str
    mode: str  # of the reply window
    all_url: str
    new_url: str
    cards: tuple[AnswerCard, ...]
    is_cut: bool
    search: str
    language: str
    category: str
    languages: tuple[Choice, ...]
    categories: tuple[Choice, ...]
    why_not: str
    notice: str = ""
    error: str = ""


@dataclass(frozen=True)
class AnswerChoices:
    """`faq/_choices.html`. `has_templates`: what may be sent now is a template."""

    cards: tuple[AnswerCard, ...]
    has_templates: bool


def answer_panel(
    room: Chatroom,
    window: Window,
    answers: Answers,
    categories: Sequence[FaqCategory],
    *,
    slug: str,
    search: str,
    language: str,
    category_id: int | None,
    notice: str = "",
    refused: RefusedAnswer | None = None,
) -> AnswerPanel:
    """Needs connection loaded."""
    here = [slug, room.pk]
    cards = tuple(_cards(room, answers.found, here, refused))
    return AnswerPanel(
        url=reverse("chatrooms:faq", args=here),
        room_url=reverse("chatrooms:room", args=here),
        mode=window.mode.value,
        all_url=reverse("faq:all", args=[slug]),
        new_url=reverse("faq:entry_new", args=[slug]),
        cards=cards,
        is_cut=answers.is_cut,
        search=search,
        language=language,
        category=str(category_id or ""),
        languages=tuple(Choice(code, name_of(code), code == language) for code in answers.languages),
        categories=tuple(Choice(str(each.pk), each.name, each.pk == category_id) for each in categories),
        why_not=why_not_writable(room, window),
        notice=notice,
        error=refused.words if refused and not any(card.error for card in cards) else "",
    )


def answer_choices(room: Chatroom, window: Window, answers: Answers, *, slug: str) -> AnswerChoices:
    needs_template = not window.allows(is_template=False, by_person=True)
    return AnswerChoices(
        cards=tuple(_cards(room, answers.found, [slug, room.pk])),
        has_templates=needs_template and has_templates(room.connection),
    )


def _cards(
    room: Chatroom, answers: Iterable[Answer], here: list[object], refused: RefusedAnswer | None = None
) -> Iterable[AnswerCard]:
    for answer in answers:
        entry = answer.entry
        why = refused if refused and refused.entry_id == entry.pk else None
        place = [*here, entry.pk]
        unknown = ", ".join(f"{{{name}}}" for name in answer.filled.unknown)
        query = urlencode({"language": answer.language})
        yield AnswerCard(
            dom_id=f"faq-{entry.pk}",
            title=answer.title,
            text=answer.filled.text,
            language=answer.language,
            language_name=name_of(answer.language),
            category=entry.category.name if entry.category else "",
            is_own=entry.owner_id is not None,
            files=tuple(AnswerFile(file.filename, str(file.pk)) for file in answer.files),
            unknown=_("Not known of this customer: %(names)s") % {"names": unknown} if unknown else "",
            gap=unknown.partition(", ")[0],
            version=entry.version,
            client_id=str(uuid.uuid4()),
            insertion_url=f"{reverse('chatrooms:faq_insertion', args=place)}?{query}",
            sending_url=reverse("chatrooms:faq_sending", args=place),
            seen_id=(why.seen_id if why else 0) or room.last_message_id or 0,
            error=why.words if why else "",
            asks_again=bool(why and why.seen_id),
        )
