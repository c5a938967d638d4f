"""Print how large the package is, and how its parts depend on each other.

Run it from anywhere in the repository: ``python scripts/house.py``. All imports count, also those
under ``TYPE_CHECKING`` and in functions. The emulator is counted separately: it imports nothing of
the rest.
"""

from __future__ import annotations

import ast
import io
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
NAME = "lukhas_notion"
PACKAGE = ROOT / NAME
APART = "emulator"
#: A module of fewer lines needs no test of its own.
SMALL = 20


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, its lines, its syntax, and the modules that it imports."""

    name: str
    lines: int
    tree: ast.Module
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """The folder of the package that it is in, or its own name at the package's root."""
        return self.name.split(".")[1] if "." in self.name else self.name


def read_modules(package: Path = PACKAGE) -> dict[str, Module]:
    """Return every module of the package by its dotted name."""
    files = {dotted(path, package): path for path in sorted(package.rglob("*.py"))}
    found = {}
    for name, path in files.items():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        imports = frozenset(imported(tree, files)) - {name}
        found[name] = Module(name, len(text.splitlines()), tree, imports)
    return found


def dotted(path: Path, package: Path) -> str:
    """Return a file's dotted module name."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module, known: Iterable[str]) -> Iterator[str]:
    """Yield the known modules that a module imports, anywhere in it."""
    modules = set(known)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = [f"{node.module}.{each.name}" for each in node.names]
        else:
            continue
        for name in named:
            target = name if name in modules else name.rpartition(".")[0]
            # A package's own face is no dependency of what imports a module from it.
            if target in modules and target != NAME:
                yield target


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other (Tarjan's strongly connected components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            group, stack[at:] = stack[at:], []
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def rooms(modules: Mapping[str, Module]) -> dict[str, set[str]]:
    """Return which rooms each room imports."""
    found: dict[str, set[str]] = {}
    for module in modules.values():
        others = {modules[name].room for name in module.imports} - {module.room}
        found.setdefault(module.room, set()).update(others)
    return found


def longest_function(modules: Iterable[Module]) -> tuple[int, str]:
    """Return the lines and the name of the longest function."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return max(
        ((node.end_lineno or 0) - node.lineno + 1, f"{module.name}:{node.name}")
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, kinds)
    )


def untested(modules: Mapping[str, Module], tests: Path = ROOT / "tests") -> list[str]:
    """Return the modules of more than 20 lines that no test file imports."""
    imports = {
        name
        for path in tests.rglob("*.py")
        for name in imported(ast.parse(path.read_text(encoding="utf-8")), modules)
    }
    return sorted(m.name for m in modules.values() if m.lines > SMALL and m.name not in imports)


def passed_by_a_preview() -> set[str]:
    """Return the modules in which code runs when one manifest is previewed.

    What runs because a module is imported, such as the body of a class, does not count.
    """
    from lukhas_notion.cli import main
    from lukhas_notion.cli.context import Context
    from lukhas_notion.emulator import Emulator, default_database
    from lukhas_notion.util.runtime import Runtime

    seen: set[str] = set()
    thread = threading.local()

    def note(frame: FrameType, event: str, _: object) -> None:
        imports = getattr(thread, "imports", 0)
        if frame.f_code.co_name == "<module>":
            thread.imports = imports + {"call": 1, "return": -1}.get(event, 0)
        elif event == "call" and not imports:
            seen.add(frame.f_code.co_filename)

    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "one" / "module.manifest.json"
        manifest.parent.mkdir()
        manifest.write_text('{"module": "one", "description": "The only one."}')
        notion = Emulator(requests_per_minute=None)
        environ = {
            "NOTION_TOKEN": notion.token,
            "NOTION_DATABASE_ID": default_database(notion).database_id,
        }
        context = Context(
            Runtime(environ, transport=notion.transport), io.StringIO(), io.StringIO()
        )
        threading.setprofile(note)
        sys.setprofile(note)
        try:
            code = main(["sync", "--all", "--dry-run", "--root", folder], context)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        if code:
            raise SystemExit(f"the preview failed: {code}")
    files = (Path(name) for name in seen)
    return {dotted(path, PACKAGE) for path in files if path.is_relative_to(PACKAGE)}


def figures() -> dict[str, object]:
    """Return every figure by what it counts."""
    whole = read_modules()
    modules = {name: module for name, module in whole.items() if module.room != APART}
    entries = [path for path in PACKAGE.iterdir() if path.is_file() or any(path.glob("*.py"))]
    graph = {module.name: module.imports for module in whole.values()}
    lines, function = longest_function(modules.values())
    largest = max(modules.values(), key=lambda module: module.lines)
    passed = {name for name in passed_by_a_preview() if name in modules}
    return {
        "entries at the package's root": len(entries),
        "modules, without the emulator": len(modules),
        "lines, without the emulator": sum(module.lines for module in modules.values()),
        "lines of the emulator": sum(m.lines for m in whole.values() if m.room == APART),
        "circles of modules": circles(graph),
        "circles of rooms": circles(rooms(whole)),
        "modules that one previewed manifest passes": len(passed),
        "largest module": f"{largest.lines} ({largest.name})",
        "longest function": f"{lines} ({function})",
        "modules that no test imports": untested(modules),
    }


def main() -> int:
    """Print the figures."""
    sys.path.insert(0, str(ROOT))
    for what, figure in figures().items():
        if isinstance(figure, list):
            shown = [" ↔ ".join(each) if isinstance(each, list) else each for each in figure]
            print("\n    ".join(chain([f"{len(figure):>8}  {what}"], shown)))
        else:
            print(f"{figure:>8}  {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
