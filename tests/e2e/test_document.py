"""The document of the original scripts, line by line, on a repository like its own.

What each line says, and which test checks it, is in ``docs/data/document.toml``; the migration
guide's table is made from the same list.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.workplace import Ended, Workplace, workplace

from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.manifests.manifest import Manifest, read_manifest

PROJECT = Path(__file__).resolve().parents[2]
LINES: list[dict[str, Any]] = tomllib.loads(
    (PROJECT / "docs/data/document.toml").read_text(encoding="utf-8")
)["line"]
REPORT = "reports/notion_sync_report.md"
GUIDE = "docs/how-to/migrate-from-the-scripts.md"
LEDGER = "manifests/.ledger/notion_sync.ndjson"

#: Enrichment writes beside it what it does not know.
STRICT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["schema_version", "module", "description"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"type": "string"},
        "module": {"type": "string"},
        "description": {"type": "string", "minLength": 10},
        "testing": {"type": "object"},
        "performance": {"type": "object"},
    },
}
FEATURES = {
    "consciousness.theory": {"synonyms": ["theory of mind", "recall"]},
    # "recall" stands twice: nobody can say which of the two it means.
    "memory.fold": {"synonyms": ["fold", "recall"]},
    "identity.lambda-id": {"synonyms": []},
    "guardian.ethics": {"synonyms": ["ethics"]},
}
TAGS = {"allowed": ["lane:production", "lane:candidate", "tier:1"]}
MODULES = {
    "consciousness": ["consciousness.theory", "memory.fold"],
    "memory": ["memory.fold"],
    "identity": ["identity.lambda-id"],
}


def enriched(name: str, features: list[str]) -> dict[str, Any]:
    """Return a manifest as enrichment leaves it behind."""
    return {
        "schema_version": "1.0.0",
        "module": name,
        "description": f"What {name} does, in some words.",
        "features": features,
        "tags": ["lane:production", "tier:1"],
        "apis": {f"{name.title()}Core": {"module": f"lukhas.{name}", "import_verified": True}},
        "performance": {"sla_targets": {"latency_p95_ms": 250}},
        "testing": {"coverage_observed": 85.5},
        "_provenance": {"features": {"extracted_at": "2025-10-03T12:00:00Z", "confidence": 0.9}},
    }


def repository(root: Path) -> Workplace:
    """Return a repository like the document's own, before a database as the document wants it."""
    (root / "vocab").mkdir(parents=True)
    (root / "schemas").mkdir()
    (root / "vocab/features.json").write_text(json.dumps(FEATURES), encoding="utf-8")
    (root / "vocab/tags.json").write_text(json.dumps(TAGS), encoding="utf-8")
    (root / "schemas/module.manifest.schema.json").write_text(json.dumps(STRICT), encoding="utf-8")
    place = workplace(root)
    place.commit = lambda _: "c0ffee"
    for name, features in MODULES.items():
        place.write(name, enriched(name, features))
    return place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """Make the repository, with nothing in Notion yet."""
    made = repository(tmp_path / "repository")
    yield made
    made.notion.close()


@pytest.fixture
def synced(place: Workplace) -> Workplace:
    """Make the repository after the document's initial setup."""
    for words in ("backfill --features --tags --apply", "sync --all"):
        assert run(place, words).code == 0
    return place


def run(place: Workplace, words: str, *more: str) -> Ended:
    """Run a command as the document writes it."""
    return place.run(*shlex.split(words), *more)


@dataclass(frozen=True)
class Step:
    """One command of the document, and what it left behind."""

    ended: Ended
    wrote: int
    records: list[dict[str, Any]]
    options: dict[str, str]
    pages: dict[str, dict[str, Any]]
    report: str


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Step]]:
    """Run every command of the document in its order and return what each left behind."""
    place = repository(tmp_path_factory.mktemp("document") / "repository")
    place.notion.add_option("Features", "by hand", "pink")
    steps: dict[str, Step] = {}
    for line in LINES:
        if (words := line.get("command")) is None:
            continue
        writes, records = place.writes, len(place.ledger())
        ended = run(place, words)
        report = place.root / REPORT
        steps[words] = Step(
            ended,
            place.writes - writes,
            place.ledger()[records:],
            place.notion.options("Features"),
            place.pages(),
            report.read_text(encoding="utf-8") if report.exists() else "",
        )
    yield steps
    place.notion.close()


