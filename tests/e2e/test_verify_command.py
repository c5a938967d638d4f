"""``verify``: repository, Notion and ledger compared, with what disagrees named and repaired."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from support.workplace import Ended, Workplace

from lukhas_notion.emulator import FaultPlan, default_database

LEDGER = "manifests/.ledger/notion_sync.ndjson"


@pytest.fixture
def place(small: Workplace) -> Workplace:
    """Make three modules that are in sync."""
    assert small.run("sync", "--all").code == 0
    return small


def verify(place: Workplace, *words: str) -> Ended:
    """Verify and return how it ended."""
    return place.run("verify", *words)


def found(place: Workplace, *words: str) -> list[tuple[str, str, str]]:
    """Return the findings: who disagrees, about what, and how."""
    ended = verify(place, "--json", *words)
    document = ended.document
    assert ended.code == document["exit_code"] == (1 if document["findings"] else 0)
    return [(f["disagrees"], f["subject"], f["kind"]) for f in document["findings"]]


def page_id(place: Workplace, module: str) -> str:
    """Return the id of a module's page."""
    return str(place.pages()[module]["id"])


def test_three_that_agree_are_in_sync(place: Workplace) -> None:
    """Exit 0, in as many requests as a sync that has nothing to do, and nothing is written."""
    writes, asked, ledger = place.writes, len(place.notion.requests), place.ledger()
    ended = verify(place)
    assert ended.code == 0
    assert "In sync: repository, Notion and ledger agree on 3 modules, last" in ended.out
    assert place.writes == writes
    assert len(place.notion.requests) - asked == 3
    assert place.ledger() == ledger


def test_a_manifest_that_changed_is_the_repositorys_doing(place: Workplace) -> None:
    """The page is as the ledger says; its values and the manifest's are shown."""
    place.edit("beta", description="Changed.")
    assert found(place) == [("repository", "beta", "manifest-changed")]
    assert "Description: What beta does. → Changed." in verify(place).out


def test_a_manifest_that_is_new_has_no_page_yet(place: Workplace) -> None:
    """Neither Notion nor the ledger knows of it."""
    place.write("delta", {"module": "delta"})
    assert found(place) == [("repository", "delta", "manifest-new")]


def test_an_edit_by_hand_is_named_with_its_property_and_value(place: Workplace) -> None:
    """The edit is shown from what was there to what is there now, and who made it is named."""
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    assert found(place) == [("notion", "alpha", "page-edited")]
    [one] = verify(place, "--json").document["findings"]
    assert one["properties"] == [{"name": "Coverage", "type": "number", "before": 12, "after": 80}]
    assert one["editor"] == place.notion.workspace.person_id
    assert one["editor_name"] == "Local person"
    assert "last edited by Local person" in one["message"]
    assert "    Coverage: 80 → 12" in verify(place).out


def test_a_provenance_sha_that_was_cleared_is_an_edit(place: Workplace) -> None:
    """The ledger knows that the page bore one."""
    place.notion.edit_page(page_id(place, "alpha"), {"Provenance SHA": ""})
    assert found(place) == [("notion", "alpha", "page-edited")]


def test_another_mapping_is_no_edit_by_hand(place: Workplace) -> None:
    """This integration wrote the page last, and the manifest is the same: the mapping changed."""
    (place.root / "lukhas-notion.toml").write_text(
        '[properties.Description]\ntype = "rich_text"\nconstant = "All alike."\n'
    )
    kinds = {kind for _, _, kind in found(place)}
    assert kinds == {"mapping-changed"}
    assert verify(place, "--repair").code == 0
    assert {page["Description"] for page in place.pages().values()} == {"All alike."}


@pytest.mark.parametrize(
    ("happens", "kind"),
    [("trash", "page-trashed"), ("move", "page-moved"), ("rename", "page-renamed")],
)
def test_a_page_that_went_away_is_found_by_its_id(
    place: Workplace, happens: str, kind: str
) -> None:
    """The ledger names the page, and the page itself says where it is."""
    page = page_id(place, "alpha")
    if happens == "trash":
        place.notion.trash_page(page)
    elif happens == "move":
        other = place.notion.create_database("Other", {"Name": "title"})
        place.notion.move_page(page, other.data_source_id)
    else:
        place.notion.edit_page(page, {"Module": "alpha (old)"})
    assert found(place) == [("notion", "alpha", kind)]
    assert verify(place, "--repair").code == 0
    assert found(place) == []
    assert sorted(place.pages()) == ["alpha", "beta", "gamma"]
    assert (page_id(place, "alpha") == page) is (happens != "move")


