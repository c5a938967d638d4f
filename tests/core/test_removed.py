"""Which pages without a manifest are ours, and what becomes of them."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support_core import MAPPING, page, plan, want

from lukhas_notion.mapping import Desired
from lukhas_notion.plan import Change, ChangeKind, Plan
from lukhas_notion.removed import Evidence, Written, resolve, written_pages
from lukhas_notion.snapshot import Page

GONE = want("gone")
NAMED = (GONE.module, GONE.sha)
KNOWN = {NAMED: frozenset({GONE.path})}


def resolved(pages: list[Page], evidence: Evidence, wants: list[Desired] | None = None) -> Plan:
    """Return the plan of these manifests over these pages, with what is known of the orphans."""
    return resolve(plan(wants or [], pages), wants or [], pages, MAPPING, evidence)


def one(pages: list[Page], evidence: Evidence, wants: list[Desired] | None = None) -> Change:
    """Return the only change there is."""
    (change,) = resolved(pages, evidence, wants).changes
    return change


def renamed(module: str, old: Desired) -> Desired:
    """Return what the same file wants under a new name."""
    return want(module, path=old.path, Description="New.")


def test_the_history_proves_a_name_with_its_sha() -> None:
    """Only both together: neither the name nor the SHA alone makes a page ours."""
    assert one([page(GONE)], Evidence(known=KNOWN)).kind is ChangeKind.ARCHIVE
    for edited in ({"Module": "other"}, {"Provenance SHA": "0" * 64}, {"Provenance SHA": ""}):
        found = dataclasses.replace(page(GONE), values={**GONE.values, **edited})
        assert one([found], Evidence(known=KNOWN)).kind is ChangeKind.ORPHAN


def test_the_ledger_proves_a_page_as_it_was_written() -> None:
    """As long as the page bears the SHA that was written, and under whatever title."""
    evidence = Evidence(written={"page-gone": Written(GONE.sha, GONE.path)})
    assert one([page(GONE)], evidence).kind is ChangeKind.ARCHIVE
    assert one([page(GONE, "another")], evidence).kind is ChangeKind.ORPHAN
    edited = dataclasses.replace(page(GONE), values={**GONE.values, "Provenance SHA": "1" * 64})
    assert one([edited], evidence).kind is ChangeKind.ORPHAN


def test_an_archive_is_one_operation_of_the_digest() -> None:
    """It names module and page, holds no value, and its proof is not in it."""
    by_history = resolved([page(GONE)], Evidence(known=KNOWN))
    written = {"page-gone": Written(GONE.sha, GONE.path)}
    by_ledger = resolved([page(GONE)], Evidence(written=written))
    assert list(by_history.operations()) == [
        {"operation": "archive", "module": "gone", "page": "page-gone", "properties": {}}
    ]
    assert by_history.digest == by_ledger.digest
    assert by_history.changes[0].reason != by_ledger.changes[0].reason


def test_each_page_left_alone_says_why() -> None:
    """Made by hand, a copy, not known, or not to be known because the history is cut off."""
    by_hand = want("by-hand")
    blank = dataclasses.replace(page(by_hand), values={**by_hand.values, "Provenance SHA": ""})
    assert "bears no provenance SHA" in one([blank], Evidence()).reason
    unknown = one([page(GONE)], Evidence()).reason
    assert unknown.endswith("no earlier manifest had this name and SHA")
    assert one([page(GONE)], Evidence(gap="cut off")).reason.endswith(": cut off")
    twice = resolved([page(GONE, "1"), page(GONE, "2")], Evidence(known=KNOWN))
    assert {c.reason.partition(": ")[2] for c in twice.changes} == {
        "several pages have this name and SHA"
    }


def test_a_rename_keeps_the_page_and_shows_both_names() -> None:
    """It is an update of the old page that sets the title, and whatever else differs."""
    new = renamed("new", GONE)
    evidence = Evidence(known=KNOWN, earlier={GONE.path: frozenset({NAMED})})

    change = one([page(GONE)], evidence, [new])

    assert (change.kind, change.module, change.page_id) == (ChangeKind.UPDATE, "new", "page-gone")
    assert change.reason == "renamed from gone"
    values = {p.name: (p.before, p.after) for p in change.properties}
    assert values["Module"] == ("gone", "new")
    assert values["Description"] == ("", "New.")
    assert values["Provenance SHA"] == (GONE.sha, new.sha)


def test_a_rename_is_known_by_the_sha_where_that_does_not_hold_the_name() -> None:
    """With a title that the SHA leaves out, the same SHA is the same manifest."""
    new = want("new", sha=GONE.sha)
    assert one([page(GONE)], Evidence(known=KNOWN), [new]).reason == "renamed from gone"
    kinds = [c.kind for c in resolved([page(GONE)], Evidence(), [new]).changes]
    assert kinds == [ChangeKind.ORPHAN, ChangeKind.CREATE], "a page that is not ours stays"


def test_a_rename_that_is_not_certain_is_none() -> None:
    """Two pages for one module, or two modules for one page: archives and creates."""
    other = want("other")
    known = {**KNOWN, ("other", other.sha): frozenset({other.path})}
    both = frozenset({NAMED, ("other", other.sha)})
    new = renamed("new", GONE)
    pages = [page(GONE), page(other)]
    made = resolved(pages, Evidence(known=known, earlier={GONE.path: both}), [new])
    assert [c.kind for c in made.changes] == [
        *(ChangeKind.ARCHIVE, ChangeKind.CREATE, ChangeKind.ARCHIVE)
    ]
    second = renamed("newer", other)
    earlier = {GONE.path: frozenset({NAMED}), other.path: frozenset({NAMED})}
    made = resolved([page(GONE)], Evidence(known=KNOWN, earlier=earlier), [new, second])
    assert [c.kind for c in made.changes] == [
        *(ChangeKind.ARCHIVE, ChangeKind.CREATE, ChangeKind.CREATE)
    ]


def record(**values: Any) -> dict[str, Any]:
    """Return a ledger's record of a create."""
    made = {"page_id": "p", "sha": "s", "action": "create", "status": "success", "path": "a.json"}
    return {**made, **values}


