"""The database: its schema as data, and which options are added and removed, and how."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import MAPPING, page, plan, schema, want

from lukhas_notion.plan.database import (
    COLORS,
    MissingOption,
    Option,
    OptionChange,
    OptionRemoval,
    Page,
    PropertySchema,
    Schema,
    budget_notice,
    color_of,
    missing_options,
    plan_options,
)
from lukhas_notion.plan.plan import unlisted
from lukhas_notion.plan.values import MAX_OPTIONS, PropertyType


def test_a_schema_weighs_about_what_its_json_does() -> None:
    """More options weigh more, about as much as each takes in Notion's answer."""
    small, large = schema(), schema(options={"Tags": [f"option {n}" for n in range(100)]})
    assert 0 < small.size_bytes < 2_000
    assert 9_000 < large.size_bytes - small.size_bytes < 12_000


def test_a_name_weighs_what_its_bytes_do() -> None:
    """Names outside ASCII weigh more than they have characters."""

    def weight(name: str) -> int:
        options = (Option("1", name, "red"),)
        described = PropertySchema("t", "Tags", "multi_select", options)
        return Schema("d", "s", "T", "", {"Tags": described}).size_bytes

    assert weight("é" * 10) == weight("e" * 20)


def numbered(first: int, last: int) -> list[str]:
    """Return names that differ by a number."""
    return [f"n{number:03}" for number in range(first, last)]


def test_colours_are_the_same_on_every_machine_for_ever() -> None:
    """A name's colour is pinned: a change of the hash would be seen here."""
    assert {name: color_of(name) for name in ("consciousness", "memory", "identity", "é", "")} == {
        "consciousness": "blue",
        "memory": "green",
        "identity": "pink",
        "é": "gray",
        "": "gray",
    }


def test_every_colour_is_one_that_notion_has_and_each_is_used() -> None:
    """Names are spread over all of Notion's colours."""
    assert {color_of(f"name {n}") for n in range(200)} == set(COLORS)


def test_backfill_adds_what_is_lacking_in_the_vocabularys_order() -> None:
    """Existing options stay, missing ones are added with a colour, and nothing is removed."""
    (change,) = plan_options(
        schema(options={"Features": ["b", "Old"]}), {"Features": ["c", "b", "a"]}
    )
    assert change.add == (("c", color_of("c")), ("a", color_of("a")))
    assert change.remove == ()
    assert (change.keep, change.total) == (2, 4)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [("Memory", "memory"), ("café", "cafe\u0301"), ("a\u00a0b", "a b"), ("core\u200b.a", "core.a")],
)
def test_an_option_that_looks_like_another_is_not_added_beside_it(held: str, wanted: str) -> None:
    """Notion or people take the two for one option, so the second is not sent but named."""
    there = schema(options={"Features": [held]})
    (change,) = plan_options(there, {"Features": [wanted]})
    assert change.add == ()
    (missing,) = missing_options([want("m", Features=(wanted,))], there, MAPPING, (change,))
    assert (missing.name, missing.near) == (wanted, held)


def test_pruning_counts_the_pages_that_use_what_goes() -> None:
    """Each option outside the vocabulary is named with the number of pages that hold it."""
    pages = [page(want("a", Tags=("old", "new"))), page(want("b", Tags=("old",))), page(want("c"))]
    (change,) = plan_options(
        schema(options={"Tags": ["old", "unused", "new"]}),
        {"Tags": ["new", "newer"]},
        pages=pages,
        prune=True,
    )
    assert change.remove == (OptionRemoval("old", 2), OptionRemoval("unused", 0))
    assert [name for name, _ in change.add] == ["newer"]
    assert (change.keep, change.total) == (1, 2)


def test_pruning_a_wrong_spelling_puts_the_right_one_in_its_place() -> None:
    """When the old spelling goes, the vocabulary's own is added in the same step."""
    (change,) = plan_options(schema(options={"Tags": ["Memory"]}), {"Tags": ["memory"]}, prune=True)
    assert [r.name for r in change.remove] == ["Memory"]
    assert [name for name, _ in change.add] == ["memory"]


def test_an_empty_select_uses_no_option() -> None:
    """Pages without a value do not count as users of an option that is called None."""
    source = schema(options={"Tags": ["None", "x"]})
    held = [Page(str(n), "", {"Tags": value}) for n, value in enumerate([None, None, "x"])]
    (change,) = plan_options(source, {"Tags": []}, pages=held, prune=True)
    assert change.remove == (OptionRemoval("None", 0), OptionRemoval("x", 1))


def test_a_property_that_the_database_lacks_is_passed_over() -> None:
    """Options are never planned for a property that is not there."""
    assert plan_options(schema(), {"Nowhere": ["a"]}) == ()


def test_an_option_that_nobody_adds_is_missing() -> None:
    """What a manifest wants and Notion would have to make up is named, with the near spelling."""
    source = schema(options={"Features": ["a", "B"], "Tags": ["t", "old"]})
    options = [
        OptionChange("Features", PropertyType.MULTI_SELECT, (("new", "red"),), (), 2),
        OptionChange("Tags", PropertyType.MULTI_SELECT, (), (OptionRemoval("old", 0),), 1),
    ]
    wants = [want("m", Features=("a", "new", "b"), Tags=("t", "old")), want("n")]
    assert missing_options(wants, source, MAPPING, options) == [
        MissingOption("Features", "b", "m", "m/module.manifest.json", "B"),
        MissingOption("Tags", "old", "m", "m/module.manifest.json"),
    ]


