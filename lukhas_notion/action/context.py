"""The context of one run of the Action: event, inputs, configuration, repository."""

from __future__ import annotations

import os
import secrets
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from lukhas_notion.action.base_branch import base_manifests
from lukhas_notion.action.scope import Scope
from lukhas_notion.github.comment_text import FINAL, Marker
from lukhas_notion.github.errors import GitHubDenied, asked
from lukhas_notion.github.managed import keep_comment
from lukhas_notion.github.pulls import ChangedFiles, changed_files, merged_pull
from lukhas_notion.github.stored_files import Download, absent_from_commit, download, read_file
from lukhas_notion.notion.policy import spacing_for
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report.comment import CommentContext, Moved
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.git import top_of
from lukhas_notion.util.read_files import same_path
from lukhas_notion.util.runtime import DaemonPool, Runtime
from lukhas_notion.util.sanitize import redact

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

    from lukhas_notion.config.config import Config
    from lukhas_notion.github.event import Event, Pull
    from lukhas_notion.github.inputs import Inputs
    from lukhas_notion.github.runner import Commands
    from lukhas_notion.sync.result import RunResult
    from lukhas_notion.util.git import Absence

OpenRepository = Callable[[str, str, str], "Repository"]

#: How many requests are sent to GitHub at once.
_AT_ONCE = 8


@dataclass(slots=True)
class ActionRuntime:
    """Everything outside the package that the Action uses.

    Args:
        environ: the step's environment.
        stdout: where workflow commands and the log go.
        runtime: clock, randomness and network for the run itself.
        open_repository: (token, api_url, ``owner/name``) → PyGithub's repository.
        random_hex: makes a delimiter that untrusted text cannot contain.
        download: (address, token, maximum bytes) → an artifact.
    """

    environ: Mapping[str, str]
    stdout: IO[str]
    runtime: Runtime
    open_repository: OpenRepository
    random_hex: Callable[[], str] = field(default=lambda: secrets.token_hex(16))
    download: Download = download


