"""Read workflow files, which are untrusted, within limits, and find where they use the Action.

Every value is text, a list or an object, as GitHub reads it: tags have no effect, ``on`` is not a
truth value, and ``<<`` is an ordinary key.
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
#: Limits of all files together. They take a few seconds, and are a hundred times what is usual.
MAX_TOTAL_BYTES = 2 * 1024 * 1024
MAX_TOTAL_VALUES = 60_000


class WorkflowError(Exception):
    """A file that is not a workflow, or is not checked; the text says why."""


class BudgetSpent(WorkflowError):
    """The files together are over a limit; the files that follow are not read."""


@dataclass(slots=True)
class ParsingBudget:
    """What may still be parsed, of all files together.

    Args:
        bytes: bytes of text.
        values: texts, lists and objects.
    """

    bytes: int = MAX_TOTAL_BYTES
    values: int = MAX_TOTAL_VALUES

    def take(self, *, text: int = 0, values: int = 0) -> None:
        """Subtract from what is left.

        Raises:
            BudgetSpent: less than that is left.
        """
        self.bytes -= text
        self.values -= values
        if self.bytes < 0:
            raise BudgetSpent(f"the workflows together are over {MAX_TOTAL_BYTES:,} bytes")
        if self.values < 0:
            raise BudgetSpent(f"the workflows together have more than {MAX_TOTAL_VALUES:,} values")


class _Loader(yaml.BaseLoader):
    """Composes a document within limits of depth, values and aliases."""

    def __init__(self, stream: str, budget: ParsingBudget) -> None:
        super().__init__(stream)
        self._budget = budget
        self._depth = 0
        self._aliases = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Compose a node, and count it."""
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
    path: Path, root: Path, budget: ParsingBudget, *, mentions: bytes = b""
) -> dict[str, Any] | None:
    """Return the parsed content of a workflow file; None where it does not contain ``mentions``.

    Args:
        path: the file.
        root: the folder that no link may lead out of.
        budget: what may still be parsed.
        mentions: the text, in small letters, without which the file is not parsed.

    Raises:
        BudgetSpent: the limits of all files are reached.
        WorkflowError: it cannot be read, or is not a YAML object.
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
        return parse(content.decode("utf-8"), budget)
    except UnicodeDecodeError:
        raise WorkflowError("it is not UTF-8") from None


def parse(text: str, budget: ParsingBudget) -> dict[str, Any]:
    """Return a workflow's text as text, lists and objects.

    Raises:
        BudgetSpent: the limits of all files are reached.
        WorkflowError: it is not YAML, or not an object.
    """
    budget.take(text=len(text))
    loader = None
    try:
        loader = _Loader(text, budget)
        document = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WorkflowError(f"line {line}: it is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WorkflowError(f"it is not YAML: {type(error).__name__}") from None
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(document, dict):
        raise WorkflowError("it is not a YAML object")
    return document


#: The Action at any ref, with Docker or without. GitHub ignores case.
_OURS = re.compile(r"lukhas-notion/lukhas-notion(/composite)?@[^\s]+", re.IGNORECASE)
#: Uses of the Action in one file that are checked.
MOST_USES = 50
#: The truth values of YAML 1.2.
_BOOLEANS = {"true", "True", "TRUE", "false", "False", "FALSE"}
_LEVELS = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a job's token may do.

    Args:
        every: the level of every scope that is not listed; None without any permissions, where
            the repository's default applies.
        scopes: scope → level.
    """

    every: str | None = None
    scopes: Mapping[str, str] = field(default_factory=dict)

    def allow(self, scope: str, level: str) -> bool:
        """Return whether the token has at least this level; only where ``every`` is not None."""
        granted = self.scopes.get(scope, self.every or "none")
        return _LEVELS.get(granted, 0) >= _LEVELS[level]


@dataclass(frozen=True, slots=True)
class Use:
    """One step that uses the Action.

    Args:
        job: the job's key.
        inputs: the values under ``with``, as text, by the name in small letters.
        environ: the variables of step, job and workflow.
        permissions: what the job's token may do.
        events: the events that start the workflow.
        paths: the ``paths`` of each event that has some, in their order.
        is_conditional: whether the step or its job has an ``if``.
        concurrency: the group of the job or of the workflow; None without one.
        cancels: whether a newer run of that group cancels an older one.
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
    """Yield every use of the Action in a parsed workflow; what is not well formed is skipped."""
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
    group, cancels = _concurrency((job if "concurrency" in job else document).get("concurrency"))
    return Use(
        job=str(name),
        # The runner ignores the case of an input's name.
        inputs={name.lower(): value for name, value in _texts(step.get("with")).items()},
        environ=environ,
        permissions=_permissions(job if "permissions" in job else document),
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
    listed = {str(event): _object(settings).get("paths") for event, settings in _object(on).items()}
    return {
        event: paths
        for event, paths in listed.items()
        if isinstance(paths, list) and all(isinstance(path, str) for path in paths)
    }


def _permissions(holder: Mapping[str, Any]) -> Permissions:
    if "permissions" not in holder:
        return Permissions()
    given = holder["permissions"]
    if isinstance(given, str):
        return Permissions({"read-all": "read", "write-all": "write"}.get(given, "none"))
    return Permissions("none", _texts(given))


def _concurrency(given: object) -> tuple[str | None, bool]:
    if isinstance(given, dict):
        return str(given.get("group") or ""), str(given.get("cancel-in-progress")).lower() == "true"
    return (given, False) if isinstance(given, str) and given else (None, False)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    """Return an object's members that are text; true and false as GitHub passes them on."""
    texts = {str(k): item.strip() for k, item in _object(value).items() if isinstance(item, str)}
    return {key: text.lower() if text in _BOOLEANS else text for key, text in texts.items()}
