"""Which pages the ledger's end says were created moments ago."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.recent import SETTLING, created_lately

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def page_of(name: str) -> str:
    """Return an id that is made of a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def record(module: str, minutes: float, **other: Any) -> str:
    """Return a ledger's line of so many minutes ago."""
    ts = (NOW - timedelta(minutes=minutes)).isoformat(timespec="microseconds")
    known = {"ts": ts, "module": module, "page_id": page_of(module)}
    return json.dumps({**known, "action": "create", "status": "success", **other}) + "\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Return where the ledger is."""
    return tmp_path / "ledger.ndjson"


def test_successful_creates_of_the_last_minutes_are_known(ledger: Path) -> None:
    """Updates, failures, previews and what is older are not; of two the newest counts."""
    ledger.write_text(
        record("old", SETTLING.total_seconds() / 60 + 1)
        + record("a", 5, page_id=page_of("first"))
        + record("a", 4, page_id=page_of("second"))
        + record("b", 3, action="update")
        + record("c", 2, status="error")
        + record("d", 1, status="preview", page_id=None)
        + json.dumps(
            {"ts": NOW.isoformat(), "action": "notion-backfill-apply", "status": "success"}
        )
        + "\n"
    )
    assert created_lately(ledger, NOW) == {"a": page_of("second")}


def test_a_ledger_larger_than_a_block_is_read_from_its_end(ledger: Path) -> None:
    """Lines that lie across blocks are whole, and every recent one is found."""
    old = "".join(record(f"old{n}", 1000 - n / 1000, filler="ü" * 500) for n in range(200))
    new = "".join(record(f"new{n}", 5, filler="ü" * 500) for n in range(300))
    ledger.write_text(old + new)
    assert created_lately(ledger, NOW) == {f"new{n}": page_of(f"new{n}") for n in range(300)}


def test_a_torn_last_line_is_passed_over(ledger: Path) -> None:
    """What a crash left half written hides nothing before it."""
    ledger.write_text(record("a", 1) + record("b", 1)[:40])
    assert created_lately(ledger, NOW) == {"a": page_of("a")}


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b'{"ts": "yesterday"}\n', b"\xff\xfe\n", b"[]\n"]
)
def test_what_is_no_ledger_knows_of_none(ledger: Path, content: bytes) -> None:
    """Nothing is made up, and nothing fails."""
    assert created_lately(ledger, NOW) == {}
    ledger.write_bytes(content)
    assert created_lately(ledger, NOW) == {}