def test_a_page_that_is_not_shared_any_more_is_gone(place: Workplace) -> None:
    """Notion answers 404 for it: it says so, with the id that the ledger has."""
    page = page_id(place, "alpha")
    place.notion.delete_page(page)
    assert found(place) == [("notion", "alpha", "page-gone")]
    assert page in verify(place).out


def test_a_page_that_somebody_else_wrote_is_told_from_a_changed_manifest(place: Workplace) -> None:
    """A SHA that neither ledger nor history has is another writer's."""
    place.notion.edit_page(page_id(place, "alpha"), {"Provenance SHA": "e" * 64})
    assert found(place) == [("notion", "alpha", "page-foreign")]
    place.edit("alpha", description="Changed too.")
    assert found(place) == [
        ("repository", "alpha", "manifest-changed"),
        ("notion", "alpha", "page-foreign"),
    ]


def test_a_page_made_by_hand_in_a_modules_name_is_foreign(place: Workplace) -> None:
    """It has no SHA, and the ledger has no page: somebody created it."""
    place.write("delta", {"module": "delta"})
    place.notion.create_page(place.source, {"Module": "delta"})
    assert found(place) == [("notion", "delta", "page-foreign")]


def test_pages_without_a_manifest_are_ours_or_somebody_elses(place: Workplace) -> None:
    """A manifest that is gone, a page with an unknown SHA, and one without."""
    place.manifest("gamma").unlink()
    place.notion.create_page(place.source, {"Module": "Ideas"})
    place.notion.create_page(place.source, {"Module": "theirs", "Provenance SHA": "e" * 64})
    assert found(place) == [
        ("notion", "Ideas", "page-by-hand"),
        ("repository", "gamma", "manifest-removed"),
        ("notion", "theirs", "page-without-manifest"),
    ]
    ended = verify(place, "--json", "--ignore", "page-by-hand")
    assert [f["kind"] for f in ended.document["ignored"]] == ["page-by-hand"]


def test_two_pages_with_one_title_are_named(place: Workplace) -> None:
    """Both ids are in the message; without records nobody knows which one counts."""
    place.notion.edit_page(page_id(place, "beta"), {"Provenance SHA": ""})
    copy = place.notion.create_page(place.source, {"Module": "beta"})
    assert found(place) == [("notion", "beta", "duplicate-title")]
    out = verify(place).out
    assert copy in out
    assert page_id(place, "beta") in out


def test_an_option_outside_the_vocabulary_is_counted(place: Workplace) -> None:
    """The finding has the number of pages that use it; a page with it is an edit, too."""
    place.notion.edit_page(page_id(place, "alpha"), {"Features": ["search", "gossip"]})
    place.notion.add_option("Tags", "tier:9")
    assert found(place) == [
        ("notion", "Features: gossip", "option-unknown"),
        ("notion", "Tags: tier:9", "option-unknown"),
        ("notion", "alpha", "page-edited"),
    ]
    counts = {f["subject"]: f["pages"] for f in verify(place, "--json").document["findings"]}
    assert counts["Features: gossip"] == 1
    assert counts["Tags: tier:9"] == 0


def test_an_option_that_the_vocabulary_has_and_notion_has_not_is_missing(place: Workplace) -> None:
    """A repair adds it with its colour."""
    features = json.loads((place.root / "vocab/features.json").read_text())
    (place.root / "vocab/features.json").write_text(json.dumps({**features, "audit": {}}))
    assert found(place) == [("notion", "Features", "option-missing")]
    assert verify(place, "--repair").code == 0
    assert "audit" in place.notion.options("Features")


def test_a_changed_schema_is_a_finding_and_the_rest_is_compared(place: Workplace) -> None:
    """A renamed property and another type are named; other properties go on being compared."""
    place.notion.rename_property("SLA p95", "SLA")
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    assert found(place) == [
        ("notion", "SLA p95", "property-missing"),
        ("notion", "alpha", "page-edited"),
    ]
    place.notion.remove_property("APIs")
    place.notion.add_property("APIs", "number")
    assert ("notion", "APIs", "property-type") in found(place)


