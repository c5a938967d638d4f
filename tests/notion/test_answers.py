"""Answers of Notion are read completely, or rejected with the place of the wrong value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from emulator.notion_client_for_tests import Talk, title

from lukhas_notion.config.config import DEFAULT_PROPERTIES
from lukhas_notion.notion import answers
from lukhas_notion.plan.database import Option, Page, PropertySchema, Schema
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_types import PROPERTY_TYPES
from lukhas_notion.util.errors import Unavailable

TYPES = PropertyMapping(DEFAULT_PROPERTIES).types
#: Every type that is written.
EVERY = {kind.value: kind for kind in PROPERTY_TYPES}
INSTEAD: tuple[Any, ...] = (None, True, 7, 7.5, "text", "", [], [None], {}, {"type": "title"})


def recorded() -> dict[str, Any]:
    """Return one answer of each kind from the embedded Notion."""
    with Talk() as talk:
        page = talk.module(
            "core",
            Description={"rich_text": [{"text": {"content": "What it does."}}]},
            Features={"multi_select": [{"name": "search"}]},
            Coverage={"number": 85.5},
            **{"Updated At": {"date": {"start": "2026-01-31", "end": "2026-02-01"}}},
        )
        database = f"/v1/databases/{talk.ids.database_id}"
        return {
            "page": talk.client.get(f"/v1/pages/{page}").json(),
            "row": talk.client.get(f"/v1/pages/{page}").json(),
            "query": talk.query(page_size=1).json(),
            "schema": talk.client.get(talk.source).json(),
            "database": talk.client.get(database).json(),
            "bot": talk.client.get("/v1/users/me").json(),
        }


PARSERS: dict[str, Callable[[Any], object]] = {
    "page": lambda answer: answers.page(answer, TYPES),
    "row": lambda answer: answers.row(answer, TYPES),
    "query": lambda answer: [answers.row(row, TYPES) for row in answers.query(answer).rows],
    "schema": answers.schema,
    "database": answers.database,
    "bot": answers.bot,
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a JSON value, itself included."""
    yield path
    members = value.items() if isinstance(value, dict) else ()
    for key, each in [*members, *(enumerate(value) if isinstance(value, list) else ())]:
        yield from places(each, (*path, key))


def replaced(answer: Any, path: tuple[Any, ...], by: Any) -> Any:
    """Return a copy of an answer with another value at one path; ``...`` removes it."""
    if not path:
        return None if by is ... else by
    answer = deepcopy(answer)
    parent = answer
    for step in path[:-1]:
        parent = parent[step]
    if by is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = by
    return answer


@pytest.mark.parametrize("kind", PARSERS)
def test_whatever_stands_in_an_answer_it_is_read_or_unavailable(kind: str) -> None:
    """With any one value replaced or missing, nothing but Unavailable is raised."""
    parse, answer = PARSERS[kind], recorded()[kind]
    parse(answer)
    refused = 0
    for path in places(answer):
        for by in (..., *INSTEAD):
            try:
                parse(replaced(answer, path, by))
            except Unavailable:
                refused += 1
    assert refused > len(INSTEAD)


def test_every_value_that_is_compared_must_be_one_of_its_type() -> None:
    """Each type rejects a value of another shape, and names its place."""
    good: dict[str, Any] = {
        "title": [{"plain_text": "core"}],
        "rich_text": [],
        "number": None,
        "multi_select": [{"name": "a"}],
        "select": {"name": "a"},
        "date": {"start": "2026-01-31", "end": None},
        "checkbox": False,
        "url": None,
        "status": {"name": "a"},
        "email": None,
        "phone_number": None,
        "files": [{"name": "a", "type": "file", "file": {"url": "https://files.example/a"}}],
        "relation": [{"id": "p1"}],
        "people": [{"object": "user", "id": "u1"}],
    }
    bad: dict[str, tuple[Any, ...]] = {
        "title": (None, "core", [{"text": "core"}]),
        "relation": (None, ["p1"], [{"name": "p1"}]),
        "people": (None, ["u1"], [{"name": "u1"}]),
        "rich_text": (None, {}),
        "number": ("7", True),
        "multi_select": (None, ["a"], [{"id": "1"}]),
        "select": ("a", {"id": "1"}),
        "date": ("2026-01-31", {"end": None}, {"start": "2026-01-31", "end": 7}),
        "checkbox": (None, 0),
        "url": (7, []),
    }
    values = {kind: {"id": "i", "type": kind, kind: value} for kind, value in good.items()}
    assert set(answers.row({"id": "p", "properties": values}, EVERY).values) == set(EVERY)
    for kind, wrongs in bad.items():
        for wrong in wrongs:
            broken = {**values, kind: {"type": kind, kind: wrong}}
            with pytest.raises(Unavailable, match=f"page p: properties.{kind}.{kind}"):
                answers.row({"id": "p", "properties": broken}, EVERY)
        with pytest.raises(Unavailable, match=rf"properties.{kind}.type is a text"):
            answers.row({"id": "p", "properties": {**values, kind: {"type": "button"}}}, EVERY)


