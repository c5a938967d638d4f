"""Relations from the manifest to Notion: names, an order of writes, drift, and what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.clock import FakeClock
from support.workplace import Ended, Workplace, refused_page, workplace

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator.faults import FaultPlan, FaultRule
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.run import Run
from lukhas_notion.util.runtime import Runtime

RELATION = """
[properties."{}"]
type = "relation"
from = "/needs"
"""
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
    assert f"{length + 1} unchanged" in sync(place).out


def test_a_preview_of_several_modules_names_what_each_no_longer_needs(place: Workplace) -> None:
    """Pages that are named no more are read for every previewed page: none of it is an edit."""
    names = [f"m{number}" for number in range(3)]
    for name in names:
        module(place, f"old-{name}")
        module(place, f"new-{name}")
        module(place, name, f"old-{name}")
    sync(place)
    for name in names:
        module(place, name, f"new-{name}")
    planned = changes(place, *(word for name in names for word in ("--module", name)))
    for name in names:
        change = planned[name]
        assert change["kind"] == "update"
        (value,) = (each for each in change["properties"] if each["name"] == "Depends on")
        assert value["cause"] == "manifest"
        assert (value["before"], value["after"]) == ([f"old-{name}"], [f"new-{name}"])


def test_a_name_that_no_manifest_has_is_a_violation(place: Workplace) -> None:
    """`validate` and `sync` report it at its line, with the nearest key."""
    module(place, "search")
    module(place, "web", "serch")
    for ended in (place.run("validate", "--all"), place.run("sync", "--all")):
        assert ended.code == 1
        said = ended.out + ended.err
        assert "web/module.manifest.json:" in said
        assert 'no manifest has the key "serch"; the nearest is "search"' in said
    assert place.writes == 0


def test_a_name_that_no_manifest_has_can_be_left_out(place: Workplace) -> None:
    """With missing = "leave-out" a notice names it, and the other names are written."""
    configure(place, OWN + 'missing = "leave-out"\n')
    module(place, "search")
    module(place, "web", "serch", "search")
    ended = sync(place)
    assert "'Depends on' leaves out serch" in ended.out + ended.err
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
    assert '"resource:search" does not match its pattern' in ended.out + ended.err


def test_a_relation_that_was_edited_in_notion_is_drift(place: Workplace) -> None:
    """It is not touched and is reported with names, until a repair."""
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


@pytest.mark.parametrize("record", ["on", "off"])
@pytest.mark.parametrize("which", ["the page", "its copy"])
def test_an_archived_page_with_the_same_title_changes_no_relation(
    place: Workplace, which: str, record: str
) -> None:
    """The relations of the page that is shown are read whole, so that none looks edited."""
    configure(place, f'{OWN}\n[provenance]\nrecord = "{record}"\n')
    names = [f"n{number:02}" for number in range(30)]
    module(place, "a", *names)
    for name in names:
        module(place, name)
    sync(place)
    page_id = place.pages()["a"]["id"]
    copy = place.notion.copy_page(page_id)
    place.notion.archive_page(page_id if which == "the page" else copy)
    module(place, "new")
    assert {name: each["kind"] for name, each in changes(place).items()} == {
        **dict.fromkeys(["a", *names], "skip"),
        "new": "create",
    }


def test_a_page_that_is_renamed_in_notion_is_still_the_one_that_is_named(place: Workplace) -> None:
    """A name is a module's key, and its page may be called anything."""
    module(place, "search")
    module(place, "web", "search")
    sync(place)
    edit(place, "search", "Module", "Search service")
    assert changes(place)["web"]["kind"] == "skip"


def asked(place: Workplace, act: Callable[[], object]) -> dict[str, int]:
    """Return how many requests of each kind something took."""
    kinds = ("databases.retrieve", "data_sources.retrieve", "data_sources.query", "pages.retrieve")
    kinds += ("pages.create", "pages.update", "data_sources.update", "pages.property")
    before = {kind: place.requests(kind) for kind in kinds}
    act()
    return {kind: n for kind in kinds if (n := place.requests(kind) - before[kind])}


def test_nothing_changed_takes_no_more_requests_than_without(place: Workplace) -> None:
    """Below 26 values a relation costs nothing to compare."""
    for number in range(30):
        module(place, f"m{number}", *([f"m{number - 1}"] if number else []))
    sync(place)
    took = asked(place, lambda: sync(place))
    assert took == {"databases.retrieve": 1, "data_sources.retrieve": 1, "data_sources.query": 1}


