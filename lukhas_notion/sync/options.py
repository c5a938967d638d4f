"""The options of a sync, and the reviewed plan that its plan must equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.plan.plan import ChangeKind, Plan, SafetyStop, digest_of
from lukhas_notion.sync.prefetch import PageQuery, everything
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.read_files import RefusedFileError, read_named
from lukhas_notion.util.text import shortened

if TYPE_CHECKING:
    from lukhas_notion.manifests.discovery import Discovery


Operation = Mapping[str, Any]

PLAN_CHANGED = "plan-changed"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES = 256 * 1024 * 1024
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The plan that was reviewed: its digest and, if known, its operations."""

    digest: str
    operations: Sequence[Operation] | None = None


def reviewed_digest(text: str, setting: str) -> str:
    """Return a digest given by the user, in lower case.

    Raises:
        UsageError: the text is not a digest.
    """
    digest = text.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise UsageError(
            f"{setting} is {text!r}, which is not the digest of a plan.",
            "Give all 64 digits; a dry run's report and the pull request's comment have them.",
        )
    return digest


def read_plan(path: Path, within: Path | None = None) -> Reviewed:
    """Read the plan from a JSON report, or from a file that contains only its ``plan``.

    Args:
        path: the file.
        within: a folder that no link may lead out of; None for a path from the command line, which
            may be a pipe.

    Raises:
        UsageError: the file cannot be read, does not contain a plan, or its operations do not match
            its digest.
    """
    try:
        document = json.loads(read_named(path, _MAX_BYTES, within))
        plan = document.get("plan", document)
        operations, digest = list(plan["operations"]), str(plan["digest"])
        is_unchanged = digest_of(operations) == digest
    except RefusedFileError as error:
        raise UsageError(f"{path} cannot be read: {error.message}.", error.remedy) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        remedy = "Name the file that a dry run wrote with --report-json."
        raise UsageError(f"{path} does not contain a plan.", remedy) from None
    if not is_unchanged:
        raise UsageError(
            f"{path} was changed: its operations do not match its digest.",
            "Name the file as the dry run wrote it.",
        )
    return Reviewed(digest, operations)


def already_applied(reviewed: Reviewed, plan: Plan) -> bool:
    """Return whether the reviewed plan was applied and nothing is left to do.

    If only the digest is known, an empty plan is sufficient.
    """
    if not plan.is_empty or plan.digest == reviewed.digest:
        return False
    return all(_is_done(operation, plan) for operation in reviewed.operations or ())


def _is_done(operation: Operation, plan: Plan) -> bool:
    if "module" not in operation:
        held = plan.schema.properties.get(str(operation.get("property")))
        exists = held is not None and any(o.name == operation.get("name") for o in held.options)
        return exists is not (operation.get("operation") == "remove-option")
    if operation.get("operation") == ChangeKind.ARCHIVE:
        return all(change.page_id != operation.get("page") for change in plan.changes)
    values = dict(operation.get("properties") or {}).values()
    shas = {after for v in values if _DIGEST.fullmatch(after := str(v.get("after")))}
    kept = (c for c in plan.changes if c.kind in (ChangeKind.SKIP, ChangeKind.DRIFT))
    return any(c.module == operation["module"] and shas <= {c.sha} for c in kept)


def not_reviewed(reviewed: Reviewed, plan: Plan) -> SafetyStop | None:
    """Return why ``plan`` must not be applied, or None if it is the reviewed plan."""
    if plan.digest == reviewed.digest:
        return None
    details = ["The reviewed operations are not known; these are planned now:"]
    planned = list(plan.operations())
    if reviewed.operations is None:
        details += [f"+ {_name(operation)}" for operation in planned]
    else:
        details = list(differences(reviewed.operations, planned))
    return SafetyStop(
        PLAN_CHANGED,
        f"The plan is not the one that was reviewed: {plan.digest} instead of {reviewed.digest}.",
        "Review the current plan, and give its digest.",
        tuple(details),
    )


