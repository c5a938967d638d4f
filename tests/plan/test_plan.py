"""The plan: the change of each module, and the digest of all changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import SOURCE, page, plan, schema, sha_of, want

from lukhas_notion.plan.database import OptionChange, OptionRemoval, Page
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.plan.page_record import write_record
from lukhas_notion.plan.plan import ChangeKind, Plan
from lukhas_notion.plan.property_types import equal
from lukhas_notion.plan.values import PropertyType


def test_a_module_without_a_page_is_created_with_what_it_has() -> None:
    """A create names the properties that hold something, and no others."""
    made = plan([want("core", Description="It is.", Coverage=0)])
    (change,) = made.changes
    assert (change.kind, change.page_id, change.reason) == (ChangeKind.CREATE, "", "")
    assert {p.name: p.after for p in change.properties} == {
        "Module": "core",
        "Description": "It is.",
        "Coverage": 0,
        "Provenance SHA": change.sha,
    }
    assert made.writes == (change,)
    assert not made.is_empty


def test_a_page_with_the_same_hash_and_values_is_skipped() -> None:
    """Nothing is sent for a page that is up to date."""
    desired = want("core", Features=("a", "b"), Coverage=85)
    made = plan([desired], [page(desired, Features=("b", "a"), Coverage=85.0)])
    assert [c.kind for c in made.changes] == [ChangeKind.SKIP]
    assert made.changes[0].properties == ()
    assert made.changes[0].url.endswith("page-core")
    assert made.is_empty


def test_an_edit_in_notion_is_drift_and_is_not_written() -> None:
    """With the same hash and another value, the edit is reported and left alone."""
    desired = want("core", Description="ours")
    made = plan([desired], [page(desired, Description="theirs")])
    (change,) = made.changes
    assert change.kind is ChangeKind.DRIFT
    assert change.properties == ()
    assert change.drift == (
        PropertyChange("Description", PropertyType.RICH_TEXT, "theirs", "ours"),
    )
    assert "edited in Notion" in change.reason
    assert made.writes == ()
    assert made.is_empty


def test_drift_is_repaired_on_demand() -> None:
    """With repair_drift the edit is written over, and only the edited property is sent."""
    desired = want("core", Description="ours", Coverage=85)
    made = plan([desired], [page(desired, Description="theirs")], repair_drift=True)
    (change,) = made.writes
    assert change.kind is ChangeKind.UPDATE
    assert [p.name for p in change.properties] == ["Description"]
    assert "repairs" in change.reason


def test_an_update_sends_only_what_changed() -> None:
    """A new hash makes an update, with the hash and the changed properties alone."""
    old = want("core", Description="old", Coverage=85, Features=("a",))
    new = want("core", Description="new", Coverage=85, Features=("a",))
    (change,) = plan([new], [page(old)]).changes
    assert change.kind is ChangeKind.UPDATE
    assert [p.name for p in change.properties] == ["Description", "Provenance SHA"]
    assert change.reason == ""


def test_a_value_that_leaves_the_manifest_is_cleared() -> None:
    """A value that the manifest no longer has is set to its type's empty value."""
    old = want("core", Description="x", Coverage=85, Features=("a",), SLA=10)
    (change,) = plan([want("core")], [page(old)]).changes
    after = {p.name: p.after for p in change.properties}
    assert after.pop("Provenance SHA") == change.sha
    assert after == {"Description": "", "Coverage": None, "Features": (), "SLA p95": None}


def test_a_page_made_by_hand_is_taken_over() -> None:
    """A page with the module's title and without a SHA is updated, and the plan has the reason."""
    made = plan([want("core")], [Page("p", "u", {"Module": "core"})])
    (change,) = made.changes
    assert (change.kind, change.page_id) == (ChangeKind.UPDATE, "p")
    assert change.reason == "the page had no provenance SHA"
    assert [p.name for p in change.properties] == ["Provenance SHA"]


