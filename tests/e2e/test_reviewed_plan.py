"""Apply exactly what was reviewed, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.workplace import Workplace


def preview(place: Workplace, *words: str) -> dict[str, Any]:
    """Return a dry run's plan."""
    plan: dict[str, Any] = place.run("sync", "--all", "--dry-run", "--json", *words).document[
        "plan"
    ]
    return plan


def test_the_reviewed_plan_is_applied(small: Workplace) -> None:
    """With the digest of the dry run the run is as any other."""
    small.edit("alpha", description="Reviewed.")
    digest = preview(small)["digest"]

    ended = small.run("sync", "--all", "--expect-digest", digest)

    assert ended.code == 0, ended.out
    assert small.pages()["alpha"]["Description"] == "Reviewed."


def test_a_manifest_that_changed_since_refuses_the_plan(small: Workplace) -> None:
    """Nothing is written, and what was not reviewed is named, operation by operation."""
    small.run("sync", "--all")
    small.edit("alpha", description="Reviewed.")
    report = small.root / "plan.json"
    small.run("sync", "--all", "--dry-run", "--report-json", str(report))
    small.edit("beta", description="Slipped in.")
    writes = small.writes

    ended = small.run("sync", "--all", "--expect-plan", str(report), "--json")

    assert ended.code == 1
    assert small.writes == writes
    refusal = ended.document["refusal"]
    assert refusal["reason"] == "plan-changed"
    assert refusal["details"] == ["+ update beta: planned, but not reviewed"]
    assert ended.document["summary"]["unapplied"] == 2
    assert ended.document["summary"]["updated"] == 0


def test_an_edit_in_notion_since_refuses_the_plan(small: Workplace) -> None:
    """What would be overwritten was not what the reviewer saw."""
    small.run("sync", "--all")
    small.edit("alpha", testing={"coverage_observed": 81})
    digest = preview(small)["digest"]
    page = next(p for p in small.notion.pages() if p["Module"] == "alpha")
    small.notion.edit_page(page["id"], {"Coverage": 12})

    ended = small.run("sync", "--all", "--expect-digest", digest)

    assert ended.code == 1
    assert "REFUSED: The plan is not the one that was reviewed" in ended.out
    assert small.pages()["alpha"]["Coverage"] == 12


@pytest.mark.parametrize("by", ["--expect-plan", "--expect-digest"])
def test_a_plan_that_is_done_is_already_applied(small: Workplace, by: str) -> None:
    """Running it again does nothing, says so, and is no failure."""
    file = small.root / "plan.json"
    small.run("sync", "--all", "--dry-run", "--report-json", str(file))
    expected = str(file)
    if by == "--expect-digest":
        expected = json.loads(file.read_text(encoding="utf-8"))["plan"]["digest"]
    assert small.run("sync", "--all", by, expected).code == 0
    writes = small.writes

    again = small.run("sync", "--all", by, expected)

    assert again.code == 0
    assert "already applied" in again.out
    assert small.writes == writes


def test_a_plan_of_which_another_version_was_applied_is_refused(small: Workplace) -> None:
    """That nothing is left to do is not enough: what was reviewed is not what Notion has."""
    file = small.root / "plan.json"
    small.run("sync", "--all", "--dry-run", "--report-json", str(file))
    small.edit("alpha", description="Another one.")
    assert small.run("sync", "--all").code == 0

    ended = small.run("sync", "--all", "--expect-plan", str(file))

    assert ended.code == 1
    assert "REFUSED: The plan is not the one that was reviewed" in ended.out


def test_half_of_a_reviewed_plan_is_not_already_applied(small: Workplace) -> None:
    """As long as something is left to do it has to be the reviewed plan."""
    file = small.root / "plan.json"
    small.run("sync", "--all", "--dry-run", "--report-json", str(file))
    assert small.run("sync", "--module", "alpha").code == 0

    assert small.run("sync", "--all", "--expect-plan", str(file)).code == 1


def test_the_digest_is_the_same_on_any_machine_and_day(small: Workplace) -> None:
    """Neither the day, the folder, the file's layout nor the ledger is in it."""
    first = preview(small)["digest"]
    manifest = small.manifest("alpha")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()), indent=8, sort_keys=True))
    small.run("sync", "--module", "beta", "--dry-run")
    moved = small.root.rename(small.root.with_name("elsewhere"))
    small.root = moved
    assert preview(small)["digest"] == first


def test_a_dry_run_says_whether_it_is_the_reviewed_plan(small: Workplace) -> None:
    """It exits 1 when it is another one, and writes nothing either way."""
    digest = preview(small)["digest"]
    assert small.run("sync", "--all", "--dry-run", "--expect-digest", digest).code == 0
    assert small.run("sync", "--all", "--dry-run", "--expect-digest", "0" * 64).code == 1


def test_wrong_expectations_are_usage_errors(small: Workplace) -> None:
    """A digest that is none, a plan that is none, and two that differ: exit 2, nothing read."""
    report = small.root / "plan.json"
    small.run("sync", "--all", "--dry-run", "--report-json", str(report))
    before = len(small.notion.requests)
    for words in (
        ["--expect-digest", "abc"],
        ["--expect-plan", str(small.root / "none.json")],
        ["--expect-plan", str(report), "--expect-digest", "0" * 64],
    ):
        ended = small.run("sync", "--all", *words)
        assert ended.code == 2, ended.out
        assert ended.err.startswith("error: ")
    assert len(small.notion.requests) == before


def test_the_report_names_the_refusal_first(small: Workplace) -> None:
    """The report says first why nothing was written."""
    small.run("sync", "--all", "--expect-digest", "0" * 64, "--report-md")
    report = (small.root / "reports/notion_sync_report.md").read_text()
    refused, summary = report.index("## ❌ Refused"), report.index("## Summary")
    assert refused < summary
    assert "`+ create alpha`" in report