def with_new_name(place: Workplace) -> None:
    """Add a name to the vocabulary and use it, as one pull request does."""
    named = {**FEATURES, "brand.new": {"synonyms": []}}
    (place.root / "vocab/features.json").write_text(json.dumps(named), encoding="utf-8")
    place.edit("memory", features=["memory.fold", "brand.new"])


# --- the list -----------------------------------------------------------------------------------


def test_every_line_has_its_test_and_every_test_its_line() -> None:
    """The list that the guide is made from names just the tests that are here."""
    named = {f"test_{line['test']}" for line in LINES}
    about_the_list = {
        "test_every_line_has_its_test_and_every_test_its_line",
        "test_every_line_is_in_the_document",
        "test_every_command_of_the_document_succeeds",
        "test_the_guide_has_the_list",
    }
    assert named | about_the_list == {name for name in globals() if name.startswith("test_")}


def test_every_line_is_in_the_document() -> None:
    """What is quoted are the document's own words."""
    document = PROJECT.parent / "shared/notion-sync-original.md"
    if not document.exists():
        pytest.skip("the document is not beside this checkout")

    def plain(text: str) -> str:
        return re.sub(r"[\W_]+", " ", text).casefold()

    whole = plain(document.read_text(encoding="utf-8"))
    missing = [
        line["said"] for line in LINES if not all(plain(p) in whole for p in parts(line["said"]))
    ]
    assert missing == []


def parts(said: str) -> list[str]:
    """Return what belongs together in the document; names that it lists one by one are separate."""
    return re.split(r"(?<=[A-Z]), |\", \"|: (?=Tags)", said)


def test_every_command_of_the_document_succeeds(story: dict[str, Step]) -> None:
    """In its order, each command ends with 0."""
    assert {words: step.ended.code for words, step in story.items()} == dict.fromkeys(story, 0), [
        step.ended.out + step.ended.err for step in story.values() if step.ended.code
    ]


def test_the_guide_has_the_list() -> None:
    """The migration guide has every line."""
    guide = (PROJECT / GUIDE).read_text(encoding="utf-8")
    assert [line["said"] for line in LINES if f"`{line['said']}`" not in guide] == []


# --- backfill -----------------------------------------------------------------------------------


def test_backfill_is_a_dry_run_by_default(story: dict[str, Step]) -> None:
    """Without ``--apply`` it says what would be added; nothing is written, on no ledger either."""
    step = story["backfill --features --tags"]
    assert "option   Features + consciousness.theory" in step.ended.out
    assert re.search(r"^option   Tags \+ .*tier:1 ", step.ended.out, re.MULTILINE)
    assert (step.wrote, step.records) == (0, [])
    assert list(step.options) == ["by hand"]


def test_backfill_adds_what_is_missing(story: dict[str, Step]) -> None:
    """With ``--apply`` every name is an option, and what people added stays."""
    step = story["backfill --features --tags --apply"]
    assert list(step.options) == ["by hand", *FEATURES]
    assert step.options["by hand"] == "pink"


def test_prune_removes_only_with_its_flag(story: dict[str, Step]) -> None:
    """An option outside the vocabulary goes with ``--prune --apply``, and not before."""
    assert "by hand" in story["backfill --features --tags --apply"].options
    assert list(story["backfill --features --prune --apply"].options) == list(FEATURES)


def test_colors_are_stable(place: Workplace, tmp_path: Path) -> None:
    """Two databases get the same colours for the same names, and none is left uncoloured."""
    assert run(place, "backfill --features --apply").code == 0
    colors = place.notion.options("Features")
    other = repository(tmp_path / "other")
    assert run(other, "backfill --features --apply").code == 0

    assert other.notion.options("Features") == colors
    assert "default" not in colors.values()
    other.notion.close()


# --- sync ---------------------------------------------------------------------------------------


def test_sync_previews_with_a_diff(story: dict[str, Step], synced: Workplace) -> None:
    """A dry run shows each module, and of a change both values; it writes nothing at all."""
    step = story["sync --all --dry-run"]
    assert all(f"create   {name}" in step.ended.out for name in MODULES)
    assert (step.wrote, step.records, step.pages) == (0, [], {})

    synced.edit("memory", testing={"coverage_observed": 91})
    assert "Coverage: 85.5 → 91" in run(synced, "sync --all --dry-run").out


