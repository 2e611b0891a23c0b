"""The customer panel and the merging of customers, as their templates see them. No queries but those of `selectors`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import IdentityKind
from inbox.connections.models import Channel
from inbox.workspaces.models import Membership

from . import selectors
from .models import Customer, CustomerMerge
from .naming import label_of
from .selectors import Chat, Group


@dataclass(frozen=True)
class IdentityLine:
    label: str
    value: str
    channel_label: str
    is_retired: bool


@dataclass(frozen=True)
class ChatLine:
    url: str
    channel: str
    channel_label: str
    connection_name: str
    last_at: datetime
    is_open_here: bool


@dataclass(frozen=True)
class MergedLine:
    """Somebody who was merged into this customer, as they were called before."""

    name: str
    identities: tuple[str, ...]
    by: str
    at: datetime
    undo_url: str


@dataclass(frozen=True)
class Side:
    """One of two customers before they are merged, or one that was found."""

    name: str
    picture_url: str
    identities: tuple[IdentityLine, ...]
    chats: tuple[ChatLine, ...]
    since: datetime
    preview_url: str


@dataclass(frozen=True)
class CustomerPanel:
    """`customers/_panel.html`. `typed` is the refused name with `error`, else the one that may be edited."""

    name: str
    picture_url: str
    name_url: str
    typed: str
    error: str
    refusal: str
    profile_name: str
    identities: tuple[IdentityLine, ...]
    channel_label: str
    chats: tuple[ChatLine, ...]
    merged: tuple[MergedLine, ...]
    alike: tuple[Side, ...]
    candidates_url: str
    since: datetime


@dataclass(frozen=True)
class CandidateList:
    """`customers/_candidates.html`."""

    name: str
    url: str
    panel_url: str
    text: str
    found: tuple[Side, ...]


@dataclass(frozen=True)
class MergePreview:
    """`customers/_merge.html`. `keep` stays, with its name; `swap_url` shows the same the other way round."""

    keep: Side
    merge: Side
    merge_url: str
    swap_url: str
    panel_url: str
    candidates_url: str
    refusal: str


def customer_panel(
    member: Membership, group: Group, *, here: str = "", typed: str | None = None, error: str = "", refusal: str = ""
) -> CustomerPanel:
    """Put the panel together; `here` is the path of the chat it stands beside."""
    slug, head = member.workspace.slug, group.head
    identities = _identities(group)
    merges = selectors.standing_merges(member, group) if group.members else []
    return CustomerPanel(
        name=str(head),
        picture_url=_picture_url(group, slug),
        name_url=reverse("customers:name", args=[slug, head.pk]),
        typed=head.name if typed is None else typed,
        error=error,
        refusal=refusal,
        profile_name=head.profile_name if head.given_name else "",
        identities=identities,
        channel_label=", ".join(sorted({line.channel_label for line in identities})),
        chats=_chats(selectors.chats_of(member, [group]), slug, here),
        merged=_merged(merges, group, slug),
        alike=_sides(member, selectors.alike(member, group), group),
        candidates_url=reverse("customers:candidates", args=[slug, head.pk]),
        since=_since(group),
    )


def candidate_list(member: Membership, group: Group, text: str) -> CandidateList:
    slug = member.workspace.slug
    return CandidateList(
        name=str(group.head),
        url=reverse("customers:candidates", args=[slug, group.head.pk]),
        panel_url=reverse("customers:panel", args=[slug, group.head.pk]),
        text=text,
        found=_sides(member, selectors.candidates(member, group, text), group),
    )


def merge_preview(member: Membership, keep: Group, merge: Group, *, refusal: str = "") -> MergePreview:
    slug = member.workspace.slug
    kept, merged = _sides(member, [keep], keep)[0], _sides(member, [merge], keep)[0]
    return MergePreview(
        keep=kept,
        merge=merged,
        merge_url=reverse("customers:merge", args=[slug, keep.head.pk, merge.head.pk]),
        swap_url=reverse("customers:merge_preview", args=[slug, merge.head.pk, keep.head.pk]),
        panel_url=reverse("customers:panel", args=[slug, keep.head.pk]),
        candidates_url=reverse("customers:candidates", args=[slug, keep.head.pk]),
        refusal=refusal,
    )


def _identities(group: Group) -> tuple[IdentityLine, ...]:
    """Return each identity once, the current ones first: a vendor's id may be known in two places."""
    labels = {
        IdentityKind.PHONE: _("Phone"),
        IdentityKind.USERNAME: _("Username"),
        IdentityKind.PARENT_BSUID: _("Parent user id"),
    }
    order = list(IdentityKind)
    rows = sorted(
        (row for customer in group.all for row in customer.identities.all()),
        key=lambda row: (row.retired_at is not None, order.index(IdentityKind(row.kind)), row.pk),
    )
    lines = [
        IdentityLine(
            label=labels.get(IdentityKind(row.kind), _("User id")),
            value=str(row),
            channel_label=str(Channel(row.channel).label),
            is_retired=row.retired_at is not None,
        )
        for row in rows
    ]
    return tuple(dict.fromkeys(lines))


def _chats(chats: Sequence[Chat], slug: str, here: str = "") -> tuple[ChatLine, ...]:
    lines = []
    for chat in chats:
        url = reverse("chatrooms:room", args=[slug, chat.room_id])
        label = str(Channel(chat.channel).label)
        lines.append(ChatLine(url, chat.channel, label, chat.connection_name, chat.last_message_at, url == here))
    return tuple(lines)


def _merged(merges: Sequence[CustomerMerge], group: Group, slug: str) -> tuple[MergedLine, ...]:
    members = {customer.pk: customer for customer in group.members}
    return tuple(
        MergedLine(
            name=_own_name(members[merge.merged_id]),
            identities=tuple(str(row) for row in members[merge.merged_id].identities.all()),
            by=str(merge.by or ""),
            at=merge.created_at,
            undo_url=reverse("customers:separation", args=[slug, group.head.pk, merge.pk]),
        )
        for merge in merges
    )


def _own_name(customer: Customer) -> str:
    """Return what a merged customer would be called by itself."""
    label = label_of((row.channel, row.identity) for row in customer.identities.all())
    return str(Customer(name=customer.given_name or customer.profile_name, label=label))


def _sides(member: Membership, groups: Sequence[Group], keep: Group) -> tuple[Side, ...]:
    if not groups:
        return ()
    slug = member.workspace.slug
    chats = selectors.chats_of(member, groups)
    return tuple(
        Side(
            name=str(group.head),
            picture_url=_picture_url(group, slug),
            identities=_identities(group),
            chats=_chats([chat for chat in chats if chat.customer_id in {each.pk for each in group.all}], slug),
            since=_since(group),
            preview_url=reverse("customers:merge_preview", args=[slug, keep.head.pk, group.head.pk]),
        )
        for group in groups
    )


def _picture_url(group: Group, slug: str) -> str:
    return next((url for customer in group.all if (url := customer.picture_url(slug))), "")


def _since(group: Group) -> datetime:
    return min(customer.created_at for customer in group.all)
