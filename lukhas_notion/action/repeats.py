"""Refuse a repeated run that would write an older state.

"Re-run jobs" repeats a run with its first commit, however long ago that was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lukhas_notion.action.context import GitHubContext
from lukhas_notion.action.scope import shared_file, shared_files
from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.manifests.discovery import is_wanted
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.read_files import same_path

if TYPE_CHECKING:
    from github.Repository import Repository

#: Files that GitHub lists at most for a comparison (docs.github.com, "Compare two commits").
_MOST_FILES = 300


def require_newest(github: GitHubContext) -> None:
    """Check that the branch has not changed what a repeated run reads.

    If GitHub cannot be asked, the run goes on with a warning.

    Raises:
        UsageError: the branch has changed manifests, or files that they depend on.
    """
    commit, branch = github.event.sha, github.event.default_branch
    if github.event.run_attempt == 1 or not github.inputs.github_token:
        return
    try:
        changed = _changed_since(github.repository, commit, branch)
    except GitHubError as error:
        unknown = f"Whether {branch} has newer manifests is not known: {error.message}"
        github.commands.warning(unknown, title="repeated run")
        return
    newer = "many files" if len(changed) >= _MOST_FILES else _read_by(github, changed)
    if newer:
        raise UsageError(
            f"This repeated run is about {commit[:12]}, and {branch} has changed {newer} since: it "
            "would write an older state to Notion. Start a new run instead."
        )


def _changed_since(repo: Repository, commit: str, branch: str) -> list[str]:
    """Return the old and new paths of the files that a branch has changed since a commit."""
    with asked(f"compare {commit[:12]} with {branch}", needs="contents: read"):
        files = repo.compare(commit, branch).files
        return [path for file in files for path in (file.filename, file.previous_filename) if path]


def _read_by(github: GitHubContext, paths: Iterable[str]) -> str:
    """Return the first of some files that a run of all manifests reads, "" for none."""
    config = github.config
    shared = shared_files(config)
    body = config.mapping.body.file if config.mapping.body else ""
    for path in paths:
        if path.startswith(github.prefix):
            below = path.removeprefix(github.prefix)
            is_body = bool(body) and f"/{below}".endswith(f"/{body}")
            if is_body or is_wanted(below, config.include, config.exclude):
                return path
        if shared_file(config, shared, {same_path(github.top / path, config.boundary)}):
            return path
    return ""
