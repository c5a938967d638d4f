"""Limits of the work that checking documents against a schema takes, for a whole run.

A schema of 2 KB can ask for more evaluations than there are atoms, and its author may be untrusted.
Work is counted in steps (one schema applied to one value, one keyword, one comparison), so that the
verdict on a file is the same on every machine. Only the matching of patterns is limited by time,
because the matcher counts nothing.

Each document has steps of its own, by its size. Beyond them it uses steps that all documents of the
run share: one expensive document is checked, and a thousand of them end.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

#: Steps of every document; a manifest of a few KB takes some hundred.
STEPS = 10_000
#: Bytes of a document for each further step; documents take about one step for 10 bytes.
BYTES_A_STEP = 4
#: Steps that all documents of a run share: about a second.
SHARED_STEPS = 300_000
#: Steps for checking a schema; each part of one takes some sixty.
SCHEMA_STEPS = 600_000
#: Seconds for one search by a pattern, and for all slow ones of a run together.
SECONDS_A_SEARCH = 1.0
SHARED_SECONDS = 2.0
#: Seconds of a search that do not count.
_FREE_SECONDS = 0.002
#: Schemas within schemas, and references, that lead from a document's top to one value.
MAX_DEPTH = 250


class ExhaustedError(Exception):
    """Checking exceeds a limit; the text completes "checking it … "."""


class TooDeepError(Exception):
    """The schema leads back to itself, or schema and document together are too deep."""


class Budget:
    """The work that is left, for one document after the other, each begun by :meth:`start`.

    Args:
        clock: returns seconds of this thread's processor time. On a busy machine a search waits for
            a processor, which is not its fault.
        steps: steps that all documents share.
        seconds: seconds that all slow searches share.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.thread_time,
        *,
        steps: int = SHARED_STEPS,
        seconds: float = SHARED_SECONDS,
    ) -> None:
        self._clock = clock
        self._shared = self._left = self._granted = steps
        self._seconds = seconds
        self._compiled: dict[str, regex.Pattern[str]] = {}

    @property
    def spent(self) -> int:
        """Steps of the present document so far."""
        return self._granted - self._left

    def start(self, size: int) -> None:
        """Begin a document of ``size`` bytes."""
        self._shared = min(self._shared, max(self._left, 0))
        self._left = self._granted = STEPS + size // BYTES_A_STEP + self._shared

    def spend(self, steps: int = 1) -> None:
        """Subtract steps.

        Raises:
            ExhaustedError: fewer steps are left.
        """
        self._left -= steps
        if self._left < 0:
            raise ExhaustedError(f"takes more than {self._granted:,} steps")

    def share_patterns(self, other: Budget) -> None:
        """Share the patterns that another budget has compiled."""
        self._compiled = other._compiled

    def compile(self, pattern: str) -> regex.Pattern[str]:
        """Return a compiled pattern; each is compiled once.

        Raises:
            ValueError: the pattern is not a regular expression, or too large to be compiled.
            ExhaustedError: compiling it takes more steps than are left.
        """
        compiled = self._compiled.get(pattern)
        if compiled is None:
            # By its length and its repeats, which are what compiling takes time for.
            self.spend(_STEPS_A_CHARACTER * len(pattern) + min(_repeats(pattern), _MOST_REPEATS))
            compiled = self._compiled[pattern] = compile_pattern(pattern)
        return compiled

    def search(self, pattern: str, text: str) -> bool:
        """Return whether ``text`` has a match of a pattern.

        Raises:
            ExhaustedError: the search takes too long.
        """
        self.spend()
        compiled = self.compile(pattern)
        begun = self._clock()
        limit = min(SECONDS_A_SEARCH, self._seconds) + _FREE_SECONDS
        try:
            has_match = compiled.search(text, timeout=limit) is not None
        except TimeoutError:
            has_match = None
        slow = self._clock() - begun - _FREE_SECONDS
        self._seconds = max(0.0, self._seconds - max(0.0, slow))
        if has_match is None:
            raise ExhaustedError("takes too long: a pattern backtracks over the same text")
        return has_match


# --- patterns ----------------------------------------------------------------------------------

#: The least count of a repeat. With the flag ``x`` it may have white space and comments anywhere.
_SPACE = r"\s|#[^\n]*+\n"
_REPEAT = re.compile(rf"\{{((?:[0-9]|{_SPACE})*+)")
_IGNORED = re.compile(_SPACE)
_MOST_DIGITS = 20
_LONGEST = 20_000
_MOST_REPEATS = 100_000
_STEPS_A_CHARACTER = 5


def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """Return a compiled pattern.

    Compiling has no time limit, and takes as long as the product of the repeats is large.

    Raises:
        ValueError: the pattern is not a regular expression, or too large to be compiled.
    """
    # It takes a twentieth of a second to import, which only untrusted patterns need.
    import regex

    if len(pattern) > _LONGEST or _repeats(pattern) > _MOST_REPEATS:
        raise ValueError("it is too large, or repeats too much")
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is too deep") from None


def _repeats(pattern: str) -> int:
    """Return the product of the repeats of a pattern."""
    counts = (_IGNORED.sub("", count) for count in _REPEAT.findall(pattern[:_LONGEST]))
    return math.prod(max(1, int(count[:_MOST_DIGITS] or 1)) for count in counts)
