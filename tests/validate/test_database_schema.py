"""Whether the database has what the mapping writes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.core import MAPPING, schema

from lukhas_notion.plan.database import PropertySchema, Schema
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import SetupError
from lukhas_notion.validate.database_schema import fit, left_out


def having(**types: str | None) -> Schema:
    """Return the default schema with these properties changed, or taken away with None."""
    whole = schema()
    properties = dict(whole.properties)
    for name, kind in types.items():
        del properties[name]
        if kind is not None:
            properties[name] = PropertySchema("id", name, kind)
    return replace(whole, properties=properties)


def named(*names: tuple[str, str]) -> Schema:
    """Return the default schema with properties renamed."""
    whole = schema()
    new = dict(names)
    properties = {new.get(name, name): p for name, p in whole.properties.items()}
    return replace(whole, properties=properties)


def problems(source: Schema) -> SetupError:
    """Return what is wrong with a database."""
    with pytest.raises(SetupError) as caught:
        fit(MAPPING, source)
    assert caught.value.exit_code == 2
    return caught.value


def test_a_database_that_has_all_fits() -> None:
    """A database with every mapped property, and others, takes the whole mapping."""
    extra = {**schema().properties, "Reviewer": PropertySchema("r", "Reviewer", "people")}
    assert fit(MAPPING, replace(schema(), properties=extra)).mapping == MAPPING


def test_an_optional_property_may_be_missing() -> None:
    """A missing optional property is left out of the mapping."""
    fitted = fit(MAPPING, having(Tags=None)).mapping
    assert "Tags" not in fitted.types
    assert len(fitted.properties) == len(MAPPING.properties) - 1


def test_every_missing_property_is_added_where_that_is_allowed() -> None:
    """With may_add, missing properties become columns, required or optional, and are written."""
    found = fit(MAPPING, having(Tags=None, Coverage=None), may_add=True)
    assert [(each.name, each.type) for each in found.columns] == [
        ("Coverage", PropertyType.NUMBER),
        ("Tags", PropertyType.MULTI_SELECT),
    ]
    assert found.mapping == MAPPING


@pytest.mark.parametrize("target", ["", "another-source"])
def test_a_relation_that_is_added_leads_where_the_mapping_says(target: str) -> None:
    """An added relation leads to its target or the database itself, and is not left out."""
    spec = PropertySpec("Uses", PropertyType.RELATION, pointers=("/uses",), target=target)
    wanted = PropertyMapping((*MAPPING.properties, replace(spec, required=False)))
    found = fit(wanted, schema(), may_add=True)
    assert [each.name for each in found.columns] == ["Uses"]
    assert left_out(wanted, found.schema_with(schema())) == []


def test_an_optional_property_of_another_type_is_not_added() -> None:
    """An existing column of another type is not changed and is left out."""
    found = fit(MAPPING, having(Tags="rich_text"), may_add=True)
    assert found.columns == ()
    assert "Tags" not in found.mapping.types


def test_a_missing_property_is_named_with_its_type_and_how_to_add_it() -> None:
    """The message is the documented text with its remedy."""
    error = problems(having(Features=None))
    assert error.message.startswith("Property 'Features' not found in database")
    assert "type Multi-select with exactly this name: `lukhas-notion init`" in error.message
    assert "case-sensitive" in error.remedy


def test_all_that_is_wrong_is_said_at_once() -> None:
    """One run names every required property that is missing or of another type."""
    error = problems(having(Features=None, Coverage="rich_text", Tags="select"))
    missing, other = error.message.split("\n")
    assert missing.startswith("Property 'Features' not found in database. Add a property")
    assert other.startswith(
        "Property 'Coverage' has the type rich_text in the database: it must be Number (number)."
    )


@pytest.mark.parametrize("kind", ["select", "status", "formula"])
def test_an_optional_property_of_another_type_is_left_out(kind: str) -> None:
    """An optional property of another type is left out like a missing one."""
    held = having(Tags=kind)
    assert "Tags" not in fit(MAPPING, held).mapping.types
    [told] = left_out(MAPPING, held)
    assert f"'Tags' has the type {kind}" in told.fact


@pytest.mark.parametrize(
    ("name", "kind", "type_can_be_mapped"),
    [
        ("Coverage", "formula", False),
        ("Coverage", "rich_text", True),
        ("Coverage", "date", False),
        ("Features", "status", False),
        ("Features", "rich_text", True),
        ("Updated At", "last_edited_time", False),
        ("Updated At", "rich_text", False),
        ("Provenance SHA", "number", False),
        ("Description", "number", False),
    ],
)
def test_a_property_is_mapped_to_its_type_only_where_that_can_hold_it(
    name: str, kind: str, type_can_be_mapped: bool
) -> None:
    """Otherwise another property is mapped: the advice is never one that is refused."""
    held = having(**{name: kind})
    message = problems(held).message
    assert (f'type = "{kind}"' in message) is type_can_be_mapped
    assert ("map another property" in message) is not type_can_be_mapped


@pytest.mark.parametrize(
    ("name", "there", "said"),
    [
        (
            "Features",
            "features ",
            "there is 'features ', which differs from it only by case or spaces",
        ),
        (
            "SLA p95",
            "SLA\u00a0p95",
            "by case or spaces (the first has U+0020 where the second has U+00A0)",
        ),
        ("Features", "Fea\u200btures", "the first has nothing where the second has U+200B"),
        ("Features", "Feature", "there is 'Feature', of the same type and with a name like it"),
        ("SLA p95", "SLA 95", "there is 'SLA 95', of the same type and with a name like it"),
        ("Module", "Name", "the title property is called 'Name', and a database has one"),
    ],
)
def test_what_may_be_the_same_is_pointed_out(name: str, there: str, said: str) -> None:
    """A renamed property is to be renamed back first: a second column would split the values."""
    message = problems(named((name, there))).message
    assert said in message
    first, _, _ = message.partition("`lukhas-notion init` does it")
    assert "in Notion, or map" in first
    assert re.search(f"[Rr]ename it (back )?to '{name}'", first)


@pytest.mark.parametrize(("name", "there"), [("Features", "features "), ("Module", "Name")])
def test_what_cannot_be_added_is_not_proposed(name: str, there: str) -> None:
    """A title, or a name that differs only by case, is never proposed as a new column."""
    error = problems(named((name, there)))
    assert "init" not in error.message
    assert "case-sensitive" not in error.remedy


def test_a_property_that_is_mapped_is_no_stand_in() -> None:
    """A mapped property, or one of another type, is not proposed for a missing one."""
    source = having(Coverage=None)
    like = PropertySchema("x", "Coverages", "rich_text")
    other = replace(source, properties={**source.properties, "Coverages": like})
    assert "Coverages" not in problems(other).message
    number = replace(like, type="number")
    mapped = replace(MAPPING.properties[5], name="Coverages")
    assert mapped.type == "number"
    mapping = replace(MAPPING, properties=(*MAPPING.properties, mapped))
    both = replace(source, properties={**source.properties, "Coverages": number})
    with pytest.raises(SetupError) as caught:
        fit(mapping, both)
    assert "Coverages" not in caught.value.message
