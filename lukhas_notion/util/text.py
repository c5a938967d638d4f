"""Text for readers: hidden characters, names that look the same, and names that look similar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import regex


#: General categories of characters without a glyph (Unicode Standard, section 4.5).
_WITHOUT_GLYPH = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: The ends of the Unicode names of characters with a blank glyph: U+2800, U+3164, U+1D159 …
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
    table = {ord(char): f"\\u{{{ord(char):x}}}" for char in hidden}
    shaping = hidden & _SHAPING
    needed = {at for at, char in enumerate(text) if char in shaping and _shapes(text, at)}
    if not needed:
        return text.translate(table)
    return "".join(c if at in needed else table.get(ord(c), c) for at, c in enumerate(text))


def is_unseen(text: str) -> bool:
    """Return whether ``text`` has only spaces and hidden characters."""
    return all(char.isspace() or is_hidden(char) for char in text)


@lru_cache(maxsize=4096)
def is_hidden(char: str) -> bool:
    """Return whether a character by itself cannot be seen; a space is not hidden."""
    if char.isascii():
        return not char.isprintable()
    category = unicodedata.category(char)
    if category in _WITHOUT_GLYPH:
        return True
    if category in ("Lo", "So", "Mn") and unicodedata.name(char, "").endswith(_BLANK_NAMES):
        return True
    # The rules above cover the ignorable characters of other categories; tests/util/test_text.py
    # checks this for all of Unicode.
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
    """Return a pattern with Unicode properties; the package is slow to import."""
    import regex

    return regex.compile(text)


#: Combining marks in a row, more than any language needs (Unicode Standard Annex #15, "Stream-Safe
#: Text Format").
MOST_MARKS = 30
#: Characters of a text that is quick to normalize, whatever it contains.
_SHORT = 64


def normalized(form: Literal["NFC", "NFD", "NFKD"], text: str) -> str:
    """Return ``text`` in a normal form, unchanged where it has very many combining marks in a row.

    The time is proportional to the length of the text.
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
#: Code points of one name that a message shows.
_SHOWN = 8


class _Seen(dict[int, str]):
    """Code point → its character in a folded name; filled on first use."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kept = " " if _is_blank(char) else "" if _is_invisible(char) else char
        self[code] = kept
        return kept


_SEEN = _Seen()


@lru_cache(maxsize=1 << 14)
def fold(name: str, *, case: bool = False) -> str:
    """Return a form of ``name`` that is equal for all names that look the same.

    Only for comparison; "" for a name that cannot be seen.

    Args:
        name: any text.
        case: whether names that differ only by case are equal, as options in Notion are.
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
    """Return whether two different names look the same; names that differ by case do not."""
    return name != other and fold(name) == fold(other)


def difference(name: str, other: str) -> str:
    """Return the code points by which two names that look the same differ; "" for other names.

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
    """Return why a reader cannot distinguish a name from others, or "".

    It continues a sentence that begins with the name: ``"a " ends with a space``.
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
    """Return the hidden characters of a name without those that shape their neighbours."""
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
    return bool(_pattern(r"\p{Default_Ignorable_Code_Point}").match(char))


def counted(number: int, word: str) -> str:
    """Return a number with its noun: ``1 name``, ``2 names``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def shortened(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` characters; one that was cut ends in ``…``."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def first_of(names: Sequence[str], most: int) -> str:
    """Return the first names and the number of the others: ``a, b and 3 more``."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


#: Characters of a name that :class:`NameIndex` compares.
LONGEST = 100
#: Edits between two similar names.
MOST_EDITS = 3
#: Names that share one word; a word that more names share does not narrow the search.
_MOST_SHARED = 20
#: Words of a name that are looked up, those that the fewest names share.
_MOST_WORDS = 8
#: Similar names of one length; with more, the name that is meant is not clear.
_MOST_ALIKE = 20
#: How much lower than the best score a returned guess may be.
_MARGIN = 0.15
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+")


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the name that is nearest to ``name``, "" without a good guess.

    For one search. :class:`NameIndex` is for many searches among the same names.
    """
    return next(iter(NameIndex(names).nearest(name, limit=1)), "")


class _Guess(NamedTuple):
    """The score of a name, and its place among the names."""

    score: float
    place: int


class NameIndex:
    """Names to which the nearest ones are found, for messages ("Did you mean …?").

    A guess is for a reader, never for the program to act on. Two names are near

    - by spelling: at most one edit for every three characters, and at most three edits. Two
      neighbouring characters that changed places are one edit. Numbers must be the same, except for
      leading zeros: ``tag-7`` is near ``tag-07``, but not ``tag-8``;
    - by words: all words of the searched name are words of the other (``api`` finds
      ``category:api``), or all words of the other, with more than half of the letters, are words
      of the searched name.

    There is no guess where more than ``limit`` names are equally near. Each name is searched once.
    After ``most_comparisons`` comparisons of two spellings, an index finds names by words only.

    Args:
        names: the names to find; of those that differ only by case, the first.
        most_comparisons: the default is 500 searches among 20,000 names of similar length.
    """

    def __init__(self, names: Iterable[str], *, most_comparisons: int = 10_000_000) -> None:
        self.comparisons = 0
        """Pairs of names whose spellings were compared so far."""
        self._most_comparisons = most_comparisons
        self._given: Iterable[str] = names
        self._names: list[str] = []
        # The places of names: (numbers in the name, its length) → (place → folded name).
        self._by_form: dict[tuple[tuple[str, ...], int], dict[int, str]] = {}
        # Word → places.
        self._by_word: dict[str, set[int]] = {}
        self._words: list[frozenset[str]] = []
        self._found: dict[str, list[_Guess]] = {}

    def _build(self) -> None:
        """Fill the index on the first search, since most runs do not search."""
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
            limit: the largest number of names to return.
        """
        folded = name.casefold().strip()
        if not folded or len(folded) > LONGEST:
            return ()
        self._build()
        guesses = self._found.get(folded)
        if guesses is None:
            guesses = self._found[folded] = self._guesses(folded)
        close = [guess for guess in guesses if guess.score >= guesses[0].score - _MARGIN]
        if len(close) > limit:
            close = [guess for guess in close if guess.score > close[limit].score][:limit]
        return tuple(self._names[guess.place] for guess in close)

    def _guesses(self, folded: str) -> list[_Guess]:
        """Return all names that are near ``folded``, best first, then in their given order."""
        scores = self._by_spelling(folded)
        for place, score in self._by_words(folded).items():
            scores[place] = max(score, scores.get(place, 0.0))
        guesses = [_Guess(score, place) for place, score in scores.items()]
        return sorted(guesses, key=lambda guess: (-guess.score, guess.place))

    def _by_spelling(self, folded: str) -> dict[int, float]:
        # The import takes a hundredth of a second, which only a misspelled name needs.
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
            # Levenshtein counts two characters that changed places as two edits, but is several
            # times faster; OSA measures its results again.
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
        rare = sorted((places for places in shared if 0 < len(places) <= _MOST_SHARED), key=len)
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
    return tuple(number.lstrip("0") for number in _NUMBER.findall(folded))


def _letters(words: Iterable[str]) -> int:
    return sum(map(len, words))
