"""Values: to the API and back, and when two are the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.values import (
    PropertyType,
    Value,
    decode,
    empty,
    encode,
    equal,
    instant,
    is_finite,
    shown,
)

T = PropertyType
NAMES = st.text(min_size=1, max_size=20)
VALUES: dict[PropertyType, st.SearchStrategy[Any]] = {
    T.TITLE: st.text(max_size=5_000),
    T.RICH_TEXT: st.text(max_size=5_000),
    T.NUMBER: st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False),
    T.MULTI_SELECT: st.lists(NAMES, unique=True).map(tuple),
    T.SELECT: st.none() | NAMES,
    T.DATE: st.none() | st.dates().map(lambda d: d.isoformat()),
    T.CHECKBOX: st.booleans(),
    T.URL: st.none() | NAMES,
}
PAIRS = st.sampled_from(list(T)).flatmap(lambda t: st.tuples(st.just(t), VALUES[t]))


def as_answered(written: dict[str, Any]) -> dict[str, Any]:
    """Return what the API answers to what was written: text has a ``plain_text``."""
    return {
        kind: [{**item, "plain_text": item["text"]["content"]} for item in inner]
        if kind in ("title", "rich_text")
        else inner
        for kind, inner in written.items()
    }


@given(PAIRS)
def test_a_value_survives_the_way_to_notion_and_back(pair: tuple[PropertyType, Value]) -> None:
    """What is read back equals what was written, for every type."""
    kind, value = pair

    assert equal(kind, decode(kind, as_answered(encode(kind, value))), value)


@given(PAIRS)
def test_no_text_object_is_longer_than_notion_takes(pair: tuple[PropertyType, Value]) -> None:
    """Text goes in pieces of at most 2,000 UTF-16 units, and none is lost."""
    kind, value = pair
    if kind.is_text:
        pieces = [item["text"]["content"] for item in encode(kind, value)[kind]]
        assert all(len(p.encode("utf-16-le", "surrogatepass")) <= 4_000 for p in pieces)
        assert "".join(pieces) == value


@given(PAIRS)
def test_equality_is_an_equivalence(pair: tuple[PropertyType, Value]) -> None:
    """A value equals itself, and is empty exactly when it shows nothing."""
    kind, value = pair

    assert equal(kind, value, value)
    if value == empty(kind):
        assert shown(kind, value) in ("", "no")


@pytest.mark.parametrize(
    ("kind", "left", "right", "same"),
    [
        (T.MULTI_SELECT, ("a", "b"), ("b", "a"), True),
        (T.MULTI_SELECT, ("a",), ("a", "b"), False),
        (T.NUMBER, 85, 85.0, True),
        (T.NUMBER, None, 0, False),
        (T.DATE, "2026-01-31T10:00:30Z", "2026-01-31T11:00:00.000+01:00", True),
        (T.DATE, "2026-01-31T10:00:00Z", "2026-01-31T10:01:00Z", False),
        (T.DATE, "2026-01-31", "2026-01-31T00:00:00Z", False),
        (T.DATE, "2026-01-31T10:00:00", "2026-01-31T10:00:00+00:00", True),
        (T.RICH_TEXT, "a", "a ", False),
        (T.CHECKBOX, False, True, False),
    ],
)
def test_equal_is_what_notion_would_show_the_same(
    kind: PropertyType, left: Value, right: Value, same: bool
) -> None:
    """Order of options, spelling of numbers and dates do not matter; anything else does."""
    assert equal(kind, left, right) is same
    assert equal(kind, right, left) is same


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (T.NUMBER, 85.0, "85"),
        (T.NUMBER, 85.5, "85.5"),
        (T.MULTI_SELECT, ("a", "b"), "a, b"),
        (T.CHECKBOX, True, "yes"),
        (T.RICH_TEXT, "x", "x"),
        (T.URL, None, ""),
    ],
)
def test_a_value_is_shown_as_people_write_it(kind: PropertyType, value: Value, text: str) -> None:
    """Reports show values without their type's punctuation."""
    assert shown(kind, value) == text


def test_what_an_unknown_answer_holds_is_nothing() -> None:
    """A number that is not there, and anything that is no number, is None."""
    assert decode(T.NUMBER, {"number": None}) is None
    assert decode(T.URL, {}) is None
    assert decode(T.TITLE, {}) == ""


@pytest.mark.parametrize(("value", "finite"), [(1, True), (1e308, True), (10**400, False)])
def test_numbers_beyond_a_double_are_not_finite(value: object, finite: bool) -> None:
    """What JSON readers cannot hold is found."""
    assert is_finite(value) is finite
    assert not is_finite("1")
    assert not is_finite(True)


def test_no_instant_is_an_error() -> None:
    """Text that is no date is refused."""
    with pytest.raises(ValueError, match=r"."):
        instant("tomorrow")
