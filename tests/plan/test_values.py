"""Values, and what Notion can hold of them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth

from lukhas_notion.plan.property_types import PROPERTY_TYPES, decode, empty, encode, equal, shown
from lukhas_notion.plan.values import (
    PropertyType,
    Value,
    chunk_text,
    is_finite,
    moment,
    text_units,
)

NAMES = st.text(st.characters(codec="utf-8", exclude_characters=","), min_size=1, max_size=30)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes") + ":00Z")
WORDS = st.text(st.characters(exclude_characters="\n<>", codec="utf-8"), max_size=50)
LINES = WORDS | WORDS.filter(str.strip).map(lambda text: f"{text.strip()} <https://e.example/x>")
RANGES = st.tuples(st.dates(), st.dates()).map(lambda pair: "/".join(map(str, sorted(pair))))
DATES = st.one_of(st.dates().map(str), MOMENTS, RANGES)
FILES = NAMES.map(lambda name: f"{name} <https://example.org/x>")
VALUES: dict[PropertyType, st.SearchStrategy[Any]] = {
    PropertyType.TITLE: st.text(max_size=5_000),
    PropertyType.RICH_TEXT: st.text(max_size=5_000),
    PropertyType.LINKED_TEXT: st.lists(LINES, max_size=6).map("\n".join),
    PropertyType.NUMBER: st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False),
    PropertyType.MULTI_SELECT: st.lists(NAMES, unique=True, max_size=6).map(tuple),
    PropertyType.SELECT: st.none() | NAMES,
    PropertyType.DATE: st.none() | DATES,
    PropertyType.CHECKBOX: st.booleans(),
    PropertyType.URL: st.none() | st.just("https://example.org/x"),
    PropertyType.STATUS: NAMES,
    PropertyType.EMAIL: st.none() | st.just("a@example.org"),
    PropertyType.PHONE_NUMBER: st.none() | st.just("+44 20 7946 0000"),
    PropertyType.PEOPLE: st.lists(st.uuids().map(str), unique=True, max_size=6).map(tuple),
    PropertyType.FILES: st.lists(FILES, unique=True, max_size=6).map(tuple),
    PropertyType.RELATION: st.lists(st.uuids().map(str), unique=True, max_size=6).map(tuple),
}
TYPED = st.sampled_from(PROPERTY_TYPES).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind]))
THREE = st.sampled_from(PROPERTY_TYPES).flatmap(
    lambda kind: st.tuples(
        st.just(kind), *[st.sampled_from([empty(kind)]) | VALUES[kind] for _ in range(3)]
    )
)


def as_answered(kind: PropertyType, written: dict[str, Any]) -> dict[str, Any]:
    """Return the shape that Notion answers for one that was written."""
    inner = written[kind.stored_as]
    if kind.is_text:
        inner = [
            {
                **item,
                "plain_text": item["text"]["content"],
                "href": (item["text"].get("link") or {}).get("url"),
            }
            for item in inner
        ]
    elif kind is PropertyType.MULTI_SELECT:
        inner = [{"id": str(n), "color": "blue", **option} for n, option in enumerate(inner)]
    elif kind is PropertyType.DATE and inner:
        inner = {"end": None, **inner, "time_zone": None}
    name = str(kind.stored_as)
    return {"id": "a%3Ab", "type": name, name: inner}


@given(TYPED)
def test_a_value_survives_the_way_to_notion_and_back(typed: tuple[PropertyType, Value]) -> None:
    """What is read back of a written value is that value, whatever its type."""
    kind, value = typed
    assert decode(kind, as_answered(kind, encode(kind, value)), "page p") == value


@given(THREE)
def test_equality_is_an_equivalence(typed: tuple[PropertyType, Value, Value, Value]) -> None:
    """Every value equals itself, both ways round, and what equals the same is equal."""
    kind, a, b, c = typed
    assert equal(kind, a, a)
    assert equal(kind, a, b) == equal(kind, b, a)
    if equal(kind, a, b) and equal(kind, b, c):
        assert equal(kind, a, c)


@given(st.lists(NAMES, unique=True, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_options_is_no_difference(names: list[str], random: Any) -> None:
    """A multi-select is a set: Notion orders it as it likes."""
    other = random.sample(names, len(names))
    assert equal(PropertyType.MULTI_SELECT, tuple(names), tuple(other))


@pytest.mark.parametrize(
    ("kind", "left", "right", "same"),
    [
        (PropertyType.MULTI_SELECT, ("a",), ("a", "b"), False),
        (PropertyType.MULTI_SELECT, (), ("a",), False),
        (PropertyType.NUMBER, 85, 85.0, True),
        (PropertyType.NUMBER, None, 0, False),
        (PropertyType.TITLE, "core", "Core", False),
        (PropertyType.DATE, "2026-01-31", "2026-01-31", True),
        (PropertyType.DATE, "2026-01-31", "2026-01-31T00:00Z", False),
        (PropertyType.DATE, "2026-01-31T10:00:59Z", "2026-01-31T11:00:00.000+01:00", True),
        (PropertyType.DATE, "2026-01-31T10:00", "2026-01-31T10:00:00.000+00:00", True),
        (PropertyType.DATE, "2026-01-31", "2026-01-31/2026-02-01", False),
        (PropertyType.DATE, "2026-01-31", None, False),
        (PropertyType.DATE, "soon", "soon", True),
        (PropertyType.DATE, "soon", "2026-01-31", False),
    ],
)
def test_what_notion_would_show_alike(
    kind: PropertyType, left: Value, right: Value, same: bool
) -> None:
    """Numbers are doubles, dates are the minute they name, and nothing else is bent."""
    assert equal(kind, left, right) is same


def test_long_text_goes_out_in_chunks_that_notion_takes() -> None:
    """Text beyond 2,000 characters becomes several text objects and loses none of them."""
    objects = encode(PropertyType.RICH_TEXT, "x" * 4_500)["rich_text"]
    assert [len(item["text"]["content"]) for item in objects] == [2_000, 2_000, 500]
    assert {item["type"] for item in objects} == {"text"}


@pytest.mark.parametrize(
    ("kind", "cleared"),
    [
        (PropertyType.TITLE, []),
        (PropertyType.RICH_TEXT, []),
        (PropertyType.NUMBER, None),
        (PropertyType.MULTI_SELECT, []),
        (PropertyType.SELECT, None),
        (PropertyType.DATE, None),
        (PropertyType.CHECKBOX, False),
        (PropertyType.URL, None),
        (PropertyType.EMAIL, None),
        (PropertyType.PHONE_NUMBER, None),
        (PropertyType.FILES, []),
    ],
)
def test_the_empty_value_clears(kind: PropertyType, cleared: object) -> None:
    """A type's empty value is sent in the form that clears the property in Notion."""
    assert encode(kind, empty(kind)) == {kind: cleared}
    assert decode(kind, {kind: cleared}, "page p") == empty(kind)


