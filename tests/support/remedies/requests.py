"""Remedies for what Notion answers, or leaves unanswered."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from lukhas_notion.emulator import FaultPlan, FaultRule
from support.clock import FakeClock
from support.remedies.rows import Row, env, file, forget_database, synced, toml
from support.workplace import Workplace

ONCE = "[run]\nmax_retries = 0\n"


def fails(kind: str, fault: str, when: str = "before") -> Any:
    """Return what makes every request of a kind fail, with no request repeated."""

    def broken(place: Workplace) -> None:
        toml(place, ONCE)
        place.clock = FakeClock()
        rule = FaultRule(kind, fault, probability=1.0, when=when)  # type: ignore[arg-type]
        place.notion.break_by(FaultPlan((rule,)))

    return broken


def answered(place: Workplace, kind: str, change: Any) -> None:
    """Change what Notion answers; ``change`` is given the request and the answer."""

    def alter(request: httpx.Request, answer: Any) -> Any:
        return change(answer) if answer.get("object") == kind else answer

    place.alter = alter


def refused(status: int, body: Any, **headers: str) -> Any:
    """Return what makes every answer a refusal."""

    def broken(place: Workplace) -> None:
        toml(place, ONCE)
        place.clock = FakeClock()
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        place.alter = lambda *_: httpx.Response(status, content=content, headers=headers)

    return broken


def no_write(place: Workplace, body: Any) -> None:
    """Refuse every write of a page."""
    place.alter = lambda request, answer: (
        httpx.Response(body["status"], json=body) if request.method == "PATCH" else answer
    )


def no_body(place: Workplace) -> None:
    """Refuse every body of a page, as Notion does while pages are below it."""
    body = {**ERROR, "status": 400, "code": "validation_error"}
    place.alter = lambda request, answer: (
        httpx.Response(400, json=body)
        if request.method == "PATCH" and request.url.path.endswith("/markdown")
        else answer
    )


def heal(place: Workplace, _: Any = None) -> None:
    """Let Notion answer again."""
    place.notion.heal()
    place.alter = None


def checked(place: Workplace, found: re.Match[str]) -> None:
    """Check the property that is named, and let Notion accept its value."""
    name = found[1].removeprefix("the property ").strip("'")
    properties = place.notion.workspace.store.data_sources[place.source].properties
    assert name in {each.name for each in properties}
    heal(place)


def init_again(place: Workplace, _: Any = None) -> None:
    """Look for the database that may have been made, and go on with it."""
    heal(place)
    store = place.notion.workspace.store.databases
    place.environ["INSTEAD"] = f"init --database {list(store)[-1]}"


def unanswered(place: Workplace) -> None:
    """Have no database named, and leave its create unanswered."""
    forget_database(place)
    fails("databases.create", "drop", "after")(place)


def renamed_meanwhile(place: Workplace) -> None:
    """Let a property be gone from the second time on that the data source is asked for."""
    asked = [0]

    def change(answer: Any) -> Any:
        asked[0] += 1
        kept = {k: v for k, v in answer["properties"].items() if k != "Tags"}
        return {**answer, "properties": kept} if asked[0] > 1 else answer

    answered(place, "data_source", change)


def unshared(place: Workplace) -> None:
    """Let the database show none of its data sources."""
    answered(place, "database", lambda answer: {**answer, "data_sources": []})


def bare(answer: Any) -> Any:
    """Take the properties off every page."""
    pages = [{k: v for k, v in row.items() if k != "properties"} for row in answer["results"]]
    return {**answer, "results": pages}


ERROR = {"object": "error", "status": 403, "code": "restricted_resource", "message": "no"}

ROWS = [
    Row(
        "a request that fails",
        lambda p: (
            synced(p).edit("alpha", description="Changed."),
            fails("pages.update", "503")(p),
        ),
        "sync --all",
        "Run again: finished changes are not repeated.",
        heal,
    ),
    Row(
        "a create that is never answered",
        fails("pages.create", "drop"),
        "sync --all",
        "Run again: a page that appears later is found, not duplicated.",
        heal,
    ),
    Row(
        "too many requests",
        fails("data_sources.query", "429"),
        "sync --all",
        "Reduce the rate limit: set NOTION_RATE_LIMIT=2, or less if something else uses the "
        "same integration.",
        lambda p, _: (heal(p), env(p, NOTION_RATE_LIMIT="2")),
    ),
    Row(
        "no network",
        fails("any", "connect_refused"),
        "sync --all",
        "Check the network and NOTION_API_URL",
        heal,
    ),
    Row(
        "a token that is not valid",
        lambda p: env(p, NOTION_TOKEN="ntn_" + "0" * 40),
        "sync --all",
        "Check NOTION_TOKEN: it must be the token of an integration that still exists.",
        lambda p, _: env(p, NOTION_TOKEN=p.notion.token),
    ),
    Row(
        "a workspace without blocks",
        refused(403, {**ERROR, "additional_data": {"block_limit": 1000}}),
        "sync --all",
        "no page can be created until the plan is raised. Updating pages still works.",
        heal,
    ),
    Row(
        "an integration that is blocked",
        fails("any", "429_blocked"),
        "sync --all",
        "Notion blocks this integration's requests; write to its support.",
        heal,
    ),
    Row(
        "an answer of the edge",
        refused(403, b"<html>", **{"cf-ray": "1"}),
        "sync --all",
        "run again later or from another network, and check NOTION_API_URL.",
        heal,
    ),
    Row(
        "an answer of a login page",
        refused(404, b"<html>"),
        "sync --all",
        "This response is not from Notion: check NOTION_API_URL, and whether a proxy or a login",
        heal,
    ),
    Row(
        "a page that is archived while it is written",
        lambda p: (
            synced(p).edit("alpha", description="Changed."),
            no_write(p, {**ERROR, "status": 400, "message": "Can't edit block that is archived."}),
        ),
        "sync --all",
        "restore it in Notion, then run again.",
        heal,
    ),
    Row(
        "a value that Notion does not accept",
        lambda p: (
            synced(p).edit("alpha", coverage=0.5),
            no_write(
                p,
                {
                    **ERROR,
                    "status": 400,
                    "code": "validation_error",
                    "message": "Coverage is expected to be number.",
                },
            ),
        ),
        "sync --all",
        "Check {}: its name and type in Notion, and its value in the manifest. Then run again.",
        checked,
    ),
    Row(
        "an answer of another form",
        lambda p: answered(p, "data_source", lambda answer: {**answer, "properties": []}),
        "sync --all",
        "Run again. If it happens again, report it together with this message:",
        heal,
    ),
    Row(
        "pages without properties",
        lambda p: answered(synced(p), "list", bare),
        "sync --all",
        "open the database, choose ··· > Connections, add the integration, and run again.",
        heal,
    ),
    Row(
        "a linked view",
        unshared,
        "sync --all",
        "Name the original database instead: open it in Notion as a full page, copy its link,",
        heal,
    ),
    Row(
        "a database that is never answered",
        unanswered,
        "init --parent PAGE",
        "The request is not repeated. Open the page in Notion and look for a database called {}. "
        "If it is there, go on with `lukhas-notion init --database ID`",
        init_again,
    ),
    Row(
        "an earlier database that was never answered",
        lambda p: (unanswered(p), p.run("init", "--parent", p.notion.root_page_id), heal(p)),
        "init --parent PAGE",
        "go on with `lukhas-notion init --database ID`, its id or its link in the place of ID.",
        init_again,
    ),
    Row(
        "an earlier database that was not made",
        lambda p: (
            forget_database(p),
            fails("databases.create", "drop", "before")(p),
            p.run("init", "--parent", p.notion.root_page_id),
            heal(p),
        ),
        "init --parent PAGE",
        "If it is not, run this again with --again.",
        lambda p, _: p.environ.update(MORE="--again"),
    ),
    Row(
        "options that are not stored",
        lambda p: (
            file(p, "vocab/tags.json", '["tier:1", "tier:2", "tier:3"]'),
            fails("data_sources.update", "200_no_effect")(p),
        ),
        "backfill --tags --apply",
        "Try again; a property takes at most 100 options in one request.",
        heal,
    ),
    Row(
        "properties that are not stored",
        lambda p: (
            p.notion.remove_property("Coverage"),
            fails("data_sources.update", "200_no_effect")(p),
        ),
        "sync --all --add-properties",
        "Run again; or add them in Notion by hand.",
        heal,
    ),
    Row(
        "whose the token is, that is not told",
        lambda p: answered(p, "user", lambda _: httpx.Response(403, json=ERROR)),
        "doctor",
        "Allow the integration to read user information, so that `verify` can name who edited",
        heal,
        warns=True,
    ),
    Row(
        "a deadline that is over",
        lambda p: None,
        "sync --all --deadline 0.000001",
        "Raise --deadline; finished changes stay in Notion, and a new run continues.",
        lambda p, _: p.environ.update(INSTEAD="sync --all --deadline 600"),
    ),
    Row(
        "a capability that nobody tells",
        fails("pages.create", "500"),
        "doctor",
        "Run doctor again.",
        heal,
        warns=True,
    ),
    Row(
        "a database that was made and cannot be read",
        lambda p: (forget_database(p), fails("databases.retrieve", "500")(p)),
        "init --parent PAGE",
        "Run again: this database is completed, and no other one is created.",
        lambda p, _: (heal(p), (p.root / "lukhas-notion.toml").write_text("")),
    ),
    Row(
        "a create that is never answered, and cannot be looked for",
        lambda p: (
            toml(p, ONCE),
            setattr(p, "clock", FakeClock()),
            p.notion.break_by(
                FaultPlan(
                    (
                        FaultRule("pages.create", "drop", probability=1.0, when="after"),
                        FaultRule("data_sources.query", "500", tuple(range(3, 60))),
                    )
                )
            ),
        ),
        "sync --all",
        "Run again: the page is looked up by its title before it is created.",
        heal,
    ),
    Row(
        "a property that is renamed meanwhile",
        lambda p: (
            file(p, "vocab/tags.json", '["tier:1", "tier:2", "tier:3"]'),
            renamed_meanwhile(p),
        ),
        "backfill --tags --apply",
        "Was it renamed in Notion?",
        heal,
    ),
    Row(
        "a query of what is not shared any more",
        lambda p: answered(p, "list", lambda _: httpx.Response(404, json={**ERROR, "status": 404})),
        "sync --all",
        "Check the id; then open the database in Notion, choose ··· > Connections, and add the",
        heal,
    ),
    Row(
        "a body that cannot be replaced",
        lambda p: (
            toml(p, '[page.body]\nfile = "README.md"\n'),
            file(p, "alpha/README.md", "Before."),
            synced(p),
            file(p, "alpha/README.md", "After."),
            no_body(p),
        ),
        "sync --all",
        "If pages are below it, move them elsewhere; otherwise change the file. Run again.",
        heal,
    ),
]
