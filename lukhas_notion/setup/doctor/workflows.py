"""Check the workflows that use the Action: permissions, events, token and inputs.

Only what this tool alone knows is checked; actionlint and check-jsonschema find the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lukhas_notion.github.event import BEHAVIOUR
from lukhas_notion.github.inputs import INPUTS, expected, normalize
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.setup.doctor.workflow_file import (
    MOST_USES,
    BudgetSpent,
    ParsingBudget,
    Use,
    WorkflowError,
    read_workflow,
    uses_of,
)
from lukhas_notion.setup.result import Check, failure, passed, warning
from lukhas_notion.util.git import WORKFLOWS
from lukhas_notion.util.read_files import RefusedFileError, list_names

#: Workflow files of a repository that are checked.
MOST_FILES = 200
_MENTIONS = b"lukhas-notion/lukhas-notion"
_SPECS = {spec.name: spec for spec in INPUTS}
#: The token that the workflow's permissions apply to.
_WORKFLOW_TOKEN = re.compile(r"\bgithub\.token\b|\bsecrets\.GITHUB_TOKEN\b")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
#: The beginning of a token of Notion or GitHub, as text within an expression.
_TOKEN_AS_TEXT = re.compile(r"(?<!\[)'(?:ntn_|secret_|gh[a-z]_|github_pat_)[^']")
#: Mode → the event whose pull request gets a comment.
_COMMENTED = {"validate": "pull_request", "dry-run": "pull_request", "apply": "push"}


@dataclass(frozen=True, slots=True)
class Need:
    """A permission that a use needs, the reason, and what to do without it."""

    scope: str
    level: str
    reason: str
    instead: str = ""

    @property
    def fix(self) -> str:
        """What to change."""
        return f"Add {self.scope}: {self.level} to the job's permissions{self.instead}."


@dataclass(frozen=True, slots=True)
class Watched:
    """A file whose change must start the workflows: its path, its purpose and a pattern."""

    path: str
    purpose: str
    pattern: str


def use_checks(subject: str, use: Use, watched: Sequence[Watched] = ()) -> list[Check]:
    """Return the checks of one use: its problems, or one that passed."""
    mode = _given(use, "mode")
    checks = [
        *_inputs(subject, use),
        *_events(subject, use, mode),
        *_token(subject, use, mode),
        *_permissions(subject, use, mode),
        *_concurrency(subject, use, mode),
        *_paths(subject, use, watched),
    ]
    right = f"Events, token, permissions and inputs are right for mode {mode}."
    return checks or [passed(subject, right)]


def _given(use: Use, name: str) -> str:
    """Return an input's value, or its default; an expression unchanged."""
    return normalize(use.inputs.get(name) or _SPECS[name].default)


def _writes(use: Use, mode: str) -> bool:
    """Return whether the use may write to Notion."""
    return mode == "apply" or (mode == "verify" and _may_be_true(_given(use, "repair")))


def _is_expression(value: str) -> bool:
    return "${{" in value


def _may_be_true(value: str) -> bool:
    return value == "true" or _is_expression(value)


def _is_in_the_file(secret: str) -> bool:
    """Return whether a secret is text in the file, and not only the value of an expression."""
    return bool(_EXPRESSION.sub("", secret).strip() or _TOKEN_AS_TEXT.search(secret))


def _inputs(subject: str, use: Use) -> Iterator[Check]:
    for name, value in use.inputs.items():
        spec = _SPECS.get(name)
        if spec is None:
            yield warning(
                subject,
                f"The Action has no input '{name}' and ignores it.",
                f"Its inputs are {', '.join(_SPECS)}.",
            )
        elif spec.kind == "secret":
            if _is_in_the_file(value):
                yield _exposed(subject, f"input {name}")
        elif _is_expression(value):
            if name == "mode":
                yield warning(
                    subject,
                    f"The input mode is {value}, so its permissions and events cannot be checked.",
                    "Write a step for each mode, each with an `if`.",
                )
            elif name == "repair":
                yield passed(
                    subject, f"The input repair is {value}. It is checked as if it were true."
                )
        elif value and (may_be := expected(spec, value)):
            yield failure(subject, f"The input {name} is {quote(value)}.", f"Expected: {may_be}.")
    for spec in INPUTS:
        if spec.kind == "secret" and _is_in_the_file(use.environ.get(spec.environ, "")):
            yield _exposed(subject, f"variable {spec.environ}")


def _exposed(subject: str, where: str) -> Check:
    return failure(
        subject,
        f"The {where} is a token written into the file, where everyone can read it.",
        "Revoke that token, store a new one as a secret, and pass the secret.",
    )


def _events(subject: str, use: Use, mode: str) -> Iterator[Check]:
    known = {row.event: row for row in BEHAVIOUR}
    for event in sorted(use.events):
        row = known.get(event)
        if event == "pull_request_target" and row is not None:
            yield failure(
                subject,
                f"The Action does not run on the event {event}: {row.why}.",
                "Use pull_request instead.",
            )
        elif mode == "comment" and row is not None and event != "workflow_run":
            yield failure(
                subject,
                f"mode: comment does not run on the event {event}.",
                "Use it on workflow_run: it posts the comment of another workflow's run.",
            )
        elif row is None or use.is_conditional or _is_expression(mode):
            # The event may be for another job, or a condition may exclude it.
            continue
        elif not {"dry-run": row.dry_run, "apply": row.apply, "verify": row.verify}.get(mode, True):
            yield failure(
                subject,
                f"mode: {mode} does not run on the event {event}: {row.why}.",
                "Remove the event, or skip this step on it with an `if`.",
            )


