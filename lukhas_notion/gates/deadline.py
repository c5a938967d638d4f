"""The time that one manifest may take to check."""

from __future__ import annotations

from collections.abc import Callable

import regex

from lukhas_notion.gates.patterns import compile_pattern


class TimeUpError(Exception):
    """The check took longer than it may."""


class Deadline:
    """A moment that is set anew for every manifest; no deadline until the first :meth:`start`.

    Args:
        monotonic: seconds from an arbitrary start.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._end = float("inf")
        self._patterns: dict[str, regex.Pattern[str]] = {}

    def start(self, seconds: float) -> None:
        """Allow so many seconds from now."""
        self._end = self._monotonic() + seconds

    def check(self) -> None:
        """Raise :class:`TimeUpError` when the time is up."""
        if self._monotonic() > self._end:
            raise TimeUpError

    def search(self, pattern: str, text: str) -> bool:
        """Whether a regular expression is found in ``text``.

        Raises:
            TimeUpError: finding out took longer than the time that is left.
        """
        compiled = self._patterns.get(pattern)
        if compiled is None:
            compiled = self._patterns[pattern] = compile_pattern(pattern)
        left = self._end - self._monotonic()
        if left <= 0:
            raise TimeUpError
        try:
            return compiled.search(text, timeout=min(left, 3_600.0)) is not None
        except TimeoutError:
            raise TimeUpError from None
