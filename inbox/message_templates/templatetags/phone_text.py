"""`{{ text|phone_text }}` shows a text as WhatsApp does."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from ..formatting import phone_html

register = template.Library()


@register.filter
def phone_text(text: object) -> SafeString:
    return phone_html(str(text))
