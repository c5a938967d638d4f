"""What the ledger proves of each module."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support.core import StandingClock

from lukhas_notion.ledger.file import Ledger, RunInfo, read_state
from lukhas_notion.ledger.state import (
    DatabaseAttempt,
    LedgerState,
    LedgerView,
    PageState,
    database_record,
)
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.util.errors import LedgerError

PAGE, OTHER = (f"{n * 8}-{n * 4}-{n * 4}-{n * 4}-{n * 12}" for n in "12")


def record(action: str, status: str, sha: str = "s1", **more: Any) -> dict[str, Any]:
    """Return a record about core."""
    return {
        "module": "core",
        "page_id": PAGE,
        "sha": sha,
        "action": action,
        "status": status,
    } | more


def folded(*records: dict[str, Any]) -> LedgerState:
    """Fold records, the oldest first."""
    state = LedgerState()
    for each in records:
        state.add(each)
    return state


def known(*records: dict[str, Any]) -> dict[str, PageState]:
    """Return what records prove, where every path but legacy's is included."""
    return folded(*records).modules(lambda path: not path.startswith("legacy/"))


def view(path: Path) -> LedgerView:
    """Return what a file proves of every module."""
    return read_state(path).view(lambda _: True)


@pytest.mark.parametrize(
    ("action", "status", "proves"),
    [
        ("create", "success", True),
        ("update", "success", True),
        ("skip", "sha_match", True),
        ("drift", "drift", True),
        ("create", "unknown", False),
        ("update", "error", False),
        ("skip", "preview", False),
        ("create", "preview", False),
        ("conflict", "conflict", False),
    ],
)
def test_only_what_was_done_or_seen_proves_anything(action: str, status: str, proves: bool) -> None:
    """A preview, a failure and an unknown outcome prove nothing."""
    assert bool(known(record(action, status))) is proves


def test_the_last_proof_counts() -> None:
    """A failed update after a create leaves the create's SHA; a later sync that saw it counts."""
    records = [record("create", "success"), record("update", "error", "s2")]
    assert known(*records)["core"].sha == "s1"
    assert known(*records, record("skip", "sha_match", "s3"))["core"].sha == "s3"


def test_a_page_that_was_archived_is_not_expected_any_more() -> None:
    """A page that was archived counts again when it is written; a failed archive is ignored."""
    made, gone = record("create", "success"), record("archive", "success")
    assert known(made, gone) == {}
    assert known(made, gone, made) == known(made)
    assert known(made, record("archive", "error")) == known(made)


def test_manifests_that_the_configuration_excludes_do_not_count() -> None:
    """Several configurations may share one ledger; records without a path count for all."""
    assert known(record("create", "success", path="legacy/module.manifest.json")) == {}
    assert known(record("create", "success", path="core/module.manifest.json"))
    assert known(record("create", "success"))


def test_records_of_other_shapes_are_passed_over() -> None:
    """Records without a module, and values of other types, are ignored."""
    assert known({"action": "notion-backfill-apply", "status": "success"}) == {}
    assert known(record(["create"], {"a": 1})) == {}  # type: ignore[arg-type]


def test_a_file_is_read_with_its_chain(tmp_path: Path) -> None:
    """Missing, empty, whole, broken, and a folder in its place."""
    path = tmp_path / "ledger.ndjson"
    assert view(path).is_missing
    path.touch()
    assert view(path).is_missing
    with Ledger(path, StandingClock(), RunInfo("run", "0")) as ledger:
        ledger.record(record("create", "success"), record("update", "success", "s2"))
    whole = view(path)
    assert (whole.problem, whole.modules["core"].sha) == ("", "s2")
    path.write_bytes(path.read_bytes().replace(b'"s1"', b'"s9"'))
    broken = view(path)
    assert (broken.line, broken.modules) == (2, {})
    assert "changed or removed" in broken.problem
    assert not broken.is_missing
    path.unlink()
    path.mkdir()
    assert view(path).problem == "it is not a file"
    path.rmdir()
    os.mkfifo(path)
    assert view(path).problem == "it is not a file"


