"""What a search costs in a workspace of 1 000 000 messages and 100 000 chats, beside 50 other workspaces.

The times are of whole requests through the WSGI stack, as a signed-in agent's, without a network, with row-level
security on. A few words of the vocabulary are in most messages, as in a language; one message in ten is Chinese. One
customer in 50 is called Maria, one in 49 is with Lotus Ltd.
"""

from __future__ import annotations

import io
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import psycopg
from limits import RateLimitItemPerSecond
from psycopg import sql

from inbox.asgi import pages
from inbox.chatrooms.models import Chatroom, Message
from inbox.customers.models import Customer, CustomerIdentity
from inbox.search.database import INDEXES
from inbox.workspaces import searching
from inbox.workspaces.tenancy import PLATFORM_SETTING, WORKSPACE_SETTING

from .cast import Business, open_business
from .report import Verdict, print_table, quantile
from .stage import Stage, UnableToMeasure

OTHERS = 50
REQUESTS = 60
VOCABULARY = 20_000
INSERTS = 1000
NAMES = ("Aleksandra", "Wiśniewska")
WARMING_UP = 3


@dataclass(frozen=True)
class Size:
    rooms: int
    messages: int  # in each room


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    target_ms: float


CASES = (
    Case("a rare word", "chrysanthemum", 100),
    Case("the middle of a rare word", "ysanthem", 100),
    Case("what nobody wrote", "xylophonist", 100),
    Case("two Chinese characters, rare", "菊花", 100),
    Case("a name with a typo", "Aleksandra Wisniewksa", 100),
    Case("a part of a phone number", "300 045 67", 100),
    Case("a common word", "roses", 300),
    Case("two common words", "roses tomorrow", 300),
    Case("a common name and a common company", "Maria Lotus", 300),
    Case("a word in one of 200 messages", "voucher", 300),
    Case("one common Chinese character", "的", 300),
    Case("a word that was common once", "tulips", 300),
    Case("a Chinese character that was common once", "您", 300),
)

