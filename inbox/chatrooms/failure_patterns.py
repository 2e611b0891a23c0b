"""What went wrong on a connection within a day, counted: the same explanation is one pattern, with its share of the sends.

Sends are counted by what they are for, because vendors withhold one kind and deliver the other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, Max, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext as _

from channels_adapters.types import MessageKind
from inbox.connections.failures import explain
from inbox.connections.models import Connection
from inbox.lib import clock

from .models import Direction, Message, MessageState

PERIOD = timedelta(hours=24)

_CATEGORY = Case(
    When(kind=MessageKind.TEMPLATE.value, then=Coalesce(Lower(KT("details__template__category")), Value("utility"))),
    default=Value(""),
    output_field=TextField(),
)


@dataclass(frozen=True)
class Pattern:
    """So many of the sends of one sort failed for one reason."""

    words: str
    whose: str
    codes: tuple[str, ...]
    count: int
    sends: int
    category: str  # of the template; "" for what is none

    @property
    def share(self) -> str:
        """Say it in a few words: "12 of 40 marketing messages"."""
        sentence = {
            "": _("%(count)s of %(sends)s messages without a template"),
            "marketing": _("%(count)s of %(sends)s marketing messages"),
            "utility": _("%(count)s of %(sends)s utility messages"),
            "authentication": _("%(count)s of %(sends)s authentication messages"),
        }.get(self.category, _("%(count)s of %(sends)s messages of the category %(category)s"))
        return sentence % {"count": self.count, "sends": self.sends, "category": self.category}


def patterns_of(connection: Connection) -> list[Pattern]:
    """Return why sends of the last 24 hours failed, the most frequent first. Call it inside the scope; one query."""
    counts = _counts(connection)
    sends: Counter[str] = Counter()
    for each in counts:
        sends[each.category] += each.count
    found: dict[tuple[str, str], Pattern] = {}
    for each in counts:
        if each.state != MessageState.FAILED:
            continue
        why = explain(connection.channel, each.code, each.sentence)
        earlier = found.get((each.category, why.words))
        found[each.category, why.words] = Pattern(
            words=why.words,
            whose=why.whose,
            codes=tuple(sorted({*(earlier.codes if earlier else ()), *filter(None, [each.code])})),
            count=each.count + (earlier.count if earlier else 0),
            sends=sends[each.category],
            category=each.category,
        )
    return sorted(found.values(), key=lambda pattern: (-pattern.count, pattern.category, pattern.words))


@dataclass(frozen=True)
class _Count:
    category: str
    state: str
    code: str
    sentence: str  # one of those kept with the messages
    count: int


def _counts(connection: Connection) -> list[_Count]:
    """Count what left or failed by sort, state and code. What was written in the vendor's own app is none of ours."""
    sent = Message.objects.filter(
        workspace_id=connection.workspace_id,
        connection_id=connection.pk,
        direction=Direction.OUTBOUND,
        sent_at__gte=clock.now() - PERIOD,
    )
    settled = sent.exclude(state__in=[MessageState.QUEUED, MessageState.SENDING]).exclude(details__has_key="echo")
    sorts = settled.annotate(category=_CATEGORY).values("category", "state", "failure_code").order_by()
    rows = sorts.annotate(sentence=Max("failure_text"), count=Count("pk"))
    return [_Count(*row) for row in rows.values_list("category", "state", "failure_code", "sentence", "count")]
