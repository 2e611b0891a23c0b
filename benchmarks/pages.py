"""What the inbox costs to show: queries and server time, with 1 000 000 messages in the workspace against 10 000.

100 000 chats against 1 000, beside 50 other workspaces. Requests go through the whole WSGI stack, as a signed-in agent's
do, without a network. The two workspaces take turns in the same process on the same tables, so that a busy minute of the
machine hits both alike. Each round is one ratio; the verdict is on their median.
"""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from inbox.asgi import pages
from inbox.chatrooms.actions import save_view
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.selectors import ROWS_PER_PAGE, Position
from inbox.connections.models import Connection
from inbox.labels.models import Label
from inbox.workspaces.models import Membership, Team
from inbox.workspaces.tenancy import scope

from .cast import Business, add_number, hire, open_business
from .crowd import fill
from .report import Spread, Verdict, print_table
from .stage import Stage, UnableToMeasure

MOST_QUERIES = 6
MOST_GROWTH = 1.5
MOST_FOR_DEPTH = 1.2
MESSAGES = 10
ROUNDS = 5
REQUESTS = 20
FILTER_REQUESTS = 8
# The planner's guesses depend on how many workspaces there are, so there must be many.
OTHERS = 50
OTHERS_CHATS = 200
PAGES = ("list", "list, page 1 000", "chat and list", "chat alone")
FILTERS = {
    "mine": "assignee=me",
    "unassigned": "assignee=none",
    "a colleague's": "assignee={Colleague}",
    "a team's": "team={Counter}",
    "closed": "status=closed",
    "archived": "status=archived",
    "every status": "status=all",
    "a channel": "channel=whatsapp",
    "a number with few chats": "connection={Second}",
    "a common label": "label={Regular}",
    "a rare label": "label={Rare}",
    "unread": "unread=1",
    "mine and unread": "assignee=me&unread=1",
    "a day without answer": "waiting=0-1",
    "1 to 2 days without answer": "waiting=1-2",
    "2 to 7 days without answer": "waiting=2-7",
    "a week without answer": "waiting=7-",
    "window open": "window=open",
    "window closed": "window=closed",
    "not sent": "failed=1",
    "answered by a bot": "bot=1",
    "longest quiet first": "sort=activity-reversed",
    "longest waiting first": "sort=waiting",
    "shortest waiting first": "sort=waiting-reversed",
    "newest chats first": "sort=created",
    "oldest chats first": "sort=created-reversed",
    "every status, shortest waiting first": "status=all&sort=waiting-reversed",
}
COUNTS = "counts of tabs and views"  # exact, so they grow with what is counted
PLANS = (PAGES[0], "a rare label", COUNTS, "chat alone")
_TENANT_TABLES = ("chatrooms_chatroom", "chatrooms_message")
_LIST_INDEXES = ("rooms_all", "rooms_assigned", "rooms_waiting", "rooms_created")


