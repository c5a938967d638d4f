"""``ledger`` as a user runs it."""

from __future__ import annotations

import json

import pytest
from support.workplace import Workplace

from lukhas_notion.ledger.file import rechain


def test_the_history_of_one_module_is_shown(small: Workplace) -> None:
    """Each attempt is a row, the oldest first, and no other module's is among them."""
    small.run("sync", "--all")
    small.run("sync", "--all")
    small.edit("beta", description="Another.")
    small.run("sync", "--all")

    ended = small.run("ledger", "show", "--module", "beta")

    assert ended.code == 0
    head, *rows, said = ended.out.splitlines()
    assert head.split() == ["Time", "(UTC)", "Run", "Action", "Status", "What"]
    assert [row.split()[3:] for row in rows] == [
        ["create", "success", "beta"],
        ["skip", "sha_match", "beta"],
        ["update", "success", "beta"],
    ]
    assert said.startswith("3 records of 3 runs, ")
    assert said.endswith(" UTC: 1 page created, 1 updated.")


def test_a_renamed_module_has_one_history(small: Workplace) -> None:
    """Its page is the same, so both names lead to all its records."""
    small.run("sync", "--all")
    small.edit("beta", module="renamed")
    small.run("sync", "--all")
    for name in ("beta", "renamed"):
        shown = small.run("ledger", "show", "--module", name, "--json").document["records"]
        assert [(r["action"], r["module"]) for r in shown] == [
            ("create", "beta"),
            ("update", "renamed"),
        ]


def test_a_module_without_a_record_is_said(small: Workplace) -> None:
    """A misspelled name is an error, and not an empty history; the nearest one is named."""
    small.run("sync", "--all")
    ended = small.run("ledger", "show", "--module", "betta")
    assert ended.code == 2
    assert 'The ledger has no record of "betta".' in ended.err
    assert 'Did you mean "beta"?' in ended.err


RECORDS = [
    ("2026-09-30T23:59:59.999999+00:00", "aaaa1111", "create", "success", "old"),
    ("2026-10-03T12:35:01.000000+00:00", "bbbb2222", "create", "success", "alpha"),
    ("2026-10-03T12:35:02.000000+00:00", "bbbb2222", "update", "unknown", "beta"),
    ("2026-10-03T12:35:03.000000+00:00", "bbbb2222", "update", "success", "beta"),
    ("2026-10-03T12:35:04.000000+00:00", "bbbb2222", "skip", "sha_match", "gamma"),
    ("2026-10-28T08:00:00.000000+00:00", "cccc3333", "update", "error", "alpha"),
    ("not a time", "cccc3333", "update", "success", "gamma"),
]


@pytest.fixture
def written(small: Workplace) -> Workplace:
    """Write a ledger of two months."""
    path = small.root / "manifests/.ledger/notion_sync.ndjson"
    names = ("ts", "run_id", "action", "status", "module")
    lines = [json.dumps(dict(zip(names, each, strict=True))) for each in RECORDS]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return small


def test_what_was_written_last_month_is_one_sentence(written: Workplace) -> None:
    """It names runs and times, what became of pages, and that unchanged ones are not listed."""
    *rows, said, more = written.run("ledger", "show", "--since", "2026-10-01").out.splitlines()

    assert said == (
        "5 records of 2 runs, between 2026-10-03 12:35 and 2026-10-28 08:00 UTC: "
        "1 page created, 1 updated, 1 failed."
    )
    assert more.startswith("1 record of unchanged pages not listed")
    assert [row.split()[3:] for row in rows[1:]] == [
        ["create", "success", "alpha"],
        ["update", "unknown", "beta"],
        ["update", "success", "beta"],
        ["update", "error", "alpha"],
    ]


@pytest.mark.parametrize(
    ("since", "records"),
    [
        ("2026-09-30", 6),
        ("2026-10-03T12:35:02", 4),
        ("2026-10-03T14:35:02+02:00", 4),
        ("2026-10-28T08:00:01Z", 0),
    ],
)
def test_a_period_begins_at_a_day_or_a_time(written: Workplace, since: str, records: int) -> None:
    """UTC where nothing else is said; a record whose time cannot be read is in no period."""
    ended = written.run("ledger", "show", "--since", since, "--json")
    assert ended.code == 0
    assert len(ended.document["records"]) == records


def test_what_is_no_time_is_a_usage_error(written: Workplace) -> None:
    """The form that is wanted is shown."""
    ended = written.run("ledger", "show", "--since", "last month")
    assert ended.code == 2
    assert '--since is "last month", which is neither a date nor a time.' in ended.err
    assert "2026-10-01" in ended.err


