"""What a workspace decides about a template by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from inbox.connections.models import Connection
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..components import variables_of
from ..models import DRAFT, FallbackTemplate, MessageTemplate
from ._orders import TemplateRefused

LONGEST_DEFAULT = 500


def set_defaults(*, actor: Membership | None, template: MessageTemplate, defaults: Mapping[str, str]) -> None:
    """Keep what the variables are filled in with at first, by key; texts for keys that it does not have are dropped."""
    known = {variable.key for variable in variables_of(template.components)}
    kept = {key: text.strip()[:LONGEST_DEFAULT] for key, text in defaults.items() if key in known and text.strip()}
    template.defaults = {key: text.replace("\x00", "") for key, text in kept.items()}
    template.save(update_fields=["defaults"])
    audit.record(workspace_id=template.workspace_id, actor=actor, verb="template.defaults_set", subject=template)


def set_fallback(*, actor: Membership | None, template: MessageTemplate, connections: Collection[Connection]) -> None:
    """Have exactly these numbers of its account send the template by themselves once the time to answer is over.

    What they sent before is replaced. Raises TemplateRefused for one that the vendor does not have."""
    if connections and (template.status == DRAFT or template.deleted_at is not None):
        raise TemplateRefused({"": _("WhatsApp does not have this template, so no number can send it.")})
    own = FallbackTemplate.objects.filter(workspace_id=template.workspace_id, template=template)
    own.exclude(connection__in=connections).delete()
    FallbackTemplate.objects.bulk_create(
        [
            FallbackTemplate(workspace_id=template.workspace_id, connection=connection, template=template)
            for connection in sorted(connections, key=lambda connection: connection.pk)
        ],
        update_conflicts=True,
        unique_fields=["workspace", "connection"],
        update_fields=["template"],
    )
    audit.record(
        workspace_id=template.workspace_id,
        actor=actor,
        verb="template.fallback_set",
        subject=template,
        numbers=sorted(connection.pk for connection in connections),
    )
