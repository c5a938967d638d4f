"""Publish a run: outputs, annotations, summary, comment, suggested fixes and the stored ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lukhas_notion.action.comments import Comments, explained
from lukhas_notion.action.context import comment_context
from lukhas_notion.action.untrusted_preview import COMMENT_FILE
from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.github.event import ActivityKind
from lukhas_notion.github.pulls import Hunk, LineComment, hunks, reconcile
from lukhas_notion.github.stored_files import LedgerBranch
from lukhas_notion.ledger.file import rechain, require_whole
from lukhas_notion.report import comment as body
from lukhas_notion.report import json as report_json
from lukhas_notion.report import markdown
from lukhas_notion.sync.options import Reviewed
from lukhas_notion.sync.preconditions import (
    ledger_target,
    report_target,
    require_ledger,
    require_report,
    require_targets,
)
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.sanitize import json_document, redact
from lukhas_notion.util.write_files import chown, is_file, open_to_read, write_bytes, write_text

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.scope import Scope
    from lukhas_notion.config.config import Config
    from lukhas_notion.github.event import Activity
    from lukhas_notion.github.runner import FileCommands
    from lukhas_notion.report.comment import CommentContext
    from lukhas_notion.sync.result import Outcome, RunResult
    from lukhas_notion.validate.vocabulary_gate import FixedFile


#: So many comments a review has at most; more than anybody accepts one by one.
MOST = 30


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A comment that offers to fix ``names`` names."""

    comment: LineComment
    names: int


def suggest(
    github: GitHubContext, result: RunResult, activity: Activity, context: CommentContext
) -> CommentContext:
    """Bring the suggestions on the event's pull request up to date; return what a comment says.

    Raises:
        GitHubError: GitHub does not take them.
    """
    inputs = github.inputs
    if not inputs.suggestions or inputs.comment == "false":
        return context
    if github.event.pull is None or not activity.comment or activity.writes:
        return context
    return replace(context, suggested=_bring_up_to_date(github, result))


def _bring_up_to_date(github: GitHubContext, result: RunResult) -> int:
    """Return how many names have a suggestion afterwards."""
    from lukhas_notion.validate.vocabulary_gate import plan_fixes

    fixed = plan_fixes(github.config, result.violations).fixed
    pull = github.pull()
    if _has_moved(github, pull):
        return 0
    offered = suggestions(fixed, _changed_lines(pull) if fixed else {}, github.prefix)
    taken = offered[:MOST]
    try:
        done = reconcile(
            pull,
            [each.comment for each in taken],
            comment_id=github.inputs.comment_id,
            login=lambda: github.login,
            commit=lambda: github.repository.get_commit(pull.head.sha),
            sleep=github.sleep,
        )
    except GitHubError as error:
        # The diff that the lines are counted in is another one as soon as somebody pushes.
        if error.status == 422 and _has_moved(github, github.pull()):
            return 0
        raise
    if done.made or done.kept or done.removed:
        github.commands.log(
            f"suggestions: {done.made} made, {done.kept} there already, {done.removed} removed"
        )
    if len(taken) < len(offered):
        github.commands.log(f"suggestions: {len(offered) - len(taken)} more are not made")
    return sum(each.names for each in taken)


def _has_moved(github: GitHubContext, pull: PullRequest) -> bool:
    """Whether there was a push meanwhile: its own run is the one to suggest anything."""
    event = github.event.pull
    with asked("read the pull request"):
        moved = event is not None and pull.head.sha != event.head_sha
    if moved:
        github.commands.log("suggestions: left to the run of a later push")
    return moved


def _changed_lines(pull: PullRequest) -> dict[str, tuple[Hunk, ...]]:
    with asked("list the pull request's files", needs="pull-requests: read"):
        return {file.filename: hunks(file.patch) for file in pull.get_files()}


def suggestions(
    fixed: Iterable[FixedFile], changed: Mapping[str, Sequence[Hunk]], prefix: str
) -> list[Suggestion]:
    """Return what can be suggested, by file and line.

    Args:
        fixed: manifests as they are checked out, which is merged with the base branch.
        changed: the right side of the diff, by the file's path in the repository. Lines that read
            otherwise there than in the checkout are not taken for the same.
        prefix: the root's folder inside the repository, "" or ending in a slash.
    """
    return [
        found
        for each in fixed
        for found in _in_file(each, f"{prefix}{each.path}", changed.get(f"{prefix}{each.path}", ()))
    ]


