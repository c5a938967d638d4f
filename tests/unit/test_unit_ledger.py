"""The ledger: appended whole, chained, locked, and honest about a crash."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_faults import JumpClock

from lukhas_notion.errors import LedgerError
from lukhas_notion.ledger import ORIGIN, Ledger, RunInfo, line_hash, read, verify


def ledger(path: Path, **more: float) -> Ledger:
    """Return a ledger at a path."""
    return Ledger(path, JumpClock(), RunInfo("run1", "0.1", "c0ffee"), **more)


def lines(path: Path) -> list[bytes]:
    """Return the ledger's lines."""
    return path.read_bytes().splitlines(keepends=True)


def test_records_are_chained_across_runs(tmp_path: Path) -> None:
    """Each record has the time, the run, and the hash of the line before it."""
    path = tmp_path / "deep" / "l.ndjson"
    with ledger(path) as first:
        first.record({"module": "a"}, {"module": "ü"})
    with ledger(path) as second:
        second.record({"module": "b"})
        second.record()

    records = list(read(path))
    assert [r["module"] for r in records] == ["a", "ü", "b"]
    assert records[0]["prev"] == ORIGIN
    assert records[2]["prev"] == line_hash(lines(path)[1])
    assert list(records[0]) == ["ts", "module", "run_id", "tool_version", "commit", "prev"]
    assert verify(lines(path)) == (3, None)


@settings(max_examples=60)
@given(data=st.data())
def test_any_line_changed_removed_or_inserted_is_found(data: st.DataObject) -> None:
    """A change anywhere before the end breaks the chain at the first line it touches."""
    count = 6
    prev, whole = ORIGIN, []
    for number in range(count):
        line = json.dumps({"n": number, "prev": prev}).encode() + b"\n"
        whole.append(line)
        prev = line_hash(line)
    assert verify(whole) == (count, None)
    at = data.draw(st.integers(0, count - 2))
    kind = data.draw(st.sampled_from(["change", "remove", "insert", "swap"]))
    changed = list(whole)
    if kind == "change":
        changed[at] = changed[at].replace(b'"n": ', b'"n": 1')
    elif kind == "remove":
        del changed[at]
    elif kind == "insert":
        changed.insert(at + 1, whole[0])
    else:
        changed[at], changed[at + 1] = changed[at + 1], changed[at]

    good, broken = verify(changed)

    assert broken is not None
    assert at <= good <= at + 1
    assert broken.line == good + 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"n": 1, "prev": "x"}', "torn"),
        (b"nonsense\n", "not JSON"),
        (b"[]\n", "not a JSON object"),
        (b'{"n": 1}\n', "no link"),
        (b'{"prev": "x"}\n', "changed or removed"),
    ],
)
def test_a_bad_line_is_named_with_why(line: bytes, reason: str) -> None:
    """Whatever is wrong with a line is said."""
    first = json.dumps({"prev": ORIGIN}).encode() + b"\n"

    good, broken = verify([first, line])

    assert good == 1
    assert broken is not None
    assert broken.line == 2
    assert reason in broken.reason


def test_lines_from_before_the_chain_are_accepted_at_the_beginning() -> None:
    """A ledger of the original scripts has no links; new records link to its last line."""
    old = b'{"module": "a"}\n'
    new = json.dumps({"prev": line_hash(old)}).encode() + b"\n"

    assert verify([old, old, new]) == (3, None)


def test_a_torn_last_line_is_set_aside_and_said(tmp_path: Path) -> None:
    """What a crash left half is kept in a file of its own; no line before it is lost."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as book:
        book.record({"module": "a"})
    with path.open("ab") as file:
        file.write(b'{"module": "torn')

    with ledger(path) as book:
        book.record({"module": "b"})
        assert len(book.notices) == 1

    assert [r["module"] for r in read(path)] == ["a", "b"]
    assert verify(lines(path)) == (2, None)
    (aside,) = tmp_path.glob("*.torn-*")
    assert aside.read_bytes() == b'{"module": "torn'


def test_a_torn_first_line_is_set_aside_too(tmp_path: Path) -> None:
    """A ledger of half a line begins anew."""
    path = tmp_path / "l.ndjson"
    path.write_bytes(b'{"mod')

    with ledger(path) as book:
        book.record({"module": "a"})

    assert verify(lines(path)) == (1, None)


def test_reading_passes_over_a_torn_end_and_refuses_a_broken_middle(tmp_path: Path) -> None:
    """A reader sees every whole record, and says where one is none."""
    path = tmp_path / "l.ndjson"
    path.write_bytes(b'{"n": 1}\n{"n"')
    assert [r["n"] for r in read(path)] == [1]

    path.write_bytes(b'{"n": 1}\nnonsense\n{"n": 3}\n')
    with pytest.raises(LedgerError, match=r"l\.ndjson:2"):
        list(read(path))


def test_very_long_lines_are_found_from_the_end(tmp_path: Path) -> None:
    """The last line is found even when it is longer than a block."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as book:
        book.record({"module": "x" * 200_000})
    with ledger(path) as book:
        book.record({"module": "y"})

    assert verify(lines(path)) == (2, None)


def test_two_runs_take_turns(tmp_path: Path) -> None:
    """While one run has the ledger another waits, and gives up with what to do."""
    path = tmp_path / "l.ndjson"
    with ledger(path), pytest.raises(LedgerError, match="Another run"):
        ledger(path, lock_timeout=0.05).__enter__()
    with ledger(path, lock_timeout=0.05) as book:
        book.record({"module": "a"})


def test_threads_do_not_tear_each_others_records(tmp_path: Path) -> None:
    """Records of many threads are whole and chained."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as book:
        threads = [
            threading.Thread(target=lambda n=n: [book.record({"n": n}) for _ in range(20)])
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert verify(lines(path)) == (160, None)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A place that cannot be written is found before anything is sent."""
    (tmp_path / "file").write_text("")

    with pytest.raises(LedgerError, match="cannot be written"):
        ledger(tmp_path / "file" / "l.ndjson").__enter__()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")  # noqa: PTH110
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    """A record that cannot be written is an error, not a loss in silence."""
    path = tmp_path / "l.ndjson"
    path.symlink_to("/dev/full")

    with pytest.raises(LedgerError, match="cannot be written"), ledger(path) as book:
        book.record({"module": "a"})


def test_a_closed_ledger_takes_no_records(tmp_path: Path) -> None:
    """Writing to a ledger that is not open is a bug, and said so."""
    with pytest.raises(RuntimeError):
        ledger(tmp_path / "l.ndjson").record({"module": "a"})
