"""JSON values: pointers into them, and how messages name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.manifests.json_values import (
    any_of,
    describe_type,
    find,
    has_wildcard,
    is_match,
    join_pointer,
    overlap,
    pointers_in,
    quote,
    resolve,
    show,
    split_pointer,
    without,
)

OWNERS = {
    "owners": [
        {"email": "a@example.org", "ids": [1, 2]},
        {"email": None},
        "nobody",
        {"email": "b@example.org", "ids": []},
    ],
    "links": {"docs": {"url": "/d"}, "code": {"url": "/c"}, "*": {"url": "/star"}},
}

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "*", "~", "/", "0"]), inner, max_size=3)
    ),
    max_leaves=10,
)
TOKENS = st.lists(st.sampled_from(["a", "b", "*", "~", "/", "0", "1"]), max_size=4)


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        (
            "/owners/*/email",
            [("/owners/0/email", "a@example.org"), ("/owners/3/email", "b@example.org")],
        ),
        ("/owners/*/ids/*", [("/owners/0/ids/0", 1), ("/owners/0/ids/1", 2)]),
        (
            "/links/*/url",
            [("/links/docs/url", "/d"), ("/links/code/url", "/c"), ("/links/*/url", "/star")],
        ),
        ("/owners/2/*", []),
        ("/nothing/*", []),
        ("/owners/0/email", [("/owners/0/email", "a@example.org")]),
        ("/owners/1/email", []),
    ],
)
def test_a_star_leads_to_every_item_and_key(pointer: str, found: list[tuple[str, object]]) -> None:
    """Matches come in the order of the document, each with its pointer; null counts as absent."""
    assert find(OWNERS, pointer) == found
    assert resolve(OWNERS, pointer) == next((value for _, value in found), None)


@given(VALUES, TOKENS)
def test_what_is_found_is_meant_and_there(value: object, tokens: list[str]) -> None:
    """Each pointer of a match leads to its value, and matches the pattern."""
    pattern = join_pointer(tokens)

    for pointer, got in find(value, pattern):
        place = value
        for token in split_pointer(pointer):
            place = place[int(token)] if isinstance(place, list) else place[token]  # type: ignore[index]
        assert place is got
        assert is_match(pointer, pattern)
        assert overlap(pointer, pattern) is bool(pointer)
    if not has_wildcard(pattern):
        assert len(find(value, pattern)) <= 1


@pytest.mark.parametrize(
    ("pointer", "pattern", "meant", "overlaps"),
    [
        ("/a/0/b", "/a/*/b", True, True),
        ("/a/0", "/a/*/b", False, True),
        ("/a/0/b/c", "/a/*/b", False, True),
        ("/a/0/c", "/a/*/b", False, False),
        ("/x~1y", "/x~1y", True, True),
        ("", "/a", False, False),
    ],
)
def test_a_place_and_a_pattern(pointer: str, pattern: str, meant: bool, overlaps: bool) -> None:
    """A match is the place itself; an overlap is also around it or inside it."""
    assert is_match(pointer, pattern) is meant
    assert overlap(pointer, pattern) is overlaps


def test_what_is_taken_out_is_taken_out_everywhere() -> None:
    """Every match is removed and nothing else, and the original is unchanged."""
    value = {"a": [{"x": 1, "y": 2}, {"x": 3}], "b": {"x": 4}}

    assert without(value, [("a", "*", "x"), ("b",)]) == {"a": [{"y": 2}, {}]}
    assert value["b"] == {"x": 4}


def test_the_pointers_of_a_value_have_a_star_for_the_items_of_a_list() -> None:
    """Outer pointers come first, and no more than the limit."""
    value = {"list": [{"a": 1}, {"b": [2]}], "x/y": None}

    assert list(pointers_in(value, 99)) == [
        *("/list", "/x~1y", "/list/*"),
        *("/list/*/a", "/list/*/b", "/list/*/b/*"),
    ]
    assert list(pointers_in(value, 2)) == ["/list", "/x~1y"]
    assert len(list(pointers_in({str(n): [n] for n in range(500)}, 100))) == 100


def test_pointer_begins_with_a_slash() -> None:
    """Anything else is not a JSON pointer."""
    with pytest.raises(ValueError, match="not a JSON pointer"):
        split_pointer("a/b")


@given(st.lists(st.text()))
def test_pointers_join_and_split(tokens: list[str]) -> None:
    """Any tokens survive being joined to a pointer and split again."""
    assert split_pointer(join_pointer(tokens)) == tuple(tokens)


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a/b", 1),
        ("/a/x", None),
        ("/null/x", None),
        ("/list/0", "x"),
        ("/list/1", None),
        ("/list/01", None),
        ("/list/-", None),
        ("/list/٠", None),
        ("/list/" + "9" * 5_000, None),
        ("/a~1b", "slash"),
        ("/a~0b", "tilde"),
        ("/~01", "both"),
        ("/", "empty"),
        ("/a/b/c", None),
    ],
)
def test_pointers_are_those_of_rfc_6901(pointer: str, found: object) -> None:
    """Escapes, list indices and empty keys are as the standard has them; null is absent."""
    value = {
        "a": {"b": 1},
        "null": None,
        "list": ["x"],
        "a/b": "slash",
        "a~b": "tilde",
        "~1": "both",
        "": "empty",
    }
    assert resolve(value, pointer) == found


@pytest.mark.parametrize(
    ("value", "shown", "type_name"),
    [
        ("é\n", '"é\\n"', "text"),
        (1.5, "1.5", "a number"),
        (True, "true", "true or false"),
        (None, "null", "null"),
        ([1, 2], "a list of 2", "a list"),
        ({"a": 1}, "an object of 1", "an object"),
    ],
)
def test_values_are_named(value: object, shown: str, type_name: str) -> None:
    """Scalars are shown as JSON, lists and objects by their size, and each type has a name."""
    assert (show(value), describe_type(value)) == (shown, type_name)


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
    """A list of choices ends with "or", a long one with the number of the others."""
    assert any_of(words, longest=9) == said


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true or false"),
        ({}, "an object"),
        ([], "a list"),
        (None, "null"),
        ("", "text"),
        (0.5, "a number"),
    ],
)
def test_a_type_is_named_in_words(value: object, words: str) -> None:
    """A message names a value of a manifest by its JSON type."""
    assert describe_type(value) == words
