"""The shape of an answer: each value is what it should be, or the error names its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lukhas_notion.util import shape
from lukhas_notion.util.errors import Unavailable


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (shape.require_object, {"a": 1}, []),
        (shape.require_list, [1], {}),
        (shape.require_text, "a", 1),
        (shape.require_flag, False, 0),
        (shape.plain_text, [{"plain_text": "a"}, {"plain_text": "b"}], [{"text": "a"}]),
    ],
)
def test_a_value_is_returned_or_its_place_is_named(
    check: Callable[[Any, str], object], good: object, bad: object
) -> None:
    """Nothing of another shape is read as something empty."""
    assert check(good, "page p") == ("ab" if check is shape.plain_text else good)
    for wrong in (bad, None):
        with pytest.raises(Unavailable, match="page p"):
            check(wrong, "page p")


def test_a_place_is_spelt_as_it_is_written() -> None:
    """Members stand after a dot, and items in brackets."""
    with pytest.raises(Unavailable, match=r"page p: properties\.Tags\[2\] is a text"):
        shape.require_object("x", ((("page p: properties"), "Tags"), 2))


@pytest.mark.parametrize(("found", "text"), [({"a": "x"}, "x"), ({"a": 1}, ""), (None, "")])
def test_what_need_not_be_there_is_empty(found: object, text: str) -> None:
    """A member that is missing, or is no text, is the empty text."""
    assert shape.optional_text(found, "a") == text
