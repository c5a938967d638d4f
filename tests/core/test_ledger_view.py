"""What the ledger proves of each module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support_core import StandingClock

from lukhas_notion.ledger import Ledger, RunInfo
from lukhas_notion.ledger_view import Recorded, last_known, view


def record(action: str, status: str, sha: str = "s1", **more: Any) -> dict[str, Any]:
    """Return a record about core."""
    return {
        "module": "core",
        "page_id": "p1",
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
    assert (whole.records, whole.problem, whole.modules["core"].sha) == (2, "", "s2")
    path.write_bytes(path.read_bytes().replace(b'"s1"', b'"s9"'))
    broken = view(path, lambda _: True)
    assert (broken.line, broken.modules) == (2, {})
    assert "changed or removed" in broken.problem
    assert not broken.is_missing
    path.unlink()
    path.mkdir()
    assert "cannot be read" in view(path, lambda _: True).problem
