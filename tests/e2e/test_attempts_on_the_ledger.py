"""Every run leaves one record of itself, and one of each thing that it left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from support.workplace import Workplace

from lukhas_notion.emulator import (
    Emulator,
    FaultPlan,
    FaultRule,
    default_database,
)


def new_records(place: Workplace, *words: str) -> list[dict[str, Any]]:
    """Run a command and return what it put in the ledger."""
    before = len(place.ledger())
    place.run(*words)
    return place.ledger()[before:]


def invalid(place: Workplace) -> None:
    """Make one manifest name an unknown feature."""
    place.edit("beta", features=["free text"])


def no_property(place: Workplace) -> None:
    """Take a property away that every page needs."""
    place.notion.rename_property("Coverage", "Something else")


def no_token(place: Workplace) -> None:
    """Take the token away."""
    place.environ["NOTION_TOKEN"] = ""


def bad_token(place: Workplace) -> None:
    """Hand a token over that Notion does not know."""
    place.environ["NOTION_TOKEN"] = "ntn_unknown"


def rate_limited(place: Workplace) -> None:
    """Make Notion answer 429 to everything."""
    place.notion.break_by(FaultPlan((FaultRule("any", "429", probability=1.0),)))


def unreachable(place: Workplace) -> None:
    """Make every connection fail."""
    place.notion.break_by(FaultPlan((FaultRule("any", "connect_refused", probability=1.0),)))


def no_vocabulary(place: Workplace) -> None:
    """Make a vocabulary unreadable."""
    (place.root / "vocab/features.json").write_text("{")


ENDS: list[tuple[Callable[[Workplace], None], str, str]] = [
    (invalid, "refused", "violations"),
    (no_property, "error", "configuration"),
    (no_token, "error", "configuration"),
    (bad_token, "error", "configuration"),
    (rate_limited, "error", "notion"),
    (unreachable, "error", "notion"),
    (no_vocabulary, "error", "configuration"),
]


@pytest.mark.parametrize(("breaks", "status", "reason"), ENDS)
def test_a_sync_that_ends_before_its_first_page_leaves_one_record(
    small: Workplace, breaks: Callable[[Workplace], None], status: str, reason: str
) -> None:
    """The record says what it was, how it ended, why in a word and in words."""
    breaks(small)

    (record,) = new_records(small, "sync", "--all", "--max-retries", "0")

    assert (record["action"], record["command"]) == ("run", "sync")
    assert (record["status"], record["reason"]) == (status, reason)
    assert record["error"]
    assert set(record["counts"]) == {"manifests", "violations", "changes", "unapplied"}
    assert small.run("ledger", "verify").code == 0


def test_a_create_without_an_answer_is_recorded_before_the_next_attempt(small: Workplace) -> None:
    """The page is looked up only when the attempt is on the ledger."""
    small.notion.break_by(FaultPlan((FaultRule("pages.create", "drop", (1,), when="before"),)))
    seen: list[list[str]] = []

    def note(request: httpx.Request, answer: Any) -> Any:
        if request.url.path.endswith("/query") and small.requests("pages.create") == 1:
            seen.append([each["status"] for each in small.ledger() if each["action"] == "create"])
        return answer

    small.alter = note
    assert small.run("sync", "--module", "alpha").code == 0
    assert seen[0] == ["unknown"]
    told = [(each["status"], each.get("attempt")) for each in small.ledger()]
    assert told[-3:] == [("unknown", 1), ("success", None), ("success", None)]


@pytest.mark.parametrize(("breaks", "status", "reason"), ENDS)
def test_a_dry_run_leaves_no_record_however_it_ends(
    small: Workplace, breaks: Callable[[Workplace], None], status: str, reason: str
) -> None:
    """Neither a preview nor one that fails is an attempt."""
    del status, reason
    breaks(small)

    assert new_records(small, "sync", "--all", "--dry-run", "--max-retries", "0") == []
    assert new_records(small, "backfill", "--features", "--max-retries", "0") == []


def test_a_preview_makes_no_ledger(example: Workplace) -> None:
    """Where there was no ledger there is none after a dry run."""
    example.run("sync", "--all", "--dry-run")
    example.run("backfill", "--features", "--tags")

    assert not (example.root / "manifests").exists()


def test_what_was_typed_wrong_is_no_attempt(small: Workplace) -> None:
    """An unknown module is a usage error, and leaves no record."""
    assert new_records(small, "sync", "--module", "nobody") == []


def test_a_backfill_that_cannot_begin_names_its_properties(small: Workplace) -> None:
    """The record of the run is a backfill's, with every property that was asked for."""
    bad_token(small)

    (record,) = new_records(small, "backfill", "--features", "--tags", "--apply")

    assert (record["action"], record["command"]) == ("run", "backfill")
    assert record["properties"] == ["Features", "Tags"]
    assert record["status"] == "error"
    assert "total_options" not in record


def test_a_refused_prune_is_recorded(small: Workplace) -> None:
    """What the guard stops is in the ledger with the counts of what was not done."""
    for number in range(5):
        small.notion.add_option("Features", f"old {number}")

    (record,) = new_records(small, "backfill", "--features", "--prune", "--apply")

    assert (record["action"], record["command"]) == ("run", "backfill")
    assert (record["status"], record["reason"]) == ("refused", "guard")
    assert record["counts"]["unapplied"] == record["counts"]["changes"] == 1