def test_two_pages_with_one_title_are_a_conflict() -> None:
    """Neither of two pages is written, and both are named."""
    desired = want("core", Description="new")
    made = plan([desired], [page(want("core"), each, record=False) for each in ("two", "one")])
    (change,) = made.changes
    assert change.kind is ChangeKind.CONFLICT
    assert change.page_id == "one,two"
    assert "2 pages" in change.reason
    assert made.is_empty
    assert made.count(ChangeKind.CONFLICT) == 1


def test_a_page_without_a_manifest_is_an_orphan_and_left_alone() -> None:
    """An orphan is listed with its own hash, and nothing is sent to it."""
    gone = want("gone")
    made = plan([want("core")], [page(gone)])
    assert [(c.module, c.kind) for c in made.changes] == [
        ("core", ChangeKind.CREATE),
        ("gone", ChangeKind.ORPHAN),
    ]
    orphan = made.changes[1]
    assert (orphan.path, orphan.sha, orphan.page_id) == ("", gone.sha, "page-gone")
    assert orphan not in made.writes


@pytest.mark.parametrize(
    ("options", "orphans", "known"),
    [
        ({}, ["a", "b"], True),
        ({"other_modules": frozenset({"a"})}, ["b"], True),
        ({"other_modules": None}, [], False),
        ({"complete": False}, [], False),
    ],
)
def test_no_page_is_called_unmanaged_that_may_have_a_manifest(
    options: dict[str, Any], orphans: list[str], known: bool
) -> None:
    """They are listed only from a whole reading, less the modules that are elsewhere."""
    made = plan([], [page(want(name), record=False) for name in "ab"], **options)
    assert [c.module for c in made.changes] == orphans
    assert made.orphans_known is known


def test_changes_are_sorted_whatever_the_order_of_input() -> None:
    """The same manifests and pages in any order make the same plan."""
    wants = [want("b"), want("a"), want("c", Description="x")]
    pages = [page(want("c")), page(want("z"), "2", record=False), page(want("z"), "1")]
    one, two = plan(wants, pages), plan(wants[::-1], pages[::-1])
    assert [(c.module, c.page_id) for c in one.changes] == [
        ("a", ""),
        ("b", ""),
        ("c", "page-c"),
        ("z", "1"),
        ("z", "2"),
    ]
    assert one.changes == two.changes
    assert one.digest == two.digest


def test_nothing_outside_the_mapping_is_ever_planned() -> None:
    """A property outside the mapping is never a difference, whatever its value."""
    desired = want("core")
    held = page(desired, Reviewer="Ann", **{"Updated At": "2026-01-01"})
    assert plan([desired], [held]).is_empty


# The digest


def digest(*wants: Desired) -> str:
    """Return the digest of creating these modules."""
    return plan(wants).digest


def test_the_digest_is_of_the_operations_alone() -> None:
    """Colours, option ids, counts, urls, reasons and paths do not change the digest."""
    desired = want("core", Features=("a", "b"))
    add = OptionChange("Features", PropertyType.MULTI_SELECT, (("n", "red"),), (), keep=3)
    go = OptionChange("Tags", PropertyType.MULTI_SELECT, (), (OptionRemoval("o", 5),), keep=1)
    first = plan([desired], options=[add, go])
    same = plan(
        [replace(desired, path="moved.json", values=dict(reversed(list(desired.values.items()))))],
        options=[
            replace(go, remove=(OptionRemoval("o", 0),), keep=9),
            replace(add, add=(("n", "blue"),), keep=0),
        ],
        schema=schema(options={"Features": ["a", "b"]}),
    )
    assert first.digest == same.digest
    elsewhere = [replace(change, url="u", reason="r") for change in first.changes]
    assert Plan(first.schema, first.options, tuple(elsewhere)).digest == first.digest


def test_the_order_of_options_and_the_spelling_of_numbers_do_not_change_the_digest() -> None:
    """Two plans that do the same to Notion have one digest."""
    one = want("core", sha=sha_of("x"), Features=("a", "b"), Coverage=85)
    two = want("core", sha=sha_of("x"), Features=("b", "a"), Coverage=85.0)
    assert digest(one) == digest(two)


def test_what_is_not_written_does_not_change_the_digest() -> None:
    """Skips, drifts, orphans and conflicts are not operations."""
    skip, drift = want("s"), want("d", Description="x")
    pages = [page(skip), page(drift, Description="y"), page(want("orphan"))]
    assert plan([skip, drift], pages).digest == plan([]).digest


