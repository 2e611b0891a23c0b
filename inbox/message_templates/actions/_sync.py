"""Reading an account's templates from its vendor. Asked for by people, webhooks and refusals; a sweep sees to the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils.translation import gettext as _

from channels_adapters.base import TemplateCalls
from channels_adapters.calls import Account, Caller
from channels_adapters.errors import SendError, TransportError
from channels_adapters.types import HttpRequest, JsonObject, TemplatePage, VendorTemplate
from inbox.connections.calls import vendor_talk
from inbox.connections.models import Connection, ConnectionState
from inbox.lib import clock
from inbox.lib.background import enqueue, enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..components import texts_of
from ..models import DELETED, DRAFT, MessageTemplate, OrderState, TemplateChange, TemplateSync
from ..selectors import has_templates
from ._changes import Field, announce, apply_values, change_of

SYNC = "inbox.message_templates.tasks.sync_templates"

READ_EVERY = timedelta(hours=24)
TRIED_AGAIN_AFTER = timedelta(hours=1)
# Whoever reads has this long; meanwhile nobody else does, and then a worker that died is forgotten.
AT_MOST_EVERY = timedelta(seconds=30)
LOST_AFTER = timedelta(minutes=10)
MOST_AT_ONCE = 50
MOST_PAGES = 100
LONGEST_LANGUAGE = 20
NEW = ""  # the status of what was not known before


def ask_for_sync(*, actor: Membership | None, connection: Connection) -> None:
    """Have the account's templates read now, because a member asks for it."""
    audit.record(workspace_id=connection.workspace_id, actor=actor, verb="templates.synced", subject=connection)
    resync_soon(connection)


def resync_soon(connection: Connection) -> None:
    """Have the account's templates read soon, because what we know of them is wrong; call it inside the scope.

    However often this is called: they are read at most every half minute, for
    the vendor counts such calls; the sweep sees to what had to wait.
    """
    if not has_templates(connection):
        return
    TemplateSync.objects.bulk_create(
        [TemplateSync(workspace_id=connection.workspace_id, business_id=connection.business_id, asked_at=clock.now())],
        update_conflicts=True,
        unique_fields=["workspace", "business_id"],
        update_fields=["asked_at"],
    )
    enqueue_on_commit(SYNC, connection_id=connection.pk)


def sync_due_templates() -> int:
    """Have those accounts read that were never, were asked for, or were read a day ago; return how many."""
    now = clock.now()
    with platform_scope("choosing accounts whose templates are due"):
        connections = (
            Connection.objects.exclude(business_id="")
            .exclude(state=ConnectionState.PAUSED)
            .defer("credentials")
            .order_by("state", "pk")
        )
        first: dict[tuple[int, str], Connection] = {}
        for connection in connections:
            if has_templates(connection):
                first.setdefault((connection.workspace_id, connection.business_id), connection)
        rested = TemplateSync.objects.exclude(_due(now)).values_list("workspace_id", "business_id")
        for account in rested:
            first.pop(account, None)
    due = list(first.values())[:MOST_AT_ONCE]
    for connection in due:
        enqueue(SYNC, connection_id=connection.pk)
    return len(due)


def _due(now: datetime) -> Q:
    asked = Q(asked_at__isnull=False)
    failed = ~Q(problem="") & Q(tried_at__lt=now - TRIED_AGAIN_AFTER)
    unread = Q(synced_at=None) | Q(synced_at__lt=F("tried_at"))
    lost = unread & Q(problem="") & Q(tried_at__lt=now - LOST_AFTER)
    waiting = asked & Q(tried_at__lt=now - AT_MOST_EVERY)
    return Q(tried_at=None) | waiting | failed | lost | Q(tried_at__lt=now - READ_EVERY)


def sync_templates(*, connection_id: int) -> bool:
    """Read all templates of the connection's account; return whether it worked.

    Call it outside of transactions. One at a time for each account: whoever comes within half a minute does nothing.
    """
    with platform_scope("reading templates"):
        connection = Connection.objects.defer("credentials").filter(pk=connection_id).first()
    if connection is None or not has_templates(connection):
        return False
    started = clock.now()
    with scope(connection.workspace_id):
        if not _claim(connection, started):
            return False
    calls = connection.adapter.templates
    assert calls is not None  # noqa: S101 - `has_templates`
    try:
        listed = vendor_talk(connection=connection, talk=lambda caller, account: _read(caller, account, calls))
    except (SendError, TransportError) as error:
        words = error.public_text if isinstance(error, SendError) else _("WhatsApp did not answer. It is tried again.")
        with scope(connection.workspace_id):
            _finish(connection, started, problem=words[:300])
        return False
    with scope(connection.workspace_id):
        if _apply(connection, listed, started):
            announce(connection.workspace_id, connection.business_id)
        _finish(connection, started, synced_at=started)
    return True


