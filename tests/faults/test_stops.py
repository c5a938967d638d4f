"""Runs that end before their work does: deadline, signal, a failure that is the same for all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.faults import FEATURES, Scene, manifest
from support.threads import wait_until
from support.workplace import Workplace

from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import (
    Emulator,
    FaultPlan,
    FaultRule,
    default_database,
    serve,
)
from lukhas_notion.ledger.file import verify_chain
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report import markdown
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import Outcome
from lukhas_notion.sync.run import Run, RunObserver
from lukhas_notion.util.errors import LedgerError, RunStopped
from lukhas_notion.util.runtime import Runtime


def many(scene: Scene, count: int) -> None:
    """Lay out so many new modules before a database that has the options."""
    scene.options_by_hand()
    for number in range(count):
        scene.write(f"m{number:02}", number)


def test_what_is_undone_at_the_deadline_is_named(tmp_path: Path) -> None:
    """At the deadline nothing more is sent; the rest is named, and the exit code is 1."""
    scene = Scene(tmp_path / "r", FaultPlan())
    many(scene, 20)

    ended = scene.sync(rate_limit=0.1, deadline=90.0)

    assert ended.code == 1
    assert ended.result is not None
    assert 0 < len(ended.result.failures) < 20
    assert {str(o.status) for o in ended.result.failures} == {"not_attempted"}
    assert scene.broken_promises(ended) == []
    assert scene.after_healing() == []
    scene.close()


@pytest.mark.parametrize("fault", ["connect_refused", "429", "503"])
def test_the_failure_that_used_up_the_deadline_is_named_first(tmp_path: Path, fault: str) -> None:
    """In the error and in the ledger: raising the deadline would help nobody."""
    rule = FaultRule("any", fault, probability=1.0)
    scene = Scene(tmp_path / "r", FaultPlan((rule,)))
    many(scene, 2)

    ended = scene.sync(deadline=5.0)

    assert ended.code == 1
    assert isinstance(ended.error, RunStopped)
    said = ended.error.message
    assert said.index("GET /v1/databases/") < said.index("eadline")
    file = scene.root / "manifests/.ledger/notion_sync.ndjson"
    (record,) = (json.loads(line) for line in file.read_bytes().splitlines())
    assert (record["action"], record["status"], record["reason"]) == ("run", "error", "stopped")
    assert record["error"] == said
    scene.close()


def test_a_revoked_token_stops_the_run_after_the_first(tmp_path: Path) -> None:
    """A failure that every other change would meet too is met once."""
    scene = Scene(tmp_path / "r", FaultPlan())
    many(scene, 10)

    class Revoke(RunObserver):
        """Takes the token away after the first page."""

        def outcome(self, outcome: Outcome) -> None:
            """Revoke it."""
            scene.notion.token = "another"

    config = load(Flags(root=str(scene.root), concurrency=1), scene.environ)
    runtime = Runtime(scene.environ, clock=scene.clock, transport=scene.notion.transport)
    result = Run(config, runtime, Revoke()).sync(SyncOptions())

    statuses = [str(o.status) for o in result.result.outcomes] if result.result else []
    assert statuses == ["success", "error", *["not_attempted"] * 8]
    assert result.exit_code == 1
    scene.close()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_a_signal_finishes_what_is_in_flight_and_writes_it_down(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """A cancelled run leaves ledger and report behind, and exits with the signal's own code."""
    (tmp_path / "vocab").mkdir()
    (tmp_path / "vocab/features.json").write_text(json.dumps(list(FEATURES)))
    (tmp_path / "vocab/tags.json").write_text(json.dumps(["tier:1"]))
    for n in range(300):  # fifteen seconds' work, of which some is left at the signal
        (tmp_path / f"m{n}").mkdir()
        (tmp_path / f"m{n}/module.manifest.json").write_text(json.dumps(manifest(f"m{n}", n)))
    notion = Emulator(latency=0.1, requests_per_minute=None)
    ids = default_database(notion)
    with serve(notion) as url:
        environ = {
            **os.environ,
            "NOTION_API_URL": url,
            "NOTION_TOKEN": notion.token,
            "NOTION_DATABASE_ID": ids.database_id,
            "NOTION_RATE_LIMIT": "100",
        }
        words = ["sync", "--all", "--backfill", "--report-md", "--concurrency", "2"]
        running = subprocess.Popen(
            [sys.executable, "-m", "lukhas_notion", *words],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wait_until(lambda: notion.count("pages.create") >= 3)
        assert running.poll() is None
        running.send_signal(number)
        out, _ = running.communicate(timeout=120)

    assert running.returncode == code, out
    assert "Traceback" not in out
    assert "NOT APPLIED" in out
    report = (tmp_path / "reports/notion_sync_report.md").read_text(encoding="utf-8")
    assert "not attempted" in report
    lines = (tmp_path / "manifests/.ledger/notion_sync.ndjson").read_bytes().splitlines(True)
    assert verify_chain(lines)[1] is None
    done = [r for r in map(json.loads, lines) if r.get("status") == "success" and "module" in r]
    assert len(done) == len(notion.pages())
    notion.close()


def test_an_invalid_cursor_restarts_the_scan(tmp_path: Path) -> None:
    """When Notion forgets a cursor, no page is missed and none is read twice."""
    scene = Scene(
        tmp_path / "r", FaultPlan((FaultRule("data_sources.query", "invalid_cursor", (1,)),))
    )
    many(scene, 3)
    scene.seed_pages(["m00"])
    for number in range(230):
        scene.notion.create_page(scene.source, {"Module": f"other {number}"})
    scene.settle()

    ended = scene.sync()

    assert [i.rule.fault for i in scene.notion.injected] == ["invalid_cursor"]
    assert ended.code == 0
    assert ended.result is not None
    assert ended.result.plan is not None
    assert len([c for c in ended.result.plan.changes if c.kind == "unmanaged"]) == 230
    assert scene.after_healing() == []
    scene.close()


def test_more_pages_than_one_query_gives_are_read_in_windows(tmp_path: Path) -> None:
    """Past Notion's cap on a query the scan goes on by time of creation, without a gap."""
    notion = Emulator(query_cap=100, requests_per_minute=None, clock=(clock := _Minutes()))
    ids = default_database(notion)
    for number in range(450):
        if number % 50 == 0:
            clock.minutes += 1
        notion.create_page(ids.data_source_id, {"Module": f"page {number}"})
    (tmp_path / "a").mkdir()
    (tmp_path / "a/module.manifest.json").write_text(json.dumps({"module": "page 449"}))
    place = Workplace(
        tmp_path,
        notion,
        {"NOTION_TOKEN": notion.token, "NOTION_DATABASE_ID": ids.database_id},
    )

    ended = place.run("sync", "--all", "--dry-run", "--json")

    assert ended.code == 0, ended.err
    assert ended.document["summary"]["orphans"] == 449
    assert ended.document["summary"]["updated"] == 1
    notion.close()


class _Minutes:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.minutes = 0

    def monotonic(self) -> float:
        """Return the minutes as seconds."""
        return self.minutes * 60.0

    def now(self) -> object:
        """Return a day, and the minutes."""
        from datetime import UTC, datetime, timedelta

        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=self.minutes)