def run(stage: Stage) -> list[Verdict]:
    sizes = (200, 1000) if stage.quick else (1000, 100_000)
    small, large = (_Visit(open_business(f"Pages {size}"), size) for size in sizes)
    others = [open_business(f"Pages of others {number}") for number in range(5 if stage.quick else OTHERS)]
    crowds = {small.business: small.size, large.business: large.size, **dict.fromkeys(others, OTHERS_CHATS)}
    for visit in (small, large):
        hire(visit.business, 1)
        add_number(visit.business, "Second")
    fill(stage, crowds, messages=MESSAGES, is_varied=True)
    for visit in (small, large):
        visit.save_views()
    head = ["page", "queries", *(f"ms at {size * MESSAGES:,} messages" for size in sizes), "ratio"]
    verdicts, rows, queries, first = [], [], 0, list[float]()
    for name in PAGES:
        before, after, growth = _measured(small, large, name, stage.rounds(ROUNDS), REQUESTS)
        queries = max(queries, most := max(small.queries(name), large.queries(name)))
        rows.append([name, str(most), before.show(1), after.show(1), growth.show(2)])
        verdicts.append(_verdict(f"“{name}” at {large.size * MESSAGES:,} messages ÷ at fewer", growth, MOST_GROWTH))
        if name == PAGES[0]:
            first = list(after.values)
        elif name == PAGES[1]:
            depth = Spread.of([b / a for a, b in zip(first, after.values, strict=True)])
            verdicts.append(_verdict("page 1 000 ÷ page 1", depth, MOST_FOR_DEPTH))
    grown: dict[str, Spread] = {}
    for name in (*FILTERS, COUNTS):
        before, after, growth = _measured(small, large, name, stage.rounds(3), FILTER_REQUESTS)
        queries = max(queries, most := max(small.queries(name), large.queries(name)))
        rows.append([name, str(most), before.show(1), after.show(1), growth.show(2)])
        grown[name] = growth
    print_table(head, rows)
    verdicts += [_verdict(f"filter “{name}” at both sizes", grown[name], MOST_GROWTH) for name in FILTERS]
    verdicts.append(Verdict("queries a page", str(queries), f"≤ {MOST_QUERIES}", queries <= MOST_QUERIES))
    # On a small table a scan is the right plan.
    if stage.quick:
        return verdicts
    for name in PLANS:
        print(f"\n  {name}:", *_explained(large, name), sep="\n    ", flush=True)
    return [*verdicts, _plans(large)]


def _measured(small: _Visit, large: _Visit, name: str, rounds: int, requests: int) -> tuple[Spread, Spread, Spread]:
    pairs = [(small.milliseconds(name, requests), large.milliseconds(name, requests)) for _ in range(rounds)]
    before, after = zip(*pairs, strict=True)
    return Spread.of(before), Spread.of(after), Spread.of([b / a for a, b in pairs])


def _verdict(what: str, ratio: Spread, most: float) -> Verdict:
    return Verdict(what, ratio.show(2), f"≤ {most}", ratio.median <= most)


class _Visit:
    """An agent's requests to one workspace."""

    def __init__(self, business: Business, size: int) -> None:
        self.business = business
        self.size = size

    def save_views(self) -> None:
        """Keep two lists of the agent, which are counted with the tabs."""
        with scope(self.business.workspace.pk):
            for wanted in (RoomFilter(unread=True), RoomFilter(waiting="1-2", assignee="none")):
                save_view(actor=self.business.agent, name=wanted.query, wanted=wanted, is_shared=False)

    @cache  # noqa: B019 - two visits, for the life of the process
    def path(self, name: str) -> str:
        """Return the address of a page, by its name in the table."""
        inbox = f"/w/{self.business.workspace.slug}/"
        with scope(self.business.workspace.pk):
            rooms = Chatroom.objects.filter(workspace=self.business.workspace, status="open")
            middle = rooms.order_by("-last_message_at", "-pk")[self.size // 2]
            here: dict[str, int] = {
                str(row): row.pk
                for model in (Label, Team, Connection)
                for row in model._default_manager.filter(workspace=self.business.workspace)
            }
            here["Colleague"] = Membership.objects.filter(workspace=self.business.workspace).latest("pk").pk
        if name == "list":
            return inbox
        if name == "list, page 1 000":  # or the middle, where there are fewer
            return f"{inbox}?{urlencode({'before': str(Position(middle.last_message_at, middle.pk))})}"
        if name == COUNTS:
            return f"{inbox}counts/"
        if name in FILTERS:
            return f"{inbox}?{FILTERS[name].format(**here)}"
        return f"{inbox}rooms/{middle.pk}/"

    def queries(self, name: str) -> int:
        """Count the statements of one request, when everything that a process keeps is already there."""
        request = self.request(name)
        _answer(request)
        with recorded() as statements:
            _answer(request)
        return len(statements)

    def milliseconds(self, name: str, requests: int) -> float:
        """Return the median time of many requests."""
        request = self.request(name)
        _answer(request)
        times = []
        for _ in range(requests):
            began_at = time.perf_counter()
            _answer(request)
            times.append(time.perf_counter() - began_at)
        return median(times) * 1000

    def request(self, name: str) -> dict[str, Any]:
        """Return the WSGI environment of a page's request."""
        path, _mark, query = self.path(name).partition("?")
        request = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": self.business.session_cookie(),
            "HTTP_ACCEPT_LANGUAGE": "en",
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
        }
        return request | ({"HTTP_HX_REQUEST": "true"} if name == "chat alone" else {})


