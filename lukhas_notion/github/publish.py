"""What a run leaves behind: reports, summary, annotations, the comment, the ledger's branch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lukhas_notion.errors import LukhasNotionError
from lukhas_notion.escape import json_document, markdown_message
from lukhas_notion.github.event import ActivityKind
from lukhas_notion.github.pull_comment import COMMENT_FILE, PullComment
from lukhas_notion.github.suggestions import suggest
from lukhas_notion.redaction import redact
from lukhas_notion.report import comment as body
from lukhas_notion.report import json as report_json
from lukhas_notion.report import markdown
from lukhas_notion.targets import (
    ledger_target,
    report_target,
    require_ledger,
    require_report,
    require_targets,
)
from lukhas_notion.util.read_files import RefusedFileError
from lukhas_notion.util.write_files import chown, is_file, open_to_read, write_bytes, write_text

if TYPE_CHECKING:
    from lukhas_notion.action_scope import Scope
    from lukhas_notion.config import Config
    from lukhas_notion.github.context import GitHubContext
    from lukhas_notion.github.event import Activity
    from lukhas_notion.github.files import FileCommands
    from lukhas_notion.github.ledger_branch import LedgerBranch
    from lukhas_notion.result import RunResult
    from lukhas_notion.review import Reviewed

PLAN_FILE = "notion_sync_plan.json"
_FAILED = {ActivityKind.VERIFY: "Not verified", ActivityKind.DOCTOR: "Not examined"}
_WRITTEN = ("created", "updated", "archived")


@dataclass(slots=True)
class Published:
    """What became of telling it."""

    outputs: dict[str, str] = field(default_factory=dict)
    ledger_error: str = ""


class Publisher:
    """Tells GitHub, and whoever reads the files, what a run came to."""

    def __init__(self, github: GitHubContext, files: FileCommands) -> None:
        self._github = github
        self._files = files
        self._comment = PullComment(github)
        self._stored = b""
        self.ledger_error = ""

    def reviewed(self) -> Reviewed | None:
        """Return the plan that alone may be applied, None when any may.

        Raises:
            NotReviewed: it cannot be had.
            GitHubError: GitHub cannot be asked for it.
        """
        from lukhas_notion.review import Reviewed

        wanted = self._github.inputs.require_reviewed_plan
        if wanted == "false":
            return None
        return self._comment.reviewed() if wanted == "true" else Reviewed(wanted)

    # --- the ledger -----------------------------------------------------------------------

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
            for name, purpose in ((PLAN_FILE, "the plan"), (COMMENT_FILE, "the comment's text"))
        ]
        require_targets(config, [ledger_target(config), report, *beside])
        if not self._github.inputs.report_path:
            require_report(config)

    @contextmanager
    def ledger(self, *, keep: bool = False) -> Iterator[Config]:
        """Bring the ledger's branch to this disk for the time of a run; yield its configuration.

        With ``keep`` what the run adds is put back on the branch, however the run ends; why that
        failed is in :attr:`ledger_error`. Without it the run only reads, and the workspace stays
        as it is.
        """
        from lukhas_notion.ledger import require_whole

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
                    self.ledger_error = self._store_ledger()
                    if self.ledger_error:
                        self._github.commands.error(self.ledger_error, title="ledger")

    def _branch(self) -> LedgerBranch | None:
        from lukhas_notion.github.ledger_branch import LedgerBranch

        if not self._github.inputs.ledger_branch:
            return None
        return LedgerBranch(
            self._github.repository,
            self._github.inputs.ledger_branch,
            f"{self._github.prefix}{self._github.config.display(self._github.config.ledger)}",
            sleep=self._github.sleep,
        )

    def _store_ledger(self) -> str:
        """Append this run's records to the ledger's branch; return what went wrong, or ""."""
        from lukhas_notion.ledger import rechain

        try:
            branch, config = self._branch(), self._github.config
            if branch is None or not is_file(config.ledger, within=config.ledger_within):
                return ""
            with open_to_read(config.ledger, within=config.ledger_within) as file:
                whole = file.read()
            new = [json.loads(line) for line in whole[len(self._stored) :].splitlines()]
            if new:
                branch.append(
                    lambda existing: rechain(existing, new),
                    f"Record Notion sync run {self._github.event.run_id}",
                )
        except LukhasNotionError as error:
            return f"{error.message} {error.remedy}".strip()
        except (RefusedFileError, OSError, ValueError) as error:
            return f"The run's records could not be read back: {error}."
        return ""

    # --- telling --------------------------------------------------------------------------

    def publish(
        self, result: RunResult, activity: Activity, scope: Scope, against_base: bool
    ) -> Published:
        """Write files and summary, annotate, suggest, comment; in that order."""
        context = self._comment.context(result, activity, scope, against_base)
        published = Published(self.counts(result), self.ledger_error)
        document = report_json.document(result)
        published.outputs.update(self.write_reports(markdown.render(result), document))
        self._files.summary(body.summary(result, context))
        commands = self._github.commands
        commands.annotate(result.violations, prefix=self._github.prefix)
        if result.refusal is not None:
            commands.error(result.refusal.message, title="refused")
        for outcome in result.failures[:9]:
            commands.warning(f"{outcome.change.module}: {outcome.error}", title="not applied")
        context = suggest(self._github, result, activity, context)
        published.outputs.update(self._comment.tell(result, activity, context))
        return published

    def failed(self, error: LukhasNotionError, activity: Activity) -> None:
        """Tell the summary, and after a merge its pull request, that a run ended in an error."""
        text = (
            f"## ❌ {_FAILED.get(activity.kind, 'Nothing was carried to Notion')}\n\n"
            f"{markdown_message(error.message)}\n\n{markdown_message(error.remedy)}\n"
        )
        self._files.summary(text)
        self._comment.failed(text, activity)

    def counts(self, result: RunResult) -> dict[str, str]:
        """Return the outputs that count what became of a plan."""
        summary = report_json.summary(result)
        outputs = {
            name: str(summary[name])
            for name in (*_WRITTEN, "skipped", "drifted", "orphans", "violations")
        }
        outputs["unapplied"] = str(summary["unapplied"])
        outputs["changes"] = _bool(result.plan is not None and not result.plan.is_empty)
        outputs["plan-digest"] = result.plan.digest if result.plan else ""
        return outputs

    def write_reports(self, text: str, document: Mapping[str, Any]) -> dict[str, str]:
        """Write the Markdown report and the same as JSON; return the outputs that name them."""
        config = self._github.config
        report, within = config.report, config.within(config.report)
        plan = report.with_name(PLAN_FILE)
        write_text(report, redact(text), within=within)
        write_text(plan, redact(json_document(document)) + "\n", within=within)
        outputs = {
            "report-path": self._github.relative(report),
            "plan-path": self._github.relative(plan),
        }
        exists = is_file(config.ledger, within=config.ledger_within)
        outputs["ledger-path"] = self._github.relative(config.ledger) if exists else ""
        return outputs

    def hand_over(self) -> None:
        """Give what root made in a container to the workspace's owner, who has to clean up."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            return
        workspace = Path(os.path.realpath(self._github.event.workspace))
        owner = workspace.stat()
        report, ledger = self._github.config.report, self._github.config.ledger
        for path in (report, report.with_name(PLAN_FILE), report.with_name(COMMENT_FILE), ledger):
            chown(path, owner, within=workspace)


def _bool(value: bool) -> str:
    return "true" if value else "false"
