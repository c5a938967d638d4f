"""Regular expressions compiled within bounds."""

from __future__ import annotations

import time

import pytest

from lukhas_notion.gates.patterns import compile_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "(" * 9_000,
        "a" * 20_001,
        "a{100000000}",
        "(?:(?:a{100}){100}){100}",
        "a{99999999999999999999999}",
    ],
)
def test_bad_and_exploding_patterns_are_refused_at_once(pattern: str) -> None:
    """What is no pattern, or would take long to compile, is a ValueError."""
    start = time.process_time()

    with pytest.raises(ValueError, match=r"\w"):
        compile_pattern(pattern)

    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "123e4567-e89b-12d3-a456-426614174000"),
        (r"^\p{Lu}\p{L}{0,63}$", "Élan"),
        (r"^v(0|[1-9][0-9]{0,9})$", "v12"),
    ],
)
def test_usual_patterns_compile(pattern: str, text: str) -> None:
    """Patterns such as schemas have are compiled and match."""
    assert compile_pattern(pattern).search(text)
