"""What must hold if pages have no records: by choice, or because Notion does not keep links.

The scenarios are those of test_page_knows.py. Pages are found by title and provenance SHA.
"""

from __future__ import annotations

import json
import shutil
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

CONFIG = "lukhas-notion.toml"
OFF = '[provenance]\nrecord = "off"\n'


class Recordless(Workplace):
    """Three modules whose pages have no records."""

    keeps_ledger = True
    how = "off"

    def configure(self, text: str = "", name: str = CONFIG) -> None:
        """Write a configuration, without records where that is the choice."""
        (self.root / name).write_text(text + (OFF if self.how == "off" else ""))

    def run(self, *words: str) -> Ended:
        """Run a command; without a ledger, on a disk that has none."""
        if not self.keeps_ledger:
            shutil.rmtree(self.root / "manifests", ignore_errors=True)
        return super().run(*words)

    def sync(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Sync everything and return the plan's changes by module."""
        ended = self.run("sync", "--all", "--json", *words)
        assert ended.code == code, ended.out + ended.err
        return {change["module"]: change for change in ended.document["plan"]["changes"]}

    def kinds(self, *words: str, code: int = 0) -> dict[str, str]:
        """Sync everything and return what became of each module, adoption left out.

        Where links are lost on the way, each run tries again to write them.
        """
        planned = self.sync(*words, code=code)
        return {
            module: change["kind"]
            if change["kind"] != "adopt"
            else ("drift" if change["drift"] else "skip")
            for module, change in planned.items()
        }

    def held(self) -> list[dict[str, Any]]:
        """Return all values of all pages, sorted."""
        return sorted(self.notion.pages(), key=lambda page: str(page["id"]))

    def settled(self, *words: str) -> None:
        """See that a run changes nothing and has nothing left to do."""
        before = self.held()
        assert set(self.kinds(*words).values()) <= {"skip", "unmanaged"}
        assert [_less_time(page) for page in self.held()] == [_less_time(page) for page in before]

    def id_of(self, module: str) -> str:
        """Return the page of a module by its title."""
        return str(self.pages()[module]["id"])

    def notion_edit(self, module: str, **values: Any) -> str:
        """Edit a page by hand and return its id."""
        page = self.id_of(module)
        self.notion.edit_page(page, values)
        return page


def _less_time(page: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in page.items() if "edited" not in name.casefold()}


@pytest.fixture(params=["off", "drop", "drop-fragment", "refuse"])
def how(request: pytest.FixtureRequest) -> str:
    """Why there are no records."""
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["with a ledger", "without"])
def place(request: pytest.FixtureRequest, how: str, tmp_path: Path) -> Iterator[Recordless]:
    """Make three synced modules without records."""
    made = workplace(tmp_path / "repository")
    place = Recordless(made.root, made.notion, made.environ)
    place.keeps_ledger, place.how = request.param, how
    if how != "off":
        place.notion.break_by(FaultPlan(links=how))
    for name in ("alpha", "beta", "gamma"):
        place.write(name, {"module": name, "description": f"What {name} does."})
    place.configure()
    place.sync()
    assert len(place.notion.pages()) == 3
    yield place
    place.notion.close()


def another(place: Recordless, root: Path, origin: str) -> Recordless:
    """Return another repository that writes into the same database."""
    made = Recordless(root, place.notion, place.environ, origin=origin)
    made.keeps_ledger, made.how = place.keeps_ledger, place.how
    made.root.mkdir(exist_ok=True)
    made.configure()
    return made


def run_in_thread(place: Recordless) -> RunResult:
    """Sync without the command line, whose signals are the main thread's."""
    runtime = Runtime(
        place.environ, transport=place.notion.transport, origin=lambda _: place.origin
    )
    return Run(load(Flags(root=str(place.root)), place.environ), runtime).sync(SyncOptions())


# Identity


