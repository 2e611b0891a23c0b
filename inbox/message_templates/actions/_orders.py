"""What members ask of the vendor: new templates, other texts, removals. Checked here, carried out by a worker.

An order stands at its template until the vendor has answered, so what was typed outlives a refusal and a crash.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels_adapters.base import TemplateCalls
from channels_adapters.calls import Account, Caller
from channels_adapters.errors import NotSent, OutcomeUnknown, Remedy, SendError
from channels_adapters.types import HttpRequest, MediaUpload, MessageKind, TemplateDraft, VendorTemplate
from inbox.connections.calls import vendor_talk
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.lib.background import enqueue, enqueue_on_commit
from inbox.media import storage
from inbox.media.models import MediaFile
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..drafts import Draft, can_hold, with_handle
from ..models import DELETED, DRAFT, MessageTemplate, OrderState, TemplateChange
from ..rules import edit_problems, problems_of
from ..selectors import has_templates
from ._changes import Field, announce, apply_values, change_of
from ._sync import resync_soon

CARRY_OUT = "inbox.message_templates.tasks.carry_out_order"

WAITS = timedelta(seconds=30)  # before the sweep carries out what a lost wake-up left
LOST_AFTER = timedelta(minutes=5)
TIMEOUT_SECONDS = 20.0


class TemplateRefused(Exception):
    """The order cannot be placed. `errors` are sentences by input; those under "" are about the whole."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def submit_template(*, actor: Membership, connection: Connection, draft: Draft) -> MessageTemplate:
    """Submit a new template to the vendor of this connection. Raises TemplateRefused."""
    if not has_templates(connection):
        raise TemplateRefused({"": _("This connection has no templates.")})
    _require_sound(draft)
    try:
        with transaction.atomic():
            row = MessageTemplate.objects.create(
                workspace_id=connection.workspace_id,
                business_id=connection.business_id,
                name=draft.name,
                language=draft.language,
                status=DRAFT,
            )
    except IntegrityError:
        raise TemplateRefused({"name": _("There is a template of this name in this language already.")}) from None
    _order(actor, row, "create", draft)
    return row


def submit_edit(*, actor: Membership, template: MessageTemplate, draft: Draft) -> None:
    """Submit other texts or another category; name and language stay. Raises TemplateRefused."""
    row = _locked(template)
    draft = replace(draft, name=row.name, language=row.language)
    if row.status != DRAFT:
        _require_editable(row, draft)
    _require_sound(draft)
    _order(actor, row, "create" if row.status == DRAFT else "edit", draft)


def delete_template(*, actor: Membership, template: MessageTemplate) -> None:
    """Remove a template in its language at the vendor; one that was never taken, here. Raises TemplateRefused."""
    row = _locked(template)
    if row.status == DRAFT and row.order_state == OrderState.REFUSED:
        audit.record(workspace_id=row.workspace_id, actor=actor, verb="template.discarded", subject=row, name=row.name)
        row.delete()
        return
    _order(actor, row, "delete", None)


def _require_sound(draft: Draft) -> None:
    if problems := problems_of(draft):
        raise TemplateRefused(problems)


def _require_editable(row: MessageTemplate, draft: Draft) -> None:
    if not can_hold(row.category, row.components):
        raise TemplateRefused({"": _("This template has parts that cannot be changed here.")})
    now = clock.now()
    edits = TemplateChange.objects.filter(
        workspace_id=row.workspace_id, template=row, field=Field.COMPONENTS, at__gt=now - timedelta(days=30)
    )
    times = list(edits.values_list("at", flat=True))
    if problems := edit_problems(draft, status=row.status, category=row.category, edits=times, now=now):
        raise TemplateRefused(problems)


def _locked(template: MessageTemplate) -> MessageTemplate:
    """Return the row, locked. Raises TemplateRefused when it is gone, or an order is on its way."""
    row = MessageTemplate.objects.select_for_update().filter(pk=template.pk, deleted_at=None).first()
    if row is None:
        raise TemplateRefused({"": _("This template was deleted.")})
    if row.order_state in (OrderState.WAITING, OrderState.SENDING):
        raise TemplateRefused({"": _("The change before is still on its way. Try again in a moment.")})
    return row


def _order(actor: Membership, row: MessageTemplate, verb: str, draft: Draft | None) -> None:
    vendor = draft.for_vendor() if draft else None
    row.order = {"verb": verb}
    if vendor is not None:
        row.order |= {
            "category": vendor.category,
            "components": list(vendor.components),
            "parameter_format": vendor.parameter_format,
        }
        if draft and draft.sample:
            row.order["sample"] = draft.sample.file_id
        if row.status == DRAFT:  # there is nothing else to show yet
            row.category, row.components = vendor.category, list(vendor.components)
            row.parameter_format = vendor.parameter_format
    row.order_state, row.order_problem, row.ordered_at = OrderState.WAITING, "", clock.now()
    row.save()
    audit.record(
        workspace_id=row.workspace_id, actor=actor, verb=f"template.{verb}_ordered", subject=row, name=row.name
    )
    enqueue_on_commit(CARRY_OUT, template_id=row.pk)


# --- by a worker ----------------------------------------------------------------------------------


def sweep_orders() -> int:
    """Carry out orders that nobody has begun, and give up those whose worker is gone; return how many."""
    now = clock.now()
    with platform_scope("choosing orders about templates"):
        waiting = MessageTemplate.objects.filter(order_state=OrderState.WAITING, ordered_at__lt=now - WAITS)
        ids = list(waiting.order_by("ordered_at").values_list("pk", flat=True)[:50])
        lost = MessageTemplate.objects.filter(order_state=OrderState.SENDING, ordered_at__lt=now - LOST_AFTER)
        given_up = lost.update(order_state=OrderState.UNKNOWN, order_problem=_UNKNOWN)
    for pk in ids:
        enqueue(CARRY_OUT, template_id=pk)
    return len(ids) + given_up


