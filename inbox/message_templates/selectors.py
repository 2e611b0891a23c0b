"""Questions about templates. Call them inside the workspace's scope."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import QuerySet

from channels_adapters.types import IdentityKind
from inbox.connections.models import Connection
from inbox.customers.models import Customer, CustomerIdentity

from .components import is_supported
from .filling import prefilled, preview_of
from .models import APPROVED, MessageTemplate, TemplateSync


@dataclass(frozen=True)
class Account:
    """A business account that has templates: the connections that share it, one of them to ask through."""

    business_id: str
    connections: list[Connection] = field(default_factory=list)
    sync: TemplateSync | None = None

    @property
    def name(self) -> str:
        return ", ".join(connection.name for connection in self.connections)


def accounts_of(workspace_id: int) -> list[Account]:
    """Return the workspace's business accounts with templates, by the names of their connections."""
    connections = Connection.objects.filter(workspace_id=workspace_id).exclude(business_id="").defer("credentials")
    shared: dict[str, list[Connection]] = {}
    for connection in connections.order_by("name", "pk"):
        if has_templates(connection):
            shared.setdefault(connection.business_id, []).append(connection)
    syncs = {row.business_id: row for row in TemplateSync.objects.filter(workspace_id=workspace_id)}
    return [Account(business_id, own, syncs.get(business_id)) for business_id, own in shared.items()]


def has_templates(connection: Connection) -> bool:
    return connection.adapter.capabilities.has_templates and bool(connection.business_id)


def templates_of(connection: Connection) -> QuerySet[MessageTemplate]:
    """Return all templates that the vendor still lists for the connection's business account, by name and language."""
    rows = MessageTemplate.objects.filter(workspace_id=connection.workspace_id, business_id=connection.business_id)
    rows = rows if has_templates(connection) else rows.none()
    return rows.filter(deleted_at=None).order_by("name", "language")


def sendable(connection: Connection, search: str = "") -> list[MessageTemplate]:
    """Return the templates that may be sent now, those whose name, language or words hold each word of `search`."""
    rows = templates_of(connection).filter(status=APPROVED)
    words = search.casefold().split()
    return [row for row in rows if is_supported(row.components) and all(word in _searched(row) for word in words)]


def get_sendable(connection: Connection, template_id: int) -> MessageTemplate | None:
    """Return the template if it may be sent on this connection now."""
    row = templates_of(connection).filter(pk=template_id, status=APPROVED).first()
    return row if row is not None and is_supported(row.components) else None


def find_sendable(connection: Connection, name: str, language: str) -> MessageTemplate | None:
    """Return the template of this name and language if it may be sent on this connection now."""
    row = templates_of(connection).filter(name=name, language=language, status=APPROVED).first()
    return row if row is not None and is_supported(row.components) else None


def fallback_of(connection: Connection) -> MessageTemplate | None:
    """Return the template to send by itself once the time to answer is over, if it may be sent."""
    row = templates_of(connection).filter(is_fallback=True, status=APPROVED).first()
    return row if row is not None and is_supported(row.components) else None


def last_sync(connection: Connection) -> TemplateSync | None:
    """Return when the connection's templates were last asked for and read."""
    rows = TemplateSync.objects.filter(workspace_id=connection.workspace_id, business_id=connection.business_id)
    return rows.first()


def values_for(template: MessageTemplate, customer: Customer) -> dict[str, str]:
    """Return what can be filled in for this customer, by variable key."""
    return prefilled(template, template.defaults, facts_of(customer))


def facts_of(customer: Customer) -> dict[str, str]:
    """Return the customer's name, first_name and phone, empty where unknown."""
    name = (customer.merged_into or customer).name.strip()
    phones = CustomerIdentity.objects.filter(customer_id=customer.pk, kind=IdentityKind.PHONE, retired_at=None)
    phone = phones.order_by("-pk").values_list("value", flat=True).first()
    return {"name": name, "first_name": name.partition(" ")[0], "phone": f"+{phone}" if phone else ""}


def _searched(row: MessageTemplate) -> str:
    preview = preview_of(row.components)
    words = (row.name, row.name.replace("_", " "), row.language, preview["header"]["text"], preview["body"])
    return " ".join((*words, preview["footer"])).casefold()
