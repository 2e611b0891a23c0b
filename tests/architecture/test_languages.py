"""Languages: every text is in both catalogues, and no template says anything that is not."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Callable, Iterator

import pytest

from .sources import ROOT, calls, sources

TEMPLATES = ROOT / "templates"
NAMES = {"Switchboard", "UTC"}
KEYS = {"Alt", "Ctrl", "Enter", "Esc", "Shift"}  # as they stand on keyboards


class Untranslated(gettext.NullTranslations):
    """Stands behind a catalog and says what is not in it."""

    def gettext(self, message: str) -> str:
        return ""

    def pgettext(self, context: str, message: str) -> str:
        return ""


def templates() -> dict[str, str]:
    """Every template's source by its name, without its comments."""
    found = {
        path.relative_to(TEMPLATES).as_posix(): path for path in sorted(TEMPLATES.glob("**/*.*")) if path.is_file()
    }
    return {name: re.sub(r"{#.*?#}", "", path.read_text()) for name, path in found.items()}


def template_texts() -> set[tuple[str, str]]:
    """Return (context, text) of what templates translate, as the catalog spells it."""
    found = set()
    for text in templates().values():
        for quoted, context in re.findall(r"""{% translate ("[^"]*"|'[^']*')(?: context ("[^"]*"|'[^']*'))?""", text):
            found.add((context[1:-1], quoted[1:-1]))
        for block in re.findall(r"{% blocktranslate\b[^%]*%}(.*?){% endblocktranslate %}", text, re.DOTALL):
            singular = block.partition("{% plural %}")[0]
            found.add(("", re.sub(r"{{ (\w+) }}", r"%(\1)s", singular)))
    return found


def python_texts() -> set[tuple[str, str]]:
    """The same of modules. A plural is found by its singular."""
    return {
        text
        for module in sources("inbox")
        for call, _owner, name in calls(module.tree)
        for text in texts_of(call, name.removesuffix("_lazy").removesuffix("_noop"))
    }


def texts_of(call: ast.Call, name: str) -> Iterator[tuple[str, str]]:
    words = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    match name, words:
        case "_" | "gettext" | "ngettext", [text, *_plural]:
            yield "", text
        case "pgettext" | "npgettext", [context, text, *_plural]:
            yield context, text


@pytest.mark.parametrize("locale", ["zh_Hant", "zh_Hans"])
@pytest.mark.parametrize("texts", [template_texts, python_texts])
def test_every_text_is_translated(locale: str, texts: Callable[[], set[tuple[str, str]]]) -> None:
    with (ROOT / "locale" / locale / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    catalog.add_fallback(Untranslated())
    wanted = texts()
    assert len(wanted) > 50
    missing = {
        text for context, text in wanted if not (catalog.pgettext(context, text) if context else catalog.gettext(text))
    }
    assert missing == set()


def test_the_extractor_reads_every_way_to_translate() -> None:
    module = ast.parse(
        '_("a"); gettext_noop("b"); ngettext("c", "cs", n); pgettext_lazy("x", "d"); npgettext("y", "e", "es", n)'
    )
    found = [text for call, _owner, name in calls(module) for text in texts_of(call, re.sub("_(lazy|noop)$", "", name))]
    assert found == [("", "a"), ("", "b"), ("", "c"), ("x", "d"), ("y", "e")]


def said(template: str) -> set[str]:
    """Return the words that a template shows or names things by, outside of what it translates."""
    text = re.sub(r"{% blocktranslate\b.*?{% endblocktranslate %}", "", template, flags=re.DOTALL)
    text = re.sub(r"{% block body_class %}.*?{% endblock|<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    quoted = re.findall(r"""\b(?:title|aria-label|placeholder|alt)=(["'])(.*?)\1""", text, re.DOTALL)
    bare = re.sub(r"""=("[^"]*"|'[^']*')""", "", text)
    shown = re.findall(r">([^<]*)<", f">{bare}<")
    words = set(re.findall(r"[^\W\d_]{2,}", " ".join((*shown, *(value for _mark, value in quoted)))))
    return words - NAMES - KEYS


def test_templates_say_nothing_outside_of_what_they_translate() -> None:
    assert {name: words for name, text in templates().items() if (words := said(text))} == {}


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello</p>",
        '<p title="Hello">{% translate "There" %}</p>',
        "<input placeholder='{{ name }} Hello'>",
        "{% if it %}Hello{% endif %}",
    ],
)
def test_a_forgotten_text_is_noticed(template: str) -> None:
    assert said(template) == {"Hello"}
