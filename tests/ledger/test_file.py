"""The ledger: chained, durable, and alone at the file."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.core import NOON, StandingClock, page, plan, want

from lukhas_notion.ledger.file import (
    Ledger,
    RunInfo,
    is_ledger,
    read_records,
    read_state,
    rechain,
    verify_chain,
)
from lukhas_notion.ledger.state import (
    BACKFILL,
    DATABASE_CREATE,
    DATABASE_EXTEND,
    ORIGIN,
    RUN,
    VIEW_CREATE,
    change_record,
    line_hash,
    option_record,
)
from lukhas_notion.plan.database import OptionChange, OptionRemoval
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import LedgerError, UsageError
from lukhas_notion.util.locks import acquire

INFO = RunInfo("run-1", "0.1.0", "c0ffee")


def ledger(path: Path, lock_timeout: float = 60) -> Ledger:
    """Return a ledger with a fixed clock."""
    return Ledger(path, StandingClock(), INFO, lock_timeout)


def check(path: Path) -> tuple[int, int | None]:
    """Return how many lines hold, and the first line that does not."""
    whole, broken = verify_chain(path.read_bytes().splitlines(keepends=True))
    return whole, broken.line if broken else None


# Records


def test_a_record_has_the_promised_keys_in_order(tmp_path: Path) -> None:
    """A create has the documented fields, then the run, the version, the commit and ``prev``."""
    path = tmp_path / "manifests" / ".ledger" / "notion_sync.ndjson"
    change = plan([want("consciousness")]).changes[0]
    with ledger(path) as open_ledger:
        open_ledger.record(change_record(change, "success", page_id="abc123", source="source"))
    (line,) = path.read_text().splitlines()
    record = json.loads(line)
    assert list(record) == [
        *("ts", "module", "page_id", "sha", "action", "status", "path", "data_source_id"),
        *("run_id", "tool_version", "commit", "prev"),
    ]
    assert record == {
        "ts": "2026-01-31T12:00:00.123456+00:00",
        "module": "consciousness",
        "page_id": "abc123",
        "sha": change.sha,
        "action": "create",
        "status": "success",
        "path": "consciousness/module.manifest.json",
        "data_source_id": "source",
        "run_id": "run-1",
        "tool_version": "0.1.0",
        "commit": "c0ffee",
        "prev": ORIGIN,
    }
    assert record["ts"] == NOON.isoformat()


def test_a_skip_is_recorded() -> None:
    """A skip's status is sha_match."""
    desired = want("memory")
    (skip,) = plan([desired], [page(desired)]).changes
    told = change_record(skip, "sha_match", source="source")
    assert (told["action"], told["status"], told["page_id"]) == ("skip", "sha_match", "page-memory")


def test_a_backfill_is_recorded_as_documented() -> None:
    """A backfill's record has the action, the properties, the status and the total of options."""
    add, remove = (("a", "red"), ("b", "blue")), (OptionRemoval("old", 1),)
    change = OptionChange("Features", PropertyType.MULTI_SELECT, add, remove, keep=22)
    assert option_record(change) == {
        "action": "notion-backfill-apply",
        "properties": ["Features"],
        "status": "success",
        "total_options": 24,
        "added": ["a", "b"],
        "removed": ["old"],
    }


@pytest.mark.parametrize(("tried", "status"), [(True, "error"), (False, "not_attempted")])
def test_a_backfill_that_was_not_done_adds_nothing(tried: bool, status: str) -> None:
    """After an error the total is what Notion holds, and nothing is listed as added."""
    remove = (OptionRemoval("old", 1),)
    change = OptionChange("Features", PropertyType.MULTI_SELECT, (("a", "red"),), remove, keep=22)
    assert option_record(change, "no", tried=tried) == {
        "action": "notion-backfill-apply",
        "properties": ["Features"],
        "status": status,
        "total_options": 23,
        "error": "no",
    }


def test_a_run_outside_a_git_checkout_has_no_commit() -> None:
    """An empty field is left out."""
    assert RunInfo("r", "1").fields() == {"run_id": "r", "tool_version": "1"}


# Appending


def test_the_ledger_is_only_appended_to_across_runs(tmp_path: Path) -> None:
    """A second run continues the chain of the first."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as first:
        first.record({"n": 1}, {"n": 2})
        first.record()
    before = path.read_bytes()
    with ledger(path) as second:
        second.record({"n": 3, "text": "é\ud800\u2028"})
    assert path.read_bytes().startswith(before)
    assert check(path) == (3, None)
    assert [r["n"] for r in read_records(path)] == [1, 2, 3]
    assert json.loads(path.read_bytes().splitlines()[2])["text"] == "é\ud800\u2028"


def test_opening_and_closing_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """The proof that there is room leaves no trace."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as opened:
        opened.record({"n": 1})
    before = path.read_bytes()
    with ledger(path) as again:
        assert again.notices == []
    assert path.read_bytes() == before


