"""The plan: pure, ordered, and with a digest of what it does and nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.config import DEFAULT_PROPERTIES
from lukhas_notion.errors import SetupError
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.plan import (
    COLORS,
    ChangeKind,
    Plan,
    color_of,
    make_plan,
    missing_options,
    plan_options,
)
from lukhas_notion.preflight import fit
from lukhas_notion.snapshot import Option, Page, PropertySchema, Schema, Snapshot
from lukhas_notion.values import Value, empty

MAPPING = PropertyMapping(DEFAULT_PROPERTIES)


def want(module: str, sha: str = "s1", **values: Value) -> Desired:
    """Return what a manifest wants; what is not named is empty."""
    every = {name: empty(kind) for name, kind in MAPPING.types.items()}
    return Desired(
        module,
        f"{module}/module.manifest.json",
        sha,
        {**every, "Module": module, "Provenance SHA": sha, **values},
    )


def page(module: str, sha: str = "s1", id_: str = "", **values: Value) -> Page:
    """Return a page as Notion holds it."""
    return Page(id_ or f"id-{module}", f"https://n/{module}", want(module, sha, **values).values)


def schema(**options: list[str]) -> Schema:
    """Return a schema with the default properties and these options."""
    return Schema(
        "db",
        "ds",
        "Modules",
        "",
        {
            p.name: PropertySchema(
                f"id{n}",
                p.name,
                p.type.value,
                tuple(Option(f"o-{o}", o, "red") for o in options.get(p.name, [])),
            )
            for n, p in enumerate(DEFAULT_PROPERTIES)
        },
    )


def plan(desired: list[Desired], pages: list[Page], **more: Any) -> Plan:
    """Plan against a complete snapshot."""
    return make_plan(desired, Snapshot(schema(), pages, complete=True), MAPPING, **more)


@pytest.mark.parametrize(
    ("wanted", "pages", "kind"),
    [
        (want("a"), [], ChangeKind.CREATE),
        (want("a"), [page("a")], ChangeKind.SKIP),
        (want("a", "s2"), [page("a")], ChangeKind.UPDATE),
        (want("a"), [page("a", Description="by hand")], ChangeKind.DRIFT),
        (want("a"), [page("a", ""), page("b")], ChangeKind.UPDATE),
        (want("a"), [page("a"), page("a", id_="other")], ChangeKind.CONFLICT),
    ],
)
def test_what_becomes_of_a_module(wanted: Desired, pages: list[Page], kind: ChangeKind) -> None:
    """Create, skip, update, drift and conflict, by title, SHA and values."""
    assert next(c for c in plan([wanted], pages).changes if c.module == "a").kind is kind


def test_only_what_differs_is_planned() -> None:
    """A change names the differing properties alone, before and after."""
    (change,) = plan(
        [want("a", "s2", Coverage=90, Tags=("x", "y"))],
        [page("a", "s1", Coverage=80, Tags=("y", "x"))],
    ).changes

    assert [(p.name, p.before, p.after) for p in change.properties] == [
        ("Coverage", 80, 90),
        ("Provenance SHA", "s1", "s2"),
    ]


def test_a_value_that_is_gone_is_cleared() -> None:
    """What the manifest no longer says is planned as empty."""
    (change,) = plan([want("a", "s2")], [page("a", "s1", Coverage=80)]).changes

    assert ("Coverage", 80, None) in [(p.name, p.before, p.after) for p in change.properties]


def test_drift_is_repaired_only_on_request() -> None:
    """``repair_drift`` turns a drift into an update with the same values."""
    desired, pages = [want("a")], [page("a", Description="by hand")]

    (repaired,) = plan(desired, pages, repair_drift=True).changes

    assert repaired.kind is ChangeKind.UPDATE
    assert repaired.properties == plan(desired, pages).changes[0].properties


def test_orphans_are_pages_nobody_describes() -> None:
    """A page is an orphan only when all manifests are known not to bear its title."""
    pages = [page("a"), page("b"), page("c")]

    def orphans(**more: Any) -> list[str]:
        found = plan([want("a")], pages, **more)
        return [c.module for c in found.changes if c.kind is ChangeKind.ORPHAN]

    assert orphans() == ["b", "c"]
    assert orphans(other_modules=frozenset({"b"})) == ["c"]
    assert orphans(other_modules=None) == []
    few = make_plan([want("a")], Snapshot(schema(), pages, complete=False), MAPPING)
    assert few.count(ChangeKind.ORPHAN) == 0
    assert not few.orphans_known


def test_the_digest_is_of_operations_alone() -> None:
    """Order, colours, ids of options, skips, orphans and URLs are not in it; operations are."""
    desired = [want("a", "s2", Coverage=1), want("b"), want("c", "s2")]
    pages = [page("a"), page("b"), page("x")]
    first = plan(desired, pages)

    random.Random(1).shuffle(desired)
    other_schema = schema(Features=["f"])
    other = make_plan(
        desired,
        Snapshot(other_schema, [*map(lambda p: replace(p, url=""), pages[:2])], complete=True),  # noqa: C417
        MAPPING,
    )

    assert first.digest == other.digest
    assert len(first.digest) == 64
    assert plan([want("a", "s2", Coverage=1.0), *desired[1:]], pages).digest
    assert plan([want("a", "s2", Coverage=2), want("c", "s2")], pages).digest != first.digest


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 3)), unique_by=lambda t: t[0]))
def test_what_is_applied_needs_no_second_plan(modules: list[tuple[str, int]]) -> None:
    """After the plan's changes are in Notion, the next plan is empty."""
    desired = [want(name, f"s{n}", Coverage=n) for name, n in modules]
    pages = [page(name) for name, n in modules if n % 2]
    first = plan(desired, pages)
    held = {p.values["Module"]: dict(p.values) for p in pages}
    for change in first.writes:
        there = held.setdefault(change.module, {k: empty(t) for k, t in MAPPING.types.items()})
        there.update({p.name: p.after for p in change.properties})

    again = plan(desired, [Page(str(name), "", v) for name, v in held.items()])

    assert again.is_empty
    assert {c.kind for c in again.changes} <= {ChangeKind.SKIP, ChangeKind.DRIFT}


