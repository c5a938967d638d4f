"""Everything outside the package that a run uses, built in one place and handed in."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.util.clock import Clock, SystemClock
from lukhas_notion.util.repository import Absence, unknown

if TYPE_CHECKING:
    import httpx

EarlierFiles = Callable[[Sequence[str]], Mapping[str, str]]
"""Paths below the root → those that an earlier commit has, and which commit that is."""


@dataclass(slots=True)
class Runtime:
    """What a run uses of the world.

    Args:
        environ: the environment.
        clock: what time it is.
        stop: set when the run is to end.
        random: jitter and run ids.
        transport: what carries requests to Notion; None for real HTTP.
        commit: returns the git commit of a folder, or "".
        committed: returns which of some files below a root the commit has that is checked out.
        origin: returns the URL of a folder's remote ``origin``, or "".
        absent: returns which paths of a folder's repository its commit does not have.
        stop_code: what a set ``stop`` makes the exit code (130 for Ctrl-C, 143 for SIGTERM).
    """

    environ: Mapping[str, str]
    clock: Clock = field(default_factory=SystemClock)
    stop: threading.Event = field(default_factory=threading.Event)
    random: random.Random = field(default_factory=random.SystemRandom)
    transport: Callable[[], httpx.BaseTransport] | None = None
    commit: Callable[[str], str] = lambda _: ""
    origin: Callable[[Path], str] = lambda _: ""
    absent: Callable[[Path, Collection[str]], Absence] = unknown
    stop_code: int = 1
    committed: Callable[[Path, Sequence[str]], Collection[str]] = lambda _root, _paths: ()

    def earlier(
        self, root: Path, base_has: Callable[[str], bool] = lambda _: False
    ) -> EarlierFiles:
        """Return what tells whether the last commit or the base branch has a file below a root."""

        def found(paths: Sequence[str]) -> dict[str, str]:
            base = {path: "the base branch" for path in paths if base_has(path)}
            last = dict.fromkeys(self.committed(root, paths), "the last commit")
            return {**last, **base}

        return found
