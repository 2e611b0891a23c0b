"""Whether one may write freely in a chat, as a condition on many chats: the policy in `window`, said in SQL.

Nothing may be written to who is blocked.

A test holds the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest

from channels_adapters.types import ReplyPolicy
from inbox.connections.models import Connection
from inbox.customers.models import Customer

from .models import Chatroom, Direction, Message
from .windows import LEFT


def with_window(
    rooms: QuerySet[Chatroom], connections: Iterable[Connection], at: datetime, *, name: str
) -> QuerySet[Chatroom]:
    """Give chats an alias that says whether anything may be sent in them at a time, by what is known now.

    `connections` are those of the chats."""
    by_policy: dict[ReplyPolicy, list[int]] = defaultdict(list)
    for connection in connections:
        by_policy[connection.reply_policy].append(connection.pk)
    rooms = rooms.alias(opened_at=Greatest("last_inbound_at", "reaction_opened_at"))
    if any(policy.messages is not None for policy in by_policy):
        rooms = rooms.alias(sent=_sent_since("last_inbound_at"))
    if any(policy.activity_messages is not None for policy in by_policy):
        rooms = rooms.alias(sent_since_act=_sent_since("act_opened_at"))
    # Asked last, and so only where it matters: a join would look at the customer of every chat.
    unblocked = ~Q(Exists(_blocked()))
    cases = [
        When(Q(connection_id__in=ids) & _is_free(policy, at) & unblocked, then=True)
        for policy, ids in by_policy.items()
    ]
    # As a case, because a condition on a time that is not known is neither true nor false.
    is_free = Case(*cases, default=False, output_field=BooleanField())
    return rooms.alias(**{name: is_free})


def _blocked() -> QuerySet[Customer]:
    return Customer.objects.filter(workspace_id=OuterRef("workspace_id"), pk=OuterRef("customer_id"), is_blocked=True)


def _is_free(policy: ReplyPolicy, at: datetime) -> Q:
    free = _stands("opened_at", at - policy.window)
    if policy.messages is not None:
        free &= Q(sent__lt=policy.messages)
    if policy.activity_window is not None and policy.activity_messages is not None:
        free |= _stands("act_opened_at", at - policy.activity_window) & Q(sent_since_act__lt=policy.activity_messages)
    return free


def _stands(opening: str, earliest: datetime) -> Q:
    """What opened the window did so after `earliest`, and the vendor has not refused since."""
    unrefused = Q(window_refused_at__isnull=True) | Q(window_refused_at__lt=F(opening))
    return Q(**{f"{opening}__gt": earliest}) & unrefused


def _sent_since(field: str) -> Coalesce:
    """Count our messages that have left since a time of the chat."""
    messages: QuerySet[Any] = Message.objects.filter(
        workspace_id=OuterRef("workspace_id"),
        chatroom=OuterRef("pk"),
        direction=Direction.OUTBOUND,
        state__in=LEFT,
    ).annotate(left_at=Coalesce("accepted_at", "sent_at"))
    counted = messages.filter(left_at__gt=OuterRef(field)).order_by().values("chatroom_id").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), Value(0))
