"""`{{ template.status|status_word }}` shows a code of the vendor's in words."""

from __future__ import annotations

from django import template

from .. import words

register = template.Library()
register.filter(words.status_word)
register.filter(words.category_word)
register.filter(words.quality_word)
register.filter(words.rejection_words)


@register.filter
def value_word(code: str, field: str) -> str:
    return words.value_word(field, code)
