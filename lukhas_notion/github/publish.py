"""What a run leaves behind: reports, summary, annotations, the comment, the ledger's branch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.atomic import write_text
from lukhas_notion.errors import LukhasNotionError
from lukhas_notion.escape import markdown_inline
from lukhas_notion.github import comment as sticky
from lukhas_notion.github.errors import GitHubError
from lukhas_notion.plan import ChangeKind
from lukhas_notion.report import comment as body
from lukhas_notion.report import json as report_json
from lukhas_notion.report import markdown

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

    from lukhas_notion.action import World
    from lukhas_notion.action_scope import Scope
    from lukhas_notion.config import Config
    from lukhas_notion.github.commands import Commands
    from lukhas_notion.github.event import Activity, Event, Pull
    from lukhas_notion.github.files import FileCommands
    from lukhas_notion.github.inputs import Inputs
    from lukhas_notion.github.ledger_branch import LedgerBranch
    from lukhas_notion.result import RunResult

PLAN_FILE = "notion_sync_plan.json"
COMMENT_FILE = "notion_sync_comment.md"


@dataclass(slots=True)
class Published:
    """What became of telling it."""

    outputs: dict[str, str] = field(default_factory=dict)
    ledger_error: str = ""


class Publisher:
    """Tells GitHub, and whoever reads the files, what a run came to."""

    def __init__(
        self,
        world: World,
        inputs: Inputs,
        event: Event,
        config: Config,
        commands: Commands,
        files: FileCommands,
    ) -> None:
        self._world = world
        self._inputs = inputs
        self._event = event
        self._config = config
        self._commands = commands
        self._files = files
        self._stored = b""

    @property
    def prefix(self) -> str:
        """The root's folder inside the repository, "" or ending in a slash."""
        root = self._inputs.root.strip("/")
        return "" if root in ("", ".") else f"{root}/"

    @cached_property
    def repository(self) -> Repository:
        """The repository, as PyGithub sees it."""
        return self._world.open_repository(
            self._inputs.github_token, self._event.api_url, self._event.repository
        )

    def pull(self) -> PullRequest:
        """Return the pull request of the event."""
        from lukhas_notion.github.errors import asked

        if self._event.pull is None:
            raise RuntimeError("the event has no pull request")
        number = self._event.pull.number
        with asked("read the pull request"):
            return self.repository.get_pull(number)

    def read_base(self, path: str) -> bytes | None:
        """Return a file of the base branch, by its path relative to the root."""
        from lukhas_notion.github.contents import read_file

        if self._event.pull is None:
            raise RuntimeError("the event has no pull request")
        return read_file(self.repository, f"{self.prefix}{path}", self._event.pull.base_sha)

    # --- the ledger -----------------------------------------------------------------------

    @contextmanager
    def ledger(self) -> Iterator[None]:
        """Bring the ledger's branch to this disk for the time of a run."""
        branch = self._branch()
        if branch is not None:
            self._stored = branch.read()
            self._config.ledger.parent.mkdir(parents=True, exist_ok=True)
            self._config.ledger.write_bytes(self._stored)
        yield

    def _branch(self) -> LedgerBranch | None:
        from lukhas_notion.github.ledger_branch import LedgerBranch

        if not self._inputs.ledger_branch:
            return None
        outside = self._world.outside
        return LedgerBranch(
            self.repository,
            self._inputs.ledger_branch,
            f"{self.prefix}{self._config.display(self._config.ledger)}",
            sleep=lambda seconds: outside.clock.wait(seconds, outside.stop),
        )

    def _store_ledger(self) -> str:
        """Append this run's records to the ledger's branch; return what went wrong, or ""."""
        from lukhas_notion.ledger import rechain

        try:
            branch = self._branch()
            if branch is None or not self._config.ledger.exists():
                return ""
            whole = self._config.ledger.read_bytes()
            new = [json.loads(line) for line in whole[len(self._stored) :].splitlines()]
            if new:
                branch.append(
                    lambda existing: rechain(existing, new),
                    f"Record Notion sync run {self._event.run_id}",
                )
        except LukhasNotionError as error:
            return f"{error.message} {error.remedy}".strip()
        return ""

    # --- telling --------------------------------------------------------------------------

    def publish(
        self, result: RunResult, activity: Activity, scope: Scope, against_base: bool
    ) -> Published:
        """Write files and summary, annotate, store the ledger, and comment; in that order."""
        context = self._context(result, activity, scope, against_base)
        published = Published(self._counts(result))
        published.outputs.update(self._write_files(result))
        self._files.summary(body.summary(result, context))
        self._commands.annotate(result.violations, prefix=self.prefix)
        for outcome in result.failures[:9]:
            self._commands.warning(f"{outcome.change.module}: {outcome.error}", title="not applied")
        if activity.writes:
            published.ledger_error = self._store_ledger()
            if published.ledger_error:
                self._commands.error(published.ledger_error, title="ledger")
        published.outputs.update(self._comment(result, activity, context))
        return published

    def failed(self, error: LukhasNotionError, activity: Activity) -> None:
        """Tell the summary, and after a merge its pull request, that a run ended in an error."""
        text = (
            "## ❌ Nothing was carried to Notion\n\n"
            f"{markdown_inline(error.message)}\n\n{markdown_inline(error.remedy)}\n"
        )
        self._files.summary(text)
        if activity.writes and activity.comment and self._inputs.comment != "false":
            self._post(f"{text}\n[The run]({self._event.run_url})", self._marker(""), activity)

    def _counts(self, result: RunResult) -> dict[str, str]:
        summary = report_json.summary(result)
        outputs = {
            name: str(summary[name])
            for name in ("created", "updated", "skipped", "drifted", "orphans", "violations")
        }
        outputs["unapplied"] = str(summary["unapplied"])
        outputs["changes"] = _bool(result.plan is not None and not result.plan.is_empty)
        outputs["plan-digest"] = result.plan.digest if result.plan else ""
        return outputs

    def _write_files(self, result: RunResult) -> dict[str, str]:
        from lukhas_notion.action import as_json

        report = self._config.report
        plan = report.with_name(PLAN_FILE)
        document: Mapping[str, Any] = report_json.document(result)
        write_text(report, markdown.render(result))
        write_text(plan, as_json(dict(document)))
        outputs = {"report-path": self._relative(report), "plan-path": self._relative(plan)}
        exists = self._config.ledger.exists()
        outputs["ledger-path"] = self._relative(self._config.ledger) if exists else ""
        return outputs

    def _relative(self, path: Path) -> str:
        """Return a path as a later step can use it: relative to the workspace.

        The container's own paths mean nothing outside it.
        """
        try:
            return path.relative_to(Path(self._event.workspace).resolve()).as_posix()
        except ValueError:
            return path.as_posix()

    def hand_over(self) -> None:
        """Give what root made in a container to the workspace's owner, who has to clean up."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            return
        workspace = Path(self._event.workspace).resolve()
        owner = workspace.stat()
        report, ledger = self._config.report, self._config.ledger
        made = [report, report.with_name(PLAN_FILE), report.with_name(COMMENT_FILE), ledger]
        for path in (*made, *ledger.parent.glob(".*.lock")):
            for each in (path, *path.parents):
                if each == workspace or not each.is_relative_to(workspace):
                    break
                if each.exists() and each.stat().st_uid == 0:
                    os.chown(each, owner.st_uid, owner.st_gid, follow_symlinks=False)

    # --- the comment ----------------------------------------------------------------------

    def _context(
        self, result: RunResult, activity: Activity, scope: Scope, against_base: bool
    ) -> body.CommentContext:
        requests, seconds = _estimate(result, self._config.rate, self._config.concurrency)
        pull = self._event.pull
        moved = [
            body.Moved(path, module=self._base_module(path) if against_base else "")
            for path in scope.removed
        ]
        moved += [body.Moved(old, new) for old, new in scope.renamed]
        return body.CommentContext(
            server_url=self._event.server_url,
            repository=self._event.repository,
            head_sha=pull.head_sha if pull else self._event.sha,
            run_url=self._address(pull),
            comment_id=self._inputs.comment_id,
            prefix=self.prefix,
            applied=activity.writes,
            whole=scope.paths is None,
            moved=moved,
            compared_with_base=against_base,
            requests=requests,
            seconds=seconds,
        )

    def _address(self, pull: Pull | None) -> str:
        """Return where the run is to be seen.

        For a pull request it is the page of its checks: the same for every run, so that a comment
        with nothing new to say is left alone.
        """
        if pull is None:
            return self._event.run_url
        return f"{self._event.server_url}/{self._event.repository}/pull/{pull.number}/checks"

    def _base_module(self, path: str) -> str:
        from lukhas_notion.base_preview import read_base_manifest

        base = read_base_manifest(self._config, path, self.read_base)
        return base.desired.module if base.desired else ""

    def _comment(
        self, result: RunResult, activity: Activity, context: body.CommentContext
    ) -> dict[str, str]:
        """Post or update the comment; one that is forbidden goes into a file instead."""
        outputs = {"comment-url": "", "comment-posted": "false"}
        if self._inputs.comment == "false" or not activity.comment:
            return outputs
        marker = self._marker(
            result.plan.digest if result.plan else "",
            state="applied" if activity.writes else "preview",
        )
        text = body.comment(result, context)
        empty = not result.violations and (result.plan is None or result.plan.is_empty)
        quiet = empty and not result.unapplied and not context.moved
        create = not (self._inputs.comment == "changes-only" and quiet)
        posted = self._post(text, marker, activity, create=create)
        if posted is not None:
            outputs["comment-url"] = posted.url
            outputs["comment-posted"] = _bool(bool(posted.url))
        return outputs

    def _marker(self, digest: str, state: str = "failed") -> sticky.Marker:
        pull = self._event.pull
        return sticky.Marker(
            self._inputs.comment_id,
            pull.head_sha if pull else self._event.sha,
            self._event.run_id,
            self._event.run_attempt,
            digest=digest,
            state=state,
        )

    def _post(
        self, text: str, marker: sticky.Marker, activity: Activity, *, create: bool = True
    ) -> sticky.CommentResult | None:
        """Post a comment; one that GitHub does not take goes into a file, and is no failure."""
        try:
            return self._upsert(text, marker, activity, create=create)
        except GitHubError as error:
            file = self._config.report.with_name(COMMENT_FILE)
            write_text(file, f"{marker.render()}\n{text}\n")
            self._commands.warning(
                f"The comment could not be posted: {error.message} It is in "
                f"{self._relative(file)}, for a workflow that may post it.",
                title="comment",
            )
            return None

    def _upsert(
        self, text: str, marker: sticky.Marker, activity: Activity, *, create: bool
    ) -> sticky.CommentResult | None:
        outside = self._world.outside
        pull = self._merged() if activity.writes else self.pull()
        if pull is None:
            return None
        return sticky.upsert(
            pull,
            text,
            marker,
            me=sticky.login(self.repository),
            create=create,
            sleep=lambda seconds: outside.clock.wait(seconds, outside.stop),
        )

    def _merged(self) -> PullRequest | None:
        """Return the pull request whose merge made this push, None when there is none."""
        from lukhas_notion.github.pulls import merged_pull

        if self._event.name != "push":
            return None
        return merged_pull(self.repository, self._event.sha)


def _estimate(result: RunResult, rate: float, concurrency: int) -> tuple[int, int]:
    """Return about how many requests, and seconds, an apply of the plan would cost.

    Bursts are free until the minute's window is full; an answer takes about a third of a second.
    """
    if result.plan is None or result.plan.is_empty:
        return 0, 0
    pages = len(result.plan.changes) - result.plan.count(ChangeKind.CREATE)
    options = sum(bool(o.add or o.remove) for o in result.plan.options)
    requests = 2 + -(-max(pages, 1) // 100) + 3 * options + len(result.plan.writes)
    window = int(60 * rate)
    seconds = 0.35 * requests / concurrency + 2
    if requests > window:
        seconds = (requests - window) / rate
    return requests, max(1, round(seconds))


def _bool(value: bool) -> str:
    return "true" if value else "false"
