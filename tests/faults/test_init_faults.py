"""A set-up that Notion, the network or a kill cuts off: never a second database."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.faults import moments
from support.setup import FILES, Newcomer, alpha, newcomer
from support.threads import wait_until

from lukhas_notion.config.config import DEFAULT_PROPERTIES, Flags, load
from lukhas_notion.emulator import (
    Emulator,
    FaultPlan,
    FaultRule,
    serve,
)
from lukhas_notion.ledger.file import verify_chain
from lukhas_notion.setup.result import SetupOptions
from lukhas_notion.setup.run import Setup
from lukhas_notion.util.errors import LedgerError, LukhasNotionError
from lukhas_notion.util.runtime import Runtime

ANSWERS = ("429", "429_no_header", "529", "500", "502_html", "503", "503_committed", "504", "409")
FAULTS = (*ANSWERS, "not_json", "drop", "timeout", "truncated", "connect_refused")
COMMAND = [sys.executable, "-m", "lukhas_notion"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Newcomer]:
    """Make a repository that has not been set up."""
    made = newcomer(tmp_path / "repository", alpha())
    yield made
    made.notion.close()


def is_whole(place: Newcomer) -> bool:
    """Say whether there is one database with all that it should have, and every file."""
    if len(place.databases) != 1:
        return False
    options = set(place.notion.options("Features")), set(place.notion.options("Tags"))
    return (
        place.properties == {p.name: p.type.value for p in DEFAULT_PROPERTIES}
        and options == ({"search", "export"}, {"tier:1"})
        and set(FILES) <= set(place.files())
    )


def follow(place: Newcomer) -> None:
    """Do what an unanswered create says to do, and check that it ends well."""
    place.notion.heal()
    creates = place.requests("databases.create")
    again = place.init()
    if again.code:
        assert again.code == 1
        assert 'look for a database called "Modules"' in again.err
        assert place.requests("databases.create") == creates, "it was sent again unasked"
        there = place.databases
        words = ["init", "--database", there[0]] if there else ["init", "--parent", place.page]
        last = place.run(*words, *([] if there else ["--again"]))
        assert last.code == 0, last.err
    assert is_whole(place)
    assert place.init().code == 0
    assert len(place.databases) == 1
    with (place.root / "manifests/.ledger/notion_sync.ndjson").open("rb") as lines:
        assert verify_chain(lines)[1] is None


@pytest.mark.parametrize(
    ("fault", "when"), [(fault, when) for fault in FAULTS for when in moments(fault)]
)
def test_a_create_that_goes_wrong_makes_one_database_at_most(
    place: Newcomer, fault: str, when: str
) -> None:
    """Exit 0 only when all is there; what is not answered is never sent again unasked."""
    place.breaks(FaultRule("databases.create", fault, (1,), when=when, retry_after=0))  # type: ignore[arg-type]
    ended = place.init()

    assert len(place.databases) <= 1
    assert "Traceback" not in ended.err
    assert (ended.code == 0) == is_whole(place)
    if ended.code:
        assert ended.code == 1
        assert place.told()[-1] == ("database-create", "unknown")
        assert set(FILES).isdisjoint(place.files())
    follow(place)


def test_a_refusal_to_answer_in_time_is_waited_for(place: Newcomer) -> None:
    """429 says that nothing was done, so the same create goes again and is made once."""
    place.breaks(FaultRule("databases.create", "429", (1, 2, 3), retry_after=0))
    assert place.init().code == 0
    assert is_whole(place)
    assert place.told() == [("database-create", "begun"), ("database-create", "success")]


def test_a_committed_create_is_taken_by_the_id_that_notion_names(place: Newcomer) -> None:
    """No second create and no question: the answer's error has the database's id."""
    place.breaks(FaultRule("databases.create", "503_committed", (1,)))
    ended = place.init()
    assert ended.code == 0, ended.err
    assert is_whole(place)
    assert [status for _, status in place.told()] == ["begun", "unknown", "success"]
    assert place.requests("databases.create") == 1


def test_what_to_look_for_is_said_exactly(place: Newcomer) -> None:
    """The page, the title and both commands that go on."""
    place.breaks(FaultRule("databases.create", "drop", (1,), when="after"))
    first = place.init("--title", "Our modules")
    assert first.code == 1
    assert "not known whether the database was created" in first.err
    assert '"Our modules"' in first.err
    second = place.init()
    assert second.code == 1
    assert re.search(rf"https://\S+{place.page.replace('-', '')}", second.err)
    for word in ('"Our modules"', "init --database ID", "--again"):
        assert word in second.err
    dry = place.init("--dry-run")
    assert dry.code == 1
    assert place.requests("databases.create") == 1


@pytest.mark.parametrize("fault", ["500", "502_html", "drop", "timeout", "truncated", "409"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_properties_are_added_once_whatever_breaks(place: Newcomer, fault: str, when: str) -> None:
    """An update of absolute values is repeated; there is one of each in the end."""
    ids = place.notion.create_database("By hand", {"Module": "title", "Features": "multi_select"})
    place.environ["NOTION_DATABASE_ID"] = ids.database_id
    if fault == "truncated":
        when = "after"
    place.breaks(FaultRule("data_sources.update", fault, (1, 2), when=when))  # type: ignore[arg-type]
    ended = place.run("init")
    assert ended.code == 0, ended.err
    assert is_whole(place)


def test_an_update_that_never_comes_through_is_an_error(place: Newcomer) -> None:
    """Exit 1, in the ledger, no file; healed, the next run completes it."""
    ids = place.notion.create_database("By hand", {"Module": "title"})
    place.environ["NOTION_DATABASE_ID"] = ids.database_id
    place.breaks(FaultRule("data_sources.update", "500", probability=1.0))
    ended = place.run("init", "--max-retries", "1")
    assert ended.code == 1
    assert place.told() == [("database-extend", "error")]
    assert set(FILES).isdisjoint(place.files())
    place.notion.heal()
    assert place.run("init").code == 0
    assert is_whole(place)


def test_an_update_that_was_done_and_never_answered_is_found_done(place: Newcomer) -> None:
    """The database itself says so, although every answer was lost."""
    ids = place.notion.create_database("By hand", {"Module": "title"})
    place.environ["NOTION_DATABASE_ID"] = ids.database_id
    place.breaks(FaultRule("data_sources.update", "500", (1, 2), when="after"))
    ended = place.run("init", "--max-retries", "1")
    assert ended.code == 0, ended.err
    assert place.told() == [("database-extend", "success")]
    assert is_whole(place)


def test_what_notion_accepts_and_does_not_do_is_an_error(place: Newcomer) -> None:
    """A 200 without effect is found by reading back: named first, exit 1."""
    ids = place.notion.create_database("By hand", {"Module": "title"})
    place.environ["NOTION_DATABASE_ID"] = ids.database_id
    place.breaks(FaultRule("data_sources.update", "200_no_effect", probability=1.0))
    ended = place.run("init", "--json")
    assert ended.code == 1
    assert "Property 'Features' is not in the database." in ended.document["unapplied"]
    assert "NOT IN NOTION: Property 'Features'" in ended.err
    place.notion.heal()
    assert place.run("init").code == 0
    assert is_whole(place)


def test_options_that_are_not_added_are_an_error(place: Newcomer) -> None:
    """The properties come, the options do not: exit 1, and the next run adds them."""
    ids = place.notion.create_database("By hand", {"Module": "title", "Features": "multi_select"})
    place.environ["NOTION_DATABASE_ID"] = ids.database_id
    place.breaks(FaultRule("data_sources.update", "500", (2, 3)))
    ended = place.run("init", "--max-retries", "1")
    assert ended.code == 1
    assert "NOT IN NOTION: The options of 'Features'" in ended.out
    assert place.told()[-1] == ("notion-backfill-apply", "error")
    assert place.run("init").code == 0
    assert is_whole(place)


def test_a_database_that_cannot_be_read_back_is_there_for_the_next_run(place: Newcomer) -> None:
    """Its id is in the ledger before it is looked at."""
    place.breaks(FaultRule("databases.retrieve", "500", probability=1.0))
    ended = place.init("--max-retries", "0")
    assert ended.code == 1
    assert "was written and could not be read" in ended.err
    place.notion.heal()
    assert place.init().code == 0
    assert is_whole(place)


def test_a_database_that_is_gone_since_is_made_again_on_demand_only(place: Newcomer) -> None:
    """The ledger's database is in the trash: it is said, and ``--again`` makes another."""
    place.init()
    (place.root / "lukhas-notion.toml").unlink()
    place.notion.trash_database(place.databases[0])
    gone = place.init()
    assert gone.code == 2
    assert "in the trash" in gone.err
    assert "--again" in gone.err
    assert place.init("--again").code == 0
    assert len(place.databases) == 2


