"""What the tests of the core share: a mapping, manifests, pages and a schema, made in one line."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lukhas_notion.config.config import DEFAULT_PROPERTIES
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.document import documents_of
from lukhas_notion.manifests.manifest import Manifest
from lukhas_notion.manifests.source_text import JSON
from lukhas_notion.plan.database import (
    Option,
    Page,
    PropertySchema,
    Schema,
    Snapshot,
)
from lukhas_notion.plan.differences import all_applied
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import Applied, Owner, write_record
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.property_types import empty
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import Value, key_hash
from lukhas_notion.sync.result import Outcome, RunResult, Status

MAPPING = PropertyMapping(DEFAULT_PROPERTIES)
SOURCE = Source("https://github.com/octo/modules", "", "a" * 40)
OWNER = Owner(SOURCE)
NOON = datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)


class StandingClock:
    """A clock that always shows noon."""

    def monotonic(self) -> float:
        """Return the time since its start: none."""
        return 0.0

    def now(self) -> datetime:
        """Return noon."""
        return NOON

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Let no time pass."""
        return stop.is_set()


def sha_of(text: str) -> str:
    """Return a hash that looks like a manifest's."""
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(value: Any, path: str = "core/module.manifest.json") -> Manifest:
    """Return a manifest with this content."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    return Manifest(path, value, *documents_of(text, JSON))


def want(module: str, *, sha: str = "", path: str = "", **values: Value) -> Desired:
    """Return what one manifest wants; the properties of the default mapping by their names."""
    whole = {name: empty(kind) for name, kind in MAPPING.types.items()}
    named = {"SLA p95" if name == "SLA" else name: value for name, value in values.items()}
    sha = sha or sha_of(module + repr(sorted(values.items())))
    whole |= {"Module": module, "Provenance SHA": sha, **named}
    return Desired(module, path or f"{module}/module.manifest.json", sha, whole)


def page(desired: Desired, page_id: str = "", *, record: bool = True, **edited: Value) -> Page:
    """Return the page that Notion holds for it, with its record and with what was edited there."""
    page_id = page_id or f"page-{desired.module}"
    url = f"https://notion.example/{page_id}"
    link = link_of(desired) if record else ""
    return Page(page_id, url, {**desired.values, **edited}, link=link)


def link_of(
    desired: Desired, source: Source = SOURCE, applied: Applied | None = None, key: str = ""
) -> str:
    """Return the link of a page to which all that a manifest wants was sent."""
    sent = all_applied(desired, MAPPING) if applied is None else applied
    place = source.place(desired.path)
    return write_record(source.link(desired.path), place, key_hash(key or desired.key), sent)


def schema(
    mapping: PropertyMapping = MAPPING, options: Mapping[str, Sequence[str]] | None = None
) -> Schema:
    """Return a data source that has what the mapping writes."""
    listed = {
        name: tuple(Option(f"id-{n}", n, "blue") for n in names)
        for name, names in (options or {}).items()
    }
    properties = {
        p.name: PropertySchema(f"id-{p.name}", p.name, str(p.type), listed.get(p.name, ()))
        for p in mapping.properties
    }
    return Schema("database", "source", "Modules", "https://notion.example/db", properties)


def plan(desired: Sequence[Desired], pages: Sequence[Page] = (), **options: Any) -> Plan:
    """Return the plan of these manifests over these pages."""
    complete = options.pop("complete", True)
    hidden = options.pop("hidden", ())
    held = Snapshot(options.pop("schema", schema()), pages, complete=complete, hidden=hidden)
    return make_plan(desired, held, MAPPING, **{"owner": OWNER, **options})


def result(made: Plan | None = None, **fields: Any) -> RunResult:
    """Return how a run ended; a dry run unless it says otherwise."""
    fields = {"dry_run": True, "info": RunInfo("run-1", "0.1.0"), **fields}
    return RunResult(generated=NOON, plan=made, **fields)


def outcomes(made: Plan, **special: tuple[Status, str]) -> tuple[Outcome, ...]:
    """Return the outcomes of a plan: success, but for the modules that are named."""
    told = []
    for change in made.writes:
        status, error = special.get(change.module, (Status.SUCCESS, ""))
        told.append(Outcome(change, status, change.page_id or "new", change.url, error))
    return tuple(told)
