"""Desired state × snapshot → plan. Pure: nothing here reads a file, a clock or the network."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import rfc8785

from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.option_plan import OptionChange
from lukhas_notion.snapshot import Page, Schema, Snapshot
from lukhas_notion.values import PropertyType, Value, empty, equal, names_of

#: Why a page is an orphan, where nobody asked for more.
NO_MANIFEST = "no manifest has this name"


class ChangeKind(StrEnum):
    """What a plan says of one module or page."""

    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    DRIFT = "drift"
    ORPHAN = "orphan"
    CONFLICT = "conflict"
    ARCHIVE = "archive"

    @property
    def writes(self) -> bool:
        """Whether carrying it out sends a page to Notion, or to its trash."""
        return self in (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.ARCHIVE)


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property of one page: what Notion holds, and what it is to hold."""

    name: str
    type: PropertyType
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one module's page.

    Args:
        kind: what it is.
        module: the module's name, which is the page's title.
        path: the manifest, relative to the root; "" for an orphan or an archive.
        sha: the manifest's provenance SHA; for an orphan or an archive the one on its page.
        page_id: the page, or "" for a create; for a conflict all pages' ids, comma-separated.
        url: the page's address in Notion, where there is a page.
        properties: only those that differ. For a drift, ``before`` is the hand-made edit.
        reason: in words, where the kind does not say it all.
    """

    kind: ChangeKind
    module: str
    path: str
    sha: str
    page_id: str = ""
    url: str = ""
    properties: tuple[PropertyChange, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered, immutable list of what is to be done; changes are sorted by module."""

    schema: Schema
    options: tuple[OptionChange, ...]
    changes: tuple[Change, ...]
    orphans_known: bool = True
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of(self.operations()))

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that send a page to Notion."""
        return tuple(change for change in self.changes if change.kind.writes)

    def without_removals(self) -> Plan:
        """Return the same plan without the pages that it would move to the trash."""
        return replace(
            self, changes=tuple(c for c in self.changes if c.kind is not ChangeKind.ARCHIVE)
        )

    @property
    def is_empty(self) -> bool:
        """Whether applying it would send nothing."""
        return not self.writes and not any(o.sends for o in self.options)

    def count(self, kind: ChangeKind) -> int:
        """How many changes are of ``kind``."""
        return sum(change.kind is kind for change in self.changes)

    def operations(self) -> Iterator[dict[str, Any]]:
        """Yield every write in canonical form: no times, ids of options, colours or counts."""
        for option in self.options:
            for name, _ in option.add:
                yield {"operation": "add-option", "property": option.property_name, "name": name}
            for name in option.by_pages:
                yield {
                    "operation": "add-option-by-page",
                    "property": option.property_name,
                    "name": name,
                }
            for removal in option.remove:
                yield {
                    "operation": "remove-option",
                    "property": option.property_name,
                    "name": removal.name,
                }
        for change in self.writes:
            yield {
                "operation": change.kind.value,
                "module": change.module,
                "page": change.page_id,
                "properties": {
                    p.name: {"before": _canonical(p.before), "after": _canonical(p.after)}
                    for p in change.properties
                },
            }


def _canonical(value: Value) -> Any:
    if isinstance(value, tuple):
        return sorted(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def digest_of(operations: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 over the canonical JSON of a plan's operations, whatever their order."""
    sha = hashlib.sha256()
    for line in sorted(rfc8785.dumps(dict(operation)) for operation in operations):
        sha.update(line + b"\n")
    return sha.hexdigest()


def make_plan(
    desired: Iterable[Desired],
    snapshot: Snapshot,
    mapping: PropertyMapping,
    *,
    options: Sequence[OptionChange] = (),
    repair_drift: bool = False,
    spare: frozenset[str] = frozenset(),
    other_modules: frozenset[str] | None = frozenset(),
) -> Plan:
    """Compare what the manifests want with what Notion holds.

    Args:
        desired: one entry a module; names are unique, the gates have seen to that.
        snapshot: what Notion holds.
        mapping: what is compared; a property outside it is never looked at.
        options: what :func:`plan_options` found.
        repair_drift: turn a drift into an update.
        spare: modules whose drift stays one all the same.
        other_modules: modules that have a manifest without being in ``desired``, so that their
            pages are no orphans; None when that cannot be known, and then none is listed.
    """
    title = mapping.title.name
    by_title: dict[str, list[Page]] = defaultdict(list)
    for page in snapshot.pages:
        by_title[str(page.values.get(title, ""))].append(page)
    changes = []
    for want in desired:
        pages = by_title.pop(want.module, [])
        repaired = repair_drift and want.module not in spare
        changes.append(_change(want, pages, mapping, repair_drift=repaired))
    orphans_known = snapshot.complete and other_modules is not None
    if orphans_known:
        for name, pages in by_title.items():
            if name not in (other_modules or ()):
                changes.extend(_orphan(name, page, mapping) for page in pages)
    changes.sort(key=lambda c: (c.module, c.path, c.page_id))
    brought = written_names(changes)
    options = tuple(option.used_by(brought[option.property_name]) for option in options)
    return Plan(snapshot.schema, options, tuple(changes), orphans_known)


def written_names(changes: Iterable[Change]) -> dict[str, set[str]]:
    """Return, by property, every text that a write of one of ``changes`` sets: options too."""
    written: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.kind.writes:
            for p in change.properties:
                written[p.name].update(names_of(p.after))
    return written


def _change(
    want: Desired, pages: Sequence[Page], mapping: PropertyMapping, *, repair_drift: bool
) -> Change:
    if not pages:
        differ = differences(want, {}, mapping)
        return Change(ChangeKind.CREATE, want.module, want.path, want.sha, properties=differ)
    if len(pages) > 1:
        ids = ",".join(sorted(page.id for page in pages))
        said = f"{len(pages)} pages in Notion have this title; keep one and delete the others"
        return Change(
            ChangeKind.CONFLICT, want.module, want.path, want.sha, ids, pages[0].url, (), said
        )
    page = pages[0]
    differ = differences(want, page.values, mapping)
    held = str(page.values.get(mapping.sha.name, ""))
    kind, reason = ChangeKind.UPDATE, ""
    if held == want.sha:
        if not differ:
            kind = ChangeKind.SKIP
        elif repair_drift:
            reason = "repairs an edit made in Notion"
        else:
            kind = ChangeKind.DRIFT
            reason = "edited in Notion, or mapped otherwise, since it was written"
    elif not held:
        reason = "the page had no provenance SHA"
    return Change(kind, want.module, want.path, want.sha, page.id, page.url, differ, reason)


def differences(
    want: Desired, held: Mapping[str, Value], mapping: PropertyMapping
) -> tuple[PropertyChange, ...]:
    """Return the properties whose value on a page is not the one that is wanted."""
    found = []
    for name, kind in mapping.types.items():
        before, after = held.get(name, empty(kind)), want.values[name]
        if not equal(kind, before, after):
            found.append(PropertyChange(name, kind, before, after))
    return tuple(found)


def _orphan(name: str, page: Page, mapping: PropertyMapping) -> Change:
    sha = str(page.values.get(mapping.sha.name, ""))
    return Change(ChangeKind.ORPHAN, name, "", sha, page.id, page.url, (), NO_MANIFEST)
