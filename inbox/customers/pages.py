"""The customer panel and the merging of customers, as their templates see them. No queries but those of `selectors`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import IdentityKind
from inbox.connections.models import Channel
from inbox.lib import clock
from inbox.workspaces.models import Membership, Role
from inbox.workspaces.searching import in_time, limit_statements

from . import selectors
from .fields import Field, FieldType, link_to, shown
from .models import Customer, CustomerMerge
from .naming import label_of
from .selectors import Chat, Group
from .zones import zone_of_customer


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
class FieldLine:
    """Something that is known of the customer (`customers/_field.html`).

    `typed` is what stands in its form; `seen` what the person saw before they typed. `theirs` is what somebody else made
    of it meanwhile."""

    key: str
    label: str
    type: str
    value: str  # as people read it
    link: str
    typed: str
    seen: str
    choices: tuple[tuple[str, str], ...]  # stored and shown, of what is chosen and not typed
    input_type: str
    help_text: str
    is_required: bool
    url: str
    error: str = ""
    theirs: str = ""

    @property
    def is_missing(self) -> bool:
        return self.is_required and not self.value


@dataclass(frozen=True)
class Contact:
    """Whether the customer is blocked, and whether they want to hear from us (`customers/_contact.html`)."""

    is_blocked: bool
    blocked_at: datetime | None
    blocking_url: str
    is_opted_out: bool
    opted_out_at: datetime | None
    opt_out_url: str


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

    url: str
    revision: str
    name: str
    picture_url: str
    name_url: str
    typed: str
    error: str
    refusal: str
    profile_name: str
    contact: Contact
    fields: tuple[FieldLine, ...]
    fields_url: str
    identities: tuple[IdentityLine, ...]
    channel_label: str
    chats: tuple[ChatLine, ...]
    merged: tuple[MergedLine, ...]
    alike: tuple[Side, ...]
    candidates_url: str
    labels_url: str
    timeline_url: str
    since: datetime
    zone: str = ""  # where their phone number is at home, if that is one place
    time_there: str = ""  # what the clocks show there


@dataclass(frozen=True)
class CandidateList:
    """`customers/_candidates.html`."""

    name: str
    url: str
    panel_url: str
    text: str
    found: tuple[Side, ...]
    is_cut: bool = False  # it took too long


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
    member: Membership,
    group: Group,
    *,
    here: str = "",
    typed: str | None = None,
    error: str = "",
    refusal: str = "",
    refused: FieldLine | None = None,
) -> CustomerPanel:
    """Put the panel together; `here` is the path of the chat it stands beside, `refused` a field as it was typed."""
    slug, head = member.workspace.slug, group.head
    identities = _identities(group)
    merges = selectors.standing_merges(member, group) if group.members else []
    zone = next(filter(None, map(zone_of_customer, group.all)), "")
    return CustomerPanel(
        url=reverse("customers:panel", args=[slug, head.pk]),
        revision=f"{head.pk} {head.revision}",
        name=str(head),
        picture_url=_picture_url(group, slug),
        name_url=reverse("customers:name", args=[slug, head.pk]),
        typed=head.name if typed is None else typed,
        error=error,
        refusal=refusal,
        profile_name=head.profile_name if head.given_name else "",
        contact=contact(member, group),
        fields=field_lines(member, group, refused),
        fields_url=reverse("customers:fields", args=[slug]) if member.may(Role.ADMIN) else "",
        identities=identities,
        channel_label=", ".join(sorted({line.channel_label for line in identities})),
        chats=_chats(selectors.chats_of(member, [group]), slug, here),
        merged=_merged(merges, group, slug),
        alike=_sides(member, selectors.alike(member, group), group),
        candidates_url=reverse("customers:candidates", args=[slug, head.pk]),
        labels_url=reverse("labels:customer", args=[slug, head.pk]),
        timeline_url=reverse("chatrooms:timeline", args=[slug, head.pk]),
        zone=zone,
        time_there=f"{clock.now().astimezone(ZoneInfo(zone)):%H:%M}" if zone else "",
        since=_since(group),
    )


def contact(member: Membership, group: Group) -> Contact:
    here = [member.workspace.slug, group.head.pk]
    return Contact(
        is_blocked=group.head.is_blocked,
        blocked_at=max((each.blocked_at for each in group.all if each.blocked_at), default=None),
        blocking_url=reverse("customers:blocking", args=here),
        is_opted_out=group.head.is_opted_out,
        opted_out_at=max((each.opted_out_at for each in group.all if each.opted_out_at), default=None),
        opt_out_url=reverse("customers:opt_out", args=here),
    )


def field_lines(member: Membership, group: Group, refused: FieldLine | None = None) -> tuple[FieldLine, ...]:
    """Return all that is known, or could be: two queries."""
    values = selectors.values_of(group)
    lines = [
        field_line(member, group, field, values.get(field.key, ""))
        for field in selectors.fields_of(member.workspace_id)
    ]
    return tuple(refused if refused and refused.key == line.key else line for line in lines)


def field_line(
    member: Membership,
    group: Group,
    field: Field,
    stored: str,
    *,
    typed: str | None = None,
    seen: str | None = None,
    error: str = "",
    theirs: str = "",
) -> FieldLine:
    offered: tuple[tuple[str, str], ...] = ()
    if field.type == FieldType.BOOLEAN:
        offered = (("yes", _("Yes")), ("no", _("No")))
    elif field.type == FieldType.CHOICE:
        chosen = stored if typed is None else typed
        gone = (chosen,) if chosen and chosen not in field.choices else ()
        offered = tuple((choice, choice) for choice in (*field.choices, *gone))
    inputs = {FieldType.DATE: "date", FieldType.EMAIL: "email", FieldType.PHONE: "tel", FieldType.URL: "url"}
    return FieldLine(
        key=field.key,
        label=field.label,
        type=field.type,
        value=shown(field, stored),
        link=link_to(field, stored),
        typed=stored if typed is None else typed,
        seen=stored if seen is None else seen,
        choices=offered,
        # What was refused has to stay as it was typed: a box for dates would drop it.
        input_type="text" if error else inputs.get(FieldType(field.type), "text"),
        help_text=field.help_text,
        is_required=field.is_required,
        url=reverse("customers:field_value", args=[member.workspace.slug, group.head.pk, field.key]),
        error=error,
        theirs=theirs,
    )


def candidate_list(member: Membership, group: Group, text: str) -> CandidateList:
    """Search, for as long as a search may take."""
    slug = member.workspace.slug
    search = partial(selectors.candidates, member, group, text)
    if text:
        limit_statements()
    found = in_time(search) if text else search()
    return CandidateList(
        name=str(group.head),
        url=reverse("customers:candidates", args=[slug, group.head.pk]),
        panel_url=reverse("customers:panel", args=[slug, group.head.pk]),
        text=text,
        found=_sides(member, found or [], group),
        is_cut=found is None,
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
