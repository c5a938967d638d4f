"""What a reader can see, held to Unicode's data."""

from __future__ import annotations

import sys
import unicodedata

import pytest
import regex

from lukhas_notion.util import sanitize as escape
from lukhas_notion.util.visibility import is_hidden, is_unseen, spell_hidden


def test_every_ignorable_character_is_hidden() -> None:
    """What Unicode calls ignorable by default is hidden, whatever its category."""
    ignorable = regex.compile(r"\p{Default_Ignorable_Code_Point}")
    every = (chr(code) for code in range(sys.maxunicode + 1))

    assert [f"{ord(c):x}" for c in every if ignorable.match(c) and not is_hidden(c)] == []


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
def test_no_category_without_a_glyph_is_seen(category: str) -> None:
    """Controls, format characters, surrogates, private use, unassigned and separators."""
    every = (chr(code) for code in range(sys.maxunicode + 1))
    those = [c for c in every if unicodedata.category(c) == category]

    assert those
    assert all(is_hidden(c) for c in those)


@pytest.mark.parametrize(
    "char",
    [
        "\u2800",
        "\u3164",
        "\u115f",
        "\u1160",
        "\uffa0",
        "\U00016fe4",
        "\U0001d159",
        "\u034f",
        "\u17b4",
        "\ufe00",
        "\U000e0100",
        "\U000e0041",
        "\u180b",
        "\ue000",
    ],
)
def test_blank_ignorable_and_selecting_characters_are_spelt_out(char: str) -> None:
    """Nobody can tell two names apart by a character that has no glyph."""
    assert spell_hidden(f"a{char}b") == f"a\\u{{{ord(char):x}}}b"
    assert escape.markdown_suggestion(f'"a{char}b"') is None


@pytest.mark.parametrize(
    "text",
    [
        "café",
        "cafe\u0301",
        "שָׁלוֹם",
        "नमस्ते",
        "한국어",
        "日本語",
        "85\u00a0%",
        "⚠\ufe0f",
        "1\ufe0f\u20e3",
        "👩🏽\u200d🚀",
        "🏳\ufe0f\u200d🌈",
        "می\u200cخواهم",
        "क्\u200dष",
        "→ ✓ ✗ …",
    ],
)
def test_what_is_written_in_the_languages_of_the_world_stays(text: str) -> None:
    """A character that shapes its neighbours is no hidden text."""
    assert spell_hidden(text) == text
    assert escape.markdown_suggestion(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "é\u200dé",
        "a\ufe0f",
        "⚠\ufe0f\ufe0f",
        "👩\u200d\u200d🚀",
        "👩\u200d",
        "\u200c",
        "core\u200cmemory",
        "日\u200d本",
    ],
)
def test_a_joiner_or_a_selector_that_changes_nothing_is_hidden_text(text: str) -> None:
    """The characters that shape their neighbours are kept only where they do."""
    assert spell_hidden(text) != text
    assert escape.markdown_suggestion(text) is None


@pytest.mark.parametrize("text", ["", " ", "\u00a0\u2003", "\u200b", "\u3164\u2800", "\U000e0041"])
def test_a_name_of_spaces_and_hidden_characters_is_unseen(text: str) -> None:
    """A name that nobody can read is recognised."""
    assert is_unseen(text)
    assert not is_unseen(f"{text}a")


def test_lines_and_tabs_are_kept_in_a_block_alone() -> None:
    """A line break is hidden in a line, and not in a block of lines."""
    assert spell_hidden("a\n\tb") == r"a\u{a}\u{9}b"
    assert spell_hidden("a\n\tb\r", keep="\n\t") == "a\n\tb\\u{d}"
