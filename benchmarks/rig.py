"""What a row needs: repositories and states, each created once, and the command line under test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from benchmarks import notion, repository
from benchmarks.measure import Sample, measure
from benchmarks.notion import IMPORTED, Running, Service


@dataclass
class Rig:
    """One run of the benchmarks.

    Args:
        work: a folder for all that is written.
        command: the command line under test.
        service: how the embedded Notion answers.
        check_jsonschema: the program to compare ``validate`` with, None for none.
        say: tells what is going on.
    """

    work: Path
    command: Sequence[str]
    service: Service
    check_jsonschema: str | None = None
    say: Callable[[str], object] = print
    _numbers: Iterator[int] = field(default_factory=count)

    def repository(
        self, modules: int, changed: Sequence[int] = (), *, related: bool = False
    ) -> Path:
        """Return a repository of so many manifests, some of them changed since."""
        kind = "related" if related else "-".join(map(str, changed)) or "as-written"
        folder = self.work / f"repository-{modules}-{kind}"
        if not folder.exists():
            self.say(f"  writing {modules:,} manifests")
            repository.write_repository(folder, modules, related=related)
            repository.change(folder, *changed)
        return folder

    def state(
        self, modules: int, *, pages: bool, seconds: float = IMPORTED, related: bool = False
    ) -> Path:
        """Return the state of a Notion for a repository, with all of its pages or none.

        ``seconds`` pass between the creation of two pages.
        """
        kind = f"pages-{seconds:g}" if pages else "empty"
        file = self.work / f"state-{modules}-{kind}{'-related' * related}.ndjson"
        if not file.exists():
            self.say(f"  preparing a Notion of {modules if pages else 0:,} pages")
            repository = self.repository(modules, related=related)
            notion.write_state(repository, file, with_pages=pages, seconds=seconds)
        return file

    @contextmanager
    def notion(
        self,
        modules: int,
        *,
        pages: bool,
        seconds: float = IMPORTED,
        per_minute: int | None = None,
        related: bool = False,
    ) -> Iterator[Running]:
        """Run a fresh Notion on its own copy of the state, perhaps of a plan that allows more."""
        service = replace(self.service, per_minute=per_minute or self.service.per_minute)
        state = self.scratch("state.ndjson")
        shutil.copy(self.state(modules, pages=pages, seconds=seconds, related=related), state)
        command = notion.emulator(self.repository(modules, related=related), state, service)
        with notion.running(command, service) as running:
            yield running
        state.unlink()

    def scratch(self, name: str) -> Path:
        """Return a path that nobody has used."""
        return self.work / f"{next(self._numbers)}-{name}"

    def sync(
        self,
        modules: int,
        *words: str,
        pages: bool = True,
        changed: Sequence[int] = (),
        seconds: float = IMPORTED,
        per_minute: int | None = None,
        related: bool = False,
    ) -> Sample:
        """Measure one ``sync`` against a fresh Notion.

        Args:
            modules: how many manifests the repository has.
            words: the command's arguments.
            pages: whether Notion has their pages already.
            changed: which of them were changed since.
            seconds: what passed between the creation of two pages.
            per_minute: what this row's Notion allows; None for what the others' does.
            related: whether each module depends on one of the level below it.
        """
        root = self.repository(modules, changed, related=related)
        with self.notion(
            modules, pages=pages, seconds=seconds, per_minute=per_minute, related=related
        ) as running:
            ledger = str(self.scratch("ledger.ndjson"))
            command = [*self.command, "sync", *words, "--root", str(root), "--ledger", ledger]
            return running.counted(measure(command, cwd=root, environ=running.settings))
