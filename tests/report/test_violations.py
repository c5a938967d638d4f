"""Violations that say the same are one kind, whatever the place and the value."""

from __future__ import annotations

from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.report.markdown import is_few
from lukhas_notion.report.violations import FEW, group_violations


def violation(path: str, message: str, pointer: str = "", remedy: str = "") -> Violation:
    """Return a violation of one rule."""
    return Violation(path, 1, 1, pointer, "schema.type", message, remedy)


def test_places_in_a_list_are_one_place() -> None:
    """The same message at each item of a list is one kind; its pointer says that it is a list."""
    [found] = group_violations(violation("a", "wrong", f"/tags/{n}/name") for n in range(4))
    assert (found.pointer, found.message) == ("/tags/…/name", "wrong")
    assert found.size == "1 file, 4 places"
    [alone] = group_violations([violation("a", "wrong", "/tags/3")])
    assert alone.pointer == "/tags/3"


def test_a_few_values_are_kinds_of_their_own_and_many_are_one() -> None:
    """Two missing keys are two mistakes; forty unknown names are one, and each is counted."""

    def missing(count: int) -> list[Violation]:
        keys = [f'"k{n % count}"' for n in range(40)]
        return [
            violation(f"f{n}", f'the key {key} is missing in "x"', "", f"Add {key}.")
            for n, key in enumerate(keys)
        ]

    assert {each.message for each in group_violations(missing(2))} == {
        'the key "k0" is missing in "x"',
        'the key "k1" is missing in "x"',
    }
    [found] = group_violations(missing(8))
    assert found.message == 'the key … is missing in "x"'
    assert found.advice == "Add …."
    assert sorted(found.values) == [f'"k{n}"' for n in range(8)]


def test_the_kind_in_most_files_comes_first() -> None:
    """The violation that one change fixes in most files is first."""
    found = [violation("a", "rare")] * 9 + [violation(f"f{n}", "common") for n in range(3)]
    assert [each.message for each in group_violations(found)] == ["common", "rare"]
    assert list(group_violations(found)[0].first_places) == ["f0", "f1", "f2"]


def test_other_rules_and_remedies_are_other_kinds() -> None:
    """Two equal messages with different rules or remedies are two kinds."""
    one, other = violation("a", "wrong", "", "Do this."), violation("b", "wrong", "", "Do that.")
    assert len(group_violations([one, other])) == 2


def test_ten_are_few() -> None:
    """So many are listed one by one."""
    assert is_few(group_violations(violation(f"f{n}", "x") for n in range(FEW)))
    assert not is_few(group_violations(violation(f"f{n}", "x") for n in range(FEW + 1)))
