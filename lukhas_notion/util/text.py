"""Text for people: counts, lists, comparison of names, and TOML."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

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
    # tests/util/test_text.py holds this for all of Unicode.
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


#: Combining marks in a row. No language has as many (Unicode Standard Annex #15, "Stream-Safe
#: Text Format").
MOST_MARKS = 30
#: Characters that take no time, however many of them are marks.
_SHORT = 64


def normalized(form: Literal["NFC", "NFD", "NFKD"], text: str) -> str:
    """Return ``text`` in a normal form; itself where it has more marks in a row than any language.

    It takes time in proportion to the text.
    """
    if text.isascii() or (len(text) > _SHORT and _has_long_run(text)):
        return text
    return unicodedata.normalize(form, text)


def _has_long_run(text: str) -> bool:
    run = 0
    for char in text:
        run = run + 1 if char > "\u02ff" and unicodedata.combining(char) else 0
        if run > MOST_MARKS:
            return True
    return False


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
    """Return why a name cannot be distinguished from others that look the same, or "".

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


def counted(number: int, word: str) -> str:
    """Return how many there are: ``1 name``, ``2 names``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


Path = tuple[str, ...]

#: Names in one dotted key. Python's reader takes the square of them, and no setting has four.
MOST_NAMES = 32
_OPAQUE = re.compile(
    r'''"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*+"|#[^\n]*+|'''
    r"'''(?:.|\n)*?'''|'[^'\n]*+'",
    re.DOTALL,
)
_LONG_KEY = re.compile(rf"[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{MOST_NAMES}}}")


def long_key(text: str) -> int | None:
    """Return the line of a dotted key of more than :data:`MOST_NAMES` names, None without one."""
    if text.count(".") < MOST_NAMES:
        return None
    # A quoted name counts as one, whatever is in it, and keeps its lines.
    plain = _OPAQUE.sub(lambda match: "q" + "\n" * match[0].count("\n"), text)
    found = _LONG_KEY.search(plain)
    return plain.count("\n", 0, found.start()) + 1 if found else None


_NAME = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADING = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of each table's heading and of each key.

    TOML's reader keeps no places, so these are found as people write them, a heading or a key at
    the beginning of a line. What is inside an inline table has the line of the table.
    """
    places: dict[Path, int] = {}
    heading: Path = ()
    for number, line in enumerate(text.split("\n"), 1):
        if found := _HEADING.match(line):
            heading = _names(found[1])
            places.setdefault(heading, number)
        elif found := _ENTRY.match(line):
            places.setdefault(heading + _names(found[1]), number)
    return places


def _names(dotted: str) -> Path:
    return tuple(map(_unquoted, re.findall(_NAME, dotted)))


def _unquoted(name: str) -> str:
    if name.startswith('"'):
        with suppress(ValueError):  # an escape that JSON does not have
            return str(json.loads(name))
    return name.strip("\"'")


def in_file(name: str) -> str:
    """Return a name in quotes as the file has it, so that it can be copied from a message.

    What a reader cannot tell apart (an invisible character, a no-break space, a combining mark) is
    an escape of TOML's (TOML 1.0, "String").
    """
    marks = name != normalized("NFC", name)
    return "".join(
        (f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}")
        if is_hidden(char)
        or (char.isspace() and char != " ")
        or (marks and unicodedata.combining(char))
        else char
        for char in json.dumps(name, ensure_ascii=False)
    )
