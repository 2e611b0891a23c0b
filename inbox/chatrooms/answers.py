"""Kept answers as they would be sent in a chat: in its customer's language, with the customer's facts put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.faq import selectors as faq
from inbox.faq.filling import Filled, fill
from inbox.faq.languages import own_language
from inbox.faq.models import FaqEntry
from inbox.media.models import MediaFile
from inbox.message_templates.selectors import facts_of
from inbox.workspaces.models import Membership

from .models import Chatroom
from .template_languages import by_likelihood


@dataclass(frozen=True)
class Answer:
    """An entry for one chat."""

    entry: FaqEntry
    title: str
    language: str
    filled: Filled
    files: tuple[MediaFile, ...]


@dataclass(frozen=True)
class Answers:
    """What a search found. `languages` are those of all entries, the likeliest first; `is_cut`: there are more."""

    found: tuple[Answer, ...]
    languages: tuple[str, ...]
    is_cut: bool


def find_answers(
    member: Membership, room: Chatroom, *, search: str = "", category_id: int | None = None, language: str = ""
) -> Answers:
    """Search the entries for a chat; with `language` they are shown in it where they have it.

    The same few queries for one entry and for many.
    """
    languages = by_likelihood(room, faq.languages_of(member))
    listing = faq.find_entries(member, search=search, category_id=category_id)
    found = _for_chat(member, room, listing.entries, [language, *languages])
    return Answers(found, tuple(languages), listing.is_cut)


def answer_of(member: Membership, room: Chatroom, entry: FaqEntry, language: str) -> Answer:
    """Return one entry in this language, or in the page's where it has not got it."""
    return _for_chat(member, room, [entry], [language, own_language()])[0]


def _for_chat(
    member: Membership, room: Chatroom, entries: Sequence[FaqEntry], languages: Sequence[str]
) -> tuple[Answer, ...]:
    if not entries:
        return ()
    facts = facts_of(room.customer) | {"agent": str(member)}
    files = faq.files_of(entries)
    answers = []
    for entry in entries:
        text = faq.text_of(entry, languages)
        answers.append(
            Answer(
                entry=entry,
                title=text.title,
                language=text.language,
                filled=fill(text.body, facts),
                files=tuple(files[stored["id"]] for stored in entry.files if stored["id"] in files),
            )
        )
    return tuple(answers)
