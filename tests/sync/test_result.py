"""What a run came to: counts and the exit code."""

from __future__ import annotations

import pytest
from support.core import outcomes, page, plan, result, want

from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import ChangeKind, Plan
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.sync.outcome import OptionOutcome, Result, Status
from lukhas_notion.util.errors import InvalidToken, LukhasNotionError, RunStopped

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
    """Everything planned is counted, nothing is unapplied, and all is well."""
    run = result(whole())
    counted = {kind: run.done(kind) for kind in ChangeKind}
    told = (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.SKIP, ChangeKind.DRIFT)
    there = (*told, ChangeKind.ORPHAN)
    assert counted == {kind: kind in there for kind in ChangeKind}
    assert (run.unapplied, run.failures, run.option_failures) == (0, (), ())
    assert run.applied_options == (ADD,)
    assert run.exit_code == 0


def test_an_applied_run_counts_what_was_done() -> None:
    """What failed is not counted as done, is unapplied, and makes the exit code 1."""
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
    """Green means done: an unknown outcome is no success, for pages and for options."""
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
    """A module that cannot be written is said before anything is tried."""
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
    """Ctrl-C and SIGTERM are told by the codes that shells use."""
    run = result(whole(), dry_run=False, result=Result((), (), stopped))
    assert run.exit_code == code