def test_without_the_provenance_property_nothing_can_be_compared(place: Workplace) -> None:
    """It is said, and it is no green run."""
    place.notion.remove_property("Provenance SHA")
    ended = verify(place)
    assert ended.code == 1
    assert "The pages were not compared" in ended.out


def test_a_missing_ledger_is_a_finding_where_pages_were_written(place: Workplace) -> None:
    """Before the first sync there is none, and that is no finding."""
    (place.root / LEDGER).unlink()
    assert found(place) == [("ledger", "", "ledger-missing")]
    assert found(place, "--ignore", "ledger-missing") == []
    assert verify(place, "--repair").code == 0
    assert found(place) == []


def test_a_broken_ledger_is_named_by_its_line_and_proves_nothing(place: Workplace) -> None:
    """A record that was changed breaks the chain in the line after it."""
    file = place.root / LEDGER
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace("alpha", "omega").replace("success", "succes")
    file.write_text("".join(lines))
    assert found(place) == [("ledger", "", "ledger-broken")]
    [one] = verify(place, "--json").document["findings"]
    assert (one["path"], one["line"]) == (LEDGER, 3)


def test_a_ledger_that_does_not_know_of_a_page_is_behind(place: Workplace) -> None:
    """Another machine wrote it: a sync here puts it on record, and then all three agree."""
    file = place.root / LEDGER
    lines = file.read_text().splitlines(keepends=True)
    last = next(n for n, line in enumerate(lines) if '"create"' in line)
    file.write_text("".join(lines[: last + 1]))
    behind = found(place)
    assert {(side, kind) for side, _, kind in behind} == {("ledger", "ledger-behind")}
    assert len(behind) == 2
    assert place.run("sync", "--all").code == 0
    assert found(place) == []


def test_without_a_ledger_the_page_tells_that_its_manifest_changed(place: Workplace) -> None:
    """Its record says what was last written to it."""
    place.edit("beta", description="Changed.")
    (place.root / LEDGER).unlink()
    words = ("--ignore", "ledger-missing")
    assert found(place, *words) == [("repository", "beta", "manifest-changed")]
    sha = place.pages()["beta"]["Provenance SHA"]
    place.notion.edit_page(page_id(place, "beta"), {"Provenance SHA": sha})
    assert found(place, *words) == [("notion", "beta", "page-stale")]


def test_an_invalid_manifest_is_a_finding_and_its_page_no_orphan(place: Workplace) -> None:
    """The violation has its line; the other modules are still compared."""
    place.edit("beta", features=["serach"])
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    assert found(place) == [
        ("notion", "alpha", "page-edited"),
        ("repository", "beta/module.manifest.json", "manifest-invalid"),
    ]
    place.write("beta", "{")
    place.manifest("gamma").unlink()
    document = verify(place, "--json").document
    kinds = ["page-edited", "manifest-invalid", "manifest-removed"]
    assert [f["kind"] for f in document["findings"]] == kinds
    assert "Unmanaged pages are not listed: a manifest could not be read." in (document["notes"])


def test_a_repair_brings_everything_back_that_a_sync_can(place: Workplace) -> None:
    """Edits, a new and a changed manifest, and a missing option: afterwards all three agree."""
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12, "Tags": []})
    place.edit("beta", description="Changed.")
    place.write("delta", {"module": "delta", "features": ["export"]})
    ended = verify(place, "--repair", "--json")
    assert ended.code == 0
    document = ended.document
    assert document["in_sync"]
    assert len(document["before_repair"]) == 3
    assert document["repair"]["summary"]["updated"] == 2
    assert document["repair"]["summary"]["created"] == 1
    assert found(place) == []


def test_a_repair_takes_away_on_demand_alone(place: Workplace) -> None:
    """A page without a manifest and an unknown option stay, and stay a finding, without a flag."""
    place.manifest("gamma").unlink()
    place.notion.add_option("Tags", "tier:9")
    left = [
        ("notion", "Tags: tier:9", "option-unknown"),
        ("repository", "gamma", "manifest-removed"),
    ]
    assert verify(place, "--repair").code == 1
    assert found(place) == left
    refused = verify(place, "--repair", "--archive-removed", "--prune")
    assert refused.code == 1
    assert "more than 30 %" in refused.out
    assert found(place) == left
    forced = verify(place, "--repair", "--archive-removed", "--prune", "--force", "2")
    assert forced.code == 0, forced.out
    assert sorted(place.pages()) == ["alpha", "beta"]
    assert found(place) == []


