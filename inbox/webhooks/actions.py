"""Make sense of stored webhooks: claim a batch, route each event to its connection's workspace, store, mark done.

Claim, effects and mark share one transaction, so a worker that dies leaves the events pending and nothing half done.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet

from channels_adapters.types import AccountNotice, Event, Malformed, Unsupported
from inbox.chatrooms.actions import receive_events, record_changes
from inbox.connections.models import Connection, VendorApp
from inbox.lib import clock
from inbox.lib.background import enqueue
from inbox.workspaces.tenancy import platform_scope, scope

from .models import EventState, WebhookEvent

logger = logging.getLogger(__name__)

BATCH = 100
# Seconds after which a run lets another go on, well before Celery would kill it in the middle of a batch.
LONGEST_RUN = 60.0
MAX_ATTEMPTS = 5

# While this mark stands a wake-up waits for a worker, and more of them would do nothing. It ends by itself in case the
# wake-up was lost; by then the sweep comes anyway.
_WOKEN = "webhooks.woken"
_WOKEN_SECONDS = 3


@dataclass
class _Parsed:
    """A raw event and what its adapter made of it."""

    stored: WebhookEvent
    events: list[Event]
    unrouted: list[str] = field(default_factory=list)
    left_aside: list[str] = field(default_factory=list)
    malformed: str = ""


def wake_worker() -> None:
    """Tell a worker that there is something to process, unless one has been told and has not begun."""
    try:
        nobody_is_told = bool(_redis().set(_WOKEN, 1, nx=True, ex=_WOKEN_SECONDS))
    except redis.RedisError:
        nobody_is_told = True
    if nobody_is_told:
        enqueue("inbox.webhooks.tasks.process_webhook_events")


def process_pending() -> int:
    """Process everything that is pending, batch by batch; return how many raw events were processed."""
    with suppress(redis.RedisError):
        _redis().delete(_WOKEN)  # what is stored from now on wakes a worker again
    total = 0
    stop_at = time.monotonic() + LONGEST_RUN
    while True:
        try:
            processed = _process_batch(BATCH)
            is_last = processed < BATCH
        except Exception as error:
            # One event spoils its batch: take them one at a time, so that only the culprit stays behind.
            logger.warning("a batch of webhooks failed (%s); processing singly", type(error).__name__)
            processed = _process_singly()
            is_last = not processed
        total += processed
        if is_last:
            return total
        if time.monotonic() > stop_at:
            wake_worker()
            return total


def replay(*, event_ids: Sequence[int]) -> int:
    """Put parked or unrouted events back in line; return how many. Replaying a done part again is harmless."""
    with platform_scope("replaying webhooks"):
        count = (
            WebhookEvent.objects.filter(pk__in=event_ids)
            .exclude(state=EventState.PENDING)
            .update(state=EventState.PENDING, attempts=0, error="", processed_at=None)
        )
        transaction.on_commit(wake_worker)
    return count


def purge_events() -> int:
    """Forget processed bodies after the retention time. Parked and unrouted ones are kept for a person."""
    with platform_scope("purging old webhooks"):
        deleted, _by_model = WebhookEvent.objects.filter(
            state=EventState.DONE, received_at__lt=clock.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
        ).delete()
    return deleted


def _process_batch(limit: int) -> int:
    with platform_scope("routing webhooks to workspaces"):
        claimed = list(_claimable().order_by("pk")[:limit])
        if claimed:
            _process(claimed)
    return len(claimed)


def _claimable() -> QuerySet[WebhookEvent]:
    """Pending events that no other worker holds."""
    pending = WebhookEvent.objects.filter(state=EventState.PENDING)
    return pending.select_for_update(skip_locked=True)


def _process_singly() -> int:
    with platform_scope("choosing webhooks to process singly"):
        ids = list(
            WebhookEvent.objects.filter(state=EventState.PENDING).order_by("pk").values_list("pk", flat=True)[:BATCH]
        )
    for event_id in ids:
        try:
            with platform_scope("processing one webhook"):
                _process(list(_claimable().filter(pk=event_id)))
        except DatabaseError as error:
            _note_failure(event_id, error, park_at=MAX_ATTEMPTS)
        except Exception as error:
            logger.exception("webhook %s is parked", event_id)
            _note_failure(event_id, error, park_at=1)
    return len(ids)


def _note_failure(event_id: int, error: Exception, *, park_at: int) -> None:
    """Count a failure; park the event when it has failed often enough. A database hiccup deserves another try."""
    with platform_scope("noting a failed webhook"):
        pending = WebhookEvent.objects.filter(pk=event_id, state=EventState.PENDING)
        words = f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")
        pending.update(attempts=F("attempts") + 1, error=words)
        pending.filter(attempts__gte=park_at).update(state=EventState.PARKED, processed_at=clock.now())


def _process(claimed: Sequence[WebhookEvent]) -> None:
    """Route and store the events of a claimed batch, inside the caller's transaction."""
    apps = VendorApp.objects.in_bulk({event.app_id for event in claimed})
    parsed = [
        _Parsed(event, apps[event.app_id].adapter.parse(bytes(event.body), apps[event.app_id].credentials))
        for event in claimed
    ]
    routes = _routes(claimed, [event for item in parsed for event in item.events])
    by_workspace: dict[int, list[tuple[Connection, Event]]] = defaultdict(list)
    for item in parsed:
        for event in item.events:
            if isinstance(event, Malformed):
                item.malformed = event.reason
            elif found := routes.get((item.stored.app_id, *_address(event))):
                for connection in found:
                    by_workspace[connection.workspace_id].append((connection, event))
            elif any(_address(event)) or not isinstance(event, AccountNotice | Unsupported):
                item.unrouted.append("".join(_address(event)) or "(none named)")
            else:
                item.left_aside.append(f"{getattr(event, 'what', type(event).__name__)} of no account")
    _receive(by_workspace, {id(event): item for item in parsed for event in item.events})
    _mark(parsed)