_CUSTOMERS = """
INSERT INTO customers_customer (workspace_id, name, given_name, profile_name, label, profile_error, picture_version,
                                created_at)
SELECT %(workspace)s, name, '', name, '', '', '', now() FROM (
    SELECT CASE n %% 50 WHEN 3 THEN 'Maria ' ELSE '' END
        || (%(names)s::text[])[1 + n %% 97] || ' ' || (%(names)s::text[])[1 + (n / 97) %% 101] || ' ' || n AS name
    FROM generate_series(1, %(rooms)s) AS n
    UNION ALL SELECT %(name)s WHERE %(rooms)s > 500
) AS person
"""
_IDENTITIES = """
INSERT INTO customers_customeridentity (workspace_id, customer_id, channel, kind, scope, key, value, created_at)
SELECT workspace_id, id, 'whatsapp', 'phone', '', (85300000000 + id)::text, (85300000000 + id)::text, now()
FROM customers_customer WHERE workspace_id = %(workspace)s
"""
_COMPANIES = """
INSERT INTO customers_customervalue (workspace_id, customer_id, key, value)
SELECT workspace_id, id, 'company',
       CASE id %% 49 WHEN 7 THEN 'Lotus' ELSE (%(names)s::text[])[1 + id %% 101] END || ' Ltd'
FROM customers_customer WHERE workspace_id = %(workspace)s
"""
_ROOMS = """
INSERT INTO chatrooms_chatroom (workspace_id, customer_id, connection_id, status, last_message_at, inbound_count,
                                reported_read_id, created_at)
SELECT workspace_id, id, %(connection)s, 'open', now() - row_number() OVER () * interval '1 minute', 1, '', now()
FROM customers_customer WHERE workspace_id = %(workspace)s
"""
# `place` is different in each row, which makes PostgreSQL draw the words of each anew. It counts through the chats, not
# through a chat's messages, so that words are spread evenly over time. The cube makes some words common; tulips and 您
# were so in the older half.
_MESSAGES = """
INSERT INTO chatrooms_message (workspace_id, chatroom_id, connection_id, direction, kind, text, details, author_id,
                               client_id, external_id, reply_to_external_id, state, attempt_count,
                               failure_code, failure_text, sent_at, created_at, reactions, reacted_at)
SELECT workspace_id, id, connection_id, CASE n %% 2 WHEN 0 THEN 'inbound' ELSE 'outbound' END, 'text',
       CASE WHEN place %% 10 = 0 THEN (
           SELECT string_agg(chr(19968 + (power(random(), 3) * 3000)::int), '') FROM generate_series(1, 14 + 0 * place)
       ) || CASE WHEN place %% 20000 = 10 THEN '菊花' ELSE '' END || CASE WHEN random() < 0.3 THEN '的' ELSE '' END
         || CASE WHEN random() < 0.6 AND n * 2 >= %(messages)s THEN '您' ELSE '' END
       ELSE (
           SELECT string_agg(translate((power(random(), 3) * %(vocabulary)s)::int::text, '0123456789', 'mareotsinl'), ' ')
           FROM generate_series(1, 9 + 0 * place)
       ) || CASE WHEN place %% 20000 = 7 THEN ' chrysanthemums' ELSE '' END
         || CASE WHEN place %% 200 = 7 THEN ' voucher' ELSE '' END
         || CASE WHEN place %% 12 = 7 THEN ' Roses' ELSE '' END
         || CASE WHEN place %% 9 = 7 THEN ' tomorrow' ELSE '' END
         || CASE WHEN place %% 12 = 5 AND n * 2 >= %(messages)s THEN ' tulips' ELSE '' END END,
       '{}', CASE n %% 2 WHEN 1 THEN %(agent)s::bigint END, gen_random_uuid(), 'wamid.' || id || '.' || n, '',
       CASE n %% 2 WHEN 0 THEN 'received' ELSE 'read' END, n %% 2, '', '',
       last_message_at - n * interval '70000 minutes', now(), '{}', '{}'
FROM (SELECT room.*, n, row_number() OVER (ORDER BY n, room.id) AS place
      FROM chatrooms_chatroom AS room, generate_series(0, %(messages)s - 1) AS n
      WHERE workspace_id = %(workspace)s) AS room
"""
_ONE_MESSAGE = """
INSERT INTO chatrooms_message (workspace_id, chatroom_id, connection_id, direction, kind, text, details, client_id,
                               reply_to_external_id, state, attempt_count, failure_code, failure_text, sent_at,
                               created_at, reactions, reacted_at)
VALUES (%(workspace)s, %(room)s, %(connection)s, 'inbound', 'text', %(text)s, '{}', gen_random_uuid(), '', 'received',
        0, '', '', now(), now(), '{}', '{}')
"""
_KEYS = """
SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text IN
    ('chatrooms_message', 'chatrooms_chatroom', 'customers_customer', 'customers_customeridentity',
     'customers_customervalue')
"""


def run(stage: Stage) -> list[Verdict]:
    size = Size(1000, 10) if stage.quick else Size(100_000, 10)
    business = open_business("Search")
    others = [open_business(f"Search of others {number}") for number in range(5 if stage.quick else OTHERS)]
    with psycopg.connect(stage.database_url, autocommit=True, options=f"-c {PLATFORM_SETTING}=on") as database:
        before, after = _fill(database, {business: size, **dict.fromkeys(others, Size(100, 10))})
        print(f"  storing one message takes {before:.3f} ms without the indexes of search and {after:.3f} ms with them")
    searching.MOST = RateLimitItemPerSecond(1_000_000)  # nobody types this fast
    verdicts, rows = [], []
    for case in CASES:
        times = list(_times(business, case.text, 3 if stage.quick else REQUESTS))
        middle, high = quantile(times, 0.5), quantile(times, 0.95)
        rows.append([case.name, f"{middle:.1f}", f"{high:.1f}"])
        verdicts.append(
            Verdict(
                f"search for {case.name}, p95", f"{high:.1f} ms", f"< {case.target_ms:.0f} ms", high < case.target_ms
            )
        )
    print_table(["search for", "p50 ms", "p95 ms"], rows)
    return [*verdicts, *([] if stage.quick else [_index_use(stage, business)])]


