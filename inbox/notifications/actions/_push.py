"""Pushes: claimed and written in one transaction, sent to many devices at once, settled in a second one.

A push service tells who is gone: after 404 and 410 a device is told nothing until its page has registered it anew. What
it could not take now is tried again, unless the member was reached on another device.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from http import HTTPStatus

import httpx
from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import translation

from inbox.lib import clock, web_push
from inbox.workspaces.access import user_of_session
from inbox.workspaces.models import Workspace
from inbox.workspaces.tenancy import platform_scope, scope

from .. import words
from ..models import Device, Habits, Notification, Standing
from ..selectors import to_tell
from ._devices import private_key

logger = logging.getLogger(__name__)

BATCH = 100
AT_ONCE = 20
TIMEOUT_SECONDS = 10.0
# How long a batch may take, whatever its push services do: what is not sent by then is tried again.
BATCH_SECONDS = 100.0
# How long one worker may hold a claim: longer than a batch takes.
LEASE = timedelta(seconds=120)
MOST_TRIES = 4
# What is older is worth no push, also not at the push service.
WORTHLESS_AFTER = timedelta(hours=1)

# How long a device on which its member has signed out waits for them to come back.
SIGNED_OUT_FOR = timedelta(days=30)

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_LATER = HTTPStatus.TOO_MANY_REQUESTS


@dataclass(frozen=True)
class _Push:
    notification_id: int
    device_id: int
    digest: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def push_due() -> int:
    """Send every push that is due; return how many devices were reached."""
    with platform_scope("notifications that are to be pushed"):
        due = Notification.objects.filter(push_at__lte=clock.now())
        workspaces = list(due.order_by("workspace_id").values_list("workspace_id", flat=True).distinct())
    reached = 0
    for workspace_id in workspaces:
        try:
            reached += _push_batch(workspace_id)
        except Exception:
            logger.exception("the members of workspace %s were not told on their devices", workspace_id)
    return reached


def _push_batch(workspace_id: int) -> int:
    now = clock.now()
    until = now + LEASE
    with scope(workspace_id):
        claimed = _claim(workspace_id, now, until)
        pushes = _pushes(workspace_id, claimed, now) if claimed else []
    answers = asyncio.run(_send(pushes)) if pushes else []
    with scope(workspace_id):
        return _settle(workspace_id, claimed, until, list(zip(pushes, answers, strict=True)))


def _claim(workspace_id: int, now: datetime, until: datetime) -> list[int]:
    due = Notification.objects.filter(workspace_id=workspace_id, push_at__lte=now).order_by("push_at")
    ids = list(due.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)[:BATCH])
    Notification.objects.filter(workspace_id=workspace_id, pk__in=ids).update(push_at=until)
    return ids


def _pushes(workspace_id: int, ids: Collection[int], now: datetime) -> list[_Push]:
    """Write what is still worth it, for every device on which its member is signed in."""
    fresh = Notification.objects.filter(workspace_id=workspace_id, pk__in=ids, happened_at__gt=now - WORTHLESS_AFTER)
    notifications = to_tell(workspace_id, fresh.order_by("pk"))
    members = {notification.member_id for notification in notifications}
    devices = _devices_of(workspace_id, members, now)
    if not devices:
        return []
    habits = {each.member_id: each for each in Habits.objects.filter(workspace_id=workspace_id, member__in=members)}
    slug = Workspace.objects.values_list("slug", flat=True).get(pk=workspace_id)
    key = private_key()
    pushes = []
    for notification in notifications:
        theirs = habits.get(notification.member_id) or Habits()
        if theirs.quiet.holds(now):
            continue
        payload = _payload(notification, theirs, slug)
        for device in devices[notification.member_id]:
            try:
                pushes.append(_push(notification, device, payload, key, now))
            except ValueError as error:  # its words may name the device's address
                logger.warning("device %s cannot be told: %s", device.pk, type(error).__name__)
    return pushes


def _push(notification: Notification, device: Device, payload: bytes, key: str, now: datetime) -> _Push:
    """Write one push. Raises ValueError for a device whose address or keys are none."""
    secrets = device.secrets
    receiver = web_push.Receiver.of(secrets["endpoint"], secrets["p256dh"], secrets["auth"])
    headers = web_push.headers(
        receiver,
        key,
        contact=_contact(),
        now=now,
        seconds=int(WORTHLESS_AFTER.total_seconds()),
        topic=notification.topic,
    )
    body = web_push.encrypt(payload, receiver)
    return _Push(notification.pk, device.pk, device.digest, receiver.endpoint, headers, body)


def _devices_of(workspace_id: int, members: Collection[int], now: datetime) -> Mapping[int, list[Device]]:
    """Return the devices of members on which they are signed in. Where nobody came back for long, they are dropped."""
    devices: dict[int, list[Device]] = defaultdict(list)
    left = []
    known = Device.objects.filter(workspace_id=workspace_id, member__in=members, standing=Standing.TOLD)
    for device in known.select_related("member").order_by("pk"):
        user = user_of_session(device.secrets["session"])
        if user is not None and user.pk == device.member.user_id and user.is_active and device.member.is_active:
            devices[device.member_id].append(device)
        elif device.created_at < now - SIGNED_OUT_FOR:
            left.append(device.pk)
    long_since = Device.objects.filter(workspace_id=workspace_id, pk__in=left, standing=Standing.TOLD)
    long_since.filter(created_at__lt=now - SIGNED_OUT_FOR).delete()
    return devices


def _payload(notification: Notification, habits: Habits, slug: str) -> bytes:
    with translation.override(habits.language):
        title, text = words.discreet(notification), ""
        if habits.shows_words:
            title, text = words.headline(notification), words.text(notification)
    url = reverse("notifications:opening", args=[slug, notification.pk])
    content = {"title": title, "body": text, "url": url, "tag": notification.topic}
    return json.dumps(content, ensure_ascii=False).encode()


def _contact() -> str:
    """Return where a push service reaches whoever runs this."""
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


async def _send(pushes: Sequence[_Push]) -> list[int]:
    """Return each answer's status, 0 for none. An address at which nobody can be is as one that is gone."""
    turn = asyncio.Semaphore(AT_ONCE)
    answers = [0] * len(pushes)
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:

        async def send(place: int, push: _Push) -> None:
            async with turn:
                try:
                    answer = await client.post(push.url, headers=dict(push.headers), content=push.body)
                    answers[place] = answer.status_code
                except httpx.HTTPError as error:  # its words may name the device's address
                    logger.warning("a push service did not answer: %s", type(error).__name__)
                except (httpx.InvalidURL, UnicodeError):
                    answers[place] = HTTPStatus.GONE

        with suppress(TimeoutError):
            async with asyncio.timeout(BATCH_SECONDS):
                await asyncio.gather(*(send(place, push) for place, push in enumerate(pushes)))
    return answers


