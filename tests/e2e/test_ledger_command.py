"""``ledger`` as a user runs it."""

from __future__ import annotations

import json

from support.workplace import Workplace


def test_the_history_of_one_module_is_shown(small: Workplace) -> None:
    """Each attempt is a line, the oldest first, and no other module's is among them."""
    small.run("sync", "--all")
    small.edit("beta", description="Another.")
    small.run("sync", "--all")

    ended = small.run("ledger", "show", "--module", "beta")

    assert ended.code == 0
    lines = ended.out.splitlines()
    assert ["create  success" in lines[0], "update  success" in lines[1]] == [True, True]
    assert all(line.endswith("beta") for line in lines)


def test_a_module_without_a_record_is_said(small: Workplace) -> None:
    """A misspelled name is an error, and not an empty history."""
    small.run("sync", "--all")
    ended = small.run("ledger", "show", "--module", "betta")
    assert ended.code == 2
    assert "The ledger has no record of 'betta'." in ended.err


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
    """What there is not cannot be whole; the option that names another file is told."""
    (small.root / "manifests/.ledger/notion_sync.ndjson").unlink()
    for words in (["verify"], ["show"]):
        ended = small.run("ledger", *words)
        assert ended.code == 2
        assert "--ledger" in ended.err


def test_an_error_of_several_lines_is_shown_on_one(small: Workplace) -> None:
    """Ledgers of older versions have the remedy within the error, on a line of its own."""
    assert small.run("sync", "--all").code == 0
    path = small.root / "manifests/.ledger/notion_sync.ndjson"
    record = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
    record |= {"module": "beta", "status": "error", "error": "503 no\n  Run again."}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")

    shown = small.run("ledger", "show", "--module", "beta").out

    assert "error  beta  503 no Run again." in shown
    assert "u{a}" not in shown