def _answer(request: dict[str, Any]) -> bytes:
    statuses: list[str] = []

    def start_response(status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Any:
        statuses.append(status)

    response = pages({**request, "wsgi.input": io.BytesIO()}, start_response)
    content = b"".join(response)
    response.close()
    if statuses != ["200 OK"]:
        raise UnableToMeasure(f"A page was answered with {statuses}.")
    return content


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that the block sends, with their parameters."""
    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def _plans(visit: _Visit) -> Verdict:
    """Check how the pages read chats and messages: by index always, and a list in its index's own order."""
    inbox = visit.path("list")
    tabs = [
        f"assignee={who}&status={status}" for who in ("", "me", "none") for status in ("open", "closed", "archived")
    ]
    tabs += ["sort=waiting", "sort=created"]
    paths = [*(f"{inbox}?{tab}" for tab in tabs), visit.path("list, page 1 000"), visit.path("chat and list")]
    faults: Counter[str] = Counter()
    for path in paths:
        place, _mark, query = path.partition("?")
        with recorded() as statements:
            _answer(visit.request("list") | {"PATH_INFO": place, "QUERY_STRING": query})
        with scope(visit.business.workspace.pk):
            for sql, params in statements:
                if sql.startswith("SELECT") and any(f'FROM "{table}"' in sql for table in _TENANT_TABLES):
                    is_list = f'FROM "{_TENANT_TABLES[0]}"' in sql and "ORDER BY" in sql and "LIMIT 1" not in sql
                    faults.update(_faults(sql, params, is_list=is_list))
    found = ", ".join(f"{fault} ({count} ×)" for fault, count in faults.items())
    return Verdict(f"how {len(paths)} pages are read", found or "by index", "by index", not faults)


def _explained(visit: _Visit, name: str) -> Iterator[str]:
    """Return the nodes of the plans by which a page reads chats and messages, as they ran under row-level security.

    Those that only read a setting of the session (`Result`) and those that never ran are left out."""
    request = visit.request(name)
    with recorded() as statements:
        _answer(request)
    with scope(visit.business.workspace.pk), connection.cursor() as cursor:
        for sql, params in statements:
            if sql.startswith(("SELECT", "(SELECT")) and any(f'FROM "{table}"' in sql for table in _TENANT_TABLES):
                cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) {sql}", params)
                yield from (line for (line,) in cursor.fetchall() if "actual time" in line and " Result " not in line)
                yield ""


def _faults(sql: str, params: Any, *, is_list: bool) -> Iterator[str]:
    """Name what the plan of a statement does that would grow with the tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        (plan,) = cursor.fetchone()
    nodes = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    yield from (
        f"scan of {node['Relation Name']}"
        for node in nodes
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in _TENANT_TABLES
    )
    # The rows of a page may be sorted, and the labels of each.
    if is_list and any(node["Node Type"].endswith("Sort") and _rows_into(node) > ROWS_PER_PAGE for node in nodes):
        yield "sort"
    if is_list and not any(node.get("Index Name") in _LIST_INDEXES for node in nodes):
        yield "list without its index"


def _rows_into(node: dict[str, Any]) -> float:
    """Return how many rows came into a node each time it was asked, as it ran."""
    return max(float(child["Actual Rows"]) for child in node["Plans"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
