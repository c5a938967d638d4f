"""Regular expressions compiled within bounds."""

from __future__ import annotations

import pytest

from lukhas_notion.manifests.json_schema.budget import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "missing"),
        ("(" * 9_000, "too deep"),
        ("a" * 20_001, "too large"),
        ("a{100000000}", "repeats too much"),
        ("(?:(?:a{100}){100}){100}", "repeats too much"),
        ("a{99999999999999999999999}", "repeats too much"),
        ("(?x)(?:a{ 5000 }){ 5000 }", "repeats too much"),
        ("(?x)(?:a{#\n50#}\n00}){\t5000}", "repeats too much"),
        ("(?x:(?:a{5 000}){5000})", "repeats too much"),
        ("a{" + "9" * 9_000 + "}", "repeats too much"),
    ],
)
def test_bad_and_exploding_patterns_are_refused(pattern: str, said: str) -> None:
    """What is no pattern is a ValueError, and what would take long is one without compiling it."""
    with pytest.raises(ValueError, match=said):
        compile_pattern(pattern)


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
