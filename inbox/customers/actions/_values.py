"""What is known of a customer beside their names, and which fields a workspace has for that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from .. import selectors
from ..fields import OWN, Field, FieldType, ValueRefused, cleaned
from ..models import CustomerField, CustomerValue
from ..patterns import PatternRefused, checked_pattern
from ..selectors import Group
from ._events import note
from ._known import lock_customers
from ._names import announce_customers

MOST_FIELDS = 40
MOST_CHOICES = 50
CHOICE_LENGTH = 60
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class FieldRefused(Exception):
    """The field cannot be like that; the message says why, `part` at which of its parts."""

    def __init__(self, part: str, words: str) -> None:
        super().__init__(words)
        self.part = part


class ValueChanged(Exception):
    """Somebody else changed the value meanwhile; `current` is what it is now."""

    def __init__(self, current: str) -> None:
        super().__init__("the value was changed meanwhile")
        self.current = current


@dataclass(frozen=True)
class FieldDraft:
    """What a form says of a field. `choices` stand one a line."""

    label: str
    type: str = FieldType.TEXT.value
    key: str = ""
    is_required: bool = False
    pattern: str = ""
    help_text: str = ""
    choices: str = ""
    position: int | None = None
    is_hidden: bool = False


def set_value(*, actor: Membership, group: Group, field: Field, typed: str, seen: str) -> str:
    """Store what a person's value for a field is, if it still is what the actor saw; return its stored form.

    Call it inside the workspace's scope. Raises ValueRefused, ValueChanged.
    """
    workspace_id, head = actor.workspace_id, group.head
    lock_customers(workspace_id)
    before = selectors.values_of(group).get(field.key, "")
    value = before if typed.strip() == before else cleaned(field, typed)
    if value == before:
        if field.is_required and not value:
            raise ValueRefused(_("This must not be empty."))
        return value
    if before != seen:
        raise ValueChanged(before)
    if value:
        CustomerValue.objects.update_or_create(
            workspace_id=workspace_id, customer=head, key=field.key, defaults={"value": value}
        )
    else:
        CustomerValue.objects.filter(workspace_id=workspace_id, key=field.key, customer__in=group.all).delete()
    note(
        workspace_id=workspace_id,
        actor=actor,
        customer=head,
        event="field_changed",
        key=field.key,
        label=field.label,
        before=before,
        after=value,
    )
    announce_customers(workspace_id, [customer.pk for customer in group.all])
    return value


def define_field(
    *, actor: Membership | None, workspace_id: int, draft: FieldDraft, field: CustomerField | None = None
) -> CustomerField:
    """Create a field, or change one; its key stays what it was. Raises FieldRefused."""
    row = field or CustomerField(workspace_id=workspace_id)
    before = _facts(row) if field else {}
    row.label, row.type = _label(draft.label), _type(draft.type)
    row.choices = _choices(draft.choices) if row.type == FieldType.CHOICE else []
    row.pattern = _pattern(draft.pattern, row.type)
    row.help_text = " ".join(draft.help_text.split())[:200]
    if row.pattern and not row.help_text:
        raise FieldRefused("help_text", _("Say what a value has to look like: agents read it when theirs is refused."))
    row.is_required, row.is_hidden = draft.is_required, draft.is_hidden
    if field is None:
        standing = CustomerField.objects.filter(workspace_id=workspace_id)
        if standing.count() >= MOST_FIELDS:
            raise FieldRefused(
                "label", _("There are %(count)s fields already, which is the most.") % {"count": MOST_FIELDS}
            )
        row.key = _key(draft, list(standing.values_list("key", flat=True)))
        last = standing.aggregate(last=Max("position"))["last"]
        row.position = 0 if last is None else last + 1
    if draft.position is not None:
        row.position = draft.position
    if field is not None and _facts(row) == before:
        return row
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise FieldRefused("key", _("There is a field with this key already.")) from None
    verb = "customer_field.changed" if field else "customer_field.created"
    audit.record(workspace_id=workspace_id, actor=actor, verb=verb, subject=row, before=before, after=_facts(row))
    return row


def _facts(row: CustomerField) -> dict[str, object]:
    names = ("key", "label", "type", "is_required", "pattern", "help_text", "choices", "position", "is_hidden")
    return {name: getattr(row, name) for name in names}


def _label(text: str) -> str:
    label = " ".join(text.replace("\x00", "").split())
    if not label:
        raise FieldRefused("label", _("Type the name of the field."))
    if len(label) > 60:
        raise FieldRefused("label", _("This name is too long: at most %(count)s characters fit.") % {"count": 60})
    return label


def _type(text: str) -> str:
    if text not in FieldType.values:
        raise FieldRefused("type", _("Choose one of the types."))
    return text


def _choices(text: str) -> list[str]:
    choices = list(
        dict.fromkeys(" ".join(line.split()) for line in text.replace("\x00", "").splitlines() if line.strip())
    )
    if not 2 <= len(choices) <= MOST_CHOICES:
        raise FieldRefused("choices", _("Write 2 to %(count)s choices, one a line.") % {"count": MOST_CHOICES})
    if any(len(choice) > CHOICE_LENGTH for choice in choices):
        raise FieldRefused("choices", _("A choice has at most %(count)s characters.") % {"count": CHOICE_LENGTH})
    return choices


def _pattern(pattern: str, type_: str) -> str:
    if not pattern:
        return ""
    if type_ != FieldType.TEXT:
        raise FieldRefused("pattern", _("Only a text has a pattern: the other types know what they look like."))
    try:
        return checked_pattern(pattern)
    except PatternRefused as refusal:
        raise FieldRefused("pattern", str(refusal)) from refusal


def _key(draft: FieldDraft, taken: Sequence[str]) -> str:
    """Return the key that was typed, or one made of the name."""
    if draft.key:
        if not _KEY.fullmatch(draft.key):
            raise FieldRefused("key", _("A key has small letters, digits and _, and begins with a letter."))
        if draft.key in (*OWN, *taken):
            raise FieldRefused("key", _("There is a field with this key already."))
        return draft.key
    made = re.sub(r"[^a-z0-9]+", "_", draft.label.casefold()).strip("_")[:30]
    made = made if _KEY.fullmatch(made) else "field"
    numbered = (made, *(f"{made}_{number}" for number in range(2, MOST_FIELDS + 4)))
    return next(key for key in numbered if key not in (*OWN, *taken))
