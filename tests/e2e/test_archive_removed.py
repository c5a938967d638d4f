"""Pages whose manifests are gone: to the trash, renamed, or left alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support_git import Checkout
from support_workplace import Ended, Workplace, workplace

MODULES = ("alpha", "beta", "gamma", "delta")


def described(name: str, **values: object) -> dict[str, Any]:
    """Return a manifest, long enough for git to know it again when a line of it changes."""
    lines = {f"line-{n}": f"It says something in line {n}." for n in range(9)}
    return {"module": name, "description": f"What {name} does.", **lines, **values}


def write(place: Workplace, folder: str, manifest: dict[str, Any]) -> Path:
    """Write a manifest of many lines."""
    return place.write(folder, json.dumps(manifest, indent=1))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """Make four synced modules in a git checkout, whose ledger nobody kept."""
    made = workplace(tmp_path / "repository")
    for name in MODULES:
        write(made, name, described(name))
    git = Checkout.init(made.root)
    git.commit()
    made.history = git.history
    assert made.run("sync", "--all").code == 0
    forget(made)
    yield made
    made.notion.close()


def git(place: Workplace) -> Checkout:
    """Return the checkout."""
    return Checkout(place.root)


def forget(place: Workplace) -> None:
    """Throw the ledger away, as a runner's disk is."""
    shutil.rmtree(place.root / "manifests/.ledger")


def delete(place: Workplace, *names: str, commit: bool = True) -> None:
    """Delete manifests, and commit that."""
    for name in names:
        place.manifest(name).unlink()
    if commit:
        forget_ledger_and_commit(place)


def forget_ledger_and_commit(place: Workplace) -> None:
    """Commit everything but what runs leave behind."""
    (place.root / ".gitignore").write_text("manifests/\nreports/\n")
    git(place).commit()


def sync(place: Workplace, *words: str) -> Ended:
    """Sync the whole repository, with pages of removed modules to the trash."""
    does = () if "--dry-run" in words else ("--apply",)
    return place.run("sync", "--all", "--archive-removed", *does, *words)


def kinds(ended: Ended) -> dict[str, str]:
    """Return what a plan says of each module."""
    return {c["module"]: c["kind"] for c in ended.document["plan"]["changes"]}


def reason(ended: Ended, module: str) -> str:
    """Return the reason that a plan gives for a module."""
    found = [c["reason"] for c in ended.document["plan"]["changes"] if c["module"] == module]
    assert len(found) == 1
    return str(found[0])


def test_a_page_whose_manifest_was_deleted_goes_to_the_trash(place: Workplace) -> None:
    """The history has its name and SHA, so it is ours; the page is in the trash and no other is."""
    page = place.pages()["beta"]["id"]
    delete(place, "beta")

    ended = sync(place, "--json")

    assert ended.code == 0, ended.out
    assert kinds(ended) == {"alpha": "skip", "beta": "archive", "delta": "skip", "gamma": "skip"}
    assert ended.document["summary"]["archived"] == 1
    assert sorted(place.pages()) == ["alpha", "delta", "gamma"]
    assert [p["id"] for p in place.notion.pages(in_trash=True)] == [page]
    assert place.requests("pages.update") == 1
    records = [r for r in place.ledger() if r["action"] == "archive"]
    assert [(r["module"], r["page_id"], r["status"]) for r in records] == [
        ("beta", page, "success")
    ]


def test_without_the_flag_nothing_changes(place: Workplace) -> None:
    """Whoever does not ask for it gets orphans, with the reason they always had."""
    delete(place, "beta")
    ended = place.run("sync", "--all", "--json")
    assert ended.code == 0
    assert reason(ended, "beta") == "no manifest has this name"
    assert "beta" in place.pages()
    assert ended.document["summary"]["archived"] == 0


def test_a_dry_run_shows_it_and_writes_nothing(place: Workplace) -> None:
    """The page, the count and the proof are there to be read before anything happens."""
    delete(place, "beta")
    writes = place.writes
    ended = sync(place, "--dry-run", "--report-md")
    assert ended.code == 0
    assert place.writes == writes
    assert "1 to move to the trash" in ended.out
    assert "archive  beta  (its manifest was beta/module.manifest.json, says the history)" in (
        ended.out
    )
    report = (place.root / "reports/notion_sync_report.md").read_text()
    assert "- **Archived**: 1" in report
    assert "- `beta` → archive" in report


