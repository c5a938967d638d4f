"""How much work checking documents against a schema may take, over a whole run.

A schema of 2 KB can ask for more evaluations than there are atoms, and a stranger may have written
it. Work is counted in steps (one schema applied to one value, one keyword, one comparison), so that
the verdict on a file is the same on every machine. Only the matching of patterns is bounded by
time, because the matcher counts nothing.

Each document has steps of its own, by its size. Beyond them it draws on a pool that all documents
of the run share: one that is expensive is checked, and a thousand of them end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

#: Steps that every document has; a manifest of a few KB takes some hundred.
STEPS = 10_000
#: Bytes of a document for each further step; documents take about one step for 10 bytes.
BYTES_A_STEP = 4
#: Steps that all documents of a run share: about a second.
SHARED_STEPS = 300_000
#: Steps that the documents of a schema share; each part of one takes some sixty.
SCHEMA_STEPS = 600_000
#: Seconds that one search by a pattern may take, and all slow ones of a run together.
SECONDS_A_SEARCH = 1.0
SHARED_SECONDS = 2.0
#: Seconds of a search that do not count.
_FREE_SECONDS = 0.002
#: Schemas within schemas, and references, that lead from a document's top to one value.
MAX_DEPTH = 250


class ExhaustedError(Exception):
    """Checking takes more work than it may; its text completes "checking it … "."""


class TooDeepError(Exception):
    """The schema leads back to itself, or schema and document together are too deep."""


class Budget:
    """The work that is left. Serves one document after the other, each begun by :meth:`start`.

    Args:
        monotonic: seconds from an arbitrary start.
        steps: what all documents share.
        seconds: what all slow searches share.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        steps: int = SHARED_STEPS,
        seconds: float = SHARED_SECONDS,
    ) -> None:
        self._monotonic = monotonic
        self._shared = self._left = self._granted = steps
        self._seconds = seconds
        self._compiled: dict[str, regex.Pattern[str]] = {}

    @property
    def spent(self) -> int:
        """Steps that the present document took so far."""
        return self._granted - self._left

    def start(self, size: int) -> None:
        """Begin another document, of ``size`` bytes."""
        self._shared = min(self._shared, max(self._left, 0))
        self._left = self._granted = STEPS + size // BYTES_A_STEP + self._shared

    def spend(self, steps: int = 1) -> None:
        """Take steps off what is left.

        Raises:
            ExhaustedError: there are not that many.
        """
        self._left -= steps
        if self._left < 0:
            raise ExhaustedError(f"takes more than {self._granted:,} steps")

    def share_patterns(self, other: Budget) -> None:
        """Take the patterns that another budget has paid for."""
        self._compiled = other._compiled

    def compile(self, pattern: str) -> regex.Pattern[str]:
        """Return a compiled pattern; each is compiled once.

        Raises:
            ValueError: it is not a regular expression, or too large to be compiled.
            ExhaustedError: compiling it takes more work than there is left.
        """
        compiled = self._compiled.get(pattern)
        if compiled is None:
            self.spend(compiling_cost(pattern))
            compiled = self._compiled[pattern] = compile_pattern(pattern)
        return compiled

    def search(self, pattern: str, text: str) -> bool:
        """Whether a regular expression is found in ``text``.

        Raises:
            ExhaustedError: finding out took too long.
        """
        self.spend()
        compiled = self.compile(pattern)
        begun = self._monotonic()
        limit = min(SECONDS_A_SEARCH, self._seconds) + _FREE_SECONDS
        try:
            found = compiled.search(text, timeout=limit) is not None
        except TimeoutError:
            found = None
        slow = self._monotonic() - begun - _FREE_SECONDS
        self._seconds = max(0.0, self._seconds - max(0.0, slow))
        if found is None:
            raise ExhaustedError("takes too long: a pattern goes back over the same text again")
        return found


# Regular expressions. Matching is bounded by a timeout; compiling has none, and takes as long as
# the repeats of a pattern, multiplied, are many.

#: A repeat's least count. Under the flag ``x``, white space and comments may be anywhere in it.
_SPACE = r"\s|#[^\n]*+\n"
_REPEAT = re.compile(rf"\{{((?:[0-9]|{_SPACE})*+)")
_IGNORED = re.compile(_SPACE)
_MOST_DIGITS = 20
_LONGEST = 20_000
_MOST_REPEATS = 100_000
#: Steps for compiling one character, or one repeat.
_STEPS_A_CHARACTER = 5


def compiling_cost(pattern: str) -> int:
    """Return about how many steps of a budget compiling a pattern takes."""
    return _STEPS_A_CHARACTER * len(pattern) + min(_repeats(pattern), _MOST_REPEATS)


def _repeats(pattern: str) -> int:
    counts = (_IGNORED.sub("", found) for found in _REPEAT.findall(pattern[:_LONGEST]))
    return math.prod(max(1, int(count[:_MOST_DIGITS] or 1)) for count in counts)


def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """Return the compiled pattern.

    Raises:
        ValueError: it is not a regular expression, or too large to be compiled.
    """
    # A twentieth of a second to import, which a run without a stranger's pattern need not pay.
    import regex

    if len(pattern) > _LONGEST or _repeats(pattern) > _MOST_REPEATS:
        raise ValueError("it is too large, or repeats too much")
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is too deep") from None
