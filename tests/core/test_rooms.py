"""The shape of the house: imports run downwards, without circles."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import lukhas_notion

PACKAGE = Path(lukhas_notion.__file__).parent
NAME = PACKAGE.name
CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"


def modules() -> dict[str, Path]:
    """Return every module's file by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def at_import(body: list[ast.stmt]) -> Iterator[str]:
    """Yield what a module imports when it is imported; what only a type checker reads aside."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
            yield from at_import([*node.body, *node.orelse])
        elif isinstance(node, ast.Try | ast.With):
            yield from at_import(node.body)


def room_of(module: str) -> str:
    """Return the room of a module: a folder of the package, or a module beside them."""
    return module.split(".")[1] if "." in module else NAME


def rooms() -> dict[str, set[str]]:
    """Return the rooms that each room imports."""
    known, found = modules(), defaultdict[str, set[str]](set)
    for module, path in known.items():
        here = found[room_of(module)]
        for name in at_import(ast.parse(path.read_text(encoding="utf-8")).body):
            target = name if name in known else name.rpartition(".")[0]
            if target in known:
                here.add(room_of(target))
        here.discard(room_of(module))
    return dict(found)


def reached(room: str, graph: Mapping[str, set[str]]) -> set[str]:
    """Return every room that is imported with this one."""
    found: set[str] = set()
    todo = [room]
    while todo:
        new = graph[todo.pop()] - found
        found |= new
        todo += new
    return found


def declared() -> list[list[str]]:
    """Return the rooms of CONTRIBUTING.md's table, row by row."""
    rows = re.findall(
        r"^\| ((?:`[\w./]+`(?:, )?)+) \|", CONTRIBUTING.read_text("utf-8"), re.MULTILINE
    )
    return [[name.removesuffix(".py") for name in re.findall(r"`([\w.]+)/?`", row)] for row in rows]


def test_no_rooms_import_each_other() -> None:
    """Whoever changes a room need not look above it."""
    graph = rooms()
    assert [room for room in graph if room in reached(room, graph)] == []


def test_imports_run_down_the_table() -> None:
    """No room comes to import, by whatever way, one that the table has above it."""
    graph, above = rooms(), set[str]()
    order = declared()
    assert order[0] == ["cli"]
    for row in order:
        for room in row:
            assert room in graph, f"{room} is in the table and not in the package"
            assert reached(room, graph) & above == set(), room
        above |= set(row)


def test_every_folder_is_in_the_table() -> None:
    """A room of several modules has its place in the order."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders - {name for row in declared() for name in row} == {"schemas"}
