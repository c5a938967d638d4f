"""The snapshot: Notion's answers, reduced to what is compared."""

from __future__ import annotations

from support.core import MAPPING, schema

from lukhas_notion.plan.snapshot import Option, Page, PropertySchema
from lukhas_notion.plan.values import PropertyType


def test_a_property_is_read_with_its_options() -> None:
    """Options keep Notion's order, ids and colours; one without a colour has the default one."""
    found = PropertySchema.from_api(
        {
            "id": "a%3Ab",
            "name": "Tags",
            "type": "multi_select",
            "multi_select": {
                "options": [{"id": "1", "name": "x", "color": "red"}, {"id": "2", "name": "y"}]
            },
        }
    )
    options = (Option("1", "x", "red"), Option("2", "y", "default"))
    assert found == PropertySchema("a%3Ab", "Tags", "multi_select", options)


def test_a_property_of_a_type_that_is_not_written_is_read_all_the_same() -> None:
    """A formula, or a type yet to come, is no reason to fail."""
    for payload in ({"formula": {"expression": "1"}}, {"formula": None}, {}):
        found = PropertySchema.from_api({"id": "i", "name": "F", "type": "formula", **payload})
        assert found == PropertySchema("i", "F", "formula")


def test_a_page_is_reduced_to_the_mapped_properties() -> None:
    """What is not mapped is not kept, and what Notion left out is not made up."""
    answer = {
        "id": "p",
        "url": "https://notion.example/p",
        "properties": {
            "Module": {"type": "title", "title": [{"plain_text": "co"}, {"plain_text": "re"}]},
            "Tags": {"type": "multi_select", "multi_select": [{"name": "a"}]},
            "Reviewer": {"type": "people", "people": []},
        },
    }
    page = Page.from_api(answer, MAPPING.types)
    assert page == Page("p", "https://notion.example/p", {"Module": "core", "Tags": ("a",)})
    assert Page.from_api({"id": "p"}, {"X": PropertyType.URL}) == Page("p", "", {})


def test_a_schema_weighs_about_what_its_json_does() -> None:
    """More options weigh more, about as much as each takes in Notion's answer."""
    small, large = schema(), schema(options={"Tags": [f"option {n}" for n in range(100)]})
    assert 0 < small.size_bytes < 2_000
    assert 9_000 < large.size_bytes - small.size_bytes < 12_000


def test_a_page_says_who_made_and_who_edited_it() -> None:
    """The ids of author and editor are kept, and an answer without them is no error."""
    answer = {"id": "p", "created_by": {"object": "user", "id": "u1"}, "last_edited_by": None}
    page = Page.from_api(answer, {})
    assert (page.author, page.editor) == ("u1", "")
