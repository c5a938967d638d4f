"""The names that a misspelt one may have meant."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.util.text import (
    LONGEST,
    MOST_EDITS,
    NameIndex,
    nearest,
)

TAGS = (
    "architecture:fold-based",
    "architecture:pipeline",
    "cascade-prevention",
    "category:api",
    "drift_detection",
    "memory",
    "performance:sub-1s",
    "performance:sub-500ms",
)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("memroy", ("memory",)),
        ("MEMORY ", ("memory",)),
        ("drift-detektion", ("drift_detection",)),
        ("detection drift", ("drift_detection",)),
        ("drift detection feature", ("drift_detection",)),
        ("api", ("category:api",)),
        ("fold-architecture", ("architecture:fold-based",)),
        ("performance", ("performance:sub-1s", "performance:sub-500ms")),
    ],
)
def test_a_name_that_is_meant_is_found(name: str, meant: tuple[str, ...]) -> None:
    """Typing errors, other separators, another order and a part of a name lead to the name."""
    assert NameIndex(TAGS).nearest(name) == meant


@pytest.mark.parametrize(
    "name", ["", " ", "quantum", "architectural", "memory subsystem", "memory" * 1_000, "a", "🙂"]
)
def test_without_a_good_guess_there_is_none(name: str) -> None:
    """A name that is not near any other has no guess."""
    assert NameIndex(TAGS).nearest(name) == ()


def test_more_equally_near_names_than_wanted_are_no_guess() -> None:
    """There is no guess where more names are equally near than may be returned."""
    names = [f"step-{letter}" for letter in "abcde"]

    assert nearest("step-z", names) == ""
    assert NameIndex(names).nearest("step-z", limit=5) == tuple(names)
    assert nearest("step-aa", names) == "step-a"


def test_the_spelling_of_the_first_of_two_names_is_returned() -> None:
    """Names that differ only by case count once, and the first spelling is returned."""
    assert nearest("prodction", ["Production", "PRODUCTION"]) == "Production"


@given(st.lists(st.text(max_size=LONGEST + 5)), st.text(max_size=LONGEST + 5), st.integers(1, 4))
def test_every_guess_is_one_of_the_names(names: list[str], name: str, limit: int) -> None:
    """Guesses are a part of the names, without repeats, at most as many as wanted."""
    found = NameIndex(names).nearest(name, limit=limit)

    assert set(found) <= set(names)
    assert len(found) == len(set(found)) <= limit


def test_only_names_of_a_similar_length_are_compared() -> None:
    """Names that are longer or shorter by more than the allowed edits are not compared."""
    index = NameIndex("x" * length for length in range(1, LONGEST + 1))

    index.nearest("y" * 50)

    assert index.comparisons == 2 * MOST_EDITS + 1


def searched(names: Iterable[str], wanted: Iterable[str], most: int) -> NameIndex:
    """Return an index after searches."""
    index = NameIndex(names, most_comparisons=most)
    for name in wanted:
        index.nearest(name)
    return index


def test_the_comparisons_of_a_whole_run_are_bounded() -> None:
    """Thousands of searches among thousands of names end, and still find names by words."""
    known = [f"known-{number:04}" for number in range(1_000)]
    unknown = [f"other-{number:04}" for number in range(200)]

    index = searched([*known, "the-needle"], unknown, most=50_000)

    assert 0 < index.comparisons <= 50_000
    assert index.nearest("needle") == ("the-needle",)


def test_a_name_is_searched_once() -> None:
    """A manifest that repeats one unknown name costs one search."""
    once = searched(TAGS, ["memori"], most=1_000)
    often = searched(TAGS, ["memori", "Memori", " memori"] * 10, most=1_000)

    assert often.comparisons == once.comparisons > 0
