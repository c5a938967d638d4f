"""Which page is which module's: the tiers, and what is never taken for one's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest
from support.core import MAPPING, OWNER, SOURCE, link_of, page, plan, want

from lukhas_notion.plan.database import Page
from lukhas_notion.plan.identity import Lookups, match
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.plan.page_record import Owner
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import key_hash

CORE = want("core", path="core/m.json")
OTHER = Source("https://github.com/else/where")
WEAK = Source("https://local.invalid/core")


def matched(
    modules: list[Desired], pages: list[Page], owner: Owner = OWNER, **lookups: Any
) -> dict[str, str]:
    """Return the id of each module's page."""
    found = match(modules, pages, MAPPING, owner, Lookups(**lookups))
    return {module: each.id for module, each in found.pages.items()}


def recorded(desired: Desired, page_id: str, source: Source = SOURCE, **edited: Any) -> Page:
    """Return a page with the record of a manifest of some repository."""
    return replace(page(desired, page_id, **edited), link=link_of(desired, source))


def test_key_and_path_come_before_the_key_and_the_key_before_the_path() -> None:
    """All pages and modules are looked at in each tier before the next."""
    renamed, moved = want("renamed", path=CORE.path), want("core", path="new/m.json")
    pages = [recorded(CORE, "page")]
    assert matched([CORE], pages) == {"core": "page"}
    assert matched([moved], pages) == {"core": "page"}
    assert matched([renamed], pages) == {"renamed": "page"}
    assert matched([renamed, moved], pages) == {"core": "page"}
    assert matched([want("new", path="new/m.json")], pages) == {}


def test_names_that_are_swapped_keep_their_pages() -> None:
    """By key, whatever the files are."""
    a, b = want("a", path="1"), want("b", path="2")
    pages = [recorded(a, "pa"), recorded(b, "pb")]
    assert matched([replace(a, path="2"), replace(b, path="1")], pages) == {"a": "pa", "b": "pb"}


def test_a_file_of_several_modules_is_no_key() -> None:
    """Two modules of one file are distinguished only by their keys."""
    one, two = want("one", path="all.json"), want("two", path="all.json")
    assert matched([one, two], [recorded(want("old", path="all.json"), "page")]) == {}


def test_a_key_that_another_manifest_has_is_not_taken_by_path() -> None:
    """It is of a manifest that this run does not look at."""
    renamed = want("newcomer", path=CORE.path)
    pages = [recorded(CORE, "page")]
    assert matched([renamed], pages, other_keys=lambda: {key_hash("core")}) == {}


def test_an_entry_with_another_key_keeps_its_page_by_its_file() -> None:
    """Another ``[mapping] key`` leaves the titles as they are, another title's source the SHAs."""
    one, two = want("one", path="all.yaml#/0"), want("two", path="all.yaml#/1")
    pages = [recorded(one, "p1"), recorded(two, "p2")]
    swapped = [replace(d, named=d.path, path=p) for d, p in ((one, two.path), (two, one.path))]
    assert matched(swapped, pages) == {"one": "p1", "two": "p2"}
    assert matched([replace(swapped[0], path="else.yaml#/0")], pages) == {}
    titled = [
        replace(d, module=f"The {d.module}", values={**d.values, "Module": f"The {d.module}"})
        for d in (one, two)
    ]
    assert matched(titled, pages) == {"The one": "p1", "The two": "p2"}
    assert matched(swapped, pages, other_keys=lambda: {key_hash("one")}) == {"two": "p2"}


def without_key(each: Page, *, version: str = "1") -> Page:
    """Return a page whose record has no key: a cut one, or one of an unknown version."""
    address = each.link.partition("#")[0]
    return replace(each, link=f"{address}#lukhas-notion={version}..", author="me", editor="me")


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_record_without_a_key_leaves_the_path_and_then_the_title(version: str) -> None:
    """The entries of one file are neither copies nor twins of each other, and none is new."""
    one, two = want("one", path="all.yaml#/0"), want("two", path="all.yaml#/1")
    pages = [without_key(recorded(each, each.module), version=version) for each in (one, two, CORE)]
    lookups = Lookups(me=lambda: "me")
    found = match([one, two, replace(CORE, path="new.json")], pages, MAPPING, OWNER, lookups)
    assert {module: each.id for module, each in found.pages.items()} == {
        "one": "one",
        "two": "two",
        "core": "core",
    }
    assert [*found.twins, *found.copies, *found.gone] == []
    assert matched([want("renamed", path=CORE.path)], pages) == {"renamed": "core"}


@pytest.mark.parametrize("link", ["", "https://example.org", "weak"])
def test_a_title_counts_where_there_is_no_record_or_a_weak_one(link: str) -> None:
    """Pages of before, and those of a folder that belongs to no repository."""
    bare = replace(page(CORE, "page"), link=link_of(CORE, WEAK) if link == "weak" else link)
    assert matched([CORE], [bare]) == {"core": "page"}
    assert matched([CORE], [replace(bare, values={})]) == {}


def test_a_record_comes_before_a_title() -> None:
    """A page that a user created with the module's title is not a conflict."""
    bare = page(CORE, "bare", record=False)
    assert matched([CORE], [bare, recorded(CORE, "page", Module="Renamed")]) == {"core": "page"}


@pytest.mark.parametrize("others", [OTHER, Source("https://github.com/octo/modules2")])
def test_another_repositorys_page_is_in_the_way_and_never_taken(others: Source) -> None:
    """The same holds next to a page without a record; without a module it is only counted."""
    theirs = recorded(CORE, "theirs", others)
    found = match([CORE], [theirs, page(CORE, "bare", record=False)], MAPPING, OWNER)
    assert found.pages == {}
    assert found.conflicts["core"].owner == others.repository
    calm = match([want("mine")], [theirs], MAPPING, OWNER)
    assert (calm.conflicts, calm.others, calm.gone, calm.loose) == ({}, 1, (), ())


