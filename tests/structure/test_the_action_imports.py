"""What the Action imports, which decides what its lock file and its image leave out."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
START = "lukhas_notion.action.main"
#: Only the command line has a terminal to draw on; the Action uses other parts of this module.
FOR_A_TERMINAL = {"lukhas_notion.report.screen"}
#: Refuses the packages that are named first, then imports the modules that are named behind.
BLOCKED = """
import importlib, sys
blocked, wanted = sys.argv[1].split(), sys.argv[2].split()
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is left out", name=name)
sys.meta_path.insert(0, Block())
for name in wanted:
    importlib.import_module(name)
print(len(sys.modules))
"""


def distributions(name: str) -> set[str]:
    """Return the packages of a lock file."""
    text = (PROJECT / "requirements" / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9.-]+)(?:\[.+\])?==", text, re.MULTILINE))


@cache
def packaged() -> Mapping[str, list[str]]:
    """Return which packages each top-level module that is installed here comes from."""
    return packages_distributions()


@cache
def left_out() -> set[str]:
    """Return the top-level modules of what the command line has and the Action has not."""
    gone = distributions("run.txt") - distributions("action.txt")
    kept = distributions("action.txt")
    return {
        module
        for module, names in packaged().items()
        if (found := {name.lower().replace("_", "-") for name in names}) & gone and not found & kept
    }


def file_of(module: str) -> Path | None:
    """Return the file of one of our modules, None for what is a name within one."""
    place = PROJECT.joinpath(*module.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.exists()), None)


def imports(file: Path) -> Iterator[tuple[str, bool]]:
    """Yield what a module imports, in functions too, and whether a function does.

    What only a type checker imports is left out.
    """

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import):
                yield from ((each.name, inside) for each in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                yield child.module, inside
                yield from ((f"{child.module}.{each.name}", inside) for each in child.names)
            else:
                function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
                yield from walk(child, inside or function)

    yield from walk(ast.parse(file.read_text(encoding="utf-8")), inside=False)


@cache
def reached() -> tuple[set[str], set[str]]:
    """Return our modules that a run of the Action can come to, and the packages of others'."""
    ours: set[str] = set()
    others: set[str] = set()
    waiting = [START]
    while waiting:
        name = waiting.pop()
        file = file_of(name)
        if name in ours or file is None:
            continue
        ours.add(name)
        parts = name.split(".")
        waiting += [".".join(parts[:end]) for end in range(1, len(parts))]
        for imported, inside in imports(file):
            if imported.startswith("lukhas_notion"):
                waiting.append(imported)
            elif not (inside and name in FOR_A_TERMINAL):
                top = imported.partition(".")[0]
                others |= {top} - sys.stdlib_module_names
    return ours, others


def test_the_action_imports_nothing_that_its_lock_leaves_out() -> None:
    """Every module that a run can come to is imported with the rest of the packages blocked."""
    ours, others = reached()
    assert {"starlette", "uvicorn", "rich"} <= left_out(), "these three are why it is done"
    assert others & left_out() == set()
    ran = subprocess.run(
        [sys.executable, "-c", BLOCKED, " ".join(left_out()), " ".join(sorted(ours | others))],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > len(ours)


def test_the_blocked_packages_cannot_be_imported() -> None:
    """The check can fail: the embedded Notion does not start without its web server."""
    ran = subprocess.run(
        [sys.executable, "-c", BLOCKED, " ".join(left_out()), "lukhas_notion.emulator.app"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "is left out" in ran.stderr


def test_the_lock_has_each_package_that_the_action_imports() -> None:
    """What is imported by name is one of the lock's packages, or comes with Python."""
    _, others = reached()
    known = packaged()
    locked = distributions("action.txt")
    for module in others:
        names = {name.lower().replace("_", "-") for name in known[module]}
        assert names & locked, module


def test_the_installation_is_checked_by_what_is_imported() -> None:
    """The composite's check, and the image's bytecode, take in each package by name."""
    source = (PROJECT / "composite" / "imports.py").read_text(encoding="utf-8")
    needed = set(re.findall(r'"([a-z0-9_.]+)"', source))
    _, others = reached()
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    code += "print(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", code, *sorted(needed - {"__main__"})]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert others <= set(ran.stdout.split())


def test_what_is_left_out_is_named_with_its_reason() -> None:
    """Each name of the list is a package of the command line's lock, below a comment."""
    text = (PROJECT / "requirements" / "not-in-the-action.txt").read_text(encoding="utf-8")
    paragraphs = text.split("\n\n")[1:]
    names = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(paragraph.startswith("# ") for paragraph in paragraphs)
    assert set(names) <= distributions("run.txt")
    assert not set(names) & distributions("action.txt")
    assert all(distribution(name) for name in names)


def test_a_run_of_the_action_comes_to_no_command_and_no_emulator() -> None:
    """The image can do without both rooms."""
    ours, _ = reached()
    assert START in ours
    assert not [name for name in ours if name.split(".")[1:2] in (["cli"], ["emulator"])]