def test_a_repair_leaves_what_does_not_count(place: Workplace) -> None:
    """A team that edits pages on purpose keeps its edits, whatever else is repaired."""
    (place.root / "lukhas-notion.toml").write_text('[verify]\nignore = ["page-edited"]\n')
    place.notion.edit_page(page_id(place, "alpha"), {"Description": "By hand."})
    place.write("delta", {"module": "delta"})
    ended = verify(place, "--repair")
    assert ended.code == 0, ended.out
    assert place.pages()["alpha"]["Description"] == "By hand."
    assert "delta" in place.pages()
    refused = verify(place, "--repair", "--prune", "--ignore", "option-unknown")
    assert refused.code == 2
    assert "option-unknown is ignored" in refused.err


@pytest.fixture
def nine(place: Workplace) -> Workplace:
    """Make six more modules, so that one page less is no mass deletion."""
    for number in range(6):
        place.write(f"m{number}", {"module": f"m{number}"})
    assert place.run("sync", "--all").code == 0
    return place


ARCHIVING = ("--repair", "--archive-removed")


def test_a_repair_takes_no_page_away_that_it_leaves(nine: Workplace) -> None:
    """A renamed page or manifest that does not count keeps its page, whatever may be archived."""
    nine.notion.edit_page(page_id(nine, "gamma"), {"Module": "gamma (old)"})
    nine.edit("m1", module="m1-two")
    nine.notion.edit_page(page_id(nine, "beta"), {"Coverage": 12})
    ignored = ("--ignore", "page-renamed", "--ignore", "manifest-renamed")
    assert verify(nine, *ARCHIVING, *ignored).code == 0
    assert {"gamma (old)", "m1", "beta"} <= nine.pages().keys()
    assert not {"gamma", "m1-two"} & nine.pages().keys()
    assert nine.pages()["beta"]["Coverage"] == 80


def test_a_repair_never_archives_a_page_that_may_be_a_modules_own(nine: Workplace) -> None:
    """Without a record and a ledger, the only page with the module's SHA stays."""
    file = nine.root / LEDGER
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([lines[0].replace("success", "succes"), *lines[1:]]))
    sha = nine.pages()["gamma"]["Provenance SHA"]
    edits = {"Module": "gamma (old)", "Provenance SHA": sha}
    nine.notion.edit_page(page_id(nine, "gamma"), edits)
    assert verify(nine, *ARCHIVING).code == 1
    assert "gamma (old)" in nine.pages()
    assert "gamma" not in nine.pages()


def test_a_forged_line_of_a_ledger_archives_nothing(nine: Workplace) -> None:
    """A ledger with a broken chain proves nothing, also in a plain sync."""
    theirs = nine.notion.create_page(nine.source, {"Module": "theirs", "Provenance SHA": "e" * 64})
    record = {"module": "theirs", "page_id": theirs, "sha": "e" * 64, "action": "create"}
    forged = {**record, "status": "success", "path": "x/module.manifest.json", "prev": "0" * 64}
    with (nine.root / LEDGER).open("a") as file:
        file.write(json.dumps(forged) + "\n")
    assert verify(nine, *ARCHIVING).code == 1
    nine.run("sync", "--all", "--archive-removed", "--apply")
    assert "theirs" in nine.pages()


def test_a_module_that_moved_keeps_its_renamed_page(nine: Workplace) -> None:
    """Title and folder changed at once: its record has the key."""
    page = page_id(nine, "gamma")
    nine.notion.edit_page(page, {"Module": "gamma (old)"})
    nine.manifest("gamma").unlink()
    nine.write("gg", {"module": "gamma", "description": "Moved."})
    assert verify(nine, *ARCHIVING).code == 0
    assert page_id(nine, "gamma") == page
    assert len(nine.pages()) == 9


