"""Each type of property, added to a database that is there: by ``init``, and by a sync."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.setup import Newcomer, alpha, newcomer

from lukhas_notion.config.document import key_schema

#: (lines of the entry, what the manifest says, what the page shows)
ROWS: dict[str, tuple[str, Any, Any]] = {
    "rich_text": ("", "Carries riders.", "Carries riders."),
    "number": ('format = "percent"\nscale = 0.01\n', 88.5, 0.885),
    "multi_select": ("vocabulary = false\n", [], []),
    "select": ("vocabulary = false\n", None, None),
    # Notion makes the options of a new status itself, and nobody else can.
    "status": ("vocabulary = false\n", None, None),
    "date": ('end = "/ends"\n', "2026-01-31", "2026-01-31/2026-02-02"),
    "checkbox": ("", True, True),
    "url": ("", "https://example.org", "https://example.org"),
    "email": ("", "team@example.org", "team@example.org"),
    "phone_number": ("", "+44 20 7946 0000", "+44 20 7946 0000"),
    "files": ("", ["https://example.org/a.pdf"], ["https://example.org/a.pdf"]),
    "relation": ('synced = "Used by"\n', ["beta"], ["beta"]),
    "people": ("", "ada@example.org", ["ada@example.org"]),
}


@pytest.fixture
def place(tmp_path: Path) -> Newcomer:
    """Make a repository of two modules whose database has the default properties."""
    made = newcomer(tmp_path / "repository", alpha(), {"module": "beta"})
    assert made.init().code == 0
    schema = made.root / "schemas/module.manifest.schema.json"
    schema.write_text('{"required": ["module"]}', encoding="utf-8")
    return made


def mapped(place: Newcomer, kind: str) -> Any:
    """Map a property of a type, and give the first module a value; return what its page shows."""
    lines, value, shown = ROWS[kind]
    if kind == "people":
        place.notion.add_user("Ada", "ada@example.org")
    file = place.root / "lukhas-notion.toml"
    entry = f'[properties."Extra"]\ntype = "{kind}"\nfrom = "/extra"\n{lines}\n'
    file.write_text(entry + file.read_text(encoding="utf-8"), encoding="utf-8")
    place.edit("alpha", extra=value, ends="2026-02-02")
    return shown


def column(place: Newcomer) -> str:
    """Return the type of the new column."""
    return place.properties["Extra"]


def test_every_type_has_a_row() -> None:
    """A type that is new is added here too; a database has its title already."""
    assert ROWS.keys() == set(key_schema(("properties", "X", "type"))["enum"]) - {"title"}


@pytest.mark.parametrize("kind", ROWS)
def test_init_adds_a_property_of_each_type_and_a_sync_fills_it(place: Newcomer, kind: str) -> None:
    """The column has the type, a sync writes the value, and a second one writes nothing."""
    shown = mapped(place, kind)
    ended = place.run("init")
    assert ended.code == 0, ended.out + ended.err
    assert "property  + Extra" in ended.out
    assert column(place) == kind
    check(place, shown)


@pytest.mark.parametrize("kind", ROWS)
def test_a_sync_adds_a_property_of_each_type_where_it_may(place: Newcomer, kind: str) -> None:
    """Without the flag it is refused, and says what adds it; with it the value is written."""
    shown = mapped(place, kind)
    refused = place.run("sync", "--all")
    assert refused.code == 2
    assert "--add-properties" in refused.err
    check(place, shown, "--add-properties")
    assert column(place) == kind


def check(place: Newcomer, shown: Any, *words: str) -> None:
    """Sync twice: the first run writes the value, the second one nothing."""
    ended = place.run("sync", "--all", *words)
    assert ended.code == 0, ended.out + ended.err
    page = place.pages()["alpha"]
    assert page["Extra"] == shown
    writes = place.writes
    assert place.run("sync", "--all").code == 0
    assert place.writes == writes
