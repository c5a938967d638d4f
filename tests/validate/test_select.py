"""Pointers of the mapping that no manifest has."""

from __future__ import annotations

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType as T
from lukhas_notion.validate.select import PointerUse

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
    """With how many manifests were looked at; the default mapping's own are not spoken of."""
    manifests = [{"links": {"runbook": "https://example.org"}}, *[{"module": "a"}] * 39]

    (said,) = warnings(("/link/runbook",), *manifests)

    assert said.startswith("[properties] Runbook: /link/runbook is in 0 of 40 manifests; ")
    assert said.endswith("; the nearest there is /links/runbook.")


def test_one_pointer_of_several_is_enough() -> None:
    """Others may be for manifests to come, or of an older form."""
    assert warnings(("/a", "/b"), {}, {"b": 1}) == []
    assert warnings(("/a", "/b"), {"zzzzzz": 1}) == [
        "[properties] Runbook: /a and /b are in 0 of 1 manifest."
    ]


def test_what_is_there_and_null_is_no_slip() -> None:
    """A manifest may leave open what others fill in."""
    assert warnings(("/a/b",), {"a": {"b": None}}) == []


def test_without_a_manifest_nothing_is_said() -> None:
    """That there is none is said otherwise."""
    assert warnings(("/a",)) == []


def test_a_hostile_manifest_is_searched_within_bounds() -> None:
    """Very many keys, or very deep ones, are not all compared."""
    deep: object = {}
    for _ in range(150):
        deep = {"k" * 50: deep}
    wide = {f"key-{number}": number for number in range(50_000)}

    assert warnings(("/nothing",), deep, wide) == [
        "[properties] Runbook: /nothing is in 0 of 2 manifests."
    ]


def test_what_is_known_of_the_file_is_in_no_manifest() -> None:
    """A key that is the manifest's folder leads to a value in each, without a pointer."""
    use = PointerUse(PropertyMapping(FIXED, ("@folder",)))
    use.add({"module": "a"})
    assert list(use.warnings()) == []
