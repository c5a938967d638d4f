"""Globs: which paths they match.

A glob is relative to the root, with forward slashes. ``**`` matches any number of folders, ``*``,
``?`` and ``[…]`` match within one name, ``{a,b}`` matches either, and a glob that ends in a slash
matches everything below. A glob that can never match, or is misleading, is refused when it is
parsed. Globs may be untrusted: a match takes at most as many steps as the number of names in the
glob times that in the path. One regular expression for a whole glob, as in wcmatch, would go back
over the same path again and again for ``**/a/**/a/**/a/**/b``. An :class:`Effort` limits the steps
of many matches together.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

#: Characters of a glob, and alternatives that its braces expand to.
LONGEST = 1_000
MOST_ALTERNATIVES = 100

_Part = Callable[[str], object] | None


class PatternError(ValueError):
    """A glob is refused.

    Args:
        message: what is wrong, the end of a sentence about the glob.
        remedy: what to write instead.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class ExhaustedError(Exception):
    """Matches took more steps than their :class:`Effort` allows."""


class Effort:
    """The number of steps that many matches may take together.

    Args:
        steps: the steps that all matches share; five million take about two seconds. A search
            grants more steps for each path with :meth:`grant`.
    """

    def __init__(self, steps: int = 5_000_000) -> None:
        self._shared = steps
        self._granted = 0

    def grant(self, steps: int) -> None:
        """Grant steps to the next matches in place of the rest of an earlier grant."""
        self._shared += min(self._granted, 0)
        self._granted = steps

    def take(self, steps: int) -> None:
        """Use steps.

        Raises:
            ExhaustedError: not as many are left.
        """
        self._granted -= steps
        if self._granted + self._shared < 0:
            raise ExhaustedError


class Glob:
    """A parsed glob.

    Args:
        text: the glob as it was written.
        alternatives: the globs that its braces expand to, in normal form.
    """

    def __init__(self, text: str, alternatives: tuple[str, ...]) -> None:
        self.text = text
        self.alternatives = alternatives
        self._parts = [_parts(pattern) for pattern in alternatives]

    def matches(self, path: str, effort: Effort | None = None) -> bool:
        """Return whether the glob matches a path; the path of a folder ends in a slash.

        Raises:
            ExhaustedError: it takes more steps than the effort has left.
        """
        names, effort = path.split("/"), effort or Effort()
        return any(_matches(parts, names, effort) for parts in self._parts)

    def choices(self) -> list[Glob]:
        """Return a glob with the same text for each alternative."""
        return [Glob(self.text, (pattern,)) for pattern in self.alternatives]

    def covers(self, folder: str, effort: Effort | None = None) -> bool:
        """Return whether the glob matches a folder, whose path ends in a slash, or all below it.

        Raises:
            ExhaustedError: as :meth:`matches`.
        """
        return self.matches(folder, effort) or self.matches(folder.rstrip("/"), effort)


@lru_cache(maxsize=1_024)
def parse_glob(text: str) -> Glob:
    """Parse a glob.

    Raises:
        PatternError: it can never match, or is misleading.
    """
    if not text.strip():
        raise PatternError("is empty", "Remove it.")
    if len(text) > LONGEST:
        raise PatternError(f"is longer than {LONGEST:,} characters", "Write several patterns.")
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise PatternError("has a control character", "Remove it.")
    if "\\" in text:
        raise PatternError("has a backslash", "Write / between folders, on Windows as well.")
    if text.startswith("!"):
        raise PatternError("begins with !", "List what is not wanted under exclude, without the !.")
    alternatives = dict.fromkeys(map(_normal, _expanded(text)))
    if len(alternatives) > MOST_ALTERNATIVES:
        raise _too_many_alternatives()
    return Glob(text, tuple(alternatives))


def _too_many_alternatives() -> PatternError:
    message = f"stands for more than {MOST_ALTERNATIVES} patterns"
    return PatternError(message, "Use * instead of some braces.")


def _expanded(text: str) -> Iterator[str]:
    """Yield the alternatives that the braces of a glob expand to, leftmost first."""
    waiting, count = [text], 0
    while waiting:
        pattern = waiting.pop()
        braces = _braces(pattern)
        if braces is None:
            yield pattern
            continue
        choices = [pattern[a + 1 : b] for a, b in pairwise(braces)]
        count += len(choices)
        if count > 2 * MOST_ALTERNATIVES:
            raise _too_many_alternatives()
        before, after = pattern[: braces[0]], pattern[braces[-1] + 1 :]
        waiting += (f"{before}{choice}{after}" for choice in reversed(choices))


def _braces(pattern: str) -> list[int] | None:
    """Return the places of the first braces and of their commas; None without braces."""
    start = pattern.find("{")
    if start < 0:
        if "}" in pattern:
            raise PatternError("has a } without a {", "Write {a,b} for a or b.")
        return None
    depth, commas = 0, list[int]()
    for at in range(start, len(pattern)):
        char = pattern[at]
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 1:
            commas.append(at)
        if depth == 0:
            if not commas:
                raise PatternError("has braces without a comma", "Write {a,b} for a or b.")
            return [start, *commas, at]
    raise PatternError("has a { without a }", "Write {a,b} for a or b.")


def _normal(pattern: str) -> str:
    """Return a glob without ``./``, ``//`` and a final ``/.``, which have no meaning."""
    if pattern.startswith(("/", "~")) or re.match("[A-Za-z]:", pattern):
        relative = re.sub("^(?:[A-Za-z]:|~)?/*", "", pattern) or "**"
        raise PatternError("is absolute", f"Write it relative to the root: {relative!r}.")
    names = pattern.split("/")
    if ".." in names:
        raise PatternError("has ..", "Nothing outside the root is searched: leave it out.")
    kept = [name for name in names if name not in ("", ".")]
    if not kept:
        raise PatternError("names no folder and no file", "Write ** for everything.")
    if names[-1] in ("", "."):
        kept.append("**")
    for name in kept:
        if "**" in name and name != "**":
            raise PatternError(
                f"has ** next to other characters, in {name!r}",
                "Let ** stand alone between slashes, as in src/**/*.json.",
            )
    return "/".join(kept)


def _parts(pattern: str) -> list[_Part]:
    return [None if name == "**" else _segment(name) for name in pattern.split("/")]


def _segment(pattern: str) -> Callable[[str], object]:
    # Shells accept [^a] for [!a]. The expression of fnmatch does not go back over a name.
    return re.compile(fnmatch.translate(pattern.replace("[^", "[!"))).match


def _matches(parts: list[_Part], names: list[str], effort: Effort) -> bool:
    last = parts[-1]
    if last is not None and not last(names[-1]):
        return False
    effort.take(len(parts))
    part = name = 0
    # Where to continue when a name does not match: after the last ``**``, at the next name.
    again: tuple[int, int] | None = None
    while name < len(names):
        if part < len(parts) and parts[part] is None:
            part += 1
            again = (part, name)
            continue
        segment = parts[part] if part < len(parts) else None
        if segment is not None and segment(names[name]):
            part, name = part + 1, name + 1
            continue
        if again is None:
            return False
        effort.take(1 + part - again[0])
        part, name = again[0], again[1] + 1
        again = (part, name)
    return all(segment is None for segment in parts[part:])
