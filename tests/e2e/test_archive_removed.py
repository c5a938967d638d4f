"""Pages whose manifests are gone from the commit: to the trash, or left alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.git import Checkout
from support.workplace import Ended, Workplace, workplace

from lukhas_notion.util.git import unknown

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
    made.absent = git.absent
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
    """Its record has the repository and the path; it is in the trash, and no other page is."""
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
    """Without the flag the page is an orphan, with the path of its manifest."""
    delete(place, "beta")
    ended = place.run("sync", "--all", "--json")
    assert ended.code == 0
    assert reason(ended, "beta") == "its manifest was beta/module.manifest.json"
    assert "beta" in place.pages()
    assert ended.document["summary"]["archived"] == 0


def test_a_dry_run_shows_it_and_writes_nothing(place: Workplace) -> None:
    """The page, the count and the path are there to be read before anything happens."""
    delete(place, "beta")
    writes = place.writes
    ended = sync(place, "--dry-run", "--report-md")
    assert ended.code == 0
    assert place.writes == writes
    assert "1 to move to the trash" in ended.out
    assert "archive  beta  (its manifest was beta/module.manifest.json)" in (ended.out)
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
    assert ": 1 to update, 1 to move to the trash with --apply, 2 unchanged." in ended.out
    assert "archive  beta  (its manifest was beta/module.manifest.json" in ended.out
    assert "    1 page to move to the trash. Add `--apply` to move them." in ended.out
    assert "NOT APPLIED" not in ended.out
    report = (place.root / "reports/notion_sync_report.md").read_text()
    assert "- **To archive with --apply**: 1" in report
    assert "## Planned, not done (1)" in report
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


def test_a_deletion_that_is_not_committed_does_not_count(place: Workplace) -> None:
    """A sparse checkout leaves files out that the commit has."""
    delete(place, "beta", commit=False)
    ended = sync(place, "--json")
    assert kinds(ended)["beta"] == "orphan"
    assert "is not known to be gone" in reason(ended, "beta")
    assert "beta" in place.pages()


def test_where_nobody_can_tell_nothing_is_moved_and_it_is_said(place: Workplace) -> None:
    """Neither git nor GitHub can be asked: the page stays, and a note says why."""
    delete(place, "beta")
    place.absent = unknown
    ended = sync(place)
    assert ended.code == 0
    assert "beta" in place.pages()
    assert "not known which manifests are gone: neither git nor GitHub can be asked" in ended.out


def test_a_shallow_clone_is_enough(place: Workplace, tmp_path: Path) -> None:
    """Only the commit's files are requested, no history."""
    delete(place, "beta")
    clone = git(place).shallow(tmp_path / "clone")
    shallow = Workplace(clone, place.notion, place.environ, absent=Checkout.absent)
    assert kinds(sync(shallow, "--json"))["beta"] == "archive"


def test_whoever_clears_the_sha_owns_the_page(place: Workplace) -> None:
    """The record goes with it, so that the page is a person's own."""
    delete(place, "beta")
    place.notion.edit_page(place.pages()["beta"]["id"], {"Provenance SHA": ""})
    assert kinds(sync(place, "--json"))["beta"] == "unmanaged"
    assert "beta" in place.pages()


def test_pages_made_by_hand_are_never_touched(place: Workplace) -> None:
    """Without a SHA, with an invented SHA, with a module's SHA, and as a copy: all stay."""
    sha = place.pages()["beta"]["Provenance SHA"]
    for name, held in (("notes", ""), ("theirs", "a" * 64), ("beta again", sha)):
        place.notion.create_page(place.source, {"Module": name, "Provenance SHA": held})
    copy = place.notion.copy_page(place.pages()["beta"]["id"])
    place.notion.edit_page(copy, {"Module": "beta (1)"})
    delete(place, "beta")

    ended = sync(place, "--json")

    stay = {"notes", "theirs", "beta again", "beta (1)"}
    assert stay <= set(place.pages())
    assert {name: kind for name, kind in kinds(ended).items() if name in stay} == dict.fromkeys(
        stay, "unmanaged"
    )
    assert kinds(ended)["beta"] == "archive"
    assert reason(ended, "beta (1)").startswith("a copy of a page of this repository")


@pytest.mark.parametrize("moved", [False, True], ids=["removed", "moved"])
def test_a_copy_of_a_page_stays_when_its_module_is_gone(place: Workplace, *, moved: bool) -> None:
    """The next run finds the copy alone under the record that it shares with the page."""
    copy = place.notion.copy_page(place.pages()["alpha"]["id"])
    if moved:
        (place.root / "alpha").rename(place.root / "elsewhere")
        forget_ledger_and_commit(place)
    else:
        delete(place, "alpha")
    for _ in range(2):
        ended = sync(place, "--json")
        forget(place)
        assert copy in {page["id"] for page in place.notion.pages()}
    [left] = [c for c in ended.document["plan"]["changes"] if c["page_id"] == copy]
    assert (left["kind"], "others made it" in left["reason"]) == ("orphan", True)


def test_a_page_that_a_person_made_and_edited_goes_with_its_module(place: Workplace) -> None:
    """The sync took it over by its title: the ledger names it, so that it is no copy."""
    place.write("epsilon", {"module": "epsilon"})
    made = place.notion.create_page(place.source, {"Module": "epsilon"})
    sync(place)
    place.notion.edit_page(made, {"Description": "By hand."})
    delete(place, "epsilon")

    ended = sync(place, "--json")

    assert kinds(ended)["epsilon"] == "archive"
    assert made not in {page["id"] for page in place.notion.pages()}


def test_an_excluded_manifest_is_not_gone(place: Workplace) -> None:
    """Another configuration may include it: its page is not this one's."""
    (place.root / "lukhas-notion.toml").write_text('[manifests]\nexclude = ["beta/"]\n')
    ended = sync(place, "--json")
    assert "beta" not in kinds(ended)
    assert ended.document["summary"]["others"] == 1
    assert "beta" in place.pages()


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
    assert "2 of this repository's 4 pages" in sync(place).out

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
