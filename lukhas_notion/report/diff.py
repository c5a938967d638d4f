"""How one value became another, in plain text that reads well in a terminal and in Markdown."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import islice

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.property_types import shown
from lukhas_notion.util.fold import difference, fold

#: Longer values are shown as a diff, shorter ones whole.
_SHORT = 100
#: Characters of unchanged text left standing on each side of a change.
_CONTEXT = 60
#: More changed pieces than this are not compared: the time taken can grow with their cube.
_MOST_PIECES = 1_000
#: Text is compared by words, or by sentences where that would be too many pieces.
_GRAINS = (re.compile(r"\s+|\w+|[^\w\s]"), re.compile(r"[^.!?]*[.!?]+\s*|[^.!?]+"))
_HUNK = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")


@dataclass(frozen=True, slots=True)
class ValueDiff:
    """A change of one value.

    Either ``before`` and ``after`` are short and whole, or ``lines`` is a diff to be shown as a
    block: unified for text of several lines, else words as ``[-gone-]{+new+}``. ``segments`` has
    the words once more, each with ``=``, ``-`` or ``+``, for who can show it better. ``apart`` says
    how two values that look the same differ, and is "" for any others.
    """

    before: str
    after: str
    lines: tuple[str, ...] = ()
    segments: tuple[tuple[str, str], ...] = ()
    apart: str = ""


def diff(change: PropertyChange) -> ValueDiff:
    """Return the difference between a property's two values."""
    before, after = shown(change.type, change.before), shown(change.type, change.after)
    if isinstance(change.after, tuple) and isinstance(change.before, tuple) and change.before:
        lost = [("-", name) for name in change.before if name not in change.after]
        new = [("+", name) for name in change.after if name not in change.before]
        told = "  ".join(sign + name for sign, name in lost + new)
        apart = _names_apart([n for _, n in lost], [n for _, n in new])
        return ValueDiff(before, after, (told,) if told else (), tuple(lost + new), apart)
    if not change.type.is_text or (_is_short(before) and _is_short(after)):
        return ValueDiff(before, after, apart=difference(before, after))
    if not before:
        return ValueDiff("", _excerpt(after))
    if not after:
        return ValueDiff(_excerpt(before), "")
    if "\n" in before or "\n" in after:
        return ValueDiff(before, after, tuple(_lines(before, after)))
    segments = _words(before, after)
    return ValueDiff(before, after, ("".join(map(_wdiff, segments)),), tuple(segments))


def _names_apart(lost: list[str], new: list[str]) -> str:
    """Return how the first name that is lost differs from a new one that looks the same."""
    by_look = {fold(name): name for name in new}
    found = (difference(name, by_look.get(fold(name), name)) for name in lost)
    return next(filter(None, found), "")


def _is_short(text: str) -> bool:
    return len(text) <= _SHORT and "\n" not in text


def _excerpt(text: str) -> str:
    """Return the beginning of a long text, and how long it is: nothing is cut in silence."""
    first = text.split("\n", 1)[0]
    if len(first) > _SHORT:
        first = first[:_SHORT].rsplit(" ", 1)[0]
    return text if first == text else f"{first} … ({len(text):,} characters)"


def _lines(before: str, after: str) -> list[str]:
    old, new = before.split("\n"), after.split("\n")
    start, end = _common_ends(old, new)
    core_old, core_new = old[start : len(old) - end], new[start : len(new) - end]
    if len(core_old) + len(core_new) > _MOST_PIECES:
        return [f"-{len(core_old):,} lines", f"+{len(core_new):,} lines"]
    first, last = max(start - 1, 0), max(end - 1, 0)
    found = difflib.unified_diff(
        old[first : len(old) - last], new[first : len(new) - last], lineterm="", n=1
    )
    # The first two lines name files. The numbers count from the first line that was compared.
    return [_HUNK.sub(lambda m: _moved(m, first), line) for line in islice(found, 2, None)]


def _moved(hunk: re.Match[str], lines: int) -> str:
    old, new = int(hunk[1]) + lines, int(hunk[3]) + lines
    return f"@@ -{old}{hunk[2] or ''} +{new}{hunk[4] or ''} @@"


_WDIFF = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}


def _wdiff(segment: tuple[str, str]) -> str:
    return _WDIFF[segment[0]].format(segment[1])


def _words(before: str, after: str) -> list[tuple[str, str]]:
    middle: list[tuple[str, str]] = []
    for grain in _GRAINS:
        old, new = grain.findall(before), grain.findall(after)
        start, end = _common_ends(old, new)
        core_old, core_new = old[start : len(old) - end], new[start : len(new) - end]
        if len(core_old) + len(core_new) <= _MOST_PIECES:
            middle = _marked(core_old, core_new)
            break
    else:
        lost, won = len("".join(core_old)), len("".join(core_new))
        middle = [("-", f"{lost:,} characters"), ("+", f"{won:,} characters")]
    head, tail = _end_of("".join(old[:start])), _start_of("".join(old[len(old) - end :]))
    return [s for s in (("=", head), *middle, ("=", tail)) if s[1]]


def _common_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """Return how many pieces both begin with, and how many of the rest both end with."""
    start = _common(old, new)
    return start, _common(old[start:][::-1], new[start:][::-1])


def _common(left: list[str], right: list[str]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(left), len(right)))


def _marked(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    for tag, a, next_a, b, next_b in difflib.SequenceMatcher(a=old, b=new).get_opcodes():
        if tag == "equal":
            same = "".join(old[a:next_a])
            if len(same) > 2 * _SHORT:
                same = _start_of(same) + _end_of(same).removeprefix("…")
            pieces.append(("=", same))
        else:
            pieces.append(("-", "".join(old[a:next_a])))
            pieces.append(("+", "".join(new[b:next_b])))
    return pieces


def _end_of(text: str) -> str:
    """Return the last words of a text, after a sign that there are more."""
    near = text[-_CONTEXT:]
    return text if len(text) <= _SHORT else "…" + (near.partition(" ")[2] or near)


def _start_of(text: str) -> str:
    """Return the first words of a text, before a sign that there are more."""
    near = text[:_CONTEXT]
    return text if len(text) <= _SHORT else (near.rpartition(" ")[0] or near) + "…"
