"""Whether a customer can reach us, and whether they want to hear from us: blocking, and opting out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from .. import selectors
from ..models import ContactRules, Customer
from ..wishes import MOST_WORDS, WORD_LENGTH, Wish, may_be_wish, wish_of
from ._events import note
from ._known import lock_customers
from ._names import announce_customers, name_groups


class RulesRefused(Exception):
    """The words cannot be like that; the message says why."""


@dataclass(frozen=True)
class Said:
    """A short message of a customer, at the vendor's time."""

    customer_id: int
    text: str
    at: datetime


@dataclass(frozen=True)
class Wished:
    """What a customer's message changed."""

    event: str  # stop_said, start_said
    words: str


def block_customer(*, actor: Membership, customer: Customer, is_blocked: bool) -> bool:
    """Block a person, or unblock them; say whether that changed anything.

    What a blocked one writes is kept and makes no noise. Call it inside the workspace's scope, as all of these.
    """
    lock_customers(actor.workspace_id)
    head, group = _person(actor.workspace_id, customer.pk)
    if head.is_blocked == is_blocked:
        return False
    if is_blocked:
        Customer.objects.filter(pk=head.pk).update(blocked_at=clock.now())
    else:
        Customer.objects.filter(pk__in=group).update(blocked_at=None)
    _tell(actor, head, group, "blocked" if is_blocked else "unblocked")
    return True


def opt_out_customer(*, actor: Membership, customer: Customer, is_opted_out: bool) -> bool:
    """Note that a person wants no messages that they did not ask for, or that they do again."""
    lock_customers(actor.workspace_id)
    head, group = _person(actor.workspace_id, customer.pk)
    if head.is_opted_out == is_opted_out:
        return False
    _set_wish(head, group, is_opted_out=is_opted_out, at=clock.now())
    _tell(actor, head, group, "stop_noted" if is_opted_out else "stop_lifted")
    return True


def note_wishes(*, workspace_id: int, said: Iterable[Said]) -> dict[int, Wished]:
    """Follow customers who wrote a word like STOP; return what that changed, by their ids.

    One that is told again, or is older than what we know, changes nothing. Call it before chatrooms are locked.
    """
    short = [each for each in said if may_be_wish(each.text)]
    if not short:
        return {}
    stop_words, start_words = selectors.words_of(workspace_id)
    wishes = [(each, wish) for each in short if (wish := wish_of(each.text, stop_words, start_words))]
    if not wishes:
        return {}
    lock_customers(workspace_id)
    found: dict[int, Wished] = {}
    for each, wish in sorted(wishes, key=lambda pair: pair[0].at):
        head, group = _person(workspace_id, each.customer_id)
        is_stop = wish is Wish.STOP
        if head.is_opted_out == is_stop or (head.wish_at is not None and head.wish_at >= each.at):
            continue
        _set_wish(head, group, is_opted_out=is_stop, at=each.at)
        event = f"{wish}_said"
        note(workspace_id=workspace_id, actor=None, customer=head, event=event, at=each.at, words=each.text.strip())
        announce_customers(workspace_id, sorted({*group, *name_groups(workspace_id, {head.pk})}))
        found[each.customer_id] = Wished(event, each.text.strip())
    return found


def set_contact_rules(*, actor: Membership, stop_words: str, start_words: str) -> None:
    """Say by which words customers opt out and in again, one a line. Raises RulesRefused."""
    stop, start = _words(stop_words), _words(start_words)
    if both := {word.casefold() for word in stop} & {word.casefold() for word in start}:
        raise RulesRefused(_("“%(word)s” cannot mean both.") % {"word": min(both)})
    rules, _is_new = ContactRules.objects.update_or_create(
        workspace_id=actor.workspace_id,
        defaults={"stop_words": "\n".join(stop), "start_words": "\n".join(start)},
    )
    audit.record(
        workspace_id=actor.workspace_id, actor=actor, verb="contact_rules.set", subject=rules, stop=stop, start=start
    )


def _words(text: str) -> list[str]:
    words = list(
        dict.fromkeys(" ".join(line.split()) for line in text.replace("\x00", "").splitlines() if line.strip())
    )
    if len(words) > MOST_WORDS:
        raise RulesRefused(_("These are too many words: at most %(count)s.") % {"count": MOST_WORDS})
    if long := next((word for word in words if len(word) > WORD_LENGTH), None):
        raise RulesRefused(
            _("“%(word)s…” is too long: at most %(count)s characters.") % {"word": long[:20], "count": WORD_LENGTH}
        )
    return words


def _person(workspace_id: int, customer_id: int) -> tuple[Customer, list[int]]:
    """Return the head of a customer's group and the ids of all in it."""
    given = Customer.objects.get(workspace_id=workspace_id, pk=customer_id)
    rows = Customer.objects.filter(Q(pk=given.head_id) | Q(merged_into=given.head_id), workspace_id=workspace_id)
    group = {customer.pk: customer for customer in rows}
    return group[given.head_id], sorted(group)


def _set_wish(head: Customer, group: list[int], *, is_opted_out: bool, at: datetime) -> None:
    if not is_opted_out:
        Customer.objects.filter(pk__in=group).update(opted_out_at=None)
    Customer.objects.filter(pk=head.pk).update(opted_out_at=at if is_opted_out else None, wish_at=at)


def _tell(actor: Membership, head: Customer, group: list[int], event: str) -> None:
    workspace_id = actor.workspace_id
    note(workspace_id=workspace_id, actor=actor, customer=head, event=event)
    name_groups(workspace_id, {head.pk})
    announce_customers(workspace_id, group, event=event, actor=actor)
