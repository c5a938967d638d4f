"""Where a workflow uses the Action, and what holds there: inputs, permissions, events. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The Action at any ref, with Docker and without; GitHub takes capital letters for small ones.
_OURS = re.compile(r"lukhas-notion/lukhas-notion(/composite)?@[^\s]+", re.IGNORECASE)
MOST_USES = 50
"""Uses of the Action in one file that are looked at."""

#: What YAML 1.2 takes for a truth value, and nothing else.
_BOOLEANS = {"true", "True", "TRUE", "false", "False", "FALSE"}
_LEVELS = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a job's token may do.

    Args:
        every: the level of every scope that is not listed; None where nothing is said at all, so
            that the repository's own default holds.
        scopes: scope → level.
    """

    every: str | None = None
    scopes: Mapping[str, str] = field(default_factory=dict)

    def allow(self, scope: str, level: str) -> bool:
        """Whether the token may do at least that much; not to be asked where nothing is said."""
        held = self.scopes.get(scope, self.every or "none")
        return _LEVELS.get(held, 0) >= _LEVELS[level]


@dataclass(frozen=True, slots=True)
class Use:
    """One step that uses the Action.

    Args:
        job: the job's key.
        inputs: what is under ``with``, as text, by the name in small letters.
        environ: the variables of step, job and workflow.
        permissions: what the job's token may do.
        events: what starts the workflow.
        is_conditional: whether the step or its job has an ``if``.
        concurrency: the job's own group, or the workflow's; None where there is neither.
        cancels: whether a newer run of that group cuts an older one off.
    """

    job: str
    inputs: Mapping[str, str]
    environ: Mapping[str, str]
    permissions: Permissions
    events: frozenset[str]
    is_conditional: bool
    concurrency: str | None
    cancels: bool


def uses_of(document: Mapping[str, Any]) -> Iterator[Use]:
    """Yield every use of the Action in a parsed workflow, as far as it is well formed."""
    events = _events(document.get("on"))
    for job_name, job in _object(document.get("jobs")).items():
        if not isinstance(job, dict):
            continue
        steps = job.get("steps")
        for step in steps if isinstance(steps, list) else ():
            if isinstance(step, dict) and _OURS.fullmatch(str(step.get("uses") or "").strip()):
                yield _use(document, job_name, job, step, events)


def _use(
    document: Mapping[str, Any],
    name: str,
    job: Mapping[str, Any],
    step: Mapping[str, Any],
    events: frozenset[str],
) -> Use:
    environ: dict[str, str] = {}
    for each in (document, job, step):
        environ |= _texts(each.get("env"))
    said = job if "permissions" in job else document
    shared = job if "concurrency" in job else document
    group, cancels = _concurrency(shared.get("concurrency"))
    return Use(
        job=str(name),
        # The runner tells inputs apart without regard to case.
        inputs={name.lower(): value for name, value in _texts(step.get("with")).items()},
        environ=environ,
        permissions=_permissions(said),
        events=events,
        is_conditional="if" in step or "if" in job,
        concurrency=group,
        cancels=cancels,
    )


def _events(on: object) -> frozenset[str]:
    if isinstance(on, str):
        return frozenset({on})
    if isinstance(on, list | dict):
        return frozenset(str(each) for each in on)
    return frozenset()


def _permissions(holder: Mapping[str, Any]) -> Permissions:
    if "permissions" not in holder:
        return Permissions()
    said = holder["permissions"]
    if isinstance(said, str):
        return Permissions({"read-all": "read", "write-all": "write"}.get(said, "none"))
    return Permissions("none", _texts(said))


def _concurrency(said: object) -> tuple[str | None, bool]:
    if isinstance(said, dict):
        return str(said.get("group") or ""), str(said.get("cancel-in-progress")).lower() == "true"
    return (said, False) if isinstance(said, str) and said else (None, False)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    """Return an object's members that are text; true and false as GitHub hands them over."""
    found = {}
    for key, item in _object(value).items():
        if isinstance(item, str):
            said = item.strip()
            found[str(key)] = said.lower() if said in _BOOLEANS else said
    return found
