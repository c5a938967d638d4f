"""The text of paths: what a path may be called, and which paths a pattern means.

The rules for names are those of every platform at once, so that a configuration that is accepted on
one is accepted on the others. :mod:`lukhas_notion.util.folder` looks at what a path leads to.

A pattern is relative to the root, with forward slashes. ``**`` stands for any number of folders,
``*``, ``?`` and ``[…]`` stay within one name, ``{a,b}`` is either, and a pattern that ends in a
slash means everything below. What can never match, or means something else than it seems to, is
refused when it is read. Patterns may be a stranger's: matching takes at most as many steps as the
names of the pattern times those of the path. That is why they are not made into one regular
expression, as wcmatch and others do: ``**/a/**/a/**/a/**/b`` would go back over the same path again
and again. An :class:`Effort` bounds the steps of many matches together.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

from lukhas_notion.util.text import is_hidden, normalized, spell_hidden

#: NTFS gives every long name a short one: ``.git`` is ``git~1``.
_SHORT_GIT = re.compile(r"git~[0-9]+")
#: Names that are devices on Windows, whatever their extension and in every folder
#: (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])")
#: What makes a pattern of a name where a workflow's next step takes patterns, and what Windows
#: takes in no name.
_PATTERN = re.compile(r'[*?\[\]"<>|]')
_ABSOLUTE = re.compile(r"[\\/]|[A-Za-z]:")
_SHOWN = 120


def path_problem(text: str, *, output: bool = False) -> str:
    """Return why a path may not be named, as the end of a sentence about it, or "".

    Args:
        text: the path as it was given.
        output: whether a file is written there; then it may not look like a pattern either.
    """
    if hazard := path_hazard(text):
        return hazard
    if spell_hidden(text) != text:
        return "has a line break, or a control or invisible character, in it"
    *folders, last = re.split(r"[\\/]", text)
    if any(is_git_name(name) for name in (*folders, last)):
        return "leads into a .git folder"
    # The folders of an absolute path are the user's own, as their system has them.
    names = [last] if _ABSOLUTE.match(text) else [*folders, last]
    return next(filter(None, (_name_problem(name, output=output) for name in names)), "")


def path_hazard(text: str) -> str:
    """Return why a path may not be used at all, be it the user's own, as :func:`path_problem`."""
    if is_network_path(text):
        return "names another computer or a device"
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text):
        return "has a line break, or a control or invisible character, in it"
    return ""


def _name_problem(name: str, *, output: bool) -> str:
    if _DEVICE.fullmatch(_compared(name).partition(".")[0].strip()):
        return f"has {name!r} in it, which is a device on Windows"
    if not output or name in ("", ".", ".."):
        return ""
    if "::" in name:
        return "has '::' in it: it names a stream of another file on Windows"
    if found := _PATTERN.search(name):
        return f"has {found[0]!r} in it, which a later step takes for a pattern"
    if name[0] in "!#~-" or name[-1] in ". ":
        return f"has {name!r} in it, which other tools do not take as a plain name"
    return ""


def is_git_name(name: str) -> bool:
    """Whether some platform takes one name of a path for ``.git``.

    Case, characters that are left out in comparisons, trailing dots and spaces, short names and
    the streams of NTFS (``.git::$INDEX_ALLOCATION``) make no difference.
    """
    if name.isascii() and "git" not in name.lower():
        return False  # most names, of which there are many
    plain = _compared(name)
    return plain == ".git" or _SHORT_GIT.fullmatch(plain) is not None


def is_network_path(text: str) -> bool:
    r"""Whether a path begins like another computer's or a device's: ``\\server\share``, ``//``.

    Windows connects, and sends the user's credentials, as soon as such a path is looked at.
    """
    return re.match(r"[\\/]{2}", text) is not None


def shown(text: str) -> str:
    """Return a path as an error quotes it: printable, and not without end."""
    return ascii(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!a}…"


def _compared(name: str) -> str:
    """Return a name as the most forgiving file system compares it: HFS+ leaves characters out."""
    folded = normalized("NFKD", name).casefold()
    kept = "".join(c for c in folded if not (is_hidden(c) or unicodedata.combining(c)))
    return kept.partition(":")[0].rstrip(". ")


#: Characters of a pattern, and patterns that its braces make of it.
LONGEST = 1_000
MOST_ALTERNATIVES = 100

_Part = Callable[[str], object] | None


