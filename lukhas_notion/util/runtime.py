"""What the process is given from outside: clock, randomness, environment, streams, HTTP."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from lukhas_notion.util.git import Absence, unknown

if TYPE_CHECKING:
    import httpx


class SafeStream:
    r"""Writes text to a stream as long as that works, and remembers why it did not.

    What the stream's encoding lacks is written as an escape (``\u2713``).

    Args:
        stream: where text goes; None where the process has no such stream.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self.reader_left = False
        self.trouble = "" if stream is not None else "it is closed"

    @property
    def encoding(self) -> str:
        """The encoding of what is written."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write text, or drop it where nothing can be written any more."""
        if self._stream is not None and not self.trouble:
            encoding = self.encoding
            with self._noting_trouble():
                self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each text."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand over what is buffered."""
        if self._stream is not None and not self.trouble:
            with self._noting_trouble():
                self._stream.flush()

    def isatty(self) -> bool:
        """Return whether a person sees it at once."""
        with suppress(ValueError):
            return self._stream is not None and not self.trouble and self._stream.isatty()
        return False

    def fileno(self) -> int:
        """Return the descriptor.

        Raises:
            OSError: there is none.
        """
        if self._stream is None:
            raise OSError("the stream is closed")
        return self._stream.fileno()

    def settle(self) -> None:
        """Hand over what is buffered, for good: what cannot be is given to nobody.

        Otherwise the interpreter would try it once more when it ends, and fail with code 120.
        """
        self.flush()
        if self._stream is not None and self.trouble:
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            self.reader_left = isinstance(error, BrokenPipeError)
            self.trouble = str(getattr(error, "strerror", None) or error)


class Clock(Protocol):
    """What time it is, and how to let some pass."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go backwards."""
        ...

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Let ``seconds`` pass, or fewer when ``stop`` is set; say whether it is set."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go backwards."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Let ``seconds`` pass, or fewer when ``stop`` is set; say whether it is set."""
        return stop.wait(max(0.0, seconds))


_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaemonPool:
    """Runs work in daemon threads, a limited number at once.

    Args:
        workers: how many threads, at least one.
        name: what the threads are called.
    """

    def __init__(self, workers: int, name: str) -> None:
        self._workers = max(workers, 1)
        self._name = name
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._running = 0

    def submit(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run ``work`` as soon as a thread is free; its result or exception is the future's."""
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        with self._lock:
            self._waiting.append(run)
            if self._running == self._workers:
                return future
            self._running += 1
            number = self._running
        threading.Thread(target=self._serve, name=f"{self._name}_{number}", daemon=True).start()
        return future

    def map(self, work: Callable[[Any], _T], items: Iterable[Any]) -> list[_T]:
        """Return ``work`` of each item, in the items' order; the first exception is raised."""
        futures = [self.submit(work, item) for item in items]
        return [future.result() for future in futures]

    def cancel(self) -> None:
        """Drop the work that has not begun; waiting for its result is an error."""
        with self._lock:
            self._waiting.clear()

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                work = self._waiting.popleft()
            work()


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
