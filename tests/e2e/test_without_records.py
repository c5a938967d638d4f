"""What must hold if pages have no records: turned off, or because Notion keeps no links.

Pages are then found by their title, and only the provenance SHA shows what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.workplace import Ended, Workplace, workplace

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import FaultPlan
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.runtime import Runtime


@pytest.fixture(params=["off", "drop", "drop-fragment", "refuse"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workplace]:
    """Make three synced modules."""
    made = workplace(tmp_path / "repository")
    for name in ("alpha", "beta", "gamma"):
        made.write(name, {"module": name, "description": f"What {name} does."})
    if request.param == "off":
        (made.root / "lukhas-notion.toml").write_text('[provenance]\nrecord = "off"\n')
    else:
        made.notion.break_by(FaultPlan(links=request.param))
    assert made.run("sync", "--all").code == 0
    yield made
    made.notion.close()


def sync(place: Workplace, *words: str) -> Ended:
    """Sync everything as a machine reads it."""
    return place.run("sync", "--all", "--json", *words)


def kinds(ended: Ended) -> dict[str, str]:
    """Return what a plan says of each module."""
    return {change["module"]: change["kind"] for change in ended.document["plan"]["changes"]}


def edit(place: Workplace, module: str, **values: Any) -> str:
    """Edit a page by hand and return its id."""
    page = str(place.pages()[module]["id"])
    place.notion.edit_page(page, values)
    return page


def test_all_pages_are_written_and_found_again(place: Workplace) -> None:
    """A second run changes no value and makes no page."""
    before = place.pages()
    assert len(before) == 3
    assert sync(place).code == 0
    assert place.pages() == before


def test_an_update_goes_to_the_page_of_the_title(place: Workplace) -> None:
    """It announces that it may overwrite an edit, because this is unknown."""
    page = place.pages()["alpha"]["id"]
    place.edit("alpha", description="Changed.")
    ended = sync(place)
    assert ended.code == 0
    [change] = [c for c in ended.document["plan"]["changes"] if c["module"] == "alpha"]
    assert change["reason"] == "may write over an edit made in Notion: Description"
    assert place.pages()["alpha"]["id"] == page
    assert place.pages()["alpha"]["Description"] == "Changed."


def test_an_edit_under_the_same_sha_is_drift(place: Workplace) -> None:
    """It is left alone until a repair."""
    edit(place, "alpha", Description="By hand.")
    assert sync(place).document["summary"]["drifted"] == 1
    assert place.pages()["alpha"]["Description"] == "By hand."
    assert sync(place, "--repair-drift").code == 0
    assert place.pages()["alpha"]["Description"] == "What alpha does."


def test_a_title_that_was_changed_is_another_page(place: Workplace) -> None:
    """A second page is made; the first one is listed, and never touched."""
    page = edit(place, "alpha", Module="Alpha, the first")
    ended = sync(place, "--archive-removed", "--apply")
    assert ended.code == 0
    assert kinds(ended)["alpha"] == "create"
    assert place.pages()["Alpha, the first"]["id"] == page


def test_no_page_goes_to_the_trash(place: Workplace) -> None:
    """Nothing shows which repository a page belongs to."""
    place.manifest("alpha").unlink()
    ended = sync(place, "--archive-removed", "--apply")
    assert (ended.code, kinds(ended)["alpha"]) == (0, "unmanaged")
    assert "alpha" in place.pages()


def test_two_pages_of_one_title_are_a_conflict(place: Workplace) -> None:
    """Neither is written."""
    place.notion.create_page(place.source, {"Module": "alpha"})
    place.edit("alpha", description="Changed.")
    ended = sync(place)
    assert (ended.code, kinds(ended)["alpha"]) == (1, "conflict")


def test_a_page_in_the_trash_comes_back_and_an_archived_one_is_told(place: Workplace) -> None:
    """The ledger names the one; title and SHA are those of the module."""
    alpha, beta = place.pages()["alpha"]["id"], place.pages()["beta"]["id"]
    place.notion.trash_page(alpha)
    place.notion.archive_page(beta)
    ended = sync(place)
    assert ended.code == 0
    assert (kinds(ended)["alpha"], kinds(ended)["beta"]) == ("restore", "archived")
    assert place.pages()["alpha"]["id"] == alpha


def test_two_runs_at_once_leave_one_page_a_module(place: Workplace, tmp_path: Path) -> None:
    """By the same title, SHA and author."""
    second = Workplace(tmp_path / "second", place.notion, place.environ)
    (second.root).mkdir()
    for file in ("lukhas-notion.toml",):
        if (place.root / file).exists():
            (second.root / file).write_text((place.root / file).read_text())
    for each in (place, second):
        for name in ("alpha", "beta", "gamma"):
            each.write(name, {"module": name, "description": f"What {name} does."})
        for number in range(4):
            each.write(f"m{number}", {"module": f"m{number}"})

    def run(each: Workplace) -> RunResult:
        runtime = Runtime(each.environ, transport=each.notion.transport)
        return Run(load(Flags(root=str(each.root)), each.environ), runtime).sync(SyncOptions())

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run, (place, second)))

    assert [each.exit_code for each in ended] == [0, 0]
    assert sync(place).code == 0
    titles = [page["Module"] for page in place.notion.pages()]
    assert sorted(titles) == sorted(set(titles))


def test_a_verification_says_what_it_can(place: Workplace) -> None:
    """With a ledger it distinguishes a changed manifest from an edited page."""
    edit(place, "alpha", Description="By hand.")
    place.edit("beta", description="Changed.")
    listed = place.run("verify", "--json").document["findings"]
    found = {(f["subject"], f["kind"]) for f in listed if f["kind"] != "record-missing"}
    assert found == {("alpha", "page-edited"), ("beta", "manifest-changed")}
