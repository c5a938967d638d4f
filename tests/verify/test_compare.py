"""Find which of repository, Notion and ledger differs, with and without page records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from support.core import MAPPING, OWNER, SOURCE, link_of, page, plan, sha_of, want

from lukhas_notion.ledger.state import LedgerView, PageState
from lukhas_notion.plan.database import THIS_INTEGRATION, Editors, Page
from lukhas_notion.plan.finding import (
    KINDS,
    Finding,
    FindingKind,
    Side,
)
from lukhas_notion.plan.identity import Lookups
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.plan.source import Source
from lukhas_notion.verify.compare import Facts, compare

WANT = want("core", Description="What it does.")
OLDER = want("core", Description="What it did.")
OLD, OTHER, THIRD = (sha_of(text) for text in ("old", "other", "third"))
ME, PERSON = "integration", "person"


def ledger(sha: str = "", page_id: str = "page-core", **modules: str) -> LedgerView:
    """Return a ledger with the SHAs of core and of other modules."""
    known = {name: PageState(held, f"page-{name}") for name, held in modules.items()}
    if sha:
        known["core"] = PageState(sha, page_id)
    return LedgerView(known)


def held(sha: str = "", *, editor: str = ME, record: bool = False, **edited: object) -> Page:
    """Return core's page with a SHA, and optionally with edits and a record."""
    values = {"Provenance SHA": sha or WANT.sha, **edited}
    found = page(WANT, "page-core", record=record, **values)  # type: ignore[arg-type]
    return replace(found, editor=editor, source="source")


def found(
    *pages: Page,
    record: LedgerView,
    desired: Sequence[Desired] = (WANT,),
    elsewhere: dict[str, Page | None] | None = None,
    me: str = ME,
    adopts: bool = False,
    **options: Any,
) -> list[Finding]:
    """Compare and return the findings; those of missing records only with ``adopts``."""
    owner = OWNER if adopts else replace(OWNER, writes_records=False)
    hidden = options.pop("hidden", ())
    made = plan(desired, pages, owner=owner, hidden=hidden, **options)
    read = {each.id: each for each in (*pages, *hidden)}
    return compare(
        Facts(made, read, record, elsewhere or {}, Editors({me: THIS_INTEGRATION})), MAPPING
    )


def kinds(findings: list[Finding]) -> list[str]:
    """Return the kinds of the findings."""
    return [each.kind.value for each in findings]


# Pages with records


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (page(WANT, "page-core"), []),
        (page(OLDER, "page-core"), ["manifest-changed"]),
        (page(WANT, "page-core", Description="By hand."), ["page-edited"]),
        (page(OLDER, "page-core", Description="By hand."), ["manifest-changed", "page-edited"]),
        (page(WANT, "page-core", Module="Renamed"), ["page-renamed"]),
        (
            page(WANT, "page-core", Module="Renamed", Coverage=1),
            ["page-edited", "page-renamed"],
        ),
    ],
)
def test_a_page_with_its_record_says_itself_who_moved_on(there: Page, expected: list[str]) -> None:
    """With a page record no ledger is needed."""
    record = ledger(str(there.values["Provenance SHA"]))
    assert kinds(found(there, record=record)) == expected
    assert kinds(found(there, record=LedgerView())) == sorted(["ledger-missing", *expected])


def test_a_mapping_that_changed_is_no_edit() -> None:
    """A change of the mapping is not an edit if the page holds what was last written."""
    applied = want("core", sha=WANT.sha, Description="As mapped before.")
    there = replace(page(applied, "page-core"), link=link_of(applied))
    [one] = found(there, record=ledger(WANT.sha))
    assert one.kind is FindingKind.MAPPING_CHANGED
    [change] = one.properties
    assert (change.before, change.after) == ("As mapped before.", "What it does.")


def test_a_manifest_that_names_its_module_anew_is_told_with_its_page() -> None:
    """A renamed module is found by its path in the page's record."""
    old = want("old", path=WANT.path)
    findings = found(page(old), record=LedgerView({"x": PageState("", "page-x")}))
    [one] = findings
    assert (one.kind, one.page_id) == (FindingKind.MANIFEST_RENAMED, "page-old")
    assert "'old'" in one.message


