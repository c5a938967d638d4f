"""The event that started the workflow, and what it asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from lukhas_notion.util.errors import ConfigError, UsageError


@dataclass(frozen=True, slots=True)
class Pull:
    """The pull request of an event. ``closed`` is true of a merged one too."""

    number: int
    head_sha: str
    base_sha: str
    base_ref: str
    is_fork: bool
    closed: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """The run that a ``workflow_run`` event is about, as GitHub names it.

    ``event`` started it; ``head_repository`` is ``owner/name``, of a fork perhaps.
    """

    id: int
    attempt: int
    event: str
    head_sha: str
    head_branch: str
    head_repository: str


@dataclass(frozen=True, slots=True)
class Event:
    """What the runner says about this run.

    ``before`` is the commit that a push moved its branch from; "" where there is none.
    """

    name: str
    repository: str
    sha: str
    ref: str
    run_id: int
    run_attempt: int
    workspace: str
    server_url: str
    api_url: str
    default_branch: str
    pull: Pull | None
    before: str = ""
    run: WorkflowRun | None = None

    @property
    def run_url(self) -> str:
        """The page of this run."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"

    @property
    def is_default_branch(self) -> bool:
        """Whether the event is about the repository's default branch."""
        return self.ref == f"refs/heads/{self.default_branch}"

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], read_payload: Callable[[str], bytes]
    ) -> Event:
        """Read the event from the runner's variables and its payload file.

        Raises:
            ConfigError: a variable or the payload is missing or broken.
        """
        payload = _payload(environ, read_payload)
        repository = payload.get("repository") or {}
        return cls(
            name=_need(environ, "GITHUB_EVENT_NAME"),
            repository=_need(environ, "GITHUB_REPOSITORY"),
            sha=environ.get("GITHUB_SHA", ""),
            ref=environ.get("GITHUB_REF", ""),
            run_id=_number(environ, "GITHUB_RUN_ID"),
            run_attempt=_number(environ, "GITHUB_RUN_ATTEMPT"),
            workspace=_need(environ, "GITHUB_WORKSPACE"),
            server_url=environ.get("GITHUB_SERVER_URL", "") or "https://github.com",
            api_url=environ.get("GITHUB_API_URL", "") or "https://api.github.com",
            default_branch=str(repository.get("default_branch") or "main"),
            pull=_pull(payload.get("pull_request")),
            before=_before(payload.get("before")),
            run=_run(payload.get("workflow_run")),
        )


def _before(found: object) -> str:
    """Return a push's ``before``; a branch that is new has forty zeros there."""
    return found if isinstance(found, str) and found.strip("0") else ""


