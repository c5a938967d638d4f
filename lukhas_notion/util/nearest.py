"""Names that a misspelt one may have meant.

The one place that guesses. A guess is for a person to read ("Did you mean …?"), never for the
program to act on. Two kinds of likeness count:

- spelling: at most one edit for every three characters, and at most three edits; two neighbouring
  characters that changed places are one edit. Numbers in the two are the same, but for zeros before
  them: ``tag-7`` is ``tag-07``, and ``tag-8`` is another thing;
- words: all words of the name are words of the other (``api`` and ``category:api``), or all words
  of the other, and more than half of the letters, are words of the name.

Without a good guess there is none: when more names are equally near than may be returned, or when
the name is longer than 100 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

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