def test_a_preview_of_a_few_modules_asks_once_for_what_they_name(place: Workplace) -> None:
    """One request for a hundred names, and none for each page that is named."""
    names = [f"m{number:02}" for number in range(20)]
    for name in names:
        module(place, name)
    module(place, "web", *names)
    sync(place)
    words = ("sync", "--module", "web", "--dry-run")
    took = asked(place, lambda: place.run(*words))
    configure(place, OWN.replace("/needs", "/nothing"))
    without = asked(place, lambda: place.run(*words))
    configure(place, OWN)
    assert took.pop("data_sources.query") == without.pop("data_sources.query") + 1
    assert took == {k: n for k, n in without.items() if k != "pages.retrieve"}
    assert changes(place, "--module", "web")["web"]["kind"] == "skip"


def test_a_sync_of_one_module_finds_what_it_names(place: Workplace) -> None:
    """Also if somebody has renamed the page; a name without a page is left out with a notice."""
    module(place, "search")
    sync(place)
    edit(place, "search", "Module", "Search service")
    module(place, "index")
    module(place, "web", "search", "index")
    ended = place.run("sync", "--module", "web")
    assert ended.code == 0, ended.err
    assert "'Depends on' leaves out index, which has no page as yet" in ended.out + ended.err
    assert needs(place, "web") == ["Search service"]
    sync(place)
    assert needs(place, "web") == ["Search service", "index"]


def test_a_module_that_is_refused_has_a_page_to_be_named(place: Workplace) -> None:
    """A run over a few modules names it, although its manifest is not valid any more."""
    for name in ("search", "web"):
        module(place, name)
    sync(place)
    module(place, "search", "nobody")
    module(place, "web", "search")
    ended = place.run("sync", "--module", "web", "--module", "search", "--skip-invalid")
    assert ended.code == 1
    assert "which has no page as yet" not in ended.out + ended.err
    assert needs(place, "web") == ["search"]


# --- what is cut off --------------------------------------------------------------------------


@pytest.mark.parametrize("records", ["on", "off"])
def test_a_ring_that_was_cut_off_is_completed_by_the_next_run(
    place: Workplace, records: str
) -> None:
    """Without its relation a page is not taken for edited, with records and without."""
    configure(place, OWN + f'[provenance]\nrecord = "{records}"\n')
    module(place, "a", "b")
    module(place, "b", "a")
    place.run("sync", "--module", "a", "--dry-run")
    refused = FaultRule("pages.update", "429_blocked", nth=(1,))
    place.notion.break_by(FaultPlan((refused,)))
    sync(place, code=1)
    place.notion.heal()
    assert sorted([*needs(place, "a"), *needs(place, "b")]) in (["a"], ["b"])
    assert not any(change["drift"] for change in changes(place).values())
    sync(place)
    assert (needs(place, "a"), needs(place, "b")) == (["b"], ["a"])
    assert "2 unchanged" in sync(place).out


def test_a_page_that_names_one_which_could_not_be_made_is_not_called_done(
    place: Workplace,
) -> None:
    """The page is written without its relation, which the next run completes."""
    module(place, "a", "b")
    module(place, "b")
    place.instead = refused_page("b")
    ended = sync(place, code=1)
    assert "that 'Depends on' names was not created" in " ".join(ended.out.split())
    place.instead = None
    sync(place)
    assert needs(place, "a") == ["b"]


def test_a_page_that_is_restored_is_named_again(place: Workplace) -> None:
    """A page in the trash vanishes from relations; nobody has edited them."""
    module(place, "a", "b")
    module(place, "b", "a")
    sync(place)
    for name in ("a", "b"):
        place.notion.trash_page(place.pages()[name]["id"])
    found = changes(place)
    assert [change["kind"] for change in found.values()] == ["restore", "restore"]
    assert not any(change["drift"] for change in found.values())
    sync(place, "--force", "2")
    assert (needs(place, "a"), needs(place, "b")) == (["b"], ["a"])


def test_a_page_that_is_made_anew_is_named_by_the_others(place: Workplace) -> None:
    """Without a ledger the trash is not known, and the new page replaces the old one."""
    module(place, "a", "b")
    module(place, "b")
    sync(place)
    place.notion.trash_page(place.pages()["b"]["id"])
    (place.root / "manifests/.ledger/notion_sync.ndjson").unlink()
    sync(place)
    assert needs(place, "a") == ["b"]


