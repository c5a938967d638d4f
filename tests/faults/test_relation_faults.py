"""Every fault × every request that relations take, the second write of a ring among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.faults import Scene, broken_by, cells, made_by_a_sync

from lukhas_notion.emulator import FaultPlan, FaultRule

#: The kinds of request that relations take, and how many of each when all goes well.
REQUESTS = {
    "pages.create": 4,
    "pages.update": 3,
    "pages.property": 2,
}
MANY = [f"m{number:02}" for number in range(26)]


def related(scene: Scene) -> None:
    """Lay out a ring of new modules, one that needs a new one, and one that needs many."""
    scene.options_by_hand()
    for name in MANY:
        scene.write(name, 0)
    scene.write("delta", 0, MANY[:1])
    scene.write("zeta", 0, MANY)
    assert scene.sync(concurrency=8).code == 0
    for name, needed in (("alpha", "beta"), ("beta", "gamma"), ("gamma", "alpha")):
        scene.write(name, 1, [needed])
    scene.write("delta", 0, [MANY[0], "epsilon"])
    scene.write("epsilon", 2)
    scene.write("zeta", 1, MANY)
    scene.settle()


@pytest.mark.parametrize(("kind", "fault", "position", "when"), cells(REQUESTS))
def test_one_fault_breaks_no_relation(
    tmp_path: Path, kind: str, fault: str, position: int, when: str
) -> None:
    """One page a module, relations right or named, and the next run finishes what was begun."""
    scene = Scene(tmp_path / "r", FaultPlan(), relations=True)
    related(scene)

    assert broken_by(scene, kind, fault, position, when) == []
    scene.close()


@pytest.mark.parametrize(("kind", "count"), REQUESTS.items())
def test_the_cells_cover_every_request_of_a_relation(tmp_path: Path, kind: str, count: int) -> None:
    """The positions are those of a sync that goes well."""
    scene = Scene(tmp_path / "r", FaultPlan(), relations=True)
    related(scene)

    assert made_by_a_sync(scene, kind) == count
    scene.close()


@pytest.mark.parametrize("writes", range(5))
def test_a_run_that_stops_between_two_writes_leaves_nothing_that_looks_edited(
    tmp_path: Path, writes: int
) -> None:
    """Whatever was written last, the next run goes on there, and calls nothing drift."""
    scene = Scene(tmp_path / "r", FaultPlan(), relations=True)
    related(scene)
    gone = tuple(range(writes + 1, 40))
    scene.notion.break_by(
        FaultPlan(
            (
                FaultRule("pages.create", "429_blocked", gone),
                FaultRule("pages.update", "429_blocked", gone),
            )
        )
    )
    scene.sync()
    scene.notion.heal()

    planned = scene.sync(dry_run=True)

    assert planned.result is not None
    assert planned.result.plan is not None
    assert planned.result.plan.drifted == ()
    assert scene.after_healing() == []
    scene.close()