def test_without_apply_removals_are_shown_and_everything_else_is_done(place: Workplace) -> None:
    """Taking away is a dry run by default: the page stays, the other changes are made."""
    delete(place, "beta")
    place.edit("alpha", description="Changed.")

    ended = place.run("sync", "--all", "--archive-removed", "--report-md")

    assert ended.code == 0
    assert "beta" in place.pages()
    assert place.pages()["alpha"]["Description"] == "Changed."
    assert "1 to move to the trash" in ended.out
    assert "archive  beta  (its manifest was beta/module.manifest.json" in ended.out
    assert "PLANNED, NOT DONE: 1 page to move to the trash. Add --apply to move them." in ended.out
    assert "NOT APPLIED" not in ended.out
    report = (place.root / "reports/notion_sync_report.md").read_text()
    assert "- **To archive with --apply**: 1" in report
    assert "planned, not done: needs --apply" in report
    again = place.run("sync", "--all", "--archive-removed", "--apply")
    assert again.code == 0
    assert "beta" not in place.pages()


def test_without_apply_the_guard_stops_nothing_and_is_announced(place: Workplace) -> None:
    """What would be refused with --apply is said before somebody adds it, with the way out."""
    delete(place, "beta", "gamma")
    place.edit("alpha", description="Changed.")

    ended = place.run("sync", "--all", "--archive-removed")

    assert ended.code == 0
    assert "With --apply this is refused" in ended.out
    assert "--force 2" in ended.out
    assert place.pages()["alpha"]["Description"] == "Changed."
    assert place.run("sync", "--all", "--archive-removed", "--apply").code == 1
    assert place.run("sync", "--all", "--archive-removed", "--apply", "--force", "2").code == 0
    assert sorted(place.pages()) == ["alpha", "delta"]


def test_a_reviewed_plan_holds_with_and_without_apply(place: Workplace) -> None:
    """The plan is the same; only whether its removals are carried out differs."""
    delete(place, "beta")
    digest = sync(place, "--dry-run", "--json").document["plan"]["digest"]

    shown = place.run("sync", "--all", "--archive-removed", "--expect-digest", digest)
    assert shown.code == 0
    assert "beta" in place.pages()
    assert sync(place, "--expect-digest", digest).code == 0
    assert "beta" not in place.pages()


def test_it_is_part_of_the_reviewed_plan(place: Workplace) -> None:
    """The digest of a plan with an archive is not that of one without, and holds the apply."""
    without = sync(place, "--dry-run", "--json").document["plan"]["digest"]
    delete(place, "beta")
    digest = sync(place, "--dry-run", "--json").document["plan"]["digest"]
    assert digest != without
    refused = sync(place, "--expect-digest", without, "--json")
    assert refused.code == 1
    assert refused.document["refusal"]["details"][-1] == "+ archive beta"
    assert sync(place, "--expect-digest", digest).code == 0
    assert "beta" not in place.pages()


def test_a_second_run_has_nothing_to_do(place: Workplace) -> None:
    """What is in the trash is not seen any more."""
    delete(place, "beta")
    assert sync(place).code == 0
    writes = place.writes
    assert sync(place).code == 0
    assert place.writes == writes


def test_a_deletion_that_is_not_committed_counts(place: Workplace) -> None:
    """By hand, the last commit still has the manifest that the folder has not."""
    delete(place, "beta", commit=False)
    assert sync(place).code == 0
    assert "beta" not in place.pages()


def test_an_older_version_counts(place: Workplace) -> None:
    """A page that an apply left at an older version is ours all the same."""
    write(place, "beta", described("beta", description="Never applied."))
    git(place).commit()
    delete(place, "beta")
    assert sync(place).code == 0
    assert "beta" not in place.pages()


def test_the_ledger_alone_is_proof(place: Workplace) -> None:
    """Without any history, a page that the ledger knows is ours."""
    place.history = no_history
    write(place, "epsilon", described("epsilon"))
    assert place.run("sync", "--all").code == 0
    delete(place, "epsilon", "beta", commit=False)

    ended = sync(place, "--json")

    assert kinds(ended)["epsilon"] == "archive"
    assert kinds(ended)["beta"] == "orphan"
    assert "epsilon" not in place.pages()


def test_a_broken_ledger_is_no_proof_and_it_is_said(place: Workplace) -> None:
    """The page stays, and the reason names the ledger."""
    place.history = no_history
    write(place, "epsilon", described("epsilon"))
    assert place.run("sync", "--all").code == 0
    ledger = place.root / "manifests/.ledger/notion_sync.ndjson"
    ledger.write_bytes(b"broken\n" + ledger.read_bytes())
    delete(place, "epsilon", commit=False)
    ended = sync(place, "--json")
    assert kinds(ended)["epsilon"] == "orphan"
    assert reason(ended, "epsilon").endswith("the ledger's chain does not hold")


def no_history(_: object) -> Any:
    """Return no history."""
    from lukhas_notion.history import NoHistory

    return NoHistory()


