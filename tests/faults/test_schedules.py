"""Random schedules of faults, and kills: the short form of ``python tests/faults/long.py``."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.faults import schedule
from support.kills import kill_once


@pytest.mark.parametrize("seed", range(40))
def test_a_random_schedule_breaks_no_promise(tmp_path: Path, seed: int) -> None:
    """Any faults over fifty modules: no duplicate, no lost update, no false green."""
    scene, broken = schedule(seed, root=tmp_path / "r")

    assert broken == []
    scene.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_killed_sync_converges(tmp_path: Path, seed: int) -> None:
    """After ``kill -9`` the next run converges: one page a module, no finished record lost."""
    assert kill_once(tmp_path, seed) == []
