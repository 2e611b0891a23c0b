"""The vendor's codes of templates in the language of whoever reads them; one that is new to us stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from .models import TemplateChange


def status_word(code: str) -> str:
    return _word(
        code,
        {
            "APPROVED": _("Approved"),
            "ARCHIVED": _("Archived"),
            "DELETED": _("Deleted"),
            "DISABLED": _("Disabled"),
            "DRAFT": _("Draft"),
            "FLAGGED": _("Flagged"),
            "IN_APPEAL": _("Appealed"),
            "LIMIT_EXCEEDED": _("Over the limit"),
            "LOCKED": _("Locked"),
            "PAUSED": _("Paused"),
            "PENDING": _("In review"),
            "PENDING_DELETION": _("Is being deleted"),
            "REINSTATED": _("Reinstated"),
            "REJECTED": _("Rejected"),
            "UNARCHIVED": _("No longer archived"),
            "UNLOCKED": _("No longer locked"),
        },
    )


def category_word(code: str) -> str:
    return _word(
        code,
        {"UTILITY": _("Utility"), "MARKETING": _("Marketing"), "AUTHENTICATION": _("Authentication")},
    )


def quality_word(code: str) -> str:
    return _word(code, {"GREEN": _("High"), "YELLOW": _("Medium"), "RED": _("Low"), "UNKNOWN": _("Not known yet")})


def rejection_words(code: str) -> str:
    """Say why the vendor did not approve a template."""
    return _word(
        code,
        {
            "ABUSIVE_CONTENT": _("What it says is abusive"),
            "CATEGORY_NOT_AVAILABLE": _("This category is not open to this account"),
            "INCORRECT_CATEGORY": _("It belongs to another category"),
            "INVALID_FORMAT": _("Its form is not valid"),
            "NONE": "",
            "PROMOTIONAL": _("It advertises"),
            "SCAM": _("It looks like a scam"),
            "TAG_CONTENT_MISMATCH": _("What it says does not fit its category or language"),
        },
    )


def value_word(field: str, code: str) -> str:
    """Return a value of a `TemplateChange` in words."""
    words: Mapping[str, Callable[[str], str]] = {
        TemplateChange.Field.STATUS: status_word,
        TemplateChange.Field.CATEGORY: category_word,
        TemplateChange.Field.NEXT_CATEGORY: category_word,
        TemplateChange.Field.QUALITY: quality_word,
    }
    return words[field](code) if field in words else code


def _word(code: str, words: Mapping[str, str]) -> str:
    return words.get(code.upper(), code)