def test_an_ignored_edit_is_kept_beside_what_counts(place: Workplace) -> None:
    """The ledger is brought up to date, and a module that is called as a property is no other."""
    place.write("features", {"module": "Features"})
    assert place.run("sync", "--all").code == 0
    (place.root / LEDGER).write_text((place.root / LEDGER).read_text().splitlines()[0] + "\n")
    features = json.loads((place.root / "vocab/features.json").read_text())
    (place.root / "vocab/features.json").write_text(json.dumps({**features, "audit": {}}))
    for page in place.pages().values():
        place.notion.edit_page(page["id"], {"Description": "By hand."})
    ended = verify(place, "--repair", "--ignore", "page-edited", "--ignore", "ledger-missing")
    assert ended.code == 0, ended.out
    assert {page["Description"] for page in place.pages().values()} == {"By hand."}
    assert "audit" in place.notion.options("Features")


def test_a_page_that_took_another_pages_title_gets_its_own_back(place: Workplace) -> None:
    """Two pages are called beta; each one's record says which module it is of."""
    page = page_id(place, "alpha")
    place.notion.edit_page(page, {"Module": "beta"})
    assert verify(place, "--repair").code == 0
    assert sorted(each["Module"] for each in place.notion.pages()) == ["alpha", "beta", "gamma"]
    assert page_id(place, "alpha") == page


def test_a_manifest_that_does_not_count_blocks_no_repair(place: Workplace) -> None:
    """The others are repaired; it is passed over, and its page stays as it is."""
    place.write("beta", "{")
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    blocked = verify(place, "--repair")
    assert blocked.code == 1
    assert place.pages()["alpha"]["Coverage"] == 12
    ended = verify(place, "--repair", "--ignore", "manifest-invalid")
    assert ended.code == 0, ended.out
    assert place.pages()["alpha"]["Coverage"] == 80
    assert "beta" in place.pages()


def test_a_ledger_that_does_not_count_keeps_no_page_from_repair(place: Workplace) -> None:
    """What is ignored is the ledger's lag, and not the edit of the same page."""
    file = place.root / LEDGER
    lines = file.read_text().splitlines(keepends=True)
    last = next(n for n, line in enumerate(lines) if '"create"' in line)
    file.write_text("".join(lines[: last + 1]))
    behind = next(s for _, s, kind in found(place) if kind == "ledger-behind")
    place.notion.edit_page(page_id(place, behind), {"Coverage": 12})
    assert verify(place, "--repair", "--ignore", "ledger-behind").code == 0
    assert place.pages()[behind]["Coverage"] == 80


def test_options_are_not_taken_from_edits_that_are_kept(place: Workplace) -> None:
    """Removing an option edits every page that uses it, so the two exclude each other."""
    ended = verify(place, "--repair", "--prune", "--ignore", "page-edited")
    assert ended.code == 2
    assert "page-edited is ignored" in ended.err


def test_a_repair_writes_nothing_into_another_databases_ledger(place: Workplace) -> None:
    """The finding says so, and nothing is created."""
    other = default_database(place.notion)
    ledger = place.ledger()
    place.environ["NOTION_DATABASE_ID"] = other.database_id
    ended = verify(place, "--repair")
    assert ended.code == 1
    assert "The ledger is another database's" in ended.out
    assert place.notion.pages(other.data_source_id) == []
    assert place.ledger() == ledger


def test_a_repair_that_cannot_begin_tells_what_was_found(place: Workplace) -> None:
    """A property is gone, so no sync can be made: that is said beside every finding."""
    place.notion.remove_property("APIs")
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    ended = verify(place, "--repair", "--json")
    assert ended.code == 1
    document = ended.document
    assert [f["kind"] for f in document["findings"]] == ["property-missing", "page-edited"]
    assert "Property 'APIs' not found" in document["failure"]
    assert place.pages()["alpha"]["Coverage"] == 12


def test_a_repair_that_cannot_be_looked_at_is_told_with_what_it_did(place: Workplace) -> None:
    """Notion breaks off after the writes: they are in the report, and the verdict is not green."""
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    # The third reading of the database is the one after the repair.
    rules = [{"on": "databases.retrieve", "fault": "503", "nth": [3]}]
    place.notion.break_by(FaultPlan.from_json({"rules": rules}))
    ended = verify(place, "--repair", "--json", "--max-retries", "0")
    assert ended.code == 1
    document = ended.document
    assert document["repair"]["summary"]["updated"] == 1
    assert "503" in document["failure"]
    assert not document["in_sync"]
    assert place.pages()["alpha"]["Coverage"] == 80


