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
    """Each folder of the package stands in the table once, and nothing else does."""
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
