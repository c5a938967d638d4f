"""Which of repository, Notion and ledger disagrees: with records on the pages, and without."""

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
    """Return a ledger that knows core by a SHA, and other modules by theirs."""
    known = {name: PageState(held, f"page-{name}") for name, held in modules.items()}
    if sha:
        known["core"] = PageState(sha, page_id)
    return LedgerView(known)


def held(sha: str = "", *, editor: str = ME, record: bool = False, **edited: object) -> Page:
    """Return core's page with a SHA and perhaps edits; without a record unless it is asked for."""
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
    """Compare and return the findings; that pages lack a record is told only with ``adopts``."""
    owner = OWNER if adopts else replace(OWNER, writes_records=False)
    hidden = options.pop("hidden", ())
    made = plan(desired, pages, owner=owner, hidden=hidden, **options)
    read = {each.id: each for each in (*pages, *hidden)}
    return compare(
        Facts(made, read, record, elsewhere or {}, Editors({me: THIS_INTEGRATION})), MAPPING
    )


def kinds(findings: list[Finding]) -> list[str]:
    """Return the kinds found."""
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
    """No ledger is needed for it."""
    record = ledger(str(there.values["Provenance SHA"]))
    assert kinds(found(there, record=record)) == expected
    assert kinds(found(there, record=LedgerView())) == sorted(["ledger-missing", *expected])


def test_a_mapping_that_changed_is_no_edit() -> None:
    """What the page holds is what was last sent, under the same manifest."""
    applied = want("core", sha=WANT.sha, Description="As mapped before.")
    there = replace(page(applied, "page-core"), link=link_of(applied))
    [one] = found(there, record=ledger(WANT.sha))
    assert one.kind is FindingKind.MAPPING_CHANGED
    [change] = one.properties
    assert (change.before, change.after) == ("As mapped before.", "What it does.")


def test_a_manifest_that_names_its_module_anew_is_told_with_its_page() -> None:
    """The page has the record of the manifest's path, and the old title."""
    old = want("old", path=WANT.path)
    findings = found(page(old), record=LedgerView({"x": PageState("", "page-x")}))
    [one] = findings
    assert (one.kind, one.page_id) == (FindingKind.MANIFEST_RENAMED, "page-old")
    assert "'old'" in one.message


def test_a_moved_manifest_is_told_although_nothing_else_differs() -> None:
    """The record has its old path."""
    moved = replace(WANT, path="moved/module.manifest.json")
    [one] = found(page(WANT), record=ledger(WANT.sha), desired=(moved,), adopts=True)
    assert one.kind is FindingKind.MANIFEST_RENAMED
    assert WANT.path in one.message


def test_a_page_without_a_record_gets_one() -> None:
    """That is told, and is nothing where records are turned off."""
    assert kinds(found(held(), record=ledger(WANT.sha), adopts=True)) == ["record-missing"]
    assert found(held(), record=ledger(WANT.sha)) == []


def test_pages_of_other_repositories_are_no_findings_unless_they_are_in_the_way() -> None:
    """One that has a module's title is named as foreign, and is not repaired."""
    theirs = replace(page(WANT, "x"), link=link_of(WANT, Source("https://github.com/a/b")))
    assert found(theirs, record=LedgerView(), desired=()) == [
        Finding(FindingKind.LEDGER_MISSING, "", found(held(), record=LedgerView())[0].message)
    ]
    [one] = found(theirs, record=ledger(OLD))
    assert (one.kind, one.repairable) == (FindingKind.PAGE_FOREIGN, False)


def test_a_manifest_is_gone_where_the_commit_lacks_it() -> None:
    """A file that is only absent from the disk is not called gone."""
    there, beta = page(WANT, "page-core"), page(want("beta"))
    record = ledger(WANT.sha)
    gone = Lookups(missing=lambda paths: paths)
    assert kinds(found(there, beta, record=record, lookups=gone)) == ["manifest-removed"]
    assert kinds(found(there, beta, record=record)) == ["page-without-manifest"]


def test_copies_and_twins_are_told_apart() -> None:
    """A person's copy stays; of two pages that runs have made, the younger one goes."""
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
    """In the trash, or archived."""
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
    """R is the manifest's SHA, N the page's, L the ledger's: who differs is named."""
    assert kinds(found(held(on_page), record=ledger(on_ledger, beta=THIRD))) == expected


def test_an_edit_under_the_same_sha_is_an_edit() -> None:
    """Of a page that the ledger does not know as it is, both are told."""
    edited = held(editor=PERSON, Description="By hand.")
    [one] = found(edited, record=ledger(WANT.sha))
    assert one.kind is FindingKind.PAGE_EDITED
    assert "last edited by user person" in one.message
    assert kinds(found(edited, record=ledger(OLD))) == ["ledger-behind", "page-edited"]


def test_a_page_without_a_sha_was_cleared_or_made_by_hand() -> None:
    """It was cleared if the ledger has written just this page."""
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
    """The page itself says it, asked for by the ledger's id."""
    findings = found(record=ledger(WANT.sha), elsewhere={"page-core": elsewhere})
    assert kinds(findings) == [expected]
    assert findings[0].page_id == "page-core"


def test_a_page_that_alone_bears_a_modules_sha_is_its_page_or_a_copy() -> None:
    """That is for a person to say, so neither is touched; of two such pages neither is named."""
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
    """Somebody may have thrown its page away; before the first sync there was none."""
    beta = want("beta")
    pages = [page(beta)] if synced else []
    desired = (WANT, beta) if synced else (WANT,)
    assert kinds(found(*pages, record=record, desired=desired)) == expected


def test_pages_of_invalid_manifests_are_not_without_one() -> None:
    """And when a manifest could not even be read, no page is said to be."""
    beta, mine = page(want("beta"), record=False), ledger(WANT.sha)
    assert kinds(found(held(), beta, record=mine)) == ["page-without-manifest"]
    assert found(held(), beta, record=mine, other_modules=frozenset({"beta"})) == []
    assert found(held(), beta, record=mine, other_modules=None) == []


def test_of_two_pages_with_one_title_neither_is_compared() -> None:
    """Two that have no title are just pages."""
    first, second = held(), replace(held(OTHER), id="page-copy")
    [one] = found(first, second, record=ledger(WANT.sha))
    assert (one.kind, one.repairable) == (FindingKind.DUPLICATE_TITLE, False)
    assert "page-copy,page-core" in one.message
    untitled = replace(page(want("x"), record=False), values={})
    both = found(held(), untitled, replace(untitled, id="3"), record=ledger(WANT.sha))
    assert kinds(both) == ["page-by-hand", "page-by-hand"]


def test_a_ledger_that_is_broken_blames_no_module() -> None:
    """It proves nothing, so nothing is behind; whoever reads it says that it is broken."""
    assert found(held(), record=LedgerView(problem="the line is torn")) == []


def test_every_kind_says_what_to_do() -> None:
    """No kind is without its side, its meaning and its remedy."""
    assert list(KINDS) == list(FindingKind)
    for spec in KINDS.values():
        assert spec.side in Side
        assert spec.means.endswith(".")
        assert spec.remedy.endswith(".")
        assert spec.repaired


def test_the_source_of_the_tests_is_no_weak_one() -> None:
    """Else every record in this file would prove nothing."""
    assert not SOURCE.is_weak
