"""Last applied, wanted, held: every row of the table, for each property of a page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import MAPPING, SOURCE, link_of, page, plan, want

from lukhas_notion.plan.database import Page
from lukhas_notion.plan.differences import Cause, applied_after, compare
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import (
    PageRecord,
    name_hash,
    read_record,
    value_hash,
)
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.values import PropertyType, Value

TEXT = PropertyType.RICH_TEXT
SAME, OTHER = "a" * 64, "b" * 64


def judged(
    applied: Value, wanted: Value, held: Value, *, sha: str = SAME, record: bool = True
) -> str:
    """Return what becomes of the description: nothing, drift, or why it is written.

    An ``applied`` of None is a property that was not mapped at the last write.
    """
    desired = want("core", sha=SAME, Description=wanted)
    sent = want("core", sha=sha, Description=applied or "")
    hashes = dict(applied_after(sent, MAPPING, None, ()))
    if applied is None:
        del hashes[name_hash("Description")]
    there = Page("p", "", {**sent.values, "Description": held}, link=link_of(sent, applied=hashes))
    found = compare(desired, there, MAPPING, read_record(there.link) if record else None)
    if any(p.name == "Description" for p in found.drift):
        return "drift"
    causes = [p.cause for p in found.writes if p.name == "Description"]
    return causes[0].value if causes else ""


@pytest.mark.parametrize(("sent", "cause"), [(None, Cause.UNKNOWN), ("b", Cause.OVERWRITE)])
def test_a_status_that_notion_chose_is_not_called_an_edit(sent: Value, cause: Cause) -> None:
    """Without a value nothing is sent, and the page has Notion's first one: this may be it."""
    status = PropertySpec("Stage", PropertyType.STATUS, ("/stage",))
    mapping = PropertyMapping((*MAPPING.properties, status))

    def wanted(stage: Value) -> Desired:
        core = want("core", sha=SAME)
        return replace(core, values={**core.values, "Stage": stage})

    hashes = applied_after(wanted(sent), mapping, None, ())
    record = read_record(link_of(wanted(sent), applied=hashes))
    there = Page("p", "", wanted("a").values)
    assert [p.cause for p in compare(wanted("c"), there, mapping, record).writes] == [cause]


@pytest.mark.parametrize(
    ("applied", "wanted", "held", "sha", "expected"),
    [
        ("x", "x", "x", SAME, ""),
        ("x", "y", "y", OTHER, ""),
        ("x", "y", "x", OTHER, "manifest"),
        ("x", "y", "x", SAME, "mapping"),
        ("x", "x", "z", SAME, "drift"),
        ("x", "x", "z", OTHER, "drift"),
        ("x", "x", "", SAME, "drift"),
        ("x", "y", "z", OTHER, "overwrite"),
        ("x", "y", "z", SAME, "overwrite"),
        ("x", "", "z", OTHER, "overwrite"),
        (None, "y", "", SAME, "mapping"),
        (None, "y", "", OTHER, "manifest"),
        (None, "y", "z", SAME, "unknown"),
        (None, "y", "z", OTHER, "unknown"),
    ],
)
def test_the_table_of_three_values(
    applied: Value, wanted: Value, held: Value, sha: str, expected: str
) -> None:
    """With a record it is known what was sent last."""
    assert judged(applied, wanted, held, sha=sha) == expected


@pytest.mark.parametrize(
    ("wanted", "held", "sha", "expected"),
    [
        ("x", "x", SAME, ""),
        ("x", "z", SAME, "drift"),
        ("x", "z", OTHER, "unknown"),
        ("x", "", SAME, "mapping"),
        ("x", "", OTHER, "manifest"),
    ],
)
def test_without_a_record_the_sha_alone_tells(
    wanted: Value, held: Value, sha: str, expected: str
) -> None:
    """What was last sent is not known; a page of this very manifest was sent all of it."""
    assert judged("x", wanted, held, sha=sha, record=False) == expected