# --- killed -------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process has ended."""


class Mortal(Emulator):
    """A Notion whose client dies at a request, before or after it took effect."""

    victim = ""
    after = False

    def transport(self) -> httpx.BaseTransport:
        """Return a transport that kills the sender of the fatal request."""
        return Fatal(self, super().transport())


class Fatal(httpx.BaseTransport):
    """Carries requests, and kills at one of them."""

    def __init__(self, notion: Mortal, inner: httpx.BaseTransport) -> None:
        self._notion = notion
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request, unless it is the fatal one."""
        fatal = f"{request.method} {request.url.path}".startswith(self._notion.victim or "never")
        if fatal and not self._notion.after:
            raise Killed
        answer = self._inner.handle_request(request)
        if fatal:
            raise Killed
        return answer

    def close(self) -> None:
        """Close what carries."""
        self._inner.close()


@pytest.mark.parametrize(
    ("victim", "after"),
    [
        ("GET /v1/pages/", False),
        ("POST /v1/databases", False),
        ("POST /v1/databases", True),
        ("GET /v1/databases/", False),
        ("GET /v1/data_sources/", True),
    ],
)
def test_a_run_that_is_killed_is_taken_up(tmp_path: Path, victim: str, after: bool) -> None:
    """Wherever it dies, the next runs end with one database and every file."""
    place = newcomer(tmp_path / "r", alpha())
    place.notion.close()
    place.notion = mortal = Mortal(requests_per_minute=None)
    mortal.victim, mortal.after = victim, after
    with pytest.raises(Killed):
        place.init()
    mortal.victim = ""
    assert len(place.databases) <= 1
    follow(place)
    place.notion.close()


def test_a_file_that_comes_in_between_stops_it_and_stays(place: Newcomer) -> None:
    """What appeared after the look is not overwritten; the next run goes on from there."""

    def interfere(*_: object) -> None:
        (place.root / "vocab").mkdir()
        (place.root / "vocab/tags.json").write_text('["tier:1"]')

    config = load(Flags(root=str(place.root)), place.environ)
    runtime = Runtime(place.environ, transport=place.notion.transport)
    with pytest.raises(LukhasNotionError, match="not overwritten") as caught:
        Setup(config, runtime, interfere).run(SetupOptions(place.page))
    assert place.databases[0] in caught.value.remedy
    assert (place.root / "vocab/tags.json").read_text() == '["tier:1"]'
    assert place.init().code == 0
    assert is_whole(place)


class FillsTheDisk(httpx.BaseTransport):
    """Carries requests; once one of them is answered, the ledger can hold no byte more."""

    def __init__(self, place: Newcomer, path: str) -> None:
        self.inner = place.notion.transport()
        self.ledger = place.root / "manifests/.ledger/notion_sync.ndjson"
        self.path = path

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, and fill the disk."""
        import resource

        response = self.inner.handle_request(request)
        if request.method in ("POST", "PATCH") and request.url.path.startswith(self.path):
            size = self.ledger.stat().st_size
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        return response


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/v1/databases", "database {}"),
        ("/v1/data_sources", "options of Features"),
        ("/v1/views", "view By Module"),
    ],
)
def test_what_a_full_disk_keeps_off_the_ledger_is_named(
    place: Newcomer, path: str, what: str
) -> None:
    """Every created database and option is named."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    config = load(Flags(root=str(place.root)), place.environ)
    runtime = Runtime(place.environ, transport=lambda: FillsTheDisk(place, path))
    if path == "/v1/data_sources":
        assert place.init().code == 0
        place.notion.remove_option("Features", "search")
        config = load(Flags(root=str(place.root)), place.environ)
    try:
        with pytest.raises(LedgerError) as caught:
            Setup(config, runtime).run(SetupOptions(place.page))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    named = what.format(place.databases[0])
    assert f"Written to Notion, but not recorded in the ledger: {named}." in caught.value.message


def over_http(root: Path, notion: Emulator, url: str) -> tuple[list[str], dict[str, str]]:
    """Return the command that sets up this repository, and its environment."""
    environ = {**os.environ, "NOTION_API_URL": url, "NOTION_TOKEN": notion.token}
    environ.pop("NOTION_DATABASE_ID", None)
    words = ["init", "--parent", notion.root_page_id, "--root", str(root), "--rate-limit", "100"]
    return [*COMMAND, *words], environ


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_process_that_is_killed_at_any_moment_is_taken_up(tmp_path: Path, seed: int) -> None:
    """``kill -9`` over HTTP, at a random moment around the create."""
    place = newcomer(tmp_path / "r", alpha(), latency=0.05)
    with serve(place.notion) as url:
        command, environ = over_http(place.root, place.notion, url)
        running = subprocess.Popen(
            command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: bool(place.notion.requests))
        time.sleep(random.Random(seed).uniform(0, 0.12))
        running.send_signal(signal.SIGKILL)
        running.wait()
    # A server that has ended has done what was under way, and nothing of it comes later.
    assert len(place.databases) <= 1
    follow(place)
    place.notion.close()


def test_two_set_ups_at_once_make_one_database(tmp_path: Path) -> None:
    """The second waits for the first, and completes what that made."""
    place = newcomer(tmp_path / "r", alpha(), latency=0.1)
    with serve(place.notion) as url:
        command, environ = over_http(place.root, place.notion, url)
        both = [
            subprocess.Popen(
                [*command, "--json"],
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        ended = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    documents = [json.loads(out) for out, _ in ended]
    assert sorted(d["creates"] for d in documents) == [False, True]
    assert len({d["database_id"] for d in documents}) == 1
    assert is_whole(place)
    place.notion.close()


@pytest.mark.parametrize("fault", ["drop", "timeout", "truncated", "connect_refused", "503"])
def test_over_http_a_lost_answer_is_a_question_and_no_second_database(
    tmp_path: Path, fault: str
) -> None:
    """With real sockets the same holds as without."""
    when = "before" if fault == "connect_refused" else "after"
    rule = FaultRule("databases.create", fault, (1,), when=when, seconds=0.2)  # type: ignore[arg-type]
    place = newcomer(tmp_path / "r", alpha(), faults=FaultPlan((rule,)))
    with serve(place.notion) as url:
        command, environ = over_http(place.root, place.notion, url)
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert (done.returncode == 0) == is_whole(place)
        assert "Traceback" not in done.stderr
        follow(place)
    place.notion.close()
