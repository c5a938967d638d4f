"""The plan: every change that a run would make, and the order in which pages are written."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import rfc8785

from lukhas_notion.plan.database import NOBODY, Editor, OptionChange, PropertyAddition, Schema
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.page_record import Applied, BodyRecord
from lukhas_notion.plan.relations import References
from lukhas_notion.plan.values import MAX_OPTIONS, PropertyType, Value, identity_of, names_of
from lukhas_notion.util.text import counted

#: Why the second page that two concurrent runs created for one module goes to the trash.
MADE_TWICE = "made twice by two runs at once"


class ChangeKind(StrEnum):
    """The kinds of a plan's entries."""

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
        """Whether applying it writes a page, or moves it to the trash."""
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
    """One entry of a plan: the change of one page.

    Args:
        kind: its kind.
        module: the module's name; the title of a page without a manifest.
        path: the manifest, relative to the root; "" for a page without a manifest.
        sha: the manifest's provenance SHA; the page's SHA if it has no manifest.
        page_id: the page's id, "" for a create; all pages' ids for a conflict, comma-separated.
        url: the page's address in Notion, "" for a create.
        properties: the properties that are written.
        reason: the reason, if the kind is not enough.
        drift: the properties edited in Notion and left alone; ``before`` is the edited value.
        key: the hash of the module's key, for the page's record.
        applied: the hashes of the page's record after the write.
        body: the body's part of the record after the write; pending if the body is written.
        body_before: the body's part of the record before the write.
        owner: the repository of a conflict's page; only if a user runs it by hand.
        editor: the user who edited the page last, if an edit made in Notion is reported.
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
        """The body that is written, "" without one."""
        return next((str(p.after) for p in self.properties if p.type is PropertyType.BODY), "")

    @property
    def removes_module(self) -> bool:
        """Whether it moves the page of a removed module to the trash."""
        return self.kind is ChangeKind.ARCHIVE and not self.reason.startswith(MADE_TWICE)

    @property
    def overwrites(self) -> tuple[str, ...]:
        """The properties whose edits in Notion are, or may be, overwritten."""
        return tuple(p.name for p in self.properties if p.cause.is_announced)


@dataclass(frozen=True, slots=True)
class Plan:
    """The immutable list of all changes, sorted by module.

    Args:
        schema: the database before the changes.
        options: the changes of options.
        changes: the changes of pages.
        orphans_known: whether all pages without a manifest are listed.
        columns: the properties that the database lacks, which are added first.
        others: the number of pages of other repositories or configurations.
        managed: the number of pages of this repository.
        references: the pages for the names of relations.
        notices: sentences for the reader that belong to no change.
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
        """The changes that write a page."""
        return tuple(change for change in self.changes if change.kind.writes)

    def without_removals(self) -> Plan:
        """Return the plan without moving pages of removed modules to the trash."""
        return replace(self, changes=tuple(c for c in self.changes if not c.removes_module))

    @property
    def drifted(self) -> tuple[Change, ...]:
        """The changes of pages on which an edit made in Notion is left alone."""
        return tuple(change for change in self.changes if change.drift)

    @property
    def is_empty(self) -> bool:
        """Whether applying it would write nothing."""
        return not (self.writes or self.columns or any(o.sends for o in self.options))

    def count(self, kind: ChangeKind) -> int:
        """Return the number of changes of a kind; for drift the number of pages with drift."""
        if kind is ChangeKind.DRIFT:
            return len(self.drifted)
        return sum(change.kind is kind for change in self.changes)

    def operations(self) -> Iterator[dict[str, Any]]:
        """Yield every write in canonical form, without times, ids of options, colours or counts."""
        named = [("add-property", column.name, column.type.value) for column in self.columns]
        for option in self.options:
            of = option.property_name
            named += [("add-option", of, name) for name, _ in option.add]
            named += [("add-option-by-page", of, name) for name in option.by_pages]
            named += [("remove-option", of, removal.name) for removal in option.remove]
        for operation, property_name, name in named:
            yield {"operation": operation, "property": property_name, "name": name}
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
    """Return the SHA-256 over the canonical JSON of a plan's operations, in any order."""
    sha = hashlib.sha256()
    for line in sorted(rfc8785.dumps(dict(operation)) for operation in operations):
        sha.update(line + b"\n")
    return sha.hexdigest()


