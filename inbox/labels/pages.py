"""A customer's labels and the workspace's, as their templates see them. No queries but those of `selectors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from inbox.customers.selectors import Group
from inbox.workspaces.models import Membership, Role

from . import selectors
from .actions import NAME_LENGTH
from .models import Colour, Label
from .selectors import LabelDot, dots_of


@dataclass(frozen=True)
class CustomerLabels:
    """`labels/_customer.html`. `typed` is what was refused with `error`; `offered` are those to choose from."""

    url: str
    choice_url: str
    all_url: str
    customer_name: str
    labels: tuple[LabelDot, ...]
    offered: tuple[LabelDot, ...]
    name_length: int
    typed: str = ""
    error: str = ""


@dataclass(frozen=True)
class LabelLine:
    """A label to manage. `typed` and `typed_colour` are what was refused with `error`, else what it is."""

    label: LabelDot
    people: int
    typed: str
    typed_colour: str
    error: str
    change_url: str
    deletion_url: str


@dataclass(frozen=True)
class NewLabel:
    """What was typed for a label that could not be created."""

    name: str = ""
    colour: str = ""
    error: str = ""


@dataclass(frozen=True)
class LabelPage:
    """`labels/all.html`."""

    lines: tuple[LabelLine, ...]
    new: NewLabel
    creation_url: str
    colours: tuple[tuple[str, str], ...]
    name_length: int
    may_manage: bool


def customer_labels(member: Membership, group: Group, *, typed: str = "", error: str = "") -> CustomerLabels:
    here = [member.workspace.slug, group.head.pk]
    held = selectors.labels_by_customer(member.workspace_id, [group.head.pk])[group.head.pk]
    held_ids = {label.pk for label in held}
    standing = selectors.labels_of(member.workspace_id)
    return CustomerLabels(
        url=reverse("labels:customer", args=here),
        choice_url=reverse("labels:choice", args=here),
        all_url=reverse("labels:all", args=here[:1]),
        customer_name=str(group.head),
        labels=dots_of(held),
        offered=dots_of([label for label in standing if label.pk not in held_ids]),
        name_length=NAME_LENGTH,
        typed=typed,
        error=error,
    )


def label_page(
    member: Membership, *, new: NewLabel | None = None, refused: Mapping[int, NewLabel] | None = None
) -> LabelPage:
    """Put the workspace's labels together; `refused` is what was typed, by the id of the label it was for."""
    slug = member.workspace.slug
    people = selectors.people_by_label(member)
    return LabelPage(
        lines=tuple(_lines(selectors.labels_of(member.workspace_id), people, refused or {}, slug)),
        new=new or NewLabel(),
        creation_url=reverse("labels:creation", args=[slug]),
        colours=tuple((value, str(name)) for value, name in Colour.choices),
        name_length=NAME_LENGTH,
        may_manage=member.may(Role.ADMIN),
    )


def _lines(
    labels: Sequence[Label], people: Mapping[int, int], refused: Mapping[int, NewLabel], slug: str
) -> list[LabelLine]:
    return [
        LabelLine(
            label=dot,
            people=people.get(dot.label_id, 0),
            typed=refused[dot.label_id].name if dot.label_id in refused else dot.name,
            typed_colour=refused[dot.label_id].colour if dot.label_id in refused else dot.colour,
            error=refused[dot.label_id].error if dot.label_id in refused else "",
            change_url=reverse("labels:label_change", args=[slug, dot.label_id]),
            deletion_url=reverse("labels:label_deletion", args=[slug, dot.label_id]),
        )
        for dot in dots_of(labels)
    ]
