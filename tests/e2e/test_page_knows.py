"""What follows from a page that knows its manifest, on the command line and in Notion.

Each scenario runs with the ledger that runs keep, and without any, as on a new runner.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.workplace import Ended, Workplace, workplace

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import FaultPlan
from lukhas_notion.plan.page_record import read_record, write_record
from lukhas_notion.plan.source import ManifestPlace, Source
from lukhas_notion.plan.values import key_hash
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.git import Absence
from lukhas_notion.util.runtime import Runtime

CONFIG = "lukhas-notion.toml"


@dataclass
class Place3(Workplace):
    """Three modules, and a choice whether ledgers are kept."""

    keeps_ledger: bool = True

    def run(self, *words: str) -> Ended:
        """Run a command; without a ledger, on a disk that has none."""
        if not self.keeps_ledger:
            shutil.rmtree(self.root / "manifests", ignore_errors=True)
        return super().run(*words)

    def sync(self, *words: str) -> Ended:
        """Sync everything, and see that it succeeds."""
        ended = self.run("sync", "--all", "--json", *words)
        assert ended.code == 0, ended.out + ended.err
        return ended

    def quiet(self, *words: str) -> None:
        """See that a run has nothing to write."""
        writes = self.writes
        self.sync(*words)
        assert self.writes == writes

    def id_of(self, module: str) -> str:
        """Return the page of a module by its title."""
        return str(self.pages()[module]["id"])

    def notion_edit(self, module: str, **values: Any) -> str:
        """Edit a page by hand and return its id."""
        page = self.id_of(module)
        self.notion.edit_page(page, values)
        return page

    def link(self, module: str) -> str:
        """Return the link of a page's provenance SHA."""
        return self.notion.link(self.id_of(module), "Provenance SHA")


