"""What the ledger proves of each module."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support.core import StandingClock

from lukhas_notion.ledger.file import Ledger, RunInfo
from lukhas_notion.ledger.state import (
    Recorded,
    last_known,
    mentions,
    view,
)

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


def known(*records: dict[str, Any]) -> dict[str, Recorded]:
    """Return what records prove, where every path but legacy's is included."""
    return last_known(records, lambda path: not path.startswith("legacy/"))


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
    """Until it is written again; an archive that failed changes nothing."""
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
    """A backfill has no module; a value of another type is no proof and no crash."""
    assert known({"action": "notion-backfill-apply", "status": "success"}) == {}
    assert known(record(["create"], {"a": 1})) == {}  # type: ignore[arg-type]


def test_a_file_is_read_with_its_chain(tmp_path: Path) -> None:
    """Missing, empty, whole, broken, and a folder in its place."""
    path = tmp_path / "ledger.ndjson"
    assert view(path, lambda _: True).is_missing
    path.touch()
    assert view(path, lambda _: True).is_missing
    with Ledger(path, StandingClock(), RunInfo("run", "0")) as ledger:
        ledger.record(record("create", "success"), record("update", "success", "s2"))
    whole = view(path, lambda _: True)
    assert (whole.problem, whole.modules["core"].sha) == ("", "s2")
    path.write_bytes(path.read_bytes().replace(b'"s1"', b'"s9"'))
    broken = view(path, lambda _: True)
    assert (broken.line, broken.modules) == (2, {})
    assert "changed or removed" in broken.problem
    assert not broken.is_missing
    path.unlink()
    path.mkdir()
    assert view(path, lambda _: True).problem == "it is no file"
    path.rmdir()
    os.mkfifo(path)
    assert view(path, lambda _: True).problem == "it is no file"


def test_previews_alone_are_no_ledger(tmp_path: Path) -> None:
    """A dry run in a clone without a ledger leaves records that prove nothing."""
    path = tmp_path / "ledger.ndjson"
    with Ledger(path, StandingClock(), RunInfo("run", "0")) as ledger:
        ledger.record(record("skip", "preview"))
    assert view(path, lambda _: True).is_missing


def test_a_page_is_one_modules_at_a_time() -> None:
    """After a rename the old name has no page any more; a page that moved on takes none along."""
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
    """A ledger is a file, and what it calls a page becomes part of an address."""
    assert known(record("create", "success", page_id=page_id)) == {}


def test_one_page_is_one_however_its_id_is_written() -> None:
    """With hyphens or without, in either case: as Notion's answers have it."""
    bare = record("create", "success", page_id=PAGE.replace("-", ""))
    assert known(bare)["core"].page_id == PAGE


def test_a_ledger_mentions_a_page_wherever_it_names_it(tmp_path: Path) -> None:
    """All of the pages that are asked for; an empty or absent ledger names none."""
    ledger = tmp_path / "ledger.ndjson"
    assert not mentions(ledger, ["a"])
    os.mkfifo(tmp_path / "fifo")
    assert not mentions(tmp_path / "fifo", ["a"])
    ledger.write_bytes(b"")
    assert not mentions(ledger, ["a"])
    ledger.write_text('{"page_id": "a"}\n{"page_id": "b"}\n')
    assert mentions(ledger, ["a", "b"])
    assert not mentions(ledger, ["a", "c"])
