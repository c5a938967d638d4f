"""The ledger's record of a run, for each way in which it can end."""

from __future__ import annotations

from typing import Any

import pytest
from support.core import outcomes, plan, result, want

from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.plan import SafetyStop
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import Result, Status
from lukhas_notion.sync.run_record import end
from lukhas_notion.util.errors import LedgerError, LukhasNotionError, NotReviewed, RunStopped

MADE = plan([want("a"), want("b")])
VIOLATION = Violation("a.json", 1, 1, "", "x.y", "It is wrong.")
DONE = Result((), outcomes(MADE))
FAILED = Result((), outcomes(MADE, b=(Status.ERROR, "503")))


def of(made: Any = None, options: SyncOptions | None = None, **fields: Any) -> dict[str, Any]:
    """Return the record of a run that is not a dry run."""
    record = end(options or SyncOptions(), result(made, dry_run=False, **fields))
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"made": MADE, "result": DONE}, "success", None),
        ({"made": MADE, "result": FAILED}, "error", "unapplied"),
        ({"violations": [VIOLATION]}, "refused", "violations"),
        ({"made": MADE, "refusal": SafetyStop("guard", "Too much.", "")}, "refused", "guard"),
        ({"error": NotReviewed("None.", "")}, "refused", "plan-changed"),
        ({"error": LukhasNotionError("It broke.")}, "error", LukhasNotionError.reason),
        ({"made": MADE, "result": Result((), (), RunStopped("Late."))}, "error", "stopped"),
        ({"made": MADE, "result": DONE, "violations": [VIOLATION]}, "error", "violations"),
    ],
)
def test_how_a_run_ended_is_in_a_word(
    fields: dict[str, Any], status: str, reason: str | None
) -> None:
    """``refused`` means that nothing was written; a failure has a reason and an error message."""
    record = of(**fields)
    assert (record["action"], record["command"]) == ("run", "sync")
    assert (record["status"], record.get("reason")) == (status, reason)
    assert bool(record.get("error")) is (reason is not None)


def test_counts_of_pages_stand_where_it_came_to_applying() -> None:
    """Counts of pages are recorded only if the plan was applied."""
    record = of(MADE, result=FAILED, checked=2)
    assert record["counts"]["created"] == record["counts"]["unapplied"] == 1
    assert record["counts"]["manifests"] == record["counts"]["changes"] == 2
    assert "created" not in of(violations=[VIOLATION])["counts"]


def test_a_backfill_names_its_properties() -> None:
    """A backfill does not read pages."""
    record = of(options=SyncOptions(pages=False, backfill=("Features",)))
    assert (record["command"], record["properties"]) == ("backfill", ["Features"])


@pytest.mark.parametrize(
    "fields",
    [
        {"error": LedgerError("full")},
        {"made": MADE, "result": Result((), (), LedgerError("full"))},
    ],
)
def test_where_nothing_is_recorded(fields: dict[str, Any]) -> None:
    """A run whose ledger cannot be written has no record."""
    assert end(SyncOptions(), result(fields.pop("made", None), dry_run=False, **fields)) is None