def test_previews_alone_are_no_ledger(tmp_path: Path) -> None:
    """A dry run in a clone without a ledger leaves records that prove nothing."""
    path = tmp_path / "ledger.ndjson"
    with Ledger(path, StandingClock(), RunInfo("run", "0")) as ledger:
        ledger.record(record("skip", "preview"))
    assert view(path).is_missing


def test_a_page_is_one_modules_at_a_time() -> None:
    """After a rename, the page belongs to the new name only."""
    renamed = record("update", "success", "s2", module="new")
    assert list(known(record("create", "success"), renamed)) == ["new"]
    again = record("create", "success", "s3", page_id=OTHER)
    both = known(record("create", "success"), renamed, again)
    assert {name: last.page_id for name, last in both.items()} == {"new": PAGE, "core": OTHER}


def test_an_archive_of_another_page_takes_nothing_away() -> None:
    """Two databases may share a ledger, and have a module of the same name."""
    others = record("archive", "success", page_id=OTHER)
    assert known(record("create", "success"), others)["core"].page_id == PAGE


@pytest.mark.parametrize(
    "page_id", ["../users/me", "x\0y", "\ud800", "a b?c#d", "1" * 31, "1" * 70_000, 7, ["1" * 32]]
)
def test_what_is_no_id_proves_nothing(page_id: object) -> None:
    """A page id that is not a Notion id is ignored."""
    assert known(record("create", "success", page_id=page_id)) == {}


def test_one_page_is_one_however_its_id_is_written() -> None:
    """With hyphens or without, in either case: as Notion's answers have it."""
    bare = record("create", "success", page_id=PAGE.replace("-", ""))
    assert known(bare)["core"].page_id == PAGE


def test_whether_the_chain_holds_the_pages_that_are_named_are_known(tmp_path: Path) -> None:
    """A broken chain proves nothing, but the state still has the pages."""
    path = tmp_path / "ledger.ndjson"
    with Ledger(path, StandingClock(), RunInfo("run", "0")) as ledger:
        ledger.record(record("create", "success"), record("update", "success", "s2"))
    path.write_bytes(b"no record\n" + path.read_bytes() + b'{"torn')
    state = read_state(path)
    assert state.chain.broken is not None
    assert (state.chain.broken.line, state.pages[PAGE].sha) == (1, "s2")


# --- skips ----------------------------------------------------------------------------------

CHANGE = Change(ChangeKind.SKIP, "core", "core/module.manifest.json", "s1", page_id=PAGE)
SKIP = record("skip", "sha_match", path=CHANGE.path, data_source_id="ds")


@pytest.mark.parametrize(
    ("records", "has"),
    [
        ([], False),
        ([record("create", "success", path=CHANGE.path, data_source_id="ds")], False),
        ([SKIP], True),
        ([SKIP | {"sha": "s0"}], False),
        ([SKIP | {"module": "other"}], False),
        ([SKIP | {"path": "moved/module.manifest.json"}], False),
        ([SKIP | {"data_source_id": "another"}], False),
        ([SKIP | {"page_id": OTHER}], False),
        ([record("skip", "sha_match")], False),
        ([SKIP, record("drift", "drift")], False),
        ([SKIP, record("update", "error", "s2")], False),
        ([SKIP, record("conflict", "conflict", page_id=f"{PAGE}, {OTHER}")], False),
        ([SKIP, record("archived", "archived")], False),
        ([SKIP, record("archive", "success")], False),
        ([SKIP, record("update", "error", "s2"), SKIP], True),
        ([SKIP, record("update", "error", "s2", module="another")], True),
    ],
)
def test_a_skip_is_known_while_nothing_else_happened(
    records: list[dict[str, Any]], has: bool
) -> None:
    """The same module, page, SHA and place; a failure or an edit since then ends it."""
    assert folded(*records).has_skip(CHANGE, "ds") is has


