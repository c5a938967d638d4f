"""The reference has everything that there is, and nothing that there is not."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.docs import PROJECT
from support.workplace import EXAMPLE, Workplace, workplace

from lukhas_notion.config.config import DEFAULT_PROPERTIES
from lukhas_notion.config.document import key_schema, shape
from lukhas_notion.emulator import FaultPlan
from lukhas_notion.emulator.faults import FAULTS
from lukhas_notion.manifests.json_schema.schema_file import DRAFTS
from lukhas_notion.sync.result import Status
from lukhas_notion.util.read_files import packaged_schema

#: How texts end that are written like a rule and are files or hosts.
OTHERS = (".json", ".cfg", ".html", ".ndjson", ".invalid", ".com", ".org", ".yaml", ".yml")
CODE = [
    path
    for path in (PROJECT / "lukhas_notion").rglob("*.py")
    if "emulator" not in path.relative_to(PROJECT).parts
]
#: Keywords that hand a value on; what fails is then another keyword, inside.
APPLICATORS = {
    *("$ref", "$dynamicRef", "$recursiveRef", "allOf", "dependentSchemas", "if"),
    *("patternProperties", "prefixItems", "properties", "propertyNames"),
}


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """Load docs/generate.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("generate", PROJECT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generator(generate: ModuleType, name: str) -> Any:
    """Return one of the generators' modules."""
    del generate
    return sys.modules[f"generators.{name}"]


def first_cells(page: str) -> list[str]:
    """Return the code in the first cell of each row of a page's tables."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


# --- violations ---------------------------------------------------------------------------------


def test_every_rule_of_the_gates_is_told(generate: ModuleType) -> None:
    """A rule that the code names is in the reference, and the other way round."""
    named = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= set(re.findall(r"\A[a-z]+\.[a-z0-9]+\Z", node.value))
    files = {name for name in named if name.endswith(OTHERS)}
    keywords = {name for draft in DRAFTS.values() for name in draft.keywords}
    schema = {f"schema.{name}" for name in (keywords - APPLICATORS) | {"false"}}
    told = generator(generate, "violations").rules()
    assert set(told) == (named - files) | schema
    assert all(rule["means"] and rule["remedy"] for rule in told.values())


# --- manifest -----------------------------------------------------------------------------------


def test_every_member_of_a_manifest_is_told() -> None:
    """What the packaged schema names is in the table, and what the default mapping reads."""
    named: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            named.update(node.get("properties", {}))
            for each in node.values():
                collect(each)

    collect(json.loads(packaged_schema()))
    told = first_cells("docs/reference/manifest.md")
    assert {pointer.rpartition("/")[2] for pointer in told} == named | {"NAME"}
    read = {p for spec in DEFAULT_PROPERTIES for p in spec.pointers if not p.startswith("@")}
    assert read <= set(told)


# --- configuration ------------------------------------------------------------------------------


def test_every_key_of_the_configuration_is_read(generate: ModuleType) -> None:
    """The tables of keys are made from the schema, and each of its keys is one that code reads."""
    told = generator(generate, "configuration")
    tables = [(name,) for name in shape()["properties"] if name != "properties"]
    paths = [*tables, ("properties", "NAME")]
    keys = {key for path in paths for key in key_schema(path)["properties"]}
    folder = PROJECT / "lukhas_notion" / "config"
    text = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    written = told.keys() + told.property_keys()
    assert {key for key in keys if f"| `{key}` |" not in written} == {"api_url", "token"}
    assert len(keys) > 20
    assert {key for key in keys if f'"{key}"' not in text} == {"api_url", "token"}


def test_every_environment_variable_is_told(generate: ModuleType) -> None:
    """A variable that the code reads by its name, GitHub's own excepted, is in the reference."""
    read = set()
    for path in CODE:
        read |= set(re.findall(r'"(NOTION_[A-Z_]+|LUKHAS_[A-Z_]+)"', path.read_text("utf-8")))
    read |= {f"NOTION_{key}_ID" for key in ("DATABASE", "DATA_SOURCE")}
    told = {name for name, *_ in generator(generate, "configuration").VARIABLES}
    assert read == told - {"GITHUB_TOKEN"}


# --- ledger and plan ----------------------------------------------------------------------------


@pytest.fixture
def eventful(tmp_path: Path) -> Iterator[Workplace]:
    """Make a repository and a Notion where nearly everything has happened once."""
    root = tmp_path / "repository"
    shutil.copytree(EXAMPLE, root)
    place = workplace(root, mapped=True)
    place.commit = lambda _: "c0ffee"
    rules = {"rules": [{"on": "pages.create", "fault": "503", "nth": 3, "when": "after"}]}
    place.notion.break_by(FaultPlan.from_json(rules))
    yield place
    place.notion.close()


def run_through(place: Workplace) -> list[dict[str, Any]]:
    """Live through previews, creates, an update, drift, a conflict, orphans and violations.

    A page gets its record, one comes back from the trash, and one is archived.
    """
    documents = []

    def run(*words: str) -> None:
        documents.append(place.run(*words, "--json").document)

    source = place.source
    run("sync", "--all", "--backfill", "--dry-run")
    run("sync", "--all", "--backfill")
    pages = place.pages()
    place.notion.edit_page(pages["riding.unlock"]["id"], {"Coverage": 50})
    place.notion.create_page(source, {"Module": "sandbox"})
    place.notion.edit_page(pages["sandbox"]["id"], {"Provenance SHA": ""})
    bare = pages["fleet.bike-health"]  # it has no body, which would be written with the record
    place.notion.edit_page(bare["id"], {"Provenance SHA": bare["Provenance SHA"]})
    place.notion.trash_page(pages["riding.trip-planner"]["id"])
    place.notion.archive_page(pages["riding.group-ride"]["id"])
    place.notion.create_page(source, {"Module": "made.by-hand"})
    place.notion.add_option("Tags", "by hand")
    place.edit("riding/trip-end", description="Another.")
    run("sync", "--all")
    run("backfill", "--tags", "--prune", "--apply")
    place.notion.remove_property("Coverage")
    run("sync", "--all", "--add-properties")
    place.edit("riding/trip-planner", description="Another.")
    place.notion.break_by(FaultPlan.from_json({"rules": [failing("pages.update")]}))
    run("sync", "--all", "--dry-run", "--repair-drift")
    run("sync", "--module", "riding.trip-planner", "--max-retries", "0")
    place.notion.break_by(FaultPlan.from_json({"rules": [failing("data_sources.update")]}))
    vocabulary = place.root / "vocab/tags.json"
    vocabulary.write_text(vocabulary.read_text().replace('"tier:3"', '"tier:3", "tier:4"'))
    place.edit("riding/trip-end", tags=["tier:4"])
    run("sync", "--all", "--backfill", "--max-retries", "0")
    run("sync", "--all", "--backfill", "--expect-digest", "0" * 64)
    place.edit("riding/trip-end", tags=["tier:9"])
    run("sync", "--all", "--skip-invalid")
    place.notion.break_by(FaultPlan())
    for number in range(99 - len(place.notion.options("Tags"))):
        place.notion.add_option("Tags", f"by hand {number}")
    vocabulary.write_text(
        vocabulary.read_text().replace('"tier:3"', '"tier:3", "t:7", "t:8", "tier:9"')
    )
    run("sync", "--all", "--backfill")
    shutil.rmtree(place.root / "riding/voice-guide")
    run("sync", "--all", "--archive-removed", "--apply")
    return documents


def set_up(place: Workplace) -> None:
    """Make a database, and complete one that is there."""
    place.notion.remove_property("Coverage")
    assert place.run("init").code == 0
    del place.environ["NOTION_DATABASE_ID"]
    (place.root / "lukhas-notion.toml").unlink()
    assert place.run("init", "--parent", place.notion.root_page_id).code == 0


def failing(kind: str) -> dict[str, Any]:
    """Return a fault that strikes every request of a kind."""
    return {"on": kind, "fault": "500", "probability": 1.0}


def test_every_field_of_the_ledger_is_told(eventful: Workplace) -> None:
    """Fields, actions and statuses of what really is on a ledger are those of the reference."""
    run_through(eventful)
    set_up(eventful)
    records = eventful.ledger()
    told = set(first_cells("docs/reference/ledger.md"))
    fields = {name for record in records for name in record}
    actions = {record["action"] for record in records}
    statuses = {record["status"] for record in records} | {str(each) for each in Status}
    assert fields | actions | statuses == told
    assert {"drift", "conflict", "sha_match", "refused", "invalid", "unknown"} <= statuses


def test_every_key_of_the_plan_is_told(eventful: Workplace) -> None:
    """The keys of the documents that runs really write are those of the reference."""
    documents = run_through(eventful)
    assert json.dumps(documents)
    found = {path for document in documents for path in paths(document)}
    assert found == set(first_cells("docs/reference/plan-file.md"))


def paths(value: Any, at: str = "") -> Iterator[str]:
    """Yield the path of every value that holds no others; names of properties become ``*``."""
    if at == "unapplied[]":
        yield at
    elif isinstance(value, dict):
        named = at == "plan.operations[].properties"
        for key, item in value.items():
            yield from paths(item, f"{at}.{'*' if named else key}".lstrip("."))
    elif isinstance(value, list) and not at.endswith(
        (".before", ".after", ".also", "notices", "unrecorded")
    ):
        for item in value:
            yield from paths(item, f"{at}[]")
    elif not (value is None and at in ("plan", "refusal")):
        yield at


# --- faults -------------------------------------------------------------------------------------


def test_every_fault_is_told() -> None:
    """The page on faults names each that a plan may have."""
    text = (PROJECT / "docs/how-to/rate-limits-and-faults.md").read_text(encoding="utf-8")
    [told] = re.findall(r"^32 modules.* Faults: (.+?)\. ", text, re.MULTILINE)
    assert told == ", ".join(f"`{fault}`" for fault in FAULTS)


# --- comparison ---------------------------------------------------------------------------------


def test_every_feature_that_is_claimed_names_tests_that_exist(generate: ModuleType) -> None:
    """Each ✔ of this tool has a test, by file and name, and each cell begins with a sign."""
    found = generator(generate, "comparison").data()
    assert len(found["feature"]) > 20
    for each in found["feature"]:
        cells = {key: value for key, value in each.items() if key not in ("want", "tests")}
        assert set(cells) - set(found["read"]) == {"ours", *found["tools"]}, each["want"]
        assert all(cell[0] in "✔◐✘–?" for cell in cells.values()), each["want"]
        assert bool(each["tests"]) or each["ours"][0] != "✔", each["want"]
        for test in each["tests"]:
            path, _, name = test.partition("::")
            assert f"def {name}(" in (PROJECT / path).read_text(encoding="utf-8"), test
