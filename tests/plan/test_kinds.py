"""The classes of property types: each type has one, with all its attributes."""

from __future__ import annotations

import pytest

from lukhas_notion.plan import kinds, reference_kinds, text_kinds
from lukhas_notion.plan.kinds import Kind, items
from lukhas_notion.plan.property_spec import ConversionError, PropertySpec
from lukhas_notion.plan.property_types import PROPERTY_TYPES, configuration, kind_of
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import Unavailable

T = PropertyType


@pytest.mark.parametrize("type_", PropertyType)
def test_each_type_has_a_class_that_describes_it(type_: PropertyType) -> None:
    """Whatever can be mapped has a name in Notion's menus and a line in the reference."""
    kind = kind_of(type_)
    assert kind.type is type_
    assert kind.label
    assert kind.takes
    assert type_ not in kind.instead


def test_each_class_is_used() -> None:
    """A class that no type has, and none builds upon, would be dead code."""
    used = {base for type_ in PropertyType for base in type(kind_of(type_)).__mro__}
    for module in (kinds, reference_kinds, text_kinds):
        found = {each for each in vars(module).values() if isinstance(each, type)}
        assert {each for each in found if issubclass(each, Kind) and each is not Kind} <= used


@pytest.mark.parametrize("type_", [PropertyType.BODY, PropertyType.ICON])
def test_what_is_no_property_takes_no_value_of_a_manifest(type_: PropertyType) -> None:
    """A page's body and icon are made in their own ways, and a value here is refused."""
    with pytest.raises(ConversionError, match="not text"):
        kind_of(type_).convert_one(PropertySpec("P", type_, ("/p",)), "/p", "text")


@pytest.mark.parametrize("type_", PROPERTY_TYPES)
def test_an_entry_of_another_shape_is_no_value(type_: PropertyType) -> None:
    """No type reads an object that lacks everything as if it were empty."""
    with pytest.raises(Unavailable, match="page p"):
        kind_of(type_).decode({}, "page p")


@pytest.mark.parametrize(
    ("type_", "settings"),
    [
        (T.TITLE, {}),
        (T.NUMBER, {"format": "number"}),
        (T.SELECT, {"options": [{"name": "a", "color": "red"}]}),
        (T.MULTI_SELECT, {"options": [{"name": "a", "color": "red"}]}),
        (T.CHECKBOX, {}),
    ],
)
def test_a_new_property_is_set_up_by_its_type(
    type_: PropertyType, settings: dict[str, object]
) -> None:
    """Options go to the types that have some, a format to numbers, and nothing to the others."""
    made = configuration(PropertySpec("P", type_, ("/p",)), [("a", "red")])
    assert made == {"type": type_.value, type_.value: settings}


@pytest.mark.parametrize("type_", [T.URL, T.EMAIL, T.PHONE_NUMBER])
def test_a_blank_address_is_an_empty_one(type_: PropertyType) -> None:
    """A text without characters in Notion is no edit of a page that has no address."""
    assert kind_of(type_).decode("", ("page", "x")) is kind_of(type_).empty


def test_the_items_of_lists_have_their_own_places() -> None:
    """A list gives its items, anything else itself."""
    assert items([("/a", ["x", 1]), ("/b", {"y": 2})]) == [
        ("/a/0", "x"),
        ("/a/1", 1),
        ("/b", {"y": 2}),
    ]