@pytest.fixture(params=[True, False], ids=["with a ledger", "without"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place3]:
    """Make three synced modules."""
    made = workplace(tmp_path / "repository")
    place = Place3(made.root, made.notion, made.environ, keeps_ledger=request.param)
    for name in ("alpha", "beta", "gamma"):
        place.write(name, {"module": name, "description": f"What {name} does."})
    place.sync()
    yield place
    place.notion.close()


def another(place: Place3, root: Path, origin: str = "https://github.com/octo/other") -> Place3:
    """Return another repository that writes into the same database."""
    made = Place3(root, place.notion, place.environ, keeps_ledger=place.keeps_ledger)
    made.origin = origin
    made.commit = place.commit
    return made


def run_in_thread(place: Place3) -> RunResult:
    """Sync without the command line, whose signals are the main thread's."""
    runtime = Runtime(
        place.environ,
        transport=place.notion.transport,
        origin=lambda _: place.origin,
        absent=place.absent,
    )
    return Run(load(Flags(root=str(place.root)), place.environ), runtime).sync(SyncOptions())


def changes(ended: Ended) -> dict[str, dict[str, Any]]:
    """Return a plan's changes by module."""
    return {change["module"]: change for change in ended.document["plan"]["changes"]}


def kinds(ended: Ended) -> dict[str, str]:
    """Return what a plan says of each module."""
    return {module: change["kind"] for module, change in changes(ended).items()}


def causes(change: Mapping[str, Any]) -> dict[str, str]:
    """Return why each property of a change is written."""
    return {p["name"]: p["cause"] for p in change["properties"]}


# The record


def test_the_sha_links_to_the_manifest_at_its_commit(place: Place3) -> None:
    """Its text stays 64 digits, and the link's fragment is the record."""
    place.commit = lambda _: "a" * 40
    place.edit("alpha", description="Changed.")
    place.sync()
    page, link = place.pages()["alpha"], place.link("alpha")
    assert len(page["Provenance SHA"]) == 64
    address = f"https://github.com/octo/modules/blob/{'a' * 40}/alpha/module.manifest.json"
    assert link.startswith(f"{address}#lukhas-notion=1.")
    record = read_record(link)
    assert record is not None
    assert record.place == ManifestPlace("github.com/octo/modules", "alpha/module.manifest.json")


def test_a_manifest_that_the_commit_lacks_links_to_the_default_branch(place: Place3) -> None:
    """The commit has no file to show; the record says the same, and a commit later writes none."""
    place.commit = lambda _: "a" * 40
    place.absent = lambda _, paths: Absence(frozenset(p for p in paths if p.startswith("alpha/")))
    place.edit("alpha", description="Changed.")
    place.edit("beta", description="Changed.")
    place.sync()
    link = place.link("alpha")
    address = "https://github.com/octo/modules/blob/HEAD/alpha/module.manifest.json"
    assert link.startswith(f"{address}#lukhas-notion=1.")
    assert f"/blob/{'a' * 40}/beta/" in place.link("beta")
    record = read_record(link)
    assert record is not None
    assert record.place == ManifestPlace("github.com/octo/modules", "alpha/module.manifest.json")
    place.commit = lambda _: "b" * 40
    place.absent = lambda _, paths: Absence()
    place.quiet()
    assert place.link("alpha") == link


def test_a_new_commit_alone_changes_nothing(place: Place3) -> None:
    """Neither the record nor the commit is a value."""
    place.commit = lambda _: "b" * 40
    place.quiet()


def test_pages_from_before_get_their_record_once(place: Place3) -> None:
    """Only the SHA's cell is written, the preview has one line for all, and then it is quiet."""
    for name, page in place.pages().items():
        place.notion.edit_page(page["id"], {"Provenance SHA": page["Provenance SHA"]})
        assert place.link(name) == ""
    shown = place.run("sync", "--all", "--dry-run")
    assert "adopt    3 pages to get a record of the manifest" in shown.out
    before = len(place.notion.requests)
    ended = place.sync()
    assert ended.document["summary"]["adopted"] == 3
    sent = [r.body for r in place.notion.requests[before:] if r.kind == "pages.update"]
    assert [list(body["properties"]) for body in sent] == [["Provenance SHA"]] * 3
    assert all(read_record(place.link(name)) for name in place.pages())
    place.quiet()


def test_a_record_that_cannot_be_read_is_written_anew(place: Place3) -> None:
    """It is none, so the page is found by its title and SHA, and adopted once."""
    page = place.pages()["alpha"]
    broken = place.link("alpha") + ".!"
    place.notion.edit_page(page["id"], {"Provenance SHA": (page["Provenance SHA"], broken)})
    assert kinds(place.sync())["alpha"] == "adopt"
    assert read_record(place.link("alpha"))
    place.quiet()


def test_a_record_that_was_cut_off_is_written_anew_where_others_have_theirs(place: Place3) -> None:
    """Notion keeps records, so a person cut this one; a title that changes later is drift."""
    page, link = place.pages()["alpha"], place.link("alpha")
    cut = link.partition("#")[0]
    place.notion.edit_page(page["id"], {"Provenance SHA": (page["Provenance SHA"], cut)})
    assert kinds(place.sync())["alpha"] == "adopt"
    assert place.link("alpha") == link
    place.quiet()


def test_an_address_that_no_link_can_hold_blocks_no_page(place: Place3) -> None:
    """The page has no link, and nothing is tried again and again."""
    folder = "/".join(["é" * 100] * 4)
    place.write(folder, {"module": "delta", "description": "Deep."})
    place.sync()
    assert place.link("delta") == ""
    place.quiet()
    place.edit(folder, description="Changed.")
    place.sync()
    assert place.pages()["delta"]["Description"] == "Changed."
    place.quiet()


@pytest.mark.parametrize("links", ["drop-fragment", "drop", "refuse"])
def test_where_notion_keeps_no_records_the_run_goes_on(place: Place3, links: str) -> None:
    """It says so once, every page is right, and pages are found by title and SHA."""
    place.notion.break_by(FaultPlan(links=links))
    place.write("delta", {"module": "delta", "description": "New."})
    place.edit("alpha", description="Changed.")
    place.edit("beta", description="Changed too.")
    ended = place.sync()
    assert [n for n in ended.document["notices"] if 'record = "off"' in n] != []
    assert len([n for n in ended.document["notices"] if "provenance SHAs" in n]) == 1
    assert place.pages()["alpha"]["Description"] == "Changed."
    assert place.pages()["delta"]["Description"] == "New."
    place.edit("alpha", description="Once more.")
    page = place.id_of("alpha")
    place.sync()
    assert place.pages()["alpha"]["Description"] == "Once more."
    assert place.id_of("alpha") == page
    assert len(place.notion.pages()) == 4


def test_records_that_are_turned_off_are_not_written(place: Place3) -> None:
    """Pages are written without a link, and found by title and SHA."""
    (place.root / CONFIG).write_text('[provenance]\nrecord = "off"\n')
    place.quiet()
    place.edit("alpha", description="Changed.")
    place.write("delta", {"module": "delta"})
    place.sync()
    assert place.link("alpha") == place.link("delta") == ""
    place.quiet()
    place.notion_edit("alpha", Description="By hand.")
    ended = place.sync()
    assert kinds(ended)["alpha"] == "drift"


def test_a_folder_of_no_repository_has_weak_records(place: Place3) -> None:
    """Their values count, and pages are found by title; nothing goes to the trash."""
    place.origin = ""
    place.write("delta", {"module": "delta", "description": "d"})
    local = Place3(place.root.parent / "local", place.notion, place.environ)
    local.origin = ""
    local.write("delta", {"module": "delta", "description": "d"})
    local.sync()
    assert local.link("delta").startswith("https://local.invalid/local/delta/")
    local.notion_edit("delta", Description="By hand.")
    assert kinds(local.sync())["delta"] == "drift"
    local.edit("delta", description="Changed.")
    [change] = [c for c in local.sync().document["plan"]["changes"] if c["module"] == "delta"]
    assert causes(change)["Description"] == "overwrite"


def test_a_folder_without_an_origin_is_told_to_name_its_repository(place: Place3) -> None:
    """Its pages have records of a repository; once that is named, they are its own."""
    place.origin = ""
    ended = place.run("sync", "--all", "--json")
    assert (ended.code, set(kinds(ended).values())) == (1, {"conflict"})
    assert "--source" in changes(ended)["alpha"]["reason"]
    place.quiet("--source", "octo/modules")


# Identity


def test_a_page_that_was_retitled_stays_its_modules(place: Place3) -> None:
    """That is drift of the title: no second page is made, and a repair gives the title back."""
    page = place.notion_edit("alpha", Module="Alpha, the first")
    ended = place.sync()
    assert kinds(ended)["alpha"] == "drift"
    assert [p["name"] for p in changes(ended)["alpha"]["drift"]] == ["Module"]
    assert len(place.notion.pages()) == 3
    place.edit("alpha", description="Changed.")
    place.sync()
    assert place.pages()["Alpha, the first"]["Description"] == "Changed."
    place.sync("--repair-drift")
    assert place.id_of("alpha") == page
    place.quiet()


@pytest.mark.parametrize("moved", [False, True], ids=["renamed", "moved"])
def test_a_module_that_is_renamed_or_moved_keeps_its_page(place: Place3, *, moved: bool) -> None:
    """Links and comments stay on it."""
    page = place.id_of("alpha")
    if moved:
        (place.root / "alpha").rename(place.root / "elsewhere")
    else:
        place.edit("alpha", module="alpha-two")
    ended = place.sync()
    name = "alpha" if moved else "alpha-two"
    assert kinds(ended)[name] == "update"
    assert place.id_of(name) == page
    assert len(place.notion.pages()) == 3
    place.quiet()


def test_modules_that_swap_their_names_keep_their_pages_by_key(place: Place3) -> None:
    """The key says which page is whose, whatever the files are called."""
    pages = place.id_of("alpha"), place.id_of("beta")
    one, two = (place.manifest(n).read_text() for n in ("alpha", "beta"))
    place.write("alpha", two)
    place.write("beta", one)
    place.sync()
    assert (place.id_of("alpha"), place.id_of("beta")) == pages
    place.quiet()


def test_a_new_name_in_a_new_file_is_a_new_page(place: Place3) -> None:
    """Nothing is guessed from similarity: with the flag, the old one goes to the trash."""
    manifest = json.loads(place.manifest("alpha").read_text())
    shutil.rmtree(place.root / "alpha")
    place.write("fresh", {**manifest, "module": "fresh"})
    ended = place.sync("--archive-removed", "--apply", "--force", "1")
    assert kinds(ended) == {
        "alpha": "archive",
        "beta": "skip",
        "fresh": "create",
        "gamma": "skip",
    }


def test_a_key_of_ones_own_survives_name_and_file(place: Place3) -> None:
    """``[mapping] key`` names what stays when everything else changes."""
    (place.root / CONFIG).write_text('[mapping]\nkey = "/id"\n')
    for name in ("alpha", "beta", "gamma"):
        place.edit(name, id=f"id-{name}")
    place.sync()
    page = place.id_of("alpha")
    shutil.move(place.root / "alpha", place.root / "elsewhere")
    place.edit("elsewhere", module="renamed")
    place.sync()
    assert place.id_of("renamed") == page
    place.edit("beta", id=None)
    ended = place.run("sync", "--all")
    assert ended.code == 1
    assert "the module has no key (at /id)" in ended.out
    place.edit("beta", id="id-gamma")
    assert "the key 'id-gamma' is also in" in place.run("sync", "--all").out


def test_copies_that_people_made_are_listed_and_never_touched(place: Place3) -> None:
    """The managed page is the known or older one; the copy stays unchanged."""
    page = place.id_of("alpha")
    copy = place.notion.copy_page(page)
    place.edit("alpha", description="Changed.")
    ended = place.sync()
    listed = [c for c in ended.document["plan"]["changes"] if c["kind"] == "unmanaged"]
    assert [c["page_id"] for c in listed] == [copy]
    held = {p["id"]: p["Description"] for p in place.notion.pages()}
    assert held[page] == "Changed."
    assert held[copy] == "What alpha does."
    place.quiet()


def test_a_person_may_make_a_page_of_a_modules_title(place: Place3) -> None:
    """It has no record, so it is unmanaged, and the module keeps its page."""
    mine = place.notion.create_page(place.source, {"Module": "alpha", "Description": "Mine."})
    place.edit("alpha", description="Changed.")
    place.sync()
    held = {p["id"]: p["Description"] for p in place.notion.pages()}
    assert held[mine] == "Mine."
    assert "Changed." in held.values()


# Several repositories and configurations


def test_two_repositories_write_into_one_database(place: Place3, tmp_path: Path) -> None:
    """Each sees the other's pages as a count, and touches none of them."""
    other = another(place, tmp_path / "other")
    other.write("omega", {"module": "omega"})
    ended = other.sync("--archive-removed", "--apply")
    assert kinds(ended) == {"omega": "create"}
    assert ended.document["summary"]["others"] == 3
    ended = place.sync("--archive-removed", "--apply")
    assert set(kinds(ended)) == {"alpha", "beta", "gamma"}
    assert ended.document["summary"]["others"] == 1


def test_a_title_of_another_repository_is_a_conflict(place: Place3, tmp_path: Path) -> None:
    """Nothing is written or created; only a run by hand names the other repository."""
    other = another(place, tmp_path / "other")
    other.write("alpha", {"module": "alpha", "description": "Theirs."})
    ended = other.run("sync", "--all", "--json")
    assert ended.code == 1
    assert kinds(ended) == {"alpha": "conflict"}
    assert "octo/modules" not in changes(ended)["alpha"]["reason"]
    assert "github.com/octo/modules" in other.run("sync", "--all").out
    other.environ["CI"] = "true"
    assert "octo/modules" not in other.run("sync", "--all").out
    assert place.pages()["alpha"]["Description"] == "What alpha does."
    assert len(place.notion.pages()) == 3


def test_a_repository_that_was_renamed_takes_its_pages_along(place: Place3) -> None:
    """``--adopt-from`` shows each as adopted; afterwards they are its own."""
    pages = {name: page["id"] for name, page in place.pages().items()}
    place.origin = "git@github.com:octo/renamed.git"
    assert place.run("sync", "--all").code == 1
    words = ("--adopt-from", "octo/modules")
    shown = place.sync("--dry-run", *words)
    assert set(kinds(shown).values()) == {"adopt"}
    assert place.sync(*words).document["summary"]["adopted"] == 3
    place.quiet()
    assert {name: page["id"] for name, page in place.pages().items()} == pages


def test_a_repository_that_was_split_takes_only_what_it_has(place: Place3, tmp_path: Path) -> None:
    """The pages of modules that stayed are the other repository's, and none of them goes."""
    part = another(place, tmp_path / "part", "https://github.com/octo/part")
    part.write("alpha", {"module": "alpha", "description": "What alpha does."})
    words = ("--adopt-from", "octo/modules", "--archive-removed", "--apply")
    ended = part.sync(*words)
    assert kinds(ended) == {"alpha": "adopt"}
    assert ended.document["summary"]["others"] == 2
    assert sorted(place.pages()) == ["alpha", "beta", "gamma"]
    shutil.rmtree(place.root / "alpha")
    place.quiet("--archive-removed", "--apply")


def test_two_configurations_of_one_repository_share_a_database(place: Place3) -> None:
    """A page of a path that this one does not include is not its own."""
    place.write("libs/one", {"module": "one"})
    (place.root / CONFIG).write_text('[manifests]\nexclude = ["libs/"]\n')
    (place.root / "libs.toml").write_text(
        '[manifests]\ninclude = ["libs/**/module.manifest.json"]\n'
    )
    libs = place.sync("--config", "libs.toml", "--archive-removed", "--apply")
    assert kinds(libs) == {"one": "create"}
    assert libs.document["summary"]["others"] == 3
    assert place.sync("--archive-removed", "--apply").document["summary"]["others"] == 1
    place.write("libs/two", {"module": "alpha"})
    ended = place.run("sync", "--all", "--config", "libs.toml", "--json")
    assert (ended.code, kinds(ended)["alpha"]) == (1, "conflict")
    assert "another configuration of this repository" in changes(ended)["alpha"]["reason"]


def test_a_manifest_that_moves_between_configurations_keeps_its_page(place: Place3) -> None:
    """Its old path is no longer in the commit, so the page is found by its key."""
    page = place.id_of("alpha")
    (place.root / CONFIG).write_text('[manifests]\nexclude = ["libs/"]\n')
    (place.root / "libs.toml").write_text(
        '[manifests]\ninclude = ["libs/**/module.manifest.json"]\n'
    )
    (place.root / "libs").mkdir()
    (place.root / "alpha").rename(place.root / "libs/alpha")
    place.sync("--config", "libs.toml")
    assert place.id_of("alpha") == page


def test_a_title_is_free_whose_manifest_is_gone_from_the_other_configuration(place: Place3) -> None:
    """Only a path that exists keeps its title; a new key in a new file is a new page."""
    page = place.id_of("alpha")
    (place.root / "libs.toml").write_text(
        '[manifests]\ninclude = ["libs/**/module.manifest.json"]\n[mapping]\nkey = "/id"\n'
    )
    place.write("libs/new", {"module": "alpha", "id": "new", "description": "New."})
    ended = place.run("sync", "--all", "--config", "libs.toml", "--json")
    assert (ended.code, kinds(ended)) == (1, {"alpha": "conflict"})
    shutil.rmtree(place.root / "alpha")
    assert kinds(place.sync("--config", "libs.toml")) == {"alpha": "create"}
    held = {each["id"]: each["Description"] for each in place.notion.pages()}
    assert held[page] == "What alpha does."
    place.quiet("--config", "libs.toml")


def test_a_strangers_ledger_proves_nothing(place: Place3) -> None:
    """A page that it names is taken only where the page's own record fits."""
    mine = place.notion.create_page(place.source, {"Module": "mine", "Description": "Private."})
    place.notion.trash_page(mine)
    place.keeps_ledger = True
    record = {"module": "delta", "page_id": mine, "action": "create", "status": "success"}
    ledger = place.root / "manifests/.ledger/notion_sync.ndjson"
    ledger.parent.mkdir(parents=True, exist_ok=True)
    line = {**record, "path": "delta/module.manifest.json", "sha": "f" * 64}
    ledger.write_text(json.dumps(line) + "\n")
    place.write("delta", {"module": "delta"})
    place.sync()
    [left] = place.notion.pages(in_trash=True)
    assert (left["id"], left["Description"]) == (mine, "Private.")
    assert place.id_of("delta") != mine


def test_a_strangers_ledger_costs_few_requests(place: Place3) -> None:
    """Of the pages that it names for one module, the last ones are asked for."""
    place.keeps_ledger = True
    ledger = place.root / "manifests/.ledger/notion_sync.ndjson"
    ledger.parent.mkdir(parents=True, exist_ok=True)
    said = {"module": "delta", "action": "create", "status": "success", "sha": "f" * 64}
    said["data_source_id"] = place.source
    ids = [f"{number:08}-0000-4000-8000-000000000000" for number in range(100)]
    ledger.write_text("".join(json.dumps({**said, "page_id": each}) + "\n" for each in ids))
    place.write("delta", {"module": "delta"})
    place.sync()
    assert place.requests("pages.retrieve") <= 5
    assert len(place.notion.pages()) == 4


# Three values


def test_a_mapping_change_is_applied_by_an_ordinary_sync(place: Place3) -> None:
    """It is no edit: the plan says that the mapping has changed."""
    (place.root / CONFIG).write_text(
        '[properties."Description"]\ntype = "rich_text"\nfrom = "/module"\n'
    )
    ended = place.sync()
    assert set(kinds(ended).values()) == {"update"}
    assert causes(changes(ended)["alpha"]) == {"Description": "mapping"}
    assert place.pages()["alpha"]["Description"] == "alpha"
    place.quiet()


def test_an_edit_stays_drift_through_later_updates(place: Place3) -> None:
    """One page has updates and drift at once; only a repair writes over the edit."""
    place.notion_edit("alpha", Coverage=12)
    place.edit("alpha", description="Changed.")
    ended = place.sync()
    change = changes(ended)["alpha"]
    assert change["kind"] == "update"
    assert [p["name"] for p in change["drift"]] == ["Coverage"]
    assert place.pages()["alpha"]["Coverage"] == 12
    place.edit("alpha", description="Once more.")
    place.sync()
    assert place.pages()["alpha"]["Coverage"] == 12
    place.sync("--repair-drift")
    assert place.pages()["alpha"]["Coverage"] is None
    place.quiet()


def test_writing_over_an_edit_is_announced(place: Place3) -> None:
    """The manifest and the page have both changed the same property."""
    place.notion_edit("alpha", Description="By hand.")
    place.edit("alpha", description="Changed.")
    shown = place.run("sync", "--all", "--dry-run")
    assert "writes over an edit made in Notion: Description" in shown.out
    change = changes(place.sync())["alpha"]
    assert causes(change)["Description"] == "overwrite"
    assert place.pages()["alpha"]["Description"] == "Changed."


def test_an_edit_that_says_what_the_manifest_says_is_nothing(place: Place3) -> None:
    """Wanted and held are equal."""
    place.edit("alpha", description="The same.")
    place.notion_edit("alpha", Description="The same.")
    assert [p["name"] for p in changes(place.sync())["alpha"]["properties"]] == ["Provenance SHA"]


def test_a_property_that_is_mapped_newly_and_filled_is_announced(place: Place3) -> None:
    """It is unknown who filled it, so it is overwritten with a notice."""
    place.notion.add_property("Team", "rich_text")
    place.notion_edit("alpha", Team="Ours")
    (place.root / CONFIG).write_text(
        '[properties."Team"]\ntype = "rich_text"\nfrom = "/team"\nrequired = false\n'
    )
    for name in ("alpha", "beta", "gamma"):
        place.edit(name, team="core")
    ended = place.sync("--dry-run")
    assert causes(changes(ended)["alpha"])["Team"] == "unknown"
    assert causes(changes(ended)["beta"])["Team"] == "manifest"
    assert "may write over an edit made in Notion: Team" in changes(ended)["alpha"]["reason"]


# New columns


def test_a_column_that_is_missing_comes_with_the_sync(place: Place3) -> None:
    """It is shown with its type, added first, and then the pages get their values."""
    (place.root / CONFIG).write_text('[properties."Owner"]\ntype = "rich_text"\nfrom = "/owner"\n')
    place.edit("alpha", owner="Ann")
    refused = place.run("sync", "--all")
    assert refused.code == 2
    assert "--add-properties" in refused.err
    shown = place.run("sync", "--all", "--dry-run", "--add-properties")
    assert "column   Owner (rich_text) to add" in shown.out
    assert "Owner" not in place.pages()["alpha"]
    digest = place.sync("--dry-run", "--add-properties").document["plan"]["digest"]
    ended = place.sync("--add-properties", "--expect-digest", digest)
    assert ended.document["summary"]["properties_added"] == 1
    assert place.pages()["alpha"]["Owner"] == "Ann"
    place.quiet()


def test_a_column_with_options_gets_them_too(place: Place3) -> None:
    """As far as the vocabulary has them."""
    (place.root / "vocab").mkdir()
    (place.root / "vocab/teams.json").write_text('{"allowed": ["core", "web"]}')
    (place.root / CONFIG).write_text(
        '[vocabularies]\n"Team" = "vocab/teams.json"\n'
        '[properties."Team"]\ntype = "select"\nfrom = "/team"\n'
    )
    place.edit("alpha", team="web")
    place.sync("--add-properties", "--backfill")
    assert place.pages()["alpha"]["Team"] == "web"
    assert list(place.notion.options("Team")) == ["core", "web"]
    place.quiet("--add-properties", "--backfill")


# Trash and archive


def test_a_page_in_the_trash_comes_back_where_the_ledger_names_it(place: Place3) -> None:
    """With its id, so with its links and comments; without a ledger nothing can know of it."""
    page = place.id_of("alpha")
    place.notion.trash_page(page)
    place.edit("alpha", description="Changed.")
    shown = place.sync("--dry-run")
    expected = "restore" if place.keeps_ledger else "create"
    assert kinds(shown)["alpha"] == expected
    ended = place.sync()
    assert kinds(ended)["alpha"] == expected
    assert place.pages()["alpha"]["Description"] == "Changed."
    assert (place.id_of("alpha") == page) is place.keeps_ledger
    place.quiet()


def test_a_page_that_was_archived_is_told_and_never_made_again(place: Place3) -> None:
    """Archived is not the trash, and the API cannot bring it back."""
    page = place.id_of("alpha")
    place.notion.archive_page(page)
    place.edit("alpha", description="Changed.")
    ended = place.sync()
    assert kinds(ended)["alpha"] == "archived"
    assert "alpha" not in place.pages()
    assert "page-archived" in place.run("verify", "--ignore", "ledger-missing").out
    place.quiet()
    place.notion.unarchive_page(page)
    place.sync()
    assert place.pages()["alpha"]["Description"] == "Changed."


# Two runs at once


def test_two_runs_at_once_leave_one_page_a_module(place: Place3, tmp_path: Path) -> None:
    """Each looks once more for what it has made; the younger page goes, and the rest is quiet."""
    second = another(place, tmp_path / "second", place.origin)
    for number in range(30):
        for each in (place, second):
            each.write(f"m{number}", {"module": f"m{number}", "description": "New."})
    for name in ("alpha", "beta", "gamma"):
        second.write(name, {"module": name, "description": f"What {name} does."})
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run_in_thread, (place, second)))

    assert [each.exit_code for each in ended] == [0, 0]
    place.sync()
    titles = [p["Module"] for p in place.notion.pages()]
    assert sorted(titles) == sorted(set(titles))
    place.quiet()
    second.quiet()


