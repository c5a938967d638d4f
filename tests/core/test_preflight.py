"""Whether the database has what the mapping writes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support_core import MAPPING, schema

from lukhas_notion.errors import SetupError
from lukhas_notion.preflight import TYPE_NAMES, fit
from lukhas_notion.snapshot import PropertySchema, Schema
from lukhas_notion.values import PropertyType


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
    assert "case-sensitive" in caught.value.remedy
    return caught.value


def test_a_database_that_has_all_fits() -> None:
    """Nothing is left out of the mapping; properties beyond it do not matter."""
    extra = {**schema().properties, "Reviewer": PropertySchema("r", "Reviewer", "people")}
    assert fit(MAPPING, replace(schema(), properties=extra)) == MAPPING


def test_an_optional_property_may_be_missing() -> None:
    """Without Tags everything else is written."""
    fitted = fit(MAPPING, having(Tags=None))
    assert "Tags" not in fitted.types
    assert len(fitted.properties) == len(MAPPING.properties) - 1


def test_a_missing_property_is_named_with_its_type_and_how_to_add_it() -> None:
    """The text is the documented one, with what to do."""
    error = problems(having(Features=None))
    assert error.message.startswith("Property 'Features' not found in database")
    assert "type Multi-select with exactly this name" in error.message


def test_all_that_is_wrong_is_said_at_once() -> None:
    """One run names every property that is missing or of another type, the optional ones too."""
    error = problems(having(Features=None, Coverage="rich_text", Tags="select"))
    missing, other, optional = error.message.split("\n")
    assert missing.startswith("Property 'Features' not found in database: add a property")
    assert other == (
        "Property 'Coverage' has the type rich_text in the database: it must be Number (number)."
    )
    assert "'Tags' has the type select" in optional
    assert "it must be Multi-select (multi_select)" in optional


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("features ", "there is 'features ', which differs by case or spaces"),
        ("Feature", "there is 'Feature'"),
    ],
)
def test_a_name_that_is_nearly_right_is_pointed_out(there: str, said: str) -> None:
    """A slip in Notion is told with what is there instead."""
    assert said in problems(named(("Features", there))).message


def test_every_type_has_the_name_that_notion_shows() -> None:
    """Whatever can be mapped can be asked for."""
    assert set(TYPE_NAMES) == set(PropertyType)
