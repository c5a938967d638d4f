"""What Notion can hold."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth

from lukhas_notion.plan.notion_limits import chunk_text, text_units

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