def test_nothing_that_was_not_compared_is_called_in_sync(place: Workplace) -> None:
    """Ignoring a finding does not make what could not be compared agree."""
    place.notion.rename_property("Provenance SHA", "Hash")
    ended = verify(place, "--ignore", "property-missing")
    assert ended.code == 1
    assert "Not compared." in ended.out
    assert "In sync" not in ended.out


def test_the_verdict_counts_what_was_compared(place: Workplace) -> None:
    """An invalid manifest that is ignored, and a property that is not there, are no agreement."""
    place.write("beta", "{")
    place.notion.remove_property("APIs")
    ignored = ("--ignore", "manifest-invalid", "--ignore", "property-missing")
    ended = verify(place, *ignored)
    assert ended.code == 0
    assert " UTC. 2 findings ignored." in ended.out
    assert "Not compared: the property 'APIs'." in ended.out


def test_a_ledger_of_another_database_is_one_finding_of_the_ledger(place: Workplace) -> None:
    """And a handful of requests, however many modules there are."""
    for number in range(20):
        place.write(f"more-{number}", {"module": f"more-{number}"})
    assert place.run("sync", "--all").code == 0
    place.environ["NOTION_DATABASE_ID"] = default_database(place.notion).database_id
    before = place.notion.count("pages.retrieve")
    findings = found(place)
    assert ("ledger", "", "ledger-elsewhere") in findings
    assert {kind for _, subject, kind in findings if subject.startswith("more-")} == {
        "page-missing"
    }
    assert place.notion.count("pages.retrieve") - before == 5


def test_a_module_that_was_renamed_in_its_manifest_keeps_its_page(place: Workplace) -> None:
    """It is the repository's doing, and a repair gives the page the new name."""
    page = page_id(place, "beta")
    place.edit("beta", module="beta-two")
    assert found(place) == [("repository", "beta-two", "manifest-renamed")]
    assert verify(place, "--repair").code == 0
    assert page_id(place, "beta-two") == page
    assert found(place) == []


def test_a_page_that_may_be_the_modules_own_gets_no_second_beside_it(place: Workplace) -> None:
    """Without record and ledger nobody knows whether it was renamed or copied: it stays."""
    sha = place.pages()["alpha"]["Provenance SHA"]
    edits = {"Module": "alpha (old)", "Provenance SHA": sha}
    place.notion.edit_page(page_id(place, "alpha"), edits)
    (place.root / LEDGER).unlink()
    words = ("--ignore", "ledger-missing")
    assert found(place, *words) == [
        ("notion", "alpha", "page-alike"),
        ("notion", "alpha (old)", "page-without-manifest"),
    ]
    assert verify(place, "--repair", *words).code == 1
    assert sorted(place.pages()) == ["alpha (old)", "beta", "gamma"]


@pytest.mark.parametrize("page_id", ["../users/me", "x\u0000y", "a b?c#d", "1" * 70_000])
def test_a_ledger_with_hostile_ids_is_no_crash(place: Workplace, page_id: str) -> None:
    """What is no id is never asked for; the module is as if the ledger did not know it."""
    file = place.root / LEDGER
    file.unlink()
    record = {"module": "delta", "page_id": page_id, "action": "create", "status": "success"}
    now = datetime.now(UTC).isoformat()
    file.write_text(json.dumps({"ts": now, **record, "sha": "s"}) + "\n")
    place.write("delta", {"module": "delta"})
    ended = verify(place)
    assert ended.code == 1
    assert "delta" in ended.out
    assert place.run("sync", "--all", "--dry-run").code == 0


def test_a_page_without_a_title_is_told_as_one(place: Workplace) -> None:
    """It has no name that could be shown."""
    place.notion.create_page(place.source, {"Description": "Untitled."})
    ended = verify(place, "--report-md")
    assert "notion      a page without a title: No manifest has this name" in ended.out
    report = (place.root / "reports/notion_sync_report.md").read_text()
    assert "- [`a page without a title`](" in report


def test_a_repair_of_what_is_in_sync_writes_nothing(place: Workplace) -> None:
    """It costs what a verification costs."""
    writes, ledger = place.writes, place.ledger()
    assert verify(place, "--repair").code == 0
    assert (place.writes, place.ledger()) == (writes, ledger)


