"""What a run reads of Notion, and that asking for it early changes no result."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from support.core import MAPPING
from support.threads import PATIENCE
from support.workplace import Workplace

from lukhas_notion.sync.prefetch import PageQuery, Prefetch


def skipped(place: Workplace, *words: str) -> int:
    """Run a sync again, expect that it writes nothing, and return the requests it took."""
    before, writes = len(place.notion.requests), place.writes
    ended = place.run("sync", "--all", *words)
    assert (ended.code, place.writes) == (0, writes), ended.err
    assert "3 unchanged" in ended.out
    return len(place.notion.requests) - before


def test_an_optional_property_that_is_not_there_costs_one_request(small: Workplace) -> None:
    """An early query is refused, and asked again for the properties that there are."""
    small.notion.remove_property("Tags")
    small.run("sync", "--all")
    assert skipped(small) in (3, 4)


def test_a_name_that_is_another_propertys_id_reads_the_right_one(small: Workplace) -> None:
    """Where a name could mean two properties, pages are asked again, whole."""
    small.run("sync", "--all")
    store = small.notion.workspace.store
    source = store.data_sources[small.source]
    other = next(p for p in source.properties if p.name == "Coverage")
    (small.root / "lukhas-notion.toml").write_text(
        f'[properties."{other.id}"]\ntype = "rich_text"\nfrom = "/description"\n'
    )
    small.notion.add_property("New", "rich_text")
    small.notion.rename_property("New", other.id)
    assert small.run("sync", "--all", "--repair-drift").code == 0
    assert small.pages()["alpha"][other.id] == "What alpha does."
    assert skipped(small) in (3, 4)


def test_one_request_at_a_time_is_one_at_a_time(small: Workplace) -> None:
    """With a concurrency of 1 nothing travels early."""
    small.run("sync", "--all")
    assert skipped(small, "--concurrency", "1") == 3
    kinds = [request.kind for request in small.notion.requests[-3:]]
    assert kinds == ["databases.retrieve", "data_sources.retrieve", "data_sources.query"]


@pytest.mark.parametrize("concurrency", ["1", "10"])
def test_a_missing_property_is_named_whatever_travels_early(
    small: Workplace, concurrency: str
) -> None:
    """The error is the set-up's, with the property's name, and not the early query's."""
    small.notion.remove_property("Features")
    ended = small.run("sync", "--all", "--concurrency", concurrency)
    assert ended.code == 2
    assert "Property 'Features' not found" in ended.err


def test_unmanaged_pages_and_duplicates_are_found_among_many_pages(
    small: Workplace,
) -> None:
    """Every page is read when several queries travel at once: unmanaged ones, and two alike."""
    for number in range(250):
        module = {"module": f"many-{number:03}", "features": ["search"], "tags": ["tier:1"]}
        small.write(f"many/{number}", module)
    assert small.run("sync", "--all").code == 0
    small.notion.create_page(small.source, {"Module": "stranger"})
    for name in ("many-007", "many-249"):
        small.notion.edit_page(small.pages()[name]["id"], {"Provenance SHA": ""})
        small.notion.create_page(small.source, {"Module": name})
    small.notion.create_page(small.source, {})

    document = small.run("sync", "--all", "--dry-run", "--json").document

    kinds: dict[str, list[str]] = {}
    for change in document["plan"]["changes"]:
        kinds.setdefault(change["kind"], []).append(change["module"])
    assert kinds["conflict"] == ["many-007", "many-249"]
    assert sorted(kinds["unmanaged"]) == ["", "stranger"]
    assert len(kinds["skip"]) == 251


def test_the_connection_outlives_a_request_that_nobody_waits_for() -> None:
    """Closed under a request in flight, it would be sent again, after the run has ended."""
    asked, answered, closed = threading.Event(), threading.Event(), threading.Event()

    def archived(*_: object) -> list[object]:
        asked.set()
        answered.wait(PATIENCE)
        assert not closed.is_set()
        return []

    reader = SimpleNamespace(
        data_source_id=lambda *_: "source",
        schema=lambda *_: SimpleNamespace(),
        pages=lambda *_, **__: [],
        archived=archived,
    )
    connection = SimpleNamespace(reader=reader, client=SimpleNamespace(close=closed.set))
    config: Any = SimpleNamespace(database="database", data_source="", concurrency=10)
    opened: Any = connection
    with Prefetch(config, lambda: opened) as prefetch:
        prefetch.ask(MAPPING, PageQuery(titles=("alpha",)))
        assert asked.wait(PATIENCE)
    assert not closed.wait(0.1)
    answered.set()
    assert closed.wait(PATIENCE)
