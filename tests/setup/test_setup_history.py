"""What the ledger knows of a database that was made, or may have been."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lukhas_notion.ledger.records import database_entry
from lukhas_notion.setup.existing import Earlier, earlier_create

PAGE, OTHER, BASE = "page", "another page", "c47cdc32-b941-4c2d-b18a-0e0e70d737b9"


def ledger(tmp_path: Path, *records: tuple[str, str, str]) -> Path:
    """Write a ledger of (status, parent, database) and return its path."""
    file = tmp_path / "ledger.ndjson"
    lines = [
        {
            "ts": f"t{number}",
            **database_entry(
                status, parent=parent, title="Modules", database=database, properties=["Module"]
            ),
        }
        for number, (status, parent, database) in enumerate(records)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


BEGUN, DONE = ("begun", PAGE, ""), ("success", PAGE, BASE)
LOST, FAILED = ("unknown", PAGE, ""), ("error", PAGE, "")


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], None),
        ([BEGUN, DONE], Earlier(BASE, "Modules", "t1")),
        ([BEGUN], Earlier("", "Modules", "t0")),
        ([BEGUN, LOST], Earlier("", "Modules", "t1")),
        ([BEGUN, FAILED], None),
        ([BEGUN, ("unknown", PAGE, BASE)], Earlier(BASE, "Modules", "t1")),
        ([BEGUN, DONE, ("error", PAGE, BASE)], Earlier(BASE, "Modules", "t2")),
        ([BEGUN, DONE, BEGUN, FAILED], Earlier(BASE, "Modules", "t1")),
        ([BEGUN, DONE, BEGUN], Earlier("", "Modules", "t2")),
        ([BEGUN, LOST, BEGUN, DONE], Earlier(BASE, "Modules", "t3")),
        ([("begun", OTHER, ""), ("success", OTHER, BASE)], None),
        ([("success", "", BASE)], None),
    ],
)
def test_the_newest_attempt_that_matters_counts(
    tmp_path: Path, records: list[tuple[str, str, str]], expected: Earlier | None
) -> None:
    """One that was answered names its database; one that was not is in doubt until it is."""
    assert earlier_create(ledger(tmp_path, *records), PAGE) == expected


@pytest.mark.parametrize(
    "named",
    [
        "../users/me",
        "x\0y",
        "\ud800",
        "a" * 70_000,
        "c47cdc32",
        f"{BASE}\n",
        f"{BASE}/query",
        BASE[1:],
    ],
)
def test_what_is_no_notion_id_proves_nothing(tmp_path: Path, named: str) -> None:
    """It would go into an address; the create that it stands for stays in doubt."""
    assert earlier_create(ledger(tmp_path, ("success", PAGE, named)), PAGE) is None
    doubtful = earlier_create(ledger(tmp_path, BEGUN, ("success", PAGE, named)), PAGE)
    assert doubtful == Earlier("", "Modules", "t0")


def test_an_id_without_hyphens_is_one(tmp_path: Path) -> None:
    """Notion takes both, and so does a ledger that somebody wrote by hand."""
    bare = BASE.replace("-", "")
    found = earlier_create(ledger(tmp_path, ("success", PAGE, bare)), PAGE)
    assert found == Earlier(bare, "Modules", "t0")


def test_without_a_ledger_nothing_is_known(tmp_path: Path) -> None:
    """A repository that never had one has made nothing."""
    assert earlier_create(tmp_path / "none.ndjson", PAGE) is None