def test_text_is_read_as_notion_shows_it() -> None:
    """Text objects that Notion split or merged, mentions among them, are read as plain text."""
    items = [{"type": "text", "plain_text": "ask "}, {"type": "mention", "plain_text": "@Ann"}]
    assert decode(PropertyType.RICH_TEXT, {"rich_text": items}, "page p") == "ask @Ann"


def test_an_end_that_somebody_gave_a_date_is_seen() -> None:
    """A range in Notion is another value than the day it begins on."""
    held = {"date": {"start": "2026-01-31", "end": "2026-02-01", "time_zone": None}}
    assert decode(PropertyType.DATE, held, "page p") == "2026-01-31/2026-02-01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-W01-1",
        "20260131",
        "2026-01-31 10:00",
        "2026-01-31T25:00Z",
        "2026-01-31T10",
        "٢٠٢٦-01-31",
        "0001-01-01T00:00+10:00",
        "9999-12-31T23:59-10:00",
    ],
)
def test_only_dates_as_notion_takes_them_are_dates(text: str) -> None:
    """What Python would read as a date and Notion would not is refused, without a crash."""
    with pytest.raises(ValueError, match=r"date|calendar|month|hour|range"):
        moment(text)


@pytest.mark.parametrize(
    ("value", "finite"),
    [
        (0, True),
        (-1.5, True),
        (2**53, True),
        (10**400, False),
        (float("inf"), False),
        (float("nan"), False),
        (True, False),
        ("1", False),
        (None, False),
    ],
)
def test_only_finite_numbers_are_numbers(value: object, finite: bool) -> None:
    """JSON has neither infinity nor NaN, and true is not a number."""
    assert is_finite(value) is finite


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (PropertyType.TITLE, "", ""),
        (PropertyType.MULTI_SELECT, (), ""),
        (PropertyType.MULTI_SELECT, ("a", "b"), "a, b"),
        (PropertyType.NUMBER, None, ""),
        (PropertyType.NUMBER, 0, "0"),
        (PropertyType.NUMBER, 85.0, "85"),
        (PropertyType.NUMBER, 85.5, "85.5"),
        (PropertyType.CHECKBOX, False, "no"),
        (PropertyType.CHECKBOX, True, "yes"),
        (PropertyType.DATE, "2026-01-31", "2026-01-31"),
    ],
)
def test_values_are_shown_as_a_person_writes_them(
    kind: PropertyType, value: Value, text: str
) -> None:
    """A report shows plain text, and nothing for a value that holds nothing."""
    assert shown(kind, value) == text


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (0.885, 0.01, "88.5"),
        (0.9, 0.01, "90"),
        (-0.07, 0.01, "-7"),
        (100.0, 1000, "0.1"),
        (0, 0.01, "0"),
        (1e300, 1e-15, "1" + "0" * 315),
    ],
)
def test_a_scaled_number_is_shown_as_the_manifest_has_it(
    value: Value, scale: float, text: str
) -> None:
    """A reviewer compares a report with the manifest and and with the percent in Notion."""
    assert shown(PropertyType.NUMBER, value, scale) == text