def test_the_ledger_counts_the_last_write_that_was_done() -> None:
    """Skips, previews and failures write nothing; an archive ends what was."""
    wrote = {"p": Written("s", "a.json")}
    for later in (
        record(action="skip", status="sha_match", sha="x"),
        record(status="preview", sha="x"),
        record(action="update", status="error", sha="x"),
        record(action="notion-backfill-apply", page_id=None),
    ):
        assert written_pages([record(), later], lambda _: True) == wrote
    assert written_pages([record(), record(action="archive")], lambda _: True) == {}
    newer = record(action="update", sha="t")
    assert written_pages([record(), newer], lambda _: True) == {"p": Written("t", "a.json")}


def test_the_ledger_proves_nothing_of_files_that_are_not_included() -> None:
    """Two configurations may share a ledger; and a record without a path is no proof."""
    assert written_pages([record()], lambda path: path != "a.json") == {}
    assert written_pages([record(path="")], lambda _: True) == {}


SHAS = st.sampled_from(["", "a" * 64, "b" * 64, "c" * 64])
NAMES = st.sampled_from(["one", "two", "three", "four"])


@st.composite
def pages_of_any_kind(draw: st.DrawFn) -> list[Page]:
    """Draw pages with names and SHAs of all sorts, made by whomever."""
    drawn = draw(st.lists(st.tuples(NAMES, SHAS), max_size=8))
    return [
        Page(f"p{n}", "", {**want(name).values, "Provenance SHA": sha})
        for n, (name, sha) in enumerate(drawn)
    ]


@given(
    pages_of_any_kind(),
    st.dictionaries(st.tuples(NAMES, SHAS), st.just(frozenset({"a.json"})), max_size=4),
    st.dictionaries(
        st.sampled_from([f"p{n}" for n in range(8)]),
        st.builds(Written, SHAS, st.sampled_from(["a.json", "b.json"])),
        max_size=4,
    ),
    st.lists(NAMES, unique=True, max_size=2),
    st.dictionaries(
        st.sampled_from(["a.json", "b.json"]), st.frozensets(st.tuples(NAMES, SHAS)), max_size=2
    ),
)
def test_a_page_that_is_not_proven_is_never_touched(
    pages: list[Page],
    known: Any,
    written: Any,
    names: list[str],
    earlier: Any,
) -> None:
    """Whatever the mix: what is archived or renamed bears a SHA that one of the proofs has."""
    wants = [want(name, path=path) for name, path in zip(names, ("a.json", "b.json"), strict=False)]
    evidence = Evidence(written, known, earlier)
    before = {c.page_id: c for c in plan(wants, pages).changes if c.kind is ChangeKind.ORPHAN}
    held = {p.id: (str(p.values["Module"]), str(p.values["Provenance SHA"])) for p in pages}

    made = resolve(plan(wants, pages), wants, pages, MAPPING, evidence)

    touched = [c for c in made.writes if c.page_id in before]
    for change in touched:
        name, sha = held[change.page_id]
        by_ledger = change.page_id in written and written[change.page_id].sha == sha
        by_history = (name, sha) in known and list(held.values()).count((name, sha)) == 1
        assert sha
        assert by_ledger or by_history
    left = {c.page_id for c in made.changes if c.kind is ChangeKind.ORPHAN}
    assert left | {c.page_id for c in touched} == set(before), "no page is lost from the plan"
    assert len({c.page_id for c in touched}) == len(touched), "and none is in it twice"
    planned = {c.module for c in made.changes if c.path}
    assert planned == set(names), "and every manifest is in it"
