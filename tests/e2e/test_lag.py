"""A Notion whose queries do not show at once what was just created."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.workplace import Workplace, workplace

from lukhas_notion.emulator import Emulator, FaultPlan, default_database


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Workplace]:
    """Make two modules, and a Notion whose queries lag a minute behind."""
    place = workplace(tmp_path / "repository")
    place.notion.close()
    place.notion = Emulator(requests_per_minute=None, faults=FaultPlan(query_lag_seconds=60))
    ids = default_database(place.notion)
    place.environ |= {"NOTION_TOKEN": place.notion.token, "NOTION_DATABASE_ID": ids.database_id}
    for name in ("alpha", "beta"):
        place.write(name, {"module": name, "description": f"What {name} does."})
    assert place.run("sync", "--all").code == 0
    yield place
    place.notion.close()


def test_a_second_run_at_once_makes_no_second_page(slow: Workplace) -> None:
    """What the query does not show is asked for by its id, which the ledger has."""
    ended = slow.run("sync", "--all", "--json")
    assert ended.document["summary"]["skipped"] == 2
    assert ended.document["summary"]["created"] == 0
    assert len(slow.notion.pages()) == 2


def test_a_change_at_once_updates_the_page(slow: Workplace) -> None:
    """The page that the query does not show is the one that is written, also for one module."""
    slow.edit("alpha", description="Another.")
    assert "update   alpha" in slow.run("sync", "--module", "alpha", "--dry-run").out
    assert slow.run("sync", "--module", "alpha").code == 0
    assert slow.pages()["alpha"]["Description"] == "Another."
    assert len(slow.notion.pages()) == 2


def test_a_page_that_went_to_the_trash_at_once_is_restored(slow: Workplace) -> None:
    """Its links and comments stay: the ledger names it, and its record has this repository."""
    page = slow.pages()["alpha"]["id"]
    slow.notion.trash_page(page)
    ended = slow.run("sync", "--all", "--json")
    assert (ended.code, ended.document["summary"]["restored"]) == (0, 1)
    assert slow.pages()["alpha"]["id"] == page
    assert len(slow.notion.pages()) == 2


@pytest.mark.parametrize(("keeps_sources", "most"), [(True, 0), (False, 5)])
def test_the_pages_of_another_database_are_not_asked_for(
    slow: Workplace, keeps_sources: bool, most: int
) -> None:
    """However many were made there moments ago: those records say so, or a sample does."""
    for number in range(20):
        slow.write(f"m{number}", {"module": f"m{number}", "description": "x"})
    assert slow.run("sync", "--all").code == 0
    if not keeps_sources:
        names = ("data_source_id", "prev")
        kept = [{k: v for k, v in r.items() if k not in names} for r in slow.ledger()]
        file = slow.root / "manifests/.ledger/notion_sync.ndjson"
        file.write_text("".join(json.dumps(record) + "\n" for record in kept))
    slow.environ["NOTION_DATABASE_ID"] = default_database(slow.notion).database_id
    before = slow.requests("pages.retrieve")
    assert slow.run("sync", "--all", "--dry-run").code == 0
    assert slow.requests("pages.retrieve") - before == most


def test_another_database_is_not_mistaken_for_this_one(slow: Workplace) -> None:
    """The ledger's pages of another database are no reason to leave this one empty."""
    other = default_database(slow.notion)
    slow.environ["NOTION_DATABASE_ID"] = other.database_id
    ended = slow.run("sync", "--all", "--json")
    assert (ended.code, ended.document["summary"]["created"]) == (0, 2)
