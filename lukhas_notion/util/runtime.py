"""What a run gets from outside: clock, randomness, environment, streams, threads, HTTP, git."""

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
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from lukhas_notion.util.git import Absence, unknown

if TYPE_CHECKING:
    import httpx


class SafeStream:
    r"""Writes text to a stream until that fails, then drops text and keeps the reason.

    Characters that the encoding does not have are written as escapes (``\u2713``).

    Args:
        stream: the stream; None where the process does not have it.

    Attributes:
        trouble: why nothing more can be written, "" while it can.
        reader_left: whether the reader closed the pipe.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self.reader_left = False
        self.trouble = "" if stream is not None else "it is closed"

    @property
    def encoding(self) -> str:
        """The encoding of the stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write text, or drop it after an error."""
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
        """Write what is buffered."""
        if self._stream is not None and not self.trouble:
            with self._noting_trouble():
                self._stream.flush()

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
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
        """Write what is buffered for the last time, and discard it where that fails.

        Otherwise the interpreter tries again when it ends, and fails with exit code 120.
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
    """Returns the time, and waits."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, which never decrease."""
        ...

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait ``seconds``, or until ``stop`` is set; return whether it is set."""
        ...


class SystemClock:
    """The clock of the machine."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, which never decrease."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait ``seconds``, or until ``stop`` is set; return whether it is set."""
        return stop.wait(max(0.0, seconds))


_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaemonPool:
    """Runs work in a limited number of daemon threads.

    Args:
        workers: the number of threads, at least one.
        name: the prefix of the threads' names.
    """

    def __init__(self, workers: int, name: str) -> None:
        self._workers = max(workers, 1)
        self._name = name
        self._changed = threading.Condition()  # guards the rest
        self._waiting: deque[Callable[[], None]] = deque()
        self._running = 0

    def submit(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run ``work`` as soon as a thread is free; return the future of its result."""
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        with self._changed:
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
        try:
            return [future.result() for future in futures]
        finally:
            self.end()

    def end(self) -> None:
        """Drop the work that has not begun, whose result must not be waited for; wait for the rest.

        The caller may close what the work uses: a connection that is closed during a request would
        send it a second time.
        """
        with self._changed:
            self._waiting.clear()
            self._changed.wait_for(lambda: not self._running)

    def _serve(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._running -= 1
                    self._changed.notify_all()
                    return
                work = self._waiting.popleft()
            work()


EarlierFiles = Callable[[Sequence[str]], Mapping[str, str]]
"""Paths below the root → path → which earlier commit has it, for those that one has."""


@dataclass(slots=True)
class Runtime:
    """What a run uses of the outside.

    Args:
        environ: the environment.
        clock: the clock.
        stop: set when the run must end.
        random: for jitter and run ids.
        transport: returns the HTTP transport to Notion; None for real HTTP.
        commit: returns the git commit of a folder, or "".
        committed: returns those of some files below a root that the checked-out commit has.
        origin: returns the URL of a folder's remote ``origin``, or "".
        absent: returns which paths of a folder's repository its commit does not have.
        stop_code: the exit code after ``stop`` (130 for Ctrl-C, 143 for SIGTERM).
    """

    environ: Mapping[str, str]
    clock: Clock = field(default_factory=SystemClock)
    stop: threading.Event = field(default_factory=threading.Event)
    random: random.Random = field(default_factory=random.SystemRandom)
    transport: Callable[[], httpx.BaseTransport] | None = None
    commit: Callable[[Path], str] = lambda _: ""
    origin: Callable[[Path], str] = lambda _: ""
    absent: Callable[[Path, Collection[str]], Absence] = unknown
    stop_code: int = 1
    committed: Callable[[Path, Sequence[str]], Collection[str]] = lambda _root, _paths: ()

    def signalled(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal: the run ends after the requests in flight, with its exit code."""
        self.stop_code = 128 + number
        self.stop.set()

    def earlier(
        self, root: Path, base_has: Callable[[str], bool] = lambda _: False
    ) -> EarlierFiles:
        """Return a function that looks up files in the last commit and in the base branch."""

        def look_up(paths: Sequence[str]) -> dict[str, str]:
            base = {path: "the base branch" for path in paths if base_has(path)}
            last = dict.fromkeys(self.committed(root, paths), "the last commit")
            return {**last, **base}

        return look_up
