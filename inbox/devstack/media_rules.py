"""The page about files in the documentation, made of the rules by which the product decides."""

from __future__ import annotations

from django.utils import translation

from channels_adapters.registry import adapter_for, kinds
from channels_adapters.types import Capabilities
from inbox.chatrooms.presenters.file_rules import rules_of

_HEAD = """# What files each channel takes

Made from the adapters' `Capabilities.media` by `manage.py write_media_rules`; a test compares. Agents see the same in the
composer, under "What can be sent". What is in none of these types or is too large is converted where that is possible,
see [media.md](media.md).
"""


def page() -> str:
    """Return the page in Markdown."""
    with translation.override("en"):
        return "\n".join([_HEAD, *(_section(adapter_for(kind).capabilities) for kind in kinds())])


def _section(capabilities: Capabilities) -> str:
    rows = [
        f"| {rule.kind} | {rule.types} | {rule.size} | {rule.limits or '–'} | {'yes' if rule.has_caption else 'no'} |"
        for rule in rules_of(capabilities)
    ]
    head = "| Sent as | Types | At most | Limits | Caption |\n|---|---|---|---|---|"
    return "\n".join([f"## {capabilities.label}\n", head, *rows, ""]).replace("\xa0", " ")