def test_a_page_that_was_made_anew_is_named_by_the_next_run(tmp_path: Path) -> None:
    """A run that is interrupted between the two leaves nothing that looks like an edit."""
    clock = FakeClock()
    place = workplace(tmp_path, clock=clock)
    configure(place, OWN)
    module(place, "a", "b")
    module(place, "b")
    sync(place)
    place.notion.delete_page(place.pages()["b"]["id"])
    clock.advance(3600)
    place.notion.break_by(FaultPlan((FaultRule("pages.update", "429_blocked", nth=(1,)),)))
    sync(place, code=1)
    place.notion.heal()
    assert needs(place, "a") == []
    assert [change["kind"] for change in changes(place).values()] == ["update", "skip"]
    sync(place)
    assert needs(place, "a") == ["b"]
    clock.advance(3600)
    edit(place, "a", "Depends on", [])
    assert changes(place)["a"]["kind"] == "drift"


class Meanwhile(httpx.BaseTransport):
    """A transport that has something happen before the first page is made."""

    def __init__(self, inner: httpx.BaseTransport, act: Callable[[], object]) -> None:
        self._inner = inner
        self._act: Callable[[], object] | None = act

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        if request.method == "POST" and request.url.path.endswith("/pages") and self._act:
            act, self._act = self._act, None
            act()
        return self._inner.handle_request(request)


def test_two_runs_at_once_leave_relations_between_the_pages_that_stay(
    place: Workplace, tmp_path: Path
) -> None:
    """A page that stays names no page that went to the trash."""
    module(place, "d", "a")
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        module(place, name, other)
    settings = {"data_source_id": place.source, "dual_property": {}}
    place.notion.add_property("Depends on", "relation", place.source, settings)
    root = shutil.copytree(place.root, tmp_path / "twin")
    twin = Run(
        load(Flags(root=str(root)), place.environ),
        Runtime(place.environ, transport=place.notion.transport, origin=lambda _: place.origin),
    )
    inner = place.notion.transport()
    other = Meanwhile(inner, lambda: twin.sync(SyncOptions()))
    place.transport = lambda: other  # type: ignore[method-assign]
    ended = sync(place)
    assert "Another run created the page" in ended.out + ended.err
    place.transport = place.notion.transport  # type: ignore[method-assign]
    # Times are whole minutes, so some of the twins are left for the next run.
    sync(place)
    assert len(place.notion.pages()) == 4
    assert [needs(place, name) for name in "abcd"] == [["b"], ["c"], ["a"], ["a"]]
    assert not any(change["drift"] for change in changes(place).values())
    assert "4 unchanged" in sync(place).out


# --- the column -------------------------------------------------------------------------------


def test_two_relations_that_are_the_sides_of_one_are_refused(place: Workplace) -> None:
    """Notion fills one from the other, so both would be written over again and again."""
    module(place, "a")
    sync(place)
    configure(place, OWN.replace('synced = "Used by"\n', "") + RELATION.format("Used by"))
    ended = sync(place, code=2)
    assert "'Depends on' and 'Used by' are the two sides of one relation" in ended.err


def test_a_relation_to_another_database_is_not_written(place: Workplace) -> None:
    """What the column leads to is compared with what the mapping says."""
    teams = place.notion.create_database("Teams", {"Name": "title"})
    place.notion.add_property(
        "Depends on",
        "relation",
        settings={"data_source_id": teams.data_source_id, "single_property": {}},
    )
    module(place, "a")
    ended = sync(place, code=2)
    assert "is a relation to another data source" in ended.err
    assert teams.data_source_id in ended.err


@pytest.mark.parametrize("exists", [False, True])
def test_a_target_that_is_this_database_is_called_self(place: Workplace, *, exists: bool) -> None:
    """By its id its pages would be named by title, and have to exist before they are made."""
    module(place, "a", "b")
    module(place, "b")
    if exists:
        sync(place)
    target = f"target = '{place.environ['NOTION_DATABASE_ID']}'\n"
    configure(place, OWN.replace("synced", f"{target}synced"))
    ended = sync(place, code=2)
    assert "'Depends on' names this database as its target." in ended.err
    configure(place, OWN.replace("synced", 'target = "self"\nsynced'))
    sync(place)


def test_where_notion_refuses_a_two_way_relation_it_is_one_way(place: Workplace) -> None:
    """The relation works all the same, and the run says that its other side is missing."""
    place.notion.break_by(FaultPlan(two_way_self=False))
    module(place, "a", "b")
    module(place, "b")
    ended = sync(place)
    assert "'Depends on' is a one-way relation" in ended.out + ended.err
    assert needs(place, "a") == ["b"]


