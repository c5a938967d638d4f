"""The observer of a run receives what it reads, plans and does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from support.workplace import workplace

from lukhas_notion.config.config import Flags, load
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import Outcome, RunResult
from lukhas_notion.sync.run import Run, RunObserver
from lukhas_notion.util.runtime import Runtime


@dataclass
class Watcher(RunObserver):
    """An observer that counts its calls."""

    told: list[str] = field(default_factory=list)
    pages: int = 0
    lock: Lock = field(default_factory=Lock)

    def reading(self, expected: int) -> None:
        """Note how many pages are expected."""
        self.told.append(f"reading about {expected}")

    def read(self) -> None:
        """Count a page, from several threads."""
        with self.lock:
            self.pages += 1

    def planned(self, preview: RunResult) -> None:
        """Note the result of a dry run."""
        self.told.append(preview.verdict().headline)

    def outcome(self, outcome: Outcome) -> None:
        """Note the outcome of a page."""
        self.told.append(f"{outcome.change.kind} {outcome.change.module}")


def test_reading_planning_and_writing_are_told(tmp_path: Path) -> None:
    """The expected number comes before the pages, and the plan before its outcomes."""
    place = workplace(tmp_path)
    for number in range(130):
        place.write(f"m{number}", {"module": f"m{number}"})
    assert place.run("sync", "--all").code == 0
    place.edit("m7", description="Changed.")
    config = load(Flags(root=str(tmp_path)), place.environ)
    watcher = Watcher()

    runtime = Runtime(place.environ, transport=place.transport, origin=lambda _: place.origin)
    Run(config, runtime, watcher).sync(SyncOptions())

    assert watcher.told == [
        "reading about 130",
        "Applying changes 1 page in Notion",
        "update m7",
    ]
    assert watcher.pages >= 130
    place.notion.close()
