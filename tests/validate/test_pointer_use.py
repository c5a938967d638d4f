"""Pointers of the mapping that no manifest has."""

from __future__ import annotations

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType as T
from lukhas_notion.validate.pointer_use import PointerUse

FIXED = (
    PropertySpec("Module", T.TITLE, ("/module",)),
    PropertySpec("SHA", T.RICH_TEXT, ("@sha",)),
    PropertySpec("Coverage", T.NUMBER, ("/testing/coverage_observed",)),
)


def warnings(pointers: tuple[str, ...], *manifests: object) -> list[str]:
    """Return what is said of a property with these pointers."""
    use = PointerUse(PropertyMapping((*FIXED, PropertySpec("Runbook", T.URL, pointers))))
    for value in manifests:
        use.add(value)
    return list(use.warnings())


def test_a_pointer_that_no_manifest_has_is_named_with_the_nearest_that_one_has() -> None:
    """A pointer without a value is reported with the count of manifests and the nearest pointer."""
    manifests = [{"links": {"runbook": "https://example.org"}}, *[{"module": "a"}] * 39]

    (said,) = warnings(("/link/runbook",), *manifests)

    assert said.startswith("[properties] Runbook: /link/runbook is in 0 of 40 manifests; ")
    assert said.endswith("; the nearest there is /links/runbook.")


def test_one_pointer_of_several_is_enough() -> None:
    """A setting is not reported if one of its pointers has a value."""
    assert warnings(("/a", "/b"), {}, {"b": 1}) == []
    assert warnings(("/a", "/b"), {"zzzzzz": 1}) == [
        "[properties] Runbook: /a and /b are in 0 of 1 manifest."
    ]


def test_what_is_there_and_null_is_no_slip() -> None:
    """A pointer that leads to null is not reported."""
    assert warnings(("/a/b",), {"a": {"b": None}}) == []


def test_without_a_manifest_nothing_is_said() -> None:
    """Without manifests no pointer is reported."""
    assert warnings(("/a",)) == []


def test_a_hostile_manifest_is_searched_within_bounds() -> None:
    """The search for the nearest pointer is limited for very many or very deep keys."""
    deep: object = {}
    for _ in range(150):
        deep = {"k" * 50: deep}
    wide = {f"key-{number}": number for number in range(50_000)}

    assert warnings(("/nothing",), deep, wide) == [
        "[properties] Runbook: /nothing is in 0 of 2 manifests."
    ]


def test_what_is_known_of_the_file_is_in_no_manifest() -> None:
    """A key such as @folder is not a pointer and is not reported."""
    use = PointerUse(PropertyMapping(FIXED, ("@folder",)))
    use.add({"module": "a"})
    assert list(use.warnings()) == []
