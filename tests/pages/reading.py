"""Reading a page as a browser does: its elements with their attributes and texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)
    ancestors: tuple[Element, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    @property
    def text(self) -> str:
        """Everything it says, with white space as a browser shows it."""
        return " ".join("".join(self.parts).split())

    @property
    def raw_text(self) -> str:
        return "".join(self.parts)

    def inside(self, element_id: str) -> bool:
        return any(ancestor.attributes.get("id") == element_id for ancestor in self.ancestors)


class Page(HTMLParser):
    """A parsed answer. `all` and `one` find elements by tag, class and attributes (`data_room` is `data-room`)."""

    def __init__(self, response: Any) -> None:
        super().__init__(convert_charrefs=True)
        self.status = response.status_code
        self.html = response.content.decode()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, ancestors=tuple(self.open))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Only drawings close themselves, and they hold nothing."""

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.parts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.elements[0].text.split()) if self.elements else ""

    def all(self, tag: str = "", class_: str = "", **attributes: str | int) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): str(value) for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if (not tag or element.tag == tag)
            and (not class_ or class_ in element.attributes.get("class", "").split())
            and wanted.items() <= element.attributes.items()
        ]

    def one(self, tag: str = "", class_: str = "", **attributes: str | int) -> Element:
        found = self.all(tag, class_, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag}.{class_} {attributes}"
        return found[0]

    # --- what the pages of this product consist of ---

    @property
    def rooms(self) -> list[int]:
        """Ids of the listed chatrooms, from the top."""
        return [int(row["data-room"]) for row in self.all("li", "row")]

    @property
    def unread(self) -> dict[int, int]:
        return {int(row["data-room"]): int(row["data-unread"]) for row in self.all("li", "row")}

    @property
    def messages(self) -> list[int]:
        """Ids of the shown messages, from the top."""
        return [int(message["data-message"]) for message in self.all("li", "message")]

    @property
    def texts(self) -> list[str]:
        return [element.raw_text for element in self.all("p", "message-text")]

    @property
    def older(self) -> str:
        """The address of the next older rows or messages, "" at the end."""
        links = [
            element["href"]
            for element in self.all("a")
            if any(
                {"older-rows", "older-messages"} & set(a.attributes.get("class", "").split()) for a in element.ancestors
            )
        ]
        return links[-1] if links else ""

    @property
    def cursor(self) -> int:
        return int(self.one(id="cursor")["data-seq"])

    @property
    def is_whole(self) -> bool:
        return self.html.lstrip().lower().startswith("<!doctype html>")

    @property
    def form(self) -> dict[str, str]:
        """What the composer would send."""
        values = {
            element["name"]: element.attributes.get("value", "")
            for element in self.all("input")
            if element.inside("composer") and (element.attributes.get("type") != "checkbox" or "checked" in element)
        }
        return values | {"text": re.sub(r"\A\n", "", self.one("textarea", id="composer-text").raw_text)}
