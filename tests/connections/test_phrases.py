"""What adapters say of accounts and ask for can be translated, also where a name of the vendor's stands in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from channels_adapters.registry import adapter_for, kinds
from inbox.connections import phrases
from inbox.connections.credential_phrases import CREDENTIAL_PHRASES

_SOURCES = ("health.py", "notices.py")


def sentences() -> Iterator[str]:
    """Every whole sentence in the adapters' checks and notices; X stands for what is put in."""
    for path in Path(settings.BASE_DIR, "channels_adapters").rglob("*.py"):
        if path.name not in _SOURCES:
            continue
        tree = ast.parse(path.read_text())
        skipped = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        skipped |= {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if node in skipped:
                continue
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
            else:
                text = str(node.value) if isinstance(node, ast.Constant) else ""
            if text.endswith(".") and text.count(" ") > 1 and text[0] != " ":
                yield text


def test_every_sentence_of_a_check_or_a_notice_is_a_phrase() -> None:
    found = {re.escape(text).replace("X", ".*") for text in sentences()}
    assert len(found) > 30
    assert [each for each in found if not any(re.fullmatch(each, phrase) for phrase in phrases._PHRASES)] == []


def asked_for() -> Iterator[str]:
    """Every text of the forms that connect an account."""
    for kind in kinds():
        capabilities = adapter_for(kind).capabilities
        yield capabilities.app_label
        for field in (*capabilities.app_credentials, *capabilities.account_credentials):
            yield from (field.label, field.help_text, *(label for _value, label in field.choices))


def test_everything_that_a_connection_is_made_of_is_a_phrase() -> None:
    assert set(CREDENTIAL_PHRASES) == {text for text in asked_for() if text}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Lotus · 85290000001: the quality is low.", "Lotus · 85290000001 : basse"),
        ("The access token lacks a and b.", "manque a and b"),
        ("(#10) Pages messaging 100%", "“(#10) Pages messaging 100%”"),
        ("", ""),
    ],
)
def test_names_stay_and_a_vendors_own_words_are_quoted(text: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = {
        "%(number)s: the quality is low.": "%(number)s : basse",
        "The access token lacks %(permissions)s.": "manque %(permissions)s",
    }
    monkeypatch.setattr(phrases, "_", lambda text: catalogue.get(text, text))
    assert phrases.translated_or_quoted(text) == shown
