"""Suggested fixes on the lines of the event's pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.github.line_comments import Hunk, LineComment, hunks, reconcile
from lukhas_notion.manifests.edits import blocks
from lukhas_notion.report import comment as body

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.github.event import Activity
    from lukhas_notion.report.comment import CommentContext
    from lukhas_notion.sync.result import RunResult
    from lukhas_notion.validate.vocabulary_gate import FixedFile

#: The maximum number of suggestions on a pull request.
_MOST_SUGGESTIONS = 30


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A comment that offers to fix ``names`` names."""

    comment: LineComment
    names: int


def suggest(
    github: GitHubContext, result: RunResult, activity: Activity, context: CommentContext
) -> CommentContext:
    """Update the suggestions on the event's pull request; return ``context`` with their number.

    Raises:
        GitHubError: GitHub does not accept them.
    """
    inputs = github.inputs
    if not inputs.suggestions or inputs.comment == "false":
        return context
    if github.event.pull is None or not activity.comment or activity.writes:
        return context
    return replace(context, suggested=_update(github, result))


def _update(github: GitHubContext, result: RunResult) -> int:
    """Update the suggestions; return how many names have one."""
    from lukhas_notion.validate.vocabulary_gate import plan_fixes

    fixed = plan_fixes(github.config, result.violations).fixed
    if not fixed and not _has_comments(github.first_pull):
        return 0
    pull = github.pull()
    if _has_moved(github, pull):
        return 0
    files = github.changed.files if fixed else ()
    changed = {file.path: hunks(file.patch) for file in files}
    offered = suggestions(fixed, changed, github.prefix)
    taken = offered[:_MOST_SUGGESTIONS]
    try:
        done = reconcile(
            pull,
            [suggestion.comment for suggestion in taken],
            comment_id=github.inputs.comment_id,
            login=lambda: github.login,
            commit=lambda: github.repository.get_commit(pull.head.sha),
            sleep=github.sleep,
        )
    except GitHubError as error:
        # A push in between changes the diff, and with it the line numbers.
        if error.status == 422 and _has_moved(github, github.pull()):
            return 0
        raise
    if done.created or done.kept or done.removed:
        github.commands.log(
            f"suggestions: {done.created} made, {done.kept} there already, {done.removed} removed"
        )
    if len(taken) < len(offered):
        github.commands.log(f"suggestions: {len(offered) - len(taken)} more are not made")
    return sum(suggestion.names for suggestion in taken)


def _has_comments(pull: PullRequest) -> bool:
    """Return whether a pull request has comments on its lines, managed ones or others."""
    with asked("read the pull request"):
        return pull.review_comments > 0


def _has_moved(github: GitHubContext, pull: PullRequest) -> bool:
    """Return whether there was a later push, which has its own run with suggestions."""
    event = github.event.pull
    with asked("read the pull request"):
        moved = event is not None and pull.head.sha != event.head_sha
    if moved:
        github.commands.log("suggestions: left to the run of a later push")
    return moved


def suggestions(
    fixed: Iterable[FixedFile], changed: Mapping[str, Sequence[Hunk]], prefix: str
) -> list[Suggestion]:
    """Return the possible suggestions, by file and line.

    Args:
        fixed: manifests of the checkout, which is merged with the base branch.
        changed: the right side of the diff, by the file's path in the repository. A line must have
            the same text there and in the checkout.
        prefix: the root's folder inside the repository, "" or ending in a slash.
    """
    paths = ((file, f"{prefix}{file.path}") for file in fixed)
    return [s for file, path in paths for s in _in_file(file, path, changed.get(path, ()))]


def _in_file(fixed: FixedFile, path: str, lines: Sequence[Hunk]) -> Iterator[Suggestion]:
    if not lines:
        return
    for block in blocks(fixed.before, fixed.edits):
        if not any(hunk.holds(block.first, block.old) for hunk in lines):
            continue
        text = body.suggestion(block)
        if text is not None:
            comment = LineComment(path, block.first, block.last, text)
            yield Suggestion(comment, sum(edit.asked for edit in block.edits))
