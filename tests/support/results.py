"""What the tests of reports share: one run in which everything happens, and how it ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import OptionChange, OptionRemoval, Schema
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.values import PropertyType as T
from lukhas_notion.sync.result import OptionOutcome, Outcome, Result, RunResult, Status
from lukhas_notion.util.errors import LukhasNotionError

SCHEMA = Schema("db", "ds", "Modules", "https://app.notion.com/p/db")
SHA = "a4c1d2ef" + "0" * 56
OPTIONS = OptionChange("Features", T.MULTI_SELECT, (("new", "red"),), (OptionRemoval("old", 3),), 5)


def change(kind: ChangeKind, module: str, **more: Any) -> Change:
    """Return a change of one module."""
    return Change(kind, module, f"{module}/module.manifest.json", SHA, **more)


def text(before: str, after: str) -> PropertyChange:
    """Return a change of a description."""
    return PropertyChange("Description", T.RICH_TEXT, before, after)


CREATE = change(ChangeKind.CREATE, "consciousness", properties=(text("", "Thinks."),))
UPDATE = change(
    ChangeKind.UPDATE,
    "memory",
    page_id="p1",
    url="https://app.notion.com/p/1",
    properties=(
        text("Keeps.", "Keeps all."),
        PropertyChange("Tags", T.MULTI_SELECT, ("a", "b"), ("b", "c")),
        PropertyChange("Provenance SHA", T.RICH_TEXT, "b" * 64, SHA),
    ),
)
SKIP = change(ChangeKind.SKIP, "identity")
DRIFT = change(ChangeKind.DRIFT, "drifted", drift=(text("By hand.", "As said."),))
ORPHAN = Change(ChangeKind.ORPHAN, "orphan", "", SHA, "p9", "https://n/9")
CONFLICT = change(ChangeKind.CONFLICT, "twice", reason="2 pages in Notion have this title")
EVERYTHING = Plan(SCHEMA, (OPTIONS,), (CREATE, UPDATE, SKIP, DRIFT, ORPHAN, CONFLICT))
VIOLATION = Violation("a/m.json", 3, 5, "/features/0", "vocabulary.unknown", "wrong", "use right")


def run(plan: Plan | None = EVERYTHING, **more: Any) -> RunResult:
    """Return a result."""
    given = {
        "generated": datetime(2025, 10, 3, 12, 35, 10, 123456, tzinfo=UTC),
        "dry_run": True,
        "info": RunInfo("run1", "0.1.0", "c0ffee"),
        "checked": 5,
        "plan": plan,
        **more,
    }
    return RunResult(**given)


def applied(*statuses: Status, stopped: LukhasNotionError | None = None) -> RunResult:
    """Return a result in which create and update ended so."""
    outcomes = tuple(
        Outcome(c, s, "p", "", "" if s is Status.SUCCESS else "it broke")
        for c, s in zip((CREATE, UPDATE), statuses, strict=True)
    )
    failed = OptionOutcome(OPTIONS, Status.ERROR, "no options")
    options = (failed,) if Status.ERROR in statuses else (OptionOutcome(OPTIONS, Status.SUCCESS),)
    return run(dry_run=False, result=Result(options, outcomes, stopped))