def test_a_run_that_follows_has_nothing_to_do(place: Recordless) -> None:
    """Neither a new commit nor a lost link is a difference of values; one page asks again."""
    writes = place.writes
    place.settled()
    # Pages that were on their way before the first answer have a link without its fragment.
    asked = {"off": 0, "drop-fragment": 1, "drop": 1, "refuse": 2}
    assert place.writes - writes <= asked[place.how]
    place.commit = lambda _: "b" * 40
    place.settled()


def test_a_page_that_was_retitled_is_not_found(place: Recordless) -> None:
    """Its module gets a new one; the retitled page is unmanaged and stays unchanged."""
    page = place.notion_edit("alpha", Module="Alpha, the first")
    assert place.kinds()["alpha"] == "create"
    assert place.id_of("Alpha, the first") == page
    place.settled()


def test_a_file_that_is_moved_keeps_its_page(place: Recordless) -> None:
    """The title is the same."""
    page = place.id_of("alpha")
    (place.root / "alpha").rename(place.root / "elsewhere")
    assert place.kinds()["alpha"] == "skip"
    assert place.id_of("alpha") == page
    place.settled()


def test_a_module_with_another_name_is_another_page(place: Recordless) -> None:
    """The old one is listed and stays: nothing shows which repository it belongs to."""
    place.edit("alpha", module="alpha-two")
    kinds = place.kinds("--archive-removed", "--apply")
    assert (kinds["alpha-two"], kinds["alpha"]) == ("create", "unmanaged")
    assert len(place.notion.pages()) == 4
    place.settled("--archive-removed", "--apply")


def test_files_that_are_swapped_are_no_difference(place: Recordless) -> None:
    """Each page is found by its title."""
    one, two = (place.manifest(n).read_text() for n in ("alpha", "beta"))
    place.write("alpha", two)
    place.write("beta", one)
    place.settled()


def test_titles_that_are_swapped_are_written_with_their_values(place: Recordless) -> None:
    """The pages are those of the titles, whatever key a configuration names."""
    place.configure('[mapping]\nkey = "/id"\n')
    for name in ("alpha", "beta", "gamma"):
        place.edit(name, id=f"id-{name}")
    place.sync()
    pages = place.id_of("alpha"), place.id_of("beta")
    place.edit("alpha", module="beta")
    place.edit("beta", module="alpha")
    place.sync()
    assert (place.id_of("alpha"), place.id_of("beta")) == pages
    assert place.pages()["beta"]["Description"] == "What alpha does."
    place.settled()


def test_a_copy_under_the_same_title_is_a_conflict(place: Recordless) -> None:
    """Neither page is written until one of them is gone."""
    page = place.id_of("alpha")
    copy = place.notion.copy_page(page)
    place.edit("alpha", description="Changed.")
    assert place.kinds(code=1)["alpha"] == "conflict"
    assert {p["Description"] for p in place.held() if p["id"] in (page, copy)} == {
        "What alpha does."
    }
    place.notion.trash_page(page)
    assert place.kinds()["alpha"] == "update"
    place.settled()


# Several repositories and configurations


def test_a_title_is_taken_for_ones_own_whoever_wrote_it(place: Recordless, tmp_path: Path) -> None:
    """Repositories cannot be distinguished; what is overwritten is announced."""
    other = another(place, tmp_path / "other", "https://github.com/octo/other")
    other.write("alpha", {"module": "alpha", "description": "Theirs."})
    shown = other.sync("--dry-run")
    assert shown["alpha"]["kind"] == "update"
    assert "may write over an edit made in Notion: Description" in shown["alpha"]["reason"]


def test_no_page_goes_to_the_trash(place: Recordless) -> None:
    """Whose a page is, only a record says."""
    shutil.rmtree(place.root / "alpha")
    kinds = place.kinds("--archive-removed", "--apply", "--force", "1")
    assert kinds["alpha"] == "unmanaged"
    assert place.notion.pages(in_trash=True) == []


# Three values


def test_an_edit_is_drift_until_the_manifest_changes(place: Recordless) -> None:
    """Then it is overwritten, with a notice: only the SHA is known."""
    place.notion_edit("alpha", Coverage=12)
    assert place.kinds()["alpha"] == "drift"
    assert place.kinds()["alpha"] == "drift"
    place.edit("alpha", description="Changed.")
    change = place.sync()["alpha"]
    causes = {p["name"]: p["cause"] for p in change["properties"]}
    assert causes["Coverage"] == causes["Description"] == "unknown"
    assert "may write over an edit made in Notion" in change["reason"]
    place.settled()


