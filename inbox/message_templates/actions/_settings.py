"""What a workspace decides about a template by itself."""

from __future__ import annotations

from collections.abc import Mapping

from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..components import variables_of
from ..models import MessageTemplate

LONGEST_DEFAULT = 500


def set_defaults(*, actor: Membership | None, template: MessageTemplate, defaults: Mapping[str, str]) -> None:
    """Keep what the variables are filled in with at first, by key; texts for keys that it does not have are dropped."""
    known = {variable.key for variable in variables_of(template.components)}
    kept = {key: text.strip()[:LONGEST_DEFAULT] for key, text in defaults.items() if key in known and text.strip()}
    template.defaults = {key: text.replace("\x00", "") for key, text in kept.items()}
    template.save(update_fields=["defaults"])
    audit.record(workspace_id=template.workspace_id, actor=actor, verb="template.defaults_set", subject=template)


def set_fallback(*, actor: Membership | None, template: MessageTemplate, wanted: bool) -> None:
    """Make this the one template that its account sends by itself once the time to answer is over, or no longer."""
    account = MessageTemplate.objects.filter(workspace_id=template.workspace_id, business_id=template.business_id)
    list(account.select_for_update().order_by("pk").values_list("pk"))  # two at once would both become it
    account.filter(is_fallback=True).exclude(pk=template.pk).update(is_fallback=False)
    template.is_fallback = wanted
    template.save(update_fields=["is_fallback"])
    audit.record(
        workspace_id=template.workspace_id,
        actor=actor,
        verb="template.fallback_set",
        subject=template,
        wanted=wanted,
    )
