"""What a use of the Action needs, beside what its workflow gives. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lukhas_notion.github.event import BEHAVIOUR
from lukhas_notion.github.inputs import INPUTS, expected, normalize
from lukhas_notion.manifests.wording import quote
from lukhas_notion.setup.doctor.diagnosis import (
    Check,
    note,
    ok,
    problem,
    warning,
)
from lukhas_notion.setup.doctor.workflow_uses import Use

_SPECS = {spec.name: spec for spec in INPUTS}
#: The token that the workflow's permissions are about.
_WORKFLOW_TOKEN = re.compile(r"\bgithub\.token\b|\bsecrets\.GITHUB_TOKEN\b")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
#: A token of Notion's or GitHub's, by how it begins, as text within an expression.
_TOKEN_AS_TEXT = re.compile(r"(?<!\[)'(?:ntn_|secret_|gh[a-z]_|github_pat_)[^']")
#: The event whose pull request gets a comment, by the mode.
_COMMENTED = {"validate": "pull_request", "dry-run": "pull_request", "apply": "push"}


@dataclass(frozen=True, slots=True)
class Need:
    """A permission that a use needs, and what for."""

    scope: str
    level: str
    reason: str
    instead: str = ""

    @property
    def fix(self) -> str:
        """What to write, or what to do without it."""
        return f"Under the job's permissions write {self.scope}: {self.level}{self.instead}."


def use_checks(subject: str, use: Use) -> list[Check]:
    """Return what there is to say of one use: its problems, or that there are none."""
    mode = _given(use, "mode")
    found = [
        *_inputs(subject, use),
        *_events(subject, use, mode),
        *_token(subject, use, mode),
        *_permissions(subject, use, mode),
        *_concurrency(subject, use, mode),
    ]
    said = f"Events, token, permissions and inputs are right for mode: {mode}."
    return found or [ok(subject, said)]


def _given(use: Use, name: str) -> str:
    """Return an input's value, or its default; an expression as it is."""
    return normalize(use.inputs.get(name) or _SPECS[name].default)


def _writes(use: Use, mode: str) -> bool:
    """Whether Notion may be written."""
    return mode == "apply" or (mode == "verify" and _may_be_true(_given(use, "repair")))


def _is_expression(value: str) -> bool:
    return "${{" in value


def _may_be_true(value: str) -> bool:
    return value == "true" or _is_expression(value)


def _is_in_the_file(secret: str) -> bool:
    """Whether a secret is more than what an expression comes to, or stands in one as text."""
    return bool(_EXPRESSION.sub("", secret).strip() or _TOKEN_AS_TEXT.search(secret))


def _inputs(subject: str, use: Use) -> Iterator[Check]:
    for name, value in use.inputs.items():
        spec = _SPECS.get(name)
        if spec is None:
            yield warning(
                subject,
                f"The Action has no input '{name}', and passes it over.",
                f"Its inputs are {', '.join(_SPECS)}.",
            )
        elif spec.kind == "secret":
            if _is_in_the_file(value):
                yield _exposed(subject, f"input {name}")
        elif _is_expression(value):
            yield from _expression(subject, name, value)
        elif value and (may_be := expected(spec, value)):
            yield problem(subject, f"The input {name} is {quote(value)}.", f"It may be {may_be}.")
    for spec in INPUTS:
        if spec.kind == "secret" and _is_in_the_file(use.environ.get(spec.environ, "")):
            yield _exposed(subject, f"variable {spec.environ}")


def _expression(subject: str, name: str, value: str) -> Iterator[Check]:
    if name == "mode":
        yield note(
            subject,
            f"The input mode is {value}; what it needs cannot be told.",
            "Write a step for each mode, each with an `if`.",
        )
    elif name == "repair":
        said = f"The input repair is {value}; it is looked at as one that may write."
        yield note(subject, said)


def _exposed(subject: str, where: str) -> Check:
    return problem(
        subject,
        f"The {where} is not a mere expression: a token stands in the file, for everybody to read.",
        "Revoke that token, keep a new one as a secret, and hand that over.",
    )


