"""The languages an entry may be in, and which of them is that of a page."""

from __future__ import annotations

from django.utils import translation

from inbox.message_templates.languages import LANGUAGES

_OF_PAGES = {"zh-hant": "zh_HK", "zh-hans": "zh_CN"}


def own_language() -> str:
    """Return the language of the page that is being made."""
    return _OF_PAGES.get(translation.get_language() or "", "en")


def name_of(code: str) -> str:
    return LANGUAGES.get(code, code)
