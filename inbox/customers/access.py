"""The only door from an untrusted id to a customer."""

from __future__ import annotations

from django.http import Http404

from inbox.workspaces.models import Membership

from .models import Customer


def get_customer(membership: Membership, customer_id: int) -> Customer:
    """Return the customer with their identities. Raises Http404 for missing and foreign alike."""
    customers = Customer.objects.filter(workspace_id=membership.workspace_id, pk=customer_id)
    customer = customers.prefetch_related("identities").first()
    if customer is None:
        raise Http404("no such customer")
    return customer
