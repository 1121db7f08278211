"""What the layers, the names and the modules promise of themselves."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("analysis", "bot", "migrations", "surveys", "webapp")
SAY_NOTHING = {
    "base",
    "common",
    "core",
    "data",
    "handler",
    "handlers",
    "helper",
    "helpers",
    "info",
    "manager",
    "managers",
    "misc",
    "service",
    "services",
    "util",
    "utils",
}
"""Names that do not say what is inside."""
HEAVY = {
    "alembic",
    "flask",
    "flask_babel",
    "flask_security",
    "flask_wtf",
    "granian",
    "httpx",
    "huey",
    "numpy",
    "py3langid",
    "scipy",
    "sklearn",
    "telegram",
    "wtforms",
}
MODULES = sorted(
    file
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if "node_modules" not in file.parts
)


def dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


CORE = [dotted(file) for file in MODULES if dotted(file).split(".")[0] == "surveys"]


def test_there_is_something_to_look_at() -> None:
    assert {module.split(".")[0] for module in map(dotted, MODULES)} == set(PACKAGES)
    assert {"surveys.instrument", "surveys.journey", "surveys.interview"} <= set(CORE)


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_a_module_says_what_it_is_in_one_line(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text()))
    assert docstring, "no docstring"
    assert docstring.splitlines()[0].endswith((".", ":")), "the first line is a sentence"
    assert len(docstring.splitlines()) == 1 or docstring.splitlines()[1] == ""


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_a_module_has_a_name_that_says_what_is_inside(file: Path) -> None:
    assert not set(dotted(file).split(".")) & SAY_NOTHING


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_nothing_is_printed_or_dated_without_a_zone(file: Path) -> None:
    """Only the command line talks to a terminal; a time without a zone is a time of nowhere."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Name) and node.id == "print":
            assert dotted(file).startswith("webapp.cli"), f"line {node.lineno} prints"
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"utcnow", "utcfromtimestamp"}, f"line {node.lineno}"
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            assert node.type.id != "BaseException", f"line {node.lineno} catches everything"
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), (
            f"line {node.lineno} catches everything"
        )


def test_the_core_brings_no_channel_and_no_statistics_along() -> None:
    """Not even through something else: every module of it is imported in a fresh process."""
    program = (
        "import importlib, sys\n"
        f"for module in {CORE!r}: importlib.import_module(module)\n"
        f"print(*sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("surveys.instrument", {"sqlalchemy", "yaml", "pydantic"}),
        ("surveys.journey", {"sqlalchemy", "yaml", "pydantic"}),
        ("surveys.answers", {"sqlalchemy", "yaml", "pydantic"}),
        ("surveys.interview", {"sqlalchemy", "yaml", "pydantic"}),
        ("surveys.definition", {"sqlalchemy"}),
    ],
)
def test_a_pure_module_needs_no_database_and_no_documents(module: str, unneeded: set[str]) -> None:
    program = f"import {module}, sys\nprint(*sorted({unneeded!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