def written_names(changes: Iterable[Change]) -> dict[str, set[str]]:
    """Return every name or text that the writes among ``changes`` set, by property."""
    written: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.kind.writes:
            for p in change.properties:
                written[p.name].update(names_of(p.after))
    return written


def needs_of(changes: Sequence[Change], relations: Collection[str]) -> dict[int, set[int]]:
    """Return, for each change, the changes that create or restore the pages that it names.

    Args:
        changes: the writes; the result has their indexes.
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
    """The reason why a plan was refused before anything was written.

    Args:
        reason: the Action's ``failure-reason``.
        message: the reason with its numbers.
        remedy: the next step for the user.
        details: lines of plain text.
    """

    reason: str
    message: str
    remedy: str
    details: tuple[str, ...] = ()


GUARD = "guard"
#: Per cent of this repository's pages, or of one property's options, that may be removed.
MOST = 30
#: Pages that may always be restored from the trash, however few pages there are.
FEW = 4
_NAMED = 20


def too_much(plan: Plan, *, manifests: int | None, force: int | None) -> SafetyStop | None:
    """Return why a plan is refused, None if it removes little, or exactly the forced number.

    The second page of two concurrent runs is not counted: the first one stays.

    Args:
        plan: the plan.
        manifests: the number of manifests, None if pages are not synced.
        force: the number of pages and options together that the user allows to be removed.
    """
    archives = [c for c in plan.changes if c.removes_module]
    restores = [c for c in plan.changes if c.kind is ChangeKind.RESTORE]
    options = [option for option in plan.options if option.remove]
    causes = [
        *_pages(archives, restores, plan.managed, manifests),
        *_options(options),
    ]
    gone = len(archives) + len(restores) + sum(len(option.remove) for option in options)
    if not causes or force == gone:
        return None
    forced = "" if force is None else f" {force} was forced, and it is {gone}."
    return SafetyStop(
        GUARD,
        f"This plan removes or restores more than is usual: {'; '.join(causes)}.{forced}",
        f"If this is intended, give the number of pages and options: --force {gone}, in the "
        f"Action the input `force: {gone}`. If not, find out why the manifests, pages or names "
        "are gone.",
        tuple(_named([*archives, *restores], options)),
    )


def unlisted(options: Iterable[OptionChange]) -> SafetyStop | None:
    """Return why options cannot be removed, or None if they can.

    The request that removes some options must have room for all that stay.
    """
    stuck = [option for option in options if not option.is_possible]
    if not stuck:
        return None
    names = ", ".join(f"'{option.property_name}'" for option in stuck)
    return SafetyStop(
        "options",
        f"The options of {names} cannot be removed: more than {MAX_OPTIONS} would stay, and Notion "
        "drops what a request does not name.",
        "Remove them in Notion by hand, or run without --prune.",
        tuple(
            f"{option.property_name}: {option.keep} options stay, {len(option.remove)} were to go"
            for option in stuck
        ),
    )


def _pages(
    archives: Sequence[Change], restores: Sequence[Change], managed: int, manifests: int | None
) -> Iterator[str]:
    ours = f"of this repository's {counted(managed, 'page')} would"
    if archives and manifests == 0:
        pages = counted(len(archives), "page")
        yield f"no manifest was found, and {pages} would go to the trash (--archive-removed)"
    elif 100 * len(archives) > MOST * managed:
        trash = "go to the trash (--archive-removed)"
        yield f"{len(archives)} {ours} {trash}, more than {MOST} %"
    if len(restores) > FEW and 100 * len(restores) > MOST * managed:
        yield f"{len(restores)} {ours} come back from the trash, more than {MOST} %"


def _options(options: Sequence[OptionChange]) -> Iterator[str]:
    for option in options:
        lost, before = len(option.remove), option.before
        if not option.total:
            yield (
                f"{option.property_name} would lose every option (--prune): its vocabulary is empty"
            )
        elif 100 * lost > MOST * before:
            yield (
                f"{option.property_name} would lose {lost} of its {counted(before, 'option')} "
                f"(--prune), more than {MOST} %"
            )


def _named(changes: Sequence[Change], options: Sequence[OptionChange]) -> Iterator[str]:
    lines = [f"{change.kind} {change.module}" for change in changes]
    lines += [f"remove {o.property_name}: {each.name}" for o in options for each in o.remove]
    yield from lines[:_NAMED]
    if len(lines) > _NAMED:
        yield f"… and {len(lines) - _NAMED:,} more"