def test_one_run_is_shown_by_the_first_digits_of_its_id(written: Workplace) -> None:
    """A run that is not there is an error."""
    ended = written.run("ledger", "show", "--run", "BBBB", "--module", "beta")
    assert [row.split()[4] for row in ended.out.splitlines()[1:-1]] == ["unknown", "success"]
    for name in ("dddd", ""):
        ended = written.run("ledger", "show", "--run", name)
        assert ended.code == 2
        assert "no run whose id begins with" in ended.err


def test_a_machine_gets_records_and_summary(written: Workplace) -> None:
    """Unchanged pages are among the records; nothing else is on standard output."""
    document = written.run("ledger", "show", "--run", "bbbb2222", "--json").document
    assert [record["module"] for record in document["records"]] == [
        *("alpha", "beta", "beta", "gamma")
    ]
    assert document["summary"] == {
        "first": "2026-10-03T12:35:01.000000+00:00",
        "last": "2026-10-03T12:35:04.000000+00:00",
        "runs": 1,
        "created": 1,
        "updated": 1,
        "adopted": 0,
        "restored": 0,
        "archived": 0,
        "failed": 0,
        "unchanged": 1,
    }


def test_every_kind_of_record_has_a_row(small: Workplace) -> None:
    """Options, databases, manifests that were left out and runs say what they are about."""
    small.run("backfill", "--features", "--tags", "--apply")
    small.edit("beta", features=["free text"])
    small.write("gamma", "{")
    small.run("sync", "--all", "--skip-invalid")
    small.run("sync", "--all")

    out = small.run("ledger", "show").out

    said = {" ".join(line.split()[3:]) for line in out.splitlines()}
    assert "backfill success Tags" in said
    assert any(line.startswith("skip invalid beta: beta/module.manifest.json:1: ") for line in said)
    assert any(line.startswith("skip invalid gamma/module.manifest.json: ") for line in said)
    assert any(line.startswith("run refused 2 violations: 2 violations") for line in said)


def test_a_ledger_of_an_older_version_goes_on(small: Workplace) -> None:
    """Lines without a chain, runs that ended early by their old names, a skip in each run."""
    path = small.root / "manifests/.ledger/notion_sync.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    page = {"module": "old", "page_id": None, "sha": "s", "action": "skip", "status": "sha_match"}
    early = {"action": "notion-sync", "status": "refused", "reason": "violations", "error": "1"}
    bare = b"".join(json.dumps({"ts": f"2025-10-0{n}"} | page).encode() + b"\n" for n in (1, 2))
    path.write_bytes(rechain(bare, [{"ts": "2025-10-03"} | early, {"ts": "2025-10-04"} | page]))
    before = path.read_bytes()

    assert small.run("sync", "--all").code == 0

    assert path.read_bytes().startswith(before)
    assert small.run("ledger", "verify").code == 0
    assert small.run("verify").code == 0
    shown = small.run("ledger", "show").out
    assert "notion-sync  refused" in shown
    assert "3 records of unchanged pages not listed" in shown


def test_a_changed_line_is_found(small: Workplace) -> None:
    """The first line that does not fit is named, and the exit code is 1."""
    small.run("sync", "--all")
    file = small.root / "manifests/.ledger/notion_sync.ndjson"
    assert small.run("ledger", "verify").code == 0
    # Not in the last line, which nothing vouches for; pages are written in any order.
    file.write_text(file.read_text().replace('"success"', '"failure"', 1))
    ended = small.run("ledger", "verify")
    assert ended.code == 1
    assert "manifests/.ledger/notion_sync.ndjson:" in ended.out


def test_a_missing_ledger_is_a_usage_error(small: Workplace) -> None:
    """A ledger that does not exist is not valid; the error names the option for another file."""
    (small.root / "manifests/.ledger/notion_sync.ndjson").unlink()
    for words in (["verify"], ["show"]):
        ended = small.run("ledger", *words)
        assert ended.code == 2
        assert "--ledger" in ended.err


def test_an_error_of_several_lines_is_shown_on_one(small: Workplace) -> None:
    """Ledgers of older versions have the remedy within the error, on a line of its own."""
    assert small.run("sync", "--all").code == 0
    path = small.root / "manifests/.ledger/notion_sync.ndjson"
    record = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    record |= {"module": "beta", "status": "error", "error": "503 no\n  Run again."}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")

    shown = small.run("ledger", "show", "--module", "beta").out

    assert "error" in shown
    assert "beta: 503 no Run again." in shown
    assert "u{a}" not in shown