def test_one_module_is_synced_alone(story: dict[str, Step]) -> None:
    """Only the named module's page is written."""
    step = story["sync --module consciousness"]
    assert list(step.pages) == ["consciousness"]
    assert step.wrote == 1


def test_the_report_has_the_lines_of_the_document(story: dict[str, Step]) -> None:
    """Title, moment, summary and details stand there as the document shows them."""
    step = story["sync --all --report-md"]
    lines = step.report.splitlines()
    assert lines[0] == "# 🔄 Notion Sync Report"
    assert re.fullmatch(r"_Generated \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00_", lines[1])
    summary = lines.index("## Summary")
    counts = [line for line in lines[summary:] if line.startswith("- **")]
    assert counts[:3] == ["- **Created**: 2", "- **Updated**: 0", "- **Skipped**: 1"]
    details = lines[lines.index("## Details") :]
    shas = {name: page["Provenance SHA"][:8] for name, page in step.pages.items()}
    assert summary < lines.index("## Details")
    assert f"- `consciousness` → skip(sha-match) (sha:{shas['consciousness']})" in details
    for name in ("identity", "memory"):
        assert f"- `{name}` → create (sha:{shas[name]})" in details


def test_an_unchanged_manifest_is_a_no_op(synced: Workplace) -> None:
    """What matches is skipped: no write is sent, and of a change only what differs."""
    writes = synced.writes
    assert "3 unchanged" in run(synced, "sync --all").out
    assert synced.writes == writes

    synced.edit("memory", testing={"coverage_observed": 91})
    assert run(synced, "sync --all").code == 0
    (patch,) = [r for r in synced.notion.requests if r.kind == "pages.update"]
    assert isinstance(patch.body, dict)
    assert sorted(patch.body["properties"]) == ["Coverage", "Provenance SHA", "Updated At"]


# --- settings and database ------------------------------------------------------------------------


def test_the_settings_are_the_same(place: Workplace) -> None:
    """The three variables are what a run needs, and a token of the older kind is taken."""
    place.notion.token = place.environ["NOTION_TOKEN"] = "secret_" + "a1B2" * 10
    assert set(place.environ) == {"NOTION_TOKEN", "NOTION_DATABASE_ID", "NOTION_RATE_LIMIT"}
    assert run(place, "sync --all --backfill").code == 0


def test_a_reduced_rate_is_kept(place: Workplace) -> None:
    """With 2 a second no second sees a burst; with the default a short run does not wait."""
    clock = FakeClock()
    place.clock = clock
    del place.environ["NOTION_RATE_LIMIT"]
    assert run(place, "sync --all --backfill").code == 0
    assert sum(clock.waits) == 0
    place.environ["NOTION_RATE_LIMIT"] = "2"
    before, begun = len(place.notion.requests), clock.monotonic()
    for name in MODULES:
        place.edit(name, testing={"coverage_observed": 50})
    assert run(place, "sync --all").code == 0

    sent = len(place.notion.requests) - before
    assert clock.monotonic() - begun >= (sent - 1) / 2


def test_every_property_is_written(story: dict[str, Step]) -> None:
    """The page has a value for each of the document's properties."""
    page = story["sync --module consciousness"].pages["consciousness"]
    assert page["Module"] == "consciousness"
    assert page["Description"] == "What consciousness does, in some words."
    assert page["Features"] == ["consciousness.theory", "memory.fold"]
    assert "ConsciousnessCore" in page["APIs"]
    assert (page["SLA p95"], page["Coverage"]) == (250, 85.5)
    assert re.fullmatch(r"[0-9a-f]{64}", page["Provenance SHA"])
    assert page["Updated At"]


def test_tags_are_optional(place: Workplace) -> None:
    """With the property tags are written; without it everything else is, and it is said."""
    assert run(place, "sync --module memory --backfill").code == 0
    assert place.pages()["memory"]["Tags"] == ["lane:production", "tier:1"]
    place.notion.remove_property("Tags")

    ended = run(place, "sync --all --backfill")

    assert ended.code == 0
    assert "no property 'Tags'" in ended.out
    assert sorted(place.pages()) == sorted(MODULES)


