"""Relations: the page for a name, missing pages, and the order of writes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import MAPPING, OWNER, SOURCE, link_of, schema, want

from lukhas_notion.plan.database import Page, Snapshot
from lukhas_notion.plan.differences import Cause
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import write_record
from lukhas_notion.plan.plan import Change, ChangeKind, Plan, needs_of
from lukhas_notion.plan.property_spec import ConversionError, PropertySpec, ReferencePattern
from lukhas_notion.plan.property_types import configuration, convert, equal
from lukhas_notion.plan.relations import References, Targets, left_out, write_order
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import PageName, PropertyType, identity_of, key_hash

R = PropertyType.RELATION
NEEDS = PropertySpec("Needs", R, ("/needs",))
TEAM = PropertySpec("Team", R, ("/team",), target="teams")
RELATED = replace(MAPPING, properties=(*MAPPING.properties, NEEDS, TEAM))


def module(name: str, *needs: str, team: Sequence[str] = (), **more: Any) -> Desired:
    """Return what a manifest wants that names other modules and a team."""
    return want(name, Needs=needs, Team=tuple(team), **more)


def page(wanted: Desired, *needs: str, applied: Sequence[str] | None = None, **more: Any) -> Page:
    """Return a module's page, whose relation holds these ids; ``applied`` were sent last."""
    sent = (
        wanted
        if applied is None
        else replace(wanted, values={**wanted.values, "Needs": tuple(applied)})
    )
    values = {**wanted.values, "Needs": needs, **more.pop("values", {})}
    page_id = f"page-{wanted.module}"
    link = more.pop("link", None)
    if link is None:
        link = link_of(sent, applied=all_sent(sent))
    return Page(page_id, f"https://notion.example/{page_id}", values, link=link, **more)


def all_sent(wanted: Desired) -> dict[bytes, bytes]:
    """Return the hashes of a page to which all was sent."""
    from lukhas_notion.plan.differences import all_applied

    return dict(all_applied(wanted, RELATED))


def plan(desired: Sequence[Desired], pages: Sequence[Page] = (), **options: Any) -> Plan:
    """Return the plan of these modules."""
    targets = options.pop("targets", Targets())
    snapshot = Snapshot(
        schema(RELATED),
        pages,
        complete=options.pop("complete", True),
        hidden=options.pop("hidden", ()),
    )
    return make_plan(desired, snapshot, RELATED, owner=OWNER, targets=targets, **options)


def of(made: Plan, module_name: str) -> Change:
    """Return one module's change."""
    (change,) = [each for each in made.changes if each.module == module_name]
    return change


# --- a value ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "names"),
    [
        (["a", "b", "a"], ("a", "b")),
        ("a", ("a",)),
        (["a", None, 7], ("a", "7")),
        ([], ()),
        (None, ()),
    ],
)
def test_a_manifest_names_one_page_or_several(given_: object, names: tuple[str, ...]) -> None:
    """A text, a number or a list of them; each name counts once."""
    assert convert(NEEDS, {"needs": given_}) == names


@pytest.mark.parametrize(
    ("given_", "rule", "said"),
    [
        ([{}], "mapping.type", "takes names, not an object"),
        ([" "], "relation.name", "is empty"),
        ([True], "mapping.type", "true or false"),
        ([str(n) for n in range(101)], "limit.relation", "101 pages; Notion accepts 100"),
    ],
)
def test_what_names_no_page_is_refused(given_: object, rule: str, said: str) -> None:
    """Nothing is left out in silence."""
    with pytest.raises(ConversionError, match=said) as caught:
        convert(NEEDS, {"needs": given_})
    assert caught.value.rule == rule


