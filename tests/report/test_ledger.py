"""The table of `ledger show`."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.report.ledger import is_unchanged, ledger_lines, ledger_summary

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["ts", "run_id", "action", "status", "module", "properties", "path", "error", "counts", "added"]
)


def record(action: str, status: str, **more: Any) -> dict[str, Any]:
    """Return a record of one run."""
    return {"ts": "2026-10-03T12:35:01.5+00:00", "run_id": "9ab33957a0b08e59", **more} | {
        "action": action,
        "status": status,
    }


def lines(*records: dict[str, Any], whole: bool = False) -> list[str]:
    """Return the lines as plain text."""
    return list(map(str, ledger_lines(records, whole=whole)))


def rows(*records: dict[str, Any], whole: bool = False) -> list[str]:
    """Return the lines without what differs between runs: time and run."""
    return [" ".join(line.split()[3:]) for line in lines(*records, whole=whole)]


def test_what_was_written_last_month_is_said_in_rows_and_in_one_sentence() -> None:
    """The fifth reader's question: when, which run, which page, and how many in all."""
    records = [
        record("create", "success", module="consciousness"),
        record("update", "success", module="memory", ts="2026-10-20T08:00:00+00:00"),
    ]
    assert lines(*records) == [
        "Time (UTC)           Run       Action  Status   What",
        "2026-10-03 12:35:01  9ab33957  create  success  consciousness",
        "2026-10-20 08:00:00  9ab33957  update  success  memory",
        (
            "2 records of 1 run, between 2026-10-03 12:35 and 2026-10-20 08:00 UTC: "
            "1 page created, 1 updated."
        ),
    ]


def test_each_kind_of_record_says_what_it_is_about() -> None:
    """A module, a property's options, a database's properties, a run's counts."""
    counts = {"manifests": 3, "changes": 2, "unapplied": 1, "created": 1, "skipped": 1}
    shown = rows(
        record("create", "success", module="a"),
        record("update", "error", module="b", error="503 no\n  Run again."),
        record("notion-backfill-apply", "success", properties=["Tags"], added=["x", "y"]),
        record("database-create", "begun", properties=["Module", "Tags"]),
        record("skip", "invalid", module=None, path="c.json", error="c.json:1: broken"),
        record("run", "error", counts=counts, error="1 of 2 changes was not applied"),
        record("run", "refused", counts={"manifests": 3, "changes": 5}, error="Too much."),
        record("run", "success", counts={"manifests": 3, "created": 0}),
        record("run", "error", counts={"violations": 1, "created": 0, "options": 1}),
        record("drift", "drift", module="a"),
    )
    assert shown[1:11] == [
        "create success a",
        "update error b: 503 no Run again.",
        "backfill success Tags: 2 added",
        "database-create begun Module, Tags",
        "skip invalid c.json: c.json:1: broken",
        "run error 1 created, 1 unchanged, 1 not applied: 1 of 2 changes was not applied",
        "run refused 5 changes: Too much.",
        "run success 3 manifests",
        "run error 1 option, 1 violation",
        "drift a",
    ]


def test_of_a_modules_attempts_in_a_run_the_last_counts() -> None:
    """A create that was not answered and then done is done."""
    attempts = [
        record("create", "unknown", module="a"),
        record("create", "success", module="a"),
        record("update", "success", module="b"),
        record("update", "error", module="b"),
        record("update", "success", module="b", run_id="another"),
    ]
    found = ledger_summary(attempts)
    assert (found["created"], found["updated"], found["failed"], found["runs"]) == (1, 1, 1, 2)


def test_a_page_that_is_created_and_then_updated_in_one_run_counts_as_both() -> None:
    """A create is counted although the relations of the page are written after it."""
    found = ledger_summary(
        [record("create", "success", module="a"), record("update", "success", module="a")]
    )
    assert (found["created"], found["updated"], found["failed"]) == (1, 1, 0)


def test_nothing_is_one_short_line() -> None:
    """No table without rows, and no times without records."""
    assert lines(whole=True) == ["No record."]
    assert ledger_summary([])["first"] == ""


def test_columns_stand_below_one_another() -> None:
    """Columns are aligned whatever the cells contain."""
    table = lines(record("create", "success", module="a"), whole=True)[:-1]
    assert (
        len({line.index(word) for line, word in zip(table, ("Action", "create"), strict=True)}) == 1
    )


@given(st.lists(st.dictionaries(FIELDS, JSON), max_size=6), st.booleans())
def test_any_record_is_shown_on_one_line(records: list[dict[str, Any]], whole: bool) -> None:
    """A ledger is a file that anybody may have written: nothing in it is an error or an escape."""
    said = lines(*records, whole=whole)
    shown = sum(whole or not is_unchanged(each) for each in records)
    left_out = shown < len(records)
    assert len(said) == shown + bool(shown) + 1 + left_out
    assert not any(char in line for line in said for char in "\n\r\x1b")