def test_a_moved_manifest_is_told_although_nothing_else_differs() -> None:
    """A moved manifest is found by its old path in the page's record."""
    moved = replace(WANT, path="moved/module.manifest.json")
    [one] = found(page(WANT), record=ledger(WANT.sha), desired=(moved,), adopts=True)
    assert one.kind is FindingKind.MANIFEST_RENAMED
    assert WANT.path in one.message


def test_a_page_without_a_record_gets_one() -> None:
    """A missing record is a finding, unless records are turned off."""
    assert kinds(found(held(), record=ledger(WANT.sha), adopts=True)) == ["record-missing"]
    assert found(held(), record=ledger(WANT.sha)) == []


def test_pages_of_other_repositories_are_no_findings_unless_they_are_in_the_way() -> None:
    """Only a page with a module's title is a finding, which is not repaired."""
    theirs = replace(page(WANT, "x"), link=link_of(WANT, Source("https://github.com/a/b")))
    assert found(theirs, record=LedgerView(), desired=()) == []
    [one] = found(theirs, record=ledger(OLD))
    assert (one.kind, one.repairable) == (FindingKind.PAGE_FOREIGN, False)


def test_a_manifest_is_gone_where_the_commit_lacks_it() -> None:
    """A file that is missing only on the disk does not count as removed."""
    there, beta = page(WANT, "page-core"), page(want("beta"))
    record = ledger(WANT.sha)
    gone = Lookups(missing=lambda paths: paths)
    assert kinds(found(there, beta, record=record, lookups=gone)) == ["manifest-removed"]
    assert kinds(found(there, beta, record=record)) == ["page-without-manifest"]


def test_copies_and_twins_are_told_apart() -> None:
    """A user's copy stays; of two pages that runs created, the younger one is removed."""
    first, second = (replace(page(WANT, n), created=n) for n in ("1", "2"))
    record = ledger(WANT.sha, "1")
    assert kinds(found(first, second, record=record)) == ["page-copy"]
    made = [replace(each, author=ME, editor=ME) for each in (first, second)]
    twins = found(*made, record=record, lookups=Lookups(me=lambda: ME))
    assert [(each.kind, each.page_id) for each in twins] == [(FindingKind.PAGE_TWIN, "2")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [({"in_trash": True}, "page-trashed"), ({"is_archived": True}, "page-archived")],
)
def test_a_page_that_no_query_shows_is_found_by_its_record(
    state: dict[str, bool], expected: str
) -> None:
    """A page in the trash or in the archive is found by its record."""
    hidden = replace(page(WANT, "page-core"), **state)  # type: ignore[arg-type]
    [one] = found(record=ledger(WANT.sha), hidden=[hidden])
    assert (one.kind, one.page_id) == (expected, "page-core")


# Pages without records


@pytest.mark.parametrize(
    ("on_page", "on_ledger", "expected"),
    [
        (WANT.sha, WANT.sha, []),
        (OLD, OLD, ["manifest-changed"]),
        (OTHER, WANT.sha, ["page-foreign"]),
        (WANT.sha, OLD, ["ledger-behind"]),
        (WANT.sha, "", ["ledger-behind"]),
        (OTHER, OLD, ["manifest-changed", "page-foreign"]),
        (OTHER, "", ["page-stale"]),
    ],
)
def test_the_table_of_shas(on_page: str, on_ledger: str, expected: list[str]) -> None:
    """The findings name the side whose SHA differs: R manifest, N page, L ledger."""
    assert kinds(found(held(on_page), record=ledger(on_ledger, beta=THIRD))) == expected


def test_an_edit_under_the_same_sha_is_an_edit() -> None:
    """An edited page whose state the ledger lacks has two findings."""
    edited = held(editor=PERSON, Description="By hand.")
    [one] = found(edited, record=ledger(WANT.sha))
    assert one.kind is FindingKind.PAGE_EDITED
    assert "last edited by user person" in one.message
    assert kinds(found(edited, record=ledger(OLD))) == ["ledger-behind", "page-edited"]


