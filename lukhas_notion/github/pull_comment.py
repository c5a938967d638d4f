"""The pull request's comment: what it says, and the plan that it remembers for the merge."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from lukhas_notion.github import comment as sticky
from lukhas_notion.github import hidden_plan
from lukhas_notion.github.errors import GitHubError
from lukhas_notion.notion.pacing import spacing_for
from lukhas_notion.plan import ChangeKind
from lukhas_notion.redaction import redact
from lukhas_notion.report import comment as body
from lukhas_notion.util.write_files import write_text

if TYPE_CHECKING:
    from lukhas_notion.action_scope import Scope
    from lukhas_notion.github.context import GitHubContext
    from lukhas_notion.github.event import Activity, Pull
    from lukhas_notion.result import RunResult
    from lukhas_notion.review import Reviewed

COMMENT_FILE = "notion_sync_comment.md"


class PullComment:
    """The comment of one run: on the event's pull request, or after a merge on the merged one."""

    def __init__(self, github: GitHubContext) -> None:
        self._github = github

    def context(
        self, result: RunResult, activity: Activity, scope: Scope, against_base: bool
    ) -> body.CommentContext:
        """Return what comment and summary say beside the result itself."""
        github = self._github
        requests, seconds = _estimate(result, github.config.rate, github.config.concurrency)
        pull = github.event.pull
        moved = [
            body.Moved(path, module=self._base_module(path) if against_base else "")
            for path in scope.removed
        ]
        moved += [body.Moved(old, new) for old, new in scope.renamed]
        return body.CommentContext(
            server_url=github.event.server_url,
            repository=github.event.repository,
            head_sha=pull.head_sha if pull else github.event.sha,
            run_url=self._address(pull),
            comment_id=github.inputs.comment_id,
            prefix=github.prefix,
            applied=activity.writes,
            whole=scope.paths is None,
            archives=github.inputs.archive_removed,
            moved=moved,
            compared_with_base=against_base,
            requests=requests,
            seconds=seconds,
        )

    def tell(
        self, result: RunResult, activity: Activity, context: body.CommentContext
    ) -> dict[str, str]:
        """Post or update the comment; one that is forbidden goes into a file instead."""
        inputs = self._github.inputs
        outputs = {"comment-url": "", "comment-posted": "false"}
        if inputs.comment == "false" or not activity.comment:
            return outputs
        empty = not result.violations and (result.plan is None or result.plan.is_empty)
        quiet = empty and not result.unapplied and not context.moved and not result.refusal
        create = not (inputs.comment == "changes-only" and quiet)
        if activity.writes:
            text, digest = body.comment(result, context), ""
        else:
            text, digest = self._preview(result, context)
        state = "applied" if activity.writes else "preview"
        posted = self._post(text, activity, digest=digest, state=state, create=create)
        if posted is not None:
            outputs["comment-url"] = posted.url
            outputs["comment-posted"] = "true" if posted.url else "false"
        return outputs

    def failed(self, text: str, activity: Activity) -> None:
        """Tell the merged pull request that its apply ended in an error."""
        if activity.writes and activity.comment and self._github.inputs.comment != "false":
            run = f"\n[The run]({self._github.event.run_url})"
            self._post(f"{text}{run}", activity, state="failed")

    def reviewed(self) -> Reviewed:
        """Return the plan that the merged pull request's comment shows.

        Raises:
            NotReviewed: there is none that counts, with why.
            GitHubError: GitHub cannot be asked.
        """
        return hidden_plan.reviewed(self._github.merged, self._found, self._github.event)

    def _preview(self, result: RunResult, context: body.CommentContext) -> tuple[str, str]:
        """Return a preview's text, with its plan hidden in it, and the plan's digest.

        A plan against the base branch is not what Notion would get, so it is not remembered.
        """
        if result.plan is None or context.compared_with_base:
            return body.comment(result, context), ""
        hidden = hidden_plan.render(result.plan.operations())
        text = body.comment(result, context, reserved=len(hidden) + 2)
        return f"{text}\n\n{hidden}" if hidden else text, result.plan.digest

    @cached_property
    def _found(self) -> sticky.Found | None:
        """The comment as this run found it on the merged pull request."""
        github = self._github
        if github.merged is None:
            return None
        me = sticky.login(github.repository)
        return sticky.find(github.merged, github.inputs.comment_id, me)

    def _address(self, pull: Pull | None) -> str:
        """Return where the run is to be seen.

        For a pull request it is the page of its checks: the same for every run, so that a comment
        with nothing new to say is left alone.
        """
        event = self._github.event
        if pull is None:
            return event.run_url
        return f"{event.server_url}/{event.repository}/pull/{pull.number}/checks"

    def _base_module(self, path: str) -> str:
        from lukhas_notion.base_preview import read_base_manifest

        base = read_base_manifest(self._github.config, path, self._github.read_base)
        return base.desired.module if base.desired else ""

    def _marker(self, digest: str, state: str) -> sticky.Marker:
        event, pull = self._github.event, self._github.event.pull
        return sticky.Marker(
            self._github.inputs.comment_id,
            pull.head_sha if pull else event.sha,
            event.run_id,
            event.run_attempt,
            digest=digest,
            state=state,
        )

    def _post(
        self, text: str, activity: Activity, *, state: str, digest: str = "", create: bool = True
    ) -> sticky.CommentResult | None:
        """Post a comment; one that GitHub does not take goes into a file, and is no failure."""
        github, marker, text = self._github, self._marker(digest, state), redact(text)
        try:
            return self._upsert(text, marker, activity, create=create)
        except GitHubError as error:
            file = github.config.report.with_name(COMMENT_FILE)
            within = github.config.within(file)
            write_text(file, f"{marker.render()}\n{text}\n", within=within)
            github.commands.warning(
                f"The comment could not be posted: {error.message} It is in "
                f"{github.relative(file)}, for a workflow that may post it.",
                title="comment",
            )
            return None

    def _upsert(
        self, text: str, marker: sticky.Marker, activity: Activity, *, create: bool
    ) -> sticky.CommentResult | None:
        github = self._github
        pull = github.merged if activity.writes else github.pull()
        if pull is None:
            return None
        if activity.writes and self._found is not None:
            # What was reviewed stays what was reviewed, whatever became of it.
            text, marker = hidden_plan.carried_over(self._found, text, marker)
        return sticky.upsert(
            pull,
            text,
            marker,
            me=sticky.login(github.repository),
            create=create,
            sleep=github.sleep,
        )


def _estimate(result: RunResult, rate: float, concurrency: int) -> tuple[int, int]:
    """Return about how many requests, and seconds, an apply of the plan would cost.

    Bursts are free until the minute's window is full, and there are none below Notion's own rate;
    an answer takes about a third of a second.
    """
    if result.plan is None or result.plan.is_empty:
        return 0, 0
    pages = len(result.plan.changes) - result.plan.count(ChangeKind.CREATE)
    options = sum(o.sends for o in result.plan.options)
    requests = 2 + -(-max(pages, 1) // 100) + 3 * options + len(result.plan.writes)
    window = 1 if spacing_for(rate) else int(60 * rate)
    seconds = 0.35 * requests / concurrency + 2
    if requests > window:
        seconds = (requests - window) / rate
    return requests, max(1, round(seconds))
