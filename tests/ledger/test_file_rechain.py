"""Records that were chained to one copy of the ledger can be appended to another."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.ledger.file import Ledger, RunInfo, rechain, verify_chain
from lukhas_notion.ledger.state import ORIGIN, line_hash
from lukhas_notion.util.errors import LedgerError
from lukhas_notion.util.runtime import SystemClock

RECORDS = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3))


def without_link(line: bytes) -> Any:
    """Return a record without its link."""
    return {key: value for key, value in json.loads(line).items() if key != "prev"}


@given(RECORDS, RECORDS)
def test_the_chain_holds_and_the_beginning_is_untouched(
    stored: list[dict[str, str]], new: list[dict[str, str]]
) -> None:
    """After a rechain existing records are unchanged, and the chain is valid."""
    existing = rechain(b"", stored)
    whole = rechain(existing, new)
    assert whole.startswith(existing)
    assert verify_chain(io.BytesIO(whole)) == (len(stored) + len(new), None)
    added = whole[len(existing) :].splitlines()
    assert [without_link(line) for line in added] == [
        {key: value for key, value in record.items() if key != "prev"} for record in new
    ]


def test_records_of_a_runners_ledger_are_linked_anew(tmp_path: Path) -> None:
    """The link of each new record is replaced, and nothing else in it changes."""
    path = tmp_path / "ledger.ndjson"
    with Ledger(path, SystemClock(), RunInfo("run", "1.0")) as ledger:
        ledger.record({"module": "ü"}, {"module": "b"})
    lines = path.read_bytes().splitlines(keepends=True)
    existing = b'{"ts": "before records were chained"}\n'
    whole = rechain(existing, [json.loads(line) for line in lines])
    added = whole.splitlines(keepends=True)[1:]
    assert json.loads(added[0])["prev"] == line_hash(existing) != ORIGIN
    assert [without_link(line) for line in added] == [without_link(line) for line in lines]
    assert [list(json.loads(line))[-1] for line in added] == ["prev", "prev"]
    assert rechain(b"", [json.loads(line) for line in lines]) == path.read_bytes()


def test_nothing_new_changes_nothing() -> None:
    """Without new records the ledger is returned unchanged."""
    existing = rechain(b"", [{"a": 1}])
    assert rechain(existing, []) == existing


def test_nothing_follows_a_torn_line() -> None:
    """A ledger that ends in a torn line is not extended."""
    with pytest.raises(LedgerError, match="incomplete"):
        rechain(b'{"a": 1}\n{"b"', [{"c": 1}])
