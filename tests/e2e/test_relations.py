"""Relations from the manifest to Notion: names, an order of writes, drift, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.workplace import Ended, Workplace, workplace

OWN = """
[properties."Depends on"]
type = "relation"
from = "/needs"
synced = "Used by"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """Make a repository without manifests, whose mapping has a relation to the database itself."""
    made = workplace(tmp_path / "repository")
    made.root.mkdir()
    configure(made, OWN)
    yield made
    made.notion.close()


def configure(place: Workplace, text: str) -> None:
    """Write the configuration."""
    (place.root / "lukhas-notion.toml").write_text(text)


def module(place: Workplace, name: str, *needs: str, **more: Any) -> None:
    """Write a module's manifest."""
    place.write(name, {"module": name, "needs": list(needs), **more})


def sync(place: Workplace, *words: str, code: int = 0) -> Ended:
    """Sync everything, properties included."""
    ended = place.run("sync", "--all", "--add-properties", *words)
    assert ended.code == code, ended.out + ended.err
    return ended


def needs(place: Workplace, name: str, column: str = "Depends on") -> list[str]:
    """Return what a page's relation shows, sorted."""
    return sorted(place.pages()[name][column] or [])


def edit(place: Workplace, name: str, column: str, value: Any) -> None:
    """Edit a page in Notion."""
    place.notion.edit_page(place.pages()[name]["id"], {column: value})


def changes(place: Workplace, *words: str) -> dict[str, Any]:
    """Return what a dry run would change, by module."""
    ended = place.run("sync", "--dry-run", "--json", *(words or ("--all",)))
    assert ended.document["plan"], ended.out
    return {change["module"]: change for change in ended.document["plan"]["changes"]}


def test_a_chain_is_written_in_one_request_a_page(place: Workplace) -> None:
    """Each page is made after those that it names, so none is written twice."""
    names = [f"m{number}" for number in range(10)]
    for name, other in zip(names, [*names[1:], None], strict=True):
        module(place, name, *filter(None, [other]))
    sync(place)
    assert place.requests("pages.create") == 10
    assert place.requests("pages.update") == 0
    assert needs(place, "m0") == ["m1"]
    assert needs(place, "m1", "Used by") == ["m0"]
    before = place.writes
    assert "10 unchanged" in sync(place).out
    assert place.writes == before


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_ring_of_any_length_needs_one_second_write(place: Workplace, length: int) -> None:
    """One page of a ring waits for the others, and nothing else does."""
    names = [f"r{number}" for number in range(length)]
    for index, name in enumerate(names):
        module(place, name, names[(index + 1) % length])
    module(place, "after", "r0")
    sync(place)
    assert place.requests("pages.create") == length + 1
    assert place.requests("pages.update") == 1
    assert all(needs(place, name) == [names[(i + 1) % length]] for i, name in enumerate(names))
    assert f"Skipped {length + 1}" in sync(place).out


def test_a_name_that_no_manifest_has_is_a_violation(place: Workplace) -> None:
    """It is told at its line, with the nearest key, by `validate` and by `sync` alike."""
    module(place, "search")
    module(place, "web", "serch")
    for ended in (place.run("validate", "--all"), place.run("sync", "--all")):
        assert ended.code == 1
        said = ended.out + ended.err
        assert "web/module.manifest.json:" in said
        assert "no manifest has the key 'serch'; the nearest is 'search'" in said
    assert place.writes == 0


def test_a_name_that_no_manifest_has_can_be_left_out(place: Workplace) -> None:
    """With missing = "leave-out" it is told, and the other names are written."""
    configure(place, OWN + 'missing = "leave-out"\n')
    module(place, "search")
    module(place, "web", "serch", "search")
    assert "leaves out 'serch'" in (ended := sync(place)).out + ended.err
    assert needs(place, "web") == ["search"]


def test_a_pattern_takes_the_name_out_of_a_reference(place: Workplace) -> None:
    """A reference is matched as a whole, and one that does not match is a violation."""
    configure(place, OWN + "pattern = 'component:(?:default/)?(.+)'\n")
    module(place, "search")
    module(place, "web", "component:default/search")
    sync(place)
    assert needs(place, "web") == ["search"]
    module(place, "web", "resource:search")
    ended = place.run("validate", "--all")
    assert ended.code == 1
    assert "'resource:search' does not match its pattern" in ended.out + ended.err


def test_a_relation_that_was_edited_in_notion_is_drift(place: Workplace) -> None:
    """It is left alone and told with names, until a repair."""
    for name in ("a", "b", "c"):
        module(place, name)
    module(place, "web", "a", "b")
    sync(place)
    edit(place, "web", "Depends on", ["c"])
    ended = sync(place)
    assert "Depends on" in ended.out
    assert needs(place, "web") == ["c"]
    (drift,) = changes(place)["web"]["drift"]
    assert drift["before"] == ["c"]
    assert sorted(drift["after"]) == ["a", "b"]
    sync(place, "--repair-drift")
    assert needs(place, "web") == ["a", "b"]


def test_more_than_25_values_are_read_whole(place: Workplace) -> None:
    """What Notion shows in part is no drift, and the write of it is no failure."""
    names = [f"m{number:02}" for number in range(30)]
    for name in names:
        module(place, name)
    module(place, "web", *names)
    sync(place)
    assert needs(place, "web") == names
    before = place.writes
    assert "31 unchanged" in sync(place).out
    assert place.writes == before
    edit(place, "web", "Depends on", names[:-1])
    assert "m29" in place.run("sync", "--all", "--dry-run").out


def test_a_page_that_is_renamed_in_notion_is_still_the_one_that_is_named(place: Workplace) -> None:
    """A name is a module's key, and its page may be called anything."""
    module(place, "search")
    module(place, "web", "search")
    sync(place)
    edit(place, "search", "Module", "Search service")
    assert changes(place)["web"]["kind"] == "skip"


def test_a_preview_of_a_few_modules_asks_for_what_they_name(place: Workplace) -> None:
    """One request for a hundred names; nothing else than without a relation."""
    names = [f"m{number:02}" for number in range(20)]
    for name in names:
        module(place, name)
    module(place, "web", *names)
    sync(place)
    place.notion.journal.clear() if hasattr(place.notion, "journal") else None
    before = place.requests("data_sources.query")
    ended = place.run("sync", "--module", "web", "--dry-run")
    assert ended.code == 0, ended.err
    assert "1 unchanged" in ended.out or "Nothing" in ended.out or "web" not in ended.out
    assert place.requests("data_sources.query") - before <= 4
    assert place.requests("pages.retrieve") == 0


def other_database(place: Workplace, titles: Sequence[str]) -> str:
    """Make another database with pages of these titles; return its id."""
    notion = place.notion
    database = notion.create_database("Teams", {"Name": {"title": {}}})
    for title in titles:
        notion.create_page(database.data_source_id, {"Name": title})
    return str(database.database_id)
