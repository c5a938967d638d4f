"""Which of repository, Notion and ledger disagrees: every row of the table, and the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support_core import MAPPING, page, sha_of, want

from lukhas_notion.finding import KINDS, Finding, FindingKind, Side
from lukhas_notion.ledger_view import LedgerView, Recorded
from lukhas_notion.mapping import Desired
from lukhas_notion.snapshot import Page
from lukhas_notion.threeway import Facts, compare

WANT = want("core", Description="What it does.")
OLD, OTHER, THIRD = (sha_of(text) for text in ("old", "other", "third"))
ME, PERSON = "integration", "person"


def ledger(sha: str = "", page_id: str = "page-core", **modules: str) -> LedgerView:
    """Return a ledger that knows core by a SHA, and other modules by theirs."""
    known = {name: Recorded(held, f"page-{name}") for name, held in modules.items()}
    if sha:
        known["core"] = Recorded(sha, page_id)
    return LedgerView(known)


def held(sha: str = "", *, editor: str = ME, **edited: object) -> Page:
    """Return core's page with a SHA and perhaps edits."""
    values = {"Provenance SHA": sha or WANT.sha, **edited}
    found = page(WANT, "page-core", **values)  # type: ignore[arg-type]
    return replace(found, editor=editor, source="source")


def found(
    *pages: Page,
    record: LedgerView,
    desired: tuple[Desired, ...] = (WANT,),
    others: frozenset[str] | None = frozenset(),
    **facts: object,
) -> list[Finding]:
    """Compare and return the findings."""
    gathered = Facts(desired, others, pages, "source", record, me=ME)
    return compare(replace(gathered, **facts), MAPPING)  # type: ignore[arg-type]


def kinds(findings: list[Finding]) -> list[str]:
    """Return the kinds found."""
    return [each.kind.value for each in findings]


@pytest.mark.parametrize(
    ("on_page", "on_ledger", "expected"),
    [
        (WANT.sha, WANT.sha, []),
        (OLD, OLD, ["manifest-changed"]),
        (OTHER, WANT.sha, ["page-foreign"]),
        (WANT.sha, OLD, ["ledger-behind"]),
        (WANT.sha, "", ["ledger-behind"]),
        (OTHER, OLD, ["manifest-changed", "page-foreign"]),
        (OTHER, "", ["page-foreign"]),
    ],
)
def test_the_table_of_shas(on_page: str, on_ledger: str, expected: list[str]) -> None:
    """R is the manifest's SHA, N the page's, L the ledger's: who differs is named."""
    assert kinds(found(held(on_page), record=ledger(on_ledger, beta=THIRD))) == expected


@pytest.mark.parametrize(
    ("editor", "me", "expected"),
    [
        (PERSON, ME, "page-edited"),
        (ME, ME, "mapping-changed"),
        (PERSON, "", "page-edited"),
        ("", "", "page-edited"),
    ],
)
def test_values_that_differ_under_the_same_sha(editor: str, me: str, expected: str) -> None:
    """They are an edit, unless this integration is known to have edited the page last."""
    edited = held(editor=editor, Description="By hand.")
    [one] = found(edited, record=ledger(WANT.sha), me=me)
    assert one.kind == expected
    [change] = one.properties
    assert (change.before, change.after) == ("By hand.", "What it does.")


def test_an_edited_page_that_the_ledger_does_not_know_is_both() -> None:
    """Two sides disagree, so there are two findings."""
    edited = held(editor=PERSON, Description="By hand.")
    assert kinds(found(edited, record=ledger(OLD))) == ["ledger-behind", "page-edited"]


def test_the_history_tells_an_older_manifest_from_another_writer() -> None:
    """A name and SHA that an earlier manifest had are this repository's."""
    stale = held(OLD)
    empty = LedgerView()
    known = frozenset({("core", OLD)})
    for facts, expected in (
        ({"known": known}, "manifest-changed"),
        ({"known": frozenset({("beta", OLD)})}, "page-foreign"),
        ({"gap": "shallow clone"}, "page-stale"),
        ({"gap": "shallow clone", "known": known}, "manifest-changed"),
    ):
        findings = found(stale, record=empty, **facts)
        assert kinds(findings) == ["ledger-missing", expected]


