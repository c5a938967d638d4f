"""The views of a database that ``init`` makes: never in the way of the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.setup import Newcomer, alpha, newcomer

from lukhas_notion.emulator import FaultRule

MAPPING = """\
[properties.Stage]
type = "select"
from = "/stage"
vocabulary = false
"""
BY_HAND = "In Notion, sort the table by Module (the ↑↓ above it), and add a board"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Newcomer]:
    """Make a repository that maps a select and has not been set up."""
    made = newcomer(tmp_path / "repository", alpha())
    (made.root / "lukhas-notion.toml").write_text(MAPPING)
    yield made
    made.notion.close()


def views(place: Newcomer) -> list[tuple[str, str]]:
    """Return name and type of the views that were made, in their order."""
    return [(each.name, each.type) for each in place.notion.workspace.store.views.values()]


BOTH = [("By Module", "table"), ("By Stage", "board")]


def test_a_new_database_has_a_sorted_table_and_a_board(place: Newcomer) -> None:
    """The table goes by title, the board by the select, and neither is left to a person."""
    ended = place.init()
    assert ended.code == 0, ended.err
    assert "view      + By Module (table)" in ended.out
    assert "view      + By Stage (board)" in ended.out
    assert views(place) == BOTH
    table, board = place.notion.workspace.store.views.values()
    assert table.sorts == [{"property": "Module", "direction": "ascending"}]
    assert board.configuration is not None
    assert board.configuration["group_by"]["type"] == "select"
    assert BY_HAND not in ended.out
    assert [(r["view"], r["status"]) for r in place.ledger() if r["action"] == "view-create"] == [
        ("By Module", "success"),
        ("By Stage", "success"),
    ]


def test_a_status_comes_before_a_select(place: Newcomer) -> None:
    """A status is what a board is for, wherever the mapping has it."""
    more = '[properties.State]\ntype = "status"\nfrom = "/state"\nvocabulary = false\n'
    (place.root / "lukhas-notion.toml").write_text(MAPPING + more)
    ended = place.init()
    assert ended.code == 0, ended.err
    assert views(place)[1] == ("By State", "board")


def test_a_dry_run_shows_the_views_and_a_second_run_makes_none(place: Newcomer) -> None:
    """Views are of a new database alone: another one's are its owner's affair."""
    dry = place.init("--dry-run", "--json")
    assert dry.document["views"] == [{"name": name, "type": kind} for name, kind in BOTH]
    assert views(place) == []
    place.init()
    again = place.init("--json")
    assert (again.code, again.document["views"]) == (0, [])
    assert views(place) == BOTH


@pytest.mark.parametrize("fault", ["500", "502_html", "drop", "timeout", "truncated", "409"])
def test_a_view_whose_answer_was_lost_is_looked_for_and_not_made_twice(
    place: Newcomer, fault: str
) -> None:
    """It is there, so that nothing is left to do."""
    place.breaks(FaultRule("views.create", fault, (1,), when="after"))
    ended = place.init()
    assert ended.code == 0, ended.err
    assert views(place) == BOTH
    assert BY_HAND not in ended.out


@pytest.mark.parametrize("fault", ["500", "drop", "409"])
def test_a_view_that_is_not_made_never_fails_a_set_up(place: Newcomer, fault: str) -> None:
    """It is not sent again; the output says what to do, and the ledger has it."""
    place.breaks(FaultRule("views.create", fault, (1,), when="before"))
    ended = place.init()
    assert ended.code == 0, ended.err
    assert views(place) == BOTH[1:]
    assert place.requests("views.create") == 2
    assert "note: The view By Module may not have been created: " in ended.out
    assert BY_HAND in ended.out
    told = [(r["view"], r["status"]) for r in place.ledger() if r["action"] == "view-create"]
    assert told == [("By Module", "unknown"), ("By Stage", "success")]
    assert place.run("sync", "--all").code == 0


def test_the_json_has_the_views_that_were_made(place: Newcomer) -> None:
    """A view that Notion did not create is a notice there, and no addition."""
    place.breaks(FaultRule("views.create", "500", (1,), when="before"))
    ended = place.init("--json")
    assert ended.code == 0, ended.err
    assert ended.document["views"] == [{"name": "By Stage", "type": "board"}]
    [notice] = [each for each in ended.document["notices"] if "view" in each]
    assert notice.startswith("The view By Module may not have been created: ")


def test_a_run_that_ends_before_the_views_is_taken_up(place: Newcomer) -> None:
    """The ledger says that init created the database, so the next run creates its views."""
    place.breaks(FaultRule("databases.retrieve", "500", probability=1.0))
    assert place.init("--max-retries", "0").code == 1
    assert views(place) == []
    place.notion.heal()
    dry = place.init("--dry-run", "--json")
    assert dry.document["views"] == [{"name": name, "type": kind} for name, kind in BOTH]
    assert place.init().code == 0
    assert views(place) == BOTH
    retrieved = place.requests("views.list")
    assert place.init().code == 0
    assert views(place) == BOTH
    assert place.requests("views.list") == retrieved


def test_only_the_views_that_are_missing_are_created(place: Newcomer) -> None:
    """A create whose outcome cannot be looked up is unknown, and the next run looks first."""
    place.breaks(
        FaultRule("views.create", "500", (1,), when="after"),
        FaultRule("views.create", "500", (2,), when="before"),
        FaultRule("views.list", "500", probability=1.0),
    )
    first = place.init("--max-retries", "0")
    told = [(r["view"], r["status"]) for r in place.ledger() if r["action"] == "view-create"]
    assert told == [("By Module", "unknown"), ("By Stage", "unknown")]
    assert "note: The view By Module may not have been created: " in first.out
    assert "Looking for the view failed too: " in first.out
    [table] = place.notion.workspace.store.views.values()
    place.notion.workspace.store.commit(replace(table, name="Modules from A to Z"))
    place.notion.heal()
    ended = place.init()
    assert ended.code == 0, ended.err
    assert views(place) == [("Modules from A to Z", "table"), ("By Stage", "board")]
    assert BY_HAND not in ended.out


def test_a_view_that_was_deleted_is_not_created_again(place: Newcomer) -> None:
    """The ledger has it, so that a user meant it."""
    place.init()
    place.notion.workspace.store.views.clear()
    assert place.init().code == 0
    assert views(place) == []


def test_the_views_of_an_unmanaged_database_are_left_to_the_user(place: Newcomer) -> None:
    """Without a record in the ledger nothing is created; the steps are listed."""
    place.init()
    place.notion.workspace.store.views.clear()
    (place.root / "manifests/.ledger/notion_sync.ndjson").unlink()
    ended = place.init()
    assert ended.code == 0, ended.err
    assert views(place) == []
    assert BY_HAND in ended.out


def test_steps_for_views_are_listed_when_notion_does_not_list_them(place: Newcomer) -> None:
    """What cannot be looked up is not created, because it may be there."""
    place.breaks(FaultRule("databases.retrieve", "500", probability=1.0))
    place.init("--max-retries", "0")
    place.notion.heal()
    place.breaks(FaultRule("views.list", "500", probability=1.0))
    ended = place.init("--max-retries", "0")
    assert ended.code == 0, ended.err
    assert views(place) == []
    assert BY_HAND in ended.out


def test_a_database_with_views_of_its_own_is_left_alone(place: Newcomer) -> None:
    """Nothing is created, and no step is listed, where users have added a view."""
    place.init()
    (place.root / "manifests/.ledger/notion_sync.ndjson").unlink()
    ended = place.init()
    assert views(place) == BOTH
    assert BY_HAND not in ended.out


def test_views_wait_for_every_property(place: Newcomer) -> None:
    """A board may be grouped by a property that Notion does not show yet."""
    uses = '[properties.Uses]\ntype = "relation"\nfrom = "/uses"\n'
    (place.root / "lukhas-notion.toml").write_text(MAPPING + uses)
    place.breaks(FaultRule("data_sources.update", "200_no_effect", probability=1.0))
    assert place.init().code == 1
    assert views(place) == []
    place.notion.heal()
    assert place.init().code == 0
    assert views(place) == BOTH


def test_a_token_that_may_not_make_views_still_makes_the_database(tmp_path: Path) -> None:
    """Views need the capability to update, too; the refusal is reported once for each."""
    place = newcomer(tmp_path / "repository", alpha(), capabilities=("read", "insert"))
    ended = place.init()
    assert ended.code == 0, ended.err
    assert len(place.databases) == 1
    assert "note: The view By Module was not created: " in ended.out
    assert "In Notion, sort the table by Module (the ↑↓ above it)." in ended.out
    place.notion.close()
