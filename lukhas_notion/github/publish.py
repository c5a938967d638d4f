"""What a run leaves behind: reports, summary, annotations, the comment, the ledger's branch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.errors import LukhasNotionError
from lukhas_notion.escape import json_document, markdown_inline
from lukhas_notion.github.event import ActivityKind
from lukhas_notion.github.pull_comment import COMMENT_FILE, PullComment
from lukhas_notion.github.suggestions import suggest
from lukhas_notion.redaction import redact
from lukhas_notion.report import comment as body
from lukhas_notion.report import json as report_json
from lukhas_notion.report import markdown
from lukhas_notion.util.write_files import write_text

if TYPE_CHECKING:
    from lukhas_notion.action_scope import Scope
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

    @contextmanager
    def ledger(self, *, keep: bool = False) -> Iterator[None]:
        """Bring the ledger's branch to this disk for the time of a run.

        With ``keep`` what the run adds is put back on the branch, however the run ends; why that
        failed is in :attr:`ledger_error`.
        """
        from lukhas_notion.ledger import require_whole

        branch = self._branch()
        if branch is not None:
            self._stored = branch.read()
            if keep:
                require_whole(self._stored)
            self._github.config.ledger.parent.mkdir(parents=True, exist_ok=True)
            self._github.config.ledger.write_bytes(self._stored)
        try:
            yield
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
            branch = self._branch()
            if branch is None or not self._github.config.ledger.exists():
                return ""
            whole = self._github.config.ledger.read_bytes()
            new = [json.loads(line) for line in whole[len(self._stored) :].splitlines()]
            if new:
                branch.append(
                    lambda existing: rechain(existing, new),
                    f"Record Notion sync run {self._github.event.run_id}",
                )
        except LukhasNotionError as error:
            return f"{error.message} {error.remedy}".strip()
        except (OSError, ValueError) as error:
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
            f"{markdown_inline(error.message)}\n\n{markdown_inline(error.remedy)}\n"
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
        report = self._github.config.report
        plan = report.with_name(PLAN_FILE)
        write_text(report, redact(text))
        write_text(plan, redact(json_document(document)) + "\n")
        outputs = {
            "report-path": self._github.relative(report),
            "plan-path": self._github.relative(plan),
        }
        exists = self._github.config.ledger.exists()
        outputs["ledger-path"] = self._github.relative(self._github.config.ledger) if exists else ""
        return outputs

    def hand_over(self) -> None:
        """Give what root made in a container to the workspace's owner, who has to clean up."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            return
        workspace = Path(self._github.event.workspace).resolve()
        owner = workspace.stat()
        report, ledger = self._github.config.report, self._github.config.ledger
        made = [report, report.with_name(PLAN_FILE), report.with_name(COMMENT_FILE), ledger]
        for path in (*made, *ledger.parent.glob(".*.lock")):
            for each in (path, *path.parents):
                if each == workspace or not each.is_relative_to(workspace):
                    break
                if each.exists() and each.stat().st_uid == 0:
                    os.chown(each, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _bool(value: bool) -> str:
    return "true" if value else "false"
