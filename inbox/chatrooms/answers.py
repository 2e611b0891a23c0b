"""Kept answers as they would be sent in a chat: in its customer's language, with the customer's facts put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.customers.fields import own_fields, shown
from inbox.customers.models import Customer
from inbox.customers.selectors import all_fields, as_field, values_of_person
from inbox.faq import selectors as faq
from inbox.faq.filling import Filled, fill, variables_in
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

    The same few queries for one entry and for many; two more where one asks for what is known of the customer.
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
    texts = [faq.text_of(entry, languages) for entry in entries]
    facts = facts_of(room.customer) | {"agent": str(member)}
    if any(name for text in texts for name in variables_in(text.body)):
        facts = _known_of(room.customer) | facts
    files = faq.files_of(entries)
    answers = []
    for entry, text in zip(entries, texts, strict=True):
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


def _known_of(customer: Customer) -> dict[str, str]:
    """Return what is known of a person by the keys of the workspace's fields: nothing, "", of those that are hidden."""
    values = values_of_person(customer)
    rows = all_fields(customer.workspace_id)
    fields = (*own_fields(), *(as_field(row) for row in rows if not row.is_hidden))
    hidden = {row.key: "" for row in rows}
    return hidden | {field.key: shown(field, values.get(field.key, "")) for field in fields}
