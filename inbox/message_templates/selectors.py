"""Questions about templates. Call them inside the workspace's scope."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Case, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from channels_adapters.types import IdentityKind
from inbox.connections.models import Connection
from inbox.customers.models import Customer, CustomerIdentity

from .components import is_supported
from .filling import prefilled
from .models import APPROVED, IN_REVIEW, MessageTemplate, TemplateSync
from .searching import words_of

# A list shows no more: whoever wants another one searches.
MOST_LISTED = 50

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
class Listing:
    """The first templates of a list; `is_cut`: there are more, for a search to narrow down."""

    templates: list[MessageTemplate]
    is_cut: bool = False


def listed(workspace_id: int, search: str = "", after: MessageTemplate | None = None) -> dict[str, Listing]:
    """List by account the templates that hold each word of `search`, sendable or not, without their parts: the first
    ones, or of one account those `after` a template. One query, however many there are."""
    rows = MessageTemplate.objects.filter(workspace_id=workspace_id, deleted_at=None)
    if after is not None:
        rows = rows.filter(business_id=after.business_id, name__gte=after.name)
        rows = rows.filter(Q(name__gt=after.name) | Q(language__gt=after.language))
    place = Window(RowNumber(), partition_by="business_id", order_by=["name", "language"])
    rows = _holding(rows, search).annotate(place=place).filter(place__lte=MOST_LISTED + 1)
    found: dict[str, list[MessageTemplate]] = {}
    for row in rows.order_by("business_id", "name", "language").defer("components", "search_text", "defaults", "order"):
        found.setdefault(row.business_id, []).append(row)
    return {account: Listing(some[:MOST_LISTED], len(some) > MOST_LISTED) for account, some in found.items()}


def sendable(connection: Connection, search: str = "", languages: Sequence[str] = ()) -> Listing:
    """List what may be sent now and holds each word of `search` in its name, language or words. One query.

    With `languages` only what is in these, in their order."""
    rows = _holding(_approved(connection).filter(is_fillable=True), search)
    if languages:
        places = [When(language=code, then=Value(place)) for place, code in enumerate(languages)]
        rows = rows.filter(language__in=languages).order_by(Case(*places), "name", "language")
    found = list(rows[: MOST_LISTED + 1])
    return Listing(found[:MOST_LISTED], len(found) > MOST_LISTED)


def languages_of(connection: Connection) -> list[str]:
    """Return the languages of the templates that may be sent now. One query."""
    rows = _approved(connection).filter(is_fillable=True).order_by("language")
    return list(rows.values_list("language", flat=True).distinct())


@dataclass(frozen=True)
class Withheld:
    """Approved templates with parts that we cannot send: the first ones, and how many there are."""

    templates: list[MessageTemplate]
    count: int


def withheld(connection: Connection) -> Withheld:
    rows = _approved(connection).filter(is_fillable=False)
    found = list(rows[: MOST_LISTED + 1])
    return Withheld(found[:MOST_LISTED], rows.count() if len(found) > MOST_LISTED else len(found))


def numbers_of(template: MessageTemplate) -> list[Connection]:
    """Return the connections of the template's business account, by name."""
    accounts = accounts_of(template.workspace_id)
    return next((each.connections for each in accounts if each.business_id == template.business_id), [])


def get_sendable(connection: Connection, template_id: int) -> MessageTemplate | None:
    """Return the template if it may be sent on this connection now."""
    return _one(_approved(connection).filter(pk=template_id))


def chosen_sendable(connection: Connection, chosen: str) -> MessageTemplate | None:
    """Return the template that a form names by its id, if it may be sent on this connection now."""
    is_id = chosen.isdecimal() and len(chosen) < 19
    return get_sendable(connection, int(chosen)) if is_id else None


def find_sendable(
    connection: Connection, name: str, language: str, *, or_in_review: bool = False
) -> MessageTemplate | None:
    """Return the template of this name and language if it may be sent on this connection now.

    `or_in_review`: also one that the vendor looks at again. A message with it waits in the outbox."""
    rows = templates_of(connection).filter(name=name, language=language)
    return _one(rows.filter(status__in=(APPROVED, IN_REVIEW) if or_in_review else (APPROVED,)))


class Standing(StrEnum):
    """Why a template may not be sent now."""

    IN_REVIEW = "in_review"  # an edit is being looked at: it may be approved again
    WITHDRAWN = "withdrawn"  # paused, rejected, disabled or deleted


def standings(templates: Collection[TemplateKey]) -> dict[TemplateKey, Standing]:
    """Return why templates may not be sent now; those that may are left out. One query, none for nothing.

    What we do not know at all is left to the vendor. May be called for several workspaces at once."""
    if not templates:
        return {}
    workspaces, accounts, names, _languages = map(set, zip(*templates, strict=True))
    rows = MessageTemplate.objects.filter(workspace_id__in=workspaces, business_id__in=accounts, name__in=names)
    rows = rows.exclude(status=APPROVED, deleted_at=None)
    found = {
        (workspace, account, name, language): (
            Standing.IN_REVIEW if status == IN_REVIEW and deleted_at is None else Standing.WITHDRAWN
        )
        for workspace, account, name, language, status, deleted_at in rows.values_list(
            "workspace_id", "business_id", "name", "language", "status", "deleted_at"
        )
    }
    return {key: found[key] for key in templates if key in found}


def fallback_of(connection: Connection) -> MessageTemplate | None:
    """Return the template that the number sends by itself once the time to answer is over, if it may be sent."""
    return _one(
        _approved(connection).filter(
            fallback_for__workspace_id=connection.workspace_id, fallback_for__connection=connection
        )
    )


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


def _holding(rows: QuerySet[MessageTemplate], search: str) -> QuerySet[MessageTemplate]:
    for word in words_of(search):
        rows = rows.filter(search_text__contains=word)
    return rows


def _approved(connection: Connection) -> QuerySet[MessageTemplate]:
    return templates_of(connection).filter(status=APPROVED)


def _one(rows: QuerySet[MessageTemplate]) -> MessageTemplate | None:
    row = rows.first()
    return row if row is not None and is_supported(row.components) else None