def _address(event: Event) -> tuple[str, str]:
    """Return the account an event names, or else the business whose accounts are all meant."""
    if event.account_id or not isinstance(event, AccountNotice | Unsupported):
        return event.account_id, ""
    return "", event.business_id


def _routes(claimed: Sequence[WebhookEvent], events: Sequence[Event]) -> dict[tuple[int, str, str], list[Connection]]:
    """Return the connections behind (app, account, "") and (app, "", business)."""
    addresses = {_address(event) for event in events}
    connections = Connection.objects.filter(
        Q(account_id__in={account_id for account_id, _business_id in addresses} - {""})
        | Q(business_id__in={business_id for _account_id, business_id in addresses} - {""}),
        app_id__in={event.app_id for event in claimed},
    )
    routes: dict[tuple[int, str, str], list[Connection]] = defaultdict(list)
    for connection in connections.defer("credentials"):
        routes[connection.app_id, connection.account_id, ""].append(connection)
        if connection.business_id:
            routes[connection.app_id, "", connection.business_id].append(connection)
    return routes


def _receive(by_workspace: Mapping[int, list[tuple[Connection, Event]]], origin: Mapping[int, _Parsed]) -> None:
    """Store each workspace's events, then record all changes: counters stay locked until the commit, so they go last."""
    changed: dict[int, list[tuple[int, int]]] = {}
    for workspace_id, events in sorted(by_workspace.items()):
        with scope(workspace_id):
            received = receive_events(workspace_id=workspace_id, events=events)
        changed[workspace_id] = received.changed
        for event, reason in received.left_aside:
            origin[id(event)].left_aside.append(reason)
    for workspace_id, messages in changed.items():  # in the platform's scope: another of its own is five round trips
        record_changes(workspace_id=workspace_id, messages=messages)


def _mark(parsed: Sequence[_Parsed]) -> None:
    now = clock.now()
    for item in parsed:
        stored = item.stored
        stored.processed_at = now
        stored.state, stored.error = EventState.DONE, ""
        if item.malformed:
            stored.state, stored.error = EventState.PARKED, item.malformed
        elif item.unrouted:
            accounts = ", ".join(dict.fromkeys(item.unrouted))
            stored.state, stored.error = EventState.UNROUTED, f"no connection for account {accounts}"
        elif item.left_aside:
            stored.error = f"left aside: {', '.join(dict.fromkeys(item.left_aside))}"
    plain = [item.stored.pk for item in parsed if not item.stored.error]
    WebhookEvent.objects.filter(pk__in=plain).update(state=EventState.DONE, error="", processed_at=now)
    remarkable = [item.stored for item in parsed if item.stored.error]
    WebhookEvent.objects.bulk_update(remarkable, ["state", "error", "processed_at"])


@cache
def _redis() -> redis.Redis:
    """Return a client of our own: Django's cache would connect anew each time it is used from a passing thread."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