def test_of_two_runs_of_two_commits_the_one_that_gives_way_writes_its_values(
    place: Place3, tmp_path: Path
) -> None:
    """It reports its values as written, so they are; which commit is newer is unknown."""
    place.write("delta", {"module": "delta", "description": "Of this commit."})
    second = another(place, tmp_path / "second", place.origin)
    shutil.copytree(place.root, second.root)
    second.edit("delta", description="Of another commit.")

    def instead(request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) == ("POST", "/v1/pages"):
            place.instead = None
            assert run_in_thread(second).exit_code == 0
        return None

    place.instead = instead
    ended = place.sync()
    assert "moved to the trash" in ended.document["notices"][0]
    assert place.pages()["delta"]["Description"] == "Of this commit."
    assert len(place.notion.pages()) == 4
    place.quiet()


def test_another_repositorys_page_is_not_taken_for_an_unanswered_create(place: Place3) -> None:
    """It has the title and another record, so the create is sent again."""
    place.write("delta", {"module": "delta", "description": "Ours."})
    other, path = Source("https://github.com/octo/other"), "delta/module.manifest.json"
    link = write_record(other.link(path), other.place(path), key_hash("delta"), None)
    theirs: list[str] = []

    def instead(request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) == ("POST", "/v1/pages") and not theirs:
            values = {"Module": "delta", "Provenance SHA": ("f" * 64, link)}
            theirs.append(place.notion.create_page(place.source, values))
            raise httpx.RemoteProtocolError("no answer", request=request)
        return None

    place.instead = instead
    place.sync()
    made = {p["id"]: p["Description"] for p in place.notion.pages() if p["Module"] == "delta"}
    assert made.pop(theirs[0]) != "Ours."
    assert list(made.values()) == ["Ours."]