def test_a_page_without_a_sha_was_cleared_or_made_by_hand() -> None:
    """It was cleared if the ledger has written just this page."""
    bare = page(WANT, "page-core", **{"Provenance SHA": ""})
    assert kinds(found(bare, record=ledger(WANT.sha))) == ["page-edited"]
    assert kinds(found(bare, record=ledger(WANT.sha, "another"))) == ["page-foreign"]
    assert kinds(found(bare, record=LedgerView())) == ["page-foreign"]


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        (None, "page-gone"),
        (replace(held(), in_trash=True), "page-trashed"),
        (replace(held(), source="another"), "page-moved"),
        (replace(held(Module="Renamed"), source="source"), "page-renamed"),
    ],
)
def test_what_became_of_a_page_that_no_query_shows(elsewhere: Page | None, expected: str) -> None:
    """The page itself says it, asked for by the ledger's id."""
    findings = found(record=ledger(WANT.sha), elsewhere={"page-core": elsewhere})
    assert kinds(findings) == [expected]
    assert findings[0].page_id == "page-core"


def test_a_query_that_lags_behind_is_no_absence() -> None:
    """The page is there by its id, with its title: it is compared as any other."""
    assert found(record=ledger(WANT.sha), elsewhere={"page-core": held()}) == []


def test_a_renamed_page_is_no_page_without_a_manifest() -> None:
    """It is told once, as its module's."""
    renamed = held(Module="Renamed")
    assert kinds(found(renamed, record=ledger(WANT.sha))) == ["page-renamed"]


def test_a_page_that_alone_bears_a_modules_sha_is_its_page_or_a_copy() -> None:
    """Where no ledger names it that is for a person to say; of two such pages neither is."""
    renamed = held(Module="Renamed")
    assert kinds(found(renamed, record=LedgerView())) == ["ledger-missing", "page-alike"]
    twice = found(renamed, replace(renamed, id="2"), record=ledger(beta=OLD))
    assert kinds(twice).count("manifest-new") == 1
    another = want("Renamed", sha=WANT.sha)
    both = kinds(found(renamed, record=ledger(beta=OLD), desired=(WANT, another)))
    assert "manifest-new" in both
    assert "page-alike" not in both


