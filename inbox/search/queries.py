"""What somebody looks for, read from an address. Nothing here fails: what makes no sense becomes a problem in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from inbox.connections.models import Channel

from .folding import fold
from .functions import FEWEST_INDEXED

LONGEST_TEXT = 200
MOST_WORDS = 8
FEWEST_DIGITS = 3

US, CUSTOMER = "us", "customer"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"[\d\s().+/-]+")
_INDEXED = re.compile(rf"[a-z0-9]{{{FEWEST_INDEXED}}}|[^\x00-\x7f]")


class Section(StrEnum):
    CUSTOMERS = "customers"
    MESSAGES = "messages"
    NOTES = "notes"
    FILES = "files"


@dataclass(frozen=True)
class Query:
    """A search. `who` is "", us, the customer, or a member's id; `section` None means a few hits of each.

    Its days are those of `zone`. Of a text with too many words the first ones are looked for.
    """

    text: str = ""
    who: str = ""
    channel: str = ""
    connection: int | None = None
    since: date | None = None
    until: date | None = None
    zone: str = "UTC"
    has_file: bool = False
    section: Section | None = None
    problems: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        return self.text.split()[:MOST_WORDS]

    @property
    def leaves_words_out(self) -> bool:
        return len(self.text.split()) > MOST_WORDS

    @property
    def digits(self) -> str:
        """The part of a phone number that is meant, without a trunk prefix; "" for anything else."""
        if not _NUMBER.fullmatch(self.text):
            return ""
        digits = re.sub(r"\D", "", self.text).lstrip("0")
        return digits if len(digits) >= FEWEST_DIGITS else ""

    @property
    def is_indexed(self) -> bool:
        """Whether an index can find one of the words; two letters are found among the newest messages only."""
        return any(_INDEXED.search(fold(word)) for word in self.words)

    @property
    def sections(self) -> list[Section]:
        """Return what is looked for: no customer has an author, a time or a file, and a note stands on all channels."""
        left_out = set()
        if self.who or self.since or self.until or self.has_file:
            left_out.add(Section.CUSTOMERS)
        if self.channel or self.connection or self.has_file or self.who == CUSTOMER:
            left_out.add(Section.NOTES)
        wanted = [self.section] if self.section else Section
        return [section for section in wanted if section not in left_out]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.who or self.channel or self.connection or self.since or self.until or self.has_file)

    def filters(self, connection_ids: Collection[int] | None) -> dict[str, object]:
        """What the database's functions take; `connection_ids` are of the channel, or the one that is asked for."""
        return {
            "direction": {US: "outbound", CUSTOMER: "inbound"}.get(self.who),
            "author": int(self.who) if self.who.isdecimal() else None,
            "channel": self.channel or None,
            "connection": self.connection,
            "connections": None if connection_ids is None else sorted(connection_ids),
            "since": self._midnight(self.since).isoformat() if self.since else None,
            "until": self._midnight(self.until + timedelta(days=1)).isoformat() if self.until else None,
            "has_file": self.has_file,
        }

    def address(self, section: Section | None = None, **more: str) -> str:
        """Return the query string that asks for this again."""
        values = {
            "q": self.text,
            "who": self.who,
            "channel": self.channel,
            "connection": str(self.connection or ""),
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "has_file": "1" if self.has_file else "",
            "section": section.value if section else "",
            **more,
        }
        return urlencode({name: value for name, value in values.items() if value})

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=ZoneInfo(self.zone))


def parse(
    given: Mapping[str, str],
    *,
    member_ids: Collection[int],
    connection_ids: Collection[int] = (),
    zone: str = "UTC",
) -> Query:
    """Read a search from a form or an address."""
    problems = []
    text = " ".join(_CONTROL.sub(" ", given.get("q", "")).split())
    if len(text) > LONGEST_TEXT:
        problems.append(
            _("That is too long to search for: write at most %(count)s characters.") % {"count": LONGEST_TEXT}
        )
        text = text[:LONGEST_TEXT]
    who = given.get("who", "")
    if who not in ("", US, CUSTOMER) and who not in map(str, member_ids):
        problems.append(_("Nobody of that name works here."))
        who = ""
    channel = given.get("channel", "")
    if channel and channel not in {each.value for each in Channel}:
        problems.append(_("There is no such channel."))
        channel = ""
    connection = given.get("connection", "")
    if connection and connection not in map(str, connection_ids):
        problems.append(_("There is no such connection."))
        connection = ""
    since, until = (_day(given.get(name, ""), problems) for name in ("since", "until"))
    if since and until and since > until:
        problems.append(_("The first day is after the last one."))
    section = given.get("section", "")
    return Query(
        text=text,
        who=who,
        channel=channel,
        connection=int(connection) if connection else None,
        since=since,
        until=until,
        zone=zone,
        has_file=given.get("has_file", "") not in ("", "0"),
        section=Section(section) if section in set(Section) else None,
        problems=tuple(problems),
    )


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        problems.append(_("“%(text)s” is no date.") % {"text": text[:20]})
        return None
    if not 2000 <= day.year <= 2100:
        problems.append(_("Choose a day between 2000 and 2100."))
        return None
    return day
