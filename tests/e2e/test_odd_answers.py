"""Answers of Notion's that a run does not expect: each ends in words, and in no second page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from support.workplace import Workplace

from lukhas_notion.emulator import FaultPlan, FaultRule

COMMANDS = ("sync --all", "sync --all --dry-run", "verify", "backfill --tags --prune")


def altering_queries(change: Callable[[dict[str, Any]], None]) -> Callable[..., Any]:
    """Return what changes the answers to queries, and no other."""

    def alter(request: httpx.Request, answer: Any) -> Any:
        if request.url.path.endswith("/query"):
            change(answer)
        return answer

    return alter


def test_a_wiki_has_rows_that_are_no_pages(small: Workplace) -> None:
    """A data source among the rows is no page: nothing is refused, and nothing called an orphan."""
    small.notion.add_child_database(
        small.source, "Inner", {"Name": "title", "Tags": "multi_select", "Features": "number"}
    )
    for words in ("sync --all", "sync --all", "verify"):
        ended = small.run(*words.split())
        assert ended.code == 0, ended.err
        assert "orphan" not in ended.out
    assert len(small.pages()) == small.requests("pages.create") == 3
    asked = [r.body for r in small.notion.requests if r.kind == "data_sources.query"]
    assert {body["result_type"] for body in asked} == {"page"}


def test_rows_of_a_wiki_that_come_all_the_same_are_passed_over(small: Workplace) -> None:
    """A Notion that does not heed what is asked for makes no difference."""
    small.run("sync", "--all")
    row = {"object": "data_source", "id": "d", "properties": {"Tags": {"multi_select": {}}}}
    small.alter = altering_queries(lambda answer: answer["results"].append(row))
    for words in COMMANDS:
        ended = small.run(*words.split())
        assert ended.code == 0, ended.err
    assert len(small.pages()) == 3


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize(
    "partial", [{"object": "page", "id": "p1"}, {"object": "page", "id": "p1", "properties": {}}]
)
def test_a_partial_page_ends_the_run_by_name(
    small: Workplace, words: str, partial: dict[str, Any]
) -> None:
    """Its content is unknown, so nothing is written."""
    small.run("sync", "--all")
    writes = small.writes

    def strip(answer: dict[str, Any]) -> None:
        answer["results"] = [partial]

    small.alter = altering_queries(strip)
    ended = small.run(*words.split())
    assert ended.code == 1
    assert "page p1" in ended.err
    assert small.writes == writes


def test_a_create_whose_answer_is_not_understood_is_looked_up(small: Workplace) -> None:
    """The page is there: it is found by its id or its title, and not made again."""

    def alter(request: httpx.Request, answer: Any) -> Any:
        if request.method == "POST" and request.url.path.endswith("/pages"):
            del answer["properties"]
            if small.requests("pages.create") % 2:
                del answer["id"]
        return answer

    small.alter = alter
    ended = small.run("sync", "--all", "--concurrency", "1")
    assert ended.code == 0, ended.out + ended.err
    assert small.requests("pages.create") == len(small.notion.pages()) == 3


def other_kind(small: Workplace, kind: str) -> str:
    """Return an id, or what stands for one, of another kind than a database."""
    page = small.notion.create_page(small.source, {"Module": "by hand"})
    return {
        "data source": small.source,
        "collection": f"collection://{small.source}",
        "row": page,
        "page": small.notion.root_page_id,
        "nothing": "0f0e0d0c-0b0a-4908-8706-050403020100",
    }[kind]


@pytest.mark.parametrize("kind", ["data source", "collection"])
def test_a_data_sources_id_is_taken_where_a_databases_is_expected(
    small: Workplace, kind: str
) -> None:
    """Notion has "Copy data source ID", and its tools write collection://."""
    small.environ["NOTION_DATABASE_ID"] = other_kind(small, kind)
    ended = small.run("sync", "--all")
    assert ended.code == 0, ended.err
    assert len(small.pages()) == 4


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("row", "is a page in the data source"),
        ("page", "is a page, not a database."),
        ("nothing", "was not found, or is not shared"),
    ],
)
@pytest.mark.parametrize("words", ["sync --all", "doctor"])
def test_an_id_of_another_kind_is_told_as_what_it_is(
    small: Workplace, kind: str, said: str, words: str
) -> None:
    """The remedy does not propose to share something that cannot be written."""
    small.environ["NOTION_DATABASE_ID"] = other_kind(small, kind)
    ended = small.run(*words.split())
    assert ended.code != 0
    assert said in ended.out + ended.err


def test_what_a_row_is_in_can_be_named_instead(small: Workplace) -> None:
    """The remedy for a page's id names the data source, which works."""
    small.environ["NOTION_DATABASE_ID"] = other_kind(small, "row")
    ended = small.run("sync", "--all")
    assert f"name {small.source} instead" in ended.err
    small.environ["NOTION_DATABASE_ID"] = small.source
    assert small.run("sync", "--all").code == 0


@pytest.mark.parametrize("kind", ["database", "row"])
def test_what_is_no_data_source_is_told_as_what_it_is(small: Workplace, kind: str) -> None:
    """The other way round: the id of a database, or of a page, as a data source's."""
    database = small.environ.pop("NOTION_DATABASE_ID")
    small.environ["NOTION_DATA_SOURCE_ID"] = (
        database if kind == "database" else other_kind(small, kind)
    )
    ended = small.run("sync", "--all")
    assert ended.code == 2
    assert f"is a {'database' if kind == 'database' else 'page'}" in ended.err


def test_a_linked_view_is_told_as_one(small: Workplace) -> None:
    """It is a database without a data source of its own."""

    def alter(request: httpx.Request, answer: Any) -> Any:
        if "/databases/" in request.url.path:
            answer["data_sources"] = []
        return answer

    small.alter = alter
    ended = small.run("sync", "--all")
    assert ended.code == 2
    assert "linked view of another database" in ended.err