def test_a_record_is_on_the_disk_when_record_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole line is in the file before fsync is called, and fsync before record returns."""
    path = tmp_path / "l.ndjson"
    seen: list[bytes] = []
    real = os.fsync

    def watched(number: int) -> None:
        seen.append(path.read_bytes())
        real(number)

    with ledger(path) as opened:
        monkeypatch.setattr(os, "fsync", watched)
        opened.record({"n": 1})
        assert seen == [path.read_bytes()]
        assert seen[0].endswith(b"\n")


def test_a_closed_ledger_takes_no_record(tmp_path: Path) -> None:
    """Recording outside the context is a mistake in the program."""
    closed = ledger(tmp_path / "l")
    with pytest.raises(RuntimeError, match="not open"):
        closed.record({"n": 1})


def test_threads_take_turns(tmp_path: Path) -> None:
    """Records of many threads are all there, each whole, in one unbroken chain."""
    path = tmp_path / "l.ndjson"

    def work(n: int) -> None:
        for i in range(20):
            opened.record({"n": n, "i": i}, {"n": n})

    with ledger(path) as opened:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert check(path) == (320, None)
    records = list(read_records(path))
    for n in range(8):
        assert [r["i"] for r in records if r["n"] == n and "i" in r] == [*range(20)]
    pairs = zip(records[::2], records[1::2], strict=True)
    assert all(first["n"] == second["n"] for first, second in pairs)


# After a crash


@pytest.mark.parametrize("torn", [b'{"ts": "2026', b'{"n": 3}', b" " * 4_096, b"x" * 200_000])
def test_a_torn_line_is_set_aside_and_the_chain_goes_on(tmp_path: Path, torn: bytes) -> None:
    """The torn end is moved to a file next to the ledger, with a notice."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as opened:
        opened.record({"n": 1}, {"n": 2, "long": "y" * 100_000})
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    with ledger(path):
        pass
    assert path.read_bytes() == whole + torn, "nothing was to be written"
    assert [each.name for each in tmp_path.iterdir()] == ["l.ndjson"]
    with ledger(path) as opened:
        opened.record({"n": 3})
        (notice,) = opened.notices
    assert path.read_bytes().startswith(whole)
    assert check(path) == (3, None)
    (aside,) = tmp_path.glob("l.ndjson.torn-*")
    assert aside.read_bytes() == torn
    assert aside.name in notice


def test_a_ledger_of_one_torn_line_begins_anew(tmp_path: Path) -> None:
    """Where nothing whole was written, the first record is the first of the chain."""
    path = tmp_path / "l.ndjson"
    path.write_bytes(b'{"ts')
    with ledger(path) as opened:
        opened.record({"n": 1})
    assert check(path) == (1, None)


def test_records_survive_a_kill(tmp_path: Path) -> None:
    """What was recorded before the process was killed is there, and the next run goes on."""
    path = tmp_path / "l.ndjson"
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from lukhas_notion.util.runtime import SystemClock\n"
        "from lukhas_notion.ledger.file import Ledger, RunInfo\n"
        "with Ledger(Path(sys.argv[1]), SystemClock(), RunInfo('r', '1')) as ledger:\n"
        "    ledger.record({'n': 1})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    assert done.returncode == -9
    with ledger(path, lock_timeout=60) as opened:
        opened.record({"n": 2})
    assert check(path) == (2, None)


# The lock


def test_a_second_process_waits_its_turn(tmp_path: Path) -> None:
    """While one run holds the ledger another waits, and writes after it has ended."""
    path = tmp_path / "l.ndjson"
    code = (
        "import sys; from pathlib import Path\n"
        "from lukhas_notion.util.runtime import SystemClock\n"
        "from lukhas_notion.ledger.file import Ledger, RunInfo\n"
        "print('ready', flush=True)\n"
        "with Ledger(Path(sys.argv[1]), SystemClock(), RunInfo('two', '1')) as ledger:\n"
        "    ledger.record({'n': 2})\n"
    )
    with ledger(path) as opened:
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        with child.stdout as out:
            assert out.readline() == "ready\n"
            time.sleep(0.3)
            assert child.poll() is None
            opened.record({"n": 1})
            opened.close()
            assert child.wait(timeout=60) == 0
    assert [(r["n"], r["run_id"]) for r in read_records(path)] == [(1, "run-1"), (2, "two")]
    assert check(path) == (2, None)


