"""Names that people see as one: one fold for modules, options, properties and vocabularies.

Two names look the same when they differ only by their Unicode form (``é`` is one character or
two), by white space at the ends, doubled or of another kind (a no-break space), or by characters
that nobody sees (a zero-width space). Notion also takes two options that differ by case for one.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from lukhas_notion.util.normal_forms import normalized
from lukhas_notion.util.visibility import is_hidden, spell_hidden

#: Letters and symbols that look like a space.
_BLANKS = "\u2800\u3164\uffa0"
#: As many code points of one name are shown at most.
_SHOWN = 8


class _Seen(dict[int, str]):
    """Code point → what a folded name keeps of the character; filled on first use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kept = " " if _is_blank(char) else "" if _is_invisible(char) else char
        self[code] = kept
        return kept


_SEEN = _Seen()


@lru_cache(maxsize=1 << 14)
def fold(name: str, *, case: bool = False) -> str:
    """Return what all names that look like ``name`` share.

    It is for comparison only, and "" for a name that cannot be seen.

    Args:
        name: any text.
        case: whether names that differ only by case are one as well, as options in Notion are.
    """
    if not (name.isascii() and name.isprintable()):
        name = normalized("NFC", name.translate(_SEEN))
    name = " ".join(name.split())
    if not case:
        return name
    if name.isascii():
        return name.lower()
    # Case is folded in the decomposed form (Unicode Standard, section 3.13, D145).
    return normalized("NFC", normalized("NFD", name).casefold())


def looks_like(name: str, other: str) -> bool:
    """Return whether two different names look the same; case is seen."""
    return name != other and fold(name) == fold(other)


def difference(name: str, other: str) -> str:
    """Return how two names that look the same differ, by code points; "" for any others.

    Example: ``the first has U+00E9 where the second has U+0065 U+0301``.
    """
    if not looks_like(name, other):
        return ""
    shorter = min(len(name), len(other))
    start = next((n for n in range(shorter) if name[n] != other[n]), shorter)
    rest = shorter - start
    end = next((n for n in range(rest) if name[-1 - n] != other[-1 - n]), rest)
    first, second = name[start : len(name) - end], other[start : len(other) - end]
    return f"the first has {code_points(first)} where the second has {code_points(second)}"


def code_points(text: str) -> str:
    """Return ``U+0065 U+0301``, at most eight of a long text, and ``nothing`` for ""."""
    shown = " ".join(f"U+{ord(char):04X}" for char in text[:_SHOWN])
    return (shown if len(text) <= _SHOWN else f"{shown} …") or "nothing"


def name_problem(name: str) -> str:
    """Return why a name cannot be told from others that look the same, or "".

    The answer continues a sentence that begins with the name: ``"a " ends with a space``.
    """
    if not name.strip():
        return f"is empty: it is only white space ({code_points(name)})" if name else "is empty"
    if not fold(name):
        return f"cannot be seen: it is {code_points(name)}"
    if hidden := _misplaced(name):
        kind = "a control character" if hidden.isascii() else "a character that cannot be seen"
        return f"has {kind}: {code_points(hidden)}"
    for where, char in (("begins", name[0]), ("ends", name[-1])):
        if _is_blank(char):
            return f"{where} with white space ({code_points(char)})"
    return ""


def _misplaced(name: str) -> str:
    """Return the invisible characters of a name, but for those that shape their neighbours."""
    if name.isascii() and name.isprintable():
        return ""
    invisible = [char for char in dict.fromkeys(name) if char in _BLANKS or _is_invisible(char)]
    return "".join(
        char
        for char in invisible[:_SHOWN]
        if spell_hidden(name, keep=name.replace(char, "")) != name
    )


def _is_blank(char: str) -> bool:
    return char.isspace() or char in _BLANKS


def _is_invisible(char: str) -> bool:
    if unicodedata.category(char) not in ("Cn", "Co"):
        return is_hidden(char)
    # A newer Unicode version, or a font, may have a glyph for it: most of these are new emoji.
    import regex

    return bool(regex.match(r"\p{Default_Ignorable_Code_Point}", char))