TEXT = st.text(alphabet=st.sampled_from("ab é\u0301\u0302😀👩\u200d💻\n"), max_size=200) | st.text()


@given(TEXT, st.integers(2, 60))
def test_chunks_join_and_fit(text: str, limit: int) -> None:
    """The pieces join to the text, and none is empty or longer than the limit."""
    pieces = chunk_text(text, limit)

    assert "".join(pieces) == text
    assert all(0 < text_units(piece) <= limit for piece in pieces)


@given(TEXT)
def test_units_are_those_of_utf_16(text: str) -> None:
    """Text is counted as Notion counts it: two for a character outside the basic plane."""
    assert text_units(text) == sum(2 if ord(char) > 0xFFFF else 1 for char in text)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 2000, []),
        ("a" * 2000, 2000, ["a" * 2000]),
        ("a" * 2001, 2000, ["a" * 2000, "a"]),
        ("a" + "😀" * 2, 4, ["a😀", "😀"]),
        ("abe\u0301c", 3, ["ab", "e\u0301c"]),
        ("ab👩\u200d💻", 5, ["ab", "👩\u200d💻"]),
        ("a" + "\u0301" * 50, 40, ["a" + "\u0301" * 39, "\u0301" * 11]),
    ],
)
def test_chunks_are_cut_between_characters(text: str, limit: int, pieces: list[str]) -> None:
    """Pieces are as long as may be, but a letter keeps its marks and an emoji its parts."""
    assert chunk_text(text, limit) == pieces


@given(st.text(alphabet="abcé\u0301", min_size=1))
def test_no_piece_begins_with_a_mark(text: str) -> None:
    """Where runs of marks are as short as in any writing, a cut parts none from its letter."""
    runs = text.replace("\u0301" * 2, "")
    pieces = chunk_text("a" + runs, 10)

    assert not any(unicodedata.combining(piece[0]) for piece in pieces)


def test_long_text_takes_linear_time() -> None:
    """Eight times as many characters outside the basic plane take some eight times as long."""
    assert len(chunk_text("😀" * 100_000)) == 100
    assert growth(lambda size: chunk_text("😀" * size), 100_000) < LINEAR