def _events(subject: str, use: Use, mode: str) -> Iterator[Check]:
    known = {row.event: row for row in BEHAVIOUR}
    for event in sorted(use.events):
        row = known.get(event)
        if event == "pull_request_target" and row is not None:
            yield problem(
                subject,
                f"The event {event} is refused: {row.why}.",
                "Use pull_request in its place.",
            )
        elif mode == "comment" and row is not None and event != "workflow_run":
            yield problem(
                subject,
                f"mode: comment is refused for the event {event}.",
                "It posts what the run of another workflow left: use it on workflow_run.",
            )
        elif row is None or use.is_conditional or _is_expression(mode):
            # Another job's event, perhaps, or one that a condition keeps away.
            continue
        elif not {"dry-run": row.dry_run, "apply": row.apply, "verify": row.verify}.get(mode, True):
            yield problem(
                subject,
                f"mode: {mode} is refused for the event {event}: {row.why}.",
                "Take the event away, or keep it from this step by an `if`.",
            )


def _token(subject: str, use: Use, mode: str) -> Iterator[Check]:
    given = use.environ.get("NOTION_TOKEN", "") or use.inputs.get("notion-token")
    if given or mode in ("validate", "comment") or _is_expression(mode):
        return
    fix = "Set the secret, and hand it over: notion-token: ${{ secrets.NOTION_TOKEN }}"
    if mode == "dry-run" and use.events & {"pull_request", "merge_group"}:
        said = "notion-token is not handed over: changes are compared with the base branch alone."
        yield warning(subject, said, fix)
    else:
        yield problem(subject, f"notion-token is not handed over, and mode: {mode} needs it.", fix)


def needs_of(use: Use, mode: str) -> list[Need]:
    """Return the permissions that a use asks for by its mode, inputs and events."""
    if mode == "comment":
        return [
            Need("actions", "read", "the artifact of the other run"),
            Need("pull-requests", "write", "the comment"),
        ]
    needs = [Need("contents", "read", "the checkout")]
    if _writes(use, mode) and use.inputs.get("ledger-branch"):
        needs = [Need("contents", "write", "the ledger's branch", ", or leave ledger-branch out")]
    if _given(use, "comment") != "false" and _COMMENTED.get(mode) in use.events:
        needs.append(
            Need("pull-requests", "write", "the comment", ", or set the input comment to false")
        )
    elif mode == "apply" and _may_be_true(_given(use, "require-reviewed-plan")):
        needs.append(Need("pull-requests", "read", "the plan in the pull request's comment"))
    if mode == "verify" and _given(use, "issue") != "false":
        needs.append(
            Need(
                "issues", "write", "the issue that tells of it", ", or set the input issue to false"
            )
        )
    return needs


def _permissions(subject: str, use: Use, mode: str) -> Iterator[Check]:
    if not _WORKFLOW_TOKEN.search(_given(use, "github-token")):
        yield note(subject, "It has a github-token of its own, so permissions say nothing of it.")
        return
    needs = needs_of(use, mode)
    if use.permissions.every is None:
        listed = ", ".join(f"{need.scope}: {need.level}" for need in needs)
        yield warning(
            subject,
            "It has no permissions, so that the repository's default holds, which may be less "
            "than it needs or more than it should have.",
            f"Under the job write permissions: {listed}.",
        )
        return
    for need in needs:
        if not use.permissions.allow(need.scope, need.level):
            yield problem(
                subject, f"{need.scope}: {need.level} is missing, for {need.reason}.", need.fix
            )


def _concurrency(subject: str, use: Use, mode: str) -> Iterator[Check]:
    if not _writes(use, mode):
        return
    if use.concurrency is None:
        yield problem(
            subject,
            f"mode: {mode} writes and has no concurrency: two runs at once may make two pages of "
            "one module.",
            "Write concurrency: {group: notion-apply, cancel-in-progress: false} at the top.",
        )
    elif use.cancels:
        yield warning(
            subject,
            "cancel-in-progress cuts a run off; what it had not written waits for the next one.",
            "Set cancel-in-progress to false: each apply is of the whole repository.",
        )
