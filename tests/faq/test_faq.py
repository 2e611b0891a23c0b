"""Entries: what is found by which words, whose they are, what is put into them, and the files that stay with them."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from channels_adapters.types import MessageKind
from inbox.chatrooms.actions import purge_old_files
from inbox.chatrooms.answers import find_answers
from inbox.chatrooms.models import Chatroom
from inbox.faq import actions
from inbox.faq.actions import EntryChanged, EntryDraft, FaqRefused, _entries
from inbox.faq.filling import fill
from inbox.faq.models import FaqEntry, FaqText
from inbox.faq.selectors import categories_of, find_entries
from inbox.media.models import MediaFile
from inbox.workspaces.models import AuditEntry, Membership, Workspace
from inbox.workspaces.tenancy import platform_scope, scope
from tests.pages.conftest import put
from tests.world import World, room_with

from .conftest import entry, now, picture

pytestmark = pytest.mark.django_db

FACTS = {"name": "{agent} Chan", "first_name": "Tai  Man", "phone": "", "agent": "Amy"}


@pytest.mark.parametrize(
    ("text", "filled", "unknown"),
    [
        ("Hi {first_name}, {agent} here", "Hi Tai Man, Amy here", ()),
        ("{name}", "{agent} Chan", ()),  # a name is no variable
        ("{phone} {phone} {name}", "{phone} {phone} {agent} Chan", ("phone",)),
        ("{Name} {other} {{name}} {", "{Name} {other} {{agent} Chan} {", ()),
    ],
)
def test_variables(text: str, filled: str, unknown: tuple[str, ...]) -> None:
    assert (fill(text, FACTS).text, fill(text, FACTS).unknown) == (filled, unknown)


def found(member: Membership, search: str) -> list[str]:
    with scope(member.workspace_id):
        return [
            next(text.title for text in each.texts.all() if text.language == "en")
            for each in find_entries(member, search=search).entries
        ]


def test_entries_are_found_by_title_words_and_typos_in_every_language(world: World) -> None:
    entry(world.olivia, "Refund policy", "Within 14 days.", shared=True, zh_HK=("退款政策", "十四天內"))
    entry(world.olivia, "Opening hours", "Café opens at nine. No refund on Sundays.", shared=True)
    entry(world.olivia, "Delivery", "Free above 300.", shared=True)
    for search, titles in {
        "refund": ["Refund policy", "Opening hours"],  # the title before the answer
        "REFUND  14": ["Refund policy", "Opening hours"],  # nearly so
        "cafe": ["Opening hours"],
        "退款": ["Refund policy"],
        "ｄｅｌｉｖｅｒｙ": ["Delivery"],
        "delivry": ["Delivery"],
        "opning hurs": ["Opening hours"],
        "%": [],
        "tulips": [],
        "\x00": ["Delivery", "Opening hours", "Refund policy"],
        "x" * 10_000: [],
    }.items():
        assert found(world.amy, search) == titles, search


def test_whose_they_are(world: World) -> None:
    shared, own = entry(world.olivia, "Shared", shared=True), entry(world.amy, "Own")
    entry(world.sam, "Bakers", shared=True)
    assert found(world.amy, "") == ["Own", "Shared"]
    assert found(world.ben, "") == found(world.ben, "hared") == ["Shared"]
    with scope(world.lotus.pk):
        with pytest.raises(FaqRefused, match="Only admins"):
            actions.create_entry(actor=world.ben, draft=EntryDraft({"en": ("A", "b")}, is_shared=True))
        for _ in range(2):
            actions.note_use(entry=shared)
        actions.note_use(entry=own)
    assert found(world.amy, "") == ["Shared", "Own"], "what is used most comes first"
    assert now(world.amy, shared).last_used_at is not None


def test_a_members_own_entries_take_no_room_from_everybodys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_entries, "MOST_ENTRIES", 1)
    monkeypatch.setattr(_entries, "MOST_OWN_ENTRIES", 2)
    own = [entry(world.olivia, title) for title in ("First", "Second")]
    shared = entry(world.olivia, "Shared", shared=True)
    entry(world.amy, "Amy's own")
    for full in (False, True):
        draft = EntryDraft({"en": ("More", "x")}, is_shared=full)
        with scope(world.lotus.pk):
            with pytest.raises(FaqRefused, match="already"):
                actions.create_entry(actor=world.olivia, draft=draft)
            with pytest.raises(FaqRefused, match="already"):
                actions.edit_entry(actor=world.olivia, entry=own[0] if full else shared, draft=draft, seen=1)
            actions.edit_entry(actor=world.olivia, entry=shared if full else own[0], draft=draft, seen=1)


def test_another_workspace_is_refused_by_the_database(world: World) -> None:
    own, foreign = entry(world.amy, "Own"), entry(world.sam, "Bakers")
    with scope(world.bakery.pk):
        assert FaqEntry.objects.filter(pk=own.pk).count() == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            _point_at(own, from_workspace=world.bakery.pk)
    with scope(world.lotus.pk):
        assert FaqEntry.objects.filter(pk=foreign.pk).update(uses=9) == 0


def _point_at(row: FaqEntry, *, from_workspace: int) -> None:
    foreign = FaqEntry(workspace_id=from_workspace, pk=row.pk)
    FaqText.written(entry=foreign, language="de", title="Mine", body="Hello").save()
    connection.check_constraints()


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({}, ""),
        ({"en": (" ", "\x00")}, ""),
        ({"en": ("", "Answer")}, "title-en"),
        ({"en": ("🌷" * 121, "Answer")}, "title-en"),
        ({"en": ("Title", "")}, "body-en"),
        ({"en": ("Title", "x" * 4097)}, "body-en"),
        ({"en": ("A", "b"), "xx": ("A", "b")}, ""),
    ],
)
def test_what_is_no_answer_is_refused(world: World, texts: dict[str, tuple[str, str]], field: str) -> None:
    with scope(world.lotus.pk), pytest.raises(FaqRefused) as refusal:
        actions.create_entry(actor=world.amy, draft=EntryDraft(texts, is_shared=False))
    assert list(refusal.value.errors) == [field]


def test_of_two_who_change_one_the_second_is_told(world: World) -> None:
    row = entry(world.olivia, "Title", shared=True)
    with scope(world.lotus.pk):
        first = EntryDraft({"en": ("First", "a"), "de": ("Erste", "b")}, is_shared=True)
        actions.edit_entry(actor=world.olivia, entry=row, draft=first, seen=1)
        with pytest.raises(EntryChanged) as conflict:
            actions.edit_entry(actor=world.olivia, entry=row, draft=first, seen=1)
        assert conflict.value.current is not None
        assert {text.language: text.title for text in now(world.amy, row).texts.all()} == {"en": "First", "de": "Erste"}
        actions.delete_entry(actor=world.olivia, entry=row)
        with pytest.raises(EntryChanged) as conflict:
            actions.edit_entry(actor=world.olivia, entry=row, draft=first, seen=2)
        assert conflict.value.current is None
        verbs = AuditEntry.objects.filter(workspace_id=world.lotus.pk, verb__startswith="faq")
        assert list(verbs.order_by("pk").values_list("verb", flat=True)) == [
            "faq.created",
            "faq.changed",
            "faq.deleted",
        ]


def test_categories_are_named_moved_and_deleted_without_their_entries(world: World) -> None:
    with scope(world.lotus.pk):
        first, second, third = (actions.create_category(actor=world.olivia, name=name) for name in ("A", "B", "Ｃ"))
        for name in ("", " \x00", "c", "x" * 61):
            with pytest.raises(FaqRefused):
                actions.create_category(actor=world.olivia, name=name)
        for category, by in ((third, -1), (third, -1), (third, -1), (second, 1)):
            actions.move_category(actor=world.olivia, category=category, by=by)
        assert [each.name for each in categories_of(world.lotus.pk)] == ["Ｃ", "A", "B"]
        actions.rename_category(actor=world.olivia, category=first, name="a")
    row = entry(world.olivia, "Title", shared=True, category=first)
    with scope(world.lotus.pk):
        actions.delete_category(actor=world.olivia, category=first)
    assert now(world.amy, row).category is None


def test_the_customers_language_comes_first(world: World, room: Chatroom) -> None:
    entry(world.olivia, "Refund", "English", shared=True, zh_HK=("退款", "繁"), zh_CN=("退款", "简"))
    entry(world.olivia, "Only English", "English only", shared=True)

    def bodies(language: str = "") -> set[str]:
        with scope(world.lotus.pk):
            return {each.filled.text for each in find_answers(world.amy, room, language=language).found}

    with translation.override("zh-hant"):
        assert bodies() == {"English", "English only"}, "the customer wrote English"
        put(room, MessageKind.TEXT, "有冇玫瑰？")
        put(room, MessageKind.TEXT, "OK")
        assert bodies() == {"繁", "English only"}
        assert bodies("zh_CN") == {"简", "English only"}
    with translation.override("zh-hans"):
        assert bodies() == {"简", "English only"}


def test_files_of_answers_outlive_the_retention(world: World) -> None:
    kept, other = picture(world.amy), picture(world.amy)
    entry(world.amy, "Where are you?", files=(kept,))
    with platform_scope("test"):
        Workspace.objects.filter(pk=world.lotus.pk).update(file_days=1)
        MediaFile.objects.update(created_at="2020-01-01T00:00:00Z")
    assert purge_old_files() == 1
    with scope(world.lotus.pk):
        assert list(MediaFile.objects.values_list("pk", flat=True)) == [kept.pk]
        draft = EntryDraft({"en": ("Gone", "")}, is_shared=False, files=(other,))
        with pytest.raises(FaqRefused, match="no longer there"):
            actions.create_entry(actor=world.amy, draft=draft)


def test_a_customer_without_facts_leaves_gaps(world: World) -> None:
    room = room_with(world, "Hello", name="")
    entry(world.amy, "Hello", "Dear {name}, {agent}")
    with scope(world.lotus.pk):
        (answer,) = find_answers(world.amy, room).found
    assert answer.filled.text == f"Dear {room.customer.name or '{name}'}, Amy Agent"