def _need(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise ConfigError(
            f"{name} is not set.", "The Action runs in a GitHub workflow; by hand use the command."
        )
    return value


def _number(environ: Mapping[str, str], name: str) -> int:
    value = environ.get(name, "") or "1"
    if not value.isdecimal():
        raise ConfigError(f"{name} is {value!r}, which is not a number.")
    return int(value)


def _payload(environ: Mapping[str, str], read_payload: Callable[[str], bytes]) -> dict[str, Any]:
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        return {}
    try:
        found = json.loads(read_payload(path) or b"{}")
    except (OSError, ValueError) as error:
        raise ConfigError(f"The event's payload cannot be read: {error}.") from None
    if not isinstance(found, dict):
        raise ConfigError("The event's payload is not a JSON object.")
    return found


@contextmanager
def _part(name: str) -> Iterator[None]:
    """Let a part of the payload that lacks something be an error that names the part."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ConfigError(f"The event's {name} is incomplete: {error!r}.") from None


def _pull(found: object) -> Pull | None:
    if not isinstance(found, dict):
        return None
    with _part("pull request"):
        head, base = found["head"], found["base"]
        return Pull(
            number=int(found["number"]),
            head_sha=str(head["sha"]),
            base_sha=str(base["sha"]),
            base_ref=str(base.get("ref") or ""),
            # A fork that was deleted has no repository any more; it is a fork all the same.
            is_fork=(head.get("repo") or {}).get("full_name") != base["repo"]["full_name"],
            closed=found.get("state") == "closed" or bool(found.get("merged")),
        )


def _run(found: object) -> WorkflowRun | None:
    if not isinstance(found, dict):
        return None
    with _part("workflow run"):
        return WorkflowRun(
            id=int(found["id"]),
            attempt=int(found.get("run_attempt") or 1),
            event=str(found["event"]),
            head_sha=str(found["head_sha"]),
            head_branch=str(found.get("head_branch") or ""),
            # A fork that was deleted has no repository any more, and no pull request either.
            head_repository=str((found.get("head_repository") or {}).get("full_name") or ""),
        )


class ActivityKind(Enum):
    """What a run does."""

    VALIDATE = "validate"
    PREVIEW = "preview"
    APPLY = "apply"
    VERIFY = "verify"
    DOCTOR = "doctor"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Activity:
    """What a run does, and how far.

    Args:
        kind: what.
        whole: the whole repository, or what a pull request changes.
        comment: whether there may be a pull request to comment on.
    """

    kind: ActivityKind
    whole: bool
    comment: bool

    @property
    def writes(self) -> bool:
        """Whether Notion may be written."""
        return self.kind is ActivityKind.APPLY


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row of the table: what an event does in each mode; "" is a refusal, with ``why``."""

    event: str
    dry_run: str
    apply: str
    verify: str
    why: str = ""


_UNTRUSTED = "it would run with secrets on a stranger's files; use `pull_request`, which needs none"
_CHANGED = "preview of the changed manifests, comment"
_WHOLE = "preview of the whole repository"
_APPLY = "apply of the whole repository"
_VERIFY = "verify, issue"
_DEFAULT = "on the default branch"
_ONLY = "validate only"

#: What every event does. An event that is not here is refused.
BEHAVIOUR = (
    Behaviour(
        "pull_request",
        _CHANGED,
        "",
        "",
        "a pull request is not merged yet: apply on push, verify on schedule",
    ),
    Behaviour(
        "push",
        _WHOLE,
        f"{_APPLY}, {_DEFAULT}; then the pull request's comment",
        f"{_VERIFY}, {_DEFAULT}",
    ),
    Behaviour("workflow_dispatch", _WHOLE, f"{_APPLY}, {_DEFAULT}", f"{_VERIFY}, {_DEFAULT}"),
    Behaviour("schedule", _WHOLE, _APPLY, _VERIFY),
    Behaviour("merge_group", _ONLY, _ONLY, _ONLY),
    Behaviour("repository_dispatch", _WHOLE, _APPLY, _VERIFY),
    Behaviour("release", _WHOLE, "", "", "a release may be older than the default branch"),
    Behaviour(
        "workflow_run",
        "",
        "",
        "",
        "it may follow a stranger's pull request; it has `mode: comment`, and without any token "
        "`mode: validate`",
    ),
    Behaviour("pull_request_target", "", "", "", _UNTRUSTED),
)


def activity(event: Event, mode: str, *, tokens: bool = False) -> Activity:
    """Return what an event asks for in a mode.

    Args:
        event: what started the workflow.
        mode: the input.
        tokens: whether the run has a token, of Notion's or GitHub's.

    Raises:
        UsageError: it makes no sense, with why.
    """
    row = next((row for row in BEHAVIOUR if row.event == event.name), None)
    if row is None:
        known = ", ".join(row.event for row in BEHAVIOUR if row.dry_run)
        raise UsageError(
            f"The event {event.name} says nothing about manifests.", f"Use one of: {known}."
        )
    pull = event.name == "pull_request"
    if event.name == "workflow_run":
        return _after_a_run(mode, row.why, tokens=tokens)
    if not row.dry_run:
        raise UsageError(f"The event {event.name} is refused.", f"Why: {row.why}.")
    if mode == "comment":
        raise UsageError(
            f"`mode: comment` is refused for the event {event.name}.",
            "It posts what the run of another workflow left: use it on workflow_run.",
        )
    if pull and event.pull is None:
        raise ConfigError("The event's payload has no pull request.")
    # What a comment said when its pull request was closed stays: an apply may have written it.
    open_pull = pull and event.pull is not None and not event.pull.closed
    if mode == "doctor":
        return Activity(ActivityKind.DOCTOR, whole=True, comment=False)
    if mode == "validate" or event.name == "merge_group":
        return Activity(ActivityKind.VALIDATE, whole=not pull, comment=open_pull)
    if mode == "dry-run":
        return Activity(ActivityKind.PREVIEW, whole=not pull, comment=open_pull)
    if not (row.apply if mode == "apply" else row.verify):
        raise UsageError(
            f"`mode: {mode}` is refused for the event {event.name}.", f"Why: {row.why}."
        )
    if event.name in ("push", "workflow_dispatch") and not event.is_default_branch:
        raise UsageError(
            f"`mode: {mode}` is refused on {event.ref}.",
            f"Notion shows the default branch, {event.default_branch}: {mode} there.",
        )
    if mode == "verify":
        return Activity(ActivityKind.VERIFY, whole=True, comment=False)
    return Activity(ActivityKind.APPLY, whole=True, comment=True)


def _after_a_run(mode: str, why: str, *, tokens: bool) -> Activity:
    """Return what ``workflow_run`` asks for: it may follow a run that a stranger controls."""
    if mode == "comment":
        return Activity(ActivityKind.COMMENT, whole=False, comment=False)
    if mode != "validate" or tokens:
        raise UsageError(f"`mode: {mode}` is refused for the event workflow_run.", f"Why: {why}.")
    return Activity(ActivityKind.VALIDATE, whole=True, comment=False)
