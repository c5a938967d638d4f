"""Publishing of a run: outputs, annotations, summary, suggestions, and the stored ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lukhas_notion.action.comments import Comments, explained
from lukhas_notion.action.context import comment_context
from lukhas_notion.action.suggestions import suggest
from lukhas_notion.action.untrusted_preview import COMMENT_FILE
from lukhas_notion.github.event import ActivityKind
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
from lukhas_notion.util.write_files import chown, is_file, open_to_read, write_file

if TYPE_CHECKING:
    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.scope import Scope
    from lukhas_notion.config.config import Config
    from lukhas_notion.github.event import Activity
    from lukhas_notion.github.runner import FileCommands
    from lukhas_notion.sync.result import Outcome, RunResult


PLAN_FILE = "notion_sync_plan.json"
_FAILED = {ActivityKind.VERIFY: "Not verified", ActivityKind.DOCTOR: "Not examined"}
#: The outputs with the same names in the report's summary.
_COUNTS = (
    *("created", "updated", "adopted", "restored", "archived", "skipped", "drifted", "orphans"),
    *("violations", "unapplied"),
)


def comment_outputs(url: str) -> dict[str, str]:
    """Return the outputs with a comment's address, "" for none."""
    return {"comment-url": url, "comment-posted": "true" if url else "false"}


class Publisher:
    """Reports the result of a run to GitHub and in files.

    Attributes:
        ledger_error: why the run's records could not be stored, "" where they were stored.
    """

    def __init__(self, github: GitHubContext, files: FileCommands) -> None:
        self._github = github
        self._files = files
        self._comments = Comments(github)
        self._stored = b""
        self.ledger_error = ""

    def reviewed(self) -> Reviewed | None:
        """Return the only plan that can be applied, None where any plan can.

        Raises:
            NotReviewed: a reviewed plan is required, and there is none.
            GitHubError: GitHub cannot be asked.
        """
        wanted = self._github.inputs.require_reviewed_plan
        if wanted == "false":
            return None
        return self._comments.reviewed() if wanted == "true" else Reviewed(wanted)

    def check(self) -> None:
        """Check that every file of this run can be written, before anything is sent.

        Raises:
            ConfigError: a file cannot be written, or has two purposes.
        """
        config = self._github.config
        require_ledger(config)
        report = report_target(config)
        others = [
            report._replace(path=config.report.with_name(name), purpose=purpose)
            for name, purpose in ((PLAN_FILE, "the plan"), (COMMENT_FILE, "the comment's data"))
        ]
        require_targets(config, [ledger_target(config), report, *others])
        if not self._github.inputs.report_path:
            require_report(config)

    # --- the ledger -----------------------------------------------------------------------

    def stored_ledger(self) -> bytes:
        """Return the ledger on its branch, nothing without one."""
        branch = self._branch()
        return branch.read() if branch is not None else b""

    @contextmanager
    def ledger(
        self, read: Callable[[], bytes] | None = None, *, keep: bool = False
    ) -> Iterator[Config]:
        """Copy the ledger's branch to this disk for one run; yield the run's configuration.

        ``read`` returns what :meth:`stored_ledger` was asked for earlier. ``keep`` appends the
        run's records to the branch, however the run ends; the reason of a failure is
        :attr:`ledger_error`. Without ``keep`` the run only reads, and the workspace is not changed.
        """
        config = self._github.config
        with ExitStack() as stack:
            if self._github.inputs.ledger_branch:
                self._stored = (read or self.stored_ledger)()
                if keep:
                    require_whole(self._stored)
                else:
                    folder = TemporaryDirectory(prefix="lukhas-notion-")
                    ledger = Path(stack.enter_context(folder), config.ledger.name)
                    config = replace(config, ledger=ledger)
                write_file(config.ledger, self._stored, within=config.ledger_within)
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
        except Exception as error:  # any failure to store the ledger is the run's result
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
            result: the result to report.
            activity: what the run does.
            scope: the manifests that were checked.
            against_base: whether they were compared with the base branch instead of Notion.
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
        """Report an error in summary, report and pull request.

        ``result`` is the result of the run, None where it had not begun.
        """
        title = _FAILED.get(activity.kind, "Nothing was written to Notion")
        self.summary(lambda: f"## ❌ {title}\n\n{explained(error)}")
        if result is not None:
            self.outputs({**self.counts(result), "ledger-path": self.ledger_path()})
            self._report(result)
        with self._github.reporting("comment"):
            self._comments.failed(error, activity)

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set outputs of the step now, so that a later failure does not lose them."""
        with self._github.reporting("outputs"):
            self._files.outputs(values)

    def summary(self, render: Callable[[], str]) -> None:
        """Write the step's summary."""
        with self._github.reporting("summary"):
            self._files.summary(render())

    def counts(self, result: RunResult) -> dict[str, str]:
        """Return the outputs with the counts of a run."""
        summary = report_json.summary(result)
        changes = result.plan is not None and not result.plan.is_empty
        return {
            **{name: str(summary[name]) for name in _COUNTS},
            "changes": "true" if changes else "false",
            "plan-digest": result.plan.digest if result.plan else "",
        }

    def write_reports(self, text: str, document: Mapping[str, Any]) -> dict[str, str]:
        """Write the report as Markdown and JSON; return the outputs with their paths."""
        config = self._github.config
        report, within = config.report, config.within(config.report)
        plan = report.with_name(PLAN_FILE)
        write_file(report, redact(text), within=within)
        write_file(plan, redact(json_document(document)) + "\n", within=within)
        relative = self._github.relative
        return {"report-path": relative(report), "plan-path": relative(plan)}

    def ledger_path(self) -> str:
        """Return the path of the ledger, "" when there is none."""
        config = self._github.config
        exists = is_file(config.ledger, within=config.ledger_within)
        return self._github.relative(config.ledger) if exists else ""

    def chown_outputs(self) -> None:
        """Give the files of a container's root to the workspace's owner, who cleans up."""
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
            text = f"{outcome.change.module}: {outcome.error}"
            if outcome.remedy not in advised:
                advised.add(outcome.remedy)
                text = f"{text}\n{outcome.remedy}".rstrip()
            commands.warning(text, title="not applied")

        commands.annotate_each(result.failures, annotate, "changes not applied", "warning")
