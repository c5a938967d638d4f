"""The shape of the house: imports run downwards, without circles, and the rooms are few."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def house() -> ModuleType:
    """Load scripts/house.py, which reads the package's imports."""
    spec = importlib.util.spec_from_file_location("house", PROJECT / "scripts" / "house.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["house"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def modules(house: ModuleType) -> Any:
    """Read the package once."""
    return house.read_modules()


def declared() -> list[str]:
    """Return the rooms of CONTRIBUTING.md's table, from the top down."""
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)


def test_no_modules_import_each_other(house: ModuleType, modules: Any) -> None:
    """There is no circle of imports, wherever in a module they stand."""
    assert house.circles({m.name: m.imports for m in modules.values()}) == []
    assert house.circles(house.rooms(modules)) == []


def test_imports_run_down_the_table(house: ModuleType, modules: Any) -> None:
    """No room imports one that the table has above it, and the emulator imports none."""
    order = declared()
    graph = house.rooms(modules)
    for index, room in enumerate(order):
        assert graph[room] & set(order[:index]) == set(), room
    assert graph["emulator"] == set()


def test_the_table_has_every_room(house: ModuleType) -> None:
    """Each folder of the package is in the table once, and nothing else is."""
    folders = {path.parent.name for path in house.PACKAGE.glob("*/__init__.py")}
    assert sorted(declared()) == sorted(folders)


def test_the_root_is_small(house: ModuleType) -> None:
    """The package has at most 15 folders and 3 files at its root."""
    entries = [
        p
        for p in house.PACKAGE.iterdir()
        if p.name != "__pycache__" and any(p.glob("*")) ^ p.is_file()
    ]
    assert sum(path.is_dir() for path in entries) <= 15
    assert sum(path.is_file() for path in entries) <= 3


def test_circles_are_found(house: ModuleType) -> None:
    """A circle of any length is found, and a module that imports itself through others."""
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}
    assert house.circles(graph) == [["a", "b", "c"]]


#: Tests that are not of one module: they are of a service, a platform, or the suite of a standard.
NOT_OF_A_MODULE = (
    "github/test_against_github_stand_in",
    "github/test_issue_against_stand_in",
    "github/test_suggestions_against_stand_in",
    "manifests/json_schema/test_official_suite",
    "util/test_other_platforms",
)


def test_a_unit_test_has_the_name_of_its_module(house: ModuleType) -> None:
    """Below the action and the command line, a test file begins with the name of a module."""
    tests = PROJECT / "tests"
    for room in declared()[2:-1]:
        for file in (tests / room).rglob("test_*.py"):
            path = file.relative_to(tests).with_suffix("").as_posix()
            folder = house.PACKAGE / file.parent.relative_to(tests)
            modules = {module.stem for module in folder.glob("*.py")}
            begins = any(re.fullmatch(rf"test_{name}(_.+)?", file.stem) for name in modules)
            assert begins or path in NOT_OF_A_MODULE, path