def test_the_option_of_a_select_can_be_missing_too() -> None:
    """A select's one name is looked for like a multi-select's; an empty one wants nothing."""
    source = schema(options={"Tags": ["x"]})
    wants = [want("m", Tags="y"), want("n", Tags="x"), want("o", Tags=None)]
    assert [m.module for m in missing_options(wants, source, MAPPING, [])] == ["m"]


def test_a_property_that_the_database_lacks_misses_no_option() -> None:
    """Where an optional property is not there, its values are not sent and not looked for."""
    source = schema(MAPPING.without({"Tags"}))
    assert missing_options([want("m", Tags=("x",))], source, MAPPING, []) == []


def test_an_option_has_an_id_that_no_plan_depends_on() -> None:
    """Other ids and colours of the same options make the same plan of options."""
    one = schema(options={"Tags": ["x"]})
    other = replace(one.properties["Tags"], options=(Option("other", "x", "red"),))
    two = replace(one, properties={**one.properties, "Tags": other})
    assert plan_options(one, {"Tags": ["y"]}) == plan_options(two, {"Tags": ["y"]})


def test_all_that_fit_into_one_request_are_added_by_it() -> None:
    """A hundredth option still gets its colour by a request; nothing waits."""
    (change,) = plan_options(schema(options={"Tags": numbered(0, 60)}), {"Tags": numbered(0, 100)})
    assert (len(change.add), change.waiting, change.total) == (40, (), 100)


def test_beyond_a_hundred_the_rest_waits_for_a_page() -> None:
    """The first names of the vocabulary fill the request; the others are named as waiting."""
    (change,) = plan_options(schema(options={"Tags": numbered(0, 60)}), {"Tags": numbered(0, 130)})
    assert [name for name, _ in change.add] == numbered(60, 100)
    assert change.waiting == tuple(numbered(100, 130))
    assert change.is_possible


def test_a_list_of_more_than_a_hundred_is_never_sent() -> None:
    """Where Notion holds more than a request can name, no request is planned."""
    (change,) = plan_options(schema(options={"Tags": numbered(0, 101)}), {"Tags": numbered(0, 105)})
    assert (change.add, change.sends) == ((), False)
    assert change.waiting == tuple(numbered(101, 105))


def test_a_name_that_waits_is_not_missing_and_comes_with_its_page() -> None:
    """The plan lists the names that its page writes add; other names stay waiting."""
    source = schema(options={"Tags": numbered(0, 100)})
    options = plan_options(source, {"Tags": numbered(0, 103)})
    wants = [want("a", Tags=("n001", "n101")), want("b", Tags=("n101",))]
    assert missing_options(wants, source, MAPPING, options) == []
    (change,) = plan(wants, options=options).options
    assert (change.by_pages, change.waiting) == (("n101",), ("n100", "n102"))
    assert change.total == 101


def test_a_page_that_is_up_to_date_brings_nothing() -> None:
    """Only a write adds an option."""
    options = plan_options(schema(options={"Tags": numbered(0, 100)}), {"Tags": ["n100"]})
    held = want("a", Tags=("n100",))
    (change,) = plan([held], [page(held)], options=options).options
    assert change.by_pages == ()


def test_what_pages_bring_is_in_the_digest() -> None:
    """A reviewer of the digest has seen which options appear without a colour."""
    options = plan_options(schema(options={"Tags": numbered(0, 100)}), {"Tags": ["n100"]})
    made = plan([want("a", Tags=("n100",))], options=options)
    brought = {"operation": "add-option-by-page", "property": "Tags", "name": "n100"}
    assert brought in list(made.operations())


def test_pruning_makes_room_for_what_waited() -> None:
    """What stays and what is new fit into the request that removes the others."""
    (change,) = plan_options(
        schema(options={"Tags": numbered(0, 150)}), {"Tags": numbered(140, 170)}, prune=True
    )
    assert (change.keep, len(change.add), len(change.remove)) == (10, 20, 140)
    assert unlisted([change]) is None


def test_pruning_is_refused_when_more_than_a_hundred_stay() -> None:
    """Whatever the request would not name, Notion would drop; the refusal counts both."""
    (change,) = plan_options(
        schema(options={"Tags": numbered(0, 150)}), {"Tags": numbered(0, 149)}, prune=True
    )
    refused = unlisted([change])
    assert refused is not None
    assert refused.reason == "options"
    assert refused.details == ("Tags: 149 options stay, 1 were to go",)


@given(there=st.integers(0, 150), wanted=st.integers(0, 250), prune=st.booleans())
def test_no_name_is_lost_and_no_request_too_long(there: int, wanted: int, prune: bool) -> None:
    """Every name of the vocabulary is kept, added or waits, exactly once, whatever the numbers."""
    names = numbered(75, 75 + wanted)
    (change,) = plan_options(
        schema(options={"Tags": numbered(0, there)}), {"Tags": names}, prune=prune
    )
    added = [name for name, _ in change.add]
    held = set(numbered(0, there))
    assert sorted([*added, *change.waiting]) == sorted(set(names) - held)
    assert change.is_possible or (change.remove and unlisted([change]))
    if change.sends and change.is_possible:
        assert change.keep + len(added) <= MAX_OPTIONS


def test_a_schema_larger_than_notion_recommends_is_warned_of_before() -> None:
    """The names that are to come count as well."""
    source = schema(options={"Tags": numbered(0, 10)})
    assert budget_notice(source, plan_options(source, {"Tags": numbered(0, 300)})) == ""
    said = budget_notice(source, plan_options(source, {"Tags": numbered(0, 600)}))
    assert "about 57 KB; Notion recommends 50 KB" in said
