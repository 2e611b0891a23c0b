"""Questions about templates. Call them inside the workspace's scope."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import compress

from django.db.models import QuerySet

from channels_adapters.types import IdentityKind
from inbox.connections.models import Connection
from inbox.customers.models import Customer, CustomerIdentity

from .components import is_supported
from .filling import prefilled
from .models import APPROVED, MessageTemplate, TemplateSync
from .previews import preview_of

# Workspace, business account, name and language.
TemplateKey = tuple[int, str, str, str]


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


@dataclass(frozen=True)
class Offer:
    """The approved templates of an account: those that may be sent now, and those with parts that we cannot send."""

    templates: list[MessageTemplate]
    withheld: list[MessageTemplate]


def offer(connection: Connection) -> Offer:
    rows = list(templates_of(connection).filter(status=APPROVED))
    supported = [is_supported(row.components) for row in rows]
    return Offer(list(compress(rows, supported)), [row for row, can in zip(rows, supported, strict=True) if not can])


def matches(template: MessageTemplate, search: str) -> bool:
    """Say whether its name, language or words hold each word of `search`."""
    searched = _searched(template)
    return all(word in searched for word in search.casefold().split())


def sendable(connection: Connection, search: str = "") -> list[MessageTemplate]:
    """Return the templates that may be sent now, those whose name, language or words hold each word of `search`."""
    return [row for row in offer(connection).templates if matches(row, search)]


def get_sendable(connection: Connection, template_id: int) -> MessageTemplate | None:
    """Return the template if it may be sent on this connection now."""
    row = templates_of(connection).filter(pk=template_id, status=APPROVED).first()
    return row if row is not None and is_supported(row.components) else None


def find_sendable(connection: Connection, name: str, language: str) -> MessageTemplate | None:
    """Return the template of this name and language if it may be sent on this connection now."""
    row = templates_of(connection).filter(name=name, language=language, status=APPROVED).first()
    return row if row is not None and is_supported(row.components) else None


def withdrawn(templates: Collection[TemplateKey]) -> set[TemplateKey]:
    """Return those that may not be sent any more: paused, disabled, in review or deleted. One query, none for nothing.

    What we do not know at all is left to the vendor. May be called for several workspaces at once."""
    if not templates:
        return set()
    workspaces, accounts, names, _languages = map(set, zip(*templates, strict=True))
    rows = MessageTemplate.objects.filter(workspace_id__in=workspaces, business_id__in=accounts, name__in=names)
    rows = rows.exclude(status=APPROVED, deleted_at=None)
    return set(rows.values_list("workspace_id", "business_id", "name", "language")) & set(templates)


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
    words = [row.name, row.name.replace("_", " "), row.language]
    for part in (preview, *preview["cards"]):
        words += [part["header"]["text"], part["body"], part["footer"]]
    return " ".join(words).casefold()
