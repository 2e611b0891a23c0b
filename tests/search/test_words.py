"""Which words find which texts: in any language, by their middle, without accents, and literally."""

from __future__ import annotations

import pytest
from django.db import connection

from inbox.chatrooms.models import Chatroom
from inbox.search.folding import marked, snippet
from inbox.search.queries import Query, parse
from inbox.search.selectors import NEWEST
from inbox.workspaces.tenancy import scope
from tests.world import World

from .conftest import found_ids, say

TEXTS = {
    "roses": "Two dozen Red ROSES, please",
    "cafe": "Das Café in der Straße",
    "plain": "the cafe opens at 9",
    "viet": "Đà Nẵng đẹp lắm, nguyễn",
    "flowers": "想買菊花同玫瑰，星期六送到中環",
    "simplified": "请问有没有向日葵",
    "mixed": "iPhone手機殼有貨嗎",
    "japanese": "東京タワーの近くで花を買いたい",
    "halfwidth": "ﾊﾞﾗをください",
    "fullwidth": "ＡＢＣ１２３号室",
    "korean": "장미꽃 한 다발 주세요",
    "thai": "ส่งดอกกุหลาบวันเสาร์ได้ไหม",
    "russian": "Ёлка и букет пионов",
    "greek": "Θέλω τριαντάφυλλα",
    "arabic": "أريد وردة حمراء",
    "hebrew": "אני רוצה ורדים",
    "percent": "100% off_season \\o/ (a+b)* [x]",
    "emoji": "🌹🌹🎉",
    "rare": "𠮷野家 is open",
    "html": "<script>alert('peony')</script>",
    "lines": "first line\nsecond line of\ttext",
    "phone": "call +852 9000-1234 now",
}

# What is looked for, and what it finds.
CASES = [
    ("roses", ["roses"]),
    ("ROSE", ["roses"]),
    ("oses", ["roses"]),
    ("red dozen", ["roses"]),
    ("red tulips", []),
    ("cafe", ["cafe", "plain"]),
    ("CAFÉ", ["cafe", "plain"]),
    ("strasse", ["cafe"]),
    ("da nang", ["viet"]),
    ("nguyen", ["viet"]),
    ("菊花", ["flowers"]),
    ("菊", ["flowers"]),
    ("花菊", []),
    ("菊花 中環", ["flowers"]),
    ("有", ["mixed", "simplified"]),
    ("向日葵", ["simplified"]),
    ("phone手機", ["mixed"]),
    ("手機殼有貨", ["mixed"]),
    ("タワー", ["japanese"]),
    ("花を", ["japanese"]),
    ("バラ", ["halfwidth"]),
    ("ﾊﾞﾗ", ["halfwidth"]),
    ("abc123号", ["fullwidth"]),
    ("장미", ["korean"]),
    ("다발", ["korean"]),
    ("กุหลาบ", ["thai"]),
    ("เสาร์", ["thai"]),
    ("букет", ["russian"]),
    ("БУКЕТ ПИОН", ["russian"]),
    ("τριαντ", ["greek"]),
    ("وردة", ["arabic"]),
    ("ורדים", ["hebrew"]),
    ("100%", ["percent"]),
    ("1%0", []),
    ("off_season", ["percent"]),
    ("off-season", []),
    ("offxseason", []),
    ("(a+b)*", ["percent"]),
    (".*", []),
    ("[x]", ["percent"]),
    ("\\o/", ["percent"]),
    ("%", ["percent"]),
    ("🎉", ["emoji"]),
    ("🌹🎉", ["emoji"]),
    ("𠮷野", ["rare"]),
    ("<script>", ["html"]),
    ("alert('peony')", ["html"]),
    ("second line", ["lines"]),
    ("line of", ["lines"]),
    ("9000-1234", ["phone"]),
    ("it", []),
]