def test_colours_are_stable() -> None:
    """A name has the same colour on every machine and day."""
    assert {name: color_of(name) for name in ("search", "memory", "ünïcode")} == {
        name: color_of(name) for name in ("search", "memory", "ünïcode")
    }
    assert color_of("search") == COLORS[0xA8 % 9] or color_of("search") in COLORS
    assert len({color_of(f"name-{n}") for n in range(200)}) == len(COLORS)


def test_backfill_adds_what_is_missing_in_the_vocabularys_order() -> None:
    """Names that are there, also in another case, are not added again."""
    changes = plan_options(
        schema(Features=["B", "old"]), {"Features": ["c", "b", "a"], "Nowhere": ["x"]}
    )

    (features,) = changes
    assert [name for name, _ in features.add] == ["c", "a"]
    assert features.remove == ()
    assert features.total == 4


def test_prune_counts_the_pages_that_lose_something() -> None:
    """What is outside the vocabulary is removed, with its uses."""
    pages = [page("a", Features=("old", "b")), page("b", Features=("old",)), page("c")]

    (features,) = plan_options(
        schema(Features=["b", "old", "unused"]), {"Features": ["b"]}, pages=pages, prune=True
    )

    assert [(r.name, r.pages) for r in features.remove] == [("old", 2), ("unused", 0)]
    assert features.total == 1


def test_options_that_notion_would_make_up_are_missing() -> None:
    """An option is there, or planned, or missing; a removed one is missing."""
    have = schema(Features=["a", "Case"], Tags=["t"])
    desired = [want("m", Features=("a", "new", "case"), Tags=("t",))]
    added = plan_options(have, {"Features": ["a", "Case", "new"]})

    missing = missing_options(desired, have, MAPPING, ())
    assert [(m.name, m.near) for m in missing] == [("new", ""), ("case", "Case")]
    assert [m.name for m in missing_options(desired, have, MAPPING, added)] == ["case"]


def test_preflight_names_everything_that_is_wrong_with_the_database() -> None:
    """Missing and mistyped properties come at once, with what is nearly there."""
    properties = dict(schema().properties)
    properties["features"] = replace(properties.pop("Features"), name="features")
    properties["Coverages"] = replace(properties.pop("Coverage"), name="Coverages")
    properties["APIs"] = replace(properties["APIs"], type="formula")
    del properties["Tags"]

    with pytest.raises(SetupError) as caught:
        fit(MAPPING, replace(schema(), properties=properties))

    said = caught.value.message
    assert "Property 'Features' not found in database: add a property of type Multi-select" in said
    assert "'features', which differs by case" in said
    assert "'Coverages'" in said
    assert "Property 'APIs' has the type formula" in said
    assert "Tags" not in said


def test_preflight_leaves_out_optional_properties_that_are_not_there() -> None:
    """Tags are written only where the database has them."""
    properties = {k: v for k, v in schema().properties.items() if k != "Tags"}

    assert "Tags" not in fit(MAPPING, replace(schema(), properties=properties)).types
