"""Every fault × every request that a page's body takes × every position."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.faults import Scene, broken_by, cells, made_by_a_sync

from lukhas_notion.emulator import FaultPlan

#: The kinds of request that write bodies, and how many of each when all goes well.
REQUESTS = {
    "pages.create": 1,
    "pages.retrieve_markdown": 3,
    "pages.update_markdown": 2,
    "pages.update": 5,
}


def changed(scene: Scene) -> None:
    """Lay out a module that is new, two whose bodies changed, and one that is as it was."""
    for name in ("alpha", "beta", "gamma"):
        scene.write(name, 0)
    assert scene.sync().code == 0
    scene.write("alpha", 1)
    scene.write("beta", 0)
    (scene.root / "beta/README.md").write_text("beta in version 0.\n\n")
    scene.write("delta", 2)
    scene.settle()


@pytest.mark.parametrize(("kind", "fault", "position", "when"), cells(REQUESTS))
def test_one_fault_breaks_no_body(
    tmp_path: Path, kind: str, fault: str, position: int, when: str
) -> None:
    """One page a module, bodies right or named, and the next run finishes what was begun."""
    scene = Scene(tmp_path / "r", FaultPlan(), bodies=True)
    changed(scene)

    assert broken_by(scene, kind, fault, position, when) == []
    scene.close()


@pytest.mark.parametrize(("kind", "count"), REQUESTS.items())
def test_the_cells_cover_every_request_of_a_body(tmp_path: Path, kind: str, count: int) -> None:
    """The positions are those of a sync that goes well."""
    scene = Scene(tmp_path / "r", FaultPlan(), bodies=True)
    changed(scene)

    assert made_by_a_sync(scene, kind) == count
    scene.close()