def test_the_tokens_are_nowhere(tmp_path: Path) -> None:
    """No output, report or ledger has a token after any failure, also at debug level."""
    secret = "ntn_the_secret_of_this_test"
    notion = Emulator(
        token=secret,
        requests_per_minute=None,
        faults=FaultPlan(
            (
                FaultRule("pages.create", "500", (1,)),
                FaultRule("pages.create", "drop", (2,)),
                FaultRule("data_sources.query", "502_html", (1,)),
            )
        ),
    )
    ids = default_database(notion)
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        text = json.dumps({"module": f"{name} {secret}", "description": secret})
        (tmp_path / name / "module.manifest.json").write_text(text)
    place = Workplace(
        tmp_path,
        notion,
        {
            "NOTION_TOKEN": secret,
            "GITHUB_TOKEN": "ghs_another_secret",
            "NOTION_DATABASE_ID": ids.database_id,
            "NOTION_RATE_LIMIT": "100",
        },
    )
    said = ""
    for words in (
        ("sync", "--all", "--debug", "--report-md", "--report-json", str(tmp_path / "r.json")),
        ("sync", "--all", "--debug", "--json"),
        ("sync", "--all", "--database", "0" * 32, "--debug"),
        ("validate", "--all", "--debug"),
    ):
        ended = place.run(*words)
        said += ended.out + ended.err
    files = (tmp_path / "r.json", *tmp_path.glob("reports/*.md"), *tmp_path.glob("**/*.ndjson"))
    assert len(files) == 3
    said += "".join(file.read_text(encoding="utf-8") for file in files)

    assert secret not in said
    assert "ghs_another_secret" not in said
    assert "***" in said
    notion.close()


def test_a_fault_plan_that_cannot_be_used_is_a_clear_error(small_root: Path) -> None:
    """A fault plan with an unknown fault exits 2 and names it."""
    plan = small_root / "plan.json"
    plan.write_text(json.dumps({"rules": [{"on": "pages.create", "fault": "boom", "nth": 1}]}))

    done = subprocess.run(
        [sys.executable, "-m", "lukhas_notion", "emulator", "--faults", str(plan)],
        cwd=small_root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "boom" in done.stderr


@pytest.fixture
def small_root(tmp_path: Path) -> Path:
    """Return an empty repository."""
    return tmp_path


def test_a_ledger_whose_disk_fills_ends_the_run_with_sums_that_add_up(tmp_path: Path) -> None:
    """Pages, outcomes and ledger agree, and what only Notion has is named."""
    resource = pytest.importorskip("resource")
    scene = Scene(tmp_path / "r", FaultPlan())
    many(scene, 60)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, limits[1]))
    try:
        ended = scene.sync()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    run = ended.result
    assert run is not None
    assert isinstance(run.stopped, LedgerError)
    assert (run.exit_code, run.verdict().reason) == (1, "ledger")
    pages = {str(page["Module"]) for page in scene.notion.pages()}
    created = run.done(ChangeKind.CREATE)
    assert 0 < created == len(pages) < 60
    assert created + len(run.failures) == run.planned == 60
    assert run.unapplied == len(run.failures)
    file = scene.root / "manifests/.ledger/notion_sync.ndjson"
    with file.open("rb") as lines:
        assert verify_chain(lines)[1] is None
    records = [json.loads(line) for line in file.read_bytes().splitlines()]
    recorded = {r["module"] for r in records if r["status"] == "success" and "module" in r}
    assert pages - recorded == set(run.unrecorded) != set()
    text = markdown.render(run)
    assert "cannot be written" in text
    assert all(f"`{name}`" in text for name in (*run.unrecorded, *scene.wanted))
    assert scene.after_healing() == []
    scene.close()