def test_waiting_ends_with_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """A run that cannot have the ledger in time says so, and leaves the other alone."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as holder:
        second = ledger(path, lock_timeout=0.05)
        with pytest.raises(LedgerError, match=r"locked the ledger .* 0\.05 seconds") as caught:
            second.__enter__()
        assert caught.value.remedy == "Wait for it to end, or end it."
        holder.record({"n": 1})
    assert check(path) == (1, None)


# A disk that does not take it


def test_a_folder_that_cannot_be_made_is_an_error_before_anything_is_sent(tmp_path: Path) -> None:
    """A file where the ledger's folder should be is found on opening."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(LedgerError, match="cannot be written") as caught,
        ledger(tmp_path / "file/l"),
    ):
        pass
    assert "--ledger" in caught.value.remedy


def test_a_folder_in_the_place_of_the_ledger_is_an_error_and_frees_the_lock(tmp_path: Path) -> None:
    """What cannot be opened does not stay locked."""
    path = tmp_path / "l"
    path.mkdir()
    with pytest.raises(UsageError, match="folder"), ledger(path):
        pass
    path.rmdir()
    with ledger(path, lock_timeout=0.1) as opened:
        opened.record({"n": 1})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder_is_an_error(tmp_path: Path) -> None:
    """A read-only folder is found on opening."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LedgerError, match="Permission denied"), ledger(tmp_path / "l"):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_found_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening proves that there is room, and leaves the file as it was."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as opened:
        opened.record({"n": 1})
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LedgerError, match="No space left on device"), ledger(path):
        pass
    assert path.read_bytes() == before


# A stranger's tree

NO_LEDGERS = {
    "a vocabulary": b'{"allowed": ["a", "b"]}',
    "a vocabulary of one line": b'{"allowed": ["a", "b"]}\n',
    "a vocabulary of objects": b'{"action": {}, "status": {}}\n[]',
    "a manifest": b'{"module": "a", "features": ["x"]}\n',
    "a small manifest": b'{"module": "a"}\n',
    "a manifest of several lines": b'{\n  "module": "a"\n}\n',
    "a manifest of several lines, without its end": b'{\n  "module": "a"',
    "another program's log": b'{"ts": "2026-01-01T00:00:00Z", "level": "info"}\n',
    "another program's audit": b'{"ts": "2026-01-01", "action": "login", "status": "ok"}\n',
    "another program's events": b'{"action": "opened", "status": "success"}\n',
    "another program's chain": b'{"prev": "%s"}\n' % (b"0" * 64),
    "a title": b"=======\nTitle\n=======\n",
    "a ruler": b"=======\n",
    "a text": b"# Read me\n",
    "bytes": b"\0\1\2",
    "a half line of text": b"secret",
}


@pytest.mark.parametrize("name", NO_LEDGERS)
def test_what_is_no_ledger_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    """A file that is not a ledger is refused and left unchanged."""
    path = tmp_path / "l"
    path.write_bytes(NO_LEDGERS[name])
    with pytest.raises(UsageError, match="is not a ledger") as caught, ledger(path):
        pass
    assert "--ledger" in caught.value.remedy
    assert path.read_bytes() == NO_LEDGERS[name]
    assert [each.name for each in tmp_path.iterdir()] == ["l"]


def test_whatever_a_record_is_about_begins_a_ledger() -> None:
    """A record with any action of this tool begins a ledger."""
    written = {*ChangeKind, DATABASE_CREATE, DATABASE_EXTEND, VIEW_CREATE, RUN, BACKFILL}
    for action in written | {"notion-sync"}:  # the latter by older versions
        assert is_ledger(json.dumps({"action": action, "status": "success"}).encode())


BEGINNINGS = [
    b"",
    b'{"ts',
    b'{"ts": "2026-01',
    b" " * 4_096,
    b"\xef\xbb\xbf" + b'{"ts": "2026", "action": "skip"}\r\n',
    b'<<<<<<< HEAD\n{"ts": "2026", "action": "skip"}\n=======\n{"ts": "2027"}\n>>>>>>> topic\n',
    b'{"ts": "2026", edited by hand\n',
    b'{"action": "create", "status": "success"}\n',
]


@pytest.mark.parametrize("begins", BEGINNINGS)
def test_a_ledger_is_known_whatever_a_crash_a_merge_or_an_editor_did_to_it(
    tmp_path: Path, begins: bytes
) -> None:
    """The ledger is continued, and nothing in it is lost."""
    path = tmp_path / "l"
    path.write_bytes(begins)
    with ledger(path) as opened:
        opened.record({"n": 1})
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert all(line in kept for line in begins.split(b"\n"))


def test_a_torn_line_is_not_set_aside_through_a_strangers_link(tmp_path: Path) -> None:
    """A torn line is never written through a link, even where its name was guessed."""
    path, victim = tmp_path / "l.ndjson", tmp_path / "victim"
    torn = b'{"ts": "core.pager = evil'
    path.write_bytes(torn)
    victim.write_text("mine")
    for name in (f"l.ndjson.torn-{line_hash(torn)[:12]}", "l.ndjson.torn", ".l.ndjson.lock"):
        (tmp_path / name).symlink_to(victim)
    with ledger(path) as opened:
        opened.record({"n": 1})
    assert victim.read_text() == "mine"
    assert check(path) == (1, None)


def test_a_ledger_is_reached_by_no_link_below_its_boundary(tmp_path: Path) -> None:
    """Neither for writing nor for reading."""
    (tmp_path / "real").mkdir()
    with ledger(tmp_path / "real/l") as opened:
        opened.record({"n": 1})
    (tmp_path / "way").symlink_to("real")
    path = tmp_path / "way/l"
    reached = Ledger(path, StandingClock(), INFO, within=tmp_path)
    with pytest.raises(UsageError, match="is a link"), reached:
        pass
    with pytest.raises(LedgerError, match="is a link"):
        list(read_records(path, tmp_path))
    broken = read_state(path, tmp_path).chain.broken
    assert broken is not None
    assert "is a link" in broken.reason


def test_no_file_is_left_beside_the_ledger(tmp_path: Path) -> None:
    """The lock is on the ledger itself."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as opened:
        opened.record({"n": 1})
        assert [each.name for each in tmp_path.iterdir()] == ["l.ndjson"]
    assert [each.name for each in tmp_path.iterdir()] == ["l.ndjson"]


