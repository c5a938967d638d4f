"""Whether a plan is the one that was reviewed, and if not, by which operations it differs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lukhas_notion.plan.guard import SafetyStop
from lukhas_notion.plan.plan import ChangeKind, Plan, digest_of
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.read_files import RefusedFileError, read_named

Operation = Mapping[str, Any]

PLAN_CHANGED = "plan-changed"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The plan that was reviewed: its digest and, where they are known, its operations."""

    digest: str
    operations: Sequence[Operation] | None = None


def reviewed_digest(text: str, setting: str) -> str:
    """Return a digest as somebody gave it, in lower case.

    Raises:
        UsageError: it is none.
    """
    digest = text.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise UsageError(
            f"{setting} is {text!r}, which is no plan's digest.",
            "Give all 64 digits; a dry run's report and the pull request's comment have them.",
        )
    return digest


def read_plan(path: Path, within: Path | None = None) -> Reviewed:
    """Read the plan out of a JSON report (or of its ``plan`` alone).

    Args:
        path: the file.
        within: no link leads out of this folder; None where the path is the user's own, which may
            be a pipe.

    Raises:
        UsageError: the file cannot be read, holds no plan, or its operations are not those of its
            digest.
    """
    try:
        document = json.loads(read_named(path, _MAX_BYTES, within))
        plan = document.get("plan", document)
        operations, digest = list(plan["operations"]), str(plan["digest"])
        true = digest_of(operations)
    except RefusedFileError as error:
        raise UsageError(f"{path} cannot be read: {error.message}.", error.remedy) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        remedy = "Name the file that a dry run wrote with --report-json."
        raise UsageError(f"{path} holds no plan.", remedy) from None
    if true != digest:
        raise UsageError(
            f"{path} was changed: its operations do not have its digest.",
            "Name the file as the dry run wrote it.",
        )
    return Reviewed(digest, operations)


def already_applied(reviewed: Reviewed, plan: Plan) -> bool:
    """Whether nothing is left to do of what was reviewed, and nothing else is to be done.

    Where only the digest is known, an empty plan is all that can be asked for.
    """
    if not plan.is_empty or plan.digest == reviewed.digest:
        return False
    return all(_is_done(operation, plan) for operation in reviewed.operations or ())


def _is_done(operation: Operation, plan: Plan) -> bool:
    if "module" not in operation:
        held = plan.schema.properties.get(str(operation.get("property")))
        there = held is not None and any(o.name == operation.get("name") for o in held.options)
        return there is not (operation.get("operation") == "remove-option")
    if operation.get("operation") == ChangeKind.ARCHIVE:
        return all(change.page_id != operation.get("page") for change in plan.changes)
    values = dict(operation.get("properties") or {}).values()
    shas = {after for v in values if _DIGEST.fullmatch(after := str(v.get("after")))}
    kept = (c for c in plan.changes if c.kind in (ChangeKind.SKIP, ChangeKind.DRIFT))
    return any(c.module == operation["module"] and shas <= {c.sha} for c in kept)


def not_reviewed(reviewed: Reviewed, plan: Plan) -> SafetyStop | None:
    """Return why ``plan`` may not be applied, or None when it is the one that was reviewed."""
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
        "Review the plan as it is now, and expect its digest.",
        tuple(details),
    )


def differences(reviewed: Sequence[Operation], planned: Sequence[Operation]) -> Iterator[str]:
    """Yield a line for each operation that only one of two plans has, or both have otherwise.

    It begins with ``+`` for one that was not reviewed, ``-`` for one that is not planned any more,
    and ``~`` for one whose values differ, which are named.
    """
    before = {_key(operation): operation for operation in reviewed}
    after = {_key(operation): operation for operation in planned}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if new is None and old is not None:
            yield f"- {_name(old)}: reviewed, and not planned any more"
        elif old is None and new is not None:
            yield f"+ {_name(new)}: planned, and not reviewed"
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
    """Say in which properties two operations on one page differ."""
    was, now = old.get("properties", {}), new.get("properties", {})
    said = [
        f"{name}: reviewed {_change(was.get(name))}, now {_change(now.get(name))}"
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]
    if old.get("page") != new.get("page"):
        said.append(f"page: reviewed {old.get('page')!r}, now {new.get('page')!r}")
    return "; ".join(said)


def _change(values: Mapping[str, Any] | None) -> str:
    if values is None:
        return "nothing"
    before, after = (json.dumps(values[key], ensure_ascii=False) for key in ("before", "after"))
    return f"{_short(before)} → {_short(after)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


_LONGEST = 80