def test_a_pattern_takes_the_name_out_of_a_reference() -> None:
    """The first group that matches is the name; what does not match as a whole is refused."""
    spec = replace(NEEDS, pattern=ReferencePattern("component:(?:default/)?(.+)|api:(.+)"))
    assert convert(spec, {"needs": ["component:default/a", "api:b", "component:c"]}) == (
        "a",
        "b",
        "c",
    )
    with pytest.raises(ConversionError, match="does not match its pattern"):
        convert(spec, {"needs": ["xcomponent:a"]})


def test_a_pattern_that_takes_too_long_is_refused() -> None:
    """A pattern that goes back over a text again and again ends each match, and soon all."""
    spec = replace(NEEDS, pattern=ReferencePattern("(a|aa)+(b)"))
    hostile = "a" * 60 + "c"
    for _ in range(12):
        with pytest.raises(ConversionError, match="takes too long"):
            convert(spec, {"needs": hostile})


def test_slow_matches_that_end_are_counted_as_well() -> None:
    """Matches that each take less than the limit end a run's patience together."""
    times = iter(range(100))
    pattern = ReferencePattern("(.+)", clock=lambda: next(times) * 0.15)
    slow = replace(NEEDS, pattern=pattern)
    for _ in range(14):
        assert convert(slow, {"needs": "a"}) == ("a",)
    with pytest.raises(ConversionError, match="takes too long"):
        convert(slow, {"needs": "a"})


def test_a_match_is_timed_by_its_work_alone() -> None:
    """On a busy machine a match waits for a processor, and no reference is refused for that."""
    pattern = ReferencePattern("(.+)")
    begun, slept = pattern.clock(), time.monotonic()
    time.sleep(0.05)
    assert pattern.clock() - begun < time.monotonic() - slept


@pytest.mark.parametrize(
    "hostile",
    ["a" * 100_000, "a" * 100_000 + "c", ("a" * 50 + "\n") * 2_000, "😀" * 50_000, "\0" * 9],
)
@pytest.mark.parametrize("text", ["(a|aa)+(b)", "(a+)+$", "(.*a){20}(c)", r"(\w+\s?)+(!)"])
def test_a_hostile_reference_is_refused_within_the_limit(text: str, hostile: str) -> None:
    """No reference takes many times as long as one whose match ends at the limit."""

    def seconds(pattern: str, reference: str) -> float:
        spec = replace(NEEDS, pattern=ReferencePattern(pattern))
        begun = time.process_time()
        with contextlib.suppress(ConversionError):
            convert(spec, {"needs": reference})
        return time.process_time() - begun

    assert seconds(text, hostile) < 25 * seconds("(a|aa)+(b)", "a" * 60 + "c")


def test_names_stand_for_keys_whatever_the_pages_are_called() -> None:
    """Two names of one page are equal, and one name of two pages is not."""
    title = PageName("Search service", key_hash("search"))
    assert equal(R, (title,), ("search",))
    assert not equal(R, (PageName("search", "x"),), ("search",))
    assert identity_of("search") == key_hash("search")


def test_a_new_relation_is_two_way() -> None:
    """The request cannot have the other side's name."""
    described = configuration(replace(NEEDS, target="d"))
    assert described == {
        "type": "relation",
        "relation": {"data_source_id": "d", "type": "dual_property", "dual_property": {}},
    }


# --- a plan -----------------------------------------------------------------------------------


def test_ids_become_the_keys_of_their_modules() -> None:
    """A page that holds what the manifest names is up to date, whatever the order."""
    a, b, web = module("a"), module("b"), module("web", "a", "b")
    made = plan([a, b, web], [page(a), page(b), page(web, "page-b", "page-a")])
    assert {change.kind for change in made.changes} == {ChangeKind.SKIP}
    assert made.references is not None
    assert made.references.ids("Needs", ["a", "x"]) == {"a": "page-a", "x": None}


def test_what_somebody_else_put_there_is_drift() -> None:
    """Edits are reported by names; a page without a module by its title."""
    a, web, other = module("a"), module("web", "a"), module("other")
    made = plan(
        [a, web],
        [page(a), page(other), page(web, "page-other")],
        other_modules=frozenset({"other"}),
    )
    (drift,) = of(made, "web").drift
    assert drift.before == ("other",)
    assert drift.after == ("a",)