def test_a_ledger_that_is_replaced_while_a_run_waits_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run continues the file that the earlier run left in its place."""
    path, other = tmp_path / "l.ndjson", tmp_path / "other"
    with ledger(other) as opened:
        opened.record({"n": 1}, {"n": 2})

    def acquired(descriptor: int, timeout: float) -> bool:
        if other.exists():
            other.replace(path)
        return acquire(descriptor, timeout)

    monkeypatch.setattr("lukhas_notion.ledger.file.acquire", acquired)
    with ledger(path) as waited:
        waited.record({"n": 3})
    assert check(path) == (3, None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(b'"n": 1', b'"n": 9'), ":2: the line before it was changed"),
        (lambda text: b"<<<<<<< HEAD\n" + text, ":1: the line is not a JSON object"),
        (lambda text: text.replace(b"\n", b"\r\n"), ":1: the line ends in CR LF"),
        (lambda text: b"\xef\xbb\xbf" + text, ":1: the line begins with a byte-order mark"),
    ],
)
def test_a_broken_chain_is_said_and_gone_on_with(
    tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    """A broken chain is a notice, and the run continues."""
    path = tmp_path / "l.ndjson"
    with ledger(path) as opened:
        opened.record({"n": 1}, {"n": 2})
    path.write_bytes(change(path.read_bytes()))
    with ledger(path) as opened:
        opened.record({"n": 3})
        (notice,) = opened.notices
    assert f"l.ndjson{said}" in notice
    assert "ledger verify" in notice


class FillingDisk(io.FileIO):
    """A file on a disk that takes some bytes more and then is full."""

    def __init__(self, path: Path, room: int) -> None:
        super().__init__(path, "a+b")
        self.room = room

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        """Write what there is room for."""
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = super().write(bytes(data)[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", [0, 10])
def test_a_disk_that_fills_up_leaves_no_half_record(tmp_path: Path, room: int) -> None:
    """A record that does not fit is taken back, closing is quiet, and the chain can go on."""
    path = tmp_path / "l.ndjson"
    opened = ledger(path)
    with opened:
        opened.record({"n": 1})
        before = path.read_bytes()
        assert opened._file is not None
        opened._file.close()
        opened._file = FillingDisk(path, room)
        with pytest.raises(LedgerError, match="No space left"):
            opened.record({"n": 2})
        assert path.read_bytes() == before
        opened._file.room = 10_000
        opened.record({"n": 3})
    assert [r["n"] for r in read_records(path)] == [1, 3]
    assert check(path) == (2, None)


def test_nothing_is_put_after_a_torn_line() -> None:
    """A stored ledger with a torn end cannot be continued."""
    with pytest.raises(LedgerError, match="incomplete") as caught:
        rechain(b'{"n": 1}\n{"n"', [{"n": 2}])
    assert caught.value.remedy


# Verifying


def chained(count: int) -> list[bytes]:
    """Return the lines of a whole ledger."""
    return rechain(b"", [{"n": n, "text": "é"} for n in range(count)]).splitlines(keepends=True)


def test_each_line_carries_the_hash_of_the_one_before() -> None:
    """Anyone can recompute the chain: SHA-256 of the line without its newline."""
    first, second = chained(2)
    assert json.loads(first)["prev"] == ORIGIN
    assert json.loads(second)["prev"] == line_hash(first) == line_hash(first.rstrip(b"\n"))


@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=300)
@given(data=st.data())
def test_any_single_change_is_found_where_something_stands_after_it(data: st.DataObject) -> None:
    """A byte changed, a line removed, doubled, moved or put in: the first wrong line is named.

    Not found, because nothing vouches for the end of a file: whole lines cut off there, and a
    change within the last line that leaves it a record with its link.
    """
    lines = chained(data.draw(st.integers(2, 5)))
    at = data.draw(st.integers(0, len(lines) - 2))
    how = data.draw(st.sampled_from(["change", "remove", "insert", "double", "swap"]))
    wrong = list(lines)
    if how == "change":
        byte = data.draw(st.integers(0, len(lines[at]) - 1))
        new = bytes([data.draw(st.integers(0, 255).filter(lambda b: b != lines[at][byte]))])
        wrong[at] = lines[at][:byte] + new + lines[at][byte + 1 :]
        # A newline within a line makes two of it, a lost one makes one of two: read as a file is.
        wrong = list(io.BytesIO(b"".join(wrong)))
    elif how == "remove":
        del wrong[at]
    elif how == "insert":
        other = json.dumps({"n": "x", "prev": data.draw(st.sampled_from([ORIGIN, "?", None]))})
        wrong.insert(at, other.encode() + b"\n")
    elif how == "double":
        wrong.insert(at, lines[at])
    else:
        wrong[at], wrong[at + 1] = wrong[at + 1], wrong[at]
    whole, broken = verify_chain(wrong)
    assert broken is not None
    assert at + 1 <= broken.line <= at + 2
    assert whole == broken.line - 1


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (b'{"n": 9', "incomplete"),
        (b"{]\n", "not a JSON object"),
        (b"[]\n", "not a JSON object"),
        (b'{"n": 9}\n', "no link"),
        (b'{"n": 9, "prev": "%s"}\n' % ORIGIN.encode(), "changed or removed"),
        (b"\xff\n", "not a JSON object"),
        (b"[" * 200_000 + b"\n", "not a JSON object"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(last: bytes, reason: str) -> None:
    """The first line that does not hold is named with its reason, the last one too."""
    whole, broken = verify_chain([*chained(2), last])
    assert broken is not None
    assert (whole, broken.line) == (2, 3)
    assert reason in broken.reason


def test_records_from_before_there_was_a_chain_are_accepted_at_the_beginning(
    tmp_path: Path,
) -> None:
    """An old ledger is continued, and its last line is a part of the chain from then on."""
    path = tmp_path / "l.ndjson"
    line = (
        '{"ts": "2025-10-03T12:34:56+00:00", "module": "%s", "action": "skip", "status": "sha"}\n'
    )
    path.write_text(line % "a" + line % "b")
    with ledger(path) as opened:
        opened.record({"n": 1})
    assert check(path) == (3, None)
    path.write_bytes(path.read_bytes().replace(b'"b"', b'"c"'))
    assert check(path) == (2, 3)


def test_whole_lines_cut_off_at_the_end_are_not_found() -> None:
    """Missing lines at the end are not found."""
    assert verify_chain(chained(3)[:2]) == (2, None)
    assert verify_chain([]) == (0, None)


# Reading


def test_reading_passes_over_a_torn_end(tmp_path: Path) -> None:
    """The records before a torn end can be read."""
    path = tmp_path / "l.ndjson"
    path.write_bytes(b"".join(chained(2)) + b'{"n"')
    assert [r["n"] for r in read_records(path)] == [0, 1]


def test_reading_names_a_line_that_is_no_record(tmp_path: Path) -> None:
    """A broken line in the middle is an error with its place."""
    path = tmp_path / "l.ndjson"
    first, second = chained(2)
    path.write_bytes(first + b"broken\n" + second)
    with pytest.raises(LedgerError, match=r"l.ndjson:2: the line is not a JSON object") as caught:
        list(read_records(path))
    assert "ledger verify" in caught.value.remedy