def test_a_sha_that_was_edited_is_never_left_alone() -> None:
    """The SHA says from which manifest a page was written, so it is always written."""
    desired = want("core", Description="x")
    edited = page(desired, **{"Provenance SHA": "f" * 64})
    [change] = plan([desired], [edited]).changes
    assert change.kind is ChangeKind.UPDATE
    assert [(p.name, p.cause) for p in change.properties] == [("Provenance SHA", Cause.OVERWRITE)]


def test_a_repair_writes_the_drift_as_well_in_the_order_of_the_mapping() -> None:
    """Beside what is written anyway."""
    desired = want("core", Description="new", Coverage=1)
    there = page(want("core", Description="old", Coverage=1), Coverage=2)
    record = read_record(there.link)
    alone = compare(desired, there, MAPPING, record)
    assert [p.name for p in alone.drift] == ["Coverage"]
    repaired = compare(desired, there, MAPPING, record, repair=True)
    assert [p.name for p in repaired.writes] == ["Description", "Coverage", "Provenance SHA"]
    assert repaired.writes[1].cause is Cause.REPAIR


def test_a_property_that_is_left_alone_keeps_its_hash() -> None:
    """So that drift stays drift through later updates; what is sent or held as wanted is known."""
    first, second = want("core", Description="old", Coverage=1), want("core", Coverage=9)
    before = applied_after(first, MAPPING, None, ())
    after = applied_after(second, MAPPING, before, ["Coverage"])
    coverage, description = name_hash("Coverage"), name_hash("Description")
    assert after[coverage] == before[coverage]
    assert after[description] == value_hash(TEXT, "")


@pytest.mark.parametrize("text", ["a", "c"])
def test_an_edit_that_the_manifest_takes_over_is_none_any_more(text: str) -> None:
    """What the manifest says next is written, also the value from before, and that is no loss."""
    old, new = want("core", Description="a"), want("core", Description="b")
    [taken] = plan([new], [page(old, Description="b")]).changes
    assert [p.name for p in taken.properties] == ["Provenance SHA"]
    there = Page("p", "", new.values, link=link_of(new, applied=taken.applied))
    [change] = plan([want("core", sha="c" * 64, Description=text)], [there]).changes
    causes = {p.name: p.cause.value for p in change.properties}
    assert (causes["Description"], change.drift) == ("manifest", ())


def test_an_edit_after_the_manifest_took_one_over_is_drift() -> None:
    """Also the edit that brings back the value from before."""
    old, new = want("core", Description="a"), want("core", Description="b")
    [taken] = plan([new], [page(old, Description="b")]).changes
    values = {**new.values, "Description": "a"}
    there = Page("p", "", values, link=link_of(new, applied=taken.applied))
    assert [c.kind for c in plan([new], [there]).changes] == [ChangeKind.DRIFT]


def test_what_is_no_longer_mapped_leaves_the_record() -> None:
    """A property that comes back later was not mapped in between."""
    desired = want("core", Description="x")
    before = applied_after(desired, MAPPING, None, ())
    after = applied_after(desired, MAPPING.without({"Description"}), before, ())
    assert name_hash("Description") in before
    assert name_hash("Description") not in after


WORDS = st.sampled_from(["", "x", "y", "z"])


@given(WORDS, WORDS, WORDS, st.sampled_from([SAME, OTHER]))
def test_no_edit_is_lost_without_a_word(applied: str, wanted: str, held: str, sha: str) -> None:
    """What a person wrote is kept, or wanted, or announced; all else is written."""
    verdict = judged(applied, wanted, held, sha=sha)
    if held == wanted:
        assert verdict == ""
    elif held != applied and held != "":
        assert verdict in ("drift", "overwrite")
    elif held == applied:
        assert verdict in ("manifest", "mapping")


def test_an_unknown_version_knows_no_values() -> None:
    """It counts as a page without values, not as one that was mapped otherwise."""
    desired = want("core", sha=SAME, Description="x")
    record = PageRecord(SOURCE.place(desired.path), version=2)
    found = compare(desired, page(desired, Description="z"), MAPPING, record)
    assert [p.name for p in found.drift] == ["Description"]
