"""Which module may know which: import-linter's contracts, and what it cannot express."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from channels_adapters.types import ChannelKind

from .sources import ROOT, Source, imported_modules, sources

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINTER = PYPROJECT["tool"]["importlinter"]
MODELS = [source for source in sources("inbox") if source.name.endswith("/models.py")]
LONGEST_MODULE = 400

ACTING = {"actions", "views", "tasks", "consumers", "admin", "door"}
KIND_NAMES = {"ChannelKind", "Channel"}
KIND_VALUES = {kind.value for kind in ChannelKind} | {"messenger", "instagram", "wechat"}


def contract(contract_id: str) -> dict[str, list[str]]:
    return next(each for each in LINTER["contracts"] if each["id"] == contract_id)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def acting_imports(source: Source) -> list[str]:
    return [
        f"{source.at(node)} imports {module}"
        for node, module in imported_modules(source.tree)
        if module.startswith((".", "inbox")) and ACTING & set(module.split("."))
    ]


def kind_comparisons(source: Source) -> list[str]:
    """Find `if channel == "whatsapp"` in any spelling: a capability is missing in the adapter then."""

    def is_kind(node: ast.expr) -> bool:
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner)) if owner in KIND_NAMES:
                return True
            case ast.Attribute(value=inner, attr="value"):
                return is_kind(inner)
            case ast.Constant(value=str(value)):
                return value in KIND_VALUES
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                return any(is_kind(item) for item in items)
        return False

    found = []
    for node in ast.walk(source.tree):
        compared: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            compared = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            compared = [node.value]
        if any(is_kind(operand) for operand in compared):
            found.append(source.at(node))
    return found


def environment_reads(source: Source) -> list[str]:
    """Find what looks into the environment; naming the settings module, as Django's programs do, is not reading."""
    naming = {
        id(node.func.value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setdefault"
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == "DJANGO_SETTINGS_MODULE"
    }
    found = [
        source.at(node)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and id(node) not in naming
    ]
    found += [
        source.at(node)
        for node, module in imported_modules(source.tree)
        if module in ("os.environ", "os.getenv", "environ", "environ.Env")
    ]
    return found


def test_the_import_contracts_are_kept() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(LINTER['contracts'])} kept, 0 broken" in result.stdout


def test_a_broken_contract_would_be_told(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").touch()
    (tmp_path / "house" / "roof.py").touch()
    (tmp_path / "house" / "cellar.py").write_text("import house.roof\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_package = "house"\n[[tool.importlinter.contracts]]\n'
        'name = "layers"\ntype = "layers"\nlayers = ["house.roof", "house.cellar"]\n'
    )
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert "0 kept, 1 broken" in result.stdout


def test_every_slice_has_its_place_in_the_layers() -> None:
    layered = {name.strip() for layer in contract("layers")["layers"] for name in layer.split("|")}
    slices = {f"inbox.{path.parent.name}" for path in (ROOT / "inbox").glob("*/__init__.py")}
    assert slices - layered == set()


def test_the_contract_about_models_names_all_of_them() -> None:
    modules = {source.name.removesuffix(".py").replace("/", ".") for source in MODELS}
    assert modules - set(contract("models-are-leaves")["source_modules"]) == set()


@pytest.mark.parametrize("source", MODELS, ids=lambda source: source.name)
def test_models_import_nothing_that_acts(source: Source) -> None:
    assert acting_imports(source) == []


def test_what_acts_would_be_found_in_models() -> None:
    for line in ("from . import actions", "from .views import inbox", "import inbox.chatrooms.tasks"):
        assert len(acting_imports(Source("inbox/chatrooms/models.py", line))) == 1


def test_nobody_outside_the_adapters_compares_channel_kinds() -> None:
    # The simulator plays each vendor by name, and migrations are history.
    product = [source for source in sources("inbox") if not source.name.startswith("inbox/devstack/simulator/")]
    assert [problem for source in product for problem in kind_comparisons(source)] == []


@pytest.mark.parametrize(
    "line",
    [
        'if kind == "whatsapp": pass',
        "if kind == ChannelKind.WHATSAPP: pass",
        "x = room.connection.channel != Channel.WHATSAPP.value",
        'x = channel in ("wechat", "instagram")',
        'match channel:\n    case "messenger": pass',
        "match channel:\n    case ChannelKind.WHATSAPP: pass",
    ],
)
def test_comparisons_of_kinds_would_be_found(line: str) -> None:
    assert len(kind_comparisons(Source("inbox/chatrooms/views.py", line))) == 1


def test_naming_a_kind_is_no_comparison() -> None:
    line = 'adapter_for(ChannelKind.WHATSAPP)\nif kind == "text": pass'
    assert kind_comparisons(Source("inbox/chatrooms/views.py", line)) == []


def test_only_settings_read_the_environment() -> None:
    # The devstack prepares the environment of the processes it starts.
    product = [
        source
        for source in sources("inbox", "channels_adapters", "media_converter")
        if source.name != "inbox/settings.py" and not source.name.startswith("inbox/devstack/")
    ]
    assert [problem for source in product for problem in environment_reads(source)] == []
    assert environment_reads(next(source for source in sources("inbox") if source.name == "inbox/settings.py"))


@pytest.mark.parametrize(
    "line",
    ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ", "import environ"],
)
def test_reading_the_environment_would_be_found(line: str) -> None:
    assert len(environment_reads(Source("inbox/chatrooms/views.py", line))) == 1


def test_no_module_is_too_long_to_read() -> None:
    modules = sources("inbox", "channels_adapters", "media_converter")
    assert len(modules) > 80
    assert {source.name: source.line_count for source in modules if source.line_count > LONGEST_MODULE} == {}
