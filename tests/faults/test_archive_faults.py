"""Pages on their way to the trash, while Notion breaks or the run ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.faults import Scene, moments

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.emulator.faults import FAULTS, ONLY_FOR
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run, RunObserver

KIND = "pages.update"


def cells() -> list[tuple[str, str, int]]:
    """Return (fault, when, position) for the two archives of a run."""
    found = []
    for fault in FAULTS:
        if ONLY_FOR.get(fault, KIND) != KIND or fault == "invalid_cursor":
            continue
        found.extend((fault, when, position) for when in moments(fault) for position in (1, 2))
    return found


def scene_of(root: Path, *rules: FaultRule) -> Scene:
    """Make ten synced modules, delete two of their manifests, and break Notion from then on."""
    scene = Scene(root, FaultPlan(rules))
    scene.options_by_hand()
    for number in range(10):
        scene.write(f"m{number}", number)
    assert scene.sync().code == 0
    scene.settle()
    scene.delete("m3")
    scene.delete("m7")
    return scene


def trashed(scene: Scene) -> set[str]:
    """Return the modules whose pages are in the trash."""
    return {page["Module"] for page in scene.notion.pages(in_trash=True)}


def archived(scene: Scene) -> list[tuple[str, str]]:
    """Return module and status of the ledger's archives."""
    lines = (scene.root / "manifests/.ledger/notion_sync.ndjson").read_text().splitlines()
    found = map(json.loads, lines)
    return [(r["module"], r["status"]) for r in found if r["action"] == "archive"]


@pytest.mark.parametrize(("fault", "when", "position"), cells())
def test_one_fault_loses_no_archive_and_touches_no_other_page(
    tmp_path: Path, fault: str, when: str, position: int
) -> None:
    """Both are in the trash or named, nothing else is, and the next run completes it."""
    rule = FaultRule(KIND, fault, (position,), when=when)  # type: ignore[arg-type]
    scene = scene_of(tmp_path / "r", rule)

    ended = scene.sync(archive=True)

    assert scene.notion.injected, "the fault must have struck"
    assert scene.broken_promises(ended) == []
    assert ended.result is not None
    failed = {o.change.module for o in ended.result.failures}
    assert trashed(scene) | failed == {"m3", "m7"}
    assert (ended.code == 0) is (not failed)
    scene.notion.heal()
    scene.settle()
    assert scene.sync(archive=True).code == 0
    assert trashed(scene) == {"m3", "m7"}
    assert scene.wrong() == set()
    scene.close()


def test_an_archive_whose_answer_never_comes_is_looked_up(tmp_path: Path) -> None:
    """Every answer is lost, every repeat refused: the page says that it is in the trash."""
    rule = FaultRule(KIND, "drop", (1,), when="after")
    scene = scene_of(tmp_path / "r", rule)
    ended = scene.sync(archive=True, max_retries=0)
    assert ended.code == 0
    assert trashed(scene) == {"m3", "m7"}
    assert sorted(archived(scene)) == [("m3", "success"), ("m7", "success")]
    scene.close()


def test_an_archive_that_was_not_done_is_named(tmp_path: Path) -> None:
    """Given up before its effect, it is no success, and the exit code says so."""
    rule = FaultRule(KIND, "500", (1,), when="before")
    scene = scene_of(tmp_path / "r", rule)
    ended = scene.sync(archive=True, max_retries=0)
    assert ended.code == 1
    assert trashed(scene) == {"m7"}
    assert sorted(archived(scene)) == [("m3", "error"), ("m7", "success")]
    assert scene.sync(archive=True).code == 0
    assert trashed(scene) == {"m3", "m7"}
    scene.close()


class Meanwhile(RunObserver):
    """Does something in Notion between the plan and the apply."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def planned(self, preview: RunResult) -> None:
        """Do it."""
        self._act()


def sync_with(scene: Scene, act: Callable[[], None]) -> RunResult:
    """Sync while somebody acts in Notion."""
    config = load(Flags(root=str(scene.root), concurrency=1), scene.environ)
    return Run(config, scene.runtime(), Meanwhile(act)).sync(SyncOptions(archive_removed=True))


def page_of(scene: Scene, module: str) -> str:
    """Return the id of a module's page."""
    return next(str(p["id"]) for p in scene.notion.pages() if p["Module"] == module)


def test_a_page_that_somebody_trashed_meanwhile_is_done(tmp_path: Path) -> None:
    """Notion refuses to trash it again, and the page itself says that it is there."""
    scene = scene_of(tmp_path / "r")
    ended = sync_with(scene, lambda: scene.notion.trash_page(page_of(scene, "m3")))
    assert ended.exit_code == 0
    assert ended.done(ChangeKind.ARCHIVE) == 2
    assert trashed(scene) == {"m3", "m7"}
    scene.close()


def test_a_page_that_was_deleted_for_good_meanwhile_is_done(tmp_path: Path) -> None:
    """It is not found, the database is: nothing is left to be moved."""
    scene = scene_of(tmp_path / "r")
    pages = scene.notion.workspace.store.pages
    gone = page_of(scene, "m3")
    ended = sync_with(scene, lambda: pages.pop(gone) and None)
    assert ended.exit_code == 0
    assert ended.done(ChangeKind.ARCHIVE) == 2
    assert gone not in pages
    scene.close()


def test_a_database_that_is_out_of_reach_is_no_empty_trash(tmp_path: Path) -> None:
    """Pages that are not found because the database is gone are not taken for deleted."""
    scene = scene_of(tmp_path / "r")
    store = scene.notion.workspace.store

    def lose() -> None:
        """Take the database away from the integration."""
        for held in (store.pages, store.data_sources, store.databases):
            held.clear()

    ended = sync_with(scene, lose)

    assert ended.exit_code == 2
    assert ended.done(ChangeKind.ARCHIVE) == 0
    assert [str(o.status) for o in ended.failures] == ["error", "not_attempted"]
    scene.close()


def test_a_crash_between_trash_and_ledger_is_made_good(tmp_path: Path) -> None:
    """One page was in the trash and not yet in the ledger: the rerun does the rest, and no more."""
    scene = scene_of(tmp_path / "r")
    ledger = scene.root / "manifests/.ledger/notion_sync.ndjson"
    before = ledger.read_bytes()
    assert scene.sync(archive=True).code == 0
    ledger.write_bytes(before)
    [undone] = [p["id"] for p in scene.notion.pages(in_trash=True) if p["Module"] == "m7"]
    scene.notion.restore_page(undone)
    writes = scene.notion.count(KIND)

    after = scene.sync(archive=True)

    assert after.code == 0
    assert trashed(scene) == {"m3", "m7"}
    assert scene.notion.count(KIND) == writes + 1
    assert scene.broken_promises(after) == []
    scene.close()