def _token(subject: str, use: Use, mode: str) -> Iterator[Check]:
    given = use.environ.get("NOTION_TOKEN", "") or use.inputs.get("notion-token")
    if given or mode in ("validate", "comment") or _is_expression(mode):
        return
    fix = "Set the secret NOTION_TOKEN, and pass it: notion-token: ${{ secrets.NOTION_TOKEN }}"
    if mode == "dry-run" and use.events & {"pull_request", "merge_group"}:
        finding = "notion-token is not passed, so changes are compared with the base branch only."
        yield warning(subject, finding, fix)
    else:
        yield failure(subject, f"notion-token is not passed, and mode: {mode} needs it.", fix)


def needs_of(use: Use, mode: str) -> list[Need]:
    """Return the permissions that a use needs for its mode, inputs and events."""
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
                "issues",
                "write",
                "the issue about disagreements",
                ", or set the input issue to false",
            )
        )
    return needs


def _permissions(subject: str, use: Use, mode: str) -> Iterator[Check]:
    if not _WORKFLOW_TOKEN.search(_given(use, "github-token")):
        yield passed(subject, "It has its own github-token, so its permissions are not checked.")
        return
    needs = needs_of(use, mode)
    if use.permissions.every is None:
        listed = ", ".join(f"{need.scope}: {need.level}" for need in needs)
        yield warning(
            subject,
            "The job has no permissions of its own. The repository's default applies, which may "
            "be too little or too much.",
            f"Write under the job: permissions: {listed}.",
        )
        return
    for need in needs:
        if not use.permissions.allow(need.scope, need.level):
            yield failure(
                subject,
                f"The permission {need.scope}: {need.level} is missing. It is needed for "
                f"{need.reason}.",
                need.fix,
            )


def _concurrency(subject: str, use: Use, mode: str) -> Iterator[Check]:
    if not _writes(use, mode):
        return
    if use.concurrency is None:
        yield failure(
            subject,
            f"mode: {mode} writes to Notion and has no concurrency group. Two runs at once may "
            "create two pages for one module.",
            "Add at the top: concurrency: {group: notion-apply, cancel-in-progress: false}.",
        )
    elif use.cancels:
        yield warning(
            subject,
            "cancel-in-progress stops a run halfway. The rest waits for the next run.",
            "Set cancel-in-progress to false. Each apply covers the whole repository.",
        )


def _paths(subject: str, use: Use, watched: Sequence[Watched]) -> Iterator[Check]:
    """Yield a warning for each file that a workflow's ``paths`` leave out."""
    for event, patterns in use.paths.items():
        for each in watched:
            if not _starts(patterns, each.path):
                yield warning(
                    subject,
                    f"The paths of {event} leave out {each.purpose}, such as {quote(each.path)}.",
                    f"Add {quote(each.pattern)} to them, or take them out: a run without a changed "
                    "manifest is done in seconds.",
                )


def _starts(patterns: Iterable[str], path: str) -> bool:
    """Return whether a change of a file starts a workflow with these ``paths``.

    The last pattern that matches decides (docs.github.com, "Workflow syntax", filter patterns). A
    pattern with ``?``, ``+`` or ``[`` counts as a match.
    """
    starts = False
    for pattern in patterns:
        plain = pattern.removeprefix("!")
        if set(plain) & set("?+["):
            return True
        parts = (re.escape(part).replace(r"\*", "[^/]*") for part in plain.split("**"))
        # "**/x" also matches x at the top.
        expression = ".*".join(parts).replace(".*/", "(?:.*/)?")
        if re.fullmatch(expression, path):
            starts = not pattern.startswith("!")
    return starts


def workflow_checks(top: Path, watched: Sequence[Watched] = ()) -> Iterator[Check]:
    """Yield the checks of the workflows below ``top``, the top of a checkout."""
    used = False
    folder = top / WORKFLOWS
    try:
        paths = [folder / name for name in list_names(folder, top)]
    except RefusedFileError as error:
        yield failure("workflows", f"{WORKFLOWS} cannot be listed: {error.message}.", error.remedy)
        return
    files = [path for path in paths if path.suffix in (".yml", ".yaml")]
    if len(files) > MOST_FILES:
        yield warning(
            "workflows",
            f"There are {len(files)} workflows. Only the first {MOST_FILES} are checked.",
            "Check the others by hand.",
        )
    budget = ParsingBudget()
    for path in files[:MOST_FILES]:
        try:
            for check in _checks(path, top, budget, watched):
                used = True
                yield check
        except BudgetSpent as error:
            used = True
            finding = f"Neither this file nor any after it is checked: {error}."
            yield failure(path.name, finding, "Make them smaller, or check them by hand.")
            break
    if not used:
        yield warning(
            "workflows",
            f"No workflow in {WORKFLOWS} uses the Action.",
            "Run `lukhas-notion init`, which writes one for pull requests and one for merges.",
        )


def _checks(
    path: Path, top: Path, budget: ParsingBudget, watched: Sequence[Watched]
) -> Iterator[Check]:
    name = path.name
    try:
        document = read_workflow(path, top, budget, mentions=_MENTIONS)
    except BudgetSpent:
        raise
    except WorkflowError as error:
        yield failure(
            name, f"The file cannot be checked: {error}.", "Correct the file, or delete it."
        )
        return
    if document is None:
        return
    for number, use in enumerate(islice(uses_of(document), MOST_USES + 1)):
        if number == MOST_USES:
            yield warning(
                name,
                f"Only the first {MOST_USES} uses of the Action in the file are checked.",
                "Check them by hand.",
            )
            return
        yield from use_checks(f"{name} (job {use.job})", use, watched)
