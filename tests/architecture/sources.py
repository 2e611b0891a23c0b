"""The product's source files, parsed. The checks of this folder walk them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One module; `name` is its path from the project's folder, as a finding names it."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 0)}"


def sources(*folders: str) -> list[Source]:
    """Return the modules below these folders, without migrations."""
    return [source for folder in folders for source in _sources(folder)]


@cache
def _sources(folder: str) -> list[Source]:
    """Read and parse each module once, however many checks walk it."""
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text())
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Return every call with the last word before the dot, if any, and the called name: `publish`, `send_html`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name):
                    yield node, "", name
                case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
                    yield node, owner, name
                case ast.Attribute(attr=name):
                    yield node, "?", name


def imported_modules(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Return what is imported, as dotted names; relative imports keep their leading dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            separator = "" if module.endswith(".") else "."
            yield from ((node, f"{module}{separator}{alias.name}") for alias in node.names)