def test_the_id_is_in_the_link(place: Workplace) -> None:
    """The link that Notion copies is taken for the id in it."""
    bare = place.environ["NOTION_DATABASE_ID"].replace("-", "")
    place.environ["NOTION_DATABASE_ID"] = f"https://notion.so/work/{bare}?v=0123"
    assert run(place, "sync --all --backfill").code == 0


# --- workflow -----------------------------------------------------------------------------------


def test_the_initial_setup_ends_in_sync(place: Workplace) -> None:
    """The document's four steps leave nothing to do."""
    for words in (
        "backfill --features --tags",
        "backfill --features --tags --apply",
        "sync --all --dry-run",
        "sync --all",
    ):
        assert run(place, words).code == 0
    writes = place.writes

    again = run(place, "sync --all")

    assert again.code == 0
    assert f"{len(MODULES)} unchanged" in again.out
    assert place.writes == writes


def test_the_ongoing_sync_carries_a_new_name(synced: Workplace) -> None:
    """After an enrichment and a vocabulary's update the two commands bring it to Notion."""
    with_new_name(synced)
    assert run(synced, "backfill --features --tags --apply").code == 0
    assert run(synced, "sync --all").code == 0
    assert synced.pages()["memory"]["Features"] == ["memory.fold", "brand.new"]


def test_a_pull_request_with_a_new_name_has_a_preview(synced: Workplace) -> None:
    """The document's workflow, as the guide has it, ends green and writes its report."""
    with_new_name(synced)
    writes = synced.writes
    guide = (PROJECT / GUIDE).read_text(encoding="utf-8")
    commands = re.findall(r"^ +run: lukhas-notion (.+)$", guide, re.MULTILINE)
    assert commands == ["backfill --features --tags", "sync --all --dry-run --report-md"]

    backfill, preview = (run(synced, words) for words in commands)

    assert (backfill.code, preview.code) == (0, 0)
    assert "option   Features + brand.new" in backfill.out
    needed = "needs a backfill first: `lukhas-notion backfill --features --apply`"
    assert needed in preview.out
    report = (synced.root / REPORT).read_text(encoding="utf-8")
    assert needed in report
    assert "- `memory` → update" in report
    assert synced.writes == writes


# --- guarantees -----------------------------------------------------------------------------------


def test_every_page_carries_its_sha(synced: Workplace) -> None:
    """It is the SHA of the manifest's content, which a new time of extraction does not change."""
    for name in MODULES:
        manifest = read_manifest(synced.root, f"{name}/module.manifest.json")
        assert isinstance(manifest, Manifest)
        assert synced.pages()[name]["Provenance SHA"] == manifest.sha
    synced.edit("memory", _provenance={"features": {"extracted_at": "2026-01-01T00:00:00Z"}})
    changed = run(synced, "sync --all --dry-run")
    assert "confidence" not in changed.out
    synced.edit(
        "memory",
        _provenance={"features": {"extracted_at": "2026-01-01T00:00:00Z", "confidence": 0.9}},
    )
    assert f"{len(MODULES)} unchanged" in run(synced, "sync --all --dry-run").out


def test_the_ledger_tracks_every_attempt(synced: Workplace) -> None:
    """One that was refused, one that failed and one that left a manifest out are there."""
    before = len(synced.ledger())
    synced.edit("memory", features=["free text"])
    assert run(synced, "sync --all").code == 1
    assert run(synced, "sync --all --skip-invalid").code == 1
    synced.environ["NOTION_TOKEN"] = "ntn_" + "another" * 6
    assert run(synced, "sync --module identity").code == 2

    records = synced.ledger()[before:]
    assert [(r["action"], r["status"]) for r in records] == [
        ("run", "refused"),
        ("skip", "invalid"),
        ("skip", "sha_match"),
        ("skip", "sha_match"),
        ("run", "error"),
        ("run", "error"),
    ]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$", r["ts"]) for r in records)


def test_the_audit_trail_is_in_the_ledger(synced: Workplace) -> None:
    """It is where the document says, older lines stay, and a broken chain is reported."""
    file = synced.root / LEDGER
    # A ledger of the scripts, whose lines are not chained, goes on.
    file.write_text('{"ts": "2025-10-03T12:35:01.234567+00:00", "action": "create"}\n')
    assert run(synced, "sync --all").code == 0
    lines = file.read_bytes()
    assert b"12:35:01" in lines
    assert run(synced, "ledger verify").code == 0
    assert run(synced, "sync --all").code == 0
    assert file.read_bytes().startswith(lines)
    file.write_bytes(file.read_bytes().replace(b'"memory"', b'"memorx"', 1))

    ended = run(synced, "sync --all")

    assert ended.code == 0
    assert "chain is broken" in ended.out
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name]


