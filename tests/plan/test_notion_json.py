"""The shape of Notion's answers: what is not as promised is named by its place; and ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lukhas_notion.plan.notion_json import (
    ending_id,
    is_notion_id,
    normalize_id,
    optional_text,
    plain_text,
    require_flag,
    require_list,
    require_object,
    require_text,
)
from lukhas_notion.util.errors import Unavailable

ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@pytest.mark.parametrize(
    ("require", "good", "bad", "said"),
    [
        (require_object, {"a": 1}, [], "is a list and should be an object"),
        (require_list, [1], {}, "is an object and should be a list"),
        (require_text, "a", 7, "is a number and should be a text"),
        (require_flag, False, None, "is missing and should be true or false"),
    ],
)
def test_a_value_is_what_it_should_be(
    require: Callable[..., Any], good: object, bad: object, said: str
) -> None:
    """It is returned as it is; another one is an error that says what it is instead."""
    assert require(good, "page p") is good
    with pytest.raises(Unavailable, match=f"page p {said}") as caught:
        require(bad, "page p")
    assert "status.notion.com" in caught.value.remedy


def test_a_place_is_spelled_from_the_outside_in() -> None:
    """Members with a dot, items with a bracket."""
    with pytest.raises(Unavailable, match=r"page p: title\[1\].plain_text is missing"):
        plain_text([{"plain_text": "a"}, {}], ("page p: title"))


def test_rich_text_is_joined() -> None:
    """Notion splits text as it likes."""
    assert plain_text([{"plain_text": "a"}, {"plain_text": "b"}], "x") == "ab"
    assert plain_text([], "x") == ""


@pytest.mark.parametrize("found", [None, [], {}, {"name": 7}])
def test_what_may_be_missing_is_empty(found: object) -> None:
    """A missing member, or one of another type, is the empty text."""
    assert optional_text(found, "name") == ""
    assert optional_text({"name": "a"}, "name") == "a"


@pytest.mark.parametrize("text", [ID, ID.upper(), ID.replace("-", ""), ID.replace("-", "").upper()])
def test_an_id_has_one_spelling(text: str) -> None:
    """With hyphens and in lower case, however it was written."""
    assert is_notion_id(text)
    assert normalize_id(text) == ID
    assert ending_id(f"Modules-{text}") == ID


@pytest.mark.parametrize(
    "text", ["", "x", None, 7, ID[:-1], ID + "0", ID.replace("-", "", 1), f"{{{ID}}}", "../" + ID]
)
def test_anything_else_is_no_id(text: object) -> None:
    """Other spellings that Python's UUID accepts, and parts of a path, are not ids."""
    assert not is_notion_id(text)
    assert normalize_id(text) == ""


def test_a_number_with_one_digit_too_many_has_no_id_at_its_end() -> None:
    """A letter or digit before an id makes it another thing; a hyphen or a slash does not."""
    bare = ID.replace("-", "")
    assert ending_id(f"a{bare}") == ""
    assert ending_id(f"a-{bare}") == ending_id(f"/{bare}") == ID
