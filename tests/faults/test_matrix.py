"""Every fault × every kind of request × every position: what must hold, holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.faults import Scene, mixed, moments

from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.emulator.faults import FAULTS, ONLY_FOR

#: The kinds of request that a sync with backfill makes, and how many of each when all goes well.
REQUESTS = {
    "databases.retrieve": 1,
    "data_sources.retrieve": 3,
    "data_sources.query": 3,
    "data_sources.update": 1,
    "pages.create": 2,
    "pages.update": 3,
}


def cells() -> list[tuple[str, str, int, str, float]]:
    """Return (kind, fault, position, when, seconds a query lags) of every cell."""
    found = []
    for kind, count in REQUESTS.items():
        for fault in FAULTS:
            if ONLY_FOR.get(fault, kind) != kind or fault == "invalid_cursor":
                continue
            reads = kind.endswith(("retrieve", "query"))
            for when in moments(fault)[:1] if reads else moments(fault):
                for position in range(1, count + 1):
                    lags = (0.0, 5.0) if kind == "pages.create" else (0.0,)
                    found.extend((kind, fault, position, when, lag) for lag in lags)
    return found


@pytest.mark.parametrize(("kind", "fault", "position", "when", "lag"), cells())
def test_one_fault_breaks_no_promise(
    tmp_path: Path, kind: str, fault: str, position: int, when: str, lag: float
) -> None:
    """One page a module, content right or named, ledger complete, and the next run clean."""
    rule = FaultRule(kind, fault, (position,), when=when)  # type: ignore[arg-type]
    scene = Scene(tmp_path / "r", FaultPlan((rule,), query_lag_seconds=lag))
    mixed(scene)

    ended = scene.sync()

    assert scene.notion.injected, "the fault must have struck"
    assert scene.broken_promises(ended) == []
    assert scene.after_healing() == []
    scene.close()


@pytest.mark.parametrize(("kind", "count"), REQUESTS.items())
def test_the_matrix_covers_every_request_of_a_sync(tmp_path: Path, kind: str, count: int) -> None:
    """The positions of the matrix are those of a sync that goes well."""
    scene = Scene(tmp_path / "r", FaultPlan())
    mixed(scene)

    assert scene.sync().code == 0
    assert scene.notion.count(kind) == count
    assert scene.after_healing() == []
    scene.close()
