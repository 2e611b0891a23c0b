"""The icons of every page."""

from __future__ import annotations

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def icons() -> SafeString:
    """Return `_icons.html`, rendered once a process: drawing all of them took half the time of a small page."""
    return render_to_string("_icons.html")
