"""What a database lacks, as a plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.core import MAPPING, schema

from lukhas_notion.plan.database import Option, PropertySchema, Schema, color_of
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.setup.result import SetupPlan, plan_setup
from lukhas_notion.util.errors import SetupError

NAMES = {"Features": ("search", "export"), "Tags": ("tier:1",)}


def having(**changes: PropertySchema | None) -> Schema:
    """Return the default schema with properties changed, or taken away with None."""
    properties = dict(schema().properties)
    for name, found in changes.items():
        properties.pop(name.replace("_", " "), None)
        if found is not None:
            properties[found.name] = found
    return replace(schema(), properties=properties)


def refusal(plan: SetupPlan) -> str:
    """Return why a plan cannot be carried out."""
    with pytest.raises(SetupError) as caught:
        plan.require_possible()
    assert caught.value.exit_code == 2
    assert "Nothing was changed" in caught.value.remedy
    return caught.value.message


def test_a_new_database_gets_every_property_the_optional_ones_too() -> None:
    """The plan has all properties of the mapping, in its order, each with its type."""
    plan = plan_setup(MAPPING, NAMES)
    assert plan.creates
    assert [(a.name, a.type) for a in plan.additions] == [
        (p.name, p.type) for p in MAPPING.properties
    ]
    plan.require_possible()


def test_a_new_property_begins_with_its_options_in_their_stable_colours() -> None:
    """A new property gets the vocabulary's names in its order, each with the colour of its name."""
    plan = plan_setup(MAPPING, NAMES)
    features = next(a for a in plan.additions if a.name == "Features")
    assert features.options == (("search", color_of("search")), ("export", color_of("export")))
    assert plan.waiting == {}


def test_names_beyond_a_hundred_wait() -> None:
    """A request takes a hundred options of a property, and the rest is listed."""
    names = [f"n{number:03}" for number in range(130)]
    plan = plan_setup(MAPPING, {"Features": names})
    features = next(a for a in plan.additions if a.name == "Features")
    assert [name for name, _ in features.options] == names[:100]
    assert plan.waiting == {"Features": tuple(names[100:])}


def test_a_database_that_has_all_lacks_nothing() -> None:
    """The plan is empty, and sends nothing."""
    plan = plan_setup(MAPPING, NAMES, schema(options=NAMES))
    assert plan.is_empty
    assert plan.lacking(schema(options=NAMES)) == []


def test_only_what_is_missing_is_added() -> None:
    """A missing property is added with its options, and missing options to an existing one."""
    there = having(Tags=None, SLA_p95=None)
    plan = plan_setup(MAPPING, NAMES, there)
    assert [a.name for a in plan.additions] == ["SLA p95", "Tags"]
    [features] = plan.options
    assert [name for name, _ in features.add] == ["search", "export"]
    assert features.remove == ()
    assert not plan.is_empty


def test_options_of_people_stay_as_they_are() -> None:
    """An option outside the vocabulary is kept, and one that looks like it is not doubled."""
    for spelled in ("SEARCH", "search ", "sea\u200brch"):
        there = schema(options={"Features": ("by hand", spelled)})
        [features, _] = plan_setup(MAPPING, NAMES, there).options
        assert [name for name, _ in features.add] == ["export"]
        assert features.keep == 2


def test_a_property_of_another_type_is_a_problem_and_is_left_out() -> None:
    """The problem names both types, and nothing is planned for the property."""
    there = having(Features=PropertySchema("f", "Features", "status"))
    plan = plan_setup(MAPPING, NAMES, there)
    assert "Features" not in {a.name for a in plan.additions}
    assert "Features" not in {o.property_name for o in plan.options}
    said = refusal(plan)
    assert "'Features' has the type status" in said
    assert "Multi-select (multi_select)" in said


def test_a_title_by_another_name_is_a_problem() -> None:
    """A database has one title, so a second one is never added."""
    there = having(Module=PropertySchema("title", "Name", "title"))
    said = refusal(plan_setup(MAPPING, NAMES, there))
    assert "title property is called 'Name'" in said
    assert "'Module'" in said


@pytest.mark.parametrize(
    "name", ["features", "Features ", "FEATURES", "\u00a0Features", "Fea\u00adtures"]
)
def test_a_name_that_differs_by_case_or_spaces_is_a_problem(name: str) -> None:
    """The user must decide, because both properties cannot be intended."""
    there = having(Features=PropertySchema("f", name, "multi_select"))
    said = refusal(plan_setup(MAPPING, NAMES, there))
    assert f"there is '{name}', which differs from it only by case or spaces" in said


def test_what_may_be_there_by_another_name_is_doubted() -> None:
    """The property is added, because only the user can decide whether both are the same."""
    there = having(SLA_p95=PropertySchema("s", "SLA 95", "number"))
    plan = plan_setup(MAPPING, NAMES, there)
    plan.require_possible()
    assert [a.name for a in plan.additions] == ["SLA p95"]
    [said] = plan.doubts
    assert said.startswith("'SLA p95' is added next to 'SLA 95'")
    assert "rename it to 'SLA p95'" in said


def test_all_problems_are_named_at_once() -> None:
    """One run reports everything that must be fixed."""
    there = having(
        Features=PropertySchema("f", "Features", "rich_text"),
        Coverage=PropertySchema("c", "Coverage", "rich_text"),
    )
    assert len(refusal(plan_setup(MAPPING, NAMES, there)).splitlines()) == 2


def test_what_a_reading_lacks_is_named() -> None:
    """A property, its type, an option and its colour: each missing one is reported."""
    plan = plan_setup(MAPPING, NAMES)
    right = {
        name: tuple(Option(n, n, color_of(n)) for n in listed) for name, listed in NAMES.items()
    }

    def made(**changes: PropertySchema | None) -> Schema:
        properties = {
            p.name: PropertySchema("i", p.name, p.type.value, right.get(p.name, ()))
            for p in MAPPING.properties
        }
        for name, found in changes.items():
            if found is None:
                del properties[name]
            else:
                properties[name] = found
        return replace(schema(), properties=properties)

    def features(*options: Option) -> PropertySchema:
        return PropertySchema("f", "Features", "multi_select", options)

    first, second = right["Features"]
    assert plan.lacking(made()) == []
    assert plan.lacking(made(Coverage=None)) == ["Property 'Coverage' is not in the database."]
    wrong = PropertySchema("c", "Coverage", "rich_text")
    assert plan.lacking(made(Coverage=wrong)) == [
        "Property 'Coverage' has the type rich_text, not number."
    ]
    [said] = plan.lacking(made(Features=features(first)))
    assert said == f"Option 'export' ({second.color}) is not in 'Features'."
    grey = replace(first, color="default")
    [said] = plan.lacking(made(Features=features(grey, second)))
    assert "'search'" in said


def test_a_missing_option_of_a_property_that_was_there_is_named() -> None:
    """Options that were added are compared with the database, too."""
    plan = plan_setup(MAPPING, {"Features": ("search",)}, schema())
    assert plan.lacking(schema()) == ["Option 'search' is not in 'Features'."]


def test_a_constant_brings_its_own_option() -> None:
    """A select that holds the same everywhere is made with that one name."""
    team = replace(
        next(p for p in MAPPING.properties if p.name == "Tags"),
        name="Team",
        type=PropertyType.SELECT,
        pointers=(),
        constant="riders",
    )
    mapping = replace(MAPPING, properties=(*MAPPING.properties, team))
    plan = plan_setup(mapping, mapping.constant_options())
    assert plan.additions[-1].options == (("riders", color_of("riders")),)
