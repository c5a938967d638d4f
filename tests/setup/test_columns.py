"""The type of one column by the values that are there."""

from __future__ import annotations

from typing import Any

import pytest

from lukhas_notion.setup.columns import propose_column
from lukhas_notion.setup.observe import observe


def column(values: list[Any]) -> Any:
    """Return the column for a key that has these values, one a file; None is absent."""
    files = [{"id": n, "x": value} for n, value in enumerate(values)]
    place = observe(files).inside["x"]
    return propose_column(place, files)


@pytest.mark.parametrize(
    ("values", "kind", "each"),
    [
        ([True, False, None], "checkbox", None),
        ([True, True, None], "checkbox", None),
        ([1, 2.5, 3], "number", None),
        (["https://a.example", "http://b.example/c"], "url", None),
        (["a@b.example", "c@d.example"], "email", None),
        ([["a@b.example", "c@d.example"]] * 3 + [["c@d.example"]], "multi_select", None),
        (["1.2.0", "0.0.0", "v1.2.0"] * 4, "rich_text", None),
        (["3.11", "3.12"] * 4, "select", None),
        (["2026-01-31", "2026-02-01T10:00:00Z"], "date", None),
        (["a", "b"] * 4, "select", None),
        (["prose that is long", "and other prose", "and more of it"], "rich_text", None),
        ([["a", "b"], ["a"], ["b", "a"]], "multi_select", None),
        ([["a", "b"], "a", ["b", "a"]], "multi_select", None),
        ([[f"n{n}"] for n in range(9)], "rich_text", None),
        ([["a, b", "c"]] * 3 + [["c"]], "rich_text", None),
        ([["a"], ["A"], ["a"], ["A"]], "rich_text", None),
        ([[1, 2], [3]], "rich_text", None),
        ([["a", 1], ["a"], ["a", 1]], "rich_text", None),
        ([1, "1"], "rich_text", None),
        ([{f"k{n}{m}": "v" for m in range(3)} for n in range(4)], "rich_text", "{@key}: {@value}"),
        (
            [{f"k{n}{m}": {"v": 1, "ok": True} for m in range(3)} for n in range(4)],
            "rich_text",
            "{@key}: {v}, ok: {ok:check}",
        ),
        (
            [[{"kind": "a", "name": "n"}], [{"name": "m", "kind": "b", "rare": 1}, {"name": "o"}]],
            "rich_text",
            "{name} {kind} {rare}",
        ),
        (
            [[{"url": "u", "title": "t"}], [{"url": "v", "title": "w"}]],
            "rich_text",
            "{title} ({url})",
        ),
        ([[{"a": [n]}] for n in range(2)], "rich_text", "{@value}"),
        ([[{"a": n}] for n in (True, False)], "rich_text", "{@value}"),
        ([[{"a": n}, {"b": 1}] for n in range(2)], "rich_text", "{@value}"),
        ([[{"a": n}, "text"] for n in range(2)], "rich_text", "{@value}"),
        ([[{"a": 1}], "text"], "rich_text", "{@value}"),
        ([[{"name": "", "to": n}] for n in "ab"], "rich_text", "{to}"),
    ],
)
def test_the_type_is_what_the_values_are(values: list[Any], kind: str, each: str | None) -> None:
    """Each kind of value has its type; a value that fits no other type is text."""
    found = column(values)
    assert not isinstance(found, str), found
    assert found.spec.type == kind
    assert (found.spec.each.text if found.spec.each else None) == each
    assert found.samples
    assert found.files == sum(value is not None for value in values)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["v1"] * 3, "the same in every manifest: v1"),
        (["v1", "v1", None], "the same wherever it is: v1"),
        ([1] + [None] * 11, "in 1 of 12 manifests only"),
        ([[["a"]], [["b"]]], "lists within lists"),
        ([[["a"], 1], [2]], "lists within lists"),
        ([{"a": 1}, "text"], "an object in some manifests"),
    ],
)
def test_what_nobody_can_read_is_left_out_with_the_reason(values: list[Any], why: str) -> None:
    """Values that are the same everywhere, rare, or of mixed shapes get no column."""
    found = column(values)
    assert isinstance(found, str)
    assert why in found


def test_a_value_that_notion_cannot_hold_is_a_reason() -> None:
    """A text that is longer than a property allows is left out before a sync refuses it."""
    found = column(["x" * 300_000, "y"])
    assert isinstance(found, str)
    assert "Notion cannot hold" in found


def test_rare_values_of_a_large_set_are_left_out() -> None:
    """A column needs a value in at least one file of a hundred."""
    assert column(["a", "b"] + [None] * 498) == "in 2 of 500 manifests only"
    assert not isinstance(column([f"a{n}" for n in range(6)] + [None] * 494), str)
