"""The plan: every change that a run would make, and the order in which pages are written."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from graphlib import TopologicalSorter
from typing import Any

import rfc8785

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.editors import NOBODY, Editor
from lukhas_notion.plan.options import OptionChange, PropertyAddition
from lukhas_notion.plan.page_record import Applied, BodyRecord
from lukhas_notion.plan.relations import References
from lukhas_notion.plan.snapshot import Schema
from lukhas_notion.plan.values import PropertyType, Value, identity_of, names_of

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


def needs_of(changes: Sequence[Change], relations: Collection[str]) -> dict[int, set[int]]:
    """Return which changes make the pages that each change's relations name, by their numbers.

    Args:
        changes: what is to be written.
        relations: the relations within this database.
    """
    makers = {
        change.key: number
        for number, change in enumerate(changes)
        if change.kind in (ChangeKind.CREATE, ChangeKind.RESTORE)
    }
    return {
        number: {
            makers[identity]
            for p in change.properties
            if p.name in relations
            for identity in map(identity_of, names_of(p.after))
            if identity in makers
        }
        for number, change in enumerate(changes)
    }


def write_order(needs: Mapping[int, set[int]]) -> TopologicalSorter[int]:
    """Return the order in which to write, with as few pages before what they name as may be.

    Args:
        needs: page → the pages that it names and that are to be made first.
    """
    early = _Rings(needs).broken()
    order = TopologicalSorter({n: () if n in early else named for n, named in needs.items()})
    order.prepare()
    return order


class _Rings:
    """Walks from page to named page, and breaks each ring at the page that most others wait for.

    A page is settled once it can be written: all that it names is settled, or a ring was broken
    there. Nothing is walked twice but the pages of a ring beyond the one at which it was broken.
    """

    def __init__(self, needs: Mapping[int, set[int]]) -> None:
        self._needs = needs
        self._wanted = Counter(each for named in needs.values() for each in named)
        self._open = {page: len(named) for page, named in needs.items()}
        self._left = {page: list(named) for page, named in needs.items()}
        self._namers: dict[int, list[int]] = defaultdict(list)
        for page, named in needs.items():
            for each in named:
                self._namers[each].append(page)
        self._settled: set[int] = set()

    def broken(self) -> set[int]:
        """Return the pages that are written before what they name."""
        early = set()
        for page in [page for page, count in self._open.items() if not count]:
            self._settle(page)
        for start in self._needs:
            while start not in self._settled:
                early |= self._walk(start)
        return early

    def _walk(self, start: int) -> set[int]:
        """Walk until the way back is at its start; return where rings were broken."""
        early, way, places = set(), [start], {start: 0}
        while way:
            page = self._next(way[-1])
            if page is None:
                del places[way.pop()]
            elif page not in places:
                places[page] = len(way)
                way.append(page)
            else:
                ring = way[places[page] :]
                most = max(ring, key=lambda each: (self._wanted[each], -each))
                early.add(most)
                self._settle(most)
                for each in way[places[most] :]:
                    del places[each]
                del way[len(places) :]
        return early

    def _next(self, page: int) -> int | None:
        """Return a page that has to be settled before this one, None where none has."""
        left = self._left[page]
        while left and left[-1] in self._settled:
            left.pop()
        return left[-1] if left and page not in self._settled else None

    def _settle(self, page: int) -> None:
        """Settle a page, and with it those that waited for nothing else."""
        ready = [page]
        while ready:
            settled = ready.pop()
            if settled in self._settled:
                continue
            self._settled.add(settled)
            self._wanted.subtract(self._needs[settled])
            for namer in self._namers[settled]:
                self._open[namer] -= 1
                if not self._open[namer]:
                    ready.append(namer)