@pytest.mark.parametrize("held", ["page-a", "page-copy"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_module_with_two_pages_is_no_edit_of_what_names_it(held: str, order: int) -> None:
    """Whichever of them a relation holds, and in whatever order they come; one is written."""
    a, web = module("a"), module("web", "a")
    older = replace(page(a, link=""), created="2026-01-01")
    rivals = [older, replace(older, id="page-copy", created="2026-01-02")]
    made = plan([a, web], [page(web, held), *rivals[::order]])
    assert of(made, "a").kind is ChangeKind.CONFLICT
    assert of(made, "web").kind is ChangeKind.SKIP
    assert made.references is not None
    assert made.references.ids("Needs", ["a"]) == {"a": "page-a"}


def test_another_repositorys_page_is_not_ours_by_its_key() -> None:
    """A page of another repository with the same key is another page."""
    theirs = Source("https://github.com/octo/others", "", "a" * 40)
    a, web = module("a"), module("web", "a")
    link = write_record(theirs.link("a"), theirs.place("a"), key_hash("a"), None)
    foreign = replace(page(a, link=link), id="page-theirs", values={"Module": "a"})
    made = plan(
        [web],
        [foreign, page(web, "page-theirs")],
        complete=False,
        targets=Targets([replace(page(a), link=link_of(a, applied=all_sent(a)))]),
    )
    assert of(made, "web").drift


def test_a_page_that_is_made_by_the_plan_completes_a_relation() -> None:
    """A name left out because its page was missing is not an edit made in Notion."""
    web, a, b = module("web", "a", "b"), module("a"), module("b")
    made = plan([web, a, b], [page(a), page(web, "page-a")])
    (change,) = of(made, "web").properties
    assert change.cause is Cause.TARGETS
    assert "pages that it names were missing" in of(made, "web").reason


def test_a_relation_that_a_run_has_not_come_to_is_written_by_the_next() -> None:
    """A page that was created without its relation has a record of that state."""
    web, a = module("web", "a"), module("a")
    made = plan([web, a], [page(a), page(web, applied=())])
    assert of(made, "web").kind is ChangeKind.UPDATE
    assert of(made, "web").properties[0].cause is Cause.TARGETS


@pytest.mark.parametrize(
    ("edited", "cause"),
    [("2026-01-01T11:59", Cause.TARGETS), ("2026-01-01T12:00", Cause.NONE), ("", Cause.NONE)],
)
@pytest.mark.parametrize("column", ["Needs", "Team"])
def test_a_page_that_was_made_anew_is_named_again(column: str, edited: str, cause: Cause) -> None:
    """Pages that no one has edited since name it again after an interrupted run."""
    web, a = module("web", "a", team=["Search"]), module("a")
    held = page(web, "page-a", values={"Team": ("t2",)}, edited=edited)
    held = replace(held, values={**held.values, column: ()})
    noon = "2026-01-01T12:00"
    targets = Targets(
        others={"Team": {"Search": "t2"}}, titles={"t2": "Search"}, created={"t2": noon}
    )
    made = of(plan([web, a], [page(a, created=noon), held], targets=targets), "web")
    differ = [(each.name, each.cause) for each in (*made.properties, *made.drift)]
    assert differ == [(column, cause)]


def test_a_page_in_the_trash_can_be_named_once_it_is_restored() -> None:
    """Until then it has no id that could be sent."""
    web, a = module("web", "a"), module("a")
    made = plan([web, a], [page(web)], hidden=[page(a, in_trash=True)])
    assert of(made, "a").kind is ChangeKind.RESTORE
    assert of(made, "web").properties[0].after == ("a",)
    assert made.references is not None
    assert made.references.ids("Needs", ["a"]) == {"a": None}
    made.references.add(key_hash("a"), "page-a")
    assert made.references.ids("Needs", ["a"]) == {"a": "page-a"}


def test_names_that_many_modules_lose_are_one_sentence() -> None:
    """The first names and the number of the modules, in place of a line for each module."""
    few = {"a": ["x"], "b": ["y", "x"]}
    assert list(left_out("Needs", few, ": nobody")) == [
        "a: 'Needs' leaves out x: nobody.",
        "b: 'Needs' leaves out y, x: nobody.",
    ]
    many = {f"m{n}": [f"n{n}", "x"] for n in range(12)}
    [told] = left_out("Needs", many, ": nobody")
    assert told == (
        "'Needs' leaves out n0, x, n1, n2, n3, n4, n5, n6, n7, n8 and 3 more in 12 modules: nobody."
    )


def test_a_name_without_a_page_is_left_out_and_told() -> None:
    """A manifest that is not planned has no page that could be named."""
    made = plan([module("web", "a", "b")], complete=False, targets=Targets([page(module("a"))]))
    assert next(p.after for p in of(made, "web").properties if p.name == "Needs") == ("a",)
    assert made.notices == ("web: 'Needs' leaves out b, which has no page as yet.",)
    assumed = plan([module("web", "b")], complete=False, targets=Targets(exists=lambda _: True))
    assert assumed.notices == ()


@pytest.mark.parametrize(
    ("needs", "lost", "held", "cause"),
    [
        # The page of the module that is gone is there still.
        (("a", "b"), "b", ("page-a", "page-b"), Cause.LEFT_OUT),
        (("a", "b"), "b", ("page-b",), Cause.OVERWRITE),
        (("a", "b"), "b", ("page-a", "page-c"), Cause.OVERWRITE),
        # A page that nobody can read may have been it.
        (("a", "b"), "b", ("page-a", "hidden"), Cause.LEFT_OUT),
        (("a", "b"), "b", ("page-a", "hidden", "other"), Cause.OVERWRITE),
        # The name was left out before, so what is there was put there.
        (("a",), "b", ("page-a", "page-b"), Cause.NONE),
    ],
)
def test_a_name_that_nothing_has_any_more_is_left_out_and_told(
    needs: Sequence[str], lost: str, held: Sequence[str], cause: Cause
) -> None:
    """It is neither an edit made in Notion nor a change of the mapping; another edit still is."""
    a = module("a")
    web = module("web", "a", lost).leaving_out("Needs", [lost])
    there = page(web, *held, applied=needs)
    pages = [page(a), page(module("b")), page(module("c")), there]
    made = of(plan([a, web], pages, other_modules=None), "web")
    assert [each.cause for each in (*made.properties, *made.drift)] == [cause]
    assert ("no longer there are left out: Needs" in made.reason) is (cause is Cause.LEFT_OUT)


def test_pages_that_hold_names_are_compared_as_they_are() -> None:
    """A preview against the base branch has no pages of Notion, and so no ids."""
    web, a = module("web", "a", team=["Search"]), module("a")
    held = page(web, values={"Needs": ("a", "b"), "Team": ("Search",)})
    made = plan([web, a], [held, page(a)], targets=Targets(by_name=True))
    assert made.notices == ()
    (changed,) = (*of(made, "web").drift, *of(made, "web").properties)
    assert (changed.before, changed.after) == (("a", "b"), ("a",))
    same = plan(
        [web],
        [page(web, "a", values={"Team": ("Search",)})],
        complete=False,
        targets=Targets(by_name=True),
    )
    assert of(same, "web").kind is ChangeKind.SKIP


def test_pages_of_another_database_go_by_their_titles() -> None:
    """Their ids are looked up by title, and reports have the titles."""
    web = module("web", team=["Search"])
    targets = Targets(others={"Team": {"Search": "t1"}}, titles={"t1": "Search", "t2": "Web"})
    same = plan([web], [page(web, values={"Team": ("t1",)})], targets=targets)
    assert of(same, "web").kind is ChangeKind.SKIP
    (drift,) = of(plan([web], [page(web, values={"Team": ("t2",)})], targets=targets), "web").drift
    assert drift.before == ("Web",)


def test_a_plan_has_names_and_no_ids() -> None:
    """So it has the same digest before and after the pages that it names are made."""
    web, a = module("web", "a"), module("a")
    alone = plan([web], complete=False, targets=Targets(exists=lambda _: True))
    after = plan([web], complete=False, targets=Targets([page(a)]))
    assert alone.digest == after.digest


def test_a_mapping_without_relations_costs_nothing() -> None:
    """Nothing is looked up, and pages stay as they are."""
    references = References(MAPPING)
    held = page(module("a"))
    assert references.named(held) is held
    assert references.all == frozenset()
    assert PropertyMapping(MAPPING.properties) == MAPPING
    assert SOURCE.repository


# --- the order --------------------------------------------------------------------------------


def test_only_changes_that_make_a_page_are_waited_for() -> None:
    """An existing page can be named at once, and so can a page of another database."""
    a, b, c = module("a", "b", "c", team=["c"]), module("b"), module("c")
    made = plan([a, b, c], [page(b)], targets=Targets([page(b)]))
    writes = [each for each in made.changes if each.kind.writes]

    needs = needs_of(writes, {"Needs"})

    names = {number: change.module for number, change in enumerate(writes)}
    assert {names[at]: {names[each] for each in found} for at, found in needs.items()} == {
        "a": {"c"},
        "c": set(),
    }


def run(needs: dict[int, set[int]]) -> tuple[list[int], int]:
    """Return the pages in the order of their writes, and how many come before what they name."""
    order = write_order(needs)
    listed: dict[int, None] = {}
    waiting = 0
    while order.is_active():
        for page_number in order.get_ready():
            waiting += not needs[page_number] <= listed.keys()
            listed[page_number] = None
            order.done(page_number)
    return list(listed), waiting


@pytest.mark.parametrize(
    ("needs", "waiting"),
    [
        ({0: {1}, 1: {2}, 2: set()}, 0),
        ({0: {0}}, 1),
        ({0: {1}, 1: {0}}, 1),
        ({n: {(n + 1) % 50} for n in range(50)}, 1),
        # Two rings with one page between them, and pages that hang on to them.
        ({0: {1}, 1: {0}, 2: {0}, 3: {4, 2}, 4: {3}, 5: {3}, 6: {5}, 7: {5}}, 2),
        # A page that a whole ring names, and that names one of another ring.
        ({0: {1}, 1: {0}, 2: {0}, **{n: {2, (n - 2) % 6 + 3} for n in range(3, 9)}}, 2),
        # A page that is in a ring with each of many others waits alone.
        ({0: set(range(1, 50)), **{n: {0} for n in range(1, 50)}}, 1),
        # Thousands of rings, each of two pages, and each pair naming one of the pair before.
        ({n: {n ^ 1, max(n - 2, 0)} - {n} for n in range(5000)}, 2500),
        # Rings that hang together: of each two neighbours one waits at most.
        ({n: {n - 1, n + 1} & set(range(5000)) for n in range(5000)}, 2500),
    ],
)
def test_few_pages_are_written_before_what_they_name(
    needs: dict[int, set[int]], waiting: int
) -> None:
    """A ring of any length costs one, and what only hangs on to a ring costs nothing."""
    listed, count = run(needs)
    assert sorted(listed) == sorted(needs)
    assert count == waiting


@given(st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12)), max_size=13))
def test_every_page_is_written_once(given_: dict[int, set[int]]) -> None:
    """Whatever names what, the order has each page, and ends."""
    needs = {
        page_number: {n for n in named if n in given_} for page_number, named in given_.items()
    }
    assert sorted(run(needs)[0]) == sorted(needs)
