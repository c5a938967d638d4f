"""Vocabularies of more names than Notion accepts in one request."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from support.workplace import Workplace

from lukhas_notion.emulator import FaultPlan
from lukhas_notion.plan.database import color_of


def numbered(first: int, last: int) -> list[str]:
    """Return names that differ by a number."""
    return [f"n{number:03}" for number in range(first, last)]


def vocabulary(place: Workplace, names: list[str]) -> None:
    """Let Tags have these names."""
    (place.root / "vocab/tags.json").write_text(json.dumps({"allowed": names}))


@pytest.fixture
def wide(small: Workplace) -> Workplace:
    """Make twelve more modules and a vocabulary of 130 tags; Notion has two of them."""
    vocabulary(small, ["tier:1", "tier:2", *numbered(0, 130)])
    for number in range(12):
        tags = [f"n{number:03}", f"n{110 + number % 4:03}"]
        module = {"module": f"m{number:02}", "features": ["search"], "tags": tags}
        small.write(f"m{number:02}", module)
    return small


def tags(place: Workplace) -> dict[str, str]:
    """Return the options of Tags: name → colour."""
    return place.notion.options("Tags")


def held(place: Workplace) -> dict[str, list[str]]:
    """Return what each page of the wide modules holds in Tags."""
    return {name: page["Tags"] for name, page in place.pages().items() if name.startswith("m")}


def test_a_hundred_have_colours_and_pages_bring_the_others(wide: Workplace) -> None:
    """One request fills the list; pages bring what they use; nothing else appears, none is lost."""
    ended = wide.run("sync", "--all", "--backfill", "--json")

    assert ended.code == 0, ended.err
    found = tags(wide)
    assert list(found)[:100] == ["tier:1", "tier:2", *numbered(0, 98)]
    assert all(found[name] == color_of(name) for name in list(found)[:100])
    assert sorted(list(found)[100:]) == numbered(110, 114)
    assert held(wide)["m03"] == ["n003", "n113"]
    assert wide.requests("data_sources.update") == 2 + 1
    (option,) = [o for o in ended.document["plan"]["options"] if o["property"] == "Tags"]
    assert sorted(option["by_pages"]) == numbered(110, 114)
    assert option["waiting"] == [*numbered(98, 110), *numbered(114, 130)]
    assert ended.document["summary"]["options_added"] == 98 + 4


def test_what_waits_comes_with_the_first_page_that_uses_it(wide: Workplace) -> None:
    """A later sync sends no list of options, and the new one is there."""
    wide.run("sync", "--all", "--backfill")
    patches = wide.requests("data_sources.update")
    wide.edit("m00", tags=["n129"])

    shown = wide.run("sync", "--all", "--backfill", "--dry-run")
    ended = wide.run("sync", "--all", "--backfill")

    assert "option   Tags + n129 (without a colour" in shown.out
    assert "27 more names of the vocabulary come with the first page" in shown.out
    assert ended.code == 0
    assert held(wide)["m00"] == ["n129"]
    assert "n129" in tags(wide)
    assert wide.requests("data_sources.update") == patches
    assert wide.run("sync", "--all").code == 0


def test_two_pages_never_bring_one_option_at_once(wide: Workplace) -> None:
    """While a page that brings an option is on its way, no other that uses it is."""
    flying: set[str] = set()
    together: list[set[str]] = []
    inner = wide.notion.transport

    class Watch(httpx.BaseTransport):
        def __init__(self) -> None:
            self._inner = inner()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method != "POST" or not request.url.path.endswith("/pages"):
                return self._inner.handle_request(request)
            named = json.loads(request.content)["properties"].get("Tags", {"multi_select": []})
            new = {o["name"] for o in named["multi_select"]} - set(tags(wide))
            together.append(new & flying)
            flying.update(new)
            try:
                return self._inner.handle_request(request)
            finally:
                flying.difference_update(new)

    object.__setattr__(wide.notion, "transport", Watch)
    assert wide.run("sync", "--all", "--backfill").code == 0
    assert len(together) == 15
    assert not any(together)


def test_without_backfill_the_message_says_what_helps(wide: Workplace) -> None:
    """Where the list is full, `backfill` alone cannot add the option that is missing."""
    wide.run("sync", "--all", "--backfill")
    wide.edit("m00", tags=["n129"])

    ended = wide.run("sync", "--all")

    assert ended.code == 1
    assert "Option 'n129' does not exist in 'Tags'" in ended.out
    assert "Sync with --backfill" in ended.out


def test_a_backfill_alone_says_what_waits(wide: Workplace) -> None:
    """It adds what fits, is all well, and says how many names come later."""
    ended = wide.run("backfill", "--tags", "--apply")
    assert ended.code == 0
    assert len(tags(wide)) == 100
    assert "option   Tags: 32 more names of the vocabulary come with" in ended.out


def test_options_of_people_are_kept_whatever_the_numbers(wide: Workplace) -> None:
    """Options that the vocabulary does not know take their place, and keep it and their colour."""
    for number in range(110):
        wide.notion.add_option("Tags", f"by hand {number}", "pink")

    assert wide.run("sync", "--all", "--backfill").code == 0

    found = tags(wide)
    assert [found[f"by hand {n}"] for n in range(110)] == ["pink"] * 110
    assert wide.requests("data_sources.update") == 2
    assert set(numbered(0, 12)) <= set(found)


def meanwhile(place: Workplace, act: Callable[[], None]) -> None:
    """Let a person act in Notion after the plan is made, before the options are read again."""
    inner, reads = place.notion.transport, []

    class Person(httpx.BaseTransport):
        def __init__(self) -> None:
            self._inner = inner()

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "GET" and "/data_sources/" in request.url.path:
                reads.append(request)
                if len(reads) == 2:
                    act()
            return self._inner.handle_request(request)

    object.__setattr__(place.notion, "transport", Person)


def test_options_that_people_add_meanwhile_are_kept(wide: Workplace) -> None:
    """The list is read again just before it is replaced; what is new there stays."""
    vocabulary(wide, ["tier:1", "tier:2", *numbered(0, 12), *numbered(110, 114)])
    meanwhile(wide, lambda: wide.notion.add_option("Tags", "meanwhile", "pink"))

    assert wide.run("sync", "--all", "--backfill").code == 0
    assert tags(wide)["meanwhile"] == "pink"
    assert set(numbered(0, 12)) <= set(tags(wide))


def test_no_list_is_sent_when_people_filled_it_meanwhile(wide: Workplace) -> None:
    """What does not fit any more is an error, nothing is dropped, and the next run does it."""

    def fill() -> None:
        for number in range(30):
            wide.notion.add_option("Tags", f"meanwhile {number}", "pink")

    meanwhile(wide, fill)

    ended = wide.run("sync", "--all", "--backfill")

    assert ended.code == 1
    assert "Notion accepts 100 in a request" in ended.out
    assert sum(name.startswith("meanwhile") for name in tags(wide)) == 30
    assert wide.run("sync", "--all", "--backfill").code == 0
    assert sum(name.startswith("meanwhile") for name in tags(wide)) == 30
    assert held(wide)["m03"] == ["n003", "n113"]


def test_a_page_that_fails_leaves_its_option_to_the_next(wide: Workplace) -> None:
    """The page is named as not applied, and the others that use the option have it."""
    wide.run("sync", "--all", "--backfill")
    for name in ("m00", "m01", "m02"):
        wide.edit(name, tags=["n129"])
    rules = {"rules": [{"on": "pages.update", "fault": "409", "nth": 1}]}
    wide.notion.break_by(FaultPlan.from_json(rules))

    ended = wide.run("sync", "--all", "--backfill", "--max-retries", "0", "--json")

    assert ended.code == 1
    assert [u["module"] for u in ended.document["unapplied"]] == ["m00"]
    assert ended.document["summary"]["options_added"] == 1
    assert (held(wide)["m01"], held(wide)["m02"]) == (["n129"], ["n129"])
    assert wide.run("sync", "--all", "--backfill").code == 0
    assert held(wide)["m00"] == ["n129"]


def test_a_prune_that_cannot_be_sent_writes_nothing(wide: Workplace) -> None:
    """More than a hundred options would stay: refused, with what to do, in dry run and apply."""
    wide.run("sync", "--all", "--backfill")
    wide.notion.add_option("Tags", "stale", "pink")
    writes = wide.writes

    for words in ([], ["--apply"]):
        ended = wide.run("backfill", "--tags", "--prune", *words)
        assert ended.code == 1
        assert "REFUSED: The options of 'Tags' cannot be removed" in ended.out
    assert wide.writes == writes
    assert "stale" in tags(wide)


def test_a_prune_below_a_hundred_is_one_request(wide: Workplace) -> None:
    """What stays fits, so what goes can go, although there were more than a hundred."""
    wide.run("sync", "--all", "--backfill")
    vocabulary(wide, ["tier:1", "tier:2", *numbered(0, 12), *numbered(110, 114)])

    gone = len(tags(wide)) - 18
    forced = ("--force", str(gone))
    assert wide.run("backfill", "--tags", "--prune", "--apply", *forced).code == 0

    assert sorted(tags(wide)) == sorted(["tier:1", "tier:2", *numbered(0, 12), *numbered(110, 114)])
    assert held(wide)["m03"] == ["n003", "n113"]
