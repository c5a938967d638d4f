"""Places and spellings in the text of a TOML file."""

from __future__ import annotations

import tomllib

import pytest

from lukhas_notion.util.text import MOST_NAMES, in_file, lines_of, long_key


def test_lines_of_headings_and_keys() -> None:
    """Each is found by its names, however they are quoted, at its first line."""
    text = '[a . "b c"]\nx = 1\n"y\\u00A0" = [\n  2,\n]\n[a."b c".\'d\']\n[a]\nz.w = 1\n'
    assert lines_of(text) == {
        ("a", "b c"): 1,
        ("a", "b c", "x"): 2,
        ("a", "b c", "y\u00a0"): 3,
        ("a", "b c", "d"): 6,
        ("a",): 7,
        ("a", "z", "w"): 8,
    }


def test_a_key_of_too_many_names_is_found_at_its_line() -> None:
    """Dots in quotes and comments are not between names."""
    assert long_key("x = 1\n" + ".".join("a" * (MOST_NAMES + 1)) + " = 1") == 2
    assert long_key(".".join("a" * MOST_NAMES) + " = 1") is None
    assert long_key('x = "' + "." * 100 + '"  # ' + "a." * 100) is None


@pytest.mark.parametrize(
    "name", ["plain", 'a "b" \\', "no\u00a0break", "e\u0301", "\u200bx", "\U000e0041"]
)
def test_a_name_is_copied_from_a_message_into_the_file(name: str) -> None:
    """What nobody sees is an escape, and TOML reads the same name back."""
    quoted = in_file(name)
    assert quoted.isprintable()
    assert tomllib.loads(f"{quoted} = 1") == {name: 1}
