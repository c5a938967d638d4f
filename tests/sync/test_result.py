"""The counts and the verdict of a run."""

from __future__ import annotations

from typing import Any

import pytest
from support.core import outcomes, page, plan, result, want

from lukhas_notion.github.runner import FAILURE_REASONS
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import OptionChange
from lukhas_notion.plan.plan import ChangeKind, Plan, SafetyStop
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.sync.result import OptionOutcome, Result, RunResult, Status, Tone
from lukhas_notion.util.errors import InvalidToken, LedgerError, LukhasNotionError, RunStopped

ADD = OptionChange("Tags", PropertyType.MULTI_SELECT, (("a", "red"),), (), 0)
VIOLATION = Violation("a.json", 1, 1, "", "rule", "wrong")


def whole() -> Plan:
    """Return a plan with a create, an update, a skip, a drift and an orphan."""
    skip, drift = want("skip"), want("drift", Description="x")
    pages = [
        *(page(skip), page(drift, Description="y")),
        *(page(want("update", Description="x")), page(want("orphan"))),
    ]
    return plan([want("create"), want("update"), skip, drift], pages, options=[ADD])


def test_a_dry_run_counts_what_would_be_done() -> None:
    """Everything planned is counted, nothing is unapplied, and the exit code is 0."""
    run = result(whole())
    counted = {kind: run.done(kind) for kind in ChangeKind}
    told = (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.SKIP, ChangeKind.DRIFT)
    there = (*told, ChangeKind.ORPHAN)
    assert counted == {kind: kind in there for kind in ChangeKind}
    assert (run.unapplied, run.failures, run.option_failures) == (0, (), ())
    assert run.applied_options == (ADD,)
    assert run.exit_code == 0


def test_an_applied_run_counts_what_was_done() -> None:
    """A failed change is unapplied, is not counted as done, and makes the exit code 1."""
    made = whole()
    done = outcomes(made, update=(Status.ERROR, "no"))
    run = result(made, dry_run=False, result=Result((OptionOutcome(ADD, Status.SUCCESS),), done))
    assert (run.done(ChangeKind.CREATE), run.done(ChangeKind.UPDATE)) == (1, 0)
    assert (run.done(ChangeKind.SKIP), run.done(ChangeKind.DRIFT)) == (1, 1)
    assert [o.change.module for o in run.failures] == ["update"]
    assert (run.unapplied, run.exit_code) == (1, 1)
    assert run.applied_options == (ADD,)


@pytest.mark.parametrize("status", [Status.ERROR, Status.UNKNOWN, Status.NOT_ATTEMPTED])
def test_whatever_is_not_surely_in_notion_is_unapplied(status: Status) -> None:
    """An unknown outcome is not a success, for pages and for options."""
    made = whole()
    pages = result(made, dry_run=False, result=Result((), outcomes(made, create=(status, "?"))))
    assert (pages.unapplied, pages.exit_code) == (1, 1)
    options = result(
        made, dry_run=False, result=Result((OptionOutcome(ADD, status),), outcomes(made))
    )
    assert (options.unapplied, options.exit_code) == (1, 1)
    assert options.applied_options == ()


def test_everything_done_is_green() -> None:
    """Exit code 0 when every planned change is in Notion, drift and orphans notwithstanding."""
    made = whole()
    run = result(made, dry_run=False, result=Result((), outcomes(made)))
    assert (run.unapplied, run.exit_code) == (0, 0)


def test_a_conflict_is_not_applied_even_in_a_dry_run() -> None:
    """A module that cannot be written is reported before anything is tried."""
    run = result(
        plan(
            [want("core")],
            [page(want("core"), "1", record=False), page(want("core"), "2", record=False)],
        )
    )
    assert (run.unapplied, run.exit_code) == (1, 1)


def test_violations_make_the_exit_code_1() -> None:
    """With violations nothing was planned, so nothing is counted."""
    run = result(None, dry_run=False, violations=[VIOLATION])
    assert run.exit_code == 1
    assert {run.done(kind) for kind in ChangeKind} == {0}
    assert run.of(ChangeKind.CREATE) == ()
    assert run.applied_options == ()


@pytest.mark.parametrize(
    ("stopped", "code"),
    [
        (RunStopped("Ctrl-C", exit_code=130), 130),
        (RunStopped("SIGTERM", exit_code=143), 143),
        (RunStopped("deadline"), 1),
        (InvalidToken("revoked"), 1),
    ],
)
def test_a_run_that_was_stopped_has_the_stops_own_code(
    stopped: LukhasNotionError, code: int
) -> None:
    """Ctrl-C and SIGTERM have the exit codes that shells use."""
    run = result(whole(), dry_run=False, result=Result((), (), stopped))
    assert run.exit_code == code


