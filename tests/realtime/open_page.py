"""A page as a browser holds it: elements by id, which frames replace or add to, as the page's script does."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# What lives on a page and changes there: the list's rows, the open room's messages, its state.
_LIVE = re.compile(r"room-\d+-(row|state|control)|message-\d+")
# What depends on how the element came, and when.
_PASSING = {*("hx-swap-oob", "data-seq", "data-first-unread", "data-judged", "data-arrived"), "style"}
# What depends on who looks: no frame says it, scripts add it.
_VIEWERS = {"data-unread", "data-count", "aria-current", "hidden"}
_VIEWERS_LIVE = re.compile(r"room-\d+-(name|labels|notes)|count-tab-\w+")
_VOID = {"br", "hr", "img", "input", "link", "meta"}


class OpenPage:
    """Keeps the canonical HTML of each live element, and the number up to which the page is true.

    Where `scripts` have run, what they made of it for who looks is kept too.
    """

    def __init__(self, html: str, *, scripts: bool = False) -> None:
        self.elements: dict[str, str] = {}
        self.cursor = 0
        self._scripts = scripts
        self.apply(html)

    def apply(self, html: str) -> None:
        parser = _Parser(scripts=self._scripts)
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
    """Writes every live element down in one form, without what is a viewer's own unless scripts have run."""

    def __init__(self, *, scripts: bool) -> None:
        super().__init__()
        self._scripts = scripts
        self.elements: dict[str, str] = {}
        self.cursor = 0
        self._open: list[tuple[str, str]] = []
        self._is_viewers = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        key = attributes.get("id", "")
        if key == "cursor":
            self.cursor = int(attributes["data-seq"])
        if _LIVE.fullmatch(key) or (self._scripts and _VIEWERS_LIVE.fullmatch(key)):
            self.elements[key] = ""
            self._open = [(key, tag)]
        elif self._open and tag not in _VOID:
            self._open.append(("", tag))
        self._is_viewers = "data-unread-number" in attributes
        left_out = _PASSING if self._scripts else _PASSING | _VIEWERS
        kept = sorted(f"{name}={value}" for name, value in attributes.items() if name not in left_out)
        self._write(f"<{' '.join([tag, *kept])}>")

    def handle_endtag(self, tag: str) -> None:
        self._is_viewers = False
        if not self._open:
            return
        while self._open.pop()[1] != tag:
            pass

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._write(f"<{' '.join([tag, *sorted(f'{name}={value}' for name, value in attrs)])}/>")

    def handle_data(self, data: str) -> None:
        if self._scripts or not self._is_viewers:
            self._write(" ".join(data.split()))

    def _write(self, text: str) -> None:
        if self._open:
            self.elements[self._open[0][0]] += text