# --- databases ------------------------------------------------------------------------------

PARENT, BASE = "page", "c47cdc32-b941-4c2d-b18a-0e0e70d737b9"
BEGUN, DONE = ("begun", PARENT, ""), ("success", PARENT, BASE)
LOST, FAILED = ("unknown", PARENT, ""), ("error", PARENT, "")


def created(*attempts: tuple[str, str, str]) -> LedgerState:
    """Fold attempts of (status, parent, database)."""
    return folded(
        *(
            {
                "ts": f"t{number}",
                **database_record(
                    status, parent=parent, title="Modules", database=database, properties=[]
                ),
            }
            for number, (status, parent, database) in enumerate(attempts)
        )
    )


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([], None),
        ([BEGUN, DONE], DatabaseAttempt(BASE, "Modules", "t1")),
        ([BEGUN], DatabaseAttempt("", "Modules", "t0")),
        ([BEGUN, LOST], DatabaseAttempt("", "Modules", "t1")),
        ([BEGUN, FAILED], None),
        ([BEGUN, ("unknown", PARENT, BASE)], DatabaseAttempt(BASE, "Modules", "t1")),
        ([BEGUN, DONE, ("error", PARENT, BASE)], DatabaseAttempt(BASE, "Modules", "t2")),
        ([BEGUN, DONE, BEGUN, FAILED], DatabaseAttempt(BASE, "Modules", "t1")),
        ([BEGUN, DONE, BEGUN], DatabaseAttempt("", "Modules", "t2")),
        ([BEGUN, LOST, BEGUN, DONE], DatabaseAttempt(BASE, "Modules", "t3")),
        ([("begun", "another", ""), ("success", "another", BASE)], None),
        ([("success", "", BASE)], None),
    ],
)
def test_the_newest_attempt_that_matters_counts(
    attempts: list[tuple[str, str, str]], expected: DatabaseAttempt | None
) -> None:
    """One that was answered names its database; one that was not is in doubt until it is."""
    assert created(*attempts).created_below(PARENT) == expected


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
def test_what_is_no_notion_id_is_no_database(named: str) -> None:
    """A database id that is not a Notion id is ignored, and the outcome stays unknown."""
    assert created(("success", PARENT, named)).created_below(PARENT) is None
    doubtful = created(BEGUN, ("success", PARENT, named))
    assert doubtful.created_below(PARENT) == DatabaseAttempt("", "Modules", "t0")
    assert doubtful.newest_database == ""


def test_an_id_without_hyphens_is_one() -> None:
    """An id without hyphens is accepted."""
    bare = BASE.replace("-", "")
    state = created(("success", PARENT, bare))
    assert state.created_below(PARENT) == DatabaseAttempt(bare, "Modules", "t0")
    assert state.newest_database == bare


@pytest.mark.parametrize("hides", [True, False])
def test_a_line_that_may_hide_a_database_is_an_error(tmp_path: Path, hides: bool) -> None:
    """A torn end is allowed, since nothing is sent before its record is complete."""
    path = tmp_path / "ledger.ndjson"
    path.write_bytes(b'{"action": "skip"}\n' + (b"no record\n" if hides else b"{torn"))
    if not hides:
        read_state(path).require_readable(path)
        return
    with pytest.raises(LedgerError, match=r"ledger\.ndjson:2: the line is not a JSON object"):
        read_state(path).require_readable(path)


def test_a_ledger_that_cannot_be_read_is_an_error_where_it_matters(tmp_path: Path) -> None:
    """A folder in its place hides everything; without a ledger nothing is hidden."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(LedgerError, match="it is not a file"):
        read_state(tmp_path / "folder").require_readable(tmp_path / "folder")
    read_state(tmp_path / "none").require_readable(tmp_path / "none")
