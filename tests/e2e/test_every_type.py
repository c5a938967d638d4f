"""Each type of property from one end to the other: made, written, shown, compared and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.every_type import ROWS, Row, mapped_by, say
from support.setup import Newcomer

from lukhas_notion.config.document import key_schema

every_type = pytest.mark.parametrize("row", ROWS, ids=[row.kind for row in ROWS])


def synced(root: Path, row: Row) -> Newcomer:
    """Return a repository with one property, set up and synced once."""
    place = mapped_by(root, row)
    assert place.init().code == 0
    [place.environ["NOTION_DATABASE_ID"]] = place.databases
    ended = place.run("sync", "--all")
    assert ended.code == 0, ended.out + ended.err
    return place


def held(place: Newcomer, row: Row) -> Any:
    """Return what the first module's page shows."""
    return place.pages()["alpha"][row.name]


def quiet(place: Newcomer) -> bool:
    """Whether another run finds every page up to date, writes nothing, and verify agrees."""
    writes = place.writes
    ended = place.run("sync", "--all")
    verified = place.run("verify")
    return "3 unchanged" in ended.out and verified.code == 0 and place.writes == writes


def test_every_type_has_a_row() -> None:
    """A type that is new gets a row; every page has its title by every test."""
    assert {row.type for row in ROWS} == set(key_schema(("properties", "X", "type"))["enum"]) - {
        "title"
    }


@every_type
def test_init_makes_the_column_and_a_sync_fills_it(tmp_path: Path, row: Row) -> None:
    """A new database has a column of the type, the page its value, and a second run is quiet."""
    place = synced(tmp_path, row)

    assert place.properties[row.name] == row.type
    assert held(place, row) == row.held[0]
    assert quiet(place)


@every_type
@pytest.mark.parametrize("way", ["init", "add-properties"])
def test_a_column_is_added_to_a_database_that_is_there(tmp_path: Path, row: Row, way: str) -> None:
    """Without it a sync is refused and says what adds it; init and the flag make the column."""
    place = mapped_by(tmp_path, row)
    file = place.root / "lukhas-notion.toml"
    toml = file.read_text(encoding="utf-8")
    file.unlink()
    assert place.init().code == 0
    [place.environ["NOTION_DATABASE_ID"]] = place.databases
    file.write_text(toml, encoding="utf-8")
    refused = place.run("sync", "--all")
    assert refused.code == 2
    assert "--add-properties" in refused.err
    assert row.name not in place.properties

    if way == "init":
        assert f"property  + {row.name}" in place.run("init").out
        ended = place.run("sync", "--all")
    else:
        ended = place.run("sync", "--all", "--backfill", "--add-properties")

    assert ended.code == 0, ended.out + ended.err
    assert place.properties[row.name] == row.type
    assert held(place, row) == row.held[0]
    assert quiet(place)


@every_type
def test_a_change_is_shown_before_it_is_written(tmp_path: Path, row: Row) -> None:
    """Console, report and JSON show before and after; the sync writes it, with a record of it."""
    place = synced(tmp_path, row)
    say(place, {row.kind: row.values[1]})
    writes = place.writes

    dry = ("sync", "--all", "--dry-run")
    assert f"    {row.name}: {row.shown}\n" in place.run(*dry).out
    report = place.run(*dry, "--report-md", "-").out
    assert f"  - **{row.name.replace('_', chr(92) + '_')}**: {row.comment or row.shown}\n" in report
    [change, *_] = place.run(*dry, "--json").document["plan"]["changes"]
    [told] = [each for each in change["properties"] if each["name"] == row.name]
    assert told["type"] == row.type
    assert told["before"] != told["after"]
    assert place.writes == writes
    ended = place.run("sync", "--all")

    assert ended.code == 0, ended.out + ended.err
    assert held(place, row) == row.held[1]
    [record] = [each for each in place.ledger() if each["action"] == "update"]
    assert (record["module"], record["status"]) == ("alpha", "success")
    assert quiet(place)


@every_type
def test_what_leaves_the_manifest_leaves_the_page(tmp_path: Path, row: Row) -> None:
    """Every type is cleared but the status, which every page has: it stays as it is."""
    place = synced(tmp_path, row)
    say(place, {"ends": None})

    ended = place.run("sync", "--all")

    assert ended.code == 0, ended.out + ended.err
    assert held(place, row) == "One" if row.type == "status" else not held(place, row)
    assert quiet(place)


@every_type
def test_an_edit_of_a_person_stays_until_the_repair(tmp_path: Path, row: Row) -> None:
    """A sync reports it and keeps it, verify finds it, and --repair-drift overwrites it."""
    place = synced(tmp_path, row)
    [page] = [page for page in place.notion.pages() if page["Module"] == "alpha"]
    place.notion.edit_page(page["id"], {row.name: row.by_hand})
    edited, writes = held(place, row), place.writes

    drifted = place.run("sync", "--all")
    found = place.run("verify", "--json").document

    assert (drifted.code, held(place, row), place.writes) == (0, edited, writes)
    assert f"    {row.name}: " in drifted.out
    assert [each["kind"] for each in found["findings"]] == ["page-edited"]
    assert row.name in str(found["findings"])
    repaired = place.run("sync", "--all", "--repair-drift")
    assert repaired.code == 0, repaired.out + repaired.err
    assert held(place, row) == row.held[0]
    assert quiet(place)


@every_type
def test_a_column_of_another_type_is_refused_with_what_to_do(tmp_path: Path, row: Row) -> None:
    """Neither sync nor backfill writes to it, doctor says the same, and the column stays."""
    place = synced(tmp_path, row)
    place.notion.remove_property(row.name)
    place.notion.add_property(row.name, row.other)
    say(place, {row.kind: row.values[1]})
    writes = place.writes

    said = f"Property '{row.name}' has the type {row.other} in the database: it must be "
    for words in (("sync", "--all"), ("sync", "--all", "--add-properties", "--backfill")):
        ended = place.run(*words)
        assert ended.code == 2
        assert said in ended.err
        assert "in Notion. Or map another property" in ended.err
    assert place.writes == writes
    assert said in place.run("doctor").out
    assert place.properties[row.name] == row.other


@every_type
def test_a_bad_value_is_a_violation_on_its_line(tmp_path: Path, row: Row) -> None:
    """The console names file and line, JSON the pointer, and nothing is written."""
    place = synced(tmp_path, row)
    say(place, {row.kind: row.bad})
    writes = place.writes

    ended = place.run("sync", "--all")
    [violation] = place.run("sync", "--all", "--json").document["violations"]

    assert ended.code == 1
    assert f"alpha/module.manifest.json:4: {row.name}" in ended.out
    assert row.refused in ended.out
    assert (violation["path"], violation["line"]) == ("alpha/module.manifest.json", 4)
    assert violation["pointer"].startswith(f"/{row.kind}")
    assert place.writes == writes
