"""Which characters a reader can see, by the data of the Unicode Character Database.

A character is hidden when its general category says that it has no glyph (controls, format
characters, surrogates, private use, unassigned, line and paragraph separators), when it has the
property Default_Ignorable_Code_Point (variation selectors, tags, fillers), or when its name says
that its glyph is blank. Spaces (category Zs) are seen as spaces.

Some hidden characters change how their visible neighbours look, and are needed to write emoji and
several scripts. They count as visible in exactly those places:

- U+200D between two pictographs, and U+200C and U+200D where RFC 5892 (appendices A.1 and A.2)
  allows them: after a virama, and between two letters that would join;
- U+FE0F after one emoji character.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

#: General categories of characters without a glyph (Unicode Standard, section 4.5).
_WITHOUT_GLYPH = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: How the names of letters, marks and symbols end whose glyph is blank: U+2800, U+3164, U+1D159 …
_BLANK_NAMES = (" BLANK", " FILLER", " NULL NOTEHEAD")
_VIRAMA = 9  # the canonical combining class
_ZWNJ, _ZWJ, _EMOJI_STYLE = "\u200c", "\u200d", "\ufe0f"
_SHAPING = frozenset({_ZWNJ, _ZWJ, _EMOJI_STYLE})


def spell_hidden(text: str, keep: str = "") -> str:
    r"""Return ``text`` with every hidden character as ``\u{…}``, but for those in ``keep``."""
    if text.isascii() and text.isprintable():
        return text
    hidden = {char for char in set(text) if is_hidden(char)} - set(keep)
    if not hidden:
        return text
    table = {ord(char): spelling(char) for char in hidden}
    shaping = hidden & _SHAPING
    needed = set[int]()
    for char in shaping:
        needed |= {at for at, each in enumerate(text) if each == char and _shapes(text, at)}
    if not needed:
        return text.translate(table)
    return "".join(c if at in needed else table.get(ord(c), c) for at, c in enumerate(text))


def spelling(char: str) -> str:
    r"""Return the code point of a character as ``\u{…}``."""
    return f"\\u{{{ord(char):x}}}"


def is_unseen(text: str) -> bool:
    """Return whether a reader sees nothing of ``text``: only spaces and hidden characters."""
    return all(char.isspace() or is_hidden(char) for char in text)


@lru_cache(maxsize=4096)
def is_hidden(char: str) -> bool:
    """Return whether one character by itself cannot be seen; a space can."""
    if char.isascii():
        return not char.isprintable()
    category = unicodedata.category(char)
    if category in _WITHOUT_GLYPH:
        return True
    if category in ("Lo", "So", "Mn") and unicodedata.name(char, "").endswith(_BLANK_NAMES):
        return True
    # No character of another category is ignorable without being hidden by one of the rules above;
    # tests/util/test_visibility.py holds this for all of Unicode.
    return category == "Mn" and bool(_pattern(r"\p{Default_Ignorable_Code_Point}").match(char))


def _shapes(text: str, at: int) -> bool:
    """Return whether the hidden character at ``at`` changes how its neighbours are drawn."""
    char, before, after = text[at], text[max(0, at - 16) : at], text[at + 1 : at + 17]
    if char == _EMOJI_STYLE:
        return bool(_pattern(r"(?:(?!\p{ASCII})\p{Emoji})$").search(before)) or bool(
            _pattern(r"[0-9#*]$").search(before) and after.startswith("\u20e3")
        )
    if before and unicodedata.combining(before[-1]) == _VIRAMA:
        return True
    if char == _ZWJ:
        return bool(
            _pattern(r"\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?$").search(before)
            and _pattern(r"\p{Extended_Pictographic}").match(after)
        )
    return bool(
        _pattern(r"[\p{Joining_Type=L}\p{Joining_Type=D}]\p{Joining_Type=T}*$").search(before)
        and _pattern(r"\p{Joining_Type=T}*[\p{Joining_Type=R}\p{Joining_Type=D}]").match(after)
    )


@cache
def _pattern(text: str) -> regex.Pattern[str]:
    """Return a pattern over Unicode's properties; the package is slow to import, so only here."""
    import regex

    return regex.compile(text)
