"""Text as WhatsApp shows it: *bold*, _italic_, ~struck through~ and ```monospaced```. Pure."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Longer than any message; what is longer is shown as it is written.
LONGEST = 4096

_ELEMENTS = {"*": "<strong>{}</strong>", "_": "<em>{}</em>", "~": "<s>{}</s>"}
_MARKED = re.compile(
    r"```(?P<mono>.+?)```"
    r"|(?<![^\W_])(?P<mark>[*_~])(?!(?P=mark))(?P<inner>\S|\S[^\n]*?\S)(?P=mark)(?![^\W_])",
    re.DOTALL,
)


def phone_html(text: str) -> SafeString:
    """Return the text as HTML, its marks as elements; everything else in it is escaped."""
    pieces: list[str] = []
    end = 0
    for match in _MARKED.finditer(text if len(text) <= LONGEST else ""):
        pieces += [text[end : match.start()], _element(match)]
        end = match.end()
    return format_html_join("", "{}", ((piece,) for piece in [*pieces, text[end:]]))


def _element(match: re.Match[str]) -> SafeString:
    if match["mono"] is not None:
        return format_html("<code>{}</code>", match["mono"])
    return format_html(_ELEMENTS[match["mark"]], phone_html(match["inner"]))