@pytest.mark.parametrize("kind", ["database", "data source"])
def test_a_parent_that_is_a_database_is_told_as_one(small: Workplace, kind: str) -> None:
    """Init names the flag for it, which works."""
    database = small.environ.pop("NOTION_DATABASE_ID")
    object_id = database if kind == "database" else small.source
    ended = small.run("init", "--parent", object_id)
    assert ended.code == 2
    assert f"is a {kind}, not a page" in ended.err
    assert "--database" in ended.err
    assert small.run("init", "--database", object_id).code == 0


def mid_run(small: Workplace, event: Callable[[], None], *, after: int) -> None:
    """Let something happen in Notion once so many pages were updated."""
    updated = 0

    def alter(request: httpx.Request, answer: Any) -> Any:
        nonlocal updated
        if request.method == "PATCH" and "/pages/" in request.url.path:
            updated += 1
            if updated == after:
                event()
        return answer

    small.alter = alter


@pytest.fixture
def forty(small: Workplace) -> Workplace:
    """Return forty modules whose pages are all to be updated."""
    for number in range(40):
        small.write(f"many/{number}", {"module": f"many-{number:02}", "features": ["search"]})
    assert small.run("sync", "--all").code == 0
    for number in range(40):
        small.edit(f"many/{number}", description="Now with a description.")
    return small


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (lambda n, s: n.remove_property("Description"), "'Description' not found"),
        (lambda n, s: n.remove_property("Tags"), "'Tags' not found"),
        (lambda n, s: n.trash_database(s), "is in the trash"),
    ],
    ids=["property", "optional property", "trash"],
)
def test_what_every_page_would_meet_ends_the_run(
    forty: Workplace, event: Callable[[Any, str], None], said: str
) -> None:
    """After the first such answer the schema is read once more, and nothing else is sent."""
    notion, database = forty.notion, forty.environ["NOTION_DATABASE_ID"]
    for number in range(40):
        forty.edit(f"many/{number}", tags=["tier:1"])
    mid_run(forty, lambda: event(notion, database), after=3)
    before = {kind: forty.requests(kind) for kind in ("pages.update", "data_sources.retrieve")}
    ended = forty.run("sync", "--all", "--concurrency", "1")
    assert ended.code == 1, ended.out
    assert said in ended.out + ended.err
    assert forty.requests("pages.update") - before["pages.update"] == 4
    assert forty.requests("data_sources.retrieve") - before["data_sources.retrieve"] == 2


def test_one_page_that_is_gone_ends_nothing(forty: Workplace) -> None:
    """A page that somebody deletes meanwhile is the only one that is not written."""
    victim = forty.pages()["many-20"]["id"]
    mid_run(forty, lambda: forty.notion.delete_page(victim), after=3)
    ended = forty.run("sync", "--all", "--concurrency", "1")
    assert ended.code == 1
    assert sum(page["Description"] != "" for page in forty.pages().values()) == 42


@pytest.mark.parametrize(
    ("status", "code", "message", "most"),
    [
        (404, "object_not_found", "Could not find page with ID: 1.", 3),
        (400, "validation_error", "Description is not a property that exists.", 1),
        (400, "validation_error", "Description is expected to be number.", 1),
    ],
)
def test_an_answer_about_the_database_ends_the_run_though_its_schema_seems_right(
    forty: Workplace, status: int, code: str, message: str, most: int
) -> None:
    """Not all parts of Notion know at once: updates that are all refused are not all sent."""
    body = {"object": "error", "status": status, "code": code, "message": message}
    refused = 0

    def alter(request: httpx.Request, answer: Any) -> Any:
        nonlocal refused
        if request.method != "PATCH" or forty.requests("pages.update") - before <= 3:
            return answer
        refused += 1
        return httpx.Response(status, json={**body, "request_id": "r"})

    forty.alter = alter
    before, read = forty.requests("pages.update"), forty.requests("data_sources.retrieve")
    ended = forty.run("sync", "--all", "--concurrency", "1")
    assert ended.code == 1
    assert refused == most
    assert forty.requests("data_sources.retrieve") - read == 1 + most
    assert "The run ended early" in ended.out
    assert "37 of 40 changes were not applied to Notion" in ended.out


def test_refusals_of_the_pages_own_do_not_cost_a_read_each(forty: Workplace) -> None:
    """The schema is read again for the first few in a row, and every page is still tried."""
    body = {"object": "error", "status": 400, "code": "validation_error", "message": "too odd"}

    def alter(request: httpx.Request, answer: Any) -> Any:
        if request.method == "PATCH" and forty.requests("pages.update") > 1:
            return httpx.Response(400, json={**body, "request_id": "r"})
        return answer

    forty.alter = alter
    before = {kind: forty.requests(kind) for kind in ("pages.update", "data_sources.retrieve")}
    assert forty.run("sync", "--all", "--concurrency", "1").code == 1
    assert forty.requests("pages.update") - before["pages.update"] == 40
    assert forty.requests("data_sources.retrieve") - before["data_sources.retrieve"] == 1 + 3


def test_what_is_refused_whatever_is_asked_ends_the_run(forty: Workplace) -> None:
    """An integration that Notion blocks meanwhile sends no other update."""
    blocked = FaultPlan((FaultRule("any", "429_blocked", probability=1.0),))
    mid_run(forty, lambda: forty.notion.break_by(blocked), after=3)
    before = forty.requests("pages.update")
    ended = forty.run("sync", "--all", "--concurrency", "1")
    assert ended.code == 1
    assert "blocks this integration" in ended.out + ended.err
    assert forty.requests("pages.update") - before == 4
