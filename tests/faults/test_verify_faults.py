"""A verification reports every disagreement under faults, and a repair ends it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from support.faults import Scene

from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.plan.finding import FindingKind
from lukhas_notion.util.errors import LukhasNotionError

NAMES = [f"m{number:02}" for number in range(12)]


def edit(scene: Scene, name: str) -> FindingKind:
    """Edit a page by hand."""
    scene.notion.edit_page(page(scene, name), {"Description": "By hand."})
    return FindingKind.PAGE_EDITED


def trash(scene: Scene, name: str) -> FindingKind:
    """Put a page into the trash."""
    scene.notion.trash_page(page(scene, name))
    return FindingKind.PAGE_TRASHED


def rename(scene: Scene, name: str) -> FindingKind:
    """Give a page another title."""
    scene.notion.edit_page(page(scene, name), {"Module": f"{name} (old)"})
    return FindingKind.PAGE_RENAMED


def delete(scene: Scene, name: str) -> FindingKind:
    """Delete a page for good."""
    scene.notion.delete_page(page(scene, name))
    return FindingKind.PAGE_GONE


def change(scene: Scene, name: str) -> FindingKind:
    """Change a manifest."""
    scene.write(name, scene.wanted[name] + 1)
    return FindingKind.MANIFEST_CHANGED


def overwrite(scene: Scene, name: str) -> FindingKind:
    """Write another SHA on a page."""
    scene.notion.edit_page(page(scene, name), {"Provenance SHA": "e" * 64})
    return FindingKind.PAGE_FOREIGN


DOES: list[Callable[[Scene, str], FindingKind]] = [edit, trash, rename, delete, change, overwrite]


def page(scene: Scene, name: str) -> str:
    """Return the id of a module's page."""
    return str(next(p["id"] for p in scene.notion.pages() if p["Module"] == name))


def in_sync(root: Path, faults: FaultPlan, seed: int) -> Scene:
    """Return twelve modules that are in Notion, and a Notion that breaks from now on."""
    lag = FaultPlan(query_lag_seconds=faults.query_lag_seconds)
    scene = Scene(root, lag, seed=seed)
    for number, name in enumerate(NAMES):
        scene.write(name, number)
    assert scene.sync().code == 0
    scene.settle()
    assert scene.verify().findings == ()
    return scene


def chance_faults(chance: random.Random) -> FaultPlan:
    """Return faults that any request may have."""
    faults = ("429", "500", "502_html", "503", "drop", "truncated", "not_json", "504")
    rules = tuple(
        FaultRule("any", chance.choice(faults), probability=chance.choice((0.02, 0.1)))
        for _ in range(3)
    )
    return FaultPlan(rules, chance.choice((0.0, 3.0)), chance.randrange(2**32))


@pytest.mark.parametrize("seed", range(25))
def test_what_was_done_is_what_is_found(tmp_path: Path, seed: int) -> None:
    """Under faults each of a few disagreements is found, named, and nothing else is."""
    chance = random.Random(seed)
    faults = chance_faults(chance)
    scene = in_sync(tmp_path / "r", faults, seed)
    expected = {
        name: chance.choice(DOES)(scene, name)
        for name in chance.sample(NAMES, chance.randint(1, 5))
    }
    scene.settle()
    scene.notion.break_by(faults)
    found = {f.subject: f.kind for f in scene.verify().findings}
    assert found == expected
    assert scene.notion.count("pages.update") == 0
    scene.close()


@pytest.mark.parametrize("seed", range(25))
def test_a_repair_under_faults_converges(tmp_path: Path, seed: int) -> None:
    """It says in sync only when it is; with Notion healed one more repair is enough."""
    chance = random.Random(1_000 + seed)
    faults = chance_faults(chance)
    scene = in_sync(tmp_path / "r", faults, seed)
    for name in chance.sample(NAMES, 4):
        chance.choice(DOES)(scene, name)
    scene.settle()
    scene.notion.break_by(faults)
    try:
        if scene.verify(repair=True).in_sync:
            assert scene.wrong() == set()
    except LukhasNotionError:
        pass  # Notion could not be read: no verdict
    scene.notion.heal()
    scene.settle()
    assert scene.verify(repair=True).in_sync
    scene.settle()
    assert scene.wrong() == set()
    assert scene.verify().findings == ()
    titles = [p["Module"] for p in scene.notion.pages()]
    assert sorted(titles) == NAMES
    scene.close()


def test_a_verdict_after_a_repair_waits_for_no_lagging_query(tmp_path: Path) -> None:
    """Where queries show old pages for a while, what was just written is asked for by its id."""
    lag = FaultPlan(query_lag_seconds=30.0)
    scene = in_sync(tmp_path / "r", lag, 0)
    edit(scene, "m03")
    trash(scene, "m05")
    scene.settle()
    repaired = scene.verify(repair=True)
    assert repaired.findings == ()
    assert len(repaired.before) == 2
    scene.close()
