"""What each kind of run costs in requests: what a sync costs is these, then latency."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.workplace import Workplace, workplace

from lukhas_notion.config.config import Flags, load
from lukhas_notion.plan.differences import all_applied
from lukhas_notion.plan.page_record import write_record
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import key_hash
from lukhas_notion.validate.gates import Gates
from lukhas_notion.validate.select import select

WORDS = ["bridge", "cascade", "drift", "guardian", "ledger", "quantum"]
Make = Callable[[int], Workplace]


def manifest(number: int) -> dict[str, object]:
    """Return a module of a large repository."""
    return {
        "module": f"team.module-{number:05}",
        "description": f"What module {number} does.",
        "features": [WORDS[number % 6]],
        "tags": [WORDS[(number + 1) % 6], WORDS[(number + 2) % 6]],
        "testing": {"coverage_observed": 50 + number % 50},
    }


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Return a maker of repositories whose database has the options."""
    places: list[Workplace] = []

    def made(count: int) -> Workplace:
        root = tmp_path / "repository"
        (root / "vocab").mkdir(parents=True)
        for name in ("features", "tags"):
            (root / f"vocab/{name}.json").write_text(json.dumps({"allowed": WORDS}))
        place = workplace(root)
        places.append(place)
        for number in range(count):
            place.write(f"m{number:05}", manifest(number))
        assert place.run("backfill", "--features", "--tags", "--apply").code == 0
        return place

    yield made
    for place in places:
        place.notion.close()


def fill(place: Workplace, count: int) -> None:
    """Put a page, with its record, for each of ``count`` modules into Notion, without its API."""
    config = load(Flags(root=str(place.root)), place.environ)
    source = Source(place.origin)
    for want in select(config, Gates.load(config)).desired[:count]:
        link = write_record(
            source.link(want.path),
            source.place(want.path),
            key_hash(want.key),
            all_applied(want, config.mapping),
        )
        values = {n: list(v) if isinstance(v, tuple) else v for n, v in want.values.items()}
        place.notion.create_page(place.source, {**values, "Provenance SHA": (want.sha, link)})


def cost(place: Workplace, *words: str) -> int:
    """Run a command that has to succeed, and return how many requests it took."""
    before = len(place.notion.requests)
    ended = place.run(*words)
    assert ended.code == 0, ended.err
    return len(place.notion.requests) - before


def test_a_sync_of_140_modules(make: Make) -> None:
    """First 147 requests at most, then 4 for nothing, then 7 for three changes."""
    place = make(140)
    assert cost(place, "sync", "--all") <= 147
    assert cost(place, "sync", "--all") == 4
    for number in (3, 70, 139):
        place.edit(f"m{number:05}", description="Something else.")
    assert cost(place, "sync", "--all") == 7


def relate(place: Workplace, count: int, levels: int, *, ring: int = 0) -> None:
    """Let each module name one of the level below it, and the first few one another in a ring."""
    configured = '[properties."Depends on"]\ntype = "relation"\nfrom = "/needs"\n'
    (place.root / "lukhas-notion.toml").write_text(configured)
    settings = {"data_source_id": place.source, "dual_property": {}}
    place.notion.add_property("Depends on", "relation", place.source, settings)
    width = count // levels
    for number in range(count):
        below = (number + 1) % ring if number < ring else number - width
        if below >= 0:
            place.edit(f"m{number:05}", needs=[f"team.module-{below:05}"])


def test_a_first_sync_of_140_modules_that_name_each_other(make: Make) -> None:
    """One request a page, one more for a ring, and none to look up what is made meanwhile."""
    place = make(140)
    relate(place, 140, levels=10, ring=14)
    assert cost(place, "sync", "--all") <= 148 + 1
    assert place.requests("pages.update") == 1
    assert cost(place, "sync", "--all") == 4


@pytest.mark.parametrize("related", [False, True])
def test_relations_cost_nothing_where_nothing_changed(make: Make, related: bool) -> None:
    """Up to 25 related pages come with the page that names them."""
    place = make(300)
    if related:
        relate(place, 300, levels=10)
    fill(place, 300)
    assert cost(place, "sync", "--all") == 6
    assert place.requests("pages.update") == place.requests("pages.create") == 0


def test_a_preview_of_related_modules(make: Make) -> None:
    """A hundred pages that are named take one request more; one that no longer is takes its own."""
    place = make(140)
    relate(place, 140, levels=10)
    assert place.run("sync", "--all").code == 0
    numbers = (139, 100, 60)
    named = [w for n in numbers for w in ("--module", f"team.module-{n:05}")]
    for number in numbers:
        below = f"team.module-{number - 14:05}"
        place.edit(f"m{number:05}", needs=["team.module-00001", below])
    assert cost(place, "sync", *named, "--dry-run") == 4 + 1
    for number in numbers:
        place.edit(f"m{number:05}", needs=["team.module-00001"])
    assert cost(place, "sync", *named, "--dry-run") == 4 + 1 + len(numbers)


def test_nothing_changed_in_2000_modules(make: Make) -> None:
    """Twenty queries of a hundred pages each, one more, and two to find the database."""
    place = make(2_000)
    fill(place, 2_000)
    assert cost(place, "sync", "--all") <= 23
    assert place.requests("pages.update") == place.requests("pages.create") == 0


def test_a_few_of_many_modules(make: Make) -> None:
    """Three modules take four requests, however many pages and manifests there are."""
    place = make(400)
    fill(place, 400)
    named = [w for n in (399, 1, 150) for w in ("--module", f"team.module-{n:05}")]
    assert cost(place, "sync", *named, "--dry-run") == 4


def test_a_verification_of_what_agrees(make: Make) -> None:
    """It costs what a sync costs that has nothing to do; each page that went away one more."""
    place = make(140)
    assert place.run("sync", "--all").code == 0
    assert cost(place, "verify") == 4
    gone = [page["id"] for name, page in place.pages().items() if name.endswith(("7", "8"))]
    for page in gone:
        place.notion.trash_page(page)
    before = len(place.notion.requests)
    assert place.run("verify").code == 1
    assert len(place.notion.requests) - before == 2 + 3 + len(gone) + 1