def test_a_plan_that_nobody_reviewed_is_recorded(small: Workplace) -> None:
    """A refusal by ``--expect-digest`` leaves its record."""
    (record,) = new_records(small, "sync", "--all", "--expect-digest", "0" * 64)

    assert (record["status"], record["reason"]) == ("refused", "plan-changed")
    assert record["counts"]["changes"] == 3


def test_every_manifest_that_is_left_out_is_recorded(small: Workplace) -> None:
    """With ``--skip-invalid`` the ledger names what was not synced, where and why."""
    invalid(small)
    small.write("gamma", "{")

    records = new_records(small, "sync", "--all", "--skip-invalid")

    left = {r["path"]: r for r in records if r["status"] == "invalid"}
    assert sorted(left) == ["beta/module.manifest.json", "gamma/module.manifest.json"]
    beta, gamma = (left[path] for path in sorted(left))
    assert (beta["module"], gamma["module"]) == ("beta", None)
    assert beta["error"].startswith("beta/module.manifest.json:1: ")
    assert "free text" in beta["error"]
    assert [(r["module"], r["status"]) for r in records if r["action"] == "create"] == [
        ("alpha", "success")
    ]


def test_a_manifest_whose_option_is_missing_is_recorded_when_it_is_left_out(
    small: Workplace,
) -> None:
    """What only the database shows to be invalid is named as well."""
    (small.root / "vocab/features.json").write_text(json.dumps(["search", "brand.new"]))
    small.edit("beta", features=["brand.new"])

    records = new_records(small, "sync", "--all", "--skip-invalid")

    (left,) = (r for r in records if r["status"] == "invalid")
    assert (left["module"], left["path"]) == ("beta", "beta/module.manifest.json")
    assert "Option 'brand.new' does not exist" in left["error"]


def test_a_backfill_that_fails_on_one_property_records_the_others(small: Workplace) -> None:
    """A property that was not attempted has its record; after an error nothing counts as added."""
    notion = Emulator(requests_per_minute=None, capabilities=("read", "insert"))
    ids = default_database(notion)
    environ = {"NOTION_TOKEN": notion.token, "NOTION_DATABASE_ID": ids.database_id}
    place = Workplace(small.root, notion, environ)
    notion.add_option("Tags", "by hand")

    records = new_records(place, "backfill", "--features", "--tags", "--apply")

    of = {r["properties"][0]: r for r in records if r["action"] != "run"}
    assert (of["Features"]["status"], of["Tags"]["status"]) == ("error", "not_attempted")
    assert (of["Features"]["total_options"], of["Tags"]["total_options"]) == (0, 1)
    for record in of.values():
        assert record["action"] == "notion-backfill-apply"
        assert record["error"]
        assert "added" not in record
    notion.close()


def test_a_backfill_with_nothing_to_add_is_recorded(small: Workplace) -> None:
    """An apply that finds everything there is an attempt as well, as a page's skip is."""
    record, run = new_records(small, "backfill", "--tags", "--apply")

    assert record["properties"] == run["properties"] == ["Tags"]
    assert (record["status"], record["total_options"]) == ("success", 2)
    assert "added" not in record
    assert (run["command"], run["status"], run["counts"]["options"]) == ("backfill", "success", 0)


def test_a_sync_leaves_one_record_with_its_counts(small: Workplace) -> None:
    """It is the last one of its run; each count is what the report says."""
    *_, run = new_records(small, "sync", "--all")

    assert (run["action"], run["command"], run["status"]) == ("run", "sync", "success")
    assert run["counts"] == {
        "manifests": 3,
        "violations": 0,
        "changes": 3,
        "unapplied": 0,
        "created": 3,
        "updated": 0,
        "adopted": 0,
        "restored": 0,
        "archived": 0,
        "skipped": 0,
        "drifted": 0,
        "options": 0,
    }
    assert not {"reason", "error"} & set(run)


def test_a_run_that_changes_nothing_leaves_one_record(small: Workplace) -> None:
    """That a page is up to date is recorded once for its SHA, and again after something else."""
    new_records(small, "sync", "--all")
    first = new_records(small, "sync", "--all")
    second = new_records(small, "sync", "--all")

    assert [r["action"] for r in first] == ["skip", "skip", "skip", "run"]
    assert [(r["action"], r["counts"]["skipped"]) for r in second] == [("run", 3)]
    small.edit("beta", description="Another.")
    assert [r["action"] for r in new_records(small, "sync", "--all")] == ["update", "run"]
    changed, _ = new_records(small, "sync", "--all")
    assert (changed["action"], changed["module"]) == ("skip", "beta")


def test_a_page_that_was_edited_and_repaired_by_hand_is_recorded_again(small: Workplace) -> None:
    """After a drift the ledger says when the page was right again."""
    for _ in range(2):
        new_records(small, "sync", "--all")
    page = small.pages()["beta"]
    small.notion.edit_page(page["id"], {"Description": "By hand."})
    assert [r["action"] for r in new_records(small, "sync", "--all")] == ["drift", "run"]
    small.notion.edit_page(page["id"], {"Description": page["Description"]})

    records = new_records(small, "sync", "--all")

    assert [(r["action"], r.get("module")) for r in records] == [("skip", "beta"), ("run", None)]