def test_a_repository_is_the_same_however_it_is_reached() -> None:
    """Case, port and user information make no other repository of it."""
    for base in ("https://GitHub.com/Octo/Modules", "https://github.com:443/octo/modules"):
        assert matched([CORE], [recorded(CORE, "page", Source(base))]) == {"core": "page"}


def test_a_former_repository_is_taken_over() -> None:
    """Only where it is named."""
    pages = [recorded(CORE, "page", OTHER)]
    assert matched([CORE], pages) == {}
    taking = replace(OWNER, former=frozenset({OTHER.repository}))
    assert matched([CORE], pages, taking) == {"core": "page"}
    [change] = plan([CORE], pages, owner=taking).changes
    assert change.kind is ChangeKind.ADOPT


def test_a_path_of_another_configuration_is_its_own_while_it_is_there() -> None:
    """When the commit no longer has it, its page is found by the key."""
    here = replace(OWNER, includes=lambda path: path.startswith("libs/"))
    mine = want("core", path="libs/core.json")
    pages = [recorded(CORE, "page")]
    found = match([mine], pages, MAPPING, here)
    assert found.conflicts["core"].owner == SOURCE.repository

    def missing(paths: Collection[str]) -> Collection[str]:
        return set(paths)

    assert matched([mine], pages, here, missing=missing) == {"core": "page"}


def test_a_weak_owner_has_no_pages_but_by_title() -> None:
    """A folder without a repository takes over no page with a record of a repository."""
    weak = Owner(WEAK)
    assert matched([CORE], [recorded(CORE, "page", WEAK)], weak) == {"core": "page"}
    found = match([CORE], [recorded(CORE, "page")], MAPPING, weak)
    assert (found.pages, found.conflicts["core"].owner) == ({}, SOURCE.repository)


def test_of_copies_the_known_one_counts_else_the_older_one() -> None:
    """The others are copies, whichever order they come in."""
    pages = [replace(recorded(CORE, n), created=n) for n in ("2", "1", "3")]
    found = match([CORE], pages, MAPPING, OWNER)
    assert found.pages["core"].id == "1"
    assert {each.id for each in found.copies} == {"2", "3"}
    assert matched([CORE], pages, known=lambda: {"3"}) == {"core": "3"}


def test_twins_are_those_that_the_integration_made_and_edited_last() -> None:
    """The oldest stays, whatever a ledger knows; a page that a person edited is a copy."""
    made = [
        replace(recorded(CORE, n), created="1", author="me", editor="me") for n in ("b", "a", "c")
    ]
    touched = replace(made[2], editor="person")
    lookups = Lookups(me=lambda: "me", known=lambda: {"b"})
    found = match([CORE], [*made[:2], touched], MAPPING, OWNER, lookups)
    assert found.pages["core"].id == "a"
    assert [(page.id, stays.id) for page, stays in found.twins] == [("b", "a")]
    assert [each.id for each in found.copies] == ["c"]


def test_pages_of_a_module_that_is_gone_are_told_from_others() -> None:
    """Gone is what the commit certainly lacks."""
    gone, kept = want("gone", path="gone.json"), want("kept", path="kept.json")
    pages = [recorded(gone, "1"), recorded(kept, "2"), recorded(want("x"), "3", OTHER)]
    made = plan(
        [], pages, lookups=Lookups(missing=lambda paths: {"gone.json"} & set(paths)), archive=True
    )
    assert {c.module: c.kind for c in made.changes} == {
        "gone": ChangeKind.ARCHIVE,
        "kept": ChangeKind.ORPHAN,
    }
    assert (made.others, made.managed) == (1, 2)


def test_a_page_that_others_made_and_edited_last_stays_where_it_is() -> None:
    """It may be a copy of a page that is gone; whose edits nobody knows is judged by its record."""
    page = replace(recorded(CORE, "page"), author="person", editor="person")
    for me, author, kind in (
        ("me", "person", ChangeKind.ORPHAN),
        ("me", "me", ChangeKind.ARCHIVE),
        ("", "person", ChangeKind.ARCHIVE),
    ):
        lookups = Lookups(missing=set, me=lambda me=me: me)  # type: ignore[misc]
        [change] = plan([], [replace(page, author=author)], lookups=lookups, archive=True).changes
        assert change.kind is kind


def test_a_page_of_a_manifest_that_is_not_looked_at_is_no_orphan() -> None:
    """Neither by its path nor by its key."""
    pages = [recorded(CORE, "page")]
    for lookups in (
        Lookups(other_paths=lambda: {CORE.path}),
        Lookups(other_keys=lambda: {key_hash("core")}),
    ):
        assert plan([], pages, lookups=lookups).changes == ()


def test_what_is_hidden_is_restored_or_left_alone() -> None:
    """A page without a record comes back only with a provenance SHA."""
    trashed = replace(recorded(CORE, "page"), in_trash=True)
    [restored] = plan([CORE], hidden=[trashed]).changes
    assert (restored.kind, restored.page_id) == (ChangeKind.RESTORE, "page")
    archived = replace(recorded(CORE, "page"), is_archived=True)
    [left] = plan([CORE], hidden=[archived]).changes
    assert (left.kind, left.properties) == (ChangeKind.ARCHIVED, ())
    private = Page("page", "", {"Module": "core"}, in_trash=True)
    assert plan([CORE], hidden=[private]).changes[0].kind is ChangeKind.CREATE