@dataclass
class GitHubContext:
    """One run of the Action. GitHub is asked when something needs it.

    ``loaded`` is the configuration, None until it is read.
    """

    action_runtime: ActionRuntime
    inputs: Inputs
    event: Event
    commands: Commands
    loaded: Config | None = None
    #: PyGithub's connections are not for several threads at once: each has its own.
    _own: threading.local = field(default_factory=threading.local)
    _base: dict[str, Future[bytes | None]] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        """The configuration."""
        if self.loaded is None:
            raise RuntimeError("the configuration is not read yet")
        return self.loaded

    @cached_property
    def root(self) -> Path:
        """The folder of the manifests; links are resolved."""
        workspace = Path(os.path.realpath(self.event.workspace))
        return same_path(workspace / self.inputs.root, workspace)

    @cached_property
    def top(self) -> Path:
        """The top folder of the checkout that contains the root."""
        return top_of(self.root, within=Path(self.event.workspace).resolve())

    @property
    def prefix(self) -> str:
        """The root's folder inside the repository, "" or ending in a slash."""
        if not self.root.is_relative_to(self.top):
            return ""
        below = self.root.relative_to(self.top).as_posix()
        return "" if below == "." else f"{below}/"

    @cached_property
    def pool(self) -> DaemonPool:
        """Threads that ask GitHub ahead of need."""
        return DaemonPool(_AT_ONCE, "github")

    @property
    def repository(self) -> Repository:
        """The repository, as PyGithub sees it in this thread.

        Raises:
            GitHubDenied: there is no token.
        """
        if not self.inputs.github_token:
            raise GitHubDenied(
                "The input github-token is empty, so GitHub is not used.",
                "Leave the input out: its default is the workflow's own token.",
            )
        if not hasattr(self._own, "repository"):
            self._own.repository = self.action_runtime.open_repository(
                self.inputs.github_token, self.event.api_url, self.event.repository
            )
        opened: Repository = self._own.repository
        return opened

    @cached_property
    def login(self) -> str:
        """The login of the token."""
        from lukhas_notion.github.connection import login_of

        return login_of(self.repository)

    @property
    def event_pull(self) -> Pull:
        """The event's pull request."""
        if self.event.pull is None:
            raise RuntimeError("the event has no pull request")
        return self.event.pull

    def pull(self) -> PullRequest:
        """Return the event's pull request as it is now."""
        with asked("read the pull request"):
            return self.repository.get_pull(self.event_pull.number)

    @cached_property
    def first_pull(self) -> PullRequest:
        """The event's pull request as it was when it was first read."""
        return self.pull()

    @cached_property
    def changed(self) -> ChangedFiles:
        """The files that the event's pull request changes."""
        return changed_files(self.first_pull, self.event_pull.head_sha)

    @cached_property
    def merged(self) -> PullRequest | None:
        """The merged pull request of this push's last commit, None without one."""
        if self.event.name != "push":
            return None
        return merged_pull(self.repository, self.event.sha)

    def keep_comment(
        self,
        pull: PullRequest,
        text: str,
        marker: Marker,
        *,
        create: bool = True,
        final: Collection[str] = FINAL,
    ) -> str:
        """Create or update the comment of a pull request; return its address.

        ``text`` can have the marker as its first line. For the other arguments see
        :func:`lukhas_notion.github.managed.keep_comment`.
        """
        return keep_comment(
            pull,
            redact(text.removeprefix(f"{marker.render()}\n")),
            marker,
            login=lambda: self.login,
            sleep=self.sleep,
            create=create,
            final=final,
        ).url

    def read_base(self, path: str) -> bytes | None:
        """Return a file of the base branch, by its path relative to the root; it is read once."""
        return self.begin_base(path).result()

    def begin_base(self, path: str) -> Future[bytes | None]:
        """Begin to read a file of the base branch."""

        def read() -> bytes | None:
            return read_file(self.repository, f"{self.prefix}{path}", self.event_pull.base_sha)

        if path not in self._base:
            self._base[path] = self.pool.submit(read)
        return self._base[path]

    def or_ask_github(
        self, first: Callable[[Path, Collection[str]], Absence]
    ) -> Callable[[Path, Collection[str]], Absence]:
        """Return a function that asks GitHub for a commit's files where ``first`` cannot tell."""

        def absent(root: Path, paths: Collection[str]) -> Absence:
            known = first(root, paths)
            if not known.gap or not self.inputs.github_token:
                return known
            return absent_from_commit(lambda: self.repository, self.event.sha, paths)

        return absent

    @contextmanager
    def reporting(self, audience: str, failed: str = "could not be written") -> Iterator[None]:
        """Report to one audience; any failure is a warning that names the audience.

        So the other audiences still get their report.
        """
        try:
            yield
        except Exception as error:
            if isinstance(error, LukhasNotionError):
                why = error.in_one
            elif isinstance(error, OSError):
                why = f"{error}."
            else:
                why = f"{type(error).__name__}, a bug in lukhas-notion. Please report it."
                self.commands.log("".join(traceback.format_exception(error)))
            self.commands.warning(f"The {audience} {failed}: {why}", title=audience)

    def relative(self, path: Path) -> str:
        """Return a path relative to the workspace: later steps run outside the container."""
        try:
            return path.relative_to(Path(self.event.workspace).resolve()).as_posix()
        except ValueError:
            return path.as_posix()

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``, or until the run is stopped."""
        runtime = self.action_runtime.runtime
        runtime.clock.wait(seconds, runtime.stop)


# --- comment and summary --------------------------------------------------------------------------


def comment_context(
    github: GitHubContext, result: RunResult, scope: Scope, against_base: bool
) -> CommentContext:
    """Return what comment and summary say in addition to the result."""
    requests, seconds = _estimate(result, github.config.rate, github.config.concurrency)
    event, pull = github.event, github.event.pull
    moved = [
        Moved(path, module=_base_module(github, path) if against_base else "")
        for path in scope.removed
    ]
    moved += [Moved(old, new) for old, new in scope.renamed]
    whole = scope.paths is None
    elsewhere = pull is not None and pull.base_ref not in ("", event.default_branch)
    # The address of the checks is the same for every run, so that a comment with nothing new
    # is left alone.
    checks = f"{event.server_url}/{event.repository}/pull/{pull.number}/checks" if pull else ""
    return CommentContext(
        server_url=event.server_url,
        repository=event.repository,
        head_sha=pull.head_sha if pull else event.sha,
        run_url=checks or event.run_url,
        comment_id=github.inputs.comment_id,
        prefix=github.prefix,
        whole=whole,
        why=scope.why if pull is not None else "",
        touched=scope.touched if pull is not None and whole and scope.known else None,
        archives=github.inputs.archive_removed,
        moved=moved,
        compared_with_base=against_base,
        requests=requests,
        seconds=seconds,
        base=pull.base_ref if pull and elsewhere else "",
        applied_branch=event.default_branch if elsewhere else "",
    )


def _base_module(github: GitHubContext, path: str) -> str:
    """Return the modules of a file in the base branch, "" where they are not known."""
    try:
        base = base_manifests(github.config, path, github.read_base(path))
    except LukhasNotionError:
        return ""
    return ", ".join(desired.module for desired in base)


def _estimate(result: RunResult, rate: float, concurrency: int) -> tuple[int, int]:
    """Return about how many requests, and seconds, an apply of the plan takes.

    Bursts are free until the minute's window is full, and there are none below Notion's own rate.
    An answer takes about a third of a second.
    """
    if result.plan is None or result.plan.is_empty:
        return 0, 0
    pages = len(result.plan.changes) - result.plan.count(ChangeKind.CREATE)
    options = sum(option.sends for option in result.plan.options)
    requests = 2 + -(-max(pages, 1) // 100) + 3 * options + len(result.plan.writes)
    window = 1 if spacing_for(rate) else int(60 * rate)
    seconds = 0.35 * requests / concurrency + 2
    if requests > window:
        seconds = (requests - window) / rate
    return requests, max(1, round(seconds))
