"""Which names of a manifest can be fixed, and which only look like it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.growth import LINEAR, growth

from lukhas_notion.manifests.manifest import Manifest, parse_file
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType as T
from lukhas_notion.validate.vocabulary import Vocabulary
from lukhas_notion.validate.vocabulary_gate import name_violations

FIXED = (
    PropertySpec("Module", T.TITLE, ("/module",)),
    PropertySpec("SHA", T.RICH_TEXT, ("@sha",)),
)


def fixes(
    folder: Path,
    value: object,
    properties: dict[str, tuple[str, object]],
    *others: PropertySpec,
) -> list[str]:
    """Return each violation's fix; a property is a pointer and a vocabulary."""
    specs = [PropertySpec(n, T.MULTI_SELECT, (p,)) for n, (p, _) in properties.items()]
    vocabularies = {}
    for number, (name, (_, content)) in enumerate(properties.items()):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(content))
        vocabularies[name] = Vocabulary.load(name, path, path.name)
    manifest = parse_file("m.json", json.dumps(value).encode())[0]
    assert isinstance(manifest, Manifest)
    found = name_violations(manifest, PropertyMapping((*FIXED, *specs, *others)), vocabularies)
    return [violation.fix for violation in found]


SEARCH = {"search": {"synonyms": ["find", "1"]}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"f": ["find", "search", "Search", "serach"]}, ["search", "search", ""]),
        ({"f": "find"}, ["search"]),
        ({"f": [1]}, [""]),
        ({"f": ["find", {}]}, []),
        ({}, []),
    ],
)
def test_only_text_that_is_certain_is_fixed(
    tmp_path: Path, value: object, expected: list[str]
) -> None:
    """A number stays a number, and where something is no name the mapping speaks first."""
    assert fixes(tmp_path, value, {"F": ("/f", SEARCH)}) == expected


def test_two_vocabularies_of_one_place_have_to_agree(tmp_path: Path) -> None:
    """A name is not fixed if another property at that place takes it or has another name for it."""
    both = {"F": ("/f", SEARCH), "G": ("/f", {"find": {}})}
    assert fixes(tmp_path, {"f": ["find"]}, both) == [""]
    both["G"] = ("/f/0", {"seek": {"synonyms": ["find"]}})
    assert fixes(tmp_path, {"f": ["find"]}, both) == ["", ""]
    both["G"] = ("/f", ["search"])
    assert fixes(tmp_path, {"f": ["find"]}, both) == ["search", ""]


def test_a_module_is_not_renamed(tmp_path: Path) -> None:
    """A violation in the module's own name has no fix."""
    assert fixes(tmp_path, {"module": "find"}, {"F": ("/module", SEARCH)}) == [""]


def test_the_work_for_very_many_names_grows_with_their_number(tmp_path: Path) -> None:
    """Checking many fixable names takes time that grows with their number, not its square."""

    def check(size: int) -> None:
        both = {"F": ("/f", SEARCH), "G": ("/f", SEARCH)}
        assert len(fixes(tmp_path, {"f": ["find"] * size}, both)) == 2 * size

    assert growth(check, 1_000) < LINEAR


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["find", "1", "export"], ["search", ""]),
        (["search", "find", "export"], [""]),
        (["find", "search", "export"], [""]),
        (["find", "1", "search"], ["", ""]),
        (["export", "find", "export"], ["search"]),
    ],
)
def test_a_list_that_is_read_by_position_keeps_its_items(
    tmp_path: Path, names: list[str], expected: list[str]
) -> None:
    """A name that is already there stays: removing it would move the others up."""
    vocabulary = {**SEARCH, "export": {}}
    by_position = PropertySpec("First", T.RICH_TEXT, ("/nowhere", "/f/1"))
    assert fixes(tmp_path, {"f": names}, {"F": ("/f", vocabulary)}, by_position) == expected


def test_a_list_within_one_that_is_read_by_position_keeps_its_items(tmp_path: Path) -> None:
    """Every list that a pointer passes by number is read by position."""
    by_position = PropertySpec("First", T.RICH_TEXT, ("/f/1/0",))
    deep = {"f": ["search", ["find", "search"]]}
    assert fixes(tmp_path, deep, {"F": ("/f/1", SEARCH)}, by_position) == [""]