def _claim(connection: Connection, now: datetime) -> bool:
    rows = TemplateSync.objects.filter(workspace_id=connection.workspace_id, business_id=connection.business_id)
    TemplateSync.objects.bulk_create(
        [TemplateSync(workspace_id=connection.workspace_id, business_id=connection.business_id)], ignore_conflicts=True
    )
    free = Q(tried_at=None) | Q(tried_at__lt=now - AT_MOST_EVERY)
    return bool(rows.filter(free).update(tried_at=now))


def _finish(connection: Connection, started: datetime, *, synced_at: datetime | None = None, problem: str = "") -> None:
    rows = TemplateSync.objects.filter(workspace_id=connection.workspace_id, business_id=connection.business_id)
    rows.filter(asked_at__lte=started).update(asked_at=None)
    rows.update(problem=problem, **({"synced_at": synced_at} if synced_at else {}))


async def _read(caller: Caller, account: Account, calls: TemplateCalls) -> list[VendorTemplate]:
    listed: list[VendorTemplate] = []
    after = ""
    for _page in range(MOST_PAGES):

        def describe(known: Mapping[str, str], after: str = after) -> Sequence[HttpRequest]:
            return [calls.list_request(known, after)]

        page: TemplatePage = await caller.call(account, describe, calls.page_of)
        listed.extend(page.templates)
        after = page.after
        if not after:
            break
    return listed


def _apply(connection: Connection, listed: Iterable[VendorTemplate], at: datetime) -> bool:
    """Make the rows what the vendor listed; return whether that changed any.

    What changed since `at`, when the reading began, is newer than the list, and has asked for another one.
    """
    own = MessageTemplate.objects.filter(workspace_id=connection.workspace_id, business_id=connection.business_id)
    rows = {(row.name, row.language): row for row in own.select_for_update().order_by("pk")}
    newer = set(TemplateChange.objects.filter(template__in=own, at__gt=at).values_list("template_id", flat=True))
    changes: list[TemplateChange] = []
    seen = set()
    for key, template in {(each.name, each.language): each for each in listed}.items():
        if len(template.language) > LONGEST_LANGUAGE:
            continue
        seen.add(key)
        row = rows.get(key) or _new_row(connection, template)
        if row.pk not in newer:
            changes += _apply_one(row, template, at)
            row.save()
    for key, row in rows.items():
        if key not in seen and row.deleted_at is None and row.status != DRAFT and row.pk not in newer:
            row.deleted_at = at
            row.save(update_fields=["deleted_at"])
            changes.append(change_of(row, Field.STATUS, row.status, DELETED))
    TemplateChange.objects.bulk_create(changes)
    return bool(changes)


def _new_row(connection: Connection, template: VendorTemplate) -> MessageTemplate:
    """Return a row for what was not known; a member may have submitted it this moment."""
    row, _is_new = MessageTemplate.objects.get_or_create(
        workspace_id=connection.workspace_id,
        business_id=connection.business_id,
        name=template.name,
        language=template.language,
        defaults={"status": NEW},
    )
    return row


def _apply_one(row: MessageTemplate, template: VendorTemplate, at: datetime) -> list[TemplateChange]:
    components = list(template.components)
    rewritten = row.status not in (NEW, DRAFT) and texts_of(row.components) != texts_of(components)
    values = {
        "status": template.status,
        "category": template.category,
        "quality": template.quality,
        "rejection_reason": template.rejection_reason or _told_reason(row, template),
    }
    changes = apply_values(row, values)
    if row.deleted_at is not None:
        changes = [each for each in changes if each.field != Field.STATUS]
        changes.append(change_of(row, Field.STATUS, DELETED, row.status))
    if rewritten:
        changes.append(change_of(row, Field.COMPONENTS, "", ""))
    if _was_taken(row, components):
        row.order, row.order_state, row.order_problem, row.ordered_at = {}, OrderState.NONE, "", None
    row.components = components
    row.external_id = template.external_id
    row.parameter_format = template.parameter_format[:20]
    row.synced_at, row.deleted_at = at, None
    return changes


def _was_taken(row: MessageTemplate, components: list[JsonObject]) -> bool:
    """Say whether the list shows that the vendor took what was ordered, though its answer was lost."""
    if row.order.get("verb") == "create":
        return not row.external_id
    is_open = row.order_state == OrderState.UNKNOWN and "components" in row.order
    return is_open and texts_of(row.order["components"]) == texts_of(components)


def _told_reason(row: MessageTemplate, template: VendorTemplate) -> str:
    """Keep what a webhook said of the same status: the list is silent about pauses."""
    return row.rejection_reason if row.status == template.status else ""
