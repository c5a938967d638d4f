"""The plan: every change that a run would make, and the order in which pages are written."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import rfc8785

from lukhas_notion.plan.database import (
    MAX_LISTED,
    NOBODY,
    Editor,
    OptionChange,
    PropertyAddition,
    Schema,
)
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.page_record import Applied, BodyRecord
from lukhas_notion.plan.relations import References
from lukhas_notion.plan.values import PropertyType, Value, identity_of, names_of
from lukhas_notion.util.text import counted

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


@dataclass(frozen=True, slots=True)
class SafetyStop:
    """Why a plan that could have been applied was not; nothing of it was written.

    Args:
        reason: a word for a machine, as the Action's ``failure-reason`` has it.
        message: why, with the numbers.
        remedy: what to do next.
        details: a line each, in plain text.
    """

    reason: str
    message: str
    remedy: str
    details: tuple[str, ...] = ()


GUARD = "guard"
#: Per cent: of this repository's pages, and of one property's options.
MOST = 30
#: So many pages come back from the trash without being asked about, however few pages there are.
FEW = 4
_NAMED = 20


def too_much(plan: Plan, *, manifests: int | None, force: int | None) -> SafetyStop | None:
    """Return why a plan is refused, or None where it undoes little, or just what was forced.

    A page that two runs made at once beside another one takes nothing away, and is not counted.

    Args:
        plan: what would be done.
        manifests: how many manifests there are; None where pages are not synced.
        force: how many pages and options, together, may go.
    """
    archives = [c for c in plan.changes if c.removes_module]
    restores = [c for c in plan.changes if c.kind is ChangeKind.RESTORE]
    options = [option for option in plan.options if option.remove]
    causes = [
        *_pages(archives, plan.managed, manifests),
        *_restores(restores, plan.managed),
        *_options(options),
    ]
    gone = len(archives) + len(restores) + sum(len(option.remove) for option in options)
    if not causes or force == gone:
        return None
    named = "" if force is None else f" {force} was forced, and it is {gone}."
    return SafetyStop(
        GUARD,
        f"This plan removes or restores more than is usual: {'; '.join(causes)}.{named}",
        f"If that is meant, say how many pages and options it is about: --force {gone}, in the "
        f"Action the input `force: {gone}`. If not, look where the manifests, the pages or the "
        "names have gone.",
        tuple(_named([*archives, *restores], options)),
    )


def unlisted(options: Iterable[OptionChange]) -> SafetyStop | None:
    """Return why options cannot be removed as asked, or None when they can.

    What stays must fit into the request that removes the others.
    """
    stuck = [option for option in options if not option.is_possible]
    if not stuck:
        return None
    names = ", ".join(f"'{option.property_name}'" for option in stuck)
    return SafetyStop(
        "options",
        f"The options of {names} cannot be removed: more than {MAX_LISTED} would stay, and Notion "
        "drops what a request does not name.",
        "Remove them in Notion by hand, or run without --prune.",
        tuple(
            f"{option.property_name}: {option.keep} options stay, {len(option.remove)} were to go"
            for option in stuck
        ),
    )


def _pages(archives: Sequence[Change], managed: int, manifests: int | None) -> Iterator[str]:
    if not archives:
        return
    if manifests == 0:
        yield (
            f"no manifest was found, and {counted(len(archives), 'page')} would go to the trash "
            "(--archive-removed)"
        )
    elif 100 * len(archives) > MOST * managed:
        yield (
            f"{len(archives)} of this repository's {counted(managed, 'page')} would go to the "
            f"trash (--archive-removed), more than {MOST} %"
        )


def _restores(restores: Sequence[Change], managed: int) -> Iterator[str]:
    if len(restores) > FEW and 100 * len(restores) > MOST * managed:
        yield (
            f"{len(restores)} of this repository's {counted(managed, 'page')} would come back "
            f"from the trash, more than {MOST} %"
        )


def _options(options: Sequence[OptionChange]) -> Iterator[str]:
    for option in options:
        lost, there = len(option.remove), option.keep + len(option.remove)
        if not option.total:
            yield (
                f"{option.property_name} would lose every option (--prune): its vocabulary is empty"
            )
        elif 100 * lost > MOST * there:
            yield (
                f"{option.property_name} would lose {lost} of its {counted(there, 'option')} "
                f"(--prune), more than {MOST} %"
            )


def _named(changes: Sequence[Change], options: Sequence[OptionChange]) -> Iterator[str]:
    lines = [f"{change.kind} {change.module}" for change in changes]
    lines += [f"remove {o.property_name}: {each.name}" for o in options for each in o.remove]
    yield from lines[:_NAMED]
    if len(lines) > _NAMED:
        yield f"… and {len(lines) - _NAMED:,} more"