def twice() -> Plan:
    """Return a plan with a create and a conflict."""
    pages = [page(want("core"), number, record=False) for number in "12"]
    return plan([want("core"), want("other")], pages)


def applied(made: Plan, stopped: LukhasNotionError | None = None, **special: Any) -> RunResult:
    """Return a run that applied a plan with named outcomes."""
    done = Result((), outcomes(made, **special), stopped)
    return result(made, dry_run=False, result=done)


FAILED = (Status.ERROR, "no")
STOP = SafetyStop("guard", "Too much.", "Force it.")
TWO_PAGES = "change 2 pages and 1 option in Notion"
VERDICTS: dict[str, tuple[RunResult, str, str]] = {
    "an error": (
        result(None, error=InvalidToken("revoked")),
        "notion",
        "The run ended early: nothing is written to Notion",
    ),
    "a safety stop": (
        result(whole(), dry_run=False, refusal=STOP),
        "guard",
        "Refused: nothing is written to Notion",
    ),
    "stopped halfway": (
        applied(whole(), RunStopped("Ctrl-C"), create=(Status.NOT_ATTEMPTED, "")),
        "stopped",
        "The run ended early: 1 of 3 changes was not applied to Notion",
    ),
    "stopped at the end": (
        applied(whole(), LedgerError("full")),
        "ledger",
        "The run ended early: everything planned is in Notion",
    ),
    "violations": (
        result(None, violations=[VIOLATION]),
        "violations",
        "1 violation: nothing is written to Notion",
    ),
    "violations that were left out": (
        result(
            whole(),
            dry_run=False,
            violations=[VIOLATION],
            result=Result((OptionOutcome(ADD, Status.SUCCESS),), outcomes(whole())),
        ),
        "violations",
        "1 violation: 2 pages and 1 option written to Notion; 1 manifest left out",
    ),
    "violations that would be left out": (
        result(whole(), violations=[VIOLATION]),
        "violations",
        f"1 violation: applying would {TWO_PAGES}, and leave out 1 manifest",
    ),
    "a page that failed": (
        applied(whole(), create=FAILED, update=FAILED),
        "unapplied",
        "2 of 3 changes were not applied to Notion",
    ),
    "options that failed": (
        result(
            whole(),
            dry_run=False,
            result=Result((OptionOutcome(ADD, *FAILED),), outcomes(whole())),
        ),
        "unapplied",
        "1 of 3 changes was not applied to Notion",
    ),
    "a conflict": (
        applied(twice()),
        "conflict",
        "1 of 2 changes was not applied to Notion",
    ),
    "a conflict ahead": (result(twice()), "conflict", "1 module cannot be written to Notion"),
    "drift that fails": (
        result(whole(), fails_on_drift=True),
        "drift",
        "1 page was edited in Notion",
    ),
    "records that are lost": (
        result(plan([]), dry_run=False, result=Result((), ()), ledger_problem="denied"),
        "ledger",
        "Applied: Notion was already up to date, and the run's records could not be kept",
    ),
    "valid manifests": (result(None, checked=3), "", "3 manifests valid"),
    "nothing to do": (result(plan([])), "", "Merging changes nothing in Notion"),
    "something to do": (
        result(whole()),
        "",
        "Merging changes 2 pages and 1 option in Notion",
    ),
    "something done": (applied(whole()), "", "Applied: 2 pages written to Notion"),
    "nothing done": (applied(plan([])), "", "Applied: Notion was already up to date"),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_one_verdict_has_headline_reason_and_exit_code(name: str) -> None:
    """Headline and reason have the same cause, and the exit code is 0 only without a cause."""
    run, reason, headline = VERDICTS[name]
    verdict = run.verdict("Merging")
    assert (verdict.headline, verdict.reason) == (headline, reason)
    assert run.exit_code == verdict.exit_code == (1 if reason else 0)
    assert reason in FAILURE_REASONS
    assert (verdict.tone in (Tone.GOOD, Tone.CHANGES)) is not bool(reason)


def test_what_failed_first_decides() -> None:
    """Of several causes, the most important one gives reason and headline."""
    run = result(
        whole(),
        dry_run=False,
        violations=[VIOLATION],
        fails_on_drift=True,
        result=Result((), outcomes(whole(), create=FAILED), RunStopped("Ctrl-C", exit_code=130)),
    )
    assert (run.verdict().reason, run.exit_code) == ("stopped", 130)
