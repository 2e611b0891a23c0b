"""A webhook's bytes to its fields: XML or JSON, as the account's console was told.

XML has no document type and therefore no entities of its own here: the parser stops where one is declared. The tree is
built without recursion, so no depth overflows a stack.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from channels_adapters.reading import Unreadable, decode, storable

# What XML 1.0 forbids in a text, and what a customer's keyboard may produce all the same.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read_fields(body: bytes) -> dict[str, Any]:
    """Return the storable fields of a body. Raises Unreadable."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    fields = storable(_read_xml(body)) if start.startswith(b"<") else decode(body)
    if not isinstance(fields, dict):
        raise Unreadable("not a webhook: no fields")
    return fields


class _Tree:
    """Expat's handlers: an element is the dict of its children, or its text; equal names become a list."""

    def __init__(self) -> None:
        self.root: Any = None
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._open.append((name, {}, []))

    def text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, _name: str) -> None:
        name, children, texts = self._open.pop()
        value: Any = children or "".join(texts)
        if not self._open:
            self.root = value
            return
        siblings = self._open[-1][1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]


def _read_xml(body: bytes) -> Any:
    # The vendor writes UTF-8, whatever a declaration says; one wrong byte must not cost the message.
    text = _FORBIDDEN.sub("", body.decode("utf-8-sig", "replace"))
    tree = _Tree()
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise Unreadable(f"not XML: {expat.ErrorString(error.code)}") from None
    return tree.root


def _refuse(*_declaration: object) -> None:
    raise Unreadable("XML with a document type is not read")