def test_a_property_is_read_with_its_options() -> None:
    """Options keep Notion's order, ids and colours; one without a colour has the default one."""
    listed = [{"id": "1", "name": "x", "color": "red"}, {"id": "2", "name": "y"}]
    described = {
        "id": "a%3Ab",
        "name": "Tags",
        "type": "multi_select",
        "multi_select": {"options": listed},
    }
    found = answers.schema({"id": "d", "title": [], "properties": {"Tags": described}})
    options = (Option("1", "x", "red"), Option("2", "y", "default"))
    assert found.properties["Tags"] == PropertySchema("a%3Ab", "Tags", "multi_select", options)


def test_a_page_is_reduced_to_the_mapped_properties() -> None:
    """Properties that are not mapped are dropped, and missing ones stay missing."""
    answer = {
        "id": "p",
        "url": "https://notion.example/p",
        "created_by": {"object": "user", "id": "u1"},
        "last_edited_by": None,
        "properties": {
            "Module": {"type": "title", "title": [{"plain_text": "co"}, {"plain_text": "re"}]},
            "Tags": {"type": "multi_select", "multi_select": [{"name": "a"}]},
            "Reviewer": {"type": "people", "people": []},
        },
    }
    values = {"Module": "core", "Tags": ("a",)}
    assert answers.page(answer, TYPES) == Page("p", "https://notion.example/p", values, "u1")


def test_a_row_has_every_property_that_was_asked_for() -> None:
    """A page that was read by its id may lack properties, a row may not."""
    answer = {"id": "p", "properties": {}}
    assert answers.page(answer, TYPES).values == {}
    with pytest.raises(Unavailable, match=r"properties\.Module is missing"):
        answers.row(answer, TYPES)


def test_a_page_without_its_properties_is_no_page_without_values() -> None:
    """Notion's partial page is an error with a remedy."""
    with pytest.raises(Unavailable, match="page p without its properties") as caught:
        answers.page({"object": "page", "id": "p"}, TYPES)
    assert "Connections" in caught.value.remedy


def test_what_is_no_page_is_no_row() -> None:
    """Data sources among the results of a wiki are skipped, whatever members they have."""
    source = {"object": "data_source", "id": "d", "properties": {"Tags": {"multi_select": {}}}}
    page = {"object": "page", "id": "p"}
    found = answers.query({"results": [source, page], "has_more": False, "next_cursor": None})
    assert [row["id"] for row in found.rows] == ["p"]


def test_more_results_need_a_cursor() -> None:
    """An answer with more results and without a cursor is an error, not the end of the list."""
    with pytest.raises(Unavailable, match="next_cursor is missing"):
        answers.query({"results": [], "has_more": True, "next_cursor": None})


def test_a_property_of_a_type_that_is_not_written_may_have_any_settings() -> None:
    """A formula or an unknown type does not make a database unusable."""
    described = {"id": "i", "name": "F", "type": "formula", "formula": None}
    found = answers.schema({"id": "d", "title": [], "properties": {"F": described}})
    assert isinstance(found, Schema)
    assert found.properties["F"].type == "formula"
    assert answers.page({"id": "p", "properties": {"Module": title("x")}}, {}).values == {}