class PatternError(ValueError):
    """A pattern that means nothing; ``str()`` continues a sentence that begins with it.

    Args:
        message: what is wrong.
        remedy: what to write instead.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class ExhaustedError(Exception):
    """Matching takes more steps than it may."""


class Effort:
    """How many steps many matches may take together.

    Args:
        steps: what all of them share, about two seconds; beyond them a search grants some for each
            path by :meth:`grant`.
    """

    def __init__(self, steps: int = 5_000_000) -> None:
        self._shared = steps
        self._granted = 0

    def grant(self, steps: int) -> None:
        """Let the next matches take some steps more; what is left of an earlier grant is gone."""
        self._shared += min(self._granted, 0)
        self._granted = steps

    def take(self, steps: int) -> None:
        """Take steps off what is left.

        Raises:
            ExhaustedError: there are not as many.
        """
        self._granted -= steps
        if self._granted + self._shared < 0:
            raise ExhaustedError


class Glob:
    """One pattern, as :func:`parse` makes it.

    Args:
        text: the pattern as it was written.
        alternatives: what is left of it once braces are expanded, in normal form.
    """

    def __init__(self, text: str, alternatives: tuple[str, ...]) -> None:
        self.text = text
        self.alternatives = alternatives
        self._parts = [_parts(pattern) for pattern in alternatives]

    def matches(self, path: str, effort: Effort | None = None) -> bool:
        """Whether the pattern means ``path``; a folder's path ends in a slash.

        Raises:
            ExhaustedError: it takes more than the effort has left.
        """
        names, effort = path.split("/"), effort or Effort()
        return any(_matches(parts, names, effort) for parts in self._parts)

    def choices(self) -> list[Glob]:
        """Return a glob of the same text for each alternative."""
        return [Glob(self.text, (pattern,)) for pattern in self.alternatives]

    def covers(self, folder: str, effort: Effort | None = None) -> bool:
        """Whether the pattern means a folder, whose path ends in a slash, or all below it.

        Raises:
            ExhaustedError: as :meth:`matches`.
        """
        return self.matches(folder, effort) or self.matches(folder.rstrip("/"), effort)


@lru_cache(maxsize=1_024)
def parse(text: str) -> Glob:
    """Return the glob of a pattern.

    Raises:
        PatternError: it can never match, or does not mean what it seems to.
    """
    if not text.strip():
        raise PatternError("is empty", "Take it out.")
    if len(text) > LONGEST:
        raise PatternError(f"is longer than {LONGEST:,} characters", "Write several patterns.")
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise PatternError("has a control character", "Take it out.")
    if "\\" in text:
        raise PatternError("has a backslash", "Write / between folders, on Windows as well.")
    if text.startswith("!"):
        raise PatternError("begins with !", "List what is not wanted under exclude, without the !.")
    expanded: dict[str, None] = {}
    for pattern in _expanded(text):
        expanded[_normal(pattern)] = None
        if len(expanded) > MOST_ALTERNATIVES:
            said = f"stands for more than {MOST_ALTERNATIVES} patterns"
            raise PatternError(said, "Use * in the place of some braces.")
    return Glob(text, tuple(expanded))


def _expanded(text: str) -> Iterator[str]:
    """Yield what the braces of a pattern make of it, the leftmost first."""
    waiting, made = [text], 0
    while waiting:
        pattern = waiting.pop()
        found = _braces(pattern)
        if found is None:
            yield pattern
            continue
        start, commas, end = found
        bounds = [start, *commas, end]
        choices = [pattern[a + 1 : b] for a, b in pairwise(bounds)]
        made += len(choices)
        if made > 2 * MOST_ALTERNATIVES:
            said = f"stands for more than {MOST_ALTERNATIVES} patterns"
            raise PatternError(said, "Use * in the place of some braces.")
        before, after = pattern[:start], pattern[end + 1 :]
        waiting += (f"{before}{choice}{after}" for choice in reversed(choices))


def _braces(pattern: str) -> tuple[int, list[int], int] | None:
    """Return where the first braces begin, have their commas, and end; None without braces."""
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
            return start, commas, at
    raise PatternError("has a { without a }", "Write {a,b} for a or b.")


def _normal(pattern: str) -> str:
    """Return a pattern without what changes nothing: ``./``, ``//`` and a final ``/.``."""
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
                f"has ** beside other characters, in {name!r}",
                "Let ** stand alone between slashes, as in src/**/*.json.",
            )
    return "/".join(kept)


def _parts(pattern: str) -> list[_Part]:
    return [None if name == "**" else _segment(name) for name in pattern.split("/")]


def _segment(pattern: str) -> Callable[[str], object]:
    # Shells have [^a] for [!a]. What fnmatch makes does not go back over a name.
    return re.compile(fnmatch.translate(pattern.replace("[^", "[!"))).match


def _matches(parts: list[_Part], names: list[str], effort: Effort) -> bool:
    last = parts[-1]
    if last is not None and not last(names[-1]):
        return False
    effort.take(len(parts))
    part = name = 0
    # Where to take up again when a name does not match: after the last ``**``, one name on.
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
