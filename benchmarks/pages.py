"""What the inbox costs to show: queries and server time, with 100 000 chats in the workspace against 1 000.

Requests go through the whole WSGI stack, as a signed-in agent's do, without a network. The two workspaces take turns
in the same process on the same tables, so that a busy minute of the machine hits both alike.
"""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from inbox.asgi import pages
from inbox.chatrooms.models import Chatroom
from inbox.chatrooms.selectors import Position
from inbox.workspaces.tenancy import scope

from .cast import Business, open_business
from .crowd import fill
from .report import Spread, Verdict, print_table
from .stage import Stage, UnableToMeasure

MOST_QUERIES = 6
MOST_GROWTH = 1.5
REQUESTS = 50
# The planner's guesses depend on how many workspaces there are, so there must be many.
OTHERS = 200
OTHERS_CHATS = 200
_TENANT_TABLES = ("chatrooms_chatroom", "chatrooms_message")
_LIST_INDEXES = ("rooms_all", "rooms_assigned")


def run(stage: Stage) -> list[Verdict]:
    sizes = (200, 1000) if stage.quick else (1000, 100_000)
    small, large = (_Visit(open_business(f"Pages {size}"), size) for size in sizes)
    others = [open_business(f"Pages of others {number}") for number in range(5 if stage.quick else OTHERS)]
    fill(stage, {small.business: small.size, large.business: large.size, **dict.fromkeys(others, OTHERS_CHATS)})
    verdicts = []
    rows = []
    most_queries = 0
    for name in ("list", "list, deep", "chat and list", "chat alone"):
        queries = max(small.queries(name), large.queries(name))
        times: dict[int, list[float]] = {small.size: [], large.size: []}
        for _ in range(stage.rounds(5)):
            for visit in (small, large):
                times[visit.size].append(visit.milliseconds(name))
        growth = Spread.of([b / a for a, b in zip(times[small.size], times[large.size], strict=True)])
        rows.append([name, str(queries), *(Spread.of(times[s]).show(1) for s in sizes), growth.show(2)])
        most_queries = max(most_queries, queries)
        verdicts.append(
            Verdict(
                f"“{name}” with {large.size:,} chats ÷ with {small.size:,}",
                growth.show(2),
                f"≤ {MOST_GROWTH}",
                growth.median <= MOST_GROWTH,
            )
        )
    print_table(["page", "queries", *(f"ms at {size:,} chats" for size in sizes), "ratio"], rows)
    queries_verdict = Verdict("queries a page", str(most_queries), f"≤ {MOST_QUERIES}", most_queries <= MOST_QUERIES)
    # On a small table a scan is the right plan.
    return [queries_verdict, *verdicts, *([] if stage.quick else [_plans(large)])]


class _Visit:
    """An agent's requests to one workspace."""

    def __init__(self, business: Business, size: int) -> None:
        self.business = business
        self.size = size

    def path(self, name: str) -> str:
        """Return the address of a page, by its name in the table."""
        inbox = f"/w/{self.business.workspace.slug}/"
        with scope(self.business.workspace.pk):
            rooms = Chatroom.objects.filter(workspace=self.business.workspace, status="open")
            middle = rooms.order_by("-last_message_at", "-pk")[self.size // 2]
        if name == "list":
            return inbox
        if name == "list, deep":
            return f"{inbox}?{urlencode({'before': str(Position(middle.last_message_at, middle.pk))})}"
        return f"{inbox}rooms/{middle.pk}/"

    def queries(self, name: str) -> int:
        """Count the statements of one request, when everything that a process keeps is already there."""
        request = self.request(name)
        _answer(request)
        with recorded() as statements:
            _answer(request)
        return len(statements)

    def milliseconds(self, name: str) -> float:
        """Return the median time of many requests."""
        request = self.request(name)
        _answer(request)
        times = []
        for _ in range(REQUESTS):
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
    tabs = [f"tab={tab}&status={status}" for tab in ("all", "mine", "unassigned") for status in ("open", "closed")]
    paths = [*(f"{inbox}?{tab}" for tab in tabs), visit.path("list, deep"), visit.path("chat and list")]
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


def _faults(sql: str, params: Any, *, is_list: bool) -> Iterator[str]:
    """Name what the plan of a statement does that would grow with the tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (plan,) = cursor.fetchone()
    nodes = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    yield from (
        f"scan of {node['Relation Name']}"
        for node in nodes
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in _TENANT_TABLES
    )
    if is_list and any(node["Node Type"].endswith("Sort") for node in nodes):
        yield "sort"
    if is_list and not any(node.get("Index Name") in _LIST_INDEXES for node in nodes):
        yield "list without its index"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
