"""Every verb of message templates. Called by the pages, the webhook worker, delivery and the sweeps."""

from ._news import note_template_news
from ._orders import TemplateRefused, carry_out, delete_template, submit_edit, submit_template, sweep_orders
from ._settings import set_defaults, set_fallback
from ._sync import ask_for_sync, resync_soon, sync_due_templates, sync_templates

__all__ = [
    "TemplateRefused",
    "ask_for_sync",
    "carry_out",
    "delete_template",
    "note_template_news",
    "resync_soon",
    "set_defaults",
    "set_fallback",
    "submit_edit",
    "submit_template",
    "sweep_orders",
    "sync_due_templates",
    "sync_templates",
]