def test_init_makes_a_relation_with_its_other_side(place: Workplace) -> None:
    """A database has to be there to be related to, so the relation comes after it."""
    module(place, "a", "b")
    module(place, "b")
    parent = place.notion.workspace.store.databases[
        place.environ.pop("NOTION_DATABASE_ID")
    ].parent_page_id
    ended = place.run("init", "--parent", parent, "--title", "Catalog")
    assert ended.code == 0, ended.out + ended.err
    made = next(
        d for d in place.notion.workspace.store.data_sources.values() if d.id != place.source
    )
    column, other = made.find("Depends on"), made.find("Used by")
    assert column is not None
    assert other is not None
    assert column.relation is not None
    assert column.relation.data_source_id == made.id
    assert column.relation.synced_id == other.id
    place.environ["NOTION_DATABASE_ID"] = made.database_id
    again = place.run("init", "--database", made.database_id)
    assert again.code == 0, again.err


# --- another database -------------------------------------------------------------------------


@pytest.fixture
def teams(place: Workplace) -> str:
    """Add a database of teams and a relation to it; return its data source."""
    made = place.notion.create_database("Teams", {"Name": "title"})
    for name in ("Search", "Web", "Web 2"):
        place.notion.create_page(made.data_source_id, {"Name": name})
    configure(place, RELATION.format("Team") + f'target = "{made.database_id}"\n')
    return str(made.data_source_id)


def test_pages_of_another_database_are_named_by_title(place: Workplace, teams: str) -> None:
    """One request for a hundred titles, and their ids are in no plan."""
    for number in range(5):
        module(place, f"m{number}", "Search", "Web")
    sync(place)
    assert needs(place, "m0", "Team") == ["Search", "Web"]
    took = asked(place, lambda: sync(place))
    assert took == {"databases.retrieve": 1, "data_sources.retrieve": 1, "data_sources.query": 2}
    edit(place, "m0", "Team", ["Web 2"])
    (drift,) = changes(place)["m0"]["drift"]
    assert drift["before"] == ["Web 2"]
    assert teams not in str(drift)


def test_a_title_that_no_page_has_is_a_violation(place: Workplace, teams: str) -> None:
    """It is reported with its line, as is a title that two pages have; or it is left out."""
    place.notion.create_page(teams, {"Name": "Web"})
    module(place, "a", "Nobody")
    module(place, "b", "Web")
    module(place, "c", "Search")
    ended = sync(place, code=1)
    said = ended.out + ended.err
    assert "no page of the database" in said
    assert "2 pages of the database" in said
    assert place.requests("pages.create") == 0
    sync(place, "--skip-invalid", code=1)
    assert sorted(place.pages()) == ["c"]
    file = place.root / "lukhas-notion.toml"
    file.write_text(file.read_text() + 'missing = "leave-out"\n')
    place.manifest("b").unlink()
    ended = sync(place)
    assert "leaves out Nobody" in ended.out + ended.err
    assert needs(place, "a", "Team") == []


def test_a_title_that_is_gone_leaves_the_page_its_manifest(place: Workplace, teams: str) -> None:
    """The refused module is reported, and its page is neither left over nor moved to the trash."""
    module(place, "a", "Search")
    module(place, "b")
    sync(place)
    [team] = [page for page in place.notion.pages(teams) if page["Name"] == "Search"]
    place.notion.trash_page(team["id"])
    verified = place.run("verify", "--json").document
    assert [found["kind"] for found in verified["findings"]] == ["manifest-invalid"]
    (place.root / "a").rename(place.root / "moved")
    ended = sync(place, "--skip-invalid", "--archive-removed", code=1)
    assert "no page of the database" in " ".join((ended.out + ended.err).split())
    assert {"a", "b"} <= place.pages().keys()


def test_a_database_that_is_not_shared_is_told_and_left_alone(place: Workplace, teams: str) -> None:
    """Notion shows its pages no more; nothing is taken for an edit, and nothing repaired."""
    module(place, "a", "Search")
    sync(place)
    place.notion.share_database(
        place.notion.workspace.store.data_sources[teams].database_id, shared=False
    )
    module(place, "a", "Search", description="Another one.")
    ended = sync(place, "--repair-drift")
    assert "is not shared with the integration" in ended.out + ended.err
    place.notion.share_database(
        place.notion.workspace.store.data_sources[teams].database_id, shared=True
    )
    assert needs(place, "a", "Team") == ["Search"]
    assert "1 unchanged" in sync(place).out


def test_verify_tells_a_relation_with_names(place: Workplace) -> None:
    """What was edited is drift, and a relation that was cut off is no edit."""
    module(place, "a", "b")
    module(place, "b")
    module(place, "c")
    sync(place)
    assert place.run("verify").code == 0
    edit(place, "a", "Depends on", ["c"])
    ended = place.run("verify", "--json")
    assert ended.code == 1
    (found,) = ended.document["findings"]
    assert found["kind"] == "page-edited"
    assert found["properties"][0]["before"] == ["c"]
    assert place.run("verify", "--repair").code == 0
    assert needs(place, "a") == ["b"]