def carry_out(*, template_id: int) -> bool:
    """Submit what was ordered; return whether the vendor took it. Call it outside of transactions. Happens once."""
    with platform_scope("carrying out an order about a template"):
        claimed = MessageTemplate.objects.filter(pk=template_id, order_state=OrderState.WAITING).update(
            order_state=OrderState.SENDING, ordered_at=clock.now()
        )
        row = MessageTemplate.objects.filter(pk=template_id).first() if claimed else None
        connection = _connection_of(row) if row is not None else None
    if row is None:
        return False
    if connection is None:
        _settle(row, OrderState.REFUSED, _("No connection of this account is left."))
        return False
    app_id = connection.app.readable_credentials.get("app_id", "")
    calls = connection.adapter.templates
    assert calls is not None  # noqa: S101 - `has_templates`
    try:
        sample = _sample_of(row)
        if sample and not app_id:
            words = _("A sample needs the App ID of the Meta app: an administrator can enter it.")
            _settle(row, OrderState.REFUSED, words)
            return False
        told = vendor_talk(
            connection=connection,
            talk=lambda caller, account: _submit(caller, account, calls, row, sample, app_id),
            read_timeout=TIMEOUT_SECONDS,
        )
    except FileNotFoundError:
        _settle(row, OrderState.REFUSED, _("The sample file is no longer in our store. Choose it again."))
        return False
    except OutcomeUnknown:
        _settle(row, OrderState.UNKNOWN, _UNKNOWN, connection)
        return False
    except NotSent:
        _settle(row, OrderState.REFUSED, _("WhatsApp could not be reached. Submit it again."))
        return False
    except SendError as error:
        theirs = error.detail if error.remedy is Remedy.GIVE_UP else ""
        _settle(row, OrderState.REFUSED, " ".join(filter(None, (error.public_text, theirs))))
        return False
    with scope(row.workspace_id):
        _done(row, told, connection)
    return True


_UNKNOWN = gettext_noop("Nobody knows whether the vendor took this. The list of templates tells soon.")


def _connection_of(row: MessageTemplate) -> Connection | None:
    rows = Connection.objects.filter(workspace_id=row.workspace_id, business_id=row.business_id)
    rows = rows.select_related("app").defer("credentials")
    return next((each for each in rows.order_by("state", "pk") if has_templates(each)), None)


def _sample_of(row: MessageTemplate) -> MediaUpload | None:
    """Return the file that shows the vendor what will stand in the header, if any. Raises FileNotFoundError."""
    if "sample" not in row.order:
        return None
    with scope(row.workspace_id):
        file = MediaFile.objects.filter(workspace_id=row.workspace_id, pk=row.order["sample"]).first()
    if file is None:
        raise FileNotFoundError
    with storage.opened(file.workspace_id, file.sha256) as stream:
        return MediaUpload(MessageKind(file.kind), file.mime_type, file.filename, bytes(stream.read()))


async def _submit(
    caller: Caller,
    account: Account,
    calls: TemplateCalls,
    row: MessageTemplate,
    sample: MediaUpload | None,
    app_id: str,
) -> VendorTemplate:
    handle = ""
    if sample is not None:  # it is uploaded to the app, not to the account
        of_app = replace(account, credentials={**account.credentials, "app_id": app_id})
        handle = await caller.upload_sample(of_app, sample)
    return await caller.call(account, lambda known: [_request(calls, row, known, handle)], calls.check)


def _request(calls: TemplateCalls, row: MessageTemplate, known: Any, handle: str) -> HttpRequest:
    order = row.order
    if order["verb"] == "delete":
        return calls.delete_request(row.external_id, row.name, known)
    components = tuple(with_handle(part, handle) if _awaits(part, handle) else part for part in order["components"])
    draft = TemplateDraft(row.name, row.language, order["category"], components, order["parameter_format"])
    if order["verb"] == "edit":
        return calls.edit_request(row.external_id, draft, known)
    return calls.create_request(draft, known)


def _awaits(part: dict[str, Any], handle: str) -> bool:
    return bool(handle) and part.get("type") == "HEADER"


def _settle(row: MessageTemplate, state: OrderState, problem: str, connection: Connection | None = None) -> None:
    with scope(row.workspace_id):
        MessageTemplate.objects.filter(pk=row.pk, order_state=OrderState.SENDING).update(
            order_state=state, order_problem=problem[:500]
        )
        if connection is not None:
            resync_soon(connection)


def _done(row: MessageTemplate, told: VendorTemplate, connection: Connection) -> None:
    current = MessageTemplate.objects.select_for_update().get(pk=row.pk)
    order = current.order or row.order
    changes: list[TemplateChange] = []
    if order["verb"] == "delete":
        current.deleted_at = clock.now()
        changes.append(change_of(current, Field.STATUS, current.status, DELETED))
    else:
        if current.components != order["components"]:
            changes.append(change_of(current, Field.COMPONENTS, "", ""))
        current.components = order["components"]
        current.parameter_format = order["parameter_format"]
        current.external_id = told.external_id or current.external_id
        values = {"category": told.category or order["category"]}
        if order["verb"] == "edit" or current.status == DRAFT:  # else a webhook was faster than the answer
            # An edit is reviewed like a new template, though its answer may not say so.
            values |= {"status": told.status or "PENDING", "rejection_reason": ""}
        changes = [*apply_values(current, values), *changes]
    current.order, current.order_state, current.order_problem, current.ordered_at = {}, OrderState.NONE, "", None
    current.save()
    TemplateChange.objects.bulk_create(changes)
    announce(current.workspace_id, current.business_id)
    resync_soon(connection)
