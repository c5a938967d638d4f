"""Adopt repositories of other shapes: ``init --from`` and a first sync, with no edit by hand.

Usage: ``python benchmarks/adopt.py [--shape NAME …] [--markdown FILE]``

Each repository of :mod:`benchmarks.shapes` is set up against the embedded Notion and synced. The
proposed types are held to the table that was written by hand, and every page to what its file says.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import results
from benchmarks.shapes import SHAPES, Shape
from lukhas_notion.cli import main as command_line
from lukhas_notion.cli.context import Context
from lukhas_notion.emulator import Emulator
from lukhas_notion.util.runtime import Runtime

HEAD = ("shape", "files", "properties", "wrong types", "violations", "pages right", "set-up, s")


@dataclass
class Adopted:
    """What came of one shape.

    Args:
        shape: its name.
        files: how many descriptors there are.
        properties: how many properties were proposed, less those that this tool fills itself.
        wrong: for each property of another type than expected, its name and both types.
        violations: how many violations there are after the set-up.
        pages: how many pages say what their files say.
        differences: what the others say.
        seconds: what the set-up took, with reading, proposing and making the database.
    """

    shape: str
    files: int
    properties: int = 0
    wrong: list[str] = field(default_factory=list)
    violations: int = 0
    pages: int = 0
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether all of it came out as it should."""
        return not (self.wrong or self.violations or self.differences) and self.pages == self.files

    @property
    def row(self) -> tuple[str, ...]:
        """Its row of the table."""
        return (
            self.shape,
            f"{self.files:,}",
            str(self.properties),
            str(len(self.wrong)),
            str(self.violations),
            f"{self.pages:,}",
            f"{self.seconds:.1f}",
        )


class Place:
    """A repository, an embedded Notion, and the command line between them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notion = Emulator(requests_per_minute=None)
        environ = {"NOTION_TOKEN": self.notion.token, "NOTION_RATE_LIMIT": "100"}
        self._runtime = Runtime(environ, transport=self.notion.transport)

    def run(self, *words: str) -> tuple[int, str]:
        """Run a command; return its exit code and what it said."""
        out, err = io.StringIO(), io.StringIO()
        code = command_line([*words, "--root", str(self.root)], Context(self._runtime, out, err))
        return code, out.getvalue() + err.getvalue()


def adopt(shape: Shape, root: Path) -> Adopted | None:
    """Set one repository up and sync it; None where its data is not there."""
    documents = shape.write(root)
    if not documents:
        return None
    found, place = Adopted(shape.name, len(documents)), Place(root)
    began = time.perf_counter()
    code, said = place.run("init", "--from", shape.pattern, "--parent", place.notion.root_page_id)
    found.seconds = time.perf_counter() - began
    if code:
        found.differences.append(f"init ended with {code}: {said[-500:]}")
        return found
    source = next(iter(place.notion.workspace.store.data_sources.values()))
    there = {each.name: each.type for each in source.properties}
    written = tomllib.loads((root / "lukhas-notion.toml").read_text("utf-8"))
    # Notion adds the other side of a relation by itself.
    types = {name: there.get(name, "none") for name in written["properties"]}
    found.properties = len(types) - 2
    found.wrong = [
        f"{name}: {types.get(name, 'none')}, expected {shape.expected.get(name, 'none')}"
        for name in sorted({*types, *shape.expected})
        if types.get(name) != shape.expected.get(name)
    ]
    _, said = place.run("validate", "--all", "--json")
    found.violations = said.count('"rule":')
    code, said = place.run("sync", "--all")
    if code:
        found.differences.append(f"sync ended with {code}: {said[-500:]}")
    _compare(place, written, documents, found)
    return found


# --- pages -----------------------------------------------------------------------------------


def _compare(
    place: Place, written: Mapping[str, Any], documents: Sequence[Any], found: Adopted
) -> None:
    """Hold each page to its file, by the configuration that was written."""
    properties: Mapping[str, Any] = written["properties"]
    title = next(name for name, each in properties.items() if each["type"] == "title")
    pages = {page[title]: page for page in place.notion.pages()}
    names = {_at(each, properties[title]["from"]): each for each in documents}
    key = written["mapping"].get("key", properties[title]["from"])
    called = {_at(each, key): name for name, each in names.items()}
    for name, value in names.items():
        page = pages.get(name)
        if page is None:
            found.differences.append(f"{name}: no page")
            continue
        wrong = [
            f"{name}: {column} is {page.get(column)!r}"
            for column, each in properties.items()
            if not each["from"].startswith("@")
            and not _says(page.get(column), _at(value, each["from"]), each["type"], called)
        ]
        found.pages += not wrong
        found.differences += wrong


def _says(shown: Any, value: Any, kind: str, called: Mapping[str, str]) -> bool:
    """Whether a page's property shows a file's value."""
    if value in (None, "", [], {}):
        return shown in (None, "", [], False, {})
    if kind in ("title", "rich_text"):
        return all(leaf in str(shown) for leaf in _leaves(value))
    if kind == "relation":
        listed = value if isinstance(value, list) else [value]
        wanted = {called.get(each) or called.get(each.rpartition("/")[2]) for each in listed}
        return set(shown) == wanted
    if kind == "multi_select":
        return set(shown) == set(value if isinstance(value, list) else [value])
    if kind == "date":
        return str(shown)[:10] == str(value)[:10]
    return bool(shown == value)


def _leaves(value: Any) -> list[str]:
    """Return what a text has to show of a value: of a list of objects, something of each."""
    if isinstance(value, dict):
        return [str(key) for key in value]
    if isinstance(value, list):
        firsts = [next(iter(e.values()), "") if isinstance(e, dict) else e for e in value]
        return [str(each) for each in firsts if isinstance(each, str)]
    return [str(value)]


def _at(value: Any, pointer: str) -> Any:
    for raw in pointer.split("/")[1:]:
        token = raw.replace("~1", "/").replace("~0", "~")
        value = value.get(token) if isinstance(value, dict) else None
    return value


# --- the command -----------------------------------------------------------------------------


def table(found: Sequence[Adopted]) -> str:
    """Return the figures as a Markdown table."""
    lines = [HEAD, tuple("---" for _ in HEAD), *(each.row for each in found)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(words: Sequence[str]) -> int:
    """Adopt the shapes; return 1 when one did not come out as it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", action="append", choices=[each.name for each in SHAPES])
    parser.add_argument("--markdown", type=Path, help="the page whose table is replaced")
    args = parser.parse_args(words)
    made = []
    for shape in SHAPES:
        if args.shape and shape.name not in args.shape:
            continue
        with tempfile.TemporaryDirectory(prefix="lukhas-notion-adopt-") as folder:
            found = adopt(shape, Path(folder))
        if found is None:
            print(f"{shape.name}: left out, its files are not here", file=sys.stderr)
            continue
        made.append(found)
        for said in [*found.wrong, *found.differences][:20]:
            print(f"{shape.name}: {said}", file=sys.stderr)
    print(table(made), end="")
    if args.markdown:
        results.update_document(args.markdown, {"adoption": table(made)})
    return int(not all(each.is_right for each in made))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
