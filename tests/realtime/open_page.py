"""A page as a browser holds it: elements by id, which frames replace or add to, as the page's script does."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# What lives on a page and changes there: the list's rows, the open room's messages, its state.
_LIVE = re.compile(r"room-\d+-(row|state|control)|message-\d+")
# What depends on who looks, or on how the element came.
_OWN = {
    *("hx-swap-oob", "data-seq", "data-unread", "data-first-unread", "data-count", "aria-current", "hidden"),
    "style",  # which only scripts set
}
_VOID = {"br", "hr", "img", "input", "link", "meta"}


class OpenPage:
    """Keeps the canonical HTML of each live element, and the number up to which the page is true."""

    def __init__(self, html: str) -> None:
        self.elements: dict[str, str] = {}
        self.cursor = 0
        self.apply(html)

    def apply(self, html: str) -> None:
        parser = _Parser()
        parser.feed(html)
        self.elements |= parser.elements
        self.cursor = parser.cursor or self.cursor

    def differences(self, other: OpenPage) -> dict[str, tuple[str | None, str | None]]:
        ids = self.elements.keys() | other.elements.keys()
        pairs = {key: (self.elements.get(key), other.elements.get(key)) for key in sorted(ids)}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}

    def texts(self) -> list[str]:
        """What the messages say."""
        found = [re.search(r"<p class=message-text[^>]*>([^<]*)", html) for html in self.elements.values()]
        return [match[1].strip() for match in found if match]


class _Parser(HTMLParser):
    """Writes every live element down in one form, without what is a viewer's own."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: dict[str, str] = {}
        self.cursor = 0
        self._open: list[tuple[str, str]] = []
        self._is_own = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        key = attributes.get("id", "")
        if key == "cursor":
            self.cursor = int(attributes["data-seq"])
        if _LIVE.fullmatch(key):
            self.elements[key] = ""
            self._open = [(key, tag)]
        elif self._open and tag not in _VOID:
            self._open.append(("", tag))
        self._is_own = "data-unread-number" in attributes
        kept = sorted(f"{name}={value}" for name, value in attributes.items() if name not in _OWN)
        self._write(f"<{' '.join([tag, *kept])}>")

    def handle_endtag(self, tag: str) -> None:
        self._is_own = False
        if not self._open:
            return
        while self._open.pop()[1] != tag:
            pass

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._write(f"<{' '.join([tag, *sorted(f'{name}={value}' for name, value in attrs)])}/>")

    def handle_data(self, data: str) -> None:
        if not self._is_own:
            self._write(" ".join(data.split()))

    def _write(self, text: str) -> None:
        if self._open:
            self.elements[self._open[0][0]] += text
