"""Message templates as a vendor lists them, and what it tells about one in a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .content import JsonObject


@dataclass(frozen=True)
class VendorTemplate:
    """A template in one language. `status`, `category` and `quality` are the vendor's words in capitals, empty where it
    gives none; `parameter_format` is POSITIONAL or NAMED."""

    external_id: str
    name: str
    language: str
    status: str
    category: str = ""
    quality: str = ""
    rejection_reason: str = ""
    parameter_format: str = "POSITIONAL"
    components: tuple[JsonObject, ...] = ()


@dataclass(frozen=True)
class TemplatePage:
    """A stretch of the list; `after` asks for the next one, empty at the end."""

    templates: tuple[VendorTemplate, ...]
    after: str = ""


@dataclass(frozen=True)
class TemplateDraft:
    """What a new or an edited template is to be."""

    name: str
    language: str
    category: str
    components: tuple[JsonObject, ...]
    parameter_format: str = "POSITIONAL"


@dataclass(frozen=True)
class TemplateNews:
    """What changed about a template: `changes` are values of status, category, next_category (what the vendor will make
    of the category), quality and rejection_reason. Empty where only the list tells."""

    external_id: str
    name: str
    language: str
    changes: Mapping[str, str] = field(default_factory=dict)
