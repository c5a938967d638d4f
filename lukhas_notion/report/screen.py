"""Printing of lines: plain text into a pipe, colours and wrapped lines on a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import RLock
from typing import IO, TYPE_CHECKING, cast

from lukhas_notion.util.runtime import SafeStream
from lukhas_notion.util.sanitize import redact, terminal, terminal_block

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.progress import Progress, TaskID

#: A word; a number and the word that it counts are one.
_WORD = re.compile(r"\s*(?P<word>(?:[\d.,]+ )?\S+)")


class Style(StrEnum):
    """The meaning of a part of a line; the value is its style on a terminal."""

    PLAIN = ""
    GOOD = "green"
    CREATE = "green"
    UPDATE = "yellow"
    ARCHIVE = "red"
    DRIFT = "magenta"
    ERROR = "bold red"
    QUIET = "dim"
    STRONG = "bold"
    GONE = "red"
    NEW = "green"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: (text, style) of its parts, and the indent of what does not fit on a row.

    A terminal gives the indent at most half of a row.
    """

    parts: tuple[tuple[str, str], ...]
    indent: int = 4

    @classmethod
    def of(cls, *parts: str | tuple[str, str], indent: int = 4) -> Line:
        """Return a line of texts and (text, style) pairs, each escaped for a terminal."""
        pairs = ((part, "") if isinstance(part, str) else part for part in parts)
        return cls(tuple((terminal(text), style) for text, style in pairs if text), indent)

    def __str__(self) -> str:
        return "".join(text for text, _ in self.parts)


class Screen:
    """Prints lines, and a progress bar below them.

    Args:
        stream: where lines go.
        stderr: where the bar runs when it is a terminal and ``stream`` is not.
        environ: sets colours (``NO_COLOR``, ``TERM``) and width (``COLUMNS``).
    """

    def __init__(self, stream: SafeStream, stderr: SafeStream, environ: Mapping[str, str]) -> None:
        self._stream = stream
        self._stderr = stderr
        self._environ = environ
        self._lines = self._rich(stream) if stream.isatty() else None
        self._bar: tuple[Progress, TaskID] | None = None
        self._lock = RLock()

    def _rich(self, stream: SafeStream) -> RichConsole:
        from rich.console import Console as RichConsole

        return RichConsole(
            file=cast("IO[str]", stream),
            highlight=False,
            markup=False,
            emoji=False,
            _environ=dict(self._environ),
        )

    def say(self, line: str | Line = "") -> None:
        """Print a line without secrets; several threads can call this."""
        if self._lines is None:
            # One write a line: several threads print at once.
            self._stream.write(f"{terminal_block(redact(str(line)))}\n")
            return
        from rich.text import Text

        line = line if isinstance(line, Line) else Line(((line, ""),))
        parts = ((terminal_block(redact(text)), style) for text, style in line.parts)
        text, width = Text.assemble(*parts), self._lines.width
        indent = min(line.indent, width // 2)
        for number, (start, end) in enumerate(wrapped(text.plain, width, indent)):
            shown = Text(" " * indent) + text[start:end] if number else text[start:end]
            self._lines.print(shown, soft_wrap=True)

    # --- progress -----------------------------------------------------------------------------

    def begin(self, what: str, total: int) -> None:
        """Begin a bar in the place of any other; ``total`` may be too low."""
        if self._lines is None and not self._stderr.isatty():
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        with self._lock:
            self.end()
            bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=self._lines or self._rich(self._stderr),
                transient=True,
            )
            self._bar = bar, bar.add_task(what, total=total, rate="")
            bar.start()

    def advance(self) -> None:
        """Count one more item as done."""
        with self._lock:
            if self._bar is None:
                return
            bar, number = self._bar
            task = bar.tasks[0]
            total = max(task.total or 0, task.completed + 1)
            rate = f"{task.speed:,.1f}/s" if task.speed else ""
            bar.update(number, advance=1, total=total, rate=rate)

    def end(self) -> None:
        """End the bar."""
        with self._lock:
            if self._bar is not None:
                self._bar[0].stop()
                self._bar = None


def wrapped(text: str, width: int, indent: int) -> Iterator[tuple[int, int]]:
    """Yield the begin and end of each row of a text on a terminal of ``width`` columns.

    A row ends between two words. A word longer than a row stays whole, so that an address can be
    opened. Rows after the first have ``indent`` columns less.
    """
    from rich.cells import cell_len

    begin, used, room = 0, 0, width
    for word in _WORD.finditer(text):
        size = cell_len(word[0])
        if used and used + size > room:
            yield begin, word.start()
            begin, used, room = word.start("word"), 0, width - indent
            size = cell_len(word["word"])
        used += size
    yield begin, len(text.rstrip())


def table(rows: Sequence[Sequence[str]], widest: int = sys.maxsize) -> Iterator[Line]:
    """Yield the rows of a table; all columns but the last are padded, to ``widest`` at most."""
    rows = [tuple(map(terminal, row)) for row in rows]
    widths = [min(max(map(len, cells)), widest) + 2 for cells in zip(*rows, strict=True)]
    for row in rows:
        padded = (f"{cell:<{width - 2}}  " for cell, width in zip(row[:-1], widths, strict=False))
        yield Line.of(f"{''.join(padded)}{row[-1]}".rstrip(), indent=sum(widths[:-1]))