def test_a_run_that_broke_can_be_run_again(place: Workplace) -> None:
    """Finished changes are found: in the end there is one page per module."""
    assert run(place, "backfill --features --tags --apply").code == 0
    place.notion.break_by(
        FaultPlan((FaultRule("pages.create", "500", nth=(1, 2), when="after"),), 0.0, 1)
    )
    run(place, "sync --all --max-retries 0")
    place.notion.heal()

    assert run(place, "sync --all").code == 0
    assert sorted(str(page["Module"]) for page in place.notion.pages()) == sorted(MODULES)


def test_a_schema_violation_stops_the_sync(synced: Workplace) -> None:
    """Every violation begins with the document's text, and nothing is sent."""
    synced.edit("memory", description="short", module=None)
    synced.edit("identity", testing={"coverage_observed": 1})
    sent = len(synced.notion.requests)

    ended = run(synced, "sync --all --report-md")

    assert ended.code == 1
    said = [line for line in ended.out.splitlines() if "Schema validation failed: " in line]
    assert len(said) == 2
    assert all(line.startswith("memory/module.manifest.json:") for line in said)
    assert len(synced.notion.requests) == sent
    assert "Schema validation failed: " in (synced.root / REPORT).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["features", "tags"])
def test_an_unknown_name_stops_the_sync(synced: Workplace, name: str) -> None:
    """A feature or tag outside the vocabulary is refused; so it is without the vocabulary."""
    synced.edit("memory", **{name: ["free text"]})
    writes = synced.writes
    assert run(synced, "sync --all").code == 1
    assert run(synced, "validate --all").code == 1
    (synced.root / f"vocab/{name}.json").unlink()
    assert run(synced, "sync --all").code == 1
    assert synced.writes == writes


def test_what_takes_away_is_a_dry_run_by_default(synced: Workplace) -> None:
    """Neither options nor pages go without ``--apply``, and what would go is shown."""
    synced.notion.add_option("Features", "stale")
    shown = run(synced, "backfill --features --prune")
    assert "Features − stale" in shown.out
    assert "stale" in synced.notion.options("Features")
    shutil.rmtree(synced.root / "memory")

    ended = run(synced, "sync --all --archive-removed")

    assert ended.code == 0
    assert "1 to move to the trash" in ended.out
    assert "--apply" in ended.out
    assert "memory" in synced.pages()
    assert run(synced, "sync --all --archive-removed --apply --force 1").code == 0
    assert "memory" not in synced.pages()


def test_no_failure_is_silent(synced: Workplace) -> None:
    """A write that fails is in the ledger, is first in the report, and makes the exit code 1."""
    synced.edit("memory", testing={"coverage_observed": 91})
    synced.notion.break_by(FaultPlan((FaultRule("pages.update", "500", probability=1.0),)))

    ended = run(synced, "sync --all --report-md --max-retries 0")

    assert ended.code == 1
    assert synced.ledger()[-1]["status"] == "error"
    report = (synced.root / REPORT).read_text(encoding="utf-8")
    assert report.index("## ❌ Not applied (1)") < report.index("## Summary")


def test_options_are_the_vocabulary(synced: Workplace) -> None:
    """After the backfill they are the same, and any other option is reported."""
    assert list(synced.notion.options("Features")) == list(FEATURES)
    assert list(synced.notion.options("Tags")) == TAGS["allowed"]
    synced.notion.add_option("Tags", "stray")
    found = run(synced, "verify")
    assert found.code == 1
    assert "stray" in found.out


def test_free_text_is_not_written_even_if_notion_has_it(synced: Workplace) -> None:
    """An option that somebody made by hand opens no way around the vocabulary."""
    synced.notion.add_option("Features", "free text")
    synced.edit("memory", features=["free text"])
    assert run(synced, "sync --all").code == 1
    assert synced.pages()["memory"]["Features"] == ["memory.fold"]


