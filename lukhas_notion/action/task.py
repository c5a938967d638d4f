"""One preview, validation or apply of the Action: what is selected, and whether Notion is asked."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lukhas_notion.action.scope import Scope, scope_of
from lukhas_notion.github.errors import GitHubDenied, GitHubError, GitHubMissing
from lukhas_notion.github.event import Activity, ActivityKind
from lukhas_notion.sync.options import Base, SyncOptions
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import ConfigError, LukhasNotionError

if TYPE_CHECKING:
    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.action.publish import Publisher
    from lukhas_notion.sync.result import RunResult


@dataclass(slots=True)
class Task:
    """The run itself: what is selected, and whether Notion is asked."""

    github: GitHubContext
    activity: Activity
    publisher: Publisher
    against_base: bool = False
    _begun: tuple[Run, SyncOptions] | None = None

    def run(self) -> tuple[RunResult, Scope]:
        """Validate, preview or apply, as the activity says."""
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

    def _preview(self) -> tuple[RunResult, Scope]:
        """Ask Notion, and meanwhile GitHub for what the pull request changes."""
        runner = self._runner()
        with ExitStack() as stack:
            stack.enter_context(runner.early_requests())
            # The merge will have it, and it says which pages may be in the trash.
            runner.config = stack.enter_context(self.publisher.ledger())
            scope = self._scope()
            options = replace(self._options(scope, dry_run=True), base=self._base(scope))
            return self._sync(runner, options), scope

    def _base(self, scope: Scope) -> Base | None:
        """Return the touched manifests on the base branch, by which retitled pages are found."""
        from lukhas_notion.action.base_preview import base_of

        if scope.paths is None:
            return None
        return base_of(self.github.config, scope, self.github.read_base)

    def _sync(self, runner: Run, options: SyncOptions) -> RunResult:
        self._begun = runner, options
        return runner.sync(options)

    def failed(self, error: Exception) -> RunResult | None:
        """Return the result of a run that an error ended, None where it had not begun."""
        if self._begun is None or not isinstance(error, LukhasNotionError):
            return None
        runner, options = self._begun
        return runner.failed(options, error)

    def _runner(self) -> Run:
        return Run(self.github.config, self.github.action_runtime.runtime, base_has=self._base_has)

    def _base_has(self, path: str) -> bool:
        """Return whether the base branch has a file; what cannot be read is not there."""
        if self.github.event.pull is None:
            return False
        try:
            return self.github.read_base(path) is not None
        except LukhasNotionError as error:
            self.github.commands.warning(
                f"It is not known whether the base branch has {path}: {error.message}",
                title="lukhas-notion",
            )
            return False

    def _options(self, scope: Scope, *, dry_run: bool) -> SyncOptions:
        return SyncOptions(
            paths=scope.paths,
            present=scope.present,
            dry_run=dry_run,
            backfill=self.github.config.backfilled if self.github.inputs.backfill else (),
            prune=self.github.inputs.prune and scope.paths is None,
            add_properties=self.github.inputs.add_properties,
            archive_removed=self.github.inputs.archive_removed,
            force=self.github.inputs.force,
        )

    def _scope(self) -> Scope:
        pull = self.github.event.pull
        if self.activity.whole or pull is None:
            return Scope(why=f"{self.github.event.name} concerns the whole repository")
        from lukhas_notion.github.pulls import changed_files

        inputs = self.github.inputs
        try:
            changed = changed_files(self.github.pull(), pull.head_sha)
        except (GitHubDenied, GitHubMissing) as error:
            self._warn("The pull request's files could not be listed", error)
            return Scope(why="it is not known which files the pull request changes", known=False)
        return scope_of(
            self.github.config,
            changed,
            self.github.top,
            inputs.scope,
            removals=inputs.archive_removed and self.activity.kind is not ActivityKind.VALIDATE,
        )

    def _without_notion(self, scope: Scope) -> RunResult:
        """Preview against the base branch: a fork has no token for Notion.

        Where the base branch cannot be read, or what changes is not known, the manifests are
        validated alone.
        """
        from lukhas_notion.action.base_preview import preview_against_base

        github = self.github
        if github.event.pull is None:
            raise ConfigError(
                "The input notion-token is empty, so there is nothing to compare with.",
                "Set the secret and hand it over as `notion-token`, or use `mode: validate`.",
            )
        if not scope.known:
            return self._check(scope)
        try:
            result = preview_against_base(
                self._runner(), scope, github.read_base, backfill=github.inputs.backfill
            )
        except GitHubDenied as error:
            self._warn(
                "The base branch could not be read, so the manifests are only checked", error
            )
            return self._check(scope)
        self.against_base = True
        return result

    def _check(self, scope: Scope) -> RunResult:
        return self._runner().check(SyncOptions(paths=scope.paths, present=scope.present))

    def _warn(self, what: str, error: GitHubError) -> None:
        self.github.commands.warning(f"{what}: {error.in_one}", title="GitHub")