def differences(reviewed: Sequence[Operation], planned: Sequence[Operation]) -> Iterator[str]:
    """Yield a line for each operation in which two plans differ.

    It begins with ``+`` if the operation was not reviewed, with ``-`` if it is no longer planned,
    and with ``~`` if its values differ.
    """
    before = {_key(operation): operation for operation in reviewed}
    after = {_key(operation): operation for operation in planned}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if new is None and old is not None:
            yield f"- {_name(old)}: reviewed, but no longer planned"
        elif old is None and new is not None:
            yield f"+ {_name(new)}: planned, but not reviewed"
        elif old is not None and new is not None and old != new:
            yield f"~ {_name(new)}: {_values(old, new)}"


def _key(operation: Operation) -> tuple[str, ...]:
    names = ("operation", "module", "property", "name")
    return tuple(str(operation.get(name, "")) for name in names)


def _name(operation: Operation) -> str:
    if "module" in operation:
        return f"{operation['operation']} {operation['module']}"
    return f"{operation['operation']} {operation['property']}: {operation['name']}"


def _values(old: Operation, new: Operation) -> str:
    """Return in which properties two operations on one page differ."""
    was, now = old.get("properties", {}), new.get("properties", {})
    differ = [
        f"{name}: reviewed {_change(was.get(name))}, now {_change(now.get(name))}"
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]
    if old.get("page") != new.get("page"):
        differ.append(f"page: reviewed {old.get('page')!r}, now {new.get('page')!r}")
    return "; ".join(differ)


def _change(values: Mapping[str, Any] | None) -> str:
    if values is None:
        return "nothing"
    before, after = (json.dumps(values[key], ensure_ascii=False) for key in ("before", "after"))
    return f"{shortened(before, _LONGEST)} → {shortened(after, _LONGEST)}"


@dataclass(frozen=True, slots=True)
class Base:
    """The manifests that a pull request changes, as they are on the base branch.

    Args:
        titles: their modules' names.
        shas: their provenance SHAs.
        paths: their paths on the base branch, relative to the root.
        complete: whether all of them are known; if not, every page is read.
    """

    titles: frozenset[str] = frozenset()
    shas: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """The options of one sync.

    Args:
        modules: the selected modules; None for all.
        paths: the selected manifests instead, by path; None for all.
        present: all manifests of the repository, if they were discovered already.
        base: the same manifests on the base branch; None if there is no base branch.
        dry_run: plan, but write nothing.
        backfill: properties whose missing options are added first.
        prune: also remove their options outside the vocabulary.
        add_properties: add the mapped properties that the database lacks.
        repair_drift: overwrite what was edited in Notion.
        bodies: read the bodies of all pages, also if their sources have not changed.
        skip_invalid: sync the valid manifests although others have violations.
        pages: whether pages are synced at all; False for a backfill without pages.
        reviewed: the only plan that may be applied; None for any.
        archive_removed: move this repository's pages to the trash whose manifests were removed.
        skip_modules: modules whose pages are not changed.
        skip_pages: pages that are not changed, by id.
        keep_drift: modules whose pages keep what was edited in Notion, despite ``repair_drift``.
        hold_removals: show which pages would be moved to the trash, but move none.
        force: how many pages and options may be removed although a limit refuses so many; None for
            none.
    """

    modules: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    present: Discovery | None = None
    base: Base | None = None
    dry_run: bool = False
    backfill: tuple[str, ...] = ()
    prune: bool = False
    add_properties: bool = False
    repair_drift: bool = False
    bodies: bool = False
    skip_invalid: bool = False
    pages: bool = True
    reviewed: Reviewed | None = None
    archive_removed: bool = False
    skip_modules: frozenset[str] = frozenset()
    skip_pages: frozenset[str] = frozenset()
    keep_drift: frozenset[str] = frozenset()
    hold_removals: bool = False
    force: int | None = None

    def query(self, modules: Sequence[str], *, whole: bool) -> PageQuery:
        """Return the pages that a run over these modules reads first."""
        if whole or (self.base is not None and not self.base.complete):
            return everything(len(modules))
        base = self.base or Base()
        # Sorted, so that the same modules give the same query in any order.
        return PageQuery(tuple(sorted({*modules, *base.titles})), tuple(sorted(base.shas)))