OPERATIONS = [
    plan([want("core")]),
    plan([want("cora")]),
    plan([want("core", sha=sha_of("other"))]),
    plan([want("core", Description="x")]),
    plan([want("core"), want("more")]),
    plan([want("core", Coverage=0)]),
    plan([want("core", Coverage=1)]),
    plan([want("core", Features=("1",))]),
    plan([want("core")], [page(want("core", Description="x"))]),
    plan([want("core")], [page(want("core", Description="y"))]),
    plan([want("core")], [page(want("core", Description="x"), "another")]),
    *(
        plan([], options=[OptionChange(name, PropertyType.MULTI_SELECT, add, remove, 0)])
        for name in ("Features", "Tags")
        for add, remove in [
            ((("n", "red"),), ()),
            ((("m", "red"),), ()),
            ((), (OptionRemoval("n", 0),)),
        ]
    ),
]


def test_the_digest_changes_with_every_operation() -> None:
    """Module, page, property, before, after, options: none can change and the digest stay."""
    assert len({made.digest for made in OPERATIONS}) == len(OPERATIONS)


# Properties of planning as such

TEXT = st.text("abc ", max_size=4)
WANTS = st.lists(
    st.builds(
        lambda module, text, names, number: want(
            module, Description=text, Features=names, Coverage=number
        ),
        st.sampled_from("abcdef"),
        TEXT,
        st.lists(st.sampled_from("xyz"), unique=True).map(tuple),
        st.none() | st.integers(0, 2),
    ),
    unique_by=lambda desired: desired.module,
)


def applied(made: Plan, pages: list[Page]) -> list[Page]:
    """Return what Notion would hold after the plan's writes."""
    held = {p.id: p for p in pages}
    for change in made.writes:
        page_id = change.page_id or f"new-{change.module}"
        before = held[page_id].values if page_id in held else {}
        after = {p.name: p.after for p in change.properties}
        link = write_record(
            SOURCE.link(change.path), SOURCE.place(change.path), change.key, change.applied
        )
        held[page_id] = Page(page_id, "", {**before, **after}, link=link)
    return list(held.values())


@given(WANTS, WANTS, WANTS)
def test_a_plan_that_was_applied_leaves_nothing_to_do(
    wants: list[Desired], held: list[Desired], edits: list[Desired]
) -> None:
    """Planning again over the result of a plan finds nothing to write, and skips everything."""
    edited = {e.module: e.values["Description"] for e in edits}
    pages = [page(h, Description=edited.get(h.module, "")) for h in held]
    made = plan(wants, pages, repair_drift=True)
    again = plan(wants, applied(made, pages), repair_drift=True)
    assert again.is_empty
    assert again.count(ChangeKind.SKIP) == len(wants)


@given(WANTS, WANTS)
def test_the_digest_is_equal_just_where_the_operations_are(
    one: list[Desired], two: list[Desired]
) -> None:
    """Two plans have one digest if, and only if, they do the same."""
    held = [page(w) for w in two[:2]]
    first, second = plan(one, held), plan(two, held)

    def told(made: Plan) -> list[str]:
        return sorted(map(repr, made.operations()))

    assert (first.digest == second.digest) == (told(first) == told(second))


@given(WANTS, WANTS)
def test_a_plan_sends_only_differences(wants: list[Desired], held: list[Desired]) -> None:
    """No change names a property that Notion holds already."""
    for change in plan(wants, [page(h) for h in held]).changes:
        assert all(not equal(p.type, p.before, p.after) for p in change.properties)


# Options


def test_options_alone_make_a_plan_that_is_not_empty() -> None:
    """A backfill without any page is something to do; one that adds nothing is not."""
    kept = OptionChange("Tags", PropertyType.MULTI_SELECT, (), (), 3)
    assert plan([], options=[kept]).is_empty
    assert not plan([], options=[replace(kept, add=(("a", "red"),))]).is_empty
    assert not plan([], options=[replace(kept, remove=(OptionRemoval("a", 0),))]).is_empty