def _in_file(fixed: FixedFile, path: str, lines: Sequence[Hunk]) -> Iterator[Suggestion]:
    from lukhas_notion.manifests.edits import blocks
    from lukhas_notion.report.comment import suggestion

    if not lines:
        return
    for block in blocks(fixed.before, fixed.edits):
        if not any(hunk.holds(block.first, block.old) for hunk in lines):
            continue
        body = suggestion(block)
        if body is not None:
            comment = LineComment(path, block.first, block.last, body)
            yield Suggestion(comment, sum(edit.asked for edit in block.edits))


def comment_outputs(url: str) -> dict[str, str]:
    """Return the outputs that name a comment, and say whether there is one."""
    return {"comment-url": url, "comment-posted": "true" if url else "false"}


PLAN_FILE = "notion_sync_plan.json"
_FAILED = {ActivityKind.VERIFY: "Not verified", ActivityKind.DOCTOR: "Not examined"}
#: The outputs that the report's summary has under the same names.
_COUNTS = (
    *("created", "updated", "adopted", "restored", "archived", "skipped", "drifted", "orphans"),
    *("violations", "unapplied"),
)


class Publisher:
    """Reports the result of a run to GitHub and in files.

    Attributes:
        ledger_error: why the run's records could not be stored, "" where they were.
    """

    def __init__(self, github: GitHubContext, files: FileCommands) -> None:
        self._github = github
        self._files = files
        self._comments = Comments(github)
        self._stored = b""
        self.ledger_error = ""

    def reviewed(self) -> Reviewed | None:
        """Return the plan that alone may be applied, None when any may.

        Raises:
            NotReviewed: it cannot be had.
            GitHubError: GitHub cannot be asked for it.
        """
        wanted = self._github.inputs.require_reviewed_plan
        if wanted == "false":
            return None
        return self._comments.reviewed() if wanted == "true" else Reviewed(wanted)

    def check(self) -> None:
        """Check that every file of this run can be written, before anything is sent.

        Raises:
            ConfigError: one cannot, or is something else as well.
        """
        config = self._github.config
        require_ledger(config)
        report = report_target(config)
        beside = [
            report._replace(path=config.report.with_name(name), purpose=purpose)
            for name, purpose in ((PLAN_FILE, "the plan"), (COMMENT_FILE, "the comment's data"))
        ]
        require_targets(config, [ledger_target(config), report, *beside])
        if not self._github.inputs.report_path:
            require_report(config)

    # --- the ledger -----------------------------------------------------------------------

    @contextmanager
    def ledger(self, *, keep: bool = False) -> Iterator[Config]:
        """Bring the ledger's branch to this disk for the time of a run; yield its configuration.

        With ``keep`` what the run adds is put back on the branch, however the run ends; why that
        failed is in :attr:`ledger_error`. Without it the run only reads, and the workspace stays
        as it is.
        """
        branch, config = self._branch(), self._github.config
        with ExitStack() as stack:
            if branch is not None:
                self._stored = branch.read()
                if keep:
                    require_whole(self._stored)
                else:
                    folder = TemporaryDirectory(prefix="lukhas-notion-")
                    ledger = Path(stack.enter_context(folder), config.ledger.name)
                    config = replace(config, ledger=ledger)
                write_bytes(config.ledger, self._stored, within=config.ledger_within)
            try:
                yield config
            finally:
                if keep:
                    self._store_ledger()

    def _branch(self) -> LedgerBranch | None:
        github = self._github
        if not github.inputs.ledger_branch:
            return None
        return LedgerBranch(
            github.repository,
            github.inputs.ledger_branch,
            f"{github.prefix}{github.config.display(github.config.ledger)}",
            sleep=github.sleep,
        )

    def _store_ledger(self) -> None:
        """Append this run's records to the ledger's branch."""
        try:
            branch, config = self._branch(), self._github.config
            if branch is None or not is_file(config.ledger, within=config.ledger_within):
                return
            with open_to_read(config.ledger, within=config.ledger_within) as file:
                whole = file.read()
            if new := [json.loads(line) for line in whole[len(self._stored) :].splitlines()]:
                branch.append(
                    lambda existing: rechain(existing, new),
                    f"Record Notion sync run {self._github.event.run_id}",
                )
        except LukhasNotionError as error:
            self.ledger_error = error.in_one
        except Exception as error:  # whatever it is, the ledger is not kept and the run says so
            why = f"{type(error).__name__}: {error}"
            self.ledger_error = f"The run's records could not be stored: {why}."
        if self.ledger_error:
            self._github.commands.error(self.ledger_error, title="ledger")

    # --- reports --------------------------------------------------------------------------

    def publish(
        self, result: RunResult, activity: Activity, scope: Scope, against_base: bool
    ) -> None:
        """Write outputs and summary, then files, annotations, suggestions and comment.

        Args:
            result: of the run.
            activity: what the run does.
            scope: what was looked at.
            against_base: whether it was compared with the base branch and not with Notion.
        """
        github = self._github
        self.outputs({**self.counts(result), "ledger-path": self.ledger_path()})
        context = comment_context(github, result, scope, against_base)
        self.summary(lambda: body.summary(result, context))
        self._report(result)
        with github.reporting("annotations"):
            self._annotate(result)
        with github.reporting("suggestions", "could not be brought up to date"):
            context = suggest(github, result, activity, context)
        self.outputs(comment_outputs(""))
        with github.reporting("comment"):
            self.outputs(comment_outputs(self._comments.update(result, activity, context)))

    def failed(self, error: Exception, activity: Activity, result: RunResult | None = None) -> None:
        """Report in summary, report and pull request that a run ended in an error.

        ``result`` is the run's, where it had begun.
        """
        said = _FAILED.get(activity.kind, "Nothing was carried to Notion")
        self.summary(lambda: f"## ❌ {said}\n\n{explained(error)}")
        if result is not None:
            self.outputs({**self.counts(result), "ledger-path": self.ledger_path()})
            self._report(result)
        with self._github.reporting("comment"):
            self._comments.failed(error, activity)

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs of the step at once, so that nothing that happens later can lose them."""
        with self._github.reporting("outputs"):
            self._files.outputs(values)

    def summary(self, render: Callable[[], str]) -> None:
        """Write the step's summary."""
        with self._github.reporting("summary"):
            self._files.summary(render())

    def counts(self, result: RunResult) -> dict[str, str]:
        """Return the outputs that count what became of a plan."""
        summary = report_json.summary(result)
        changes = result.plan is not None and not result.plan.is_empty
        return {
            **{name: str(summary[name]) for name in _COUNTS},
            "changes": "true" if changes else "false",
            "plan-digest": result.plan.digest if result.plan else "",
        }

    def write_reports(self, text: str, document: Mapping[str, Any]) -> dict[str, str]:
        """Write the Markdown report and the same as JSON; return the outputs that name them."""
        config = self._github.config
        report, within = config.report, config.within(config.report)
        plan = report.with_name(PLAN_FILE)
        write_text(report, redact(text), within=within)
        write_text(plan, redact(json_document(document)) + "\n", within=within)
        relative = self._github.relative
        return {"report-path": relative(report), "plan-path": relative(plan)}

    def ledger_path(self) -> str:
        """Return the output that names the ledger, "" when there is none."""
        config = self._github.config
        there = is_file(config.ledger, within=config.ledger_within)
        return self._github.relative(config.ledger) if there else ""

    def chown_outputs(self) -> None:
        """Give what root made in a container to the workspace's owner, who has to clean up."""
        if self._github.loaded is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
            return
        workspace = Path(os.path.realpath(self._github.event.workspace))
        owner = workspace.stat()
        report, ledger = self._github.config.report, self._github.config.ledger
        for path in (report, report.with_name(PLAN_FILE), report.with_name(COMMENT_FILE), ledger):
            chown(path, owner, within=workspace)

    def _report(self, result: RunResult) -> None:
        with self._github.reporting("report"):
            self.outputs(self.write_reports(markdown.render(result), report_json.document(result)))

    def _annotate(self, result: RunResult) -> None:
        commands = self._github.commands
        commands.annotate(result.violations, prefix=self._github.prefix)
        if result.refusal is not None:
            commands.error(result.refusal.message, title="refused")
        advised = set()

        def annotate(outcome: Outcome) -> None:
            said = f"{outcome.change.module}: {outcome.error}"
            if outcome.remedy not in advised:
                advised.add(outcome.remedy)
                said = f"{said}\n{outcome.remedy}".rstrip()
            commands.warning(said, title="not applied")

        commands.annotate_each(result.failures, annotate, "changes not applied", "warning")