def test_twins_that_a_lagging_query_hid_are_healed_by_the_next_run(place: Place3) -> None:
    """Two pages of one record, both made and last edited by the integration."""
    page = place.id_of("alpha")
    copy = place.notion.copy_page(page)
    store = place.notion.workspace.store
    bot = place.notion.workspace.bot_id
    for each in (page, copy):
        store.commit(replace(store.pages[each], author=bot, editor=bot))
    shutil.rmtree(place.root / "gamma")
    ended = place.sync("--archive-removed")
    summary = ended.document["summary"]
    assert (summary["archived"], summary["held"]) == (1, 1)
    changes = ended.document["plan"]["changes"]
    doomed = [c for c in changes if c["kind"] == "archive" and c["module"] == "alpha"]
    assert len(doomed) == 1
    assert doomed[0]["reason"].startswith("made twice by two runs at once")
    assert len(place.notion.pages()) == 3
    place.quiet()


def test_a_run_that_is_cut_off_between_two_writes_of_a_restore_goes_on(place: Place3) -> None:
    """Out of the trash, and not yet written: the next run updates the page."""
    page = place.id_of("alpha")
    place.edit("alpha", description="Changed.")
    place.notion.trash_page(page)
    place.notion.restore_page(page)
    assert kinds(place.sync())["alpha"] == "update"
    assert place.id_of("alpha") == page
    place.quiet()


