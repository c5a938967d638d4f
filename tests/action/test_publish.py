"""What a run leaves behind, part by part."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.actions import ActionPlace, read_outputs, said
from support.core import outcomes, plan, result, want

from lukhas_notion.action.publish import PLAN_FILE, Publisher
from lukhas_notion.github.event import Activity, ActivityKind
from lukhas_notion.github.runner import FileCommands
from lukhas_notion.sync.result import Result, Status
from lukhas_notion.util.errors import ConfigError, LukhasNotionError


def publisher(action: ActionPlace, **inputs: str) -> tuple[Publisher, dict[str, Path], ActionPlace]:
    """Return what reports, and the runner's files that it writes to."""
    github = action.context("push", **inputs)
    environ = github.action_runtime.environ
    files = {name: Path(environ[f"GITHUB_{name}"]) for name in ("OUTPUT", "STEP_SUMMARY")}
    made = Publisher(github, FileCommands(environ, github.action_runtime.random_hex))
    return made, files, action


def test_counts_of_a_run_without_a_plan_are_nothing(action: ActionPlace) -> None:
    """Every output of a count is there, as digits."""
    made, _, _ = publisher(action)
    counts = made.counts(replace(result(plan([])), plan=None))
    assert (counts.pop("changes"), counts.pop("plan-digest")) == ("false", "")
    assert set(counts.values()) == {"0"}


def test_counts_are_those_of_the_report(action: ActionPlace) -> None:
    """Created pages, and the digest of the plan."""
    made, _, _ = publisher(action)
    planned = plan([want("a"), want("b")])
    counts = made.counts(result(planned))
    assert (counts["created"], counts["changes"]) == ("2", "true")
    assert counts["plan-digest"] == planned.digest


def test_only_a_given_digest_needs_no_comment(action: ActionPlace) -> None:
    """Any plan may be applied where nothing is asked for."""
    assert publisher(action)[0].reviewed() is None
    reviewed = publisher(action, require_reviewed_plan="a" * 64)[0].reviewed()
    assert reviewed is not None
    assert reviewed.digest == "a" * 64


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ActivityKind.APPLY, "Nothing was written to Notion"),
        (ActivityKind.VERIFY, "Not verified"),
        (ActivityKind.DOCTOR, "Not examined"),
    ],
)
def test_a_run_that_failed_says_what_was_not_done(
    action: ActionPlace, kind: ActivityKind, words: str
) -> None:
    """With the error and what to do, as Markdown that shows it and nothing else."""
    made, files, _ = publisher(action)
    error = LukhasNotionError("It is <b>full</b>.", "Empty it.")
    made.failed(error, Activity(kind, whole=True, comment=False))
    summary = files["STEP_SUMMARY"].read_text(encoding="utf-8")
    assert summary.startswith(f"## ❌ {words}\n\n")
    assert "Empty it." in summary
    assert "<b>" not in summary


def test_reports_are_named_relative_to_the_workspace(action: ActionPlace) -> None:
    """Markdown and JSON are next to each other."""
    made, _, _ = publisher(action)
    named = made.write_reports("# text\n", {"a": 1})
    assert named == {
        "report-path": "reports/notion_sync_report.md",
        "plan-path": f"reports/{PLAN_FILE}",
    }
    root = action.place.root
    assert (root / named["report-path"]).read_text() == "# text\n"
    assert json.loads((root / named["plan-path"]).read_text()) == {"a": 1}


def test_an_output_that_cannot_be_written_is_a_warning(action: ActionPlace) -> None:
    """The result of the run does not change."""
    made, files, _ = publisher(action)
    files["OUTPUT"].unlink()
    files["OUTPUT"].mkdir()
    made.outputs({"changes": "true"})
    assert "::warning title=outputs::" in said(made._github.action_runtime)


def test_without_a_branch_the_ledger_stays_where_it_is(action: ActionPlace) -> None:
    """The configuration is the one of the workspace, and nothing is stored."""
    made, _, _ = publisher(action)
    before = action.place.ledger()
    with made.ledger(keep=True) as config:
        assert config.ledger.is_relative_to(action.place.root.resolve())
    assert (made.ledger_error, action.place.ledger()) == ("", before)


def test_a_file_that_is_wanted_twice_is_an_error_before_anything_is_sent(
    action: ActionPlace,
) -> None:
    """The report cannot be a vocabulary as well."""
    made, _, _ = publisher(action)
    config = made._github.config
    made._github.loaded = replace(config, report=config.root / "vocab/features.json")
    with pytest.raises(ConfigError, match=r"vocab/features\.json"):
        made.check()


def test_ten_failures_are_annotated_and_a_remedy_once(action: ActionPlace) -> None:
    """How many more there are is the last annotation."""
    made, files, _ = publisher(action)
    planned = plan([want(f"module-{number:02}") for number in range(15)])
    failed = tuple(
        replace(each, status=Status.ERROR, error="Notion answered 503.", remedy="Run again.")
        for each in outcomes(planned)
    )
    ended = result(planned, dry_run=False, result=Result((), failed))
    made._annotate(ended)
    log = said(made._github.action_runtime)
    assert log.count("::warning title=not applied::") == 9
    assert log.count("Run again.") == 1
    assert "6 more changes not applied, in the summary." in log
    assert read_outputs(files["OUTPUT"].read_text()) == {}
