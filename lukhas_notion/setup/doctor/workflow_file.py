"""Workflow files, read with bounds, and where they use the Action.

On a pull request a stranger wrote them. Everything in them is text, lists and objects: no tag makes
anything else, ``on`` is the word and not a truth value, and ``<<`` is a key like any other, which
is what it is to GitHub.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.events import AliasEvent
from yaml.nodes import Node

from lukhas_notion.util.read_files import RefusedFileError, read_regular

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40
MAX_ALIASES = 100
#: Of all files together: what takes a few seconds, and a hundred times what workflows have.
MAX_TOTAL_BYTES = 2 * 1024 * 1024
MAX_TOTAL_VALUES = 60_000


class WorkflowError(Exception):
    """A file that is no workflow, or is not looked into; the text says why."""


class BudgetSpent(WorkflowError):
    """The files together hold more than is looked into; whatever comes after is not read."""


@dataclass(slots=True)
class Budget:
    """What may still be parsed, of all files of one examination together.

    Args:
        bytes: of text; the scanner looks at each.
        values: words, lists and objects, which is what takes the time.
    """

    bytes: int = MAX_TOTAL_BYTES
    values: int = MAX_TOTAL_VALUES

    def take(self, *, text: int = 0, values: int = 0) -> None:
        """Take this much.

        Raises:
            BudgetSpent: there is not so much left.
        """
        self.bytes -= text
        self.values -= values
        if self.bytes < 0:
            raise BudgetSpent(f"the workflows together are over {MAX_TOTAL_BYTES:,} bytes")
        if self.values < 0:
            raise BudgetSpent(f"the workflows together have more than {MAX_TOTAL_VALUES:,} values")


class _Loader(yaml.BaseLoader):
    """Composes a document as long as it is neither too deep, too large nor too entangled."""

    def __init__(self, stream: str, budget: Budget) -> None:
        super().__init__(stream)
        self._budget = budget
        self._depth = 0
        self._aliases = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Count what is composed."""
        self._budget.take(values=1)
        self._aliases += self.check_event(AliasEvent)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise WorkflowError(f"it is nested more than {MAX_DEPTH} deep")
        if self._aliases > MAX_ALIASES:
            raise WorkflowError(f"it has more than {MAX_ALIASES} aliases")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def read_workflow(
    path: Path, root: Path, budget: Budget, *, mentions: bytes = b""
) -> dict[str, Any] | None:
    """Return what a workflow file says; None where it does not mention ``mentions`` at all.

    Args:
        path: the file.
        root: no link leads out of it.
        budget: what may be parsed yet; this file is taken from it.
        mentions: what it has to have somewhere, in small letters, to be worth parsing.

    Raises:
        BudgetSpent: it would be more than is looked into.
        WorkflowError: it cannot be read, or is no YAML object.
    """
    try:
        content = read_regular(path, MAX_BYTES, root=root)
    except RefusedFileError as error:
        raise WorkflowError(error.message) from None
    if len(content) > MAX_BYTES:
        raise WorkflowError(f"it is over {MAX_BYTES:,} bytes")
    if mentions not in content.lower():
        return None
    try:
        document = parse(content.decode("utf-8"), budget)
    except UnicodeDecodeError:
        raise WorkflowError("it is not UTF-8") from None
    return document


def parse(text: str, budget: Budget) -> dict[str, Any]:
    """Return a workflow's text as text, lists and objects.

    Raises:
        BudgetSpent: it would be more than is looked into.
        WorkflowError: it is no YAML, or no object.
    """
    budget.take(text=len(text))
    loader = None
    try:
        loader = _Loader(text, budget)
        document = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WorkflowError(f"line {line}: it is no YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WorkflowError(f"it is no YAML: {type(error).__name__}") from None
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(document, dict):
        raise WorkflowError("it is no YAML object")
    return document


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
        paths: the ``paths`` of each event that has some, in their order.
        is_conditional: whether the step or its job has an ``if``.
        concurrency: the job's own group, or the workflow's; None where there is neither.
        cancels: whether a newer run of that group cuts an older one off.
    """

    job: str
    inputs: Mapping[str, str]
    environ: Mapping[str, str]
    permissions: Permissions
    events: frozenset[str]
    paths: Mapping[str, Sequence[str]]
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
        paths=_paths(document.get("on")),
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


def _paths(on: object) -> dict[str, list[str]]:
    found = {}
    for event, settings in _object(on).items():
        paths = _object(settings).get("paths")
        if isinstance(paths, list) and all(isinstance(each, str) for each in paths):
            found[str(event)] = paths
    return found


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
