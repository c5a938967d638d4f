"""Queries: filters, sorts, cursors, the cap, and the properties asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from emulator.notion_client_for_tests import SteppedClock, Talk, message, title

from lukhas_notion.emulator import Emulator, FaultPlan

COLUMNS: dict[str, Any] = {
    "Module": "title",
    "Note": "rich_text",
    "Size": "number",
    "Done": "checkbox",
    "When": "date",
    "State": {"select": {"options": [{"name": "Open"}, {"name": "Shut"}]}},
    "Tags": {"multi_select": {"options": [{"name": "x"}, {"name": "y"}]}},
    "Web": "url",
    "Made": "created_time",
}
ROWS: list[dict[str, Any]] = [
    {
        "Module": "Alpha 2",
        "Note": "one",
        "Size": 1,
        "Done": True,
        "When": "2026-06-27",
        "State": "Shut",
        "Tags": ["x"],
        "Web": "https://a.example",
    },
    {"Module": "alpha 10", "Size": 2, "When": "2026-06-20T10:00:00Z", "State": "Open"},
    {"Module": "Beta", "Note": "two", "Size": 3, "When": "2026-01-01", "Tags": ["x", "y"]},
    {"Module": "gamma"},
]


@pytest.fixture
def talk() -> Iterator[Talk]:
    """Talk to an emulator that holds four rows."""
    emulator = Emulator(requests_per_minute=None, clock=SteppedClock())
    ids = emulator.create_database("Rows", COLUMNS)
    for row in ROWS:
        emulator.create_page(ids.data_source_id, row)
    with Talk(emulator) as each:
        yield each


def on(name: str, kind: str, operator: str, wanted: Any = True) -> dict[str, Any]:
    """Return a filter on one property."""
    return {"property": name, kind: {operator: wanted}}


A, B, C, D = (row["Module"] for row in ROWS)

FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    (on("Module", "title", "equals", "ALPHA 2"), [A]),
    (on("Module", "rich_text", "does_not_equal", "beta"), [A, B, D]),
    (on("Module", "title", "starts_with", "Al"), [A, B]),
    (on("Module", "title", "ends_with", "MA"), [D]),
    (on("Module", "title", "does_not_contain", "a 1"), [A, C, D]),
    (on("Note", "rich_text", "is_empty"), [B, D]),
    (on("Note", "rich_text", "is_not_empty"), [A, C]),
    (on("Web", "url", "contains", "A.EXAMPLE"), [A]),
    (on("Web", "rich_text", "contains", "example"), [A]),
    (on("Size", "number", "equals", 2), [B]),
    (on("Size", "number", "does_not_equal", 2), [A, C, D]),
    (on("Size", "number", "greater_than", 1), [B, C]),
    (on("Size", "number", "less_than", 2), [A]),
    (on("Size", "number", "greater_than_or_equal_to", 3), [C]),
    (on("Size", "number", "less_than_or_equal_to", 2), [A, B]),
    (on("Size", "number", "is_empty"), [D]),
    (on("Done", "checkbox", "equals", True), [A]),
    (on("Done", "checkbox", "does_not_equal", True), [B, C, D]),
    (on("State", "select", "equals", "open"), [B]),
    (on("State", "select", "equals", ["Open", "Shut"]), [A, B]),
    (on("State", "select", "does_not_equal", "Open"), [A, C, D]),
    (on("State", "select", "is_empty"), [C, D]),
    (on("Tags", "multi_select", "contains", "X"), [A, C]),
    (on("Tags", "multi_select", "does_not_contain", "y"), [A, B, D]),
    (on("Tags", "multi_select", "is_not_empty"), [A, C]),
    (on("When", "date", "equals", "2026-06-20"), [B]),
    (on("When", "date", "before", "2026-06-20T10:00:30Z"), [C]),
    (on("When", "date", "on_or_before", "2026-06-20T10:00:30Z"), [B, C]),
    (on("When", "date", "after", "2026-06-20"), [A]),
    (on("When", "date", "on_or_after", "2026-06-20"), [A, B]),
    (on("When", "date", "this_week", {}), [A]),
    (on("When", "date", "past_month", {}), [A, B]),
    (on("When", "date", "is_empty"), [D]),
    ({"timestamp": "created_time", "created_time": {"on_or_after": "2026-06-27"}}, [A, B, C, D]),
    (on("Made", "created_time", "after", "2026-06-27"), []),
    ({"and": [on("Size", "number", "greater_than", 1), on("Note", "rich_text", "is_empty")]}, [B]),
    (
        {
            "or": [
                on("Module", "title", "equals", "gamma"),
                {
                    "and": [
                        on("Size", "number", "equals", 1),
                        on("Done", "checkbox", "equals", True),
                    ]
                },
            ]
        },
        [A, D],
    ),
    ({"or": [], "and": []}, []),
]


@pytest.mark.parametrize(("condition", "expected"), FILTERS)
def test_filters(talk: Talk, condition: dict[str, Any], expected: list[str]) -> None:
    """A filter finds the rows that meet it, the newest first where nothing else is asked for."""
    assert talk.names(filter=condition) == expected[::-1]


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"filter": {"or": [on("Module", "title", "equals", "x")] * 101}},
        "body failed validation: body.filter.or.length should be ≤ `100`, instead was `101`.",
    ),
    ({"filter": on("Nope", "title", "equals", "x")}, "property with name or id: Nope"),
    (
        {"filter": on("Size", "rich_text", "equals", "x")},
        (
            "The property type in the database does not match the property type of the filter "
            "provided: database property number does not match filter rich_text"
        ),
    ),
    ({"filter": on("State", "select", "equals", "Ajar")}, 'select option "Ajar" not found'),
    ({"filter": {}}, "body.filter.or should be defined"),
    ({"filter": {"and": [{}]}}, "body.filter.and[0].and should be defined"),
    ({"filter": {"and": [{"or": [{"or": []}]}]}}, "body.filter.and[0].or[0].title should be"),
    ({"filter": {"title": {"equals": "x"}}}, "body.filter.property should be defined"),
    ({"filter": on("Module", "title", "equals", 7)}, "should be a string"),
    ({"filter": on("Module", "title", "is_empty", False)}, "should be `true`"),
    ({"filter": {"property": "Module", "title": {}}}, "title.equals should be defined"),
    ({"filter": on("Size", "number", "equals", "1")}, "should be a number"),
    ({"filter": on("Done", "checkbox", "equals", 1)}, "should be a boolean"),
    ({"filter": on("When", "date", "before", "soon")}, "ISO 8601"),
    ({"filter": on("When", "date", "past_week", 1)}, "an empty object"),
    ({"filter": on("State", "select", "equals", [1])}, "should be a string"),
    ({"filter": {"timestamp": "created_time", "number": {"equals": 1}}}, "timestamp"),
    ({"filter": "x"}, "body.filter should be an object"),
    ({"sorts": [{"property": "Nope", "direction": "ascending"}]}, "sort property with name or id"),
    ({"sorts": [{"property": "Size", "direction": "up"}]}, "direction"),
    ({"sorts": [{"timestamp": "edited", "direction": "ascending"}]}, "timestamp"),
    ({"sorts": {}}, "body.sorts should be an array"),
    ({"sorts": ["x"]}, "body.sorts[0] should be an object"),
    ({"start_cursor": "nope"}, "The start_cursor provided is invalid: nope"),
    ({"page_size": 0}, "body.page_size should be ≥ `1`"),
    ({"page_size": "1"}, "body.page_size should be a number"),
    ({"result_type": "row"}, "body.result_type"),
    ({"is_archived": 1}, "body.is_archived"),
    ({"in_trash": True}, "body.in_trash should be not present, instead was `true`."),
    ({"sorts": [{"property": "Size"}]}, "direction should be defined, instead was `undefined`."),
]


@pytest.mark.parametrize(("body", "expected"), REFUSED)
def test_refused_queries(talk: Talk, body: dict[str, Any], expected: str) -> None:
    """A query that Notion would not run is refused in its words."""
    assert expected in message(talk.query(**body))


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        ([{"property": "Module", "direction": "ascending"}], [A, B, C, D]),
        ([{"property": "Module", "direction": "descending"}], [D, C, B, A]),
        ([{"property": "Size", "direction": "descending"}], [C, B, A, D]),
        ([{"property": "State", "direction": "ascending"}], [B, A, D, C]),
        ([{"property": "When", "direction": "ascending"}], [C, B, A, D]),
        ([{"property": "Tags", "direction": "descending"}], [C, A, D, B]),
        (
            [
                {"timestamp": "created_time", "direction": "ascending"},
                {"property": "Size", "direction": "descending"},
            ],
            [C, B, A, D],
        ),
    ],
)
def test_sorts(talk: Talk, sorts: list[dict[str, str]], expected: list[str]) -> None:
    """Rows come in the order asked for: numbers in text by value, empty ones last, then newest."""
    assert talk.names(sorts=sorts) == expected


def test_cursors(talk: Talk) -> None:
    """A cursor goes on with its query, whatever the page size, and with no other query."""
    first = talk.query(page_size=2).json()
    cursor = first["next_cursor"]

    rest = talk.query(page_size=100, start_cursor=cursor).json()

    assert [len(first["results"]), len(rest["results"])] == [2, 2]
    assert (rest["has_more"], rest["next_cursor"]) == (False, None)
    assert "request_status" not in rest
    other = on("Size", "number", "greater_than", 0)
    assert "start_cursor" in message(talk.query(start_cursor=cursor, filter=other))


def test_page_size_is_at_most_100(talk: Talk) -> None:
    """101 are asked for, 100 come."""
    for number in range(110):
        talk.emulator.create_page(talk.ids.data_source_id, {"Module": str(number)})

    assert len(talk.query(page_size=101).json()["results"]) == 100


def test_data_sources_among_the_rows(talk: Talk) -> None:
    """A wiki lists data sources among its pages, whatever the filter, unless told not to."""
    child = talk.emulator.add_child_database(talk.ids.data_source_id, "Inner", {"Tags": "title"})
    alpha = on("Module", "title", "equals", A)

    mixed = talk.query(filter=alpha).json()["results"]
    sources = talk.query(result_type="data_source").json()["results"]

    assert [row["object"] for row in mixed] == ["page", "data_source"]
    assert [row["id"] for row in sources] == [child]
    assert talk.names(result_type="page", filter=alpha) == [A]


def test_archived_pages(talk: Talk) -> None:
    """Archived pages come alone when they are asked for, and otherwise not at all."""
    talk.emulator.archive_page(talk.emulator.pages()[0]["id"])
    big = on("Size", "number", "greater_than", 1)

    assert talk.names() == talk.names(is_archived=False) == [D, C, B]
    assert talk.names(is_archived=True) == [A]
    assert talk.names(is_archived=True, filter=big) == []
    assert talk.names(is_archived=True, result_type="data_source") == []


def test_a_window_of_creation_times() -> None:
    """Windows that begin where the one before ends find every page once, to the whole minute."""
    clock = SteppedClock()
    with Talk(Emulator(requests_per_minute=None, clock=clock)) as talk:
        for name in ("a", "b", "c"):
            talk.module(name)
            clock.seconds += 60
        edges = ["2026-06-27T17:05:00.000Z", "2026-06-27T17:06:00.000Z"]

        def created(**condition: str) -> dict[str, Any]:
            return {"timestamp": "created_time", "created_time": condition}

        middle = {"and": [created(on_or_after=edges[0]), created(before=edges[1])]}
        assert talk.names(filter=created(before=edges[0])) == ["a"]
        assert talk.names(filter=middle) == ["b"]
        assert talk.names(filter=created(on_or_after=edges[1])) == ["c"]


@pytest.mark.parametrize(
    "spelling", ["filter_properties", "filter_properties[]", "filter_properties[0]"]
)
@pytest.mark.parametrize("by", ["name", "encoded", "plain"])
def test_filter_properties(talk: Talk, spelling: str, by: str) -> None:
    """Only the properties named come back, however they are named."""
    column = talk.emulator.workspace.data_source(talk.ids.data_source_id).find("Tags")
    assert column is not None
    encoded = talk.client.get(talk.source).json()["properties"]["Tags"]["id"]
    named = {"name": "Tags", "encoded": encoded, "plain": column.id}[by]
    parameters = {spelling: named}

    (row, *_) = talk.client.post(f"{talk.source}/query", params=parameters).json()["results"]
    page = talk.client.get(f"/v1/pages/{row['id']}", params=parameters).json()

    assert list(row["properties"]) == list(page["properties"]) == ["Tags"]


def test_refused_filter_properties(talk: Talk) -> None:
    """A query refuses a property it does not have, and more than 100; a page shows none."""
    path = f"{talk.source}/query"
    page_id = talk.emulator.pages()[0]["id"]

    unknown = talk.client.post(path, params={"filter_properties": "Nope"})
    many = talk.client.post(path, params={"filter_properties": ["Tags"] * 101})
    page = talk.client.get(f"/v1/pages/{page_id}?filter_properties=Nope&other=1")

    assert message(unknown).endswith("contains an invalid attribute: Nope.")
    assert "query.filter_properties.length should be ≤ `100`" in message(many)
    assert page.json()["properties"] == {}


def test_query_lag() -> None:
    """A query goes on seeing what was there before, until the lag is over; a page does not."""
    clock = SteppedClock()
    plan = FaultPlan(query_lag_seconds=5)
    with Talk(Emulator(requests_per_minute=None, clock=clock, faults=plan)) as talk:
        page_id = talk.module("first")
        assert talk.names() == []
        clock.seconds += 5
        assert talk.names() == ["first"]

        path = f"/v1/pages/{page_id}"
        talk.client.patch(path, json={"properties": {"Module": title("second")}})
        clock.seconds += 4
        talk.client.patch(path, json={"properties": {"Module": title("third")}})

        assert talk.names() == ["first"]
        assert "third" in talk.client.get(path).text
        clock.seconds += 1
        assert talk.names() == ["second"]
        clock.seconds += 4
        assert talk.names() == ["third"]


def test_property_items(talk: Talk) -> None:
    """One property is retrieved by its id; an unknown one, page size or cursor is refused."""
    path = f"/v1/pages/{talk.emulator.pages()[0]['id']}/properties"

    assert talk.client.get(f"{path}/title").json()["type"] == "property_item"
    assert "Nope" in message(talk.client.get(f"{path}/Nope"))
    assert "page_size" in message(talk.client.get(f"{path}/title?page_size=0"))
    assert "start_cursor" in message(talk.client.get(f"{path}/title?start_cursor=x"))
    assert "query.odd" in message(talk.client.get(f"{path}/title?odd=1"))
