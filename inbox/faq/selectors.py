"""Reading entries with all their texts. Call these inside the workspace's scope.

A workspace has some hundred entries: they are read one by one, which row-level security would force anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, F, FloatField, Func, IntegerField, Max, Min, Prefetch, Q, QuerySet, Value, When

from inbox.media.models import MediaFile
from inbox.workspaces.models import Membership

from .models import FaqCategory, FaqEntry, FaqText
from .searching import words_of

# A list shows no more: whoever wants another one searches.
MOST_LISTED = 30
# From here on two words are the same one with a typo.
_ALIKE = 0.4
_SHORTEST_TYPO = 4


class _WordSimilarity(Func):
    """How much of the first text is in the second, from 0 to 1 (pg_trgm)."""

    function = "word_similarity"
    arity = 2
    output_field = FloatField()


@dataclass(frozen=True)
class Listing:
    """The first entries of a list; `is_cut`: there are more, for a search to narrow down."""

    entries: list[FaqEntry]
    is_cut: bool


def visible_to(member: Membership) -> QuerySet[FaqEntry]:
    """Return everybody's entries and the member's own."""
    own_or_shared = Q(owner__isnull=True) | Q(owner=member)
    return FaqEntry.objects.filter(own_or_shared, workspace_id=member.workspace_id)


def entry_of(member: Membership, entry_id: int) -> FaqEntry | None:
    return _complete(member, visible_to(member)).filter(pk=entry_id).first()


def find_entries(
    member: Membership, *, search: str = "", category_id: int | None = None, limit: int = MOST_LISTED
) -> Listing:
    """List what is used most; with `search`, what holds each of its words, or nearly so, the titles first."""
    entries = visible_to(member)
    if category_id is not None:
        entries = entries.filter(category_id=category_id)
    words = words_of(search)
    if not words:
        found = list(
            _complete(member, entries).order_by("-uses", F("last_used_at").desc(nulls_last=True), "-pk")[: limit + 1]
        )
        return Listing(found[:limit], len(found) > limit)
    ids = list(_ranked(member, entries, words)[: limit + 1])
    by_id = {entry.pk: entry for entry in _complete(member, entries.filter(pk__in=ids[:limit]))}
    return Listing([by_id[pk] for pk in ids[:limit] if pk in by_id], len(ids) > limit)


def count_entries(workspace_id: int, *, owner: Membership | None) -> int:
    """Count a member's own entries; without an owner everybody's."""
    return FaqEntry.objects.filter(workspace_id=workspace_id, owner=owner).count()


def categories_of(workspace_id: int) -> list[FaqCategory]:
    """Return the workspace's categories in their order."""
    return list(FaqCategory.objects.filter(workspace_id=workspace_id).order_by("position", "pk"))


def languages_of(member: Membership) -> list[str]:
    """Return the languages in which there is anything to read."""
    texts = FaqText.objects.filter(workspace_id=member.workspace_id, entry__in=visible_to(member))
    return list(texts.order_by("language").values_list("language", flat=True).distinct())


def files_of(entries: Iterable[FaqEntry]) -> dict[int, MediaFile]:
    """Return the files of entries of one workspace by their ids: one query, none where there are no files."""
    entries = [entry for entry in entries if entry.files]
    if not entries:
        return {}
    ids = {stored["id"] for entry in entries for stored in entry.files}
    return MediaFile.objects.filter(workspace_id=entries[0].workspace_id).in_bulk(ids)


def files_kept(workspace_id: int) -> set[int]:
    """Return the ids of all files that entries have, which no retention may take."""
    rows = FaqEntry.objects.filter(workspace_id=workspace_id).exclude(files=[]).values_list("files", flat=True)
    return {stored["id"] for files in rows for stored in files}


def has_file(file: MediaFile) -> bool:
    """Whether an entry has this file."""
    return FaqEntry.objects.filter(workspace_id=file.workspace_id, files__contains=[{"id": file.pk}]).exists()


def text_of(entry: FaqEntry, languages: Sequence[str]) -> FaqText:
    """Return what an entry says in the first of these languages that it has, else in any. Needs a complete entry."""
    texts = {text.language: text for text in entry.texts.all()}
    return next((texts[code] for code in languages if code in texts), None) or texts[min(texts)]


def _complete(member: Membership, entries: QuerySet[FaqEntry]) -> QuerySet[FaqEntry]:
    texts = FaqText.objects.filter(workspace_id=member.workspace_id)
    return entries.select_related("category").prefetch_related(Prefetch("texts", texts))


def _ranked(member: Membership, entries: QuerySet[FaqEntry], words: Collection[str]) -> QuerySet[FaqText, int]:
    phrase = " ".join(words)
    has_words, in_title = Q(), Q()
    for word in words:
        has_words &= Q(search_text__contains=word)
        in_title &= Q(title_key__contains=word)
    alike = Q(alike__gte=_ALIKE) if len(phrase) >= _SHORTEST_TYPO else Q(pk__in=[])
    rank = Case(
        When(title_key__startswith=phrase, then=0),
        When(in_title, then=1),
        When(has_words, then=2),
        default=3,
        output_field=IntegerField(),
    )
    texts = FaqText.objects.filter(workspace_id=member.workspace_id, entry__in=entries)
    texts = texts.annotate(alike=_WordSimilarity(Value(phrase), F("search_text"))).filter(has_words | alike)
    grouped = texts.annotate(rank=rank).values("entry_id").annotate(best=Min("rank"), likeness=Max("alike"))
    return grouped.order_by("best", "-likeness", "-entry__uses", "entry_id").values_list("entry_id", flat=True)