def test_a_page_without_a_sha_was_cleared_or_made_by_hand() -> None:
    """The SHA was cleared if the ledger records this page."""
    bare = page(WANT, "page-core", record=False, **{"Provenance SHA": ""})
    assert kinds(found(bare, record=ledger(WANT.sha))) == ["page-edited"]
    assert kinds(found(bare, record=ledger(WANT.sha, "another"))) == ["page-foreign"]
    assert kinds(found(bare, record=LedgerView())) == ["page-foreign"]
    assert kinds(found(bare, record=ledger(OLD))) == ["manifest-changed", "page-edited"]


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        (None, "page-gone"),
        (replace(held(), source="another"), "page-moved"),
        (held(Module="Renamed"), "page-alike"),
    ],
)
def test_what_became_of_a_page_that_no_query_shows(elsewhere: Page | None, expected: str) -> None:
    """The page is read by the id in the ledger."""
    findings = found(record=ledger(WANT.sha), elsewhere={"page-core": elsewhere})
    assert kinds(findings) == [expected]
    assert findings[0].page_id == "page-core"


def test_a_page_that_alone_bears_a_modules_sha_is_its_page_or_a_copy() -> None:
    """The user must decide, so nothing is repaired; of two such pages none is named."""
    renamed = held(Module="Renamed")
    told = found(renamed, record=ledger(beta=OLD))
    assert {each.kind.value: each.repairable for each in told} == {
        "page-alike": False,
        "page-without-manifest": True,
    }
    twice = found(renamed, replace(renamed, id="2"), record=ledger(beta=OLD))
    assert kinds(twice).count("manifest-new") == 1


@pytest.mark.parametrize(
    ("record", "synced", "expected"),
    [
        (LedgerView(), True, ["ledger-missing", "page-missing"]),
        (LedgerView(problem="torn"), True, ["page-missing"]),
        (LedgerView(), False, ["manifest-new"]),
        (ledger(beta=OLD), False, ["manifest-new"]),
    ],
)
def test_a_module_without_a_page_is_new_only_where_a_ledger_can_tell(
    record: LedgerView, synced: bool, expected: list[str]
) -> None:
    """Without a ledger its page may have been deleted, unless nothing was synced yet."""
    beta = want("beta")
    pages = [page(beta)] if synced else []
    desired = (WANT, beta) if synced else (WANT,)
    assert kinds(found(*pages, record=record, desired=desired)) == expected


def test_pages_of_another_repository_miss_no_ledger() -> None:
    """A repository that has not written yet has no ledger, and its modules are new."""
    beta = want("beta")
    theirs = replace(page(beta), link=link_of(beta, Source("https://github.com/other/modules")))
    assert kinds(found(theirs, record=LedgerView())) == ["manifest-new"]


def test_pages_of_invalid_manifests_are_not_without_one() -> None:
    """If a manifest cannot be read, no page counts as one without a manifest."""
    beta, mine = page(want("beta"), record=False), ledger(WANT.sha)
    assert kinds(found(held(), beta, record=mine)) == ["page-without-manifest"]
    assert found(held(), beta, record=mine, other_modules=frozenset({"beta"})) == []
    assert found(held(), beta, record=mine, other_modules=None) == []


def test_of_two_pages_with_one_title_neither_is_compared() -> None:
    """Two pages with a module's title are a finding; two without a title are not."""
    first, second = held(), replace(held(OTHER), id="page-copy")
    [one] = found(first, second, record=ledger(WANT.sha))
    assert (one.kind, one.repairable) == (FindingKind.DUPLICATE_TITLE, False)
    assert "page-copy, page-core" in one.message
    untitled = replace(page(want("x"), record=False), values={})
    both = found(held(), untitled, replace(untitled, id="3"), record=ledger(WANT.sha))
    assert kinds(both) == ["page-by-hand", "page-by-hand"]


def test_a_ledger_that_is_broken_blames_no_module() -> None:
    """A broken ledger causes no findings about modules."""
    assert found(held(), record=LedgerView(problem="the line is torn")) == []


def test_every_kind_says_what_to_do() -> None:
    """Every kind has a side, a meaning and a remedy."""
    assert list(KINDS) == list(FindingKind)
    for spec in KINDS.values():
        assert spec.side in Side
        assert spec.means.endswith(".")
        assert spec.remedy.endswith(".")
        assert spec.repaired


def test_the_source_of_the_tests_is_no_weak_one() -> None:
    """The source is not weak, as otherwise the records in this file would not count."""
    assert not SOURCE.is_weak
