"""What there is to do, as data: columns, options and pages, with a digest. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import rfc8785

from lukhas_notion.plan.body_record import BodyRecord
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.editors import NOBODY, Editor
from lukhas_notion.plan.options import OptionChange, PropertyAddition
from lukhas_notion.plan.page_record import Applied
from lukhas_notion.plan.relations import References
from lukhas_notion.plan.snapshot import Schema
from lukhas_notion.plan.values import PropertyType, Value, names_of

#: Why a page goes to the trash that two runs made at once beside another one.
MADE_TWICE = "made twice by two runs at once"


class ChangeKind(StrEnum):
    """What a plan says of one module or page."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    RESTORE = "restore"
    ARCHIVE = "archive"
    SKIP = "skip"
    DRIFT = "drift"
    ARCHIVED = "archived"
    CONFLICT = "conflict"
    ORPHAN = "orphan"
    UNMANAGED = "unmanaged"

    @property
    def writes(self) -> bool:
        """Whether carrying it out sends a page to Notion, or to its trash."""
        return self in _WRITES


_WRITES = frozenset(
    {
        ChangeKind.CREATE,
        ChangeKind.UPDATE,
        ChangeKind.ADOPT,
        ChangeKind.RESTORE,
        ChangeKind.ARCHIVE,
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one module's page.

    Args:
        kind: what it is.
        module: the module's name; of a page without a manifest its title.
        path: the manifest, relative to the root; "" for a page without one.
        sha: the manifest's provenance SHA; for a page without a manifest the one on the page.
        page_id: the page, or "" for a create; for a conflict all pages' ids, comma-separated.
        url: the page's address in Notion, where there is a page.
        properties: what is written.
        reason: in words, where the kind does not say it all.
        drift: what was edited in Notion and is left alone; ``before`` is the edit.
        key: the hash of the module's key, for the page's record.
        applied: the hashes that the page's record has afterwards.
        body: what the record says of the body afterwards; pending, where the body is written.
        body_before: what the record says of it now.
        owner: the repository that a conflict's page belongs to; for whoever runs it by hand alone.
        editor: who edited the page last, where an edit made in Notion is told.
    """

    kind: ChangeKind
    module: str
    path: str
    sha: str
    page_id: str = ""
    url: str = ""
    properties: tuple[PropertyChange, ...] = ()
    reason: str = ""
    drift: tuple[PropertyChange, ...] = ()
    key: str = ""
    applied: Applied = field(default_factory=dict)
    owner: str = ""
    body: BodyRecord | None = None
    body_before: BodyRecord | None = None
    editor: Editor = NOBODY

    @property
    def body_text(self) -> str:
        """The body that is written, "" for none."""
        return next((str(p.after) for p in self.properties if p.type is PropertyType.BODY), "")

    @property
    def removes_module(self) -> bool:
        """Whether it moves the page of a module to the trash that is gone."""
        return self.kind is ChangeKind.ARCHIVE and not self.reason.startswith(MADE_TWICE)

    @property
    def overwrites(self) -> tuple[str, ...]:
        """The properties whose edits in Notion are, or may be, written over."""
        return tuple(p.name for p in self.properties if p.cause.is_announced)


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered, immutable list of what is to be done; changes are sorted by module.

    Args:
        schema: the database as it is.
        options: what becomes of options.
        changes: what becomes of pages.
        orphans_known: whether all pages without a manifest are listed.
        columns: the properties that the database lacks and that are added first.
        others: how many pages belong to other repositories or configurations.
        managed: how many pages are this repository's, or taken for it.
        references: which pages the names of relations stand for.
        notices: what a person should know and no change says.
    """

    schema: Schema
    options: tuple[OptionChange, ...]
    changes: tuple[Change, ...]
    orphans_known: bool = True
    columns: tuple[PropertyAddition, ...] = ()
    others: int = 0
    managed: int = 0
    references: References | None = field(default=None, compare=False)
    notices: tuple[str, ...] = ()
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of(self.operations()))

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that send a page to Notion."""
        return tuple(change for change in self.changes if change.kind.writes)

    def without_removals(self) -> Plan:
        """Return the same plan without the pages of removed modules that it moves to the trash."""
        return replace(self, changes=tuple(c for c in self.changes if not c.removes_module))

    @property
    def drifted(self) -> tuple[Change, ...]:
        """The changes of pages on which an edit made in Notion is left alone."""
        return tuple(change for change in self.changes if change.drift)

    @property
    def is_empty(self) -> bool:
        """Whether applying it would send nothing."""
        return not (self.writes or self.columns or any(o.sends for o in self.options))

    def count(self, kind: ChangeKind) -> int:
        """How many changes are of ``kind``; of a drift, how many pages have one."""
        if kind is ChangeKind.DRIFT:
            return len(self.drifted)
        return sum(change.kind is kind for change in self.changes)

    def operations(self) -> Iterator[dict[str, Any]]:
        """Yield every write in canonical form: no times, ids of options, colours or counts."""
        for column in self.columns:
            yield {
                "operation": "add-property",
                "property": column.name,
                "name": column.type.value,
            }
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


def written_names(changes: Iterable[Change]) -> dict[str, set[str]]:
    """Return, by property, every text that a write of one of ``changes`` sets: options too."""
    written: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.kind.writes:
            for p in change.properties:
                written[p.name].update(names_of(p.after))
    return written
