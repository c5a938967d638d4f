"""How much a plan may remove before the user has to confirm it with a number."""

from __future__ import annotations

import dataclasses

import pytest
from support.core import page, plan, want

from lukhas_notion.plan.database import OptionChange, OptionRemoval
from lukhas_notion.plan.plan import ChangeKind, Plan, SafetyStop, too_much
from lukhas_notion.plan.values import PropertyType


def archiving(count: int, *options: OptionChange, kind: ChangeKind = ChangeKind.ARCHIVE) -> Plan:
    """Return a plan that archives so many pages, or restores them."""
    orphans = plan([], [page(want(f"m{n:02}")) for n in range(count)])
    changes = (dataclasses.replace(c, kind=kind) for c in orphans.changes)
    return dataclasses.replace(orphans, changes=tuple(changes), options=options)


def removing(count: int, keep: int) -> OptionChange:
    """Return a property that loses so many options and keeps so many."""
    gone = tuple(OptionRemoval(f"o{n}", 0) for n in range(count))
    return OptionChange("Tags", PropertyType.MULTI_SELECT, (), gone, keep)


def guarded(
    made: Plan, *, bearing: int = 100, manifests: int | None = 1, force: int | None = None
) -> SafetyStop | None:
    """Ask the guard."""
    return too_much(dataclasses.replace(made, managed=bearing), manifests=manifests, force=force)


@pytest.mark.parametrize(
    ("archived", "bearing", "passes"),
    [(0, 0, True), (3, 10, True), (4, 10, False), (30, 100, True), (31, 100, False), (1, 3, False)],
)
def test_thirty_per_cent_of_the_pages_may_go(archived: int, bearing: int, passes: bool) -> None:
    """Exactly thirty pass, more do not."""
    found = guarded(archiving(archived), bearing=bearing)
    assert (found is None) is passes


@pytest.mark.parametrize(
    ("restored", "bearing", "passes"),
    [(4, 4, True), (5, 10, False), (5, 17, True), (30, 100, True), (31, 100, False)],
)
def test_thirty_per_cent_may_come_back_and_always_four(
    restored: int, bearing: int, passes: bool
) -> None:
    """More are refused with what to force, and the exact number passes."""
    made = archiving(restored, kind=ChangeKind.RESTORE)
    found = guarded(made, bearing=bearing)
    assert (found is None) is passes
    assert found is None or f"--force {restored}" in found.remedy
    assert guarded(made, bearing=bearing, force=restored) is None


@pytest.mark.parametrize(("gone", "keep", "passes"), [(3, 7, True), (4, 7, False), (1, 0, False)])
def test_thirty_per_cent_of_a_propertys_options_may_go(gone: int, keep: int, passes: bool) -> None:
    """The same holds for options, of each property alone."""
    found = guarded(archiving(0, removing(gone, keep)), manifests=None)
    assert (found is None) is passes


def test_an_empty_vocabulary_is_said_to_be_one() -> None:
    """The refusal says that the file is empty."""
    found = guarded(archiving(0, removing(2, 0)))
    assert found is not None
    assert "Tags would lose every option (--prune): its vocabulary is empty" in found.message


def test_no_manifest_at_all_is_never_taken_for_a_wish() -> None:
    """However few the pages are, an empty repository archives none of them unasked."""
    found = guarded(archiving(1), manifests=0)
    assert found is not None
    assert "no manifest was found" in found.message
    assert guarded(archiving(1), manifests=0, force=1) is None


def test_force_is_the_exact_number_of_pages_and_options() -> None:
    """One number for all that goes; another one is refused with both."""
    made = archiving(4, removing(2, 1))
    assert guarded(made, bearing=10, force=6) is None
    for force in (0, 4, 5, 7):
        found = guarded(made, bearing=10, force=force)
        assert found is not None
        assert f"{force} was forced, and it is 6" in found.message
        assert "--force 6" in found.remedy


def test_a_number_that_was_not_needed_is_no_refusal() -> None:
    """Force allows; it demands nothing."""
    assert guarded(archiving(1), force=7) is None


def test_the_first_twenty_are_named_and_the_rest_counted() -> None:
    """A thousand names would hide the reason."""
    found = guarded(archiving(25, removing(3, 0)))
    assert found is not None
    assert found.reason == "guard"
    assert len(found.details) == 21
    assert found.details[0] == "archive m00"
    assert found.details[-1] == "… and 8 more"
