"""Pages without a module: gone with their manifest, twins, copies, or a user's own pages."""

from __future__ import annotations

from support.core import MAPPING, page, want

from lukhas_notion.plan.identity import Lookups, Matches
from lukhas_notion.plan.make_plan import (
    COPY,
    GONE,
    NO_RECORD,
    OTHER_CASE,
    SAME_NAME,
    without_modules,
)
from lukhas_notion.plan.plan import MADE_TWICE, Change, ChangeKind

ALPHA, BETA = page(want("alpha")), page(want("beta"), record=False)


def changes(found: Matches, lookups: Lookups | None = None, **options: object) -> list[Change]:
    """Return the changes of the pages, all of which were read."""
    settings = {"whole": True, "archive": False, "others": frozenset(), **options}
    others = settings.pop("others")
    return list(without_modules(found, MAPPING, lookups or Lookups(), others, **settings))  # type: ignore[arg-type]


def test_a_page_is_gone_when_its_path_certainly_is() -> None:
    """Only then it can be moved to the trash, and only when that is asked for."""
    found = Matches({}, gone=[ALPHA])
    (unknown,) = changes(found)
    assert unknown.kind is ChangeKind.ORPHAN
    assert "not known to be gone" in unknown.reason
    gone = Lookups(missing=lambda paths: paths)
    (told,) = changes(found, gone)
    assert (told.kind, told.reason) == (ChangeKind.ORPHAN, f"{GONE} alpha/module.manifest.json")
    (moved,) = changes(found, gone, archive=True)
    assert moved.kind is ChangeKind.ARCHIVE


def test_a_manifest_that_is_not_planned_keeps_its_page() -> None:
    """A manifest with its path or its key exists."""
    found = Matches({}, gone=[ALPHA])
    path = "alpha/module.manifest.json"
    assert changes(found, Lookups(other_paths=lambda: [path])) == []


def test_twins_go_and_copies_stay() -> None:
    """What two runs made at once is put right, and what a person copied is left alone."""
    found = Matches({}, copies=[ALPHA], twins=[(BETA, ALPHA)])
    twin, copy = changes(found)
    assert twin.kind is ChangeKind.ARCHIVE
    assert twin.reason.startswith(MADE_TWICE)
    assert (copy.kind, copy.reason) == (ChangeKind.UNMANAGED, COPY)


def test_a_page_without_a_record_is_somebodys_own() -> None:
    """It is unmanaged unless a manifest that is not planned has its name, or names are unknown."""
    found = Matches({}, loose=[BETA])
    (own,) = changes(found)
    assert (own.kind, own.reason) == (ChangeKind.UNMANAGED, NO_RECORD)
    assert changes(found, others=frozenset({"beta"})) == []
    assert changes(found, others=None) == []


def test_a_page_whose_title_has_other_capitals_may_be_the_modules() -> None:
    """A module without a page is named, because a user can still rename the page to it."""
    found = Matches({}, loose=[BETA])
    (own,) = changes(found, new=["Beta"])
    assert own.kind is ChangeKind.UNMANAGED
    assert own.reason == f'{OTHER_CASE} "Beta": to make it the module\'s page, rename it'
    (own,) = changes(found, new=["Gamma"])
    assert own.reason == NO_RECORD


def test_a_second_page_with_a_modules_name_is_not_said_to_have_no_manifest() -> None:
    """Its reason is that the module has another page."""
    found = Matches({"beta": ALPHA}, loose=[BETA])
    (own,) = changes(found)
    assert (own.kind, own.reason) == (ChangeKind.UNMANAGED, SAME_NAME)


def test_without_all_pages_nothing_is_called_gone() -> None:
    """A run over selected modules reports nothing about the others."""
    assert changes(Matches({}, gone=[ALPHA], copies=[BETA]), others=None, whole=False) == []
