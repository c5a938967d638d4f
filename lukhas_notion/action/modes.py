"""The modes of the Action: validate, dry-run and apply; verify; doctor."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.action.base_branch import (
    MOST_COMPARED,
    base_of,
    preview_against_base,
    with_dependents,
)
from lukhas_notion.action.scope import Scope, scope_of
from lukhas_notion.github.comment_text import Marker
from lukhas_notion.github.errors import GitHubDenied, GitHubMissing
from lukhas_notion.github.event import Activity, ActivityKind
from lukhas_notion.github.managed import keep_issue
from lukhas_notion.manifests.manifest import file_of
from lukhas_notion.plan.finding import Finding, FindingKind
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.run import Run, RunObserver
from lukhas_notion.util.errors import ConfigError, LukhasNotionError
from lukhas_notion.util.sanitize import redact
from lukhas_notion.util.write_files import is_file
from lukhas_notion.validate.gates import absent_gates

if TYPE_CHECKING:
    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.publish import Publisher
    from lukhas_notion.config.config import Config
    from lukhas_notion.setup.result import Check
    from lukhas_notion.sync.result import RunResult, Verdict
    from lukhas_notion.verify.verify import Verification

ISSUE_TITLE = "Notion and the repository disagree"


@dataclass(slots=True)
class SyncMode:
    """One validation, preview or apply.

    Attributes:
        against_base: whether the preview was compared with the base branch instead of Notion.
    """

    github: GitHubContext
    activity: Activity
    publisher: Publisher
    against_base: bool = False
    _begun: tuple[Run, SyncOptions] | None = None

    def run(self) -> tuple[RunResult, Scope]:
        """Validate, preview or apply, by the kind of the activity."""
        if self.github.event.pull is not None and self.github.inputs.github_token:
            for path in absent_gates(self.github.config):
                self.github.begin_base(path)
        if self.activity.kind is ActivityKind.PREVIEW and self.github.config.token:
            return self._preview()
        scope = self._scope()
        if self.activity.kind is ActivityKind.VALIDATE:
            return self._check(scope), scope
        if self.activity.kind is ActivityKind.PREVIEW:
            return self._without_notion(scope), scope
        runner, options = self._runner(), self._options(scope, dry_run=False)
        with self.publisher.ledger(keep=True):
            self._begun = runner, options
            with runner.recorded(options):
                reviewed = self.publisher.reviewed()
            return self._sync(runner, replace(options, reviewed=reviewed)), scope

    def failed(self, error: Exception) -> RunResult | None:
        """Return the result of a run that ended in an error, None where it had not begun."""
        if self._begun is None or not isinstance(error, LukhasNotionError):
            return None
        runner, options = self._begun
        return runner.failed(options, error)

    def _preview(self) -> tuple[RunResult, Scope]:
        """Compare with Notion, and meanwhile ask GitHub which files the pull request changes."""
        github, runner = self.github, self._runner()
        with ExitStack() as stack:
            stack.enter_context(runner.early_requests())
            stored = github.pool.submit(self.publisher.stored_ledger)
            scope = self._scope()
            # The base branch's manifests identify pages that get another title.
            base = base_of(github.config, scope, github.read_base)
            # The merge has the ledger, which knows the pages that can be in the trash.
            runner.config = stack.enter_context(self.publisher.ledger(stored.result))
            return self._sync(runner, replace(self._options(scope, dry_run=True), base=base)), scope

    def _without_notion(self, scope: Scope) -> RunResult:
        """Compare with the base branch, because a fork has no token for Notion.

        The manifests are only validated where the base branch cannot be read or the changed files
        are not known.
        """
        github = self.github
        if github.event.pull is None:
            raise ConfigError(
                "The input notion-token is empty, so there is nothing to compare with.",
                "Set the secret and pass it as `notion-token`, or use `mode: validate`.",
            )
        if not scope.known:
            return self._check(scope)
        if len(scope.touched) > MOST_COMPARED:
            warning = f"More than {MOST_COMPARED} manifests change, so they are only checked"
            why = "GitHub allows a workflow's token 1,000 requests per hour."
            github.commands.warning(f"{warning}: {why}", title="GitHub")
            return self._check(scope)
        try:
            result = preview_against_base(
                self._runner(), scope, github.read_base, backfill=github.inputs.backfill
            )
        except GitHubDenied as error:
            warning = "The base branch could not be read, so the manifests are only checked"
            github.commands.warning(f"{warning}: {error.in_one}", title="GitHub")
            return self._check(scope)
        self.against_base = True
        return result

    def _sync(self, runner: Run, options: SyncOptions) -> RunResult:
        self._begun = runner, options
        return runner.sync(options)

    def _check(self, scope: Scope) -> RunResult:
        return self._runner().check(SyncOptions(paths=scope.paths, present=scope.present))

    def _runner(self) -> Run:
        return Run(self.github.config, self.github.action_runtime.runtime, base_has=self._base_has)

    def _base_has(self, path: str) -> bool:
        """Return whether the base branch has a file, False where it cannot be read."""
        if self.github.event.pull is None:
            return False
        try:
            return self.github.read_base(path) is not None
        except LukhasNotionError as error:
            warning = f"It is not known whether the base branch has {path}: {error.message}"
            self.github.commands.warning(warning, title="lukhas-notion")
            return False

    def _options(self, scope: Scope, *, dry_run: bool) -> SyncOptions:
        inputs = self.github.inputs
        return SyncOptions(
            paths=scope.paths,
            present=scope.present,
            dry_run=dry_run,
            backfill=self.github.config.backfilled if inputs.backfill else (),
            prune=inputs.prune and scope.paths is None,
            add_properties=inputs.add_properties,
            archive_removed=inputs.archive_removed,
            force=inputs.force,
        )

    def _scope(self) -> Scope:
        github, pull = self.github, self.github.event.pull
        if self.activity.whole or pull is None:
            return Scope(why=f"{github.event.name} concerns the whole repository")
        try:
            changed = github.changed
        except (GitHubDenied, GitHubMissing) as error:
            warning = "The pull request's files could not be listed"
            github.commands.warning(f"{warning}: {error.in_one}", title="GitHub")
            return Scope(why="it is not known which files the pull request changes", known=False)
        validates = self.activity.kind is ActivityKind.VALIDATE
        scope = scope_of(
            github.config,
            changed,
            github.top,
            github.inputs.scope,
            removals=github.inputs.archive_removed and not validates,
        )
        try:
            return with_dependents(github.config, scope, github.read_base)
        except GitHubDenied:
            why = "the base branch cannot be read, and manifests may name those that change"
            return replace(scope, paths=None, why=why)


# --- verify -------------------------------------------------------------------------------------


def verify(github: GitHubContext, publisher: Publisher) -> Verdict:
    """Compare repository, Notion and ledger, repair if asked to, and report."""
    from lukhas_notion.report import json
    from lukhas_notion.report import verification as report

    with publisher.ledger(keep=github.inputs.repair) as config:
        verified = _verified(github, config)
    verified = replace(verified, ledger_problem=publisher.ledger_error)
    outputs = {"findings": str(len(verified.findings))}
    if verified.repair is not None:
        outputs |= publisher.counts(verified.repair)
    publisher.outputs({**outputs, "ledger-path": publisher.ledger_path()})
    publisher.summary(lambda: report.summary(verified))
    with github.reporting("log"):
        for line in report.lines(verified):
            github.commands.log(str(line))
    with github.reporting("annotations"):
        _annotate(github, verified)
    with github.reporting("report"):
        text, document = report.render(verified), json.verification(verified)
        publisher.outputs(publisher.write_reports(text, document))
    publisher.outputs({"issue-url": ""})
    with github.reporting("issue"):
        publisher.outputs({"issue-url": _issue(github, verified)})
    return verified.verdict


def _verified(github: GitHubContext, config: Config) -> Verification:
    from lukhas_notion.verify.verify import DestructiveOptions, repair, verify

    inputs, runtime = github.inputs, github.action_runtime.runtime
    ignore = set(config.ignore)
    if not inputs.ledger_branch and not is_file(config.ledger, within=config.ledger_within):
        # A runner's disk is new for each run: without a branch there is no ledger.
        ignore.add(FindingKind.LEDGER_MISSING)
    if inputs.repair:
        takes = DestructiveOptions(inputs.archive_removed, inputs.prune, inputs.force)
        return repair(config, runtime, RunObserver(), takes, ignore=ignore)
    return verify(config, runtime, ignore=ignore)


def _annotate(github: GitHubContext, verified: Verification) -> None:
    """Annotate the lines of invalid manifests, and the run with the other findings."""
    commands = github.commands

    def annotate(finding: Finding) -> None:
        if finding.kind is FindingKind.MANIFEST_INVALID:
            file = f"{github.prefix}{file_of(finding.path)}"
            commands.error(finding.message, file=file, line=finding.line, title=finding.kind)
        else:
            text = f"{finding.subject}: {finding.message}" if finding.subject else finding.message
            commands.warning(text, title=finding.kind)

    commands.annotate_each(verified.findings, annotate, "findings", "warning")


def _issue(github: GitHubContext, verified: Verification) -> str:
    """Open, update or close the issue; return its address."""
    from lukhas_notion.report.verification import issue

    inputs, event = github.inputs, github.event
    if not inputs.issue:
        return ""
    # The digest leaves out the address of the run, which always differs.
    reported = redact(issue(verified, ""))
    marker = Marker(
        inputs.comment_id,
        event.sha,
        event.run_id,
        event.run_attempt,
        digest=hashlib.sha256(reported.encode("utf-8", "surrogatepass")).hexdigest(),
        state="verify",
    )
    done = keep_issue(
        github.repository,
        f"{ISSUE_TITLE} ({inputs.comment_id})" if inputs.comment_id else ISSUE_TITLE,
        redact(issue(verified, event.run_url, first=marker.render())),
        marker,
        login=lambda: github.login,
        sleep=github.sleep,
        all_well=verified.in_sync,
    )
    github.commands.log(f"issue: {done.action} {done.url}".strip())
    return done.url


# --- doctor -------------------------------------------------------------------------------------


def examine(github: GitHubContext, publisher: Publisher) -> Verdict:
    """Examine the set-up on the runner, where it has to work, and report."""
    from lukhas_notion.report import commands as report
    from lukhas_notion.setup.doctor.examine import diagnose
    from lukhas_notion.setup.result import Level

    pull = github.event.pull
    # A fork's run has no token for Notion, by design.
    online = bool(github.config.token) or not (pull and pull.is_fork)
    diagnosis = diagnose(
        github.config,
        github.action_runtime.runtime,
        online=online,
        writes=not github.inputs.read_only,
        workflows=Path(github.event.workspace).resolve(),
    )
    failures = diagnosis.of(Level.FAILURE)
    publisher.outputs({"findings": str(len(failures))})
    publisher.summary(lambda: report.doctor_markdown(diagnosis))
    with github.reporting("log"):
        for line in report.doctor_lines(diagnosis):
            github.commands.log(str(line))
    with github.reporting("annotations"):

        def annotate(check: Check) -> None:
            text = f"{check.subject}: {check.found} {check.fix}".strip()
            github.commands.error(text, title="set-up")

        github.commands.annotate_each(failures, annotate, "failures")
    return diagnosis.verdict
