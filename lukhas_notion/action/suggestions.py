"""Synonyms on a pull request's own lines, offered as suggestions that a reviewer can accept.

GitHub takes a suggestion only as a review's comment on lines of the diff. What stands elsewhere is
for the command, and the comment in the conversation says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.github.review_comments import Hunk, LineComment, hunks, reconcile

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.github.event import Activity
    from lukhas_notion.report.comment import CommentContext
    from lukhas_notion.sync.result import RunResult
    from lukhas_notion.validate.fix import FixedFile

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
    from lukhas_notion.validate.fix import plan_fixes

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
    from lukhas_notion.report.fixes import suggestion

    if not lines:
        return
    for block in blocks(fixed.before, fixed.edits):
        if not any(hunk.holds(block.first, block.old) for hunk in lines):
            continue
        body = suggestion(block)
        if body is not None:
            comment = LineComment(path, block.first, block.last, body)
            yield Suggestion(comment, sum(edit.asked for edit in block.edits))
