"""The event that started the workflow, and the activity that it starts."""

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
    """The pull request of an event. ``closed`` is also True for a merged one."""

    number: int
    head_sha: str
    base_sha: str
    base_ref: str
    is_fork: bool
    closed: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """The run that a ``workflow_run`` event is about.

    ``event`` started it; ``head_repository`` is ``owner/name``, and may be a fork.
    """

    id: int
    attempt: int
    event: str
    head_sha: str
    head_branch: str
    head_repository: str


@dataclass(frozen=True, slots=True)
class Event:
    """The event and the run, from the runner's variables.

    ``before`` is the commit from which a push moved its branch; "" where there is none, and where
    the push has one commit.
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
        """The URL of this run's page."""
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
            before=_before(payload),
            run=_run(payload.get("workflow_run")),
        )


def _before(payload: Mapping[str, Any]) -> str:
    """Return a push's ``before``, which is forty zeros for a new branch."""
    before, commits = payload.get("before"), payload.get("commits")
    several = not isinstance(commits, list) or len(commits) != 1
    return before if isinstance(before, str) and before.strip("0") and several else ""


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
        payload = json.loads(read_payload(path) or b"{}")
    except (OSError, ValueError) as error:
        raise ConfigError(f"The event's payload cannot be read: {error}.") from None
    if not isinstance(payload, dict):
        raise ConfigError("The event's payload is not a JSON object.")
    return payload


@contextmanager
def _part(name: str) -> Iterator[None]:
    """Convert the exception for an incomplete part of the payload into an error that names it."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ConfigError(f"The event's {name} is incomplete: {error!r}.") from None


def _pull(value: object) -> Pull | None:
    if not isinstance(value, dict):
        return None
    with _part("pull request"):
        head, base = value["head"], value["base"]
        return Pull(
            number=int(value["number"]),
            head_sha=str(head["sha"]),
            base_sha=str(base["sha"]),
            base_ref=str(base.get("ref") or ""),
            # A deleted fork has no repository.
            is_fork=(head.get("repo") or {}).get("full_name") != base["repo"]["full_name"],
            closed=value.get("state") == "closed" or bool(value.get("merged")),
        )


def _run(value: object) -> WorkflowRun | None:
    if not isinstance(value, dict):
        return None
    with _part("workflow run"):
        return WorkflowRun(
            id=int(value["id"]),
            attempt=int(value.get("run_attempt") or 1),
            event=str(value["event"]),
            head_sha=str(value["head_sha"]),
            head_branch=str(value.get("head_branch") or ""),
            # A deleted fork has no repository.
            head_repository=str((value.get("head_repository") or {}).get("full_name") or ""),
        )


class ActivityKind(Enum):
    """The kinds of activity of a run."""

    VALIDATE = "validate"
    PREVIEW = "preview"
    APPLY = "apply"
    VERIFY = "verify"
    DOCTOR = "doctor"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Activity:
    """The activity of a run.

    Args:
        kind: the kind of activity.
        whole: whether it covers the whole repository, instead of a pull request's changes.
        comment: whether it may comment on a pull request.
    """

    kind: ActivityKind
    whole: bool
    comment: bool

    @property
    def writes(self) -> bool:
        """Whether the run may write to Notion."""
        return self.kind is ActivityKind.APPLY


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an event does in each mode; "" is a refusal, for the reason ``why``."""

    event: str
    dry_run: str
    apply: str
    verify: str
    why: str = ""


_UNTRUSTED = "it would run with secrets on untrusted files; use `pull_request`, which needs none"
_CHANGED = "preview of the changed manifests, comment"
_WHOLE = "preview of the whole repository"
_APPLY = "apply of the whole repository"
_VERIFY = "verify, issue"
_DEFAULT = "on the default branch"
_ONLY = "validate only"

#: The behaviour of every event. Other events are refused.
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
        "it may follow an untrusted pull request; it has `mode: comment`, and without any token "
        "`mode: validate`",
    ),
    Behaviour("pull_request_target", "", "", "", _UNTRUSTED),
)


def activity(event: Event, mode: str, *, tokens: bool = False) -> Activity:
    """Return the activity of an event in a mode.

    Args:
        event: the event that started the workflow.
        mode: the input ``mode``.
        tokens: whether the run has a token for Notion or GitHub.

    Raises:
        UsageError: the combination is refused.
        ConfigError: the event's payload has no pull request.
    """
    row = next((row for row in BEHAVIOUR if row.event == event.name), None)
    if row is None:
        known = ", ".join(row.event for row in BEHAVIOUR if row.dry_run)
        raise UsageError(f"The event {event.name} is not supported.", f"Use one of: {known}.")
    pull = event.name == "pull_request"
    if event.name == "workflow_run":
        return _after_a_run(mode, row.why, tokens=tokens)
    if not row.dry_run:
        raise UsageError(f"The event {event.name} is refused.", f"Why: {row.why}.")
    if mode == "comment":
        raise UsageError(
            f"`mode: comment` is refused for the event {event.name}.",
            "It posts the comment that the run of another workflow left: use it on workflow_run.",
        )
    if pull and event.pull is None:
        raise ConfigError("The event's payload has no pull request.")
    # The comment of a closed pull request stays: an apply may have written it.
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
    """Return the activity of ``workflow_run``, which may follow an untrusted run."""
    if mode == "comment":
        return Activity(ActivityKind.COMMENT, whole=False, comment=False)
    if mode != "validate" or tokens:
        raise UsageError(f"`mode: {mode}` is refused for the event workflow_run.", f"Why: {why}.")
    return Activity(ActivityKind.VALIDATE, whole=True, comment=False)
