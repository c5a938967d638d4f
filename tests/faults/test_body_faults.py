"""Every fault × every request that a page's body takes × every position."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.faults import Scene, moments

from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.emulator.faults import FAULTS, ONLY_FOR

#: The kinds of request that write bodies, and how many of each when all goes well.
REQUESTS = {
    "pages.create": 1,
    "pages.retrieve_markdown": 3,
    "pages.update_markdown": 2,
    "pages.update": 5,
}


_AT_ALL = ("drop", "500", "503_committed")


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


def cells() -> list[tuple[str, str, int, str]]:
    """Return (kind, fault, position, when) of every cell.

    What differs from one position to the next is what was done before: a few faults show it.
    """
    return [
        (kind, fault, position, when)
        for kind, count in REQUESTS.items()
        for fault in FAULTS
        if fault not in ONLY_FOR
        for when in (moments(fault)[:1] if kind.endswith("retrieve_markdown") else moments(fault))
        for position in range(1, count + 1 if fault in _AT_ALL else 2)
    ]


@pytest.mark.parametrize(("kind", "fault", "position", "when"), cells())
def test_one_fault_breaks_no_body(
    tmp_path: Path, kind: str, fault: str, position: int, when: str
) -> None:
    """One page a module, bodies right or named, and the next run finishes what was begun."""
    scene = Scene(tmp_path / "r", FaultPlan(), bodies=True)
    changed(scene)
    rule = FaultRule(kind, fault, (position,), when=when)  # type: ignore[arg-type]
    scene.notion.break_by(FaultPlan((rule,)))

    ended = scene.sync()

    assert scene.notion.injected, "the fault must have struck"
    assert scene.broken_promises(ended) == []
    assert scene.after_healing() == []
    scene.close()


@pytest.mark.parametrize(("kind", "count"), REQUESTS.items())
def test_the_cells_cover_every_request_of_a_body(tmp_path: Path, kind: str, count: int) -> None:
    """The positions are those of a sync that goes well."""
    scene = Scene(tmp_path / "r", FaultPlan(), bodies=True)
    changed(scene)
    before = scene.notion.count(kind)

    assert scene.sync().code == 0
    assert scene.notion.count(kind) - before == count
    assert scene.after_healing() == []
    scene.close()