def test_a_page_somebody_else_has_written_since_is_left_alone(place: Workplace) -> None:
    """The ledger's word ends where the page bears another SHA than the one that was written."""
    place.history = no_history
    write(place, "epsilon", described("epsilon"))
    assert place.run("sync", "--all").code == 0
    delete(place, "epsilon", commit=False)
    place.notion.edit_page(place.pages()["epsilon"]["id"], {"Provenance SHA": "f" * 64})
    ended = sync(place, "--json")
    assert kinds(ended)["epsilon"] == "orphan"
    assert reason(ended, "epsilon").startswith("not proven to be this repository's: ")


def test_a_restored_page_stays_by_the_ledger(place: Workplace) -> None:
    """Whoever takes a page out of the trash is not overruled by the record of its creation."""
    place.history = no_history
    write(place, "epsilon", described("epsilon"))
    assert place.run("sync", "--all").code == 0
    page = place.pages()["epsilon"]["id"]
    delete(place, "epsilon", commit=False)
    assert sync(place).code == 0
    place.notion.restore_page(page)
    assert kinds(sync(place, "--json"))["epsilon"] == "orphan"


def test_pages_made_by_hand_are_never_touched(place: Workplace) -> None:
    """Without a SHA, with a made-up SHA, and as a copy of one of ours: all stay."""
    sha = place.pages()["beta"]["Provenance SHA"]
    source = place.source
    place.notion.create_page(source, {"Module": "notes"})
    place.notion.create_page(source, {"Module": "theirs", "Provenance SHA": "a" * 64})
    place.notion.create_page(source, {"Module": "beta (copy)", "Provenance SHA": sha})
    delete(place, "beta")

    ended = sync(place, "--json")

    assert {"notes", "theirs", "beta (copy)"} <= set(place.pages())
    assert kinds(ended)["beta"] == "archive"
    assert reason(ended, "notes").endswith("it bears no provenance SHA")
    assert reason(ended, "theirs").endswith("no earlier manifest had this name and SHA")


def test_of_two_pages_with_one_name_and_one_sha_neither_is_touched(place: Workplace) -> None:
    """One of them is a copy, and which cannot be told."""
    page = place.pages()["beta"]
    copied = {"Module": "beta", "Provenance SHA": page["Provenance SHA"]}
    place.notion.create_page(place.source, copied)
    delete(place, "beta")
    ended = sync(place, "--json")
    assert ended.document["summary"]["archived"] == 0
    assert len([p for p in place.notion.pages() if p["Module"] == "beta"]) == 2
    assert "several pages have this name and SHA" in ended.out


def test_two_repositories_may_share_a_database(place: Workplace, tmp_path: Path) -> None:
    """Neither of them archives what the other one has made."""
    other = Workplace(tmp_path / "other", place.notion, place.environ)
    write(other, "omega", described("omega"))
    write(other, "sigma", described("sigma"))
    Checkout.init(other.root).commit()
    other.history = Checkout.history
    assert other.run("sync", "--all").code == 0

    delete(place, "beta")
    assert sync(place).code == 0
    delete(other, "sigma")
    assert sync(other).code == 0

    assert sorted(place.pages()) == ["alpha", "delta", "gamma", "omega"]


def test_a_module_that_moved_to_another_repository_keeps_its_page(
    place: Workplace, tmp_path: Path
) -> None:
    """The other repository has written the page since, so it is not ours any more."""
    place.run("sync", "--all")
    other = Workplace(tmp_path / "other", place.notion, place.environ)
    write(other, "beta", described("beta", description="In its new home."))
    assert other.run("sync", "--all").code == 0
    delete(place, "beta")
    ended = sync(place, "--json")
    assert kinds(ended)["beta"] == "orphan"
    assert place.pages()["beta"]["Description"] == "In its new home."


def test_a_manifest_that_is_excluded_is_not_gone(place: Workplace) -> None:
    """What the configuration leaves out is another matter than what was deleted."""
    place.run("sync", "--all")
    (place.root / "lukhas-notion.toml").write_text('[manifests]\nexclude = ["beta/"]\n')
    ended = sync(place, "--json")
    assert kinds(ended)["beta"] == "orphan"
    assert "beta" in place.pages()


def test_a_shallow_clone_proves_nothing_and_says_so(place: Workplace, tmp_path: Path) -> None:
    """The page stays, and the reason names what the workflow has to ask for."""
    delete(place, "beta")
    clone = git(place).shallow(tmp_path / "clone")
    shallow = Workplace(clone, place.notion, place.environ, history=Checkout.history)

    ended = sync(shallow, "--json")

    assert ended.code == 0
    assert reason(ended, "beta") == (
        "not proven to be this repository's: shallow clone, use fetch-depth: 0"
    )
    [notice] = ended.document["notices"]
    assert notice.startswith("1 page without a manifest is left alone, not proven to be ours: ")
    assert "beta" in place.pages()


