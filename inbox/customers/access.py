"""The only door from an untrusted id to a customer: missing, foreign and hidden are all 404."""

from __future__ import annotations

from django.http import Http404

from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from . import selectors
from .fields import Field
from .models import CustomerField, CustomerMerge, CustomerPicture
from .selectors import Group


def get_group(membership: Membership, customer_id: int) -> Group:
    """Return the group that the customer belongs to. Raises Http404."""
    group = selectors.group_of(membership, customer_id)
    if group is None:
        raise Http404("no such customer")
    return group


def get_merge(membership: Membership, customer_id: int, merge_id: int) -> CustomerMerge:
    """Raises Http404, also when the merge is of other customers."""
    group = get_group(membership, customer_id)
    merge = selectors.merge_of(membership, merge_id)
    if merge is None or not {merge.kept_id, merge.merged_id} & {customer.pk for customer in group.all}:
        raise Http404("no such merge")
    return merge


def get_field(membership: Membership, key: str) -> Field:
    """Return what a customer may have a value for; a hidden field is none. Raises Http404."""
    field = next((field for field in selectors.fields_of(membership.workspace_id) if field.key == key), None)
    if field is None:
        raise Http404("no such field")
    return field


def get_field_row(membership: Membership, field_id: int) -> CustomerField:
    """Return a field that the workspace defined. Raises Http404."""
    row = next((row for row in selectors.all_fields(membership.workspace_id) if row.pk == field_id), None)
    if row is None:
        raise Http404("no such field")
    return row


def get_picture(membership: Membership, customer_id: int) -> CustomerPicture:
    """Raises Http404."""
    if not reach_of(membership).is_all:
        get_group(membership, customer_id)
    picture = selectors.picture_of(membership, customer_id)
    if picture is None:
        raise Http404("no such picture")
    return picture