def _settle(workspace_id: int, claimed: Collection[int], until: datetime, answers: Sequence[tuple[_Push, int]]) -> int:
    """Note which devices are lost, and let those be tried again that nobody took. What happened meanwhile stays: of a
    device that was removed or has another address by now, nothing is noted.
    """
    now = clock.now()
    reached = [push for push, status in answers if 200 <= status < 300]
    gone = {(push.device_id, push.digest) for push, status in answers if status in _GONE}
    busy = {push.notification_id for push, status in answers if status in (0, _LATER) or status >= 500}
    again = busy - {push.notification_id for push in reached}
    for status in {status for _push, status in answers if 300 <= status < 500 and status not in (*_GONE, _LATER)}:
        logger.warning("a push service refused a push with %s", status)
    told = Device.objects.filter(workspace_id=workspace_id, standing=Standing.TOLD)
    told.filter(pk__in={push.device_id for push in reached}).update(pushed_at=now)
    for device_id, digest in sorted(gone):
        told.filter(pk=device_id, digest=digest).update(standing=Standing.LOST)
    ours = Notification.objects.filter(workspace_id=workspace_id, pk__in=claimed, push_at=until)
    for tries in range(MOST_TRIES):
        later = now + timedelta(seconds=10 * 4**tries)
        ours.filter(pk__in=again, tries=tries).update(push_at=later, tries=F("tries") + 1)
    ours.update(push_at=None)
    return len(reached)
