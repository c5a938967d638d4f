"""Text for readers: hidden characters, names that look the same, and names that look similar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

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


#: Characters of a name that is looked for, and of one that can be found.
LONGEST = 100
#: Edits between two names that are spelled alike.
MOST_EDITS = 3
#: Names that share one word; a word of more names says nothing about which is meant.
_MOST_SHARED = 20
#: Words of a name that are looked up, those that the fewest names share.
_MOST_WORDS = 8
#: Names of one length that are spelled alike; with more, there is no telling which is meant.
_MOST_ALIKE = 20
#: A guess whose score is lower than the best one's by more than this is not returned.
_MARGIN = 0.15
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+")


def nearest(name: str, names: Iterable[str], *, limit: int = 1) -> tuple[str, ...]:
    """Return the names nearest to ``name``, best first, at most ``limit``; () without a good guess.

    For one search. Use :class:`NameIndex` where many names are looked for among the same ones.
    """
    return NameIndex(names).nearest(name, limit=limit)


class _Guess(NamedTuple):
    """Sorted best first: a higher score, then the order in which the names were given."""

    score: float
    place: int


class NameIndex:
    """Many names, among which others are looked for.

    The work is bounded whatever the names are. Each different name is searched once, and searches
    by spelling end after ``most_comparisons`` comparisons of two names in the life of the index;
    later searches find names by their words only.

    Args:
        names: what can be found; of those that differ only by case, the first.
        most_comparisons: for example 500 searches among 20,000 names of similar length.
    """

    def __init__(self, names: Iterable[str], *, most_comparisons: int = 10_000_000) -> None:
        self.comparisons = 0
        """Pairs of names that were compared by their spelling so far."""
        self._most_comparisons = most_comparisons
        self._given: Iterable[str] = names
        self._names: list[str] = []
        # Numbers in a name and its length → (place → folded name), and word → places.
        self._by_form: dict[tuple[tuple[str, ...], int], dict[int, str]] = {}
        self._by_word: dict[str, set[int]] = {}
        self._words: list[frozenset[str]] = []
        self._found: dict[str, list[_Guess]] = {}

    def _build(self) -> None:
        """Fill the index on the first search: most runs look for nothing."""
        taken: set[str] = set()
        for name in self._given:
            folded = name.casefold()
            if folded in taken or not 0 < len(folded) <= LONGEST:
                continue
            taken.add(folded)
            place = len(self._names)
            self._names.append(name)
            form = _numbers(folded), len(folded)
            self._by_form.setdefault(form, {})[place] = folded
            self._words.append(_words(folded))
            for word in self._words[place]:
                self._by_word.setdefault(word, set()).add(place)
        self._given = ()

    def nearest(self, name: str, *, limit: int = 3) -> tuple[str, ...]:
        """Return the names nearest to ``name``, best first; () without a good guess.

        Args:
            name: any text; case does not count.
            limit: how many names to return at most.
        """
        folded = name.casefold().strip()
        if not folded or len(folded) > LONGEST:
            return ()
        self._build()
        guesses = self._found.get(folded)
        if guesses is None:
            guesses = self._found[folded] = self._guesses(folded)
        close = [each for each in guesses if each.score >= guesses[0].score - _MARGIN]
        if len(close) > limit:
            close = [each for each in close if each.score > close[limit].score][:limit]
        return tuple(self._names[each.place] for each in close)

    def _guesses(self, folded: str) -> list[_Guess]:
        """Return every name that is like ``folded``, best first."""
        scores = self._by_spelling(folded)
        for place, score in self._by_words(folded).items():
            scores[place] = max(score, scores.get(place, 0.0))
        guesses = [_Guess(score, place) for place, score in scores.items()]
        return sorted(guesses, key=lambda each: (-each.score, each.place))

    def _by_spelling(self, folded: str) -> dict[int, float]:
        # A hundredth of a second to import, which only a misspelt name needs.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA, Levenshtein

        scores: dict[int, float] = {}
        numbers = _numbers(folded)
        for length in range(len(folded) - MOST_EDITS, len(folded) + MOST_EDITS + 1):
            group = self._by_form.get((numbers, length), {})
            if not group or self.comparisons + len(group) > self._most_comparisons:
                continue
            self.comparisons += len(group)
            longer = max(length, len(folded))
            most = min(MOST_EDITS, longer // 3)
            # Two characters that changed places are two edits to Levenshtein, which is several
            # times faster; what it lets through is measured again.
            alike = process.extract(
                folded,
                group,
                scorer=Levenshtein.distance,
                score_cutoff=min(MOST_EDITS, most + 1),
                limit=_MOST_ALIKE,
            )
            for other, _, place in alike:
                edits = OSA.distance(folded, other)
                if edits <= most:
                    scores[place] = 1 - edits / longer
        return scores

    def _by_words(self, folded: str) -> dict[int, float]:
        words = _words(folded)
        shared = (self._by_word.get(word, set()) for word in words)
        rare = sorted((each for each in shared if 0 < len(each) <= _MOST_SHARED), key=len)
        scores: dict[int, float] = {}
        for place in set().union(*rare[:_MOST_WORDS]):
            others = self._words[place]
            covered = _letters(words & others) / max(_letters(words), _letters(others))
            if words <= others:
                scores[place] = (1 + covered) / 2
            elif others < words and covered > 0.5:
                scores[place] = covered
        return scores


def _words(folded: str) -> frozenset[str]:
    return frozenset(filter(None, _NOT_WORDS.split(folded)))


def _numbers(folded: str) -> tuple[str, ...]:
    return tuple(found.lstrip("0") for found in _NUMBER.findall(folded))


def _letters(words: Iterable[str]) -> int:
    return sum(map(len, words))