@pytest.mark.parametrize("moved", [False, True], ids=["in place", "and moved"])
def test_a_renamed_module_keeps_its_page(place: Workplace, *, moved: bool) -> None:
    """The page gets its new name and values, and no other is made."""
    page = place.pages()["beta"]["id"]
    manifest = described("beta") | {"module": "brand-new", "description": "Better."}
    if moved:
        git(place).git("mv", "beta", "elsewhere")
    write(place, "elsewhere" if moved else "beta", manifest)
    git(place).commit()

    shown = sync(place, "--dry-run").out
    ended = sync(place, "--json")

    assert "update   brand-new  (renamed from beta)" in shown
    assert "Module: beta → brand-new" in shown
    assert ended.code == 0
    assert kinds(ended)["brand-new"] == "update"
    assert place.pages()["brand-new"]["id"] == page
    assert place.pages()["brand-new"]["Description"] == "Better."
    assert "beta" not in place.pages()
    assert ended.document["summary"]["created"] == ended.document["summary"]["archived"] == 0


def test_a_rename_needs_the_flag(place: Workplace) -> None:
    """Without it a new page is made and the old one is an orphan, as ever."""
    write(place, "beta", described("brand-new"))
    git(place).commit()
    ended = place.run("sync", "--all", "--json")
    assert kinds(ended)["brand-new"] == "create"
    assert kinds(ended)["beta"] == "orphan"


def test_a_rename_is_known_by_the_ledger_too(place: Workplace) -> None:
    """The page was written from the very file that has the new name now."""
    place.history = no_history
    write(place, "epsilon", described("epsilon"))
    assert place.run("sync", "--all").code == 0
    page = place.pages()["epsilon"]["id"]
    write(place, "epsilon", described("brand-new"))
    assert sync(place).code == 0
    assert place.pages()["brand-new"]["id"] == page


def test_an_ambiguous_rename_is_none(place: Workplace) -> None:
    """Two old pages for one new module: it is made anew, and they are archived."""
    write(place, "beta", described("gamma-or-so"))
    git(place).commit()
    assert place.run("sync", "--all").code == 0
    forget(place)
    write(place, "beta", described("brand-new"))
    git(place).commit()

    ended = sync(place, "--json", "--force", "2")

    assert ended.code == 0, ended.out
    found = kinds(ended)
    assert found["brand-new"] == "create"
    assert found["beta"] == found["gamma-or-so"] == "archive"


def test_more_than_thirty_per_cent_are_refused(place: Workplace) -> None:
    """Nothing at all is written, what would go is named, and the exact number lets it pass."""
    delete(place, "beta", "gamma")
    place.edit("alpha", description="Changed.")
    writes = place.writes

    for words in ([], ["--force", "1"], ["--force", "3"]):
        for dry in (["--dry-run"], []):
            ended = sync(place, "--json", *words, *dry)
            assert ended.code == 1
            assert ended.document["refusal"]["reason"] == "guard"
            assert ended.document["refusal"]["details"] == ["archive beta", "archive gamma"]
    assert place.writes == writes
    assert "2 of the 4 pages with a provenance SHA" in sync(place).out

    assert sync(place, "--force", "2").code == 0
    assert sorted(place.pages()) == ["alpha", "delta"]
    assert place.pages()["alpha"]["Description"] == "Changed."


def test_a_repository_without_manifests_is_an_error_unless_it_is_forced(place: Workplace) -> None:
    """The search that finds nothing stays an error; the exact number archives all."""
    delete(place, *MODULES)
    assert sync(place).code == 2
    refused = sync(place, "--force", "3")
    assert refused.code == 1
    assert "no manifest was found" in refused.out
    assert sync(place, "--force", "4").code == 0
    assert place.pages() == {}


def test_an_invalid_manifest_keeps_every_page(place: Workplace) -> None:
    """With --skip-invalid the valid ones are synced, nothing is archived, and it is said why."""
    delete(place, "beta")
    place.write("alpha", "{")
    place.edit("gamma", description="Changed.")
    ended = sync(place, "--skip-invalid")
    assert ended.code == 1
    assert "Nothing is moved to the trash: not every manifest is valid." in ended.out
    assert "beta" in place.pages()
    assert place.pages()["gamma"]["Description"] == "Changed."


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--module", "alpha", "--archive-removed"),
        ("sync", "--all", "--force", "1"),
        ("backfill", "--tags", "--force", "1"),
    ],
)
def test_flags_that_make_no_sense_are_usage_errors(
    place: Workplace, words: tuple[str, ...]
) -> None:
    """They exit 2 and say what goes with what, before Notion is asked."""
    before = len(place.notion.requests)
    ended = place.run(*words)
    assert ended.code == 2
    assert ended.err.startswith("error: --")
    assert len(place.notion.requests) == before