def _fill(database: psycopg.Connection, sizes: Mapping[Business, Size]) -> tuple[float, float]:
    """Make everything, and the indexes at the end; return what storing one message takes without and with them.

    Checking the foreign keys of each row would take longer than all the rest: this database gives them up. What Django
    fills in by itself becomes the tables' own default.
    """
    for model in (Customer, CustomerIdentity, Chatroom, Message):
        for field in model._meta.concrete_fields:
            if isinstance(default := field.get_default(), bool | int | str):
                change = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}")
                names = sql.Identifier(model._meta.db_table), sql.Identifier(str(field.column))
                database.execute(change.format(*names, sql.Literal(default)))
    for constraint, table in database.execute(_KEYS).fetchall():
        database.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
    for name in INDEXES:
        database.execute(f"DROP INDEX {name}")
    for business, size in sizes.items():
        values = {
            "workspace": business.workspace.pk,
            "connection": business.number.pk,
            "agent": business.agent.pk,
            "rooms": size.rooms,
            "messages": size.messages,
            "names": _words(101, seed=1),
            "name": " ".join(NAMES),
            "vocabulary": VOCABULARY,
        }
        for statement in (_CUSTOMERS, _IDENTITIES, _COMPANIES, _ROOMS, _MESSAGES):
            database.execute(statement, values)
    database.execute("VACUUM (ANALYZE)")
    first = next(iter(sizes))
    before = _milliseconds_of_inserts(database, first)
    database.execute("SET maintenance_work_mem = '512MB'")
    for name, what in INDEXES.items():
        database.execute(f"CREATE INDEX {name} ON {what}")
    after = _milliseconds_of_inserts(database, first)
    database.execute("VACUUM (ANALYZE)")
    return before, after


def _words(count: int, seed: int) -> list[str]:
    """Make words that look like words, always the same."""
    source = random.Random(seed)
    syllables = [consonant + vowel for consonant in "bcdfghjklmnprstvw" for vowel in "aeiou"]
    return ["".join(source.choices(syllables, k=source.randint(2, 4))).capitalize() for _ in range(count)]


def _milliseconds_of_inserts(database: psycopg.Connection, business: Business) -> float:
    """Return the least that one message took in three rounds of single statements; none of them stays."""
    words = _words(400, seed=4)
    query = "SELECT min(id) FROM chatrooms_chatroom WHERE workspace_id = %s"
    room = (database.execute(query, [business.workspace.pk]).fetchone() or [0])[0]
    values = {"workspace": business.workspace.pk, "room": room, "connection": business.number.pk}
    rounds = []
    for _ in range(3):
        with database.transaction() as transaction:
            began_at = time.perf_counter()
            for number in range(INSERTS):
                text = " ".join(words[number % 300 : number % 300 + 10])
                database.execute(_ONE_MESSAGE, {**values, "text": text})
            rounds.append((time.perf_counter() - began_at) / INSERTS * 1000)
            raise psycopg.Rollback(transaction)
    return min(rounds)


def _times(business: Business, text: str, count: int) -> Iterator[float]:
    """Yield the milliseconds of requests; the first ones, which warm up, are not counted."""
    cookie = business.session_cookie()
    for number in range(WARMING_UP + count):
        request = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/w/{business.workspace.slug}/search/",
            "QUERY_STRING": urlencode({"q": text}),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": cookie,
            "HTTP_HX_REQUEST": "true",
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.input": io.BytesIO(),
        }
        began_at = time.perf_counter()
        _answer(request)
        if number >= WARMING_UP:
            yield (time.perf_counter() - began_at) * 1000


def _answer(request: dict[str, Any]) -> bytes:
    statuses: list[str] = []

    def start_response(status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Any:
        statuses.append(status)

    response = pages(request, start_response)
    content = b"".join(response)
    response.close()
    if statuses != ["200 OK"]:
        raise UnableToMeasure(f"A search was answered with {statuses}.")
    return content


def _index_use(stage: Stage, business: Business) -> Verdict:
    """Check that a rare word is found by the index, behind row-level security as it is."""
    used = "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname = 'messages_by_words'"
    with psycopg.connect(stage.database_url, autocommit=True) as database:
        database.execute(f"SET {WORKSPACE_SETTING} = '{business.workspace.pk}'")
        scans = []
        for _ in range(2):
            database.execute("SELECT pg_stat_force_next_flush()")
            scans.append((database.execute(used).fetchone() or [0])[0])
            call = "SELECT id FROM search_messages(%s, '{chrysanthemum}', '{}', NULL, NULL, 51, NULL)"
            found = len(database.execute(call, [business.workspace.pk]).fetchall())
    grown = scans[1] - scans[0]
    return Verdict("how a rare word is found", f"{found} hits, {grown} scan of its index", "by index", grown == 1)