# A few modules at a time


def test_one_module_finds_its_retitled_page(place: Place3) -> None:
    """Before it is made anew, all pages are looked through."""
    page = place.notion_edit("alpha", Module="Alpha, the first")
    place.edit("alpha", description="Changed.")
    assert place.run("sync", "--module", "alpha").code == 0
    assert place.pages()["Alpha, the first"]["id"] == page
    assert place.pages()["Alpha, the first"]["Description"] == "Changed."
    assert len(place.notion.pages()) == 3


def test_one_module_takes_no_copy_for_its_retitled_page(place: Place3) -> None:
    """Where the ledger knows the page, all are looked through before a copy is written."""
    place.keeps_ledger = True
    place.sync()
    page = place.id_of("alpha")
    copy = place.notion.copy_page(page)
    place.notion.edit_page(page, {"Module": "Alpha, the first"})
    place.edit("alpha", description="Changed.")
    assert place.run("sync", "--module", "alpha").code == 0
    held = {each["id"]: each["Description"] for each in place.notion.pages()}
    assert (held[page], held[copy]) == ("Changed.", "What alpha does.")


def test_one_module_takes_no_page_of_a_person_for_its_retitled_one(place: Place3) -> None:
    """Somebody gave its page another title, and made a page under the old one."""
    page = place.notion_edit("alpha", Module="Alpha, the first")
    mine = place.notion.create_page(place.source, {"Module": "alpha", "Description": "Mine."})
    place.edit("alpha", description="Changed.")
    assert place.run("sync", "--module", "alpha").code == 0
    held = {each["id"]: each["Description"] for each in place.notion.pages()}
    assert (held[page], held[mine]) == ("Changed.", "Mine.")


def test_one_module_is_in_no_conflict_that_all_are_not_in(place: Place3, tmp_path: Path) -> None:
    """Its page has another title, and another repository's page has got its own."""
    page = place.notion_edit("alpha", Module="Alpha, the first")
    other = another(place, tmp_path / "other")
    other.write("alpha", {"module": "alpha", "description": "Theirs."})
    other.sync()
    place.edit("alpha", description="Changed.")
    assert place.run("sync", "--module", "alpha").code == 0
    held = {each["id"]: each["Description"] for each in place.notion.pages()}
    assert held[page] == "Changed."
    assert "Theirs." in held.values()
    other.quiet()


def test_one_module_takes_no_page_of_a_module_that_moved(place: Place3) -> None:
    """Its file has a new name, and the file of the old name is elsewhere: the key decides."""
    page = place.id_of("alpha")
    (place.root / "alpha").rename(place.root / "elsewhere")
    place.write("alpha", {"module": "newcomer"})
    assert place.run("sync", "--module", "newcomer").code == 0
    assert place.id_of("alpha") == page
    assert place.id_of("newcomer") != page
