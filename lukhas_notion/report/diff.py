"""How one value became another, in plain text that reads well in a terminal and in Markdown."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise

from lukhas_notion.plan import PropertyChange
from lukhas_notion.values import shown

#: Longer values are shown as a diff, shorter ones whole.
_SHORT = 100
#: Words of unchanged text left standing around a change.
_CONTEXT = 6
#: More changed words than this are summed up: comparing is quadratic, and nobody reads it.
_MOST_WORDS = 4_000
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class ValueDiff:
    """A change of one value.

    Either ``before`` and ``after`` are short and whole, or ``lines`` is a diff to be shown as a
    block: unified for text of several lines, else words as ``[-gone-]{+new+}``. ``segments`` has
    the words once more, each with ``=``, ``-`` or ``+``, for who can show it better.
    """

    before: str
    after: str
    lines: tuple[str, ...] = ()
    segments: tuple[tuple[str, str], ...] = ()


def diff(change: PropertyChange) -> ValueDiff:
    """Return the difference between a property's two values."""
    before, after = shown(change.type, change.before), shown(change.type, change.after)
    if isinstance(change.after, tuple) and isinstance(change.before, tuple) and change.before:
        lost = [("-", name) for name in change.before if name not in change.after]
        new = [("+", name) for name in change.after if name not in change.before]
        told = "  ".join(sign + name for sign, name in lost + new)
        return ValueDiff(before, after, (told,) if told else (), tuple(lost + new))
    if not change.type.is_text or (_is_short(before) and _is_short(after)):
        return ValueDiff(before, after)
    if not before:
        return ValueDiff("", _excerpt(after))
    if not after:
        return ValueDiff(_excerpt(before), "")
    if "\n" in before or "\n" in after:
        return ValueDiff(before, after, tuple(_lines(before, after)))
    segments = _words(before, after)
    return ValueDiff(before, after, ("".join(map(_wdiff, segments)),), tuple(segments))


def _is_short(text: str) -> bool:
    return len(text) <= _SHORT and "\n" not in text


def _excerpt(text: str) -> str:
    """Return the beginning of a long text, and how long it is: nothing is cut in silence."""
    first = text.split("\n", 1)[0]
    if len(first) > _SHORT:
        first = first[:_SHORT].rsplit(" ", 1)[0]
    return text if first == text else f"{first} … ({len(text):,} characters)"


def _lines(before: str, after: str) -> list[str]:
    found = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=1)
    return [line for line in found if not line.startswith(("---", "+++"))]


_WDIFF = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}


def _wdiff(segment: tuple[str, str]) -> str:
    return _WDIFF[segment[0]].format(segment[1])


def _words(before: str, after: str) -> list[tuple[str, str]]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    core_old, core_new = old[start : len(old) - end], new[start : len(new) - end]
    if len(core_old) + len(core_new) > _MOST_WORDS:
        lost, won = len("".join(core_old)), len("".join(core_new))
        middle = [("-", f"{lost:,} characters"), ("+", f"{won:,} characters")]
    else:
        middle = _marked(core_old, core_new)
    head, tail = _last(old[:start]), _first(old[len(old) - end :])
    return [s for s in (("=", head), *middle, ("=", tail)) if s[1]]


def _common(left: list[str], right: list[str]) -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


def _marked(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    blocks = [(0, 0, 0), *matcher.get_matching_blocks()]
    pieces = []
    for (a, b, size), (next_a, next_b, next_size) in pairwise(blocks):
        pieces.append(("-", "".join(old[a + size : next_a])))
        pieces.append(("+", "".join(new[b + size : next_b])))
        same = old[next_a : next_a + next_size]
        if len(same) > 4 * _CONTEXT:
            pieces.append(("=", _first(same).rstrip("…") + _last(same)))
        else:
            pieces.append(("=", "".join(same)))
    return pieces


def _last(words: list[str]) -> str:
    return "".join(words) if len(words) <= 2 * _CONTEXT else "…" + "".join(words[-2 * _CONTEXT :])


def _first(words: list[str]) -> str:
    return "".join(words) if len(words) <= 2 * _CONTEXT else "".join(words[: 2 * _CONTEXT]) + "…"