def test_drift_is_repaired(place: Recordless) -> None:
    """On demand."""
    place.notion_edit("alpha", Description="By hand.")
    assert place.kinds("--repair-drift")["alpha"] == "update"
    assert place.pages()["alpha"]["Description"] == "What alpha does."
    place.settled()


def test_a_column_that_is_missing_comes_with_the_sync(place: Recordless) -> None:
    """It is empty, so it is written without an announcement."""
    place.configure('[properties."Owner"]\ntype = "rich_text"\nfrom = "/owner"\n')
    place.edit("alpha", owner="Ann")
    place.sync("--add-properties")
    assert place.pages()["alpha"]["Owner"] == "Ann"
    place.settled()


# Trash and archive


def test_a_page_in_the_trash_comes_back_where_the_ledger_names_it(place: Recordless) -> None:
    """Its title and its SHA say that it is the module's."""
    page = place.id_of("alpha")
    place.notion.trash_page(page)
    place.edit("alpha", description="Changed.")
    expected = "restore" if place.keeps_ledger else "create"
    assert place.kinds()["alpha"] == expected
    assert (place.id_of("alpha") == page) is place.keeps_ledger
    assert place.pages()["alpha"]["Description"] == "Changed."
    place.settled()


def test_a_page_that_was_archived_is_told_and_never_made_again(place: Recordless) -> None:
    """It has the title and a SHA."""
    page = place.id_of("alpha")
    place.notion.archive_page(page)
    place.edit("alpha", description="Changed.")
    assert place.kinds()["alpha"] == "archived"
    assert len(place.notion.pages()) == 2
    place.notion.unarchive_page(page)
    assert place.kinds()["alpha"] == "update"
    place.settled()


def test_a_strangers_ledger_proves_nothing(place: Recordless) -> None:
    """A page that it names is taken only with the module's title and a SHA."""
    mine = place.notion.create_page(place.source, {"Module": "delta", "Description": "Private."})
    place.notion.trash_page(mine)
    place.keeps_ledger = True
    record = {"module": "delta", "page_id": mine, "action": "create", "status": "success"}
    ledger = place.root / "manifests/.ledger/notion_sync.ndjson"
    ledger.parent.mkdir(parents=True, exist_ok=True)
    ledger.write_text(json.dumps({**record, "sha": "f" * 64}) + "\n")
    place.write("delta", {"module": "delta"})
    assert place.kinds()["delta"] == "create"
    [left] = place.notion.pages(in_trash=True)
    assert (left["id"], left["Description"]) == (mine, "Private.")


# Two runs at once


def test_two_runs_at_once_leave_one_page_a_module(place: Recordless, tmp_path: Path) -> None:
    """Pages of one title and SHA that one integration made are a race's twins."""
    second = another(place, tmp_path / "second", place.origin)
    for number in range(5):
        for each in (place, second):
            each.write(f"m{number}", {"module": f"m{number}", "description": "New."})
    for name in ("alpha", "beta", "gamma"):
        second.write(name, {"module": name, "description": f"What {name} does."})
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run_in_thread, (place, second)))
    assert [each.exit_code for each in ended] == [0, 0]
    # A run that has looked already does not see what the other one makes afterwards.
    assert place.run("sync", "--all").code == 0
    titles = [page["Module"] for page in place.notion.pages()]
    assert sorted(titles) == sorted(set(titles))
    place.settled()


# A few modules at a time


def test_one_module_is_found_by_its_title(place: Recordless) -> None:
    """And written alone."""
    page = place.id_of("alpha")
    place.edit("alpha", description="Changed.")
    assert place.run("sync", "--module", "alpha").code == 0
    assert place.pages()["alpha"]["id"] == page
    assert place.pages()["alpha"]["Description"] == "Changed."
    place.settled()