def test_a_repair_that_fails_is_not_green(place: Workplace) -> None:
    """What could not be written is a finding still, and the exit code says so."""
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    broken = [{"on": "pages.update", "fault": "500", "probability": 1.0}]
    place.notion.break_by(FaultPlan.from_json({"rules": broken}))
    ended = verify(place, "--repair", "--max-retries", "0")
    assert ended.code == 1
    place.notion.heal()
    assert found(place) == [("notion", "alpha", "page-edited")]


@pytest.mark.parametrize("fault", ["500", "502_html", "503", "429", "drop"])
def test_faults_change_nothing_about_the_verdict(place: Workplace, fault: str) -> None:
    """Answers that are lost or refused on the way are asked for again."""
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    kinds = ("databases.retrieve", "data_sources.retrieve", "data_sources.query", "users.me")
    rules = [{"on": kind, "fault": fault, "nth": 1} for kind in kinds]
    place.notion.break_by(FaultPlan.from_json({"rules": rules}))
    assert found(place) == [("notion", "alpha", "page-edited")]
    assert len(place.notion.injected) >= 3


def test_what_notion_does_not_answer_is_no_verdict(place: Workplace) -> None:
    """A query that fails for good is an error, never an absence of pages."""
    rules = [{"on": "data_sources.query", "fault": "503", "probability": 1.0}]
    place.notion.break_by(FaultPlan.from_json({"rules": rules}))
    ended = verify(place, "--max-retries", "0")
    assert ended.code == 1
    assert ended.out == ""
    assert ended.err.startswith("error: POST /v1/data_sources/")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--archive-removed",), "--archive-removed needs --repair"),
        (("--prune",), "--prune needs --repair"),
        (("--force", "1"), "--force needs --repair"),
    ],
)
def test_flags_that_make_no_sense_are_usage_errors(
    place: Workplace, words: tuple[str, ...], said: str
) -> None:
    """They exit 2 and say what goes with what."""
    ended = verify(place, *words)
    assert ended.code == 2
    assert said in ended.err


def test_a_kind_that_is_none_is_a_usage_error(place: Workplace) -> None:
    """On the command line and in the file, with the names that there are."""
    assert verify(place, "--ignore", "page-edit").code == 2
    (place.root / "lukhas-notion.toml").write_text('[verify]\nignore = ["page-edit"]\n')
    ended = verify(place)
    assert ended.code == 2
    assert 'lukhas-notion.toml:2: verify.ignore: "page-edit" is not one of' in ended.err
    assert 'Did you mean "page-edited"?' in ended.err


def test_what_the_file_ignores_does_not_count(place: Workplace) -> None:
    """A team that adds pages by hand says so once."""
    place.notion.create_page(place.source, {"Module": "Ideas"})
    (place.root / "lukhas-notion.toml").write_text('[verify]\nignore = ["page-by-hand"]\n')
    ended = verify(place)
    assert ended.code == 0
    assert "1 finding ignored." in ended.out


def test_reports_hold_every_finding(place: Workplace) -> None:
    """The Markdown report and the JSON report name what the console names."""
    place.notion.edit_page(page_id(place, "alpha"), {"Coverage": 12})
    report = place.root / "verify.json"
    ended = verify(place, "--report-md", "--report-json", str(report))
    assert ended.code == 1
    markdown = (place.root / "reports/notion_sync_report.md").read_text()
    assert "❌ Out of sync: 1 finding in 3 modules (1 in Notion)" in markdown
    assert "- [`alpha`](" in markdown
    assert "  - **Coverage**: 80 → 12" in markdown
    assert json.loads(report.read_text())["findings"][0]["kind"] == "page-edited"


def test_what_a_stranger_wrote_in_notion_is_escaped(place: Workplace) -> None:
    """A title with commands in it reaches no terminal and no Markdown as a command."""
    place.notion.create_page(place.source, {"Module": "\x1b[31m::error::x @everyone"})
    ended = verify(place, "--report-md")
    assert "\x1b" not in ended.out
    markdown = (place.root / "reports/notion_sync_report.md").read_text()
    assert "\x1b" not in markdown
    assert "`\\u{1b}[31m::error::x @everyone`" in markdown
