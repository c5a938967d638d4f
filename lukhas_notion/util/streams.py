"""Output that cannot stop the work that it tells of.

A console may not know a character, a reader may go away (``| head``), a disk may be full, and
standard output may be closed. None of it is a reason to leave half of a plan unapplied.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO


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