@pytest.mark.parametrize(
    ("record", "synced", "expected"),
    [
        (LedgerView(), True, ["ledger-missing", "ledger-behind", "page-missing"]),
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
    told = kinds(found(*pages, record=record, desired=desired))
    assert [kind for kind in told if kind != "ledger-behind"] == [
        kind for kind in expected if kind != "ledger-behind"
    ]


def test_a_page_that_was_set_back_to_an_earlier_version_is_notions_doing() -> None:
    """The history has its SHA, and the ledger knows that a later one was written since."""
    known = frozenset({("core", OLD)})
    assert kinds(found(held(OLD), record=ledger(WANT.sha), known=known)) == ["page-foreign"]
    assert kinds(found(held(OLD), record=ledger(THIRD), known=known)) == ["manifest-changed"]


def test_a_manifest_that_is_gone_is_the_repositorys_doing_where_that_is_proven() -> None:
    """By the ledger's record of just this page, or by a name and SHA that the history has."""
    beta = want("beta")
    mine = ledger(WANT.sha, beta=beta.sha)
    assert kinds(found(held(), page(beta), record=mine)) == ["manifest-removed"]
    known = frozenset({("beta", beta.sha)})
    theirs = ledger(WANT.sha)
    assert kinds(found(held(), page(beta), record=theirs, known=known)) == ["manifest-removed"]
    assert kinds(found(held(), page(beta), record=theirs)) == ["page-without-manifest"]


def test_a_module_that_was_renamed_in_its_manifest_is_told_with_its_page() -> None:
    """The ledger knows the manifest's path under the old name, and the page bears that still."""
    old = want("old", path=WANT.path)
    record = LedgerView({"old": Recorded(old.sha, "page-old", WANT.path)})
    [one] = found(page(old), record=record)
    assert (one.kind, one.page_id) == (FindingKind.MANIFEST_RENAMED, "page-old")
    assert "'old'" in one.message
    both = found(page(old), record=record, desired=(WANT, replace(old, path="b.json")))
    assert kinds(both) == ["manifest-new"], "another manifest has the old name"


def test_a_page_that_a_person_edited_last_is_an_edit_even_if_the_mapping_changed() -> None:
    """That its other pages differ in the same is said; it is not taken for proof."""
    beta = want("beta", Description="What beta does.")
    mapped = replace(page(beta, Description=""), editor=ME)
    touched = held(editor=PERSON, Description="")
    record = ledger(WANT.sha, beta=beta.sha)
    findings = found(touched, mapped, record=record, desired=(WANT, beta))
    assert kinds(findings) == ["mapping-changed", "page-edited"]
    assert "Pages that nobody edited differ in Description too." in findings[1].message


def test_a_manifest_that_changed_is_told_beside_what_became_of_its_page() -> None:
    """Ignoring the one does not hide the other."""
    bare = page(WANT, "page-core", **{"Provenance SHA": ""})
    assert kinds(found(bare, record=ledger(OLD))) == ["manifest-changed", "page-edited"]
    renamed = held(OLD, Module="Renamed")
    assert kinds(found(renamed, record=ledger(OLD))) == ["manifest-changed", "page-renamed"]


def test_a_rename_is_repaired_only_where_it_is_certain() -> None:
    """Not a page that bears another SHA, nor one that took another page's title."""
    record = ledger(WANT.sha)
    [certain] = found(held(Module="Renamed"), record=record)
    assert certain.repairable
    [touched] = found(held(OTHER, Module="Renamed"), record=record)
    assert not touched.repairable
    beta = want("beta")
    twice = found(held(Module="beta"), page(beta), record=record, desired=(WANT, beta))
    assert [each.repairable for each in twice if each.kind == "page-renamed"] == [False]


def test_a_manifest_is_renamed_only_with_the_page_that_the_ledger_wrote() -> None:
    """One whose SHA was touched since is not taken for it, nor is one of two."""
    old = want("old", path=WANT.path)
    record = LedgerView({"old": Recorded(old.sha, "page-old", WANT.path)})
    cleared = page(old, **{"Provenance SHA": ""})
    assert "manifest-renamed" not in kinds(found(cleared, record=record))
    older = want("older", path=WANT.path)
    both = LedgerView({**record.modules, "older": Recorded(older.sha, "page-older", WANT.path)})
    assert "manifest-renamed" not in kinds(found(page(old), page(older), record=both))


def test_pages_of_invalid_manifests_are_not_without_one() -> None:
    """And when a manifest could not even be read, no page is said to be."""
    beta = page(want("beta"))
    assert kinds(found(held(), beta, record=ledger(WANT.sha))) == ["page-without-manifest"]
    assert found(held(), beta, record=ledger(WANT.sha), others=frozenset({"beta"})) == []
    assert found(held(), beta, record=ledger(WANT.sha), others=None) == []


def test_duplicates_are_found_with_and_without_a_manifest() -> None:
    """Of two pages with one title neither is compared; two untitled ones are just pages."""
    first, second = held(), replace(held(OTHER), id="page-copy")
    [one] = found(first, second, record=ledger(WANT.sha))
    assert one.kind is FindingKind.DUPLICATE_TITLE
    assert "page-copy, page-core" in one.message
    beta = page(want("beta"))
    twice = found(held(), beta, replace(beta, id="2"), record=ledger(WANT.sha))
    assert kinds(twice) == [
        "duplicate-title",
        "page-without-manifest",
        "page-without-manifest",
    ]
    untitled = replace(page(want("x")), values={})
    both = found(held(), untitled, replace(untitled, id="3"), record=ledger(WANT.sha))
    assert kinds(both) == ["page-by-hand", "page-by-hand"]


def test_a_ledger_that_is_broken_blames_no_module() -> None:
    """It proves nothing, so nothing is behind; whoever reads it says that it is broken."""
    broken = LedgerView(problem="the line is torn")
    assert found(held(), record=broken) == []


def test_every_kind_says_what_to_do() -> None:
    """No kind is without its side, its meaning and its remedy."""
    assert list(KINDS) == list(FindingKind)
    for spec in KINDS.values():
        assert spec.side in Side
        assert spec.means.endswith(".")
        assert spec.remedy.endswith(".")
        assert spec.repaired