def test_an_option_that_notion_lacks_stops_the_sync(synced: Workplace) -> None:
    """The text of the document is there; its remedy is a command, after which the sync works."""
    synced.notion.remove_option("Features", "consciousness.theory")
    synced.edit("consciousness", testing={"coverage_observed": 91})
    writes = synced.writes

    ended = run(synced, "sync --all --report-md")

    assert ended.code == 1
    assert "Option 'consciousness.theory' does not exist" in ended.out
    assert synced.writes == writes
    report = (synced.root / REPORT).read_text(encoding="utf-8")
    assert "Run `lukhas-notion backfill --features --apply` first" in report
    found = re.search(r"`lukhas-notion (backfill [^`]+)`", ended.out)
    assert found is not None
    assert run(synced, found[1]).code == 0
    assert run(synced, "sync --all").code == 0


# --- ledger ---------------------------------------------------------------------------------------


def test_the_ledger_has_a_backfills_record(story: dict[str, Step]) -> None:
    """The document's fields, one record a property."""
    *records, _ = story["backfill --features --tags --apply"].records
    assert [r["properties"] for r in records] == [["Features"], ["Tags"]]
    for record in records:
        assert list(record)[:5] == ["ts", "action", "properties", "status", "total_options"]
        assert record["action"] == "notion-backfill-apply"
        assert record["status"] == "success"
    assert [r["total_options"] for r in records] == [len(FEATURES) + 1, len(TAGS["allowed"])]


def test_the_ledger_has_a_creates_record(story: dict[str, Step]) -> None:
    """The document's fields in its order, with the page's id and SHA."""
    step = story["sync --module consciousness"]
    record, _ = step.records
    page = step.pages["consciousness"]
    assert list(record)[:6] == ["ts", "module", "page_id", "sha", "action", "status"]
    assert list(record.values())[1:6] == [
        "consciousness",
        page["id"],
        page["Provenance SHA"],
        "create",
        "success",
    ]


def test_the_ledger_has_a_skips_record(story: dict[str, Step]) -> None:
    """A page that is left alone is recorded when that is first seen of its SHA."""
    step = story["sync --all --report-md"]
    (record,) = (r for r in step.records if r.get("module") == "consciousness")
    assert (record["action"], record["status"]) == ("skip", "sha_match")
    assert record["sha"] == step.pages["consciousness"]["Provenance SHA"]


# --- troubleshooting ------------------------------------------------------------------------------


def test_a_missing_property_is_named(synced: Workplace) -> None:
    """The text of the document, in console and report; nothing is written."""
    synced.notion.remove_property("Features")
    synced.edit("memory", testing={"coverage_observed": 91})
    writes = synced.writes

    ended = run(synced, "sync --all --report-md")

    assert ended.code == 2
    assert "Property 'Features' not found in database" in ended.err
    assert "Property 'Features' not found in database" in (synced.root / REPORT).read_text("utf-8")
    assert synced.writes == writes


def test_a_429_that_does_not_end_names_the_setting(synced: Workplace) -> None:
    """The text of the document and its remedy, with which the next run succeeds."""
    synced.clock = FakeClock()
    synced.notion.break_by(FaultPlan((FaultRule("any", "429", probability=1.0),)))
    sent = len(synced.notion.requests)

    ended = run(synced, "sync --all --max-retries 3")

    assert ended.code == 1
    assert "429 Too Many Requests" in ended.err
    assert "NOTION_RATE_LIMIT=2" in ended.err
    assert len(synced.notion.requests) - sent == 1 + 3
    synced.notion.heal()
    synced.environ["NOTION_RATE_LIMIT"] = "2"
    assert run(synced, "sync --all").code == 0


def test_validate_needs_no_notion(story: dict[str, Step], place: Workplace) -> None:
    """Schema and vocabularies are checked without a token."""
    validated = story["validate --all"].ended.out
    assert "no violations" in validated
    assert 'the synonym "recall" is ignored' in validated
    place.environ.clear()
    assert run(place, "validate --all").code == 0
    assert place.notion.requests == []


def test_enriched_manifests_pass_a_strict_schema(place: Workplace) -> None:
    """What the mapping reads is known, whatever the schema lists; anything else is not."""
    assert run(place, "validate --all").code == 0
    place.edit("memory", surprise=1)
    refused = run(place, "validate --all")
    assert refused.code == 1
    assert "surprise" in refused.out
    assert "1 violation in 1 file" in refused.out
