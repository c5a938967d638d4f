"""Removed modules in the Action: shown on the pull request, carried out after the merge."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.actions import ActionPlace, Ran
from support.fake_github import MERGE
from support.git import Checkout
from support.workplace import Workplace

ON = {"archive_removed": "true"}


@pytest.fixture
def checkout(action: ActionPlace) -> Checkout:
    """Make the three modules a git checkout with a fourth and fifth, and no ledger."""
    place = action.place
    for name in ("delta", "epsilon"):
        place.write(name, {"module": name, "features": ["search"]})
    git = Checkout.init(place.root)
    (place.root / ".gitignore").write_text("manifests/\nreports/\n")
    git.commit()
    assert place.run("sync", "--all").code == 0
    shutil.rmtree(place.root / "manifests/.ledger")
    place.absent = git.absent
    action.keep_base()
    return git


def remove(action: ActionPlace, checkout: Checkout, *names: str) -> None:
    """Delete manifests in the pull request."""
    for name in names:
        action.place.manifest(name).unlink()
        action.pull.change(f"{name}/module.manifest.json", "removed")
    checkout.commit()


def merged(action: ActionPlace, **inputs: str) -> Ran:
    """Merge the pull request and apply the push, on a runner that kept nothing."""
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE
    shutil.rmtree(action.place.root / "manifests/.ledger", ignore_errors=True)
    return action.run("push", mode="apply", **inputs)


def test_the_preview_shows_what_the_merge_moves_to_the_trash(
    action: ActionPlace, checkout: Checkout
) -> None:
    """The plan of the preview is the plan of the apply: the same digest, and then it is done."""
    remove(action, checkout, "gamma")
    writes = action.place.writes

    shown = action.pull_request(**ON)

    assert shown.code == 0, shown.log
    assert action.place.writes == writes
    assert "## 📝 Merging moves 1 page to Notion's trash" in action.comment
    assert "### 🗑️ To the trash (1)" in action.comment
    assert "its manifest was gamma/module.manifest.json" in action.comment
    assert "stays in Notion" not in action.comment
    assert shown.outputs["archived"] == "1"
    assert shown.outputs["changes"] == "true"

    ran = merged(action, require_reviewed_plan="true", **ON)

    assert ran.code == 0, ran.log
    assert ran.outputs["plan-digest"] == shown.outputs["plan-digest"]
    assert ran.outputs["archived"] == "1"
    assert "gamma" not in action.place.pages()
    assert "## ✅ Applied: 1 page moved to Notion's trash" in action.comment


def test_it_is_off_by_default(action: ActionPlace, checkout: Checkout) -> None:
    """Without the input a deleted manifest's page stays, as the comment says."""
    remove(action, checkout, "gamma")
    ran = action.pull_request()
    assert ran.outputs["archived"] == "0"
    assert "its page stays in Notion, without a manifest" in action.comment
    assert merged(action).code == 0
    assert "gamma" in action.place.pages()


def test_a_preview_looks_at_everything(action: ActionPlace, checkout: Checkout) -> None:
    """A page that an earlier merge has left behind is in the plan as well, before it is applied."""
    remove(action, checkout, "gamma")
    action.pull.files.clear()
    action.place.edit("alpha", description="Changed.")
    action.pull.change("alpha/module.manifest.json")
    ran = action.pull_request(scope="changed", **ON)
    assert (ran.outputs["updated"], ran.outputs["archived"]) == ("1", "1")
    assert "Merging changes 1 page in Notion, and moves 1 page to Notion's trash" in action.comment


def test_validating_stays_with_what_changed(action: ActionPlace, checkout: Checkout) -> None:
    """Nothing is archived there, so nothing but the pull request's own files is looked at."""
    remove(action, checkout, "gamma")
    action.place.write("alpha", "{")
    assert action.pull_request(mode="validate", **ON).code == 0


def test_too_much_is_refused_with_the_reason_guard(action: ActionPlace, checkout: Checkout) -> None:
    """In the preview already; the number that was meant lets it pass."""
    remove(action, checkout, "beta", "gamma")
    shown = action.pull_request(**ON)
    assert (shown.code, shown.outputs["failure-reason"]) == (1, "guard")
    assert "❌ Refused: nothing is written to Notion" in action.comment
    assert "`archive beta`" in action.comment

    ran = merged(action, **ON)
    assert (ran.code, ran.outputs["failure-reason"]) == (1, "guard")
    assert {"beta", "gamma"} <= set(action.place.pages())

    assert merged(action, force="2", **ON).code == 0
    assert sorted(action.place.pages()) == ["alpha", "delta", "epsilon"]


@pytest.mark.parametrize("force", ["-1", "2.5", "all"])
def test_a_force_that_is_no_number_names_the_input(action: ActionPlace, force: str) -> None:
    """Nothing runs with a number that cannot be meant."""
    ran = action.run("push", mode="apply", force=force, **ON)
    assert ran.code == 2
    assert "The input force is" in ran.log


def test_a_shallow_checkout_is_enough(
    action: ActionPlace, checkout: Checkout, tmp_path: Path
) -> None:
    """Only the commit's files are requested, no history."""
    remove(action, checkout, "gamma")
    clone = checkout.shallow(tmp_path / "clone")
    place = action.place
    action.place = Workplace(clone, place.notion, place.environ, absent=checkout.absent)
    ran = action.pull_request(**ON)
    assert (ran.code, ran.outputs["archived"]) == (0, "1")


def test_a_renamed_module_is_shown_as_one_page_with_a_new_name(
    action: ActionPlace, checkout: Checkout
) -> None:
    """Old and new name are shown side by side, and the page is kept."""
    page = action.place.pages()["gamma"]["id"]
    action.place.edit("gamma", module="gamma-two")
    action.pull.change("gamma/module.manifest.json")
    checkout.commit()
    shown = action.pull_request(**ON)
    assert (shown.outputs["created"], shown.outputs["updated"]) == ("0", "1")
    assert "- **Module**: gamma → gamma-two" in action.comment
    assert merged(action, **ON).code == 0
    assert action.place.pages()["gamma-two"]["id"] == page


def test_a_fork_is_told_what_merging_is_to_do(action: ActionPlace, checkout: Checkout) -> None:
    """Without Notion the page is not known, and the comment does not promise that it stays."""
    remove(action, checkout, "gamma")
    ran = action.pull_request(fork=True, **ON)
    assert ran.code == 0, ran.log
    assert "is deleted: merging moves its page to Notion's trash" in ran.summary