def test_words_find_texts_in_any_language_from_the_newest_and_from_the_index(world: World, room: Chatroom) -> None:
    said = dict(zip([message.pk for message in say(room, *TEXTS.values())], TEXTS, strict=True))
    faults = []
    with scope(world.lotus.pk):
        for text, expected in CASES:
            query = Query(text)
            ways = {"newest": NEWEST} | ({"index": None} if query.is_indexed else {})
            for way, newest in ways.items():
                found = sorted(said[pk] for pk in found_ids(world.lotus.pk, *query.words, newest=newest) if pk in said)
                if found != sorted(expected):
                    faults.append(f"{text!r} from the {way}: {found}, not {expected}")
    assert faults == []


# What the indexes of an installation hold: another form of these texts would no longer find what is in them.
KEYS = {
    "cafe": "das cafe in der strasse",
    "flowers": " ,  5ooz6lk36ixk6iqx5zcm546r55gw5pif5pyf5ywt6ycb5yiw5lit55kw",
    "mixed": "iphone  5oml5qmf5q685pyj6lko5zeo",
    "halfwidth": "  44oq44op44ks44gp44gg44gv44ge",
    "emoji": "  8jxmuv9f8jxmuv9f8jxoiv9f",
    "rare": "  is open 8kcut19f6yeo5a62",
}


def test_texts_are_indexed_as_they_always_were(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_key(text) FROM unnest(%s::text[]) AS text", [[TEXTS[name] for name in KEYS]])
        assert [key for (key,) in cursor.fetchall()] == list(KEYS.values())


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Das Café", ["cafe"], "Das [Café]"),
        ("Straße 1", ["strasse"], "[Straße] 1"),
        ("roses & Roses", ["rose"], "[rose]s & [Rose]s"),
        ("想買菊花", ["菊花"], "想買[菊花]"),
        ("ABAB", ["ab", "ba"], "[ABAB]"),
        ("ＡＢＣ号", ["abc"], "[ＡＢＣ]号"),
        ("<b>a.c</b> abc", ["a.c"], "<b>[a.c]</b> abc"),
        ("nothing", ["else"], "nothing"),
        ("", ["x"], ""),
    ],
)
def test_hits_are_marked_and_the_text_stays_the_text(text: str, words: list[str], expected: str) -> None:
    pieces = marked(text, words)
    assert "".join(piece.text for piece in pieces) == text
    assert "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces) == expected


def test_a_long_text_is_cut_around_its_first_hit() -> None:
    pieces = snippet("word " * 100 + "peony " + "word " * 100, ["peony"])
    shown = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.is_hit] == ["peony"]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 160


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"q": "x" * 10_000}, "too long"),
        ({"q": "a", "who": "999"}, "Nobody"),
        ({"q": "a", "who": "us' OR 1=1"}, "Nobody"),
        ({"q": "a", "channel": "telegraph"}, "channel"),
        ({"q": "a", "connection": "1' OR 1=1"}, "connection"),
        ({"q": "a", "connection": "9"}, "connection"),
        ({"q": "a", "since": "yesterday"}, "date"),
        ({"q": "a", "until": "2026-02-31"}, "date"),
        ({"q": "a", "since": "0001-01-01"}, "2000"),
        ({"q": "a", "since": "2026-03-02", "until": "2026-03-01"}, "after"),
    ],
)
def test_what_makes_no_sense_is_said_in_words(given: dict[str, str], problem: str) -> None:
    (told,) = parse(given, member_ids=[1, 2]).problems
    assert problem in told


def test_a_search_is_read_and_written_the_same() -> None:
    given = {
        "q": "roses",
        "who": "2",
        "channel": "whatsapp",
        "since": "2026-03-01",
        "has_file": "1",
        "section": "files",
    }
    query = parse(given | {"q": " roses\x00 "}, member_ids=[1, 2])
    assert query.problems == ()
    assert query.address(query.section) == ("q=roses&who=2&channel=whatsapp&since=2026-03-01&has_file=1&section=files")


@pytest.mark.parametrize(
    ("text", "digits"),
    [("+852 9000-1234", "85290001234"), ("0917 123", "917123"), ("(02) 12", "212"), ("12", ""), ("room 1234", "")],
)
def test_a_phone_number_is_known_by_its_digits(text: str, digits: str) -> None:
    assert Query(text).digits == digits
