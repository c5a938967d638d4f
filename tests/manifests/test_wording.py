"""How messages name JSON values."""

from __future__ import annotations

import pytest

from lukhas_notion.manifests.wording import (
    any_of,
    kind,
    quote,
    show,
)


@pytest.mark.parametrize(
    ("value", "shown", "kind_of"),
    [
        ("é\n", '"é\\n"', "text"),
        (1.5, "1.5", "a number"),
        (True, "true", "true or false"),
        (None, "null", "null"),
        ([1, 2], "a list of 2", "a list"),
        ({"a": 1}, "an object of 1", "an object"),
    ],
)
def test_values_are_named(value: object, shown: str, kind_of: str) -> None:
    """Scalars are shown as JSON, lists and objects by their size, and each has a kind."""
    assert (show(value), kind(value)) == (shown, kind_of)


def test_long_text_is_shortened() -> None:
    """Only the beginning of long text is quoted."""
    assert quote("x" * 100) == '"' + "x" * 79 + '…"'


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b or c"),
        (["aaaa", "bbbb", "cccc"], "aaaa or one of 2 more"),
        (["aaaaaaaaaaaaa", "b"], "one of 2"),
    ],
)
def test_choices_are_listed(words: list[str], said: str) -> None:
    """A list of choices ends in "or", a long one in how many more there are."""
    assert any_of(words, longest=9) == said
